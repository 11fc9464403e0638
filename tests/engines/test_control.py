"""Control flow, slots, rates and time: one program with all of them, equal on every engine and to a plain loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bridge.engines import Run, Schedule, engine
from bridge.errors import EngineError, UnsupportedOperation, UsageError
from bridge.program import DType, Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.types import DOUBLE, INT64, SINGLE, UINT64

STEPS = 9


@pytest.fixture(params=["numpy", "torch", "onnx", "compiled"])
def name(request: pytest.FixtureRequest, need_compiler: Callable[[], None]) -> str:
    if request.param == "torch":
        pytest.importorskip("torch")
    if request.param == "compiled":
        need_compiler()
    return str(request.param)


def slot(program: Program, path: str, first: Any, dtype: DType) -> Slot:
    """A scalar slot that starts at a constant."""
    with t.tracing(program.init):
        initial = t.constant(first, dtype)
    made = Slot(path, "discrete", initial, Value(Type((), dtype), path))
    program.slots.append(made)
    return made


def expected(gain: float, inputs: dict[str, np.ndarray]) -> dict[str, list[Any]]:
    """The same in plain Python, with integers that wrap by hand."""
    held, count, ticks = -1.0, 65500, 2**63 - 1
    result: dict[str, list[Any]] = {}
    for k in range(STEPS):
        row: dict[str, Any] = {"count": count, "gain": gain, "enable": bool(inputs["enable"][k])}
        if row["enable"]:
            held, count = gain * held + 1, (count + 13) % 2**16
        total, index = 0.5 + k * 0.1, 120
        for j in range(int(inputs["repeats"][k])):
            total, index = total + j * gain, (index + j + 128) % 256 - 128
        ticks += k % 3 == 1
        row |= {"held": held, "total": total, "index": index, "ticks": ticks, "large": ticks > 2**63}
        row["sums"] = [sum(line) * total for line in inputs["rows"][k].tolist()]
        for key, value in row.items():
            result.setdefault(key, []).append(value)
    return result


def given() -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    return {
        "rows": random.normal(size=(STEPS, 3, 2)),
        "enable": np.arange(STEPS) % 4 != 1,
        "repeats": np.arange(STEPS) % 6,
    }


def assert_equal(outputs: dict[str, Any], reference: dict[str, list[Any]]) -> None:
    assert set(outputs) == set(reference)
    for key, values in reference.items():
        if outputs[key].dtype.kind == "f":
            # Sums of up to six terms of the size of one, in whatever order: a few roundings.
            np.testing.assert_allclose(outputs[key], values, rtol=1e-14, atol=1e-14, err_msg=key)
        else:
            np.testing.assert_array_equal(outputs[key], values, err_msg=key)


def test_everything_at_once(name: str, everything: Callable[[], Program]) -> None:
    program, inputs = everything(), given()
    run = engine(name).load(program).run(Schedule.of(program, STEPS), {"gain": 0.75}, inputs)
    assert_equal(run.outputs, expected(0.75, inputs))
    assert {path: value.dtype.name for path, value in run.state.items()} == {
        "Enabled/held": "float64",
        "Enabled/count": "uint16",
        "ticks": "uint64",
    }
    assert run.state["Enabled/count"] == (65500 + 13 * int(inputs["enable"].sum())) % 2**16
    assert run.state["ticks"] == 2**63 - 1 + 3


def test_steps_equal_a_run_and_a_run_continues(name: str, everything: Callable[[], Program]) -> None:
    program, inputs = everything(), given()
    runner = engine(name).load(program)
    schedule = Schedule.of(program, STEPS)
    whole = runner.run(schedule, {"gain": 0.75}, inputs)
    state = runner.start({"gain": 0.75})
    assert state["ticks"] == 2**63 - 1
    for k in range(STEPS):
        row = {key: values[k] for key, values in inputs.items()}
        outputs, state = runner.step(schedule.times[k], schedule.hits[k], row, state)
        for key, value in outputs.items():
            np.testing.assert_array_equal(value, whole.outputs[key][k], err_msg=key)
    for path, value in state.items():
        np.testing.assert_array_equal(value, whole.state[path])
    split = 4
    first = runner.run(Schedule.of(program, split), {"gain": 0.75}, {key: v[:split] for key, v in inputs.items()})
    rest = {key: values[split:] for key, values in inputs.items()}
    second = runner.run(Schedule.of(program, STEPS - split, first=split), {"gain": 0.75}, rest, first.state)
    for key, values in whole.outputs.items():
        # Times of the second part are the same products of tick and period.
        np.testing.assert_array_equal(np.concatenate([first.outputs[key], second.outputs[key]]), values)


def test_no_steps_give_empty_outputs(name: str, everything: Callable[[], Program]) -> None:
    program, inputs = everything(), given()
    nothing = {key: values[:0] for key, values in inputs.items()}
    run = engine(name).load(program).run(Schedule.of(program, 0), {"gain": 0.75}, nothing)
    assert run.outputs["sums"].shape == (0, 3)
    assert run.outputs["count"].dtype == np.uint16
    assert run.state["Enabled/count"] == 65500


def test_a_program_of_time_alone(name: str) -> None:
    """Neither inputs nor states: the times alone tell how many steps there are."""
    program = Program("clock", period=0.25)
    program.time = Value(Type((), DOUBLE), "time")
    program.outputs = [Output("time", program.time, "outport")]
    run = engine(name).load(finish(program)).run(Schedule.of(program, 3), {}, {})
    np.testing.assert_array_equal(run.outputs["time"], [0.0, 0.25, 0.5])


def test_a_program_of_constants_alone(name: str) -> None:
    program = Program("constant")
    with t.tracing(program.step):
        program.outputs = [Output("c", t.constant([1, 2], UINT64), "outport")]
    run = engine(name).load(finish(program)).run(Schedule.of(program, 3), {}, {})
    np.testing.assert_array_equal(run.outputs["c"], [[1, 2]] * 3)
    assert run.outputs["c"].dtype == np.uint64


def test_a_program_of_nothing(name: str) -> None:
    program = finish(Program("empty"))
    runner = engine(name).load(program)
    run = runner.run(Schedule.of(program, 3), {}, {})
    assert (run.outputs, run.state) == ({}, {})
    assert runner.step(0.0, np.zeros(0, bool), {}, runner.start({})) == ({}, {})


def test_single_precision_stays_single(name: str) -> None:
    """1/3 accumulated in single precision, from a state that is given as a Python number."""
    program = Program("single")
    u = program.inputs["u"] = Value(Type((), SINGLE), "u")
    state = slot(program, "x", 0.0, SINGLE)
    with t.tracing(program.step):
        state.next = state.current + u / 3
    program.outputs = [Output("y", state.next, "outport")]
    runner = engine(name).load(finish(program))
    run = runner.run(Schedule.of(program, 50), {}, {"u": np.ones(50)}, {"x": 0.5})
    third, x = np.float32(1) / np.float32(3), np.float32(0.5)
    values = [x := x + third for _ in range(50)]
    np.testing.assert_array_equal(run.outputs["y"], values)
    assert run.outputs["y"].dtype == run.state["x"].dtype == np.float32


def indexed(op: str) -> Program:
    program = Program("indexed")
    x = program.inputs["x"] = Value(Type((3,), DOUBLE), "x")
    k = program.inputs["k"] = Value(Type((), INT64), "k")
    with t.tracing(program.step), t.origin("model/Table"):
        y = t.gather(x, k) if op == "gather" else t.scatter(x, k, t.gather(x, t.constant(0, INT64)))
    program.outputs = [Output("y", y, "outport")]
    return finish(program)


@pytest.mark.parametrize("place", [-1, 3, -(2**62)])
@pytest.mark.parametrize("op", ["gather", "scatter"])
def test_an_index_that_leaves_its_array_names_the_block(name: str, op: str, place: int) -> None:
    program = indexed(op)
    runner = engine(name).load(program)
    with pytest.raises(EngineError, match="model/Table"):
        runner.run(Schedule.of(program, 1), {}, {"x": np.zeros((1, 3)), "k": [place]})


def hosted() -> Program:
    program = Program("hosted")
    x = program.inputs["x"] = Value(Type((2,), DOUBLE), "x")
    calls: list[int] = []

    def function(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        calls.append(1)
        return array[::-1], np.asarray(float(len(calls)))

    with t.tracing(program.step), t.origin("model/MATLAB Function"):
        y, count = t.host(function, [x], [x.type, Type((), DOUBLE)], "flip")
    program.outputs = [Output("y", y, "outport"), Output("count", count, "outport")]
    return finish(program)


def test_python_is_called_by_the_reference_alone(name: str) -> None:
    program = hosted()
    if name != "numpy":
        with pytest.raises(UnsupportedOperation, match="model/MATLAB Function"):
            engine(name).load(program)
        return
    run: Run = engine(name).load(program).run(Schedule.of(program, 2), {}, {"x": [[1.0, 2.0], [3.0, 4.0]]})
    np.testing.assert_array_equal(run.outputs["y"], [[2.0, 1.0], [4.0, 3.0]])
    np.testing.assert_array_equal(run.outputs["count"], [1.0, 2.0])


def test_misuse_is_named(name: str, everything: Callable[[], Program]) -> None:
    program, inputs = everything(), given()
    runner, schedule = engine(name).load(program), Schedule.of(program, STEPS)
    with pytest.raises(UsageError, match="start"):
        runner.step(0.0, schedule.hits[0], inputs, {})
    with pytest.raises(UsageError, match="'gain'"):
        runner.run(schedule, {}, inputs)
    with pytest.raises(UsageError, match="'gain'"):
        runner.run(schedule, {"gain": [1.0, 2.0]}, inputs)
    with pytest.raises(UsageError, match="'rows'"):
        runner.run(schedule, {"gain": 1.0}, {key: values for key, values in inputs.items() if key != "rows"})
    with pytest.raises(UsageError, match="'rows'"):
        runner.run(schedule, {"gain": 1.0}, inputs | {"rows": np.zeros((STEPS, 2, 3))})
    with pytest.raises(UsageError, match="'nothing'"):
        runner.run(schedule, {"gain": 1.0}, inputs, {"nothing": 0.0})
    with pytest.raises(UsageError, match="'ticks'"):
        runner.run(schedule, {"gain": 1.0}, inputs, {"ticks": [1, 2]})
    state = runner.start({"gain": 1.0})
    del state["ticks"]
    row = {key: values[0] for key, values in inputs.items()}
    with pytest.raises(UsageError, match="'ticks'"):
        runner.step(0.0, schedule.hits[0], row, state)


def test_what_a_step_keeps_is_not_the_callers_buffer(name: str) -> None:
    """A unit delay keeps its input; the caller may write the next one into the same array."""
    program = Program("delay")
    u = program.inputs["u"] = Value(Type((2,), DOUBLE), "u")
    with t.tracing(program.init):
        first = t.zeros(u.type)
    delay = Slot("delay", "discrete", first, Value(u.type), u)
    program.slots, program.outputs = [delay], [Output("y", delay.current, "outport")]
    runner = engine(name).load(finish(program))
    buffer, state, seen = np.array([1.0, 2.0]), runner.start({}), []
    for _ in range(3):
        outputs, state = runner.step(0.0, np.zeros(0, bool), {"u": buffer}, state)
        seen.append(outputs["y"])
        buffer += 1
    np.testing.assert_array_equal(seen, [[0.0, 0.0], [1.0, 2.0], [2.0, 3.0]])
