"""``slbridge check CASE`` and ``slbridge check net.mat``."""

from __future__ import annotations

import argparse
import json


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("thing", help="a folder with a case.toml, the TOML file, or a .mat file with a network")
    parser.add_argument("others", nargs="*", help="for a network: .mat files with more inputs and predictions")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Print who agrees with whom; the exit status says whether all do."""
    from bridge.cases import net_check

    if net_check.holds_network(options.thing):
        found = net_check.check_networks(options.thing, *options.others)
        print(json.dumps(found.to_json(), indent=1) if options.json else found)
        return found.status
    from bridge.cases.check import check

    report = check(options.thing)
    print(json.dumps(report.to_json(), indent=1) if options.json else report)
    return report.status
