"""``slbridge check CASE``."""

from __future__ import annotations

import argparse
import json


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("case", help="a folder with a case.toml, or the TOML file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Print who agrees with whom; the exit status says whether all do."""
    from bridge.cases.check import check

    report = check(options.case)
    print(json.dumps(report.to_json(), indent=1) if options.json else report)
    return report.status
