"""The Integrator, against loops of Euler steps over its ports as its page describes them."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block, run, single, wired

from bridge.errors import AlgebraicLoop, DimensionMismatch, ModelError, TypeMismatch, UnsupportedBlock, UsageError
from bridge.model import Model
from bridge.simulation import Simulator, simulate

U = np.array([1.0, -2.0, 4.0, 0.5, 3.0, 3.0, -8.0, 1.0, 2.0, 2.0])
RESET = np.array([0.0, 1.0, 1.0, 0.0, -1.0, -1.0, 0.0, 2.0, 0.0, 0.0])
X0 = np.arange(5.0, 15.0)


def resets_of(kind: str) -> list[bool]:
    """At which samples of `RESET` the port resets: a crossing also by reaching zero, once."""
    by_hand = {
        "none": [],
        "rising": [1, 6],  # from zero upwards; from below to zero, and then not again on leaving it upwards
        "falling": [3, 8],  # to zero from above, and then not again on leaving it downwards
        "either": [1, 3, 6, 8],
        "level": [1, 2, 3, 4, 5, 6, 7, 8],
        "level hold": [1, 2, 4, 5, 7],
    }[kind]
    return [k in by_hand for k in range(len(RESET))]


@pytest.mark.parametrize(
    ("kind", "source", "limits"),
    list(
        product(
            ("none", "rising", "falling", "either", "level", "level hold"),
            ("internal", "external"),
            ((-np.inf, np.inf), (-1.5, 4.0)),
        )
    ),
)
def test_every_combination_of_ports(kind: str, source: str, limits: tuple[float, float]) -> None:
    """By ode1, where halves and quarters are exact."""
    ports = [U, *([RESET] if kind != "none" else []), *([X0] if source == "external" else [])]
    y = one_block(
        "Integrator",
        ports,
        step=0.25,
        solver="ode1",
        exact=True,
        InitialCondition=3,
        InitialConditionSource=source,
        ExternalReset=kind,
        LimitOutput=bool(np.isfinite(limits[0])),
        LowerSaturationLimit=limits[0],
        UpperSaturationLimit=limits[1],
    )
    x, expected = 0.0, []
    for k, resets in enumerate(resets_of(kind)):
        if resets or k == 0:
            x = X0[k] if source == "external" else 3.0
        x = min(max(x, limits[0]), limits[1])
        expected.append(x)
        x += 0.25 * U[k]
    assert y.tolist() == expected


def test_at_a_limit_it_stays_until_the_input_points_inwards() -> None:
    u = np.array([1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -4.0, -1.0, 2.0, 2.0])
    y, saturated = one_block(
        "Integrator",
        [u],
        outputs=2,
        solver="ode1",
        LimitOutput="on",
        UpperSaturationLimit=2,
        LowerSaturationLimit=-1,
        ShowSaturationPort="on",
    )
    assert y.tolist() == [0, 1, 2, 2, 2, 1, 0, -1, -1, 1]
    assert saturated.tolist() == [0, 0, 1, 1, 1, 0, 0, -1, -1, 0]


def test_a_stage_that_reaches_the_limit_has_no_slope() -> None:
    """The last stage of ode4 stands at 2, where the derivative is zero: (1 + 2 + 2 + 0) / 6 of the way."""
    y = one_block("Integrator", [np.ones(3)], solver="ode4", LimitOutput="on", UpperSaturationLimit=1)
    np.testing.assert_allclose(y, [0, 5 / 6, 1], rtol=1e-15)


def test_a_wrapped_state_stays_within_its_range() -> None:
    y = one_block("Integrator", [np.full(8, 1.0)], solver="ode4", WrapState="on", WrappedStateUpperValue=2,
                  WrappedStateLowerValue=-1)  # fmt: skip
    assert y.tolist() == [0, 1, -1, 0, 1, -1, 0, 1]


def test_scalars_spread_to_vectors() -> None:
    y = one_block("Integrator", [np.ones(3)], solver="ode3", InitialCondition="[1 2]")
    np.testing.assert_array_equal(y, [[1, 2], [2, 3], [3, 4]])
    y = one_block("Integrator", [np.ones((3, 2)) * [1, 2]], solver="ode3", InitialCondition=5)
    np.testing.assert_array_equal(y, [[5, 5], [6, 7], [7, 9]])
    y = one_block("Integrator", [np.ones(4)], solver="ode3", LimitOutput="on", UpperSaturationLimit="[1 2]")
    np.testing.assert_array_equal(y, [[0, 0], [1, 1], [1, 2], [1, 2]])
    model = single("Integrator", 1, InitialCondition="[1 2 3]")
    with pytest.raises(DimensionMismatch, match="does not fit a signal"):
        simulate(model, inputs={"u1": np.ones((3, 4))}, step=1)


def test_it_breaks_a_loop_but_its_ports_do_not() -> None:
    model = Model.new("m")
    model.root.add("Integrator", "x", InitialConditionSource="external")
    model.root.add("Constant", "one")
    model.root.add("Outport", "y")
    wired(model.root, "one -> x/1", "x -> x/2", "x -> y")
    with pytest.raises(AlgebraicLoop):
        simulate(model, step=1)


def bouncing(solver: str, step: float) -> Model:
    """A ball of two integrators: where it meets the ground, the velocity becomes -0.8 of its own state."""
    model = Model.new("ball")
    model.configure(SolverType="Fixed-step", SolverName=solver, FixedStep=step, StopTime=8)
    root = model.root
    root.add("Constant", "g", Value=-9.8125)
    root.add("Integrator", "v", ExternalReset="rising", InitialConditionSource="external", ShowStatePort="on")
    root.add("Integrator", "x", InitialCondition=10, LimitOutput="on", LowerSaturationLimit=0)
    root.add("InitialCondition", "start", Value=15)
    root.add("Gain", "back", Gain=-0.75)
    root.add("Reference", "ground", SourceBlock="simulink/Logic and Bit Operations/Compare To Constant", const=0,
             relop="<=")  # fmt: skip
    root.add("Outport", "position", Port=1)
    root.add("Outport", "velocity", Port=2)
    wired(root, "g -> v/1", "back -> start -> v/3", "v -> x -> ground -> v/2", "x -> position", "v -> velocity")
    root.connect("v/state1", "back/1")
    return model


@pytest.mark.parametrize("solver", ["ode1", "ode3", "ode4"])
def test_the_state_port_shows_the_state_before_it_is_reset(solver: str) -> None:
    """Of the two integrators each step is exact by ode2 and above: x takes h v + h² g / 2."""
    recording = run(bouncing(solver, 0.0625))
    h, g, x, v, ground = 0.0625, -9.8125, 10.0, 15.0, False
    expected = []
    for _ in recording.time:
        x = max(x, 0.0)
        met = x <= 0
        v = -0.75 * v if met and not ground else v
        ground = met
        expected.append((x, v))
        fall = h * v + (0.0 if solver == "ode1" else h * h * g / 2)
        # At the limit the slope is zero while it points downwards, in every stage by itself.
        x = x + fall if x > 0 and x + fall > 0 else None
        if x is None:
            break
        v += h * g
    count = len(expected)
    assert count > 40
    np.testing.assert_allclose(recording["position"][:count], [x for x, _ in expected], rtol=1e-12)
    np.testing.assert_allclose(recording["velocity"][:count], [v for _, v in expected], rtol=1e-12)
    velocity = recording["velocity"]
    jumps = np.flatnonzero(np.diff(velocity) > 0)
    assert len(jumps) >= 2
    for k in jumps:  # the velocity before is the one that this step would have had
        assert velocity[k + 1] == pytest.approx(-0.75 * (velocity[k] + 0.0625 * -9.8125), rel=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "int8", "bool"])
def test_other_data_types_are_refused(dtype: str) -> None:
    with pytest.raises(TypeMismatch, match="only double"):
        simulate(single("Integrator", 1), inputs={"u1": np.ones(3, dtype)}, step=1)


def test_options_that_are_missing_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedBlock, match="more than one element"):
        simulate(single("Integrator", 2, ExternalReset="rising"), inputs={"u2": np.ones((2, 2))}, step=1)


# Solvers -------------------------------------------------------------------------------------------------------------


def decaying(solver: str | None, **settings: object) -> Model:
    """dx/dt = -k x from 1."""
    model = Model.new("m")
    if solver is not None:
        model.configure(SolverName=solver, StopTime=1, **settings)
    model.root.add("Integrator", "x", InitialCondition=1)
    model.root.add("Gain", "k", Gain="-k")
    model.root.add("Outport", "y")
    wired(model.root, "x -> k -> x", "x -> y")
    return model


def last(model: Model, **options: Any) -> tuple[float, str]:
    recording = run(model, workspace={"k": 1.0}, **options)
    return float(recording["y"][-1]), recording.origin["solver"]


@pytest.mark.parametrize("solver", ["ode1", "ode2", "ode3", "ode4", "ode5", "ode8"])
def test_a_model_runs_by_its_own_solver(solver: str) -> None:
    y, told = last(decaying(solver, FixedStep=0.125))
    assert told == f"{solver}, step 0.125 s"
    assert y == last(decaying(None), step=0.125, stop_time=1, solver=solver)[0]


def test_what_the_caller_changes_is_told() -> None:
    model = decaying("ode4", FixedStep=0.1)
    assert last(model, step=0.5)[1] == "ode4, step 0.5 s as asked for"
    assert last(model, solver="ode1")[1] == "ode1 in place of ode4, step 0.1 s"
    assert last(decaying("FixedStepAuto", FixedStep=0.1))[1] == "ode3 in place of FixedStepAuto, step 0.1 s"


def test_without_a_fixed_step_it_is_a_fiftieth_of_the_time() -> None:
    recording = simulate(decaying("ode2"), {"k": 1.0})
    np.testing.assert_allclose(np.diff(recording.time), 0.02)


@pytest.mark.parametrize(
    ("solver", "instead"), [("ode45", "ode5"), ("ode23", "ode3"), ("ode15s", "ode5"), ("VariableStepAuto", "ode5")]
)
def test_variable_steps_are_refused_unless_a_fixed_one_is_given(solver: str, instead: str) -> None:
    model = decaying(solver)
    with pytest.raises(ModelError) as told:
        simulate(model, {"k": 1.0})
    for word in (solver, "variable steps", "step= (--step)", "solver= (--solver)", f"by default {instead}", "m/x"):
        assert word in str(told.value)
    y, said = last(model, step=0.1)
    assert said == f"{instead} in place of {solver}, step 0.1 s as asked for"
    assert y == pytest.approx(np.exp(-1), rel=1e-4)
    assert last(model, step=0.1, solver="ode4")[1] == f"ode4 in place of {solver}, step 0.1 s as asked for"


@pytest.mark.parametrize(
    ("solver", "words"),
    [("FixedStepDiscrete", "cannot integrate the continuous state"), ("ode14x", "ode14x"), ("ode1be", "ode1be")],
)
def test_solvers_that_cannot_are_refused_by_name(solver: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        simulate(decaying(solver, FixedStep=0.1), {"k": 1.0})
    with pytest.raises(UsageError, match=f"'{solver}' is none of ode1, ode2"):
        simulate(decaying("ode4"), {"k": 1.0}, solver=solver)


def test_a_diagram_without_continuous_states_needs_no_solver() -> None:
    recording = simulate(single("Gain", 1), inputs={"u1": np.ones(2)}, step=1)
    assert "solver" not in recording.origin


def test_the_state_goes_on_and_is_stepped_by_hand() -> None:
    model = decaying("ode4", FixedStep=0.25)
    whole = simulate(model, {"k": 1.0}, stop_time=1)
    half = simulate(model, {"k": 1.0}, stop_time=0.25)
    rest = simulate(model, {"k": 1.0}, stop_time=0.5, state=dict(half.state))
    np.testing.assert_array_equal(rest["y"], whole["y"][2:])
    simulator = Simulator(model, {"k": 1.0})
    assert [float(simulator.step()["y"]) for _ in range(5)] == whole["y"].tolist()


def test_a_complex_initial_condition_is_refused_by_the_blocks_name() -> None:
    """As where a variable `i` is missing, which then is the imaginary unit."""
    with pytest.raises(DimensionMismatch, match=r"^m/block: a complex parameter does not fit a signal of type double"):
        one_block("Integrator", [U], InitialCondition="i")
