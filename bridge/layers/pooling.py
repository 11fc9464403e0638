"""Pooling over time. Values are matrices (channels, steps)."""

from __future__ import annotations

import numpy as np

from bridge import network
from bridge.layers.attention import OverTime
from bridge.layers.cell import Cell
from bridge.layers.convolution import windows
from bridge.layers.registry import computes
from bridge.program import Value
from bridge.program.trace import concat, reduce, reshape


def _stacked(seen: list[Value]) -> Value:
    """What a window sees, with a leading axis for its steps."""
    return concat([reshape(each, (1, *each.shape)) for each in seen])


@computes(network.MaxPooling1D)
class MaxPooling1D(OverTime):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return reduce("max", _stacked(windows(cell, inputs[0], -np.inf)), (0,))


@computes(network.AveragePooling1D)
class AveragePooling1D(OverTime):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        seen = windows(cell, inputs[0], 0.0)
        return reduce("sum", _stacked(seen), (0,)) / len(seen)


def _over_all(kind: str, cell: Cell, x: Value) -> Value:
    if not x.shape[1]:
        raise cell.layer.refuse("a sequence without steps has nothing to pool")
    return reshape(reduce(kind, x, (1,)), (x.shape[0], 1))


@computes(network.GlobalAveragePooling1D)
class GlobalAveragePooling1D(OverTime):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return _over_all("sum", cell, inputs[0]) / inputs[0].shape[1]


@computes(network.GlobalMaxPooling1D)
class GlobalMaxPooling1D(OverTime):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return _over_all("max", cell, inputs[0])
