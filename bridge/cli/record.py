"""``slbridge record CASE``."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("case", help="a folder with a case.toml, or the TOML file")
    parser.add_argument("--side", metavar="NAME", help="the side to record; the first that is no recording by default")
    parser.add_argument("-o", "--output", metavar="F", help="the .mat to write; by default the one that the case names")


def run(options: argparse.Namespace) -> int:
    """Store a golden recording and say what it is worth."""
    from bridge.cases import golden
    from bridge.cases.case import read_case

    case = read_case(options.case)
    target = golden.record(case, options.side, options.output)
    print(f"{target}: recorded, of class bridge; it goes stale when what it was computed from changes")
    if target.resolve() not in [case.path(side.source).resolve() for side in case.sides]:
        print(f'the case does not name it yet: [sides.golden] recording = "{target.name}"')
    return 0
