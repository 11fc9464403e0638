"""``slbridge convert SRC DST``."""

from __future__ import annotations

import argparse
import sys


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("source", help="a model (.mdl, .slx)")
    parser.add_argument("target", help="the file to write: .slx, .mdl (text package)")
    parser.add_argument("--classic", action="store_true", help="write .mdl in the form that releases to R2012a read")


def run(options: argparse.Namespace) -> int:
    """Convert, and say on stderr what the new form cannot hold."""
    from bridge import files
    from bridge.api import load

    thing = load(options.source)
    losses = files.write(thing, options.target, **({"form": "mdl"} if options.classic else {}))
    for loss in losses or ():
        print(f"slbridge convert: not kept: {loss}", file=sys.stderr)
    print(options.target)
    return 0
