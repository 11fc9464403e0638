"""Diagrams with continuous states: against exact solutions, scipy's solvers, and loops of major and minor steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generated_c import built, executed
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from small_diagrams import inside, run, wired

import bridge
from bridge.cli import main
from bridge.errors import ModelError
from bridge.model import Model, System
from bridge.simulation import BatchSimulator, Simulator, simulate

Array = np.ndarray
# a, b and c of the solvers, as Simulink's page and textbooks give them; written down once more for these tests.
TABLEAUX: dict[str, tuple[Sequence[Sequence[float]], Sequence[float], Sequence[float]]] = {
    "ode1": ([], [1], []),
    "ode2": ([[1]], [1 / 2, 1 / 2], [1]),
    "ode3": ([[1 / 2], [0, 3 / 4]], [2 / 9, 1 / 3, 4 / 9], [1 / 2, 3 / 4]),
    "ode4": ([[1 / 2], [0, 1 / 2], [0, 0, 1]], [1 / 6, 1 / 3, 1 / 3, 1 / 6], [1 / 2, 1 / 2, 1]),
    "ode5": (
        [
            [1 / 5],
            [3 / 40, 9 / 40],
            [44 / 45, -56 / 15, 32 / 9],
            [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
            [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
        ],
        [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
        [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1],
    ),
}


def stepped(solver: str, f: Callable[[float, Array], Array], t: float, x: Array, h: float) -> Array:
    """One step of dx/dt = f(t, x)."""
    a, b, c = TABLEAUX[solver]
    k = [f(t, x)]
    for row, node in zip(a, c, strict=True):
        k.append(f(t + node * h, x + h * sum(w * slope for w, slope in zip(row, k, strict=True))))
    return np.asarray(x + h * sum(w * slope for w, slope in zip(b, k, strict=True)))


def model_of(solver: str, step: float, stop: float) -> tuple[Model, System]:
    model = Model.new("m")
    model.configure(SolverType="Fixed-step", SolverName=solver, FixedStep=step, StopTime=stop)
    return model, model.root


# Smooth systems -----------------------------------------------------------------------------------------------------


def oscillator(solver: str, step: float, stop: float = 2.0) -> Model:
    """d²x/dt² = -w² x - 2 d w dx/dt + sin t."""
    model, root = model_of(solver, step, stop)
    root.add("Integrator", "v", InitialCondition="v0")
    root.add("Integrator", "x", InitialCondition=1)
    root.add("Gain", "spring", Gain="w^2")
    root.add("Gain", "damper", Gain="2*d*w")
    root.add("Sin", "force")
    root.add("Sum", "sum", Inputs="--+")
    root.add("Outport", "y")
    wired(root, "v -> x -> spring -> sum/1", "v -> damper -> sum/2", "force -> sum/3", "sum -> v", "x -> y")
    return model


W, D, V0 = 3.0, 0.1, 0.5
SPACE = {"w": W, "d": D, "v0": V0}


def motion(t: float, x: Array) -> Array:
    return np.array([x[1], -(W**2) * x[0] - 2 * D * W * x[1] + np.sin(t)])


@pytest.mark.parametrize("solver", TABLEAUX)
def test_every_step_is_that_of_a_loop_written_by_hand(solver: str) -> None:
    y = run(oscillator(solver, 0.05), workspace=SPACE)["y"]
    x, expected = np.array([1.0, V0]), [1.0]
    for n in range(len(y) - 1):
        x = stepped(solver, motion, n * 0.05, x, 0.05)
        expected.append(x[0])
    np.testing.assert_allclose(y, expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("solver", TABLEAUX)
def test_two_lags_have_the_bits_of_generated_code(solver: str) -> None:
    """A step into 1/(s + 1) twice, each operation in the order of MathWorks' generated C.

    That C itself, of a public model of these blocks (R2017a, ode4, h = 0.1 ms), was compiled and run for 20,000 steps,
    and a larger one of transfer functions, delays, a PID controller and integrators (R2019b): equal in every bit.
    """
    model, root = model_of(solver, 1e-2, 1.0)
    root.add("Step", "u", Time=0)
    for name in ("a", "b"):
        root.add("TransferFcn", name, Denominator="[1 1]")
    root.add("Outport", "y")
    wired(root, "u -> a -> b -> y")
    h, rows, weights = 1e-2, *TABLEAUX[solver][:2]
    divisors = {"ode2": (2.0, (1, 1)), "ode4": (6.0, (1, 2, 2, 1))}

    def slope(x: list[float]) -> list[float]:
        return [-x[0] + 1.0, -x[1] + x[0]]

    def weighed(given: Sequence[float], k: list[list[float]], n: int) -> float:
        terms = [slopes[n] * (h * weight) for weight, slopes in zip(given, k, strict=True) if weight]
        return sum(terms[1:], terms[0])

    x, expected = [0.0, 0.0], []
    for _ in range(101):
        expected.append(x[1])
        k = [slope(x)]
        for row in rows:
            k.append(slope([x[n] + weighed(row, k, n) for n in range(2)]))
        if solver in divisors:
            over, whole = divisors[solver]
            sums = [sum((w * slopes[n] for w, slopes in zip(whole[1:], k[1:], strict=True)), k[0][n]) for n in range(2)]
            x = [x[n] + h / over * sums[n] for n in range(2)]
        else:
            x = [x[n] + weighed(weights, k, n) for n in range(2)]
    assert simulate(model, engine="numpy")["y"].tolist() == expected


@pytest.mark.parametrize(("solver", "order"), [(f"ode{order}", order) for order in (1, 2, 3, 4, 5, 8)])
def test_it_converges_to_the_exact_solution_with_the_order_of_the_solver(solver: str, order: int) -> None:
    """The exact one by the matrix exponential, the sine as two further states."""
    A = np.zeros((4, 4))
    A[0, 1], A[1, :3], A[2, 3], A[3, 2] = 1, [-(W**2), -2 * D * W, 1], 1, -1
    exact = (expm(2 * A) @ [1, V0, 0, 1])[0]
    counts = {"ode8": (8, 16), "ode5": (32, 64), "ode3": (64, 128)}.get(solver, (256, 512))
    errors = [abs(simulate(oscillator(solver, 2 / n), SPACE)["y"][-1] - exact) for n in counts]
    assert order - 0.1 < np.log2(errors[0] / errors[1]) < order + 0.9
    assert errors[1] < {1: 0.02, 2: 2e-5, 3: 2e-5}.get(order, 1e-8)


def test_a_nonlinear_system_agrees_with_scipy() -> None:
    """Van der Pol's oscillator, and the time in it: ode8 at small steps against DOP853."""
    model, root = model_of("ode8", 0.02, 6.0)
    root.add("Integrator", "x", InitialCondition=2)
    root.add("Integrator", "v")
    root.add("Product", "square")
    root.add("Constant", "one")
    root.add("Sum", "less", Inputs="+-")
    root.add("Product", "damping")
    root.add("Sin", "push", Frequency=2)
    root.add("Sum", "sum", Inputs="+-+")
    root.add("Outport", "y")
    wired(root, "x -> square/1", "x -> square/2", "one -> less/1", "square -> less/2", "less -> damping/1",
          "v -> damping/2", "damping -> sum/1", "x -> sum/2", "push -> sum/3", "sum -> v -> x -> y")  # fmt: skip
    y = simulate(model)["y"]
    second = solve_ivp(
        lambda t, x: [x[1], (1 - x[0] ** 2) * x[1] - x[0] + np.sin(2 * t)], (0, 6), [2, 0], "DOP853",
        t_eval=np.arange(301) * 0.02, rtol=1e-12, atol=1e-12,
    )  # fmt: skip
    np.testing.assert_allclose(y, second.y[0], atol=1e-10)


TIMES, DATA = np.array([0, 0.13, 0.5, 0.8, 1.3, 2.0]), np.array([1.0, -2.0, 0.5, 3.0, -1.0, 2.0])
SOURCES: dict[str, tuple[dict[str, object], Callable[[float], float]]] = {
    "FromWorkspace": ({"VariableName": "[t u]"}, lambda t: float(np.interp(t, TIMES, DATA))),
    "Clock": ({}, lambda t: t),
    "SignalGenerator": ({"Frequency": 1.5}, lambda t: float(np.sin(2 * np.pi * 1.5 * t))),
    "simulink/Sources/Ramp": ({"slope": 2, "start": 0.325}, lambda t: 2 * max(t - 0.325, 0.0)),
    "simulink/Sources/Chirp Signal": ({}, lambda t: float(np.sin(2 * np.pi * (0.1 + 0.9 * t / 200) * t))),
    "simulink/Sources/Repeating Sequence": (
        {"rep_seq_t": "[0 0.3 1]", "rep_seq_y": "[0 2 -1]"},
        lambda t: float(np.interp(t % 1.0, [0, 0.3, 1], [0, 2, -1])),
    ),
    "DiscretePulseGenerator": (  # in major steps alone
        {"Period": 0.5, "PulseWidth": 50},
        lambda t: float((np.floor(t / 0.05 + 1e-9) * 0.05) % 0.5 < 0.25 - 1e-9),
    ),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_sources_show_what_they_are_at_the_times_of_minor_steps(kind: str) -> None:
    parameters, of_time = SOURCES[kind]
    model, root = model_of("ode3", 0.05, 2.0)  # whose last stage stands within the step
    if "/" in kind:
        root.add("Reference", "u", SourceBlock=kind, **parameters)
    else:
        root.add(kind, "u", **parameters)
    root.add("Integrator", "x")
    root.add("Outport", "y")
    wired(root, "u -> x -> y")
    y = run(model, workspace={"t": TIMES[:, None], "u": DATA[:, None]})["y"]
    x, expected = np.zeros(1), []
    for n in range(len(y)):
        expected.append(float(x[0]))
        x = stepped("ode3", lambda t, _: np.array([of_time(t)]), n * 0.05, x, 0.05)
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-13)


# What stays within a step -------------------------------------------------------------------------------------------


def test_a_sampled_controller_acts_between_its_hits_as_held() -> None:
    """dx/dt = x - u, u = 3 x every 0.5 s: the exact motion under a constant input, at four steps to a sample."""
    model, root = model_of("ode8", 0.125, 3.0)
    root.add("Integrator", "x", InitialCondition=1)
    root.add("ZeroOrderHold", "sample", SampleTime=0.5)
    root.add("Gain", "k", Gain=3)
    root.add("Sum", "sum", Inputs="+-")
    root.add("Outport", "y")
    root.add("Outport", "u", Port=2)
    wired(root, "x -> sample -> k -> sum/2", "x -> sum/1", "sum -> x -> y", "k -> u")
    recording = run(model)
    x, u, exact = 1.0, 3.0, []
    for n in range(25):
        u = 3 * x if n % 4 == 0 else u
        exact.append(x)
        x = (x - u) * np.exp(0.125) + u
    np.testing.assert_allclose(recording["y"], exact, rtol=1e-10)
    np.testing.assert_array_equal(recording["u"], 3 * recording["y"][::4])


def loop(solver: str, between: Callable[[System], Sequence[str]]) -> Model:
    """dx/dt = f(x), where `between` adds what makes f of x: from ``x`` to ``f``."""
    model, root = model_of(solver, 0.25, 3.0)
    root.add("Integrator", "x", InitialCondition=1)
    root.add("Outport", "y")
    wired(root, *between(root), "f -> x", "x -> y")
    return model


@pytest.mark.parametrize("solver", ["ode2", "ode4"])
@pytest.mark.parametrize("kind", ["Memory", "UnitDelay", "ZeroOrderHold", "RateTransition", "fixed in minor step"])
def test_what_is_not_continuous_keeps_its_value_in_minor_steps(solver: str, kind: str) -> None:
    """dx/dt = -x h(x), h the value of this or of the last major step."""

    def between(root: System) -> Sequence[str]:
        if kind == "fixed in minor step":
            root.add("Gain", "h", SampleTime="[0 1]")
        elif kind in ("UnitDelay", "ZeroOrderHold"):
            root.add(kind, "h", SampleTime=0.25)
        elif kind == "RateTransition":
            root.add(kind, "h", OutPortSampleTime=0.25)
        else:
            root.add(kind, "h")
        root.add("Product", "p")
        root.add("Gain", "f", Gain=-1)
        return "x -> h -> p/1", "x -> p/2", "p -> f"

    y = run(loop(solver, between))["y"]
    x, before, expected = np.array([1.0]), 0.0, [1.0]
    for _ in range(len(y) - 1):
        held = before if kind in ("Memory", "UnitDelay") else float(x[0])
        before = float(x[0])
        x = stepped(solver, lambda t, x, held=held: -x * held, 0.0, x, 0.25)  # type: ignore[misc]
        expected.append(float(x[0]))
    np.testing.assert_allclose(y, expected, rtol=1e-13)


def test_a_relay_switches_at_major_steps_alone() -> None:
    """dx/dt is -1 or 1; within a step the slope is one number, so that every method gives Euler's steps."""

    def between(root: System) -> Sequence[str]:
        root.add("Relay", "f", OnSwitchValue=0.9, OffSwitchValue=0.3, OnOutputValue=-1, OffOutputValue=1)
        return ("x -> f",)

    y = run(loop("ode4", between))["y"]
    x, on, expected = 1.0, False, []
    for _ in y:
        expected.append(x)
        on = x >= 0.9 or (on and x > 0.3)
        x += -0.25 if on else 0.25
    np.testing.assert_allclose(y, expected, rtol=1e-14)


@pytest.mark.parametrize("solver", ["ode2", "ode5"])
def test_a_rate_limiter_goes_on_within_the_step(solver: str) -> None:
    """y follows sin 3t at most by 1/2 a second from the last major step on; it feeds an integrator."""
    model, root = model_of(solver, 0.125, 2.0)
    root.add("Sin", "u", Frequency=3)
    root.add("RateLimiter", "limit", RisingSlewLimit=0.5, FallingSlewLimit=-0.5)
    root.add("Integrator", "x")
    root.add("Outport", "y")
    wired(root, "u -> limit -> x -> y")
    y = run(model)["y"]
    x, last, at, expected = np.array([0.0]), 0.0, None, []
    for n in range(len(y)):
        t = n * 0.125
        expected.append(float(x[0]))
        u = np.sin(3 * t)
        last = u if at is None else last + np.clip(u - last, -0.5 * (t - at), 0.5 * (t - at))
        at = t

        def follow(s: float, _: Array, at: float = t, last: float = last) -> Array:
            return np.array([last + np.clip(np.sin(3 * s) - last, -0.5 * (s - at), 0.5 * (s - at))])

        x = stepped(solver, follow, t, x, 0.125)
    np.testing.assert_allclose(y, expected, rtol=1e-13, atol=1e-14)


# Enabled subsystems -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("states", ["held", "reset"])
@pytest.mark.parametrize("sampled", [False, True])
def test_an_integrator_in_an_enabled_subsystem_rests_while_that_is_disabled(states: str, sampled: bool) -> None:
    """dx/dt = 1 - x while a wave is positive; where x is sampled every 0.5 s, so is 1 - x, and zero until then."""
    model, root = model_of("ode4", 0.25, 5.0)
    root.add("Sin", "wave", Frequency=3)
    root.add("Constant", "one")
    root.add("Outport", "y")
    system = inside(root.add("SubSystem", "sub"))
    system.add("EnablePort", "Enable", StatesWhenEnabling=states)
    system.add("Inport", "in")
    system.add("Outport", "out")
    system.add("Sum", "sum", Inputs="+-")
    system.add("Integrator", "x", InitialCondition=0.25)
    back = ["x -> sum/2"]
    if sampled:
        system.add("ZeroOrderHold", "z", SampleTime=0.5)
        back = ["x -> z -> sum/2"]
    wired(system, "in -> sum/1", *back, "sum -> x -> out")
    wired(root, "one -> sub/1", "wave -> sub/enable", "sub/1 -> y")
    y = run(model)["y"]
    x, shown, ran, held, expected = np.array([0.25]), 0.0, False, 0.0, []
    for n in range(len(y)):
        runs = np.sin(3 * n * 0.25) > 0
        if runs:
            x = np.array([0.25]) if states == "reset" and not ran else x
            held = held if n % 2 else 1 - float(x[0])
            shown = float(x[0])
        ran = bool(runs)
        expected.append(shown)
        if runs:
            x = stepped("ode4", lambda t, x, held=held: held if sampled else 1 - x, 0, x, 0.25)  # type: ignore[misc]
    np.testing.assert_allclose(y, expected, rtol=1e-13)


def test_what_an_enabled_subsystem_shows_moves_within_the_step() -> None:
    """An integrator outside takes what a gain inside an enabled subsystem makes of its own state."""
    model, root = model_of("ode4", 0.25, 2.0)
    root.add("Step", "on", Time=0.5)
    root.add("Integrator", "x", InitialCondition=1)
    root.add("Outport", "y")
    system = inside(root.add("SubSystem", "sub"))
    system.add("EnablePort", "Enable")
    system.add("Inport", "in")
    system.add("Gain", "g", Gain=-2)
    system.add("Outport", "out")
    wired(system, "in -> g -> out")
    wired(root, "x -> sub/1", "on -> sub/enable", "sub/1 -> x", "x -> y")
    y = run(model)["y"]
    factor = 1 - 0.5 + 0.5**2 / 2 - 0.5**3 / 6 + 0.5**4 / 24
    np.testing.assert_allclose(y, [1, 1, *(factor**k for k in range(7))], rtol=1e-13)


def test_a_triggered_subsystem_acts_at_major_steps_alone() -> None:
    """dx/dt = -2 x as it was when a wave last rose through zero: straight lines, whatever the method."""
    model, root = model_of("ode5", 0.125, 6.0)
    root.add("Sin", "wave", Frequency=4)
    root.add("Integrator", "x", InitialCondition=1)
    root.add("Outport", "y")
    system = inside(root.add("SubSystem", "sub"))
    system.add("TriggerPort", "Trigger", TriggerType="rising")
    system.add("Inport", "in")
    system.add("Gain", "g", Gain=-2)
    system.add("Outport", "out", InitialOutput="-0.5")
    wired(system, "in -> g -> out")
    wired(root, "x -> sub/1", "wave -> sub/trigger", "sub/1 -> x", "x -> y")
    y = run(model)["y"]
    wave = np.sin(4 * np.arange(len(y)) * 0.125)
    x, slope, expected = 1.0, -0.5, []
    for n in range(len(y)):
        # It leaves zero upwards at the second step, which is a rise; it comes to zero in no other.
        if n and wave[n - 1] <= 0 < wave[n]:
            slope = -2 * x
        expected.append(x)
        x += 0.125 * slope
    np.testing.assert_allclose(y, expected, rtol=1e-13)
    assert len(set(np.round(np.diff(y), 9))) > 3


def test_a_continuous_state_in_a_triggered_subsystem_is_refused() -> None:
    model, root = model_of("ode4", 0.1, 1.0)
    root.add("Sin", "wave")
    system = inside(root.add("SubSystem", "sub"))
    system.add("TriggerPort", "Trigger")
    system.add("Integrator", "x")
    wired(system, "x -> x")
    wired(root, "wave -> sub/trigger")
    with pytest.raises(ModelError, match="m/sub/x: has a continuous state, which a triggered"):
        simulate(model, log=["sub/x"])


@pytest.mark.parametrize("states", ["held", "reset"])
def test_of_two_actions_one_integrates_and_the_other_rests(states: str) -> None:
    """A thermostat: x rises in one action subsystem's integral, while the other's stays; the sum is what is shown."""
    model, root = model_of("ode4", 0.125, 4.0)
    root.add("Sin", "wave", Frequency=3)
    root.add("If", "if", IfExpression="u1 > 0", NumInputs=1, ShowElse="on")
    for k, name in enumerate(("a", "b"), 1):
        system = inside(root.add("SubSystem", name))
        system.add("ActionPort", "Action Port", InitializeStates=states)
        system.add("Inport", "in")
        system.add("Integrator", "x", InitialCondition=k)
        system.add("Gain", "g", Gain=-k)
        system.add("Outport", "out")
        wired(system, "x -> g -> x", "x -> out")
        root.add("Outport", f"y{k}", Port=k)
        wired(root, "wave -> " + name, f"if/{k} -> {name}/ifaction", f"{name} -> y{k}")
    wired(root, "wave -> if")
    recording = run(model)
    on = np.sin(3 * recording.time) > 0
    for k, runs in ((1, on), (2, ~on)):
        z = -k * 0.125
        factor = 1 + z + z**2 / 2 + z**3 / 6 + z**4 / 24
        x, shown, ran, expected = float(k), 0.0, True, []
        for now in runs:
            if now:
                x = float(k) if states == "reset" and not ran else x
                shown = x
                x *= factor
            ran = bool(now)
            expected.append(shown)
        np.testing.assert_allclose(recording[f"y{k}"], expected, rtol=1e-12)


def test_what_is_merged_of_two_actions_moves_within_the_step_and_the_choice_does_not() -> None:
    """dx/dt = -x while x of the major step is above 1/2, else -3 x; the branches compute in every stage."""
    model, root = model_of("ode4", 0.25, 3.0)
    root.add("Integrator", "x", InitialCondition=1)
    root.add("If", "if", IfExpression="u1 > 0.5", NumInputs=1, ShowElse="on")
    root.add("Merge", "merge", Inputs=2)
    root.add("Outport", "y")
    for k, (name, gain) in enumerate((("a", -1), ("b", -3)), 1):
        system = inside(root.add("SubSystem", name))
        system.add("ActionPort", "Action Port")
        system.add("Inport", "in")
        system.add("Gain", "g", Gain=gain)
        system.add("Outport", "out")
        wired(system, "in -> g -> out")
        wired(root, f"x -> {name}", f"if/{k} -> {name}/ifaction", f"{name} -> merge/{k}")
    wired(root, "x -> if", "merge -> x -> y")
    y = run(model)["y"]
    x, expected = np.array([1.0]), []
    for _ in y:
        expected.append(float(x[0]))
        gain = -1.0 if x[0] > 0.5 else -3.0
        x = stepped("ode4", lambda t, x, gain=gain: gain * x, 0.0, x, 0.25)  # type: ignore[misc]
    np.testing.assert_allclose(y, expected, rtol=1e-13)


# Everything that works on programs ----------------------------------------------------------------------------------


def test_compiled_code_agrees(require_tool: Any) -> None:
    require_tool("cc")
    model = oscillator("ode5", 0.05)
    np.testing.assert_allclose(
        simulate(model, SPACE, engine="compiled")["y"], simulate(model, SPACE, engine="numpy")["y"], rtol=1e-13
    )


def test_a_batch_of_runs_is_each_run() -> None:
    spaces = [{"w": w, "d": D, "v0": v0} for w, v0 in ((1.0, 0.0), (2.0, 1.0), (3.0, -1.0))]
    model = oscillator("ode4", 0.05)
    batch = BatchSimulator(model, spaces[0], engine="numpy").run(parameters=spaces)["y"]
    for run_number, space in enumerate(spaces):
        np.testing.assert_allclose(batch[:, run_number], simulate(model, space)["y"], rtol=1e-13)


def test_gradients_go_through_every_stage() -> None:
    pytest.importorskip("torch")
    simulator = Simulator(oscillator("ode4", 0.05), SPACE, engine="torch")
    found = simulator.gradient("y", of=["w", "v0"])

    def last(**changed: float) -> float:
        return float(simulate(oscillator("ode4", 0.05), {**SPACE, **changed})["y"][-1])

    for name in ("w", "v0"):
        difference = (last(**{name: SPACE[name] + 1e-5}) - last(**{name: SPACE[name] - 1e-5})) / 2e-5
        assert float(np.ravel(found.variables[name])[0]) == pytest.approx(difference, rel=1e-7)


def test_a_second_process_knows_how_the_states_were_integrated(
    require_tool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the compiled engine keeps is found again by the solver, and tells of it."""
    require_tool("cc")
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "m.slx"
    bridge.save(oscillator("ode4", 0.05), path)
    told = [
        simulate(path, SPACE, engine="compiled", solver=solver).origin["solver"] for solver in ("ode2", "ode2", None)
    ]
    assert told == ["ode2 in place of ode4, step 0.05 s"] * 2 + ["ode4, step 0.05 s"]


def test_the_command_line_takes_a_step_and_a_solver(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = Model.new("m")
    model.root.add("Integrator", "x", InitialCondition=1)
    model.root.add("Outport", "y")
    wired(model.root, "x -> x", "x -> y")
    bridge.save(model, path := str(tmp_path / "m.slx"))
    assert main(["run", path, "--stop-time", "1"]) == 3
    assert "--step" in capsys.readouterr().err
    assert main(["run", path, "--stop-time", "1", "--step", "0.5", "--solver", "ode2", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["solver"] == "ode2 in place of VariableStepAuto, step 0.5 s as asked for"
    assert said["signals"]["y"]["last"] == [pytest.approx(1.625**2, abs=1e-6)]
    assert main(["run", path, "--step", "0.5", "--solver", "ode45"]) == 2
    assert main(["run", path, "--stop-time", "1", "--step", "0.5"]) == 0
    assert "ode5 in place of VariableStepAuto" in capsys.readouterr().out


def test_generated_c_takes_a_step_and_a_solver(require_tool: Any, tmp_path: Path) -> None:
    """Written out, compiled and run, it gives every step of numpy's."""
    require_tool("cc")
    bridge.save(oscillator("ode45", 0.05), tmp_path / "m.slx")
    bridge.save({name: np.float64(value) for name, value in SPACE.items()}, space := str(tmp_path / "space.mat"))
    place = [str(tmp_path / "m.slx"), "--workspace", space, "-o", str(tmp_path / "c")]
    assert main(["codegen", *place]) == 3
    assert main(["codegen", *place, "--step", "0.05", "--solver", "ode3"]) == 0
    columns = executed(built(tmp_path / "c", "cc"))
    expected = simulate(tmp_path / "m.slx", SPACE, step=0.05, solver="ode3", engine="numpy")
    np.testing.assert_allclose(columns["y"].astype(float), expected["y"], rtol=1e-12, atol=1e-13)


def test_a_case_names_step_and_solver(tmp_path: Path) -> None:
    bridge.save(oscillator("ode45", 0.05), tmp_path / "m.slx")
    (tmp_path / "space.m").write_text("w = 3; d = 0.1; v0 = 0.5;\n")
    exact = simulate(oscillator("ode8", 0.05), SPACE)
    bridge.Recording({"y": exact["y"]}, exact.time).save(tmp_path / "y.mat")
    text = 'model = "m.slx"\nworkspace = "space.m"\nrecording = "y.mat"\nstep = 0.05\n'
    text += "tolerance.y = { absolute = 1e-6 }\n"
    verdicts = {}
    for solver in ("ode8", "ode1"):
        (tmp_path / "case.toml").write_text(f'{text}solver = "{solver}"\n')
        verdicts[solver] = bridge.check(tmp_path / "case.toml")
    assert verdicts["ode8"].agrees
    assert not verdicts["ode1"].agrees
