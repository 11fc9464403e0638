"""What a network is made of, as plain data: for `slbridge info`. Also of networks that cannot be computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bridge.files import matlab_network, shallow_facts, shallow_network
from bridge.files.matlab_layer_fields import Unreadable
from bridge.files.matlab_network import Found
from bridge.matlab.values import class_of, shape_of
from bridge.network import Layer, Network, ShallowNetwork, UnknownLayer

Facts = dict[str, Any]


def of_variables(variables: Mapping[str, Any]) -> Facts | None:
    """The facts of a .mat file with networks; None where it holds none.

    ``{"kind": "network", "variables": {place: {"class", "layers", "connections"}}, "beside": {name: {"class", "size"}},
    "unsupported": [{"path", "kind"}]}``.
    """
    found = matlab_network.find(variables)
    if not found:
        return None
    inside = {_variable(each.place) for each in found}
    unsupported: list[Facts] = []
    listed = {each.place: _of_found(each, unsupported) for each in found}
    beside = {
        name: {
            "class": getattr(value, "class_name", "") or class_of(value),
            "size": list(getattr(value, "shape", None) or shape_of(value)),
        }
        for name, value in variables.items()
        if name not in inside
    }
    return {"kind": "network", "variables": listed, "beside": beside, "unsupported": unsupported}


def of_network(network: Network | ShallowNetwork, name: str = "network") -> Facts:
    """The facts of one network, in the same form."""
    unsupported: list[Facts] = []
    if isinstance(network, ShallowNetwork):
        unsupported += shallow_facts.unsupported(network, name)
        held = {name: shallow_facts.of_network(network, "ShallowNetwork")}
        return {"kind": "network", "variables": held, "beside": {}, "unsupported": unsupported}
    facts = _of_layers("Network", network, network.connections, name, unsupported)
    return {"kind": "network", "variables": {name: facts}, "beside": {}, "unsupported": unsupported}


def _variable(place: str) -> str:
    for k, letter in enumerate(place):
        if letter in ".({":
            return place[:k]
    return place


def _of_found(found: Found, unsupported: list[Facts]) -> Facts:
    if found.shallow:
        try:
            shallow = shallow_network.network(found.value)
            unsupported += shallow_facts.unsupported(shallow, found.place)
            return shallow_facts.of_network(shallow, found.class_name)
        except Unreadable as error:
            unsupported.append({"path": found.place, "kind": f"{found.class_name}, which {error}"})
            return {"class": found.class_name, "layers": [], "connections": []}
    if found.class_name == "struct":
        network = found.network()
        assert isinstance(network, Network)
        return _of_layers("struct", network, network.connections, found.place, unsupported)
    try:
        layers, pairs = matlab_network.parts(found.value)
    except Unreadable as error:
        unsupported.append({"path": found.place, "kind": f"{found.class_name}, which {error}"})
        return {"class": found.class_name, "layers": [], "connections": []}
    try:
        network = Network(layers, pairs)
        layers, pairs = list(network), list(network.connections)
    except ValueError as error:  # layers that make no network, such as one alone, are listed all the same
        if found.trained:
            unsupported.append({"path": found.place, "kind": f"{found.class_name}: {error}"})
    return _of_layers(found.class_name, layers, pairs or [], found.place, unsupported)


def _of_layers(
    kind: str, layers: Iterable[Layer], pairs: Iterable[tuple[str, str]], place: str, unsupported: list[Facts]
) -> Facts:
    listed = []
    for layer in layers:
        facts = _of_layer(layer)
        if isinstance(layer, UnknownLayer):
            unsupported.append({"path": f"{place}/{layer.Name}", "kind": facts["kind"]})
        listed.append(facts)
    return {"class": kind, "layers": listed, "connections": [list(pair) for pair in pairs]}


def _of_layer(layer: Layer) -> Facts:
    if isinstance(layer, UnknownLayer):
        return {"name": layer.Name, "kind": layer.Kind, "supported": False}
    shown = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in layer.options.items()
        if value is not None and not layer.declared[name].quiet
    }
    sizes = {name: list(array.shape) for name, array in layer.arrays.items()}
    return {"name": layer.Name, "kind": layer.Type, **shown, **({"arrays": sizes} if sizes else {})}


def readable(facts: Facts) -> str:
    """The facts as lines of text."""
    lines = []
    for place, about in facts["variables"].items():
        lines.append(f"{place}: {about['class']} with {len(about['layers'])} layers")
        for number, layer in enumerate(about["layers"], 1):
            lines.append(f"  {number:>2}  {layer['name'] or '-'}  {layer['kind']}{_sizes(layer)}")
        series = [[a["name"], b["name"]] for a, b in zip(about["layers"], about["layers"][1:], strict=False)]
        if about["connections"] and about["connections"] != series:
            lines += ["  connections:", *(f"    {source} -> {sink}" for source, sink in about["connections"])]
        for name in ("delays", "weightFcns"):
            if name in about:
                lines.append(f"  {name}: " + ", ".join(f"{key} {value}" for key, value in about[name].items()))
    if facts["beside"]:
        sizes = (
            f"{name} ({'x'.join(map(str, about['size']))} {about['class']})" for name, about in facts["beside"].items()
        )
        lines.append("beside it: " + ", ".join(sizes))
    found = facts["unsupported"]
    lines.append("unsupported: " + ("none" if not found else ", ".join(f"{u['path']} ({u['kind']})" for u in found)))
    return "\n".join(lines)


def _sizes(layer: Facts) -> str:
    if not layer.get("supported", True):
        return "  NOT SUPPORTED"
    hidden = {"MinLength": 1, "NormalizationDimension": "auto", "HasStateInputs": False, "HasStateOutputs": False}
    shown = [
        f"{name} {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in layer.items()
        if name not in ("name", "kind", "arrays") and value != [] and hidden.get(name) != value
    ]
    return "  " + ", ".join(shown) if shown else ""
