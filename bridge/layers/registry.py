"""Which class computes which layer: one explicit table, filled by a decorator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from bridge.errors import NetworkError, UnsupportedLayer
from bridge.network import Layer, UnknownLayer
from bridge.program import Value
from bridge.suggestions import offered

if TYPE_CHECKING:
    from bridge.layers.cell import Cell


class Mathematics:
    """What a layer computes. Subclasses say it with `step`, called once with symbolic values.

    `directions` are the ways in which time runs; a layer with ``backward`` among them is computed apart from the rest,
    its results stacked in this order.
    """

    directions: ClassVar[tuple[str, ...]] = ("forward",)

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        """The layer's output from its inputs: vectors (channels,), or matrices (channels, batch).

        Of a layer `over_time` they are whole sequences, (channels, steps).
        """
        raise NotImplementedError

    @staticmethod
    def over_time(layer: Layer) -> bool:
        """Whether a step of the output depends on other steps of the input than by a state."""
        return False

    @staticmethod
    def check(layer: Layer) -> None:
        """Raise `UnsupportedLayer` for options that are not computed."""


_table: dict[str, type[Mathematics]] = {}


def computes(kind: type[Layer]) -> Callable[[type[Mathematics]], type[Mathematics]]:
    """Enter a class as the mathematics of `kind`; a second one is a mistake."""

    def enter(mathematics: type[Mathematics]) -> type[Mathematics]:
        if kind.Type in _table:
            raise NetworkError(kind.Type, "has two classes that compute it")
        _table[kind.Type] = mathematics
        return mathematics

    return enter


def mathematics(layer: Layer) -> type[Mathematics]:
    """The class that computes `layer`. Raises `UnsupportedLayer`, which names it and what there is."""
    found = table().get(layer.Type)
    if found is None:
        kind = layer.Kind if isinstance(layer, UnknownLayer) else layer.Type
        raise UnsupportedLayer(layer.label, f"is a {kind}, which is not computed{offered(kind, table(), 'these are:')}")
    found.check(layer)
    return found


def table() -> Mapping[str, type[Mathematics]]:
    """The whole table, by the layer's type."""
    # The families import `computes` from here, so they are imported on first use.
    from bridge.layers import (  # noqa: F401  # noqa: F401
        attention,
        convolution,
        elementwise,
        feedforward,
        inputs,
        normalization,
        pooling,
        recurrent,
    )

    return _table
