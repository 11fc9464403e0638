"""``slbridge demo DIR``."""

from __future__ import annotations

import argparse
import os
import shlex


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("folder", metavar="DIR", help="the folder to make or to complete; nothing is overwritten")


def run(options: argparse.Namespace) -> int:
    """Write the files and say what to do with them."""
    from bridge.cases import demo

    written = demo.make(options.folder)
    for path in written:
        print(path)
    left = len(demo.FILES) - len(written)
    if left:
        some = f"{left} of the {len(demo.FILES)}" if written else f"all {left}"
        print(f"{options.folder}: {some} files were there already, unchanged")
    folder, network = shlex.quote(options.folder), shlex.quote(os.path.join(options.folder, "colleague.mat"))
    print(f"now: slbridge check {folder} --html report.html; then change a digit in weights.m, and again")
    print(f"a network on its own: slbridge check {network}")
    return 0
