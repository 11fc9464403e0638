"""``slbridge convert SRC DST``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from bridge.cli.solving import seconds
from bridge.cli.workspaces import add_settings, add_workspace, settings_of, workspace_of

_OF_PROGRAMS = ("step", "base_step", "solver", "log")
"""Options of a diagram that becomes an .onnx of what it computes."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("source", help="a model (.mdl, .slx), a network (.mat, .onnx, .pt, .keras, .h5), or data")
    parser.add_argument("target", help=".slx, .mdl (text package); .onnx, .pt, .m, .mat; a folder; of data .mat, .csv")
    parser.add_argument("--classic", action="store_true", help="write .mdl in the form that releases to R2012a read")
    parser.add_argument("--network", metavar="NAME", help="of several networks in a .mat, this one")
    add_workspace(parser, "variables of a diagram that becomes a network or .onnx")
    add_settings(parser)
    parser.add_argument(
        "--for", dest="reader", choices=["matlab"], help="an .onnx graph in the form that MATLAB's importer takes"
    )
    parser.add_argument(
        "--precision", choices=["single", "double"], help="that an .onnx graph computes in; also with --serve"
    )
    parser.add_argument("--mat-version", choices=["7", "7.3"], help="of a .mat; 7.3 is HDF5")
    parser.add_argument("--single", dest="precision", action="store_const", const="single", help="--precision single")
    parser.add_argument("--step", action="store_true", help="a diagram as .onnx: one step, not a whole run")
    parser.add_argument("--base-step", metavar="SECONDS", type=seconds, help="of a diagram as .onnx: its step")
    parser.add_argument("--solver", metavar="NAME", help="of a diagram as .onnx: ode1 … ode5 or ode8")
    parser.add_argument("--log", metavar="NAME", action="append", help="of a diagram as .onnx: a block to put out too")
    parser.add_argument("--lstm", action="store_true", help="a diagram of LSTM layers as .onnx: with the LSTM operator")
    parser.add_argument("--serve", action="store_true", help="a folder that serves the network with onnxruntime alone")
    parser.add_argument("--double", action="store_true", help="with --serve: take double precision, and cast it")
    parser.add_argument(
        "--standardize", metavar="MU,SIG", help="with --serve: variables of the source that scale input and output"
    )


def run(options: argparse.Namespace) -> int:
    """Convert, and say on stderr what the new form cannot hold."""
    from bridge.cases.conversion import convert
    from bridge.cases.data_conversion import convert_data, data_in

    _check(options)
    data = data_in(options.source, options.target)
    if data is not None:
        _only_version(options)
        return _done(convert_data(data, options.source, options.target, options.mat_version), options)
    thing = _source(options)
    _check_ending(thing, options)
    _check_variables(thing, options)
    if type(thing).__name__ == "ShallowNetwork":
        _check_shallow(options)
    losses: list[str] = []
    if options.serve:
        _serve(thing, options)
    elif _is_program(thing, options):
        _write_program(thing, options)
    else:
        form = "mdl" if options.classic else options.reader
        losses = convert(
            thing, options.target, workspace_of(options),
            precision=options.precision, version=options.mat_version, form=form,
        )  # fmt: skip
    return _done(_said(losses) if options.reader else losses, options)


def _done(losses: list[str], options: argparse.Namespace) -> int:
    for loss in losses:
        print(f"slbridge convert: not kept: {loss}", file=sys.stderr)
    print(options.target)
    return 0


def _said(losses: list[str]) -> list[str]:
    """Of what is said of the form for MATLAB, print what is not confirmed and how to import; the rest is not kept."""
    from bridge.files.onnx_matlab import UNCONFIRMED

    *losses, call = losses
    print(UNCONFIRMED)
    print(call)
    return [loss for loss in losses if loss != UNCONFIRMED]


def _check(options: argparse.Namespace) -> None:
    from bridge.errors import UsageError

    ending = options.target.lower().rpartition(".")[2]
    if options.classic and ending != "mdl":
        raise UsageError(f"{options.target}: the classic form is a .mdl")
    if options.serve and (options.reader or (options.double and options.precision)):
        raise UsageError("--serve goes with --double or --precision double, not with both, and not with --for")
    if (options.double or options.standardize) and not options.serve:
        raise UsageError("--double and --standardize go with --serve")


def _only_version(options: argparse.Namespace) -> None:
    """Data have no precision, weights or steps to choose."""
    from bridge.errors import UsageError

    names = ("classic", "network", "workspace", "set", "reader", "precision", "lstm", "serve", *_OF_PROGRAMS)
    for name in names:
        if getattr(options, name):
            option = "for" if name == "reader" else name.replace("_", "-")
            raise UsageError(f"{options.source}: holds data, no network or diagram, which --{option} is for")


def _check_ending(thing: object, options: argparse.Namespace) -> None:
    """A folder is not meant unless it is said to be."""
    from bridge import files
    from bridge.errors import UsageError
    from bridge.model import Model

    if not options.serve and not os.path.splitext(options.target)[1] and not isinstance(thing, Model):
        forms = ", ".join(files.endings(thing))
        raise UsageError(f"{options.target}: an ending says the form: {forms}; a folder is written with --serve")


def _check_variables(thing: object, options: argparse.Namespace) -> None:
    """Options that choose among what a file holds, or add to it."""
    from bridge import files
    from bridge.errors import UsageError
    from bridge.model import Model

    drawn = isinstance(thing, Model)
    if options.network and drawn:
        raise UsageError(f"{options.source}: --network names one of several networks in a .mat; this is a diagram")
    stays = os.path.splitext(options.target)[1].lower() in files.WRITERS["Model"]
    if options.workspace and (not drawn or stays):
        what = "it stays one, with the names of its variables" if drawn else "there is none here"
        raise UsageError(f"--workspace holds the variables of a diagram that becomes a network or an .onnx; {what}")
    if options.set and not (drawn and _is_program(thing, options)):
        raise UsageError("--set changes a diagram that becomes an .onnx by what it computes: not a network, not --lstm")
    if options.mat_version and (options.serve or not options.target.lower().endswith(".mat")):
        raise UsageError(f"{options.target}: --mat-version is of a .mat file")


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
    for assumed in networks.assumptions(options.source):
        print(f"slbridge convert: assumed: {assumed}", file=sys.stderr)
    return network


def _serve(network: Any, options: argparse.Namespace) -> None:
    from bridge.cases import serving

    scaling = serving.scaling(options.source, options.standardize) if options.standardize else None
    precision: serving.Precision = "cast" if options.double else "double" if options.precision == "double" else "single"
    serving.write(network, options.target, scaling=scaling, precision=precision)


def _is_program(thing: object, options: argparse.Namespace) -> bool:
    """Whether a diagram is to be written as what it computes, rather than as the network that it may draw."""
    from bridge.errors import UsageError
    from bridge.model import Model

    drawn = isinstance(thing, Model) and options.target.lower().endswith(".onnx")
    given = [name for name in ("lstm", *_OF_PROGRAMS) if getattr(options, name)]
    if not drawn and given:
        raise UsageError(f"--{given[0].replace('_', '-')} is for a diagram that becomes an .onnx")
    own = [name for name in given if name != "lstm"]
    if own and (options.lstm or options.reader):
        option = own[0].replace("_", "-")
        raise UsageError(f"--{option} is of a diagram's own computation: it does not go with --lstm and --for matlab")
    return drawn and not options.lstm and not options.reader


def _write_program(thing: Any, options: argparse.Namespace) -> None:
    from bridge.deployment import write_onnx

    given = {name: getattr(options, name) for name in _OF_PROGRAMS}
    given |= {"log": options.log or (), "single": options.precision == "single"}
    write_onnx(thing, options.target, workspace_of(options), set=settings_of(options), **given)
