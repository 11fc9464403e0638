"""``slbridge run`` of a network: which arrays of a file go in, how they lie, and saying so."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bridge.cli import signals
from bridge.errors import FileError, UsageError
from bridge.network import Network, ShallowNetwork
from bridge.suggestions import offered

AnyNetwork = Network | ShallowNetwork
_USUAL = ("u", "x", "X", "input", "XTest", "XTrain")


def read(path: str) -> dict[str, Any]:
    """The variables of a .mat, the signals of a recording or table, the array of an .npy, by name."""
    ending = os.path.splitext(path)[1].lower()
    if ending == ".npy":
        try:
            return {"u": np.load(path, allow_pickle=False)}
        except OSError as error:
            raise FileError.of(path, error) from None
        except ValueError as error:
            raise FileError(path, f"cannot be read as an array: {error}") from None
    from bridge.files.recordings import read_arrays

    return read_arrays(path)


def chosen(found: Mapping[str, Any], network: AnyNetwork, options: argparse.Namespace) -> list[str]:
    """The variables of a file that the network's inputs are: one for each; of a shallow one also a cell array for all.

    Those that are asked for; those called as the inputs; the only array; one with a usual name; the only one that fits.
    """
    shallow = isinstance(network, ShallowNetwork)
    inputs = list(network.input_names() if isinstance(network, ShallowNetwork) else network.inputs)
    arrays = _arrays(found)
    usual = [name for name in _USUAL if name in arrays]
    several = f"the {len(inputs)} inputs {', '.join(inputs)} with --signal A,B"
    if options.signal:
        names = signals.in_order(options.signal, inputs, found, options.input)
        if len(names) == len(inputs) or (shallow and len(names) == 1):
            return names
        raise UsageError(f"--signal {options.signal}: names {len(names)} arrays; choose {several}")
    if inputs and all(name in arrays for name in inputs):
        return inputs
    fitting = _fitting(network, found)
    if len(inputs) == 1 and (len(arrays) == 1 or usual or len(fitting) == 1):
        return usual[:1] or (arrays if len(arrays) == 1 else fitting)
    wanted = "the input with --signal NAME" if len(inputs) == 1 else several
    raise UsageError(f"{options.input}: choose {wanted}{offered(None, fitting or arrays)}")


def _arrays(found: Mapping[str, Any]) -> list[str]:
    return [name for name, value in found.items() if name != "time" and _is_data(value)]


def _is_data(value: Any) -> bool:
    from bridge.matlab.values import Cell

    return (isinstance(value, np.ndarray) and value.dtype.kind in "biuf") or isinstance(value, Cell)


def sequences(value: Any) -> Any:
    """A cell array as a list of sequences."""
    from bridge.matlab.values import Cell

    return list(value) if isinstance(value, Cell) else value


def layout_of(network: AnyNetwork, options: argparse.Namespace) -> tuple[str | None, str]:
    """How the input is said to lie, which leaves a square array open if nobody says it, and what to tell of it."""
    if options.layout is not None:
        return options.layout, options.layout
    if isinstance(network, ShallowNetwork):
        letter = "T" if network.dynamic else "B"
        if options.input.lower().endswith(".mat"):
            return None, f"C{letter} as in MATLAB"
        return f"{letter}C", f"{letter}C as in tables"
    if not any(signal.time for signal in map(network.signal, network.inputs) if signal):
        return None, "BC"
    if os.path.realpath(options.input) == os.path.realpath(options.thing):
        return "CT", "CT as beside MATLAB's networks"
    return None, "TC"


def say_choice(
    network: AnyNetwork,
    names: Sequence[str],
    found: Mapping[str, Any],
    layout: str,
    options: argparse.Namespace,
) -> None:
    """One line on stderr: which arrays of the file went in, and how they were taken to lie."""
    said = ", ".join(f"{name} ({_size(found[name])})" for name in names)
    others = [name for name in _fitting(network, found) if name not in names]
    beside = f"; there are also {', '.join(others[:5])}{', …' if len(others) > 5 else ''}" if others else ""
    line = f"input {said} of {options.input}, layout {layout}{beside}"
    print(f"slbridge run: {line}; --signal and --layout choose otherwise", file=sys.stderr)


def _size(value: Any) -> str:
    return "x".join(map(str, value.shape)) + ("" if isinstance(value, np.ndarray) else " cell")


def beside(network: AnyNetwork, options: argparse.Namespace) -> str:
    """What to say of data that stand in the network's own file."""
    if not options.thing.lower().endswith(".mat"):
        return ""
    fitting = _fitting(network, read(options.thing))
    return f"; beside it stand {', '.join(fitting[:5])}: --input {options.thing} --signal NAME" if fitting else ""


def _fitting(network: AnyNetwork, found: Mapping[str, Any]) -> list[str]:
    """The arrays of a file that may be data of the network: as wide as an input along one of their axes, or cells."""
    if isinstance(network, ShallowNetwork):
        widths = {each.size for each in network.inputs}
    else:
        widths = {signal.size for signal in map(network.signal, network.inputs) if signal}
    return [
        name
        for name in _arrays(found)
        if not isinstance(found[name], np.ndarray) or (found[name].size > 1 and widths & {*found[name].shape})
    ]
