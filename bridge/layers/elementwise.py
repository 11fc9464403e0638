"""Activations, and layers that compute nothing when a network predicts."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt

from bridge import network
from bridge.layers.cell import Cell
from bridge.layers.error_function import erf
from bridge.layers.registry import Mathematics, computes
from bridge.program import Value
from bridge.program.trace import absolute, exp, log, logistic, reduce, tanh, where


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


def softmax(x: Value) -> Value:
    """Over the rows. Less the largest, which changes nothing but keeps exp from overflowing."""
    powers = exp(x - reduce("max", x, (0,)))
    return powers / reduce("sum", powers, (0,))


class _Unchanged(Mathematics):
    """The input itself."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return inputs[0]


for _kind in (
    *(network.Dropout, network.Flatten, network.Identity),
    *(network.RegressionOutput, network.ClassificationOutput),
):
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
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return softmax(inputs[0])


@computes(network.ELU)
class ELU(Mathematics):
    """exp of what is positive is never taken, since it may overflow."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        return where(x < 0, cell.option("Alpha") * (exp(where(x < 0, x, 0)) - 1), x)


@computes(network.Swish)
class Swish(Mathematics):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return inputs[0] * logistic(inputs[0])


@computes(network.GELU)
class GELU(Mathematics):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        if cell.option("Approximation") == "tanh":
            return 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x)))
        return 0.5 * x * (1 + erf(x * sqrt(0.5)))


@computes(network.ClippedReLU)
class ClippedReLU(Mathematics):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        positive, ceiling = relu(inputs[0]), cell.option("Ceiling")
        return where(ceiling < positive, ceiling, positive)


@computes(network.Softplus)
class Softplus(Mathematics):
    """max(x, 0) + log(1 + exp(-|x|)), which does not overflow."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        return relu(x) + log(1 + exp(-absolute(x)))


@computes(network.PReLU)
class PReLU(Mathematics):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        return where(x < 0, cell.column("Alpha") * x, x)


@computes(network.Scaling)
class Scaling(Mathematics):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        return cell.column("Scale") * inputs[0] + cell.column("Bias")
