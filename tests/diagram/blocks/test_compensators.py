"""Transfer functions of first order against scipy's filters, and the delay with an initial condition port."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import one_block

from bridge.errors import TypeMismatch

U = np.random.default_rng(0).standard_normal(30)
FIRST, LEAD, ZERO = (f"simulink/Discrete/Transfer Fcn {name}" for name in ("First Order", "Lead or Lag", "Real Zero"))


@pytest.mark.parametrize(
    ("kind", "b", "a", "parameters"),
    [
        (FIRST, [0.25], [1, -0.75], {"PoleZ": "0.75"}),
        (LEAD, [1, -0.5], [1, -0.75], {"PoleZ": "0.75", "ZeroZ": "0.5"}),
        (ZERO, [1, -0.5], [1], {"ZeroZ": "0.5"}),
    ],
)
def test_they_filter(kind: str, b: list[float], a: list[float], parameters: dict[str, str]) -> None:
    signal = pytest.importorskip("scipy.signal")
    # Poles within 0.75 keep the rounding of 30 samples small.
    np.testing.assert_allclose(one_block(kind, [U], **parameters), signal.lfilter(b, a, U), rtol=1e-13, atol=1e-14)


def test_the_gains_that_the_documentation_names() -> None:
    ones = np.ones(400)
    assert one_block(FIRST, [ones])[-1] == pytest.approx(1, abs=1e-8)  # 0.95^400 is 1e-9
    y = one_block(LEAD, [ones])
    assert (y[0], y[-1]) == (1, pytest.approx((1 - 0.75) / (1 - 0.95), abs=1e-7))
    y = one_block(ZERO, [ones])
    assert (y[0], y[-1]) == (1, 0.25)


def test_initial_conditions() -> None:
    rest = np.zeros(3)
    assert one_block(FIRST, [rest], PoleZ="0.5", ICPrevOutput="8").tolist() == [4, 2, 1]
    assert one_block(LEAD, [rest], PoleZ="0.5", ZeroZ="0.25", ICPrevOutput="8", ICPrevInput="4").tolist() == [
        3,
        1.5,
        0.75,
    ]
    assert one_block(ZERO, [rest], ZeroZ="0.25", ICPrevInput="4").tolist() == [-1, 0, 0]


def test_vectors_and_integers() -> None:
    u = np.ones((3, 2))
    assert one_block(FIRST, [u], PoleZ="[0.5 0]", ICPrevOutput="[0 0]").tolist() == [[0.5, 1], [0.75, 1], [0.875, 1]]
    with pytest.raises(TypeMismatch, match="int8"):
        one_block(FIRST, [u.astype(np.int8)])


def test_a_delay_takes_its_first_output_from_a_port() -> None:
    kind = "simulink/Additional Math & Discrete/Additional Discrete/Unit Delay External IC"
    assert one_block(kind, [[1.0, 2.0, 3.0], [9.0, 8.0, 7.0]], exact=True).tolist() == [9, 1, 2]
    u = np.array([[1, 2], [3, 4]], np.int8)
    assert one_block(kind, [u, [9.0, 8.0]], exact=True).tolist() == [[9, 9], [1, 2]]
