"""PID controllers against their equations, written out as loops; in continuous time by Euler's steps too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block, run, wired

from bridge.errors import TypeMismatch, UnsupportedBlock
from bridge.model import Model

H = 0.125
E = np.random.default_rng(2).normal(size=20)
CONTINUOUS, DISCRETE = "simulink/Continuous/PID Controller", "simulink/Discrete/Discrete PID Controller"
GAINS = {"P": 2.0, "I": 1.5, "D": 0.25, "N": 3.0}


def parallel(e: np.ndarray, rule: str = "Forward Euler", filtering: str = "Forward Euler", **gains: float) -> Any:
    """y = P e + i + d by the rules, from states of zero."""
    P, I, D, N = (gains.get(name, value) for name, value in GAINS.items())  # noqa: E741
    newest = {"Forward Euler": 0.0, "Backward Euler": 1.0, "Trapezoidal": 0.5}
    x = f = 0.0
    rows = []
    for sample in e:
        i = x + newest[rule] * H * I * sample
        d = N * (D * sample - f) / (1 + N * H * newest[filtering])
        rows.append(P * sample + i + d)
        x, f = x + H * I * sample, f + H * d
    return np.array(rows)


@pytest.mark.parametrize("rule", ["Forward Euler", "Backward Euler", "Trapezoidal"])
@pytest.mark.parametrize("filtering", ["Forward Euler", "Backward Euler", "Trapezoidal"])
def test_by_samples_the_rules_are_those_of_the_integrators(rule: str, filtering: str) -> None:
    y = one_block(DISCRETE, [E], step=H, IntegratorMethod=rule, FilterMethod=filtering, **GAINS)
    np.testing.assert_allclose(y, parallel(E, rule, filtering), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", [CONTINUOUS, "slpidlib/PID Controller"])
def test_in_continuous_time_by_euler_it_is_the_forward_rule(kind: str) -> None:
    y = one_block(kind, [E], step=H, solver="ode1", **GAINS)
    np.testing.assert_allclose(y, parallel(E), rtol=1e-12, atol=1e-13)


def test_in_continuous_time_it_is_exact_for_a_held_input() -> None:
    """e = 1: P + I t + N D exp(-N t)."""
    y = one_block(CONTINUOUS, [np.ones(20)], step=H, solver="ode8", **GAINS)
    t = np.arange(20) * H
    np.testing.assert_allclose(y, 2 + 1.5 * t + 0.75 * np.exp(-3 * t), rtol=1e-10)


@pytest.mark.parametrize("controller", ["P", "I", "PI", "PD", "PID"])
def test_a_controller_has_the_paths_of_its_name(controller: str) -> None:
    gains = {name: GAINS[name] if name in controller else 0.0 for name in "PID"}
    y = one_block(CONTINUOUS, [E], step=H, solver="ode1", Controller=controller, **GAINS)
    np.testing.assert_allclose(y, parallel(E, **gains), rtol=1e-12, atol=1e-13)


def test_the_ideal_form_has_one_gain_before_all() -> None:
    y = one_block(CONTINUOUS, [E], step=H, solver="ode1", Form="Ideal", **GAINS)
    np.testing.assert_allclose(y, 2 * parallel(E, P=1.0), rtol=1e-12, atol=1e-13)


def test_without_a_filter_it_takes_the_difference_of_samples() -> None:
    y = one_block(DISCRETE, [E], step=H, Controller="PD", UseFilter="off", **GAINS)
    np.testing.assert_allclose(y, 2 * E + 0.25 * np.diff(E, prepend=0.0) / H, rtol=1e-12, atol=1e-13)


def test_initial_conditions() -> None:
    options = {"InitialConditionForIntegrator": 4, "InitialConditionForFilter": -1, **GAINS}
    y = one_block(CONTINUOUS, [np.zeros(3)], step=H, solver="ode1", **options)
    d = 3 * (1 - H * 3) ** np.arange(3)
    np.testing.assert_allclose(y, 4 + d, rtol=1e-13)


@pytest.mark.parametrize("mode", ["none", "clamping", "back-calculation"])
def test_at_its_limits_the_integrator_does_not_wind_up(mode: str) -> None:
    e = np.repeat([1.0, -1.0, 1.0], 12)
    options = {"LimitOutput": "on", "UpperSaturationLimit": 2.5, "LowerSaturationLimit": -1, "AntiWindupMode": mode}
    y = one_block(CONTINUOUS, [e], step=H, solver="ode1", Controller="PI", P=2, I=1.5, Kb=0.5, **options)
    x, expected = 0.0, []
    for sample in e:
        before = 2 * sample + x
        after = min(max(before, -1.0), 2.5)
        slope = 1.5 * sample
        if mode == "clamping" and (before - after) * slope > 0:
            slope = 0.0
        if mode == "back-calculation":
            slope += 0.5 * (after - before)
        expected.append(after)
        x += H * slope
    np.testing.assert_allclose(y, expected, rtol=1e-13)


@pytest.mark.parametrize("kind", [CONTINUOUS, DISCRETE])
def test_two_degrees_of_freedom_weigh_the_reference(kind: str) -> None:
    r, measured = E, E[::-1].copy()
    y = one_block(f"{kind} (2DOF)", [r, measured], step=H, solver="ode1", b=0.5, c=0.25, **GAINS)
    expected = (
        parallel(0.5 * r - measured, I=0.0, D=0.0)
        + parallel(r - measured, P=0.0, D=0.0)
        + parallel(0.25 * r - measured, P=0.0, I=0.0)
    )
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-13)


def test_a_loop_with_a_plant_settles_where_it_should() -> None:
    """1/(s + 1) under PI control 2 + 3/s: closed-loop poles at -1.5 ± i sqrt(3)/2, no error left."""
    model = Model.new("m")
    root = model.root
    root.add("Step", "r", Time=0)
    root.add("Sum", "e", Inputs="+-")
    root.add("Reference", "pid", SourceBlock=CONTINUOUS, Controller="PI", P=2, I=3)
    root.add("TransferFcn", "plant", Denominator="[1 1]")
    root.add("Outport", "y")
    wired(root, "r -> e/1", "plant -> e/2", "e -> pid -> plant -> y")
    recording = run(model, step=0.05, stop_time=3, solver="ode5")
    from scipy.signal import step

    _, exact = step(([2, 3], [1, 3, 3]), T=recording.time)
    np.testing.assert_allclose(recording["y"], exact, atol=1e-7)


def test_single_precision_by_samples() -> None:
    y = one_block(DISCRETE, [E.astype(np.float32)], step=H, **GAINS)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, parallel(E), rtol=1e-5, atol=1e-5)


def test_vectors() -> None:
    y = one_block(CONTINUOUS, [E.reshape(10, 2)], step=H, solver="ode1", **{**GAINS, "P": "[2 3]"})
    for k, gain in enumerate((2.0, 3.0)):
        np.testing.assert_allclose(y[:, k], parallel(E[k::2], P=gain), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    "parameters",
    [
        {"ExternalReset": "rising"},
        {"TrackingMode": "on"},
        {"UseFilter": "off"},
        {"ControllerParametersSource": "external"},
        {"LimitOutput": "on", "AntiWindupMode": "clamping", "TimeDomain": "Discrete-time",
         "IntegratorMethod": "Trapezoidal"},
    ],
)  # fmt: skip
def test_options_that_are_missing_are_refused_by_name(parameters: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedBlock, match=next(iter(parameters)) if len(parameters) == 1 else "AntiWindupMode"):
        one_block(CONTINUOUS, [E], step=H, **parameters)


def test_other_data_types_are_refused() -> None:
    with pytest.raises(TypeMismatch, match="only double"):
        one_block(CONTINUOUS, [E.astype(np.float32)], step=H)
