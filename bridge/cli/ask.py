"""``slbridge ask net.mat -o record_net.m``."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("file", help="a .mat file with a network of MATLAB's")
    parser.add_argument("-o", "--output", metavar="F", default="record_net.m", help="the script to write")
    parser.add_argument("--network", metavar="NAME", help="of several networks in the file, this one")


def run(options: argparse.Namespace) -> int:
    """Write the script and say what to do with it."""
    from bridge.cases import ask

    result = ask.write(options.file, options.output, place=options.network)
    print(f"{options.output}: run it in MATLAB beside {options.file}; it writes {result}, a recording of class matlab")
    return 0
