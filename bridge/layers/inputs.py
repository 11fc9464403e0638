"""Input layers: normalization."""

from __future__ import annotations

from bridge import network
from bridge.errors import UnsupportedLayer
from bridge.layers.cell import Cell
from bridge.layers.registry import Mathematics, computes
from bridge.network import Layer
from bridge.program import Value


@computes(network.FeatureInput)
class FeatureInput(Mathematics):
    """The data less their mean, over their deviation, or scaled to a range."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        how = cell.option("Normalization")
        if how == "none":
            return x
        if how == "zerocenter":
            return x - cell.column("Mean")
        if how == "zscore":
            return (x - cell.column("Mean")) / cell.column("StandardDeviation")
        share = (x - cell.column("Min")) / (cell.column("Max") - cell.column("Min"))
        return 2 * share - 1 if how == "rescale-symmetric" else share

    @staticmethod
    def check(layer: Layer) -> None:
        if getattr(layer, "SplitComplexInputs", False):
            raise UnsupportedLayer(layer.label, "splits complex inputs, which is not computed")


@computes(network.SequenceInput)
class SequenceInput(FeatureInput):
    pass
