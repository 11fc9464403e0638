"""Layer, batch, instance and group normalization, as a trained network applies them."""

from __future__ import annotations

from bridge import network
from bridge.layers.cell import Cell
from bridge.layers.registry import Mathematics, computes
from bridge.network import Layer
from bridge.program import Value
from bridge.program.trace import broadcast, concat, reduce, reshape, sqrt


def _normalized(cell: Cell, x: Value, axes: tuple[int, ...]) -> Value:
    """Less the mean, over the deviation, with the biased variance; both over some axes.

    The mean is taken off twice: what rounding left of it the second time, which a small deviation would enlarge.
    """
    count = 1
    for axis in axes:
        count *= x.shape[axis]
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))

    def mean(y: Value) -> Value:
        return broadcast(reshape(reduce("sum", y, axes), kept), x.shape) / count

    nearly = x - mean(x)
    centred = nearly - mean(nearly)
    return centred / sqrt(mean(centred * centred) + cell.option("Epsilon"))


def _scaled(cell: Cell, x: Value) -> Value:
    return x * cell.column("Scale") + cell.column("Offset")


@computes(network.LayerNormalization)
class LayerNormalization(Mathematics):
    """Over the channels of each step; with ``batch-excluded`` over all steps too."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        axes = (0, 1) if LayerNormalization.over_time(cell.layer) else (0,)
        return _scaled(cell, _normalized(cell, inputs[0], axes))

    @staticmethod
    def over_time(layer: Layer) -> bool:
        return bool(layer.OperationDimension == "batch-excluded")


@computes(network.InstanceNormalization)
class InstanceNormalization(Mathematics):
    """Over the steps of each channel."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return _scaled(cell, _normalized(cell, inputs[0], (1,)))

    @staticmethod
    def over_time(layer: Layer) -> bool:
        return True


@computes(network.GroupNormalization)
class GroupNormalization(Mathematics):
    """Over the steps of each group of channels."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        assert isinstance(cell.layer, network.GroupNormalization)
        groups = cell.blocks(x, cell.layer.groups(x.shape[0]))
        return _scaled(cell, concat([_normalized(cell, group, (0, 1)) for group in groups]))

    @staticmethod
    def over_time(layer: Layer) -> bool:
        return True


@computes(network.BatchNormalization)
class BatchNormalization(Mathematics):
    """With the statistics of the training."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        deviation = sqrt(cell.column("TrainedVariance") + cell.option("Epsilon"))
        return _scaled(cell, (x - cell.column("TrainedMean")) / deviation)
