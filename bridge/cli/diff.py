"""``slbridge diff A B``."""

from __future__ import annotations

import argparse
import json

from bridge.errors import UsageError

# What git hands to an external diff: path, old file, old hash, old mode, new file, new hash, new mode.
_OF_GIT = 7


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("files", nargs="+", metavar="A B", help="two models, networks, recordings or .mat files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--ignore-layout", action="store_true", help="where a diagram draws things does not count")
    parser.add_argument("--text", action="store_true", help="print one file as text: for git's textconv")


def run(options: argparse.Namespace) -> int:
    """Print what differs; 0 where nothing does, else 1, but always 0 to git, which takes anything else for a crash."""
    from bridge.cases import difference

    given = options.files
    if options.text:
        if len(given) != 1:
            raise UsageError("--text takes one file")
        print("\n".join(difference.text(given[0])))
        return 0
    by_git = len(given) >= _OF_GIT
    if not by_git and len(given) != 2:
        raise UsageError(f"two files are compared; {len(given)} given")
    a, b = (given[1], given[4]) if by_git else given
    found = difference.diff(a, b, layout=not options.ignore_layout)
    if by_git:
        print(f"slbridge diff {given[0]}")
    print(json.dumps(found.to_json(), indent=1, allow_nan=False) if options.json else found)
    return 0 if found.same or by_git else 1
