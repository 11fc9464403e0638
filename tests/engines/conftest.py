"""Programs that several tests of engines run."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.engines.c_cache import compiler
from bridge.errors import EngineMissing
from bridge.program import DType, Output, Program, Rate, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.types import BOOLEAN, DOUBLE, INT8, INT64, UINT16, UINT64

Inputs = dict[str, np.ndarray]


def _lstm(inputs: int, units: int, dtype: DType) -> Program:
    """An LSTM layer, gates in the order i, f, g, o, with states h and c."""
    program = Program("lstm")
    shapes = {"W": (4 * units, inputs), "R": (4 * units, units), "b": (4 * units,)}
    program.parameters = {name: Value(Type(shape, dtype), name) for name, shape in shapes.items()}
    W, R, b = program.parameters.values()
    x = program.inputs["x"] = Value(Type((inputs,), dtype), "x")
    h, c = (Value(Type((units,), dtype), name) for name in "hc")
    with t.tracing(program.init):
        zero = t.zeros(h.type)
    with t.tracing(program.step), t.origin("lstm/layer"):
        gates = W @ x + R @ h + b
        i, f, g, o = (t.cut(gates, (k * units, (k + 1) * units)) for k in range(4))
        cell = t.logistic(f) * c + t.logistic(i) * t.tanh(g)
        hidden = t.logistic(o) * t.tanh(cell)
    program.slots = [Slot("lstm/h", "discrete", zero, h, hidden), Slot("lstm/c", "discrete", zero, c, cell)]
    program.outputs = [Output("y", hidden, "outport")]
    return finish(program)


def _slot(program: Program, path: str, first: Any, dtype: DType) -> Slot:
    """A scalar slot that starts at a constant."""
    with t.tracing(program.init):
        initial = t.constant(first, dtype)
    made = Slot(path, "discrete", initial, Value(Type((), dtype), path))
    program.slots.append(made)
    return made


def _everything() -> Program:
    """An enabled region with a held output and a counter, a loop with a computed count, a map, two rates, time."""
    program = Program("everything", period=0.1, start=0.5)
    gain = program.parameters["gain"] = Value(Type((), DOUBLE), "gain")
    rows = program.inputs["rows"] = Value(Type((3, 2), DOUBLE), "rows")
    enable = program.inputs["enable"] = Value(Type((), BOOLEAN), "enable")
    repeats = program.inputs["repeats"] = Value(Type((), INT64), "repeats")
    program.time = Value(Type((), DOUBLE), "time")
    program.rates, program.hits = [Rate(1), Rate(3, 1)], [Value(Type((), BOOLEAN)) for _ in range(2)]
    held = _slot(program, "Enabled/held", -1.0, DOUBLE)
    count = _slot(program, "Enabled/count", 65500, UINT16)
    ticks = _slot(program, "ticks", 2**63 - 1, UINT64)
    with t.tracing(program.step):
        with t.origin("everything/Enabled"):
            held.next, count.next = t.branch(
                enable,
                lambda: (gain * held.current + 1, count.current + 13),
                lambda: (held.current, count.current),
            )
        with t.origin("everything/Loop"):
            total, index = t.loop(
                repeats,
                lambda k, total, index: (total + t.storage(k, DOUBLE) * gain, index + t.storage(k, INT8)),
                [program.time, t.constant(120, INT8)],
            )
        with t.origin("everything/ForEach"):
            (sums,) = t.map_rows(lambda row: t.reduce("sum", row) * total, [rows])
        (ticks.next,) = t.branch(program.hits[1], lambda: ticks.current + 1, lambda: ticks.current)
        large = ticks.next > 2**63
    values = {"held": held.next, "count": count.current, "total": total, "index": index, "sums": sums}
    values |= {"ticks": ticks.next, "large": large, "gain": gain, "enable": enable}
    program.outputs = [Output(key, value, "outport") for key, value in values.items()]
    return finish(program)


@pytest.fixture(scope="session")
def compiled_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of compiled libraries that lasts as long as the tests."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture
def need_compiler(monkeypatch: pytest.MonkeyPatch, compiled_cache: Path) -> Callable[[], None]:
    """Call it in a test that compiles: it skips where there is no C compiler, and keeps the user's cache clean.

    The compiler hardly optimises: the files of some tests are long.
    """

    def check() -> None:
        monkeypatch.setenv("BRIDGE_CACHE", str(compiled_cache))
        try:
            command = compiler()
        except EngineMissing:
            pytest.skip("a C compiler is not installed")
        monkeypatch.setenv("CC", shlex.join([*command, "-O0"]))

    return check


@pytest.fixture
def everything() -> Callable[[], Program]:
    """A program with an enabled region, a loop, a map, two rates, time, states and integers that wrap."""
    return _everything


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
