"""Networks as MATLAB saves them, out of the objects in a .mat file.

`SeriesNetwork`, `DAGNetwork`, `dlnetwork`, layer graphs and bare layer arrays, also inside structures and cells; and
the shallow toolbox's `network` objects (`shallow_network`).
Weights stay as they are, bit for bit: gate rows i, f, g, o (r, z, candidate), one bias. The layouts were read from
files that MATLAB wrote (2018 to 2025).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.errors import NetworkError, UnsupportedContent
from bridge.files import matlab_layer_fields as fields
from bridge.files import matlab_layers, network_mat, shallow_network
from bridge.files.mat_objects import MatObject, MatObjectArray
from bridge.matlab.values import Cell, Struct, object_array
from bridge.network import Layer, Network, ShallowNetwork

__all__ = ["Found", "find", "is_network", "network", "parts", "recognised"]

Path = str | os.PathLike[str]
_NETWORKS = ("SeriesNetwork", "DAGNetwork", "dlnetwork")
_GRAPHS = ("nnet.cnn.LayerGraph", "layerGraph")
_DEPTH = 20


@dataclass(frozen=True, eq=False)
class Found:
    """A network in a .mat file: `place` is the expression that gives it in MATLAB (``net``, ``s.nets{2}``)."""

    place: str
    class_name: str
    value: Any

    @property
    def trained(self) -> bool:
        """Whether it is a network, rather than the layers that one is made from."""
        return self.class_name in (*_NETWORKS, shallow_network.CLASS, shallow_network.WRAPPER, "struct")

    @property
    def shallow(self) -> bool:
        """Whether it is one of the shallow toolbox."""
        return shallow_network.is_network(self.value)

    def network(self, path: Path | None = None) -> Network | ShallowNetwork:
        """It as a `Network` or `ShallowNetwork`; `UnsupportedContent` names file and place."""
        if isinstance(self.value, Struct) and not self.shallow:
            return network_mat.network(self.value, path, f"variable '{self.place}'")
        return network(self.value, path, f"variable '{self.place}'")


def is_network(value: Any) -> bool:
    """Whether a value is an object that holds layers and their connections."""
    if isinstance(value, MatObjectArray):
        return value.size > 0 and all(isinstance(each, MatObject) and _is_layer(each) for each in value)
    if not isinstance(value, MatObject):
        return False
    known = value.class_name in _NETWORKS or value.class_name in _GRAPHS
    return known or _is_layer(value) or shallow_network.is_network(value)


def _is_layer(thing: MatObject) -> bool:
    known = thing.class_name.startswith(matlab_layers.PACKAGE)
    return known or (thing.class_name.rpartition(".")[2].endswith("Layer") and "Name" in thing)


def find(variables: Mapping[str, Any]) -> list[Found]:
    """Every network among variables, and in their structures and cells, in the file's order."""
    found: list[Found] = []
    for name, value in variables.items():
        found += _within(name, value, 0)
    return found


def _within(place: str, value: Any, depth: int) -> Iterator[Found]:
    if network_mat.is_network(value) or (isinstance(value, Struct) and shallow_network.is_network(value)):
        yield Found(place, "struct", value)
    elif is_network(value):
        yield Found(place, value.class_name, value)
    elif depth >= _DEPTH:
        return
    elif isinstance(value, Struct):
        for name in value.names:
            for k, item in enumerate(value.all(name), 1):
                own = place if value.size == 1 else f"{place}({k})"
                yield from _within(f"{own}.{name}", item, depth + 1)
    elif isinstance(value, Cell):
        for k, item in enumerate(value, 1):
            yield from _within(f"{place}{{{k}}}", item, depth + 1)


def parts(value: Any) -> tuple[list[Layer], list[tuple[str, str]] | None]:
    """The layers of such an object, unknown ones too, and its connections; None where each layer feeds the next."""
    objects, pairs = _objects(value)
    ports_in: dict[str, list[str]] = {}
    ports_out: dict[str, list[str]] = {}
    names = {fields.text(each.get("Name")) for each in objects}
    for source, sink in pairs or ():
        for end, ports in ((source, ports_out), (sink, ports_in)):
            name, port = (end, "") if end in names else end.rpartition("/")[::2]
            ports.setdefault(name, [])
            if port not in ports[name]:
                ports[name].append(port)
    made = []
    for k, each in enumerate(objects):
        name = fields.text(each.get("Name"))
        first = ("in",) if k else ()
        inputs = first if pairs is None else _named(ports_in.get(name, []), "in")
        outputs = ("out",) if pairs is None else _named(ports_out.get(name, []), "out") or ("out",)
        made.append(matlab_layers.layer(each, inputs, outputs))
    return made, pairs


def parts_of(value: Any) -> list[MatObject]:
    """The layers of such an object as the file has them."""
    return _objects(value)[0]


def _named(ports: list[str], default: str) -> tuple[str, ...]:
    return tuple(port or default for port in ports)


def _objects(value: Any) -> tuple[list[MatObject], list[tuple[str, str]] | None]:
    if isinstance(value, MatObjectArray):
        return [each for each in value if isinstance(each, MatObject)], None
    if value.class_name not in _NETWORKS and value.class_name not in _GRAPHS:
        return [value], None
    graph = value.get("LayerGraph", value)
    if not isinstance(graph, MatObject):
        graph = value
    layers = graph.get("Layers")
    if isinstance(layers, MatObject):
        layers = [layers]
    if not isinstance(layers, MatObjectArray | list | Cell) or not len(layers):
        raise fields.Unreadable(f"is a {value.class_name} without layers")
    listed = list(layers)
    if not all(isinstance(each, MatObject) for each in listed):
        raise fields.Unreadable(f"is a {value.class_name} with a layer that is no object")
    return listed, _connections(graph.get("Connections"))


def _connections(table: Any) -> list[tuple[str, str]] | None:
    """The table's columns Source and Destination; None where there is no table."""
    if table is None or (not isinstance(table, Mapping) and fields.is_empty(table)):
        return None
    if isinstance(table, Mapping) and {"Source", "Destination"} <= set(table):
        columns = [fields.texts(table[name]) for name in ("Source", "Destination")]
        if len(columns[0]) == len(columns[1]):
            return list(zip(*columns, strict=True))
    raise fields.Unreadable(f"has connections of class {getattr(table, 'class_name', type(table).__name__)}")


def network(value: Any, path: Path | None = None, place: str | None = None) -> Network | ShallowNetwork:
    """The network of such an object. Layers that are not understood are `UnknownLayer`.

    Raises `UnsupportedContent` with file, place and layer where its layers do not make a network.
    """
    try:
        if shallow_network.is_network(value):
            return shallow_network.network(value)
        layers, pairs = parts(value)
        return Network(layers, pairs)
    except fields.Unreadable as error:
        raise UnsupportedContent(path, str(error), place) from None
    except NetworkError as error:
        raise UnsupportedContent(path, f"is a {value.class_name} that is not understood: {error}", place) from None


def recognised(variables: Mapping[str, Any], path: Path | None = None, *, unwrap: bool = True) -> Any:
    """The variables of a .mat file with networks made of those that are.

    With `unwrap`, of a file with exactly one trained network, or nothing but layers, just that. An object that makes
    no network stays as it is, unless it is the one that is wanted: then the error is raised.
    """
    every = find(variables)
    objects = [each for each in every if each.shallow or not isinstance(each.value, Struct)]
    if not objects:
        return network_mat.recognised(variables, path, unwrap=unwrap)
    chosen = [each for each in every if each.trained] or objects
    if unwrap and len(chosen) == 1 and (chosen[0].trained or len(variables) == 1):
        return chosen[0].network(path)
    known = network_mat.recognised(variables, path, unwrap=False)
    return {name: _replaced(value, 0) for name, value in known.items()}


def _replaced(value: Any, depth: int) -> Any:
    """A value with the networks in it as `Network`."""
    if is_network(value) or (isinstance(value, Struct) and shallow_network.is_network(value)):
        try:
            return network(value)
        except UnsupportedContent:
            return value
    if depth < _DEPTH and isinstance(value, Cell):
        items = [_replaced(item, depth + 1) for item in value]
        return Cell(object_array(items, value.shape))
    if depth < _DEPTH and isinstance(value, Struct):
        columns = {
            name: object_array([_replaced(item, depth + 1) for item in value.all(name)], value.shape)
            for name in value.names
        }
        return Struct.of_fields(columns, value.shape)
    return value
