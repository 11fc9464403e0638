"""Programs that several tests of engines run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bridge.program import DType, Output, Program, Slot, Type, Value
from bridge.program.passes import finish
from bridge.program.trace import cut, logistic, origin, tanh, tracing, zeros

Inputs = dict[str, np.ndarray]


def _lstm(inputs: int, units: int, dtype: DType) -> Program:
    """An LSTM layer, gates in the order i, f, g, o, with states h and c."""
    program = Program("lstm")
    shapes = {"W": (4 * units, inputs), "R": (4 * units, units), "b": (4 * units,)}
    program.parameters = {name: Value(Type(shape, dtype), name) for name, shape in shapes.items()}
    W, R, b = program.parameters.values()
    x = program.inputs["x"] = Value(Type((inputs,), dtype), "x")
    h, c = (Value(Type((units,), dtype), name) for name in "hc")
    with tracing(program.init):
        zero = zeros(h.type)
    with tracing(program.step), origin("lstm/layer"):
        gates = W @ x + R @ h + b
        i, f, g, o = (cut(gates, (k * units, (k + 1) * units)) for k in range(4))
        cell = logistic(f) * c + logistic(i) * tanh(g)
        hidden = logistic(o) * tanh(cell)
    program.slots = [Slot("lstm/h", "discrete", zero, h, hidden), Slot("lstm/c", "discrete", zero, c, cell)]
    program.outputs = [Output("y", hidden, "outport")]
    return finish(program)


@pytest.fixture
def lstm() -> Callable[[int, int, DType], Program]:
    """`lstm(inputs, units, dtype)` with parameters W, R, b, input x, output y."""
    return _lstm


@pytest.fixture
def lstm_values() -> Callable[[Program, int], tuple[Inputs, Inputs]]:
    """Random parameters, and a random input over so many steps, for a program with floating-point arguments."""

    def make(program: Program, steps: int) -> tuple[Inputs, Inputs]:
        random = np.random.default_rng(7)
        parameters = {
            name: random.normal(scale=0.5, size=value.shape).astype(value.dtype.numpy)
            for name, value in program.parameters.items()
        }
        inputs = {
            name: random.normal(size=(steps, *value.shape)).astype(value.dtype.numpy)
            for name, value in program.inputs.items()
        }
        return parameters, inputs

    return make
