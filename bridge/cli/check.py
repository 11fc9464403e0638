"""``slbridge check CASE`` and ``slbridge check net.mat``."""

from __future__ import annotations

import argparse
import json
import os

from bridge.errors import UsageError

# What a file of another kind would be in a case, by its ending.
_KINDS = {".mdl": "model", ".slx": "model", ".onnx": "onnx", ".pt": "network", ".keras": "network", ".csv": "recording"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    what = "a folder with a case.toml, the TOML file, or a .mat file with a network"
    more = "for a network: .mat files with more inputs and predictions"
    parser.add_argument("thing", metavar="THING", help=what)
    # With a default, or argparse would call it required.
    parser.add_argument("others", metavar="MORE", nargs="*", default=[], help=more)
    parser.add_argument("--sensitivity", action="store_true", help="for a case that agrees: what it would notice")
    parser.add_argument("--accept", action="store_true", help="for a case: go without what its lock holds and is gone")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--html", metavar="F", help="for a case: write a page with tables, plots and the diagram")
    parser.add_argument("--junit", metavar="F", help="for a case: write JUnit XML, a test per pair and signal")
    parser.add_argument("--markdown", metavar="F", help="for a case: write Markdown for a pull request")


def run(options: argparse.Namespace) -> int:
    """Print who agrees with whom; the exit status says whether all do."""
    from bridge.cases.report_files import FORMS, write

    written = {form: path for form in FORMS if (path := getattr(options, form))}
    if not _is_case(options.thing) and _holds_network(options.thing):
        from bridge.cases import net_check

        for name in ("sensitivity", "accept"):
            if getattr(options, name):
                raise UsageError(f"--{name} is for cases; {options.thing} is a .mat file")
        if written:
            raise UsageError(f"--{next(iter(written))} is for cases; {options.thing} is a .mat file")
        found = net_check.check_networks(options.thing, *options.others)
        print(json.dumps(found.to_json(), indent=1) if options.json else found)
        return found.status
    kind = _KINDS.get(os.path.splitext(options.thing)[1].lower())
    if kind is not None and os.path.isfile(options.thing):
        cause = f"a case is checked, or a network's .mat; this file may be a side of a case: {kind} = "
        raise UsageError(f'{options.thing}: {cause}"{os.path.basename(options.thing)}"')
    from bridge.cases.case import read_case
    from bridge.cases.check import check

    if options.others:
        raise UsageError(f"{options.others[0]}: a case is checked alone; more files go with a network's .mat")
    case = read_case(options.thing)
    report = check(case, sensitivity=options.sensitivity, lock="accept" if options.accept else "write")
    write(report, case, written)
    print(json.dumps(report.to_json(), indent=1) if options.json else report)
    return report.status


def _is_case(path: str) -> bool:
    """Whether a path can only be a case: then nothing is loaded that networks need."""
    return os.path.isdir(path) or path.lower().endswith(".toml")


def _holds_network(path: str) -> bool:
    from bridge.cases import net_check

    return net_check.holds_network(path)
