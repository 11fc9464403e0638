"""The toolbox's functions that make layers and networks, for scripts that run in `bridge.matlab`'s interpreter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from bridge.errors import MatlabError, NetworkError
from bridge.matlab.evaluate import run_script
from bridge.matlab.operators import Operations
from bridge.matlab.values import Cell, Char, String, class_of
from bridge.network import LAYERS, Layer, Network


@dataclass
class _Graph:
    """A layer array or layer graph under construction."""

    layers: list[Layer] = field(default_factory=list)
    connections: list[tuple[str, str]] | None = None


def run(text: str, workspace: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Run a script that may call the functions of `LAYERS`, ``dlnetwork`` and their kin; its variables afterwards."""
    return run_script(text, workspace, operations=_LayerOperations())


class _LayerOperations(Operations):
    """MATLAB's operations, and layers among the values."""

    def has_function(self, name: str) -> bool:
        return name in LAYERS or name in _FUNCTIONS or super().has_function(name)

    def call(self, name: str, arguments: Sequence[Any], nargout: int = 1) -> tuple[Any, ...]:
        if name in LAYERS or name in _FUNCTIONS:
            self.budget.spend()
            try:
                made = _layer(LAYERS[name], arguments) if name in LAYERS else _FUNCTIONS[name](*arguments)
            except (NetworkError, TypeError) as error:
                raise MatlabError(f"{name}: {error}") from None
            return (made,)
        return super().call(name, arguments, nargout)

    def concat(self, rows: Sequence[Sequence[Any]]) -> Any:
        values = [value for row in rows for value in row]
        if any(isinstance(value, Layer | _Graph) for value in values):
            return _Graph(_layers(values))
        return super().concat(rows)


def _layers(values: Sequence[Any]) -> list[Layer]:
    listed: list[Layer] = []
    for value in values:
        if isinstance(value, Layer):
            listed.append(value)
        elif isinstance(value, _Graph):
            listed += value.layers
        elif not (isinstance(value, np.ndarray) and not value.size):
            raise MatlabError(f"layers cannot be joined with a {class_of(value)}")
    return listed


def _may_stand(kind: type[Layer], place: int, value: Any) -> bool:
    """Whether a value may be given without its name: any number, but only a word that the option knows."""
    if not isinstance(value, Char | String):
        return True
    try:
        kind.declared[kind.positional[place]].rule(str(value))
    except (ValueError, TypeError):
        return False
    return True


def _layer(kind: type[Layer], arguments: Sequence[Any]) -> Layer:
    """A layer from the values and name-value pairs of a call."""
    count = 0
    if kind.positional != ("Classes",):
        leading_most = min(len(arguments), len(kind.positional))
        while count < leading_most and _may_stand(kind, count, arguments[count]):
            count += 1
    leading, rest = arguments[:count], arguments[count:]
    if len(rest) % 2:
        raise MatlabError("names and values come in pairs")
    given = {str(rest[k]): _python(rest[k + 1]) for k in range(0, len(rest), 2)}
    return kind(*leading, **given)


def _python(value: Any) -> Any:
    if isinstance(value, Char | String):
        return str(value)
    return [str(item) for item in value] if isinstance(value, Cell) else value


def _network(*arguments: Any) -> Network:
    if not arguments:
        raise MatlabError("layers are needed")
    graph = arguments[0]
    if isinstance(graph, Layer):
        return Network([graph])
    graph = _graph(graph)
    return Network(graph.layers, graph.connections)


def _graph(value: Any) -> _Graph:
    if not isinstance(value, _Graph):
        raise MatlabError(f"layers are needed, not a {class_of(value)}")
    return value


def _layer_graph(*arguments: Any) -> _Graph:
    return _add_layers(_Graph(connections=[]), *arguments) if arguments else _Graph(connections=[])


def _add_layers(graph: Any, *added: Any) -> _Graph:
    """Layers that are added together are connected to each other."""
    graph = _graph(graph)
    listed = _layers(added)
    joined = [(a.Name, b.Name) for a, b in pairwise(listed)]
    return _Graph([*graph.layers, *listed], [*(graph.connections or []), *joined])


def _connect_layers(graph: Any, source: Any, destination: Any) -> _Graph:
    graph = _graph(graph)
    return _Graph(graph.layers, [*(graph.connections or []), (str(source), str(destination))])


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "dlnetwork": _network,
    "assembleNetwork": _network,
    "layerGraph": _layer_graph,
    "addLayers": _add_layers,
    "connectLayers": _connect_layers,
}
