"""The smallest program of each kind on which an engine once failed or differed: on every engine, as it is defined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from bridge.engines import Schedule, engine, engine_names
from bridge.errors import UsageError
from bridge.program import DType, Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.types import DOUBLE, INT64, SINGLE
from tests.engines.side_by_side.definition import Definition
from tests.engines.side_by_side.programs import STEPS, Example
from tests.engines.side_by_side.sides import generated_c, without_warnings

Arguments = Mapping[str, Any]


def program_of(function: Callable[..., Value], parameters: Arguments, inputs: Arguments, finished: bool) -> Program:
    """A program whose output is a function of its parameters and inputs, in this order."""
    program = Program("find")
    for name, array in parameters.items():
        program.parameters[name] = Value(Type(np.shape(array), DOUBLE), name)
    for name, array in inputs.items():
        program.inputs[name] = Value(Type(np.shape(array)[1:], DOUBLE), name)
    with t.tracing(program.step):
        result = function(*program.parameters.values(), *program.inputs.values())
    program.outputs = [Output("y", result, "outport")]
    program.seal()
    return finish(program) if finished else program


def program_agrees(program: Program, parameters: Arguments, inputs: Arguments) -> None:
    """Every engine and the generated C give what the operations are defined to give; compilers have nothing to say."""
    given = Example(program, dict(parameters), dict(inputs))
    expected = Definition(program).run(Schedule.of(program, STEPS), given.parameters, given.inputs)
    for name in engine_names():
        run = engine(name).load(program).run(Schedule.of(program, STEPS), given.parameters, given.inputs)
        np.testing.assert_array_equal(run.outputs["y"], expected["y"], err_msg=name)
    np.testing.assert_array_equal(generated_c(program, given)["y"], expected["y"])
    without_warnings(program, given)


def agrees(function: Callable[..., Value], parameters: Arguments, inputs: Arguments, *, finished: bool = True) -> None:
    """The same of the program that a function makes, with or without what nobody needs."""
    program_agrees(program_of(function, parameters, inputs, finished), parameters, inputs)


@pytest.fixture(autouse=True)
def _compiler(need_compiler: Callable[[], None]) -> None:
    need_compiler()
    pytest.importorskip("torch")


def test_a_product_within_a_block_of_init() -> None:
    """numpy's Python had a line of another depth there, and others read what that branch alone had computed."""
    program = Program("product")
    matrix = program.parameters["A"] = Value(Type((2, 2), DOUBLE))
    x = program.inputs["x"] = Value(Type((2,), DOUBLE))
    with t.tracing(program.init):
        vector = t.constant(np.array([1.0, 2.0]))
        (chosen,) = t.branch(t.reduce("any", matrix < 0), lambda: matrix @ vector, lambda: vector)
        (power,) = t.loop(t.constant(2, INT64), lambda _, y: (matrix @ vector) * y, [chosen])
    with t.tracing(program.step):
        program.outputs = [Output("y", power * x + matrix @ x, "outport")]
    program_agrees(finish(program), {"A": np.array([[1.0, 2.0], [0.0, 3.0]])}, {"x": np.ones((STEPS, 2))})


def test_a_search_for_nothing() -> None:
    """Its one statement took the array without elements for a variable."""

    def function(points: Value, x: Value, none: Value) -> Value:
        return t.concat([t.search(points, x), t.search(points, none)])

    inputs = {"x": np.arange(2.0 * STEPS).reshape(STEPS, 2), "none": np.zeros((STEPS, 0))}
    agrees(function, {"points": np.arange(4.0)}, inputs)


def test_arrays_without_elements_leave_no_trace_in_c() -> None:
    """What nobody reads a number of was declared, and compilers noticed."""

    def function(p: Value, x: Value) -> Value:
        nothing = t.cut(t.transpose(p) * 2, (1, 1))
        sums = t.concat([t.reduce("sum", nothing, (0,)), t.reshape(t.cut(x, (0, 0)), (0,))])
        return t.concat([sums, t.cut(x, (0, 1)), nothing @ x])

    agrees(function, {"p": np.arange(6.0).reshape(2, 3)}, {"x": np.ones((STEPS, 2))})


def test_rows_that_a_map_does_not_read() -> None:
    """They were computed for nobody, and compilers noticed."""

    def function(p: Value, x: Value) -> Value:
        (rows,) = t.map_rows(lambda row, _, __: row + 1, [x, t.reshape(x * p, (2, 1)), t.take(p, [1, 0])])
        return rows

    agrees(function, {"p": np.array([1.0, 2.0])}, {"x": np.ones((STEPS, 2))})


def test_a_comparison_with_itself_in_another_shape() -> None:
    """Both are the same array in C, and compilers noticed."""

    def function(x: Value) -> Value:
        whole = t.take(t.storage(x, INT64), [2, 0, 1])
        return t.reshape(whole, (1, 3)) <= t.broadcast(whole, (1, 3))

    agrees(function, {}, {"x": np.arange(3.0 * STEPS).reshape(STEPS, 3)})


def test_rows_without_elements() -> None:
    """A map's rows of them were seen through a pointer that nobody used; the least of each of none had no C."""

    def function(x: Value, rows: Value) -> Value:
        (sums,) = t.map_rows(lambda row, y: t.concat([row, t.reshape(y, (1,))]), [rows, x])
        return t.concat([t.reshape(sums, (2,)), t.reduce("min", rows, (0,))])

    inputs = {"x": np.arange(2.0 * STEPS).reshape(STEPS, 2), "rows": np.zeros((STEPS, 2, 0))}
    for finished in (True, False):
        agrees(function, {}, inputs, finished=finished)


def test_time_in_single_precision() -> None:
    """torch and ONNX took it for double."""
    program = Program("single time", period=0.25)
    program.time = Value(Type((), SINGLE), "time")
    with t.tracing(program.step):
        program.outputs = [Output("y", program.time * 3 + 1, "outport")]
    program_agrees(finish(program), {}, {})


@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE])
def test_remainders_of_quotients_beyond_all_numbers(dtype: DType) -> None:
    """torch's were NaN."""
    program = Program("remainders")
    x, y = (program.inputs.setdefault(name, Value(Type((64,), dtype))) for name in "xy")
    with t.tracing(program.step):
        program.outputs = [Output("y", t.fmod(x, y), "outport")]
    largest, least = np.finfo(dtype.numpy).max, np.finfo(dtype.numpy).smallest_subnormal
    random = np.random.default_rng(0)
    sizes = largest * np.exp2(-np.linspace(0, 100, 64)) * random.uniform(0.5, 1, (STEPS, 64))
    given = {"x": sizes * random.choice([-1, 1], (STEPS, 64)), "y": np.full((STEPS, 64), 3 * least)}
    given["y"][0] = np.geomspace(1, 1e-30, 64)
    program_agrees(finish(program), {}, {name: array.astype(dtype.numpy) for name, array in given.items()})


def test_a_run_leaves_what_start_has_computed() -> None:
    """Steps went on with the parameters of the last run; each of the compiled engine's large ones is the caller's."""
    program = Program("start, run, step")
    gain = program.parameters["gain"] = Value(Type((), DOUBLE), "gain")
    table = program.parameters["table"] = Value(Type((9000,), DOUBLE), "table")
    with t.tracing(program.init):
        first = t.constant(1.0)
    slot = Slot("x", "discrete", first, Value(Type((), DOUBLE)))
    with t.tracing(program.step):
        slot.next = slot.current * t.exp(gain * 0) * gain + t.reshape(t.cut(table, (8999, 9000)), ())
    program.slots, program.outputs = [slot], [Output("y", slot.current, "outport")]
    program = finish(program)
    own = {"gain": np.array(2.0), "table": np.ones(9000)}
    other = {"gain": np.array(7.0), "table": np.zeros(9000)}
    for name in engine_names():
        runner = engine(name).load(program)
        runner.run(Schedule.of(program, 2), other, {})
        with pytest.raises(UsageError, match="start"):
            runner.step(0.0, np.zeros(0, np.bool_), {}, {"x": np.array(1.0)})
        state = runner.start(own)
        for expected in (1.0, 3.0, 7.0):
            runner.run(Schedule.of(program, 2), other, {})
            outputs, state = runner.step(0.0, np.zeros(0, np.bool_), {}, state)
            assert outputs["y"] == expected, name
