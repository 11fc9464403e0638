"""Layer and batch normalization, as a trained network applies them."""

from __future__ import annotations

from bridge import network
from bridge.errors import UnsupportedLayer
from bridge.layers.cell import Cell
from bridge.layers.registry import Mathematics, computes
from bridge.network import Layer
from bridge.program import Value
from bridge.program.trace import reduce, sqrt


@computes(network.LayerNormalization)
class LayerNormalization(Mathematics):
    """Mean and biased variance over the channels of each step."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        channels = x.shape[0]
        centred = x - reduce("sum", x, (0,)) / channels
        variance = reduce("sum", centred * centred, (0,)) / channels
        return centred / sqrt(variance + cell.option("Epsilon")) * cell.column("Scale") + cell.column("Offset")

    @staticmethod
    def check(layer: Layer) -> None:
        if layer.OperationDimension == "batch-excluded":
            raise UnsupportedLayer(
                layer.label, "normalizes over time (OperationDimension 'batch-excluded'), which is not computed"
            )


@computes(network.BatchNormalization)
class BatchNormalization(Mathematics):
    """With the statistics of the training."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        deviation = sqrt(cell.column("TrainedVariance") + cell.option("Epsilon"))
        return (x - cell.column("TrainedMean")) / deviation * cell.column("Scale") + cell.column("Offset")
