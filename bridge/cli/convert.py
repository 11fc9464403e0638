"""``slbridge convert SRC DST``."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("source", help="a model (.mdl, .slx) or a network (.mat, .onnx, .pt)")
    parser.add_argument("target", help="what to write: .slx, .mdl (text package); .onnx, .pt, .m, .mat; a folder")
    parser.add_argument("--classic", action="store_true", help="write .mdl in the form that releases to R2012a read")
    parser.add_argument("--network", metavar="NAME", help="of several networks in a .mat, this one")
    parser.add_argument("--workspace", metavar="F", help="variables of a diagram that becomes a network")
    parser.add_argument(
        "--for", dest="reader", choices=["matlab"], help="an .onnx graph in the form that MATLAB's importer takes"
    )
    parser.add_argument(
        "--precision", choices=["single", "double"], help="that an .onnx graph computes in; also with --serve"
    )
    parser.add_argument("--serve", action="store_true", help="a folder that serves the network with onnxruntime alone")
    parser.add_argument("--double", action="store_true", help="with --serve: take double precision, and cast it")
    parser.add_argument(
        "--standardize", metavar="MU,SIG", help="with --serve: variables of the source that scale input and output"
    )


def run(options: argparse.Namespace) -> int:
    """Convert, and say on stderr what the new form cannot hold."""
    from bridge import files
    from bridge.api import crossed

    _check(options)
    thing = _source(options)
    if type(thing).__name__ == "ShallowNetwork":
        _check_shallow(options)
    if options.serve:
        _serve(thing, options)
        losses: list[str] = []
    elif options.reader == "matlab":
        losses = _for_matlab(crossed(thing, options.target, options.workspace), options.target)
    elif options.precision == "double":
        from bridge.prediction import onnx_double

        onnx_double.write(crossed(thing, options.target, options.workspace), options.target)
        losses = []
    else:
        form = {"form": "mdl"} if options.classic else {}
        losses = files.write(crossed(thing, options.target, options.workspace), options.target, **form) or []
    for loss in losses:
        print(f"slbridge convert: not kept: {loss}", file=sys.stderr)
    print(options.target)
    return 0


def _check(options: argparse.Namespace) -> None:
    from bridge.errors import UsageError

    ending = options.target.lower().rpartition(".")[2]
    if options.classic and ending != "mdl":
        raise UsageError(f"{options.target}: the classic form is a .mdl")
    if options.serve and (options.reader or (options.double and options.precision)):
        raise UsageError("--serve goes with --double or --precision double, not with both, and not with --for")
    if (options.reader or options.precision) and not options.serve and ending != "onnx":
        raise UsageError(f"{options.target}: --for matlab and --precision are of an .onnx graph")
    if options.reader and options.precision == "double":
        raise UsageError("MATLAB's importer takes single precision: --for matlab does not go with --precision double")
    if (options.double or options.standardize) and not options.serve:
        raise UsageError("--double and --standardize go with --serve")


def _check_shallow(options: argparse.Namespace) -> None:
    """A shallow network has one form as .onnx, in double precision."""
    from bridge.errors import UsageError

    if options.serve or options.reader or options.precision == "single":
        wanted = "--serve" if options.serve else "--for" if options.reader else "--precision single"
        raise UsageError(f"{options.source}: {wanted} is for layer networks; a shallow one converts to .onnx in double")
    options.precision = None


def _source(options: argparse.Namespace) -> Any:
    """A network, or what else the file holds."""
    from bridge import files
    from bridge.cli import networks
    from bridge.errors import UsageError

    if not networks.is_network_file(options.source):
        if options.serve:
            raise UsageError(f"{options.source}: --serve takes a network")
        return files.read(options.source)
    network = networks.load_network(options.source, options.network)
    networks.require_known(network, options.source)
    return network


def _serve(network: Any, options: argparse.Namespace) -> None:
    from bridge.cases import serving

    scaling = serving.scaling(options.source, options.standardize) if options.standardize else None
    precision: serving.Precision = "cast" if options.double else "double" if options.precision == "double" else "single"
    serving.write(network, options.target, scaling=scaling, precision=precision)


def _for_matlab(network: Any, target: str) -> list[str]:
    """Write the form for MATLAB; what it cannot hold. What is not confirmed is said on stdout."""
    from bridge.files import network_onnx

    unconfirmed, *losses, call = network_onnx.write_for_matlab(network, target)
    print(unconfirmed)
    print(call)
    return losses
