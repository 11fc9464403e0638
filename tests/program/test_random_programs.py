"""Random programs: `finish` does not change what they compute, and every engine computes the same.

Only operations that IEEE arithmetic rounds correctly, so that engines must agree to the last bit; the sign of a zero is
never asked for, as onnxruntime's Where loses it.
"""

from __future__ import annotations

import random
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.engines import Schedule, engine
from bridge.engines.c_cache import compiler
from bridge.errors import EngineMissing
from bridge.program import DType, Output, Program, Slot, Type, Value
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.batch import batched
from bridge.program.passes import finish, verify
from bridge.program.types import BOOLEAN, BUILT_IN, DOUBLE, INT64

DTYPES = [dtype for dtype in BUILT_IN.values() if dtype.kind != "complex"]
SHAPES = [(), (3,), (2, 3)]
STEPS = 4


class Generator:
    """Draws nodes; the same seed gives the same program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.depth = 0

    def pick(self, pool: list[Value], where: Callable[[Value], bool]) -> Value:
        found = [value for value in pool if where(value)]
        if found:
            return self.random.choice(found)
        x = self.random.choice(pool)
        return next(y for y in (self.converted(x, dtype) for dtype in (DOUBLE, BOOLEAN, INT64)) if where(y))

    def converted(self, x: Value, dtype: DType) -> Value:
        saturate = self.random.random() < 0.5
        return a.convert(x, dtype, self.random.choice(sorted(a.ROUNDING)), saturate)

    def beside(self, pool: list[Value], x: Value) -> Value:
        """Another operand of the same data type, of a shape that fits."""
        fits = [y for y in pool if y.dtype == x.dtype and y.shape in ((), x.shape, x.shape[1:])]
        return self.random.choice(fits)

    def number(self, pool: list[Value]) -> Value:
        x = self.pick(pool, lambda value: value.dtype.kind in ("float", "int"))
        y = self.beside(pool, x)
        choices: list[Callable[[], Value]] = [
            lambda: x + y,
            lambda: x - y,
            lambda: x * y,
            lambda: -x,
            lambda: a.magnitude(x),
            lambda: x + 3,
            lambda: t.where(self.pick(pool, lambda v: v.type == Type((), BOOLEAN)), x, t.broadcast(y, x.shape)),
        ]
        if x.dtype.is_float:
            choices += [lambda f=f: f(x) for f in (t.floor, t.ceil, t.trunc, t.rint, a.round_half_away, t.absolute)]
            choices += [lambda: x / 3, lambda: 1 / (t.absolute(x) + 1) * y, lambda: t.where(t.isnan(x), 0.5, x)]
        else:
            choices += [lambda f=f: f(x, t.broadcast(y, x.shape)) for f in (t.bitand, t.bitor, t.bitxor)]
            choices += [lambda f=f: f(x, t.bitand(y, t.constant(7, x.dtype))) for f in (t.shift_left, t.shift_right)]
            choices.append(lambda: t.bitnot(x))
            if x.dtype.bits <= 32:
                choices += [
                    lambda: a.multiply(x, y, saturate=True),
                    lambda: a.divide(x, y, self.random.choice(sorted(a.ROUNDING))),
                ]
        if x.type.rank:
            choices += [lambda k=k: t.reduce(k, x) for k in ("max", "min")]
            choices += [lambda: t.transpose(t.transpose(x)), lambda: t.cut(t.concat([x, x]), (1, 1 + x.shape[0]))]
            choices.append(lambda: t.gather(x, t.bitand(self.index(pool), t.constant(1))))
        return self.random.choice(choices)()

    def index(self, pool: list[Value]) -> Value:
        return self.pick(pool, lambda value: value.type == Type((), INT64))

    def boolean(self, pool: list[Value]) -> Value:
        x = self.pick(pool, lambda value: value.dtype.kind in ("float", "int"))
        y = self.beside(pool, x)
        p = self.pick(pool, lambda value: value.dtype == BOOLEAN)
        return self.random.choice([x < y, x <= y, t.equal(x, y), t.not_equal(x, y), ~p, p ^ self.beside(pool, p)])

    def control(self, pool: list[Value]) -> list[Value]:
        self.depth += 1
        try:
            carried = self.random.sample(pool, 3)
            if self.random.random() < 0.5:
                condition = self.pick(pool, lambda value: value.type == Type((), BOOLEAN))

                def side() -> list[Value]:
                    inner = self.grown(list(pool), 5)
                    return [self.of_type(inner, value.type) for value in carried]

                return list(t.branch(condition, side, side))
            count = t.storage(t.bitand(self.index(pool), t.constant(3)), INT64)

            def body(index: Value, *now: Value) -> list[Value]:
                inner = self.grown([*pool, index, *now], 4)
                return [self.of_type(inner[len(pool) :], value.type) for value in carried]

            return list(t.loop(count, body, carried))
        finally:
            self.depth -= 1

    def of_type(self, pool: list[Value], type: Type) -> Value:
        return self.random.choice([value for value in pool if value.type == type])

    def grown(self, pool: list[Value], nodes: int) -> list[Value]:
        for _ in range(nodes):
            kind = self.random.random()
            with t.origin(f"random/{len(pool)}"):
                if kind < 0.5:
                    pool.append(self.number(pool))
                elif kind < 0.65:
                    pool.append(self.boolean(pool))
                elif kind < 0.9 or self.depth > 1:
                    pool.append(self.converted(self.random.choice(pool), self.random.choice(DTYPES)))
                else:
                    pool.extend(self.control(pool))
        return pool


def generated(seed: int) -> Program:
    """Inputs and parameters of every type, slots among them, and every value of the step as an output."""
    program, generator = Program(f"random {seed}"), Generator(seed)
    for number, dtype in enumerate(DTYPES):
        shape = SHAPES[(number + seed) % 3]
        program.inputs[f"u{number}"] = Value(Type(shape, dtype), f"u{number}")
        program.inputs[f"s{number}"] = Value(Type((), dtype), f"s{number}")
        program.parameters[f"p{number}"] = Value(Type(shape, dtype), f"p{number}")
    slots = []
    with t.tracing(program.init):
        for number, value in enumerate(program.parameters.values()):
            initial = value + 1 if value.dtype.kind in ("int", "float") else value
            slots.append(Slot(f"slot {number}", "discrete", initial, Value(value.type)))
    program.slots = slots
    pool = [*program.inputs.values(), *program.parameters.values(), *(slot.current for slot in slots)]
    with t.tracing(program.step):
        values = generator.grown(pool, 40)
        for slot in slots:
            slot.next = generator.of_type(values, slot.type)
        read = generator.random.sample(values, 25)
    program.outputs = [Output(f"y{number}", value, "outport") for number, value in enumerate(read)]
    program.seal()
    verify(program)
    return program


def arguments(program: Program, seed: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    draw = np.random.default_rng(seed)

    def values(type: Type, leading: tuple[int, ...]) -> np.ndarray:
        shape, dtype = (*leading, *type.shape), type.dtype
        if dtype == BOOLEAN:
            return draw.integers(0, 2, shape).astype(np.bool_)
        if dtype.is_integer:
            return draw.integers(*dtype.limits, shape, dtype=dtype.numpy, endpoint=True)
        scale = 10.0 ** draw.integers(-3, 22 if dtype == DOUBLE else 12, shape)
        return np.asarray(draw.normal(size=shape) * scale, dtype.numpy)

    parameters = {name: values(value.type, ()) for name, value in program.parameters.items()}
    return parameters, {name: values(value.type, (STEPS,)) for name, value in program.inputs.items()}


def results(name: str, program: Program, given: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]) -> dict[str, Any]:
    run = engine(name).load(program).run(Schedule.of(program, STEPS), *given)
    return {**run.outputs, **run.state}


def assert_same(actual: dict[str, Any], expected: dict[str, Any]) -> None:
    for key, value in actual.items():
        assert value.dtype == expected[key].dtype, key
        np.testing.assert_array_equal(value, expected[key], err_msg=key)


@pytest.mark.parametrize("seed", range(40))
def test_finishing_does_not_change_values(seed: int) -> None:
    program = generated(seed)
    given = arguments(program, seed)
    before = results("numpy", program, given)
    nodes = sum(1 for _ in program.step.walk())
    finish(program)
    assert sum(1 for _ in program.step.walk()) < nodes
    assert_same(results("numpy", program, given), before)


@pytest.mark.parametrize("name", ["torch", "onnx"])
@pytest.mark.parametrize("seed", range(25))
def test_engines_agree_to_the_last_bit(seed: int, name: str) -> None:
    if name == "torch":
        pytest.importorskip("torch")
    program = finish(generated(seed))
    given = arguments(program, seed)
    expected = results("numpy", program, given)
    assert_same(results(name, program, given), expected)


@pytest.mark.parametrize(("name", "seed"), [*(("numpy", k) for k in range(20)), *(("compiled", k) for k in range(5))])
def test_lanes_compute_what_each_run_alone_computes(
    seed: int, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Some arguments differ between three lanes, the others do not."""
    if name == "compiled":
        monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path))
        try:
            monkeypatch.setenv("CC", shlex.join([*compiler(), "-O0"]))
        except EngineMissing:
            pytest.skip("a C compiler is not installed")
    program = finish(generated(seed))
    draw = random.Random(seed)
    first, *others = (arguments(program, 3 * seed + k) for k in range(3))
    shared = [{key for key in given if draw.random() < 0.6} for given in first]
    runs = [first]
    for run in others:
        runs.append(
            tuple(
                {key: one[key] if key in same else other[key] for key in one}
                for one, other, same in zip(first, run, shared, strict=True)
            )
        )
    different = [[key for key in given if key not in same] for given, same in zip(first, shared, strict=True)]
    wide = batched(program, 3, *different)
    verify(wide)
    stacked = tuple(
        {key: np.stack([run[k][key] for run in runs], -1) if key in different[k] else first[k][key] for key in first[k]}
        for k in range(2)
    )
    actual = results(name, wide, stacked)
    for lane, given in enumerate(runs):
        expected = results("numpy", program, given)
        own = {k: v[..., lane] if v.shape != expected[k].shape else v for k, v in actual.items()}
        assert_same(own, expected)
