"""Fixed-step solvers: their tableaux against the conditions of order, and what minor steps compute again."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from bridge.engines import Schedule, engine
from bridge.errors import ProgramError
from bridge.program import Output, Program, Type, Value
from bridge.program.form import Flow, Region, Slot
from bridge.program.integration import integrate
from bridge.program.passes import finish
from bridge.program.solvers import SOLVERS, Increment, Solver
from bridge.program.trace import branch, constant, cos, emit, major, reduce, tracing
from bridge.program.types import BOOLEAN, DOUBLE

SCALAR = Type((), DOUBLE)


def full(increment: Increment) -> list[float]:
    return [weight / (increment.over or 1.0) for weight in increment.weights]


def tableau(solver: Solver) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A (s, s), b (s,), c (s,)."""
    count = len(solver.step.weights)
    A = np.zeros((count, count))
    for k, stage in enumerate(solver.stages, 1):
        A[k, :k] = full(stage)
    return A, np.array(full(solver.step)), np.array([0.0, *solver.nodes])


@pytest.mark.parametrize("solver", SOLVERS.values(), ids=list(SOLVERS))
def test_the_tableaux_satisfy_the_conditions_of_their_order(solver: Solver) -> None:
    """Rows sum to their nodes; b c^(q-1) = 1/q and b A^(q-1) 1 = 1/q! for q up to the order, not beyond.

    Of the conditions with other trees b (c * A c) = 1/8 and b A c^2 = 1/12 are there from order 4 on.
    """
    A, b, c = tableau(solver)
    accuracy = 1e-13 if solver.order < 8 else 1e-12  # the published quotients of ode8 hold to about 16 digits
    np.testing.assert_allclose(A.sum(axis=1), c, atol=accuracy)
    tall = [np.linalg.matrix_power(A, q - 1) @ np.ones(len(b)) for q in range(1, solver.order + 2)]
    factorials = np.cumprod(np.arange(1.0, solver.order + 2))
    defects = [
        max(abs(b @ c ** (q - 1) - 1 / q), abs(b @ tall[q - 1] - 1 / factorials[q - 1]))
        for q in range(1, solver.order + 2)
    ]
    assert max(defects[: solver.order]) < accuracy
    assert defects[solver.order] > 1e-9
    if solver.order >= 4:
        assert abs(b @ (c * (A @ c)) - 1 / 8) < accuracy
        assert abs(b @ A @ c**2 - 1 / 12) < accuracy


def growing(*, held: bool = False) -> Program:
    """dx/dt = x cos t from 1, whose solution is exp(sin t); where `held`, cos t is that of the major step."""
    program = Program("growing", period=0.1, time=Value(SCALAR, "time"))
    with tracing(program.init):
        first = constant(1.0)
    x = Value(SCALAR, "x")
    slot = Slot("x", "continuous", first, x, flow=Flow([x]))
    with tracing(program.step):
        assert program.time is not None
        rate = cos(program.time)
        slot.flow.derivative = x * (major(rate) if held else rate)  # type: ignore[union-attr]
    program.slots = [slot]
    program.outputs = [Output("x", x, "outport")]
    return program


def solved(program: Program, solver: str, h: float, steps: int) -> np.ndarray:
    program.period = h
    integrate(program, SOLVERS[solver])
    finish(program)
    assert all(slot.flow is None for slot in program.slots)
    assert all(node.op != "major" for node in program.step.walk())
    outputs = engine("numpy").load(program).run(Schedule.of(program, steps + 1), {}, {}).outputs
    return np.asarray(outputs["x"])


@pytest.mark.parametrize("name", SOLVERS)
def test_the_measured_order_is_that_of_the_method(name: str) -> None:
    steps = {"ode8": (4, 8), "ode5": (16, 32)}.get(name, (64, 128))
    errors = [abs(solved(growing(), name, 2.0 / n, n)[-1] - np.exp(np.sin(2.0))) for n in steps]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(SOLVERS[name].order, abs=0.6)


@pytest.mark.parametrize("name", SOLVERS)
def test_what_is_marked_keeps_the_value_of_the_major_step(name: str) -> None:
    """With a rate r that is held, every step multiplies x by the method's own polynomial of r h."""
    A, b, _ = tableau(SOLVERS[name])
    h, x, expected = 0.25, 1.0, [1.0]
    for k in range(8):
        z = h * np.cos(k * h)
        x *= 1 + z * b @ np.linalg.solve(np.eye(len(b)) - z * A, np.ones(len(b)))
        expected.append(x)
    np.testing.assert_allclose(solved(growing(held=True), name, h, 8), expected, rtol=1e-14)


def test_a_step_of_the_classic_method_in_numbers() -> None:
    """dx/dt = x from 1 with h = 1/2: 1 + h + h^2/2 + h^3/6 + h^4/24, exactly."""
    program = Program("m", period=0.5)
    with tracing(program.init):
        first = constant(1.0)
    x = Value(SCALAR, "x")
    program.slots = [Slot("x", "continuous", first, x, flow=Flow([x], x))]
    program.outputs = [Output("x", x, "outport")]
    h = Fraction(1, 2)
    exact = 1 + h + h**2 / 2 + h**3 / 6 + h**4 / 24
    assert solved(program, "ode4", 0.5, 1)[-1] == pytest.approx(float(exact), rel=1e-15)


def test_a_value_that_a_conditional_region_holds_is_shown_to_the_minor_steps() -> None:
    """dx/dt = x times the x of the major step, both inside an if: what is marked there comes out of it."""
    program = Program("m", period=0.25)
    with tracing(program.init):
        first = constant(2.0)
    x = Value(SCALAR, "x")
    slot = Slot("x", "continuous", first, x, flow=Flow([x]))
    with tracing(program.step):
        runs = x > constant(0.0)
        (slope,) = branch(runs, lambda: x * major(x * 1.0), lambda: constant(0.0))
        slot.flow.derivative = slope  # type: ignore[union-attr]
    program.slots, program.outputs = [slot], [Output("x", x, "outport")]
    found, expected = solved(program, "ode2", 0.25, 5), [2.0]
    for _ in range(5):
        z = 0.25 * expected[-1]
        expected.append(expected[-1] * (1 + z + z * z / 2))
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_the_discrete_states_of_continuous_blocks_are_those_after_the_step() -> None:
    """dx/dt = s, and s becomes 1 after the first step: the second stage of ode2 sees it already."""
    program = Program("m", period=1.0)
    with tracing(program.init):
        zero = constant(0.0)
    x, s = Value(SCALAR, "x"), Value(SCALAR, "s")
    with tracing(program.step):
        one = constant(1.0)
    program.slots = [
        Slot("x", "continuous", zero, x, flow=Flow([x], s)),
        Slot("s", "discrete", zero, s, one, flow=Flow([s])),
    ]
    program.outputs = [Output("x", x, "outport")]
    assert solved(program, "ode2", 1.0, 3).tolist() == [0.0, 0.5, 1.5, 2.5]


def test_a_state_without_a_derivative_rests() -> None:
    program = Program("m", period=1.0)
    with tracing(program.init):
        first = constant(3.0)
    x = Value(SCALAR, "x")
    program.slots = [Slot("x", "continuous", first, x, flow=Flow([x]))]
    program.outputs = [Output("x", x, "outport")]
    assert solved(program, "ode3", 1.0, 2).tolist() == [3, 3, 3]


def test_the_last_stage_stands_at_the_time_of_the_next_step() -> None:
    """To the last bit, for every step, so that a source that changes there has changed."""
    program = growing()
    h = 0.1
    program.period = h
    integrate(program, SOLVERS["ode2"])
    finish(program)
    x = np.asarray(engine("numpy").load(program).run(Schedule.of(program, 1000), {}, {}).outputs["x"])
    times = np.arange(1000) * h
    k1 = x[:-1] * np.cos(times[:-1])
    k2 = (x[:-1] + k1 * h) * np.cos(times[1:])
    np.testing.assert_array_equal(x[1:], x[:-1] + (k1 + k2) * (h * 0.5))


def test_a_program_without_a_step_in_seconds_is_refused() -> None:
    program = growing()
    program.period = None
    with pytest.raises(ProgramError, match="need a step in seconds"):
        integrate(program, SOLVERS["ode1"])


def test_a_marked_value_in_a_loop_is_refused() -> None:
    program = Program("m", period=1.0)
    with tracing(program.init):
        first = constant(0.0)
    x = Value(SCALAR, "x")
    rows = Value(Type((2,), DOUBLE), "rows")
    slot = Slot("x", "continuous", first, x, flow=Flow([x]))
    region = Region([Value(SCALAR)])
    with tracing(region):
        region.results = [major(x) * x * region.parameters[0]]
    with tracing(program.step):
        (mapped,) = emit("map", [rows], {"types": (SCALAR,)}, [region])
        slot.flow.derivative = reduce("sum", mapped)  # type: ignore[union-attr]
    program.inputs = {"rows": rows}
    program.slots = [slot]
    with pytest.raises(ProgramError, match="holds blocks that are not continuous"):
        integrate(program, SOLVERS["ode2"])


def test_the_condition_of_a_region_is_told_by_what_is_marked() -> None:
    """A switch at x = 1 that is marked acts at major steps alone: x overshoots by what is left of the step."""
    program = Program("m", period=1.0)
    with tracing(program.init):
        first = constant(0.25)
    x = Value(SCALAR, "x")
    slot = Slot("x", "continuous", first, x, flow=Flow([x]))
    with tracing(program.step):
        below = major(x < constant(1.0))
        assert below.dtype == BOOLEAN
        (slope,) = branch(below, lambda: constant(1.0), lambda: constant(0.0))
        slot.flow.derivative = slope  # type: ignore[union-attr]
    program.slots, program.outputs = [slot], [Output("x", x, "outport")]
    assert solved(program, "ode4", 1.0, 3).tolist() == [0.25, 1.25, 1.25, 1.25]
