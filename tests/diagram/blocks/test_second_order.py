"""The second-order integrator: against exact motion, against a loop of its modes, and against Simulink's recording."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from small_diagrams import one_block, single

from bridge.errors import TypeMismatch, UnsupportedBlock
from bridge.simulation import simulate

H = 0.125


def test_it_integrates_twice() -> None:
    x, v = one_block("SecondOrderIntegrator", [np.full(9, 2.0)], outputs=2, step=H, solver="ode2", ICX=1, ICDXDT=-3)
    t = np.arange(9) * H
    np.testing.assert_allclose(v, -3 + 2 * t, rtol=1e-14)
    np.testing.assert_allclose(x, 1 - 3 * t + t**2, rtol=1e-13)


def test_initial_values_come_through_ports_in_the_first_step() -> None:
    inputs = [np.zeros(4), np.array([5.0, 9, 9, 9]), np.array([8.0, 7, 7, 7])]
    x, v = one_block(
        "SecondOrderIntegrator", inputs, outputs=2, step=H, solver="ode4", ICSourceX="external", ICSourceDXDT="external"
    )
    np.testing.assert_allclose(x, [5, 6, 7, 8], rtol=1e-14)
    assert v.tolist() == [8, 8, 8, 8]


def limited(u: np.ndarray, x: float, v: float, low: float, high: float, again: float | None) -> np.ndarray:
    """By Euler's steps; `again` is the velocity that is set where a limit is reached."""
    rests, rows = 0, []
    for force in u:
        side = -1 if x <= low else 1 if x >= high else 0
        x = low if side < 0 else high if side > 0 else x
        if not side:
            rests = 0
        elif rests:
            rests, v = side, 0.0 if rests == side else v
        else:
            if v * side >= 0:
                rests, v = side, 0.0
            if again is not None and again * side < 0:
                rests, v = 0, again
        rows.append((x, v))
        if force * rests < 0:
            rests = 0
        if not rests:
            x, v = x + H * v, v + H * force
    return np.array(rows)


@pytest.mark.parametrize("again", [None, 0.0, 3.0, -3.0])
@pytest.mark.parametrize("start", [(0.0, 0.0), (0.5, 4.0), (-2.0, 1.0), (5.0, 0.0)])
def test_at_a_limit_it_rests_until_the_input_points_inwards(again: float | None, start: tuple[float, float]) -> None:
    u = np.repeat(np.random.default_rng(3).integers(-4, 5, 20).astype(float) * 4, 3)
    x, v = one_block(
        "SecondOrderIntegrator",
        [u, *([] if again is None else [np.where(np.arange(60) == 0, start[1], again)])],
        outputs=2,
        step=H,
        solver="ode1",
        exact=True,
        LimitX="on",
        LowerLimitX=-1,
        UpperLimitX=1,
        ICX=start[0],
        ICDXDT=start[1],
        ICSourceDXDT="internal" if again is None else "external",
        ReinitDXDTwhenXreachesSaturation=again is not None,
    )
    expected = limited(u[:1], *start, -1, 1, None if again is None else start[1])
    if again is None or abs(start[0]) < 1:
        expected = limited(u, *start, -1, 1, again)
        np.testing.assert_array_equal(np.column_stack([x, v]), expected)
    np.testing.assert_array_equal([x[0], v[0]], expected[0])
    assert (np.abs(x) <= 1).all()


def test_vectors_have_a_mode_for_each_element() -> None:
    u = np.array([[-8.0, 8.0]] * 6)
    x, v = one_block(
        "SecondOrderIntegrator", [u], outputs=2, step=H, solver="ode1", LimitX="on", LowerLimitX=-0.25, UpperLimitX=1
    )
    for k in range(2):
        np.testing.assert_array_equal(np.column_stack([x[:, k], v[:, k]]), limited(u[:, k], 0, 0, -0.25, 1, None))


def test_options_that_are_missing_are_refused_by_name() -> None:
    for name, value in (("LimitDXDT", "on"), ("ExternalReset", "rising"), ("WrapStateX", "on"), ("ShowOutput", "x")):
        with pytest.raises(UnsupportedBlock, match=name):
            simulate(single("SecondOrderIntegrator", 1, 2, **{name: value}), step=H)
    with pytest.raises(TypeMismatch, match="only double"):
        simulate(single("SecondOrderIntegrator", 1, 2), inputs={"u1": np.ones(2, np.float32)}, step=H)


def test_a_bouncing_ball_is_that_of_simulink(shared: Path) -> None:
    """Simulink's recording has 5 digits and meets every bounce exactly; at fixed steps each is late by part of one.

    Up to the first bounce both agree to what was printed; afterwards the difference shrinks with the step.
    """
    folder = shared / "corpus/oracles/CATIA-Systems__FMIKit-Simulink__BouncingBall"
    if not folder.is_dir():
        pytest.skip(f"the optional test data are not there: {folder}")
    with (folder / "output.csv").open(newline="") as file:
        t, x, v = np.array([[float(cell) for cell in row] for row in list(csv.reader(file))[1:]]).T
    differences = []
    for step in (0.01, 0.001):
        recording = simulate(folder / "BouncingBall.slx", step=step, stop_time=6.0)
        difference = np.abs(np.interp(t, recording.time, recording["Position"]) - x)
        assert difference[t < 3.5].max() < 6e-4
        assert np.abs(np.interp(t, recording.time, recording["Velocity"]) - v)[t < 3.5].max() < 6e-4
        differences.append(difference.max())
    assert differences[0] < 0.2
    assert differences[1] < 0.11 * differences[0]
