"""``slbridge demo DIR``."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("folder", metavar="DIR", help="the folder to make, or one without files of these names")


def run(options: argparse.Namespace) -> int:
    """Write the files and say what to do with them."""
    from bridge.cases import demo

    for path in demo.make(options.folder):
        print(path)
    print(f"now: slbridge check {options.folder} --html report.html; then change a digit in weights.m, and again")
    print(f"a network on its own: slbridge check {options.folder}/colleague.mat")
    return 0
