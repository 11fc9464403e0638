"""``slbridge convert SRC DST``."""

from __future__ import annotations

import argparse
import sys


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("source", help="a model (.mdl, .slx) or a network (.mat, .onnx, .pt)")
    parser.add_argument("target", help="what to write: .slx, .mdl (text package); .onnx, .pt, .m, .mat; a folder")
    parser.add_argument("--classic", action="store_true", help="write .mdl in the form that releases to R2012a read")
    parser.add_argument("--network", metavar="NAME", help="of several networks in a .mat, this one")
    parser.add_argument("--workspace", metavar="F", help="variables of a diagram that becomes a network")
    parser.add_argument("--serve", action="store_true", help="a folder that serves the network with onnxruntime alone")
    parser.add_argument("--double", action="store_true", help="with --serve: take double precision, and cast it")
    parser.add_argument(
        "--standardize", metavar="MU,SIG", help="with --serve: variables of the source that scale input and output"
    )


def run(options: argparse.Namespace) -> int:
    """Convert, and say on stderr what the new form cannot hold."""
    from bridge import files
    from bridge.api import crossed
    from bridge.cli import networks
    from bridge.errors import UsageError

    if options.classic and not options.target.lower().endswith(".mdl"):
        raise UsageError(f"{options.target}: the classic form is a .mdl")
    form = {"form": "mdl"} if options.classic else {}
    if networks.is_network_file(options.source):
        network = networks.load_network(options.source, options.network)
        networks.require_known(network, options.source)
        if options.serve:
            from bridge.cases import serving

            scaling = serving.scaling(options.source, options.standardize) if options.standardize else None
            serving.write(network, options.target, scaling=scaling, double=options.double)
            print(options.target)
            return 0
        thing: object = network
    else:
        thing = files.read(options.source)
    losses = files.write(crossed(thing, options.target, options.workspace), options.target, **form)
    for loss in losses or ():
        print(f"slbridge convert: not kept: {loss}", file=sys.stderr)
    print(options.target)
    return 0
