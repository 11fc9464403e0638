"""What a shallow network is made of, as plain data: its inputs, layers and outputs, and what leads where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridge.network import Processing, ShallowNetwork

Facts = dict[str, Any]


def of_network(network: ShallowNetwork, kind: str) -> Facts:
    """``{"class", "layers": [{"name", "kind", …}], "connections": [[source, sink]], …}``.

    Inputs and outputs stand among the layers, under MATLAB's names for them, ``inputs{1}``.
    """
    layers: list[Facts] = []
    for k, each in enumerate(network.inputs, 1):
        about = {"name": f"inputs{{{k}}}", "kind": "input", "label": each.name, "size": each.size}
        layers.append({**about, **_processed(each.processing)})
    for k, layer in enumerate(network.layers, 1):
        about = {"name": f"layers{{{k}}}", "kind": layer.transferFcn, "label": layer.name, "size": layer.size}
        layers.append({**about, "netInputFcn": layer.netInputFcn, "arrays": _arrays(network, k)})
    for output in network.outputs:
        about = {"name": f"outputs{{{output.layer}}}", "kind": "output", "label": output.name, "size": output.size}
        mode = {} if output.feedbackMode == "none" else {"feedbackMode": output.feedbackMode}
        layers.append({**about, **mode, **_processed(output.processing)})
    facts: Facts = {"class": kind, "layers": layers, "connections": _connections(network)}
    if network.name:
        facts["name"] = network.name
    if functions := {name: w.weightFcn for name, (_, w) in network.weights.items() if w.weightFcn != "dotprod"}:
        facts["weightFcns"] = functions
    if delayed := {name: list(weight.delays) for name, (_, weight) in network.weights.items() if weight.delays != (0,)}:
        facts["delays"] = delayed
    return facts


def unsupported(network: ShallowNetwork, place: str) -> list[Facts]:
    """The functions that are not computed, ``{"path", "kind"}``."""
    return [{"path": f"{place}.{where}", "kind": f"{what} {name}"} for where, what, name in network.unknown_functions()]


def _processed(chain: Sequence[Processing]) -> Facts:
    return {"processFcns": [each.function for each in chain]} if chain else {}


def _arrays(network: ShallowNetwork, k: int) -> dict[str, list[int]]:
    sizes = {name: list(weight.value.shape) for name, ((to, _), weight) in network.weights.items() if to == k}
    bias = network.layers[k - 1].b
    return {**sizes, **({f"b{{{k}}}": [bias.size, 1]} if bias is not None else {})}


def _connections(network: ShallowNetwork) -> list[list[str]]:
    joined = []
    for name, ((to, source), _) in network.weights.items():
        joined.append([f"{'inputs' if name.startswith('I') else 'layers'}{{{source}}}", f"layers{{{to}}}"])
    return [*joined, *([f"layers{{{each.layer}}}", f"outputs{{{each.layer}}}"] for each in network.outputs)]
