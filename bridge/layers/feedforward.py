"""Fully connected layers, and those that join several inputs."""

from __future__ import annotations

from bridge import network
from bridge.layers.cell import Cell
from bridge.layers.registry import Mathematics, computes
from bridge.program import Value
from bridge.program.trace import concat


@computes(network.FullyConnected)
class FullyConnected(Mathematics):
    """W x + b."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return cell.matrix("Weights") @ inputs[0] + cell.column("Bias")


@computes(network.Addition)
class Addition(Mathematics):
    """The inputs added from first to last."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        total = inputs[0]
        for x in inputs[1:]:
            total = total + x
        return total


@computes(network.Multiplication)
class Multiplication(Mathematics):
    """The inputs multiplied from first to last."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        product = inputs[0]
        for x in inputs[1:]:
            product = product * x
        return product


@computes(network.Concatenation)
class Concatenation(Mathematics):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return concat(inputs, 0)
