"""Activations, and layers that compute nothing when a network predicts."""

from __future__ import annotations

from collections.abc import Callable

from bridge import network
from bridge.layers.cell import Cell
from bridge.layers.registry import Mathematics, computes
from bridge.program import Value
from bridge.program.trace import absolute, exp, logistic, reduce, tanh, where


def relu(x: Value) -> Value:
    """max(x, 0); NaN stays."""
    return where(x < 0, 0, x)


def softsign(x: Value) -> Value:
    """x / (1 + |x|)."""
    return x / (1 + absolute(x))


def hard_sigmoid(x: Value) -> Value:
    """0.2 x + 0.5 between 0 and 1: MATLAB's, ONNX's and Keras 2's; torch's is x/6 + 1/2."""
    line = 0.2 * x + 0.5
    return where(line < 0, 0, where(line > 1, 1, line))


STATE_ACTIVATIONS: dict[str, Callable[[Value], Value]] = {"tanh": tanh, "softsign": softsign, "relu": relu}
GATE_ACTIVATIONS: dict[str, Callable[[Value], Value]] = {"sigmoid": logistic, "hard-sigmoid": hard_sigmoid}


class _Unchanged(Mathematics):
    """The input itself."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return inputs[0]


for _kind in (network.Dropout, network.Flatten, network.RegressionOutput, network.ClassificationOutput):
    computes(_kind)(type(f"{_kind.__name__}", (_Unchanged,), {}))


@computes(network.ReLU)
class ReLU(Mathematics):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return relu(inputs[0])


@computes(network.LeakyReLU)
class LeakyReLU(Mathematics):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        return where(x < 0, cell.option("Scale") * x, x)


@computes(network.Tanh)
class Tanh(Mathematics):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return tanh(inputs[0])


@computes(network.Sigmoid)
class Sigmoid(Mathematics):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return logistic(inputs[0])


@computes(network.Softmax)
class Softmax(Mathematics):
    """Less the largest, which changes nothing but keeps exp from overflowing."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        powers = exp(x - reduce("max", x, (0,)))
        return powers / reduce("sum", powers, (0,))
