"""``slbridge ask net.mat -o record_net.m`` and ``slbridge ask model.slx --workspace F -o record_model.m``."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("file", help="a .mat file with a network of MATLAB's, or a model (.mdl, .slx)")
    parser.add_argument("-o", "--output", metavar="F", help="the script to write; record_net.m or record_model.m")
    parser.add_argument("--network", metavar="NAME", help="of several networks in the file, this one")
    parser.add_argument("--workspace", metavar="F", help="of a model: the file with its variables, a .mat or a .m")


def run(options: argparse.Namespace) -> int:
    """Write the script and say what to do with it."""
    from bridge.cases import ask

    drawn = options.file.lower().endswith((".mdl", ".slx"))
    script = options.output or ("record_model.m" if drawn else "record_net.m")
    result = ask.write(options.file, script, place=options.network, workspace=options.workspace)
    beside = " and ".join(filter(None, (options.file, options.workspace)))
    kind = "simulink" if drawn else "matlab"
    print(f"{script}: run it in MATLAB beside {beside}; it writes {result}, a recording of class {kind}")
    if drawn:
        variables = f'workspace = "{options.workspace}", ' if options.workspace else ""
        print(f'then, in a case.toml: {variables}model = "{options.file}", recording = "{result}"')
    else:
        print(f"then: slbridge check {options.file} {result}")
    return 0
