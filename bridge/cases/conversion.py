"""From one form to another: what is written, and what the new form cannot hold, line by line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from bridge.crossings.network_to_diagram import NOT_DRAWN
from bridge.errors import UsageError
from bridge.model import Model
from bridge.network import Layer, Network

Path = str | os.PathLike[str]
_OF_DIAGRAMS = "what belongs to the diagram: where blocks lie, its sample times, its solver and its input data"


def convert(
    thing: Any,
    path: Path,
    workspace: Mapping[str, Any] | Path | None = None,
    *,
    precision: str | None = None,
    version: str | None = None,
    form: str | None = None,
) -> list[str]:
    """Write a model, a network or a mapping of variables as the ending of `path` names; returns what is not kept.

    workspace  the variables of a diagram that becomes a network
    precision  of a network's .onnx graph: ``single`` or ``double``
    version    of a .mat: ``7`` or ``7.3``
    form       ``mdl``: the classic form of .mdl; ``matlab``: an .onnx graph for MATLAB's importer

    Raises `UsageError` for options that do not fit, `FileError`, and `UnsupportedLayer` or `ModelError` for what has
    no place in the new form at all.
    """
    from bridge import files
    from bridge.api import crossed

    made = crossed(thing, path, workspace)
    ending = os.path.splitext(os.fspath(path))[1].lower()
    graph = isinstance(made, Network) and ending == ".onnx"
    if (precision is not None or form == "matlab") and not graph:
        raise UsageError(f"{os.fspath(path)}: a precision and the form for MATLAB are of a network's .onnx graph")
    if precision not in (None, "single", "double"):
        raise UsageError(f"precision is 'single' or 'double', not {precision!r}")
    versioned = ending == ".mat" and isinstance(made, Network | Mapping)
    if version is not None and (not versioned or version not in ("7", "7.3")):
        raise UsageError(f"{os.fspath(path)}: a version, '7' or '7.3', is of a .mat file")
    lost = _lost(thing, made)
    if graph and form == "matlab":
        if precision == "double":
            raise UsageError("MATLAB's importer takes single precision: its form does not go with precision='double'")
        from bridge.files import network_onnx

        return [*lost, *network_onnx.write_for_matlab(made, path)]
    if precision == "double":
        from bridge.prediction import onnx_double

        onnx_double.write(made, path)
        return lost
    options = {"version": version} if version is not None else {}
    return [*lost, *(files.write(made, path, form, **options) or ())]


def _lost(thing: Any, made: Any) -> list[str]:
    if isinstance(thing, Network) and isinstance(made, Model):
        return lost_in_diagram(thing, made)
    return [_OF_DIAGRAMS] if isinstance(thing, Model) and isinstance(made, Network) else []


def lost_in_diagram(network: Network, diagram: Model) -> list[str]:
    """What the diagram of a network does not say of it, found by taking the network out of the diagram again."""
    from bridge.api import network_from_diagram
    from bridge.comparing.networks import compare_networks

    silent = [layer for layer in network if isinstance(layer, NOT_DRAWN)]
    found = [f"layer '{layer.Name}': a {layer.Type} computes nothing and is not drawn" for layer in silent]
    drawn = [layer for layer in network if layer not in silent]
    if not any(layer.input_ports for layer in drawn):
        return found  # the output is the input
    back = network_from_diagram(diagram)
    renamed = {layer.Name: original.Name for layer, original in zip(back, drawn, strict=True)}
    if any(old != new for old, new in renamed.items()):
        found.append("the names of layers")
    back = back.with_({old: {"Name": new} for old, new in renamed.items()})
    changes = compare_networks(Network([_without_zero_states(layer) for layer in drawn]), back).all
    if any(change.what == "class of weights" for change in changes):
        found.append("single precision: the diagram's parameters are double")
    return found + [str(change) for change in changes if change.what != "class of weights"]


def _without_zero_states(layer: Layer) -> Layer:
    """The layer with first states of zeros not set, which is the same."""
    zeros = [name for name in layer.held_states if (array := layer.arrays.get(name)) is not None and not array.any()]
    return layer.replace(**dict.fromkeys(zeros)) if zeros else layer
