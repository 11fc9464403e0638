"""The numpy engine's straight-line Python against its kernels, node by node: the same bits, and nothing shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from lstm_workspace import lstm_workspace
from node_by_node import NodeByNode

from bridge.crossings.example import example_model
from bridge.engines import Schedule, engine
from bridge.engines.numpy_source import written
from bridge.errors import EngineError, UnsupportedOperation
from bridge.program import DType, Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.types import BUILT_IN, DOUBLE, INT8, INT64, SINGLE
from bridge.simulation import Simulator


def assert_same_bits(program: Program, parameters: Any, inputs: Any, steps: int) -> None:
    schedule = Schedule.of(program, steps)
    ours = engine("numpy").load(program).run(schedule, parameters, inputs)
    kernels = NodeByNode(program).run(schedule, parameters, inputs)
    for mine, theirs in ((ours.outputs, kernels.outputs), (ours.state, kernels.state)):
        assert list(mine) == list(theirs)
        for name, array in theirs.items():
            assert mine[name].dtype == array.dtype, name
            # NaNs have signs and payloads that mean nothing.
            np.testing.assert_array_equal(mine[name], array, err_msg=name)
            numbers = ~np.isnan(array) if array.dtype.kind == "f" else np.ones(array.shape, bool)
            assert mine[name][numbers].tobytes() == array[numbers].tobytes(), name


@pytest.mark.parametrize("size", [(1, 1, 1), (1, 4, 2), (2, 1, 1), (3, 4, 2), (16, 4, 3), (64, 8, 4)], ids=str)
def test_the_lstm_diagram(size: tuple[int, int, int]) -> None:
    simulator = Simulator(example_model(), lstm_workspace(*size, steps=60))
    assert_same_bits(simulator.program, simulator.diagram.parameters, {}, 60)


def test_regions_rates_and_integers(everything: Callable[[], Program]) -> None:
    random = np.random.default_rng(3)
    inputs = {"rows": random.normal(size=(9, 3, 2)), "enable": np.arange(9) % 2 > 0, "repeats": np.arange(9) % 4}
    assert_same_bits(everything(), {"gain": 0.75}, inputs, 9)


@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE], ids=str)
def test_an_lstm_in_both_precisions(
    dtype: DType, lstm: Callable[[int, int, DType], Program], lstm_values: Callable[..., Any]
) -> None:
    program = lstm(3, 8, dtype)
    assert_same_bits(program, *lstm_values(program, 30), 30)


def _program(body: Callable[..., Any], *types: Type) -> Program:
    """Inputs x0, x1, … of the types; every result is an output y0, …, and one step later another, z0, …"""
    program = Program("small")
    program.inputs = {f"x{k}": Value(type, f"x{k}") for k, type in enumerate(types)}
    with t.tracing(program.step), t.origin("small/block"):
        results = body(*program.inputs.values())
    results = [results] if isinstance(results, Value) else list(results)
    with t.tracing(program.init):
        program.slots = [Slot(f"s{k}", "discrete", t.zeros(y.type), Value(y.type), y) for k, y in enumerate(results)]
    program.outputs = [Output(f"y{k}", y, "outport") for k, y in enumerate(results)]
    program.outputs += [Output(f"z{k}", slot.current, "outport") for k, slot in enumerate(program.slots)]
    return finish(program)


EXTREMES = {
    "float": [0.0, -0.0, 1.5, -2.5, 0.5, 1e300, -1e-320, np.inf, -np.inf, np.nan, 3.0, 127.5, -129.0, 2.0**63],
    "int": [0, 1, -1, 7, 100, -100, 63, 64, 65],
    "bool": [False, True],
}


@pytest.mark.parametrize("dtype", [d for d in BUILT_IN.values() if d.kind in EXTREMES], ids=str)
def test_scalars_at_the_limits_of_their_types(dtype: DType) -> None:
    """Every operation that takes scalars of the type, and every conversion, at every pair of odd values."""
    values = EXTREMES[dtype.kind]
    if dtype.is_integer:
        values = [v for v in values if dtype.limits[0] <= v <= dtype.limits[1]] + list(dtype.limits)
    with np.errstate(over="ignore"):
        grid = np.array([(a, b) for a in values for b in values], dtype.numpy)
    unary = ["floor", "ceil", "trunc", "rint", "sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "sinh"]
    unary += ["cosh", "tanh", "logistic", "isnan", "isinf", "neg", "abs", "bitnot", "not", "asin", "atanh"]
    binary = ["add", "sub", "mul", "div", "lt", "le", "eq", "ne", "and", "or", "xor", "bitand", "bitor", "bitxor"]
    binary += ["shift_left", "shift_right", "fmod", "pow", "atan2", "hypot"]

    def body(a: Value, b: Value) -> list[Value]:
        made = []
        for ops, operands in ((unary, [a]), (binary, [a, b])):
            for op in ops:
                try:
                    made.append(t.emit(op, operands)[0])
                except t.ProgramError:  # not for this type
                    continue
        if not dtype.is_float:  # what a float's conversion to a narrower integer gives beyond its range is open
            made += [t.storage(a, wanted) for wanted in BUILT_IN.values() if wanted.kind != "complex"]
        return [*made, t.where(t.equal(a, b), a, b)]

    program = _program(body, Type((), dtype), Type((), dtype))
    assert_same_bits(program, {}, {"x0": grid[:, 0], "x1": grid[:, 1]}, len(grid))


@pytest.mark.parametrize("order", ["C", "F"])
def test_matrices_views_and_layouts(order: str) -> None:
    """Sums depend on where elements lie; nothing may depend on how the caller's array lies."""

    def body(x: Value, v: Value, s: Value, k: Value) -> list[Value]:
        turned = t.transpose(x) + 1
        cut = t.cut(x, (0, 5), (1, 4))
        return [
            t.reduce("sum", turned), t.reduce("sum", t.logistic(turned), [0]), t.reshape(turned, (35,)), cut * 2,
            t.reduce("sum", t.cut(cut, (0, 5, 2), (0, 3, 2))), x @ v, t.cut(x, (0, 5), (0, 7, 2)) @ t.cut(v, (0, 7, 2)),
            t.gather(x, k), t.gather(turned, k), t.gather(v, k), t.exp(t.broadcast(s, (3, 2))),
            t.reshape(s, (1, 1)) + v, t.where(s < 0, v, v * 2), t.where(s < 0, t.cut(v, (0, 7, 2)), t.cut(v, (0, 4))),
            t.concat([x, x * s], 1), t.reduce("max", x, [1]), t.transpose(x) @ x, t.take(x, [3, 1], 1),
        ]  # fmt: skip

    program = _program(body, Type((5, 7), DOUBLE), Type((7,), DOUBLE), Type((), DOUBLE), Type((), INT64))
    random = np.random.default_rng(0)
    inputs = {
        "x0": np.asarray(random.normal(size=(6, 5, 7)), order=order),
        "x1": random.normal(size=(6, 7)),
        "x2": random.normal(size=6),
        "x3": np.arange(6) % 5,
    }
    assert_same_bits(program, {}, inputs, 6)


def test_what_is_kept_is_not_overwritten() -> None:
    """Delays of arrays through views, loops and branches hold the values of earlier steps."""

    def body(x: Value, p: Value) -> list[Value]:
        y = x * 2
        row = t.reshape(y, (2, 2))
        (either,) = t.branch(p, lambda: [row + 1], lambda: [t.transpose(row)])
        (last, before) = t.loop(t.constant(3), lambda k, a, b: [a * 2, a], [y, x])
        (halves,) = t.map_rows(lambda r: [r * 0.5], [row])
        return [y, row, either, last, before, halves, t.where(p, y, x), t.gather(row, t.constant(1))]

    program = _program(body, Type((4,), DOUBLE), Type((), t.BOOLEAN))
    inputs = {"x0": np.random.default_rng(0).normal(size=(9, 4)), "x1": np.arange(9) % 3 > 0}
    assert_same_bits(program, {}, inputs, 9)
    whole = engine("numpy").load(program)
    expected = whole.run(Schedule.of(program, 9), {}, inputs)
    stepped, states, outputs = engine("numpy").load(program), [], []
    state = stepped.start({})
    for k in range(9):
        states.append(state)
        given = {name: array[k] for name, array in inputs.items()}
        output, state = stepped.step(0.0, np.zeros(0, bool), given, state)
        outputs.append(output)
    for name, array in expected.outputs.items():
        np.testing.assert_array_equal(np.array([output[name] for output in outputs]), array)
    # Nothing that was handed out earlier has changed since.
    for k in range(1, 9):
        for number, slot in enumerate(program.slots):
            np.testing.assert_array_equal(states[k][slot.path], expected.outputs[f"y{number}"][k - 1])
            np.testing.assert_array_equal(expected.outputs[f"z{number}"][k], expected.outputs[f"y{number}"][k - 1])


def test_no_text_of_a_model_gets_into_the_source() -> None:
    words = ['"; import os #', "evil\nimport os", "__import__('os')"]
    program = Program(words[0])
    program.parameters = {words[1]: Value(Type((2,), DOUBLE), words[1])}
    program.inputs = {words[2]: Value(Type((), DOUBLE), words[2])}
    with t.tracing(program.step), t.origin(words[1]):
        y = program.parameters[words[1]] * program.inputs[words[2]]
    program.outputs = [Output(words[0], y, "outport")]
    text, objects = written(finish(program))
    assert "import" not in text
    assert set(objects["__builtins__"]) == {"range", "float", "int", "abs"}


def test_a_failing_index_names_its_block() -> None:
    for shape in ((3,), (3, 2)):
        program = _program(t.gather, Type(shape, DOUBLE), Type((), INT8))
        inputs = {"x0": np.zeros((1, *shape)), "x1": np.array([-1])}
        with pytest.raises(EngineError, match=r"^small/block: index -1 leaves 0\.\.2$"):
            engine("numpy").load(program).run(Schedule.of(program, 1), {}, inputs)


def test_nesting_beyond_what_python_compiles_is_refused() -> None:
    def nested(x: Value, depth: int) -> Value:
        return t.loop(t.constant(1), lambda k, y: [nested(y, depth - 1)], [x])[0] if depth else x + 1

    with pytest.raises(UnsupportedOperation, match="small/block"):
        engine("numpy").load(_program(lambda x: nested(x, 25), Type((), DOUBLE)))


def test_states_whose_layout_changes() -> None:
    """A state is dense at first; what the step leaves may have gaps, and what is computed from it is the same."""
    random = np.random.default_rng(3)
    matrix, start = random.normal(size=(6, 3)), random.normal(size=3)
    program = Program("gaps")
    A = program.parameters["A"] = Value(Type((6, 3), DOUBLE))
    states = [Value(Type((3,), DOUBLE)) for _ in range(3)]
    with t.tracing(program.init):
        first = t.constant(start)
    with t.tracing(program.step):
        long = A @ states[0]
        # Every second element; what stood there before; a sum, which is dense.
        following = [t.cut(long, (0, 6, 2)), states[0], t.cut(A @ states[1], (0, 3)) + states[2]]
        found = {"y": long, "z": t.transpose(A) @ (A @ states[1]), "s": A @ states[2]}
    program.slots = [
        Slot(f"x{k}", "discrete", first, state, after)
        for k, (state, after) in enumerate(zip(states, following, strict=True))
    ]
    program.outputs = [Output(name, value, "outport") for name, value in found.items()]
    program = finish(program)
    schedule = Schedule.of(program, 6)
    runners = engine("numpy").load(program), NodeByNode(program)
    run, expected = (runner.run(schedule, {"A": matrix}, {}) for runner in runners)
    for name in found:
        np.testing.assert_array_equal(run.outputs[name], expected.outputs[name])
    text, _ = written(program)
    assert (text.count(".dot"), text.count("matmul(")) == (1, 3)  # by the matrix's own method with the third alone
