"""Limits, steps and hysteresis, against loops in plain Python."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block, run, single
from stored_integers import INTEGERS, ROUND, edges

from bridge.errors import TypeMismatch, UnsupportedBlock
from bridge.model import Model

INF, NAN = math.inf, math.nan
LIBRARY = "simulink/Discontinuities/"
RANDOM = np.random.default_rng(4)
WALK = np.cumsum(RANDOM.normal(size=40)).round(3)


def between(x: Any, low: Any, high: Any) -> Any:
    """The upper limit where x is above it, else the lower one where x is below that."""
    return high if x > high else low if x < low else x


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_saturation(dtype: str) -> None:
    u = np.array([-INF, -3.0, -0.5, -0.0, 0.2, 0.5, 0.75, INF, NAN], dtype)
    y = one_block("Saturate", [u], UpperLimit="0.5", LowerLimit="-0.5", exact=True)
    np.testing.assert_array_equal(y, np.array([between(x, -0.5, 0.5) for x in u.tolist()], dtype))
    assert y.dtype == dtype


@pytest.mark.parametrize("dtype", INTEGERS)
def test_a_saturation_of_integers_stores_its_limits_in_their_type(dtype: str) -> None:
    u = edges(dtype)
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    y = one_block("Saturate", [u], UpperLimit="99.6", LowerLimit="-3e10", exact=True)
    assert (y.dtype, y.tolist()) == (dtype, [between(int(x), max(low, -30000000000), min(high, 100)) for x in u])


def test_limits_for_every_element() -> None:
    y = one_block("Saturate", [[[5.0, -5.0, 0.0]]], UpperLimit="[1 2 3]", LowerLimit="[-1;-2;-3]", exact=True)
    assert y.tolist() == [[1, -2, 0]]
    spread = one_block("Saturate", [[5.0]], UpperLimit="[1 2 3]", LowerLimit="0", exact=True)
    assert spread.tolist() == [[1, 2, 3]]


def test_limits_that_cross_leave_the_upper_one() -> None:
    y = one_block("Saturate", [[3.0, 0.0, -3.0]], UpperLimit="-1", LowerLimit="1", exact=True)
    assert y.tolist() == [-1, -1, 1]


def test_limits_from_ports() -> None:
    options = {"UpperLimitSource": "Input port", "LowerLimitSource": "Input port", "exact": True}
    y = one_block("Saturate", [[5.0, -5.0, 1.0], [2.0, 2.0, 2.0], [-1.0, -2.0, -3.0]], **options)
    assert y.tolist() == [2, -2, 1]


@pytest.mark.parametrize("rounding", list(ROUND))
def test_a_saturation_with_another_output_type(rounding: str) -> None:
    u = [-1.75, -0.5, 0.5, 1.25, 300.0]
    options = {"UpperLimit": "200", "LowerLimit": "-1.5", "OutDataTypeStr": "int8", "RndMeth": rounding, "exact": True}
    from fractions import Fraction

    y = one_block("Saturate", [u], **options)
    expected = [min(ROUND[rounding](Fraction(between(x, -1.5, 200.0))), 127) for x in u]
    assert (y.dtype, y.tolist()) == (np.int8, expected)


@pytest.mark.parametrize("dtype", ["float64", "int16"])
def test_a_saturation_between_two_signals(dtype: str) -> None:
    up, u, lo = (RANDOM.integers(-9, 9, 50).astype(dtype) for _ in range(3))
    y = one_block(LIBRARY + "Saturation Dynamic", [up, u, lo], exact=True)
    assert (y.dtype, y.tolist()) == (dtype, [between(b, c, a) for a, b, c in zip(up, u, lo, strict=True)])


def test_a_saturation_between_signals_of_other_types_is_refused() -> None:
    with pytest.raises(TypeMismatch, match="double, int8 and double"):
        one_block(LIBRARY + "Saturation Dynamic", [[1.0], np.int8([1]), [1.0]])


def test_a_quantizer_rounds_halves_away_from_zero() -> None:
    u = [0.0, 0.25, -0.25, 0.24, 0.74, -0.75, 12.3, INF, NAN]
    y = one_block("Quantizer", [u], QuantizationInterval="0.5", exact=True)
    expected = [0, 0.5, -0.5, 0, 0.5, -1, 12.5, INF, NAN]
    np.testing.assert_array_equal(y, expected)
    with pytest.raises(TypeMismatch, match="the quantizer takes double or single, not int8"):
        one_block("Quantizer", [np.int8([1])])


def relay(u: Iterable[float], on: float, off: float) -> list[bool]:
    """On from `on`, else off from `off`, else as before; off at first."""
    mode, modes = False, []
    for x in u:
        mode = True if x >= on else False if x <= off else mode
        modes.append(mode)
    return modes


@pytest.mark.parametrize(("on", "off"), [(1.0, -1.0), (0.5, 0.5), (2.0, 1.5)])
def test_a_relay(on: float, off: float) -> None:
    options = {"OnSwitchValue": on, "OffSwitchValue": off, "OnOutputValue": "3", "OffOutputValue": "-0.5"}
    y = one_block("Relay", [WALK], exact=True, **options)
    assert y.tolist() == [3.0 if mode else -0.5 for mode in relay(WALK, on, off)]


def test_a_relay_at_its_switching_points_and_with_nan() -> None:
    u = [0.5, 1.0, NAN, 0.0, -1.0, NAN, 1.0]
    y = one_block("Relay", [u], OnSwitchValue="1", OffSwitchValue="-1", OutDataTypeStr="boolean", exact=True)
    assert (y.dtype, y.tolist()) == (np.bool_, [False, True, True, True, False, False, True])
    tie = one_block("Relay", [[0.5, 0.4, 0.5]], OnSwitchValue="0.5", OffSwitchValue="0.5", exact=True)
    assert tie.tolist() == [1, 0, 1]


def test_a_relay_of_integers_and_one_of_vectors() -> None:
    options = {"OnSwitchValue": "2.5", "OffSwitchValue": "-300", "OnOutputValue": "100.7"}
    y = one_block("Relay", [np.int8([2, 3, -127, -128])], exact=True, **options)
    assert (y.dtype, y.tolist()) == (np.int8, [0, 101, 101, 0])
    pairs = np.array([[1.0, 1.0], [0.0, 0.0], [-1.0, -1.0]])
    vector = one_block("Relay", [pairs], OnSwitchValue="[1 2]", OffSwitchValue="[-0.5 -1]", exact=True)
    assert vector.tolist() == [[1, 0], [1, 0], [0, 0]]
    spread = one_block("Relay", [[1.0, 1.5]], OnSwitchValue="[1 1.2]", OffSwitchValue="0", exact=True)
    assert spread.tolist() == [[1, 0], [1, 1]]


def limited_rate(u: Iterable[float], rise: float, fall: float, before: float | None, period: float) -> list[float]:
    """Steps of at most rise * period upwards and fall * period downwards; None lets the first value through."""
    values: list[float] = []
    for x in u:
        if before is None:
            y = x
        elif x - before > rise * period:
            y = before + rise * period
        elif x - before < fall * period:
            y = before + fall * period
        else:
            y = x
        values.append(y)
        before = y
    return values


@pytest.mark.parametrize("mode", ["continuous", "inherited"])
@pytest.mark.parametrize("period", [1.0, 0.1])
def test_a_rate_limiter(mode: str, period: float) -> None:
    first = None if mode == "continuous" else 2.0
    options = {"RisingSlewLimit": "0.7", "FallingSlewLimit": "-0.3", "InitialCondition": "2", "SampleTimeMode": mode}
    y = one_block("RateLimiter", [WALK], step=period, **options)
    # Times are multiples of the period, whose differences are the period up to rounding.
    np.testing.assert_allclose(y, limited_rate(WALK, 0.7, -0.3, first, period), rtol=0, atol=1e-13)


def test_a_rate_limiter_of_a_vector() -> None:
    u = np.array([[10.0, -10.0]] * 3)
    options = {"RisingSlewLimit": "[1 2]", "FallingSlewLimit": "-3", "SampleTimeMode": "inherited"}
    y = one_block("RateLimiter", [u], exact=True, **options)
    assert y.tolist() == [[1, -3], [2, -6], [3, -9]]
    with pytest.raises(TypeMismatch, match="the rate limiter takes double or single"):
        one_block("RateLimiter", [np.int8([1])])


@pytest.mark.parametrize(
    ("mode", "expected"), [("inherited", [0.2, 0.4, 0.6]), ("continuous", [1.0, 1.0, 1.1, 1.2, 1.3])]
)
def test_a_rate_limiter_runs_at_the_rate_of_its_input_or_at_every_step(mode: str, expected: list[float]) -> None:
    """The elapsed time is that between its own samples."""
    model = Model.new("m")
    root = model.root
    root.add("Inport", "u", SampleTime="0.2")
    root.add("RateLimiter", "block", SampleTimeMode=mode, RisingSlewLimit="1")
    root.add("Outport", "y")
    root.add("Inport", "fast", Port=2, SampleTime="0.1")
    root.add("Terminator", "end")
    for source, target in (("u", "block"), ("block", "y"), ("fast", "end")):
        root.connect(source, target)
    u = np.array([1.0, 1.0, 9.0, 9.0, 9.0])
    recorded = run(model, inputs={"u": u, "fast": np.zeros(5)}, step=0.1, stop_time=0.4)
    np.testing.assert_allclose(recorded["y"], expected, rtol=1e-14)


def test_a_rate_limiter_between_two_signals() -> None:
    up, lo = np.full(40, 0.7), np.full(40, -0.3)
    y = one_block(LIBRARY + "Rate Limiter Dynamic", [up, WALK, lo], step=0.5)
    np.testing.assert_allclose(y, limited_rate(WALK, 0.7, -0.3, 0.0, 0.5), rtol=0, atol=1e-13)


def test_a_backlash() -> None:
    before, expected = 0.25, []
    for x in WALK:
        before = x + 0.5 if x < before - 0.5 else before if x <= before + 0.5 else x - 0.5
        expected.append(before)
    y = one_block("Backlash", [WALK], BacklashWidth="1", InitialOutput="0.25", exact=True)
    np.testing.assert_array_equal(y, expected)
    assert len(set(expected)) < len(expected)


def test_friction() -> None:
    u = [-2.0, -0.0, 0.0, 0.5, 3.0]
    y = one_block(LIBRARY + "Coulomb & Viscous Friction", [u], offset="1.5", gain="0.2", exact=True)
    assert y.tolist() == [-(0.2 * 2.0 + 1.5), 0, 0, 0.2 * 0.5 + 1.5, 0.2 * 3.0 + 1.5]
    vector = one_block(LIBRARY + "Coulomb & Viscous Friction", [[-1.0]], exact=True)
    assert vector.tolist() == [[-2, -4, -3, -1]]


@pytest.mark.parametrize("dtype", ["float64", "uint8"])
def test_wrapping_to_zero(dtype: str) -> None:
    y = one_block(LIBRARY + "Wrap To Zero", [np.array([0, 10, 11, 250], dtype)], Threshold="10", exact=True)
    assert (y.dtype, y.tolist()) == (dtype, [0, 10, 0, 0])


def test_the_state_of_a_backlash_can_be_given() -> None:
    recorded = run(single("Backlash", 1), inputs={"u1": [5.0]}, state={"m/block": 4.6}, stop_time=0, step=1)
    assert recorded["y1"].tolist() == [4.6]


def test_what_is_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="InputProcessing = 'Columns as channels"):
        one_block("Relay", [[1.0]], InputProcessing="Columns as channels (frame based)")
    with pytest.raises(UnsupportedBlock, match="SampleTimeMode = 'triggered'"):
        one_block("RateLimiter", [[1.0]], SampleTimeMode="triggered")
