"""A layer as fields under MATLAB's names, and back: what every exchange format writes, each in its own way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bridge.errors import NetworkError, UnsupportedLayer
from bridge.network.graph import Network
from bridge.network.kinds import LAYERS
from bridge.network.layer import Layer
from bridge.network.unknown import UnknownLayer
from bridge.suggestions import offered


def fields(layer: Layer) -> dict[str, Any]:
    """``Type``, ``Name``, and every option that is known and not a quiet default; no arrays.

    Raises `UnsupportedLayer` for a layer of an unknown kind: nobody knows how to write it.
    """
    if isinstance(layer, UnknownLayer):
        raise UnsupportedLayer(layer.label, f"is a {layer.Kind}, which cannot be written")
    options = {
        name: layer.options[name]
        for name, option in layer.declared.items()
        if layer.options[name] is not None and not (option.quiet and layer.options[name] == option.default)
    }
    return {"Type": layer.Type, "Name": layer.Name, **options}


def layer(found: Mapping[str, Any]) -> Layer:
    """The layer that `fields` and arrays beside them describe. Raises `NetworkError`."""
    given = dict(found)
    kind = str(given.pop("Type", ""))
    if kind not in LAYERS:
        raise UnsupportedLayer(str(given.get("Name", "")), f"has the unknown type {kind!r}{offered(kind, LAYERS)}")
    given["Name"] = str(given.get("Name", ""))
    if not given["Name"]:
        raise NetworkError(kind, "has no name")
    return LAYERS[kind](**given)


def described(network: Network) -> dict[str, Any]:
    """The network without its arrays, in lists, mappings, numbers and texts alone: for metadata in JSON."""
    return {
        "format": "bridge network",
        "version": 1,
        "layers": [fields(layer) for layer in network],
        "connections": [list(pair) for pair in network.connections],
    }


def rebuilt(description: Mapping[str, Any], arrays: Mapping[str, Mapping[str, Any]]) -> Network:
    """The network of `described` and arrays by layer and name."""
    if description.get("format") != "bridge network" or description.get("version") != 1:
        form = f"{description.get('format')} {description.get('version')}"
        raise NetworkError("", f"is described in an unknown form, {form}")
    listed: Iterable[Mapping[str, Any]] = description.get("layers", ())
    return Network(
        [layer({**each, **arrays.get(str(each.get("Name")), {})}) for each in listed],
        [(str(source), str(sink)) for source, sink in description.get("connections", ())],
    )
