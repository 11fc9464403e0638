"""Derivatives and delays by seconds, against interpolation of what their input was at the steps."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import inside, one_block, run, wired

from bridge.errors import ParameterError, SimulationLimit, TypeMismatch, UnsupportedBlock
from bridge.model import Model

H = 0.125
U = np.random.default_rng(11).normal(size=24)
T = np.arange(24) * H


def delayed(u: np.ndarray, delays: np.ndarray, initial: float) -> np.ndarray:
    """u between its samples so far, beyond the newest by the last two; up to the first the initial value."""
    rows = []
    for k, delay in enumerate(delays):
        at = T[k] - delay
        if at <= T[0] or k < 2:
            rows.append(u[0] if k and at > T[0] else initial)
            continue
        right = min(max(int(np.searchsorted(T[:k], at)), 1), k - 1)
        share = (at - T[right - 1]) / H
        rows.append(u[right - 1] + share * (u[right] - u[right - 1]))
    return np.array(rows)


@pytest.mark.parametrize("delay", [0.125, 0.25, 0.3, 1.0, 5.0])
def test_a_transport_delay_interpolates_between_major_steps(delay: float) -> None:
    y = one_block("TransportDelay", [U], step=H, DelayTime=delay, InitialOutput=7)
    np.testing.assert_allclose(y, delayed(U, np.full(24, delay), 7.0), rtol=1e-11, atol=1e-12)


def test_a_delay_within_a_step_extrapolates() -> None:
    y = one_block("TransportDelay", [U], step=H, DelayTime=0.1)
    np.testing.assert_allclose(y, delayed(U, np.full(24, 0.1), 0.0), rtol=1e-11, atol=1e-12)


def test_vectors_are_delayed_together() -> None:
    u = U.reshape(12, 2)
    y = one_block("TransportDelay", [u], step=H, DelayTime=0.2, InitialOutput="[1 2]")
    for k in range(2):
        np.testing.assert_allclose(y[:, k], delayed(u[:, k], np.full(12, 0.2), k + 1.0), rtol=1e-11, atol=1e-12)


def test_no_delay_with_feedthrough_is_the_input() -> None:
    y = one_block("TransportDelay", [U], step=H, DelayTime=0, TransDelayFeedthrough="on")
    np.testing.assert_array_equal(y, U)


def test_a_discrete_input_is_held_between_its_samples() -> None:
    model = Model.new("m")
    model.root.add("Inport", "u")
    model.root.add("ZeroOrderHold", "z", SampleTime=2 * H)
    model.root.add("TransportDelay", "d", DelayTime=1.5 * H)
    model.root.add("Outport", "y")
    wired(model.root, "u -> z -> d -> y")
    y = run(model, inputs={"u": U}, step=H, stop_time=23 * H)["y"]
    # 1.5 steps ago lies between two steps, of which the earlier counts.
    held = np.repeat(U[::2], 2)
    np.testing.assert_array_equal(y, [0, 0, *held[:22]])


def test_a_variable_delay_follows_its_second_input() -> None:
    delays = np.abs(np.random.default_rng(5).normal(size=24)) * 0.5 + H
    clipped = np.minimum(delays, 1.0)
    y = one_block("VariableTransportDelay", [U, delays], step=H, MaximumDelay=1, InitialOutput=-1)
    np.testing.assert_allclose(y, delayed(U, clipped, -1.0), rtol=1e-11, atol=1e-12)


def test_a_variable_delay_of_zero_may_pass_its_input_on() -> None:
    delays = np.where(np.arange(24) % 3 == 0, 0.0, 0.25)
    y = one_block("VariableTransportDelay", [U, delays], step=H, MaximumDelay=1, ZeroDelay="on")
    expected = np.where(delays == 0, U, delayed(U, delays, 0.0))
    np.testing.assert_allclose(y, expected, rtol=1e-11, atol=1e-12)


def test_a_derivative_is_the_slope_since_the_last_step() -> None:
    y = one_block("Derivative", [U], step=H)
    np.testing.assert_allclose(y, [0, *(np.diff(U) / H)], rtol=1e-12)


def test_within_a_step_both_see_the_sample_of_its_begin() -> None:
    """Their integrals by ode2: the second stage takes the slope over the step itself, and the delay its samples."""
    model = Model.new("m")
    model.root.add("Sin", "u")
    model.root.add("Derivative", "d")
    model.root.add("TransportDelay", "late", DelayTime=H)
    for k, name in enumerate(("x", "w"), 1):
        model.root.add("Integrator", name)
        model.root.add("Outport", f"y{k}", Port=k)
    wired(model.root, "u -> d -> x -> y1", "u -> late -> w -> y2")
    recording = run(model, step=H, stop_time=2, solver="ode2")
    u = np.sin(recording.time)
    slopes = np.array([0, *(np.diff(u) / H)])
    np.testing.assert_allclose(recording["y1"][1:], np.cumsum((slopes[:-1] + slopes[1:]) * H / 2), atol=1e-13)
    late = np.array([0, *u[:-1]])
    expected = np.cumsum((late[:-1] + np.array([0.0, *u[1:-1]])) * H / 2)
    np.testing.assert_allclose(recording["y2"][1:], expected, atol=1e-13)


def test_in_an_enabled_subsystem_pauses_are_bridged() -> None:
    model = Model.new("m")
    root = model.root
    root.add("Inport", "u", Port=1)
    root.add("Inport", "on", Port=2)
    root.add("Outport", "y")
    system = inside(root.add("SubSystem", "sub"))
    system.add("EnablePort", "Enable")
    system.add("Inport", "in")
    system.add("Derivative", "d")
    system.add("Outport", "out")
    wired(system, "in -> d -> out")
    wired(root, "u -> sub", "on -> sub/enable", "sub -> y")
    on = np.array([1, 1, 0, 0, 1, 1.0])
    y = run(model, inputs={"u": U[:6], "on": on}, step=H, stop_time=5 * H)["y"]
    first, after = (U[1] - U[0]) / H, (U[4] - U[1]) / (3 * H)
    np.testing.assert_allclose(y, [0, first, first, first, after, (U[5] - U[4]) / H], rtol=1e-12)


@pytest.mark.parametrize("kind", ["TransportDelay", "VariableTransportDelay"])
def test_a_delay_beyond_the_limits_is_refused_before_it_takes_memory(kind: str) -> None:
    with pytest.raises(SimulationLimit, match="more than the limit"):
        one_block(kind, [U] * (1 + (kind != "TransportDelay")), step=H, DelayTime=1e15, MaximumDelay=1e15)


def test_what_does_not_fit_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="no delay in seconds"):
        one_block("TransportDelay", [U], step=H, DelayTime=-1)
    with pytest.raises(UnsupportedBlock, match="Variable transport delay"):
        one_block("VariableTransportDelay", [U, U], step=H, VariableDelayType="Variable transport delay")
    with pytest.raises(UnsupportedBlock, match="more than one delay"):
        one_block("VariableTransportDelay", [U, np.ones((24, 2))], step=H)
    for kind in ("Derivative", "TransportDelay"):
        with pytest.raises(TypeMismatch, match="only double"):
            one_block(kind, [U.astype(np.float32)], step=H)
