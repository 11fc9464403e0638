"""Convolution over time. Values are matrices (channels, steps)."""

from __future__ import annotations

from bridge import network
from bridge.layers.attention import OverTime, padded
from bridge.layers.cell import Cell
from bridge.layers.registry import computes
from bridge.program import Value
from bridge.program.trace import concat, cut, reshape, transpose


def windows(cell: Cell, x: Value, value: float) -> list[Value]:
    """For each step of the window that slides over `x`, padded with `value`, what it sees: (channels, positions)."""
    layer = cell.layer
    assert isinstance(layer, network.Convolution1D | network.MaxPooling1D | network.AveragePooling1D)
    before, after = layer.padding(x.shape[1])
    wide = padded(x, before, after, value)
    span = (layer.window - 1) * layer.reach + 1
    count = (wide.shape[1] - span) // layer.Stride + 1
    if count < 1:
        raise layer.refuse(f"sees {span} steps at once, but is given {x.shape[1]}")
    starts = [k * layer.reach for k in range(layer.window)]
    rows = (0, x.shape[0])
    return [cut(wide, rows, (at, at + (count - 1) * layer.Stride + 1, layer.Stride)) for at in starts]


@computes(network.Convolution1D)
class Convolution1D(OverTime):
    """One product: all filters as rows, all that the window sees as a column for each of its positions."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        weights = cell.matrix("Weights")
        size, channels, filters = weights.shape
        seen = concat(windows(cell, inputs[0], 0.0))
        return transpose(reshape(weights, (size * channels, filters))) @ seen + cell.column("Bias")
