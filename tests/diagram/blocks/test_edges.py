"""The two rules for edges, against MathWorks' C written out in Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block

# Every passage between negative, zero, positive and NaN, in every order of three.
SIGNS = [-1.0, 0.0, 2.0, float("nan")]
TRIPLES = np.array([[a, b, c] for a in SIGNS for b in SIGNS for c in SIGNS])


def compared(kind: str, signal: Any) -> list[bool]:
    """The resets of an integrator: previous state 2 at first, then 1, -1, 0, or 2 for what is not a number."""
    previous, found = 0 if kind == "level" else 2, []
    for value in signal:
        positive = value > 0
        rises, falls = positive and previous <= 0, not positive and previous == 1
        if kind == "level":
            found.append(value != 0 or previous != 0)
        elif kind == "sampled level":
            found.append(value != 0)
        else:
            found.append({"rising": rises, "falling": falls, "either": rises or falls}[kind])
        previous = 1 if value > 0 else -1 if value < 0 else 0 if value == 0 else 2
    return found


def crossed(kind: str, signal: Any) -> list[bool]:
    """Zero crossings: an event for each pair of signs, but not twice for one passage through a zero."""
    before: str | None = None
    event: str | None = None
    found = []
    for value in signal:
        sign = "p" if value > 0 else "n" if value < 0 else "z" if value == 0 else None
        now = None if before is None or sign is None or before == sign else before + sign
        if (event, now) in (("nz", "zp"), ("pz", "zn")):
            now = None
        wanted = {"rising": ("nz", "np", "zp"), "falling": ("pz", "pn", "zn")}
        found.append(now in (wanted["rising"] + wanted["falling"] if kind == "either" else wanted[kind]))
        before, event = sign, now
    return found


@pytest.mark.parametrize("kind", ["rising", "falling", "either", "level", "sampled level"])
def test_an_integrator_compares_signs(kind: str) -> None:
    signal = TRIPLES.ravel()
    # An integrator of zeros from 1 on that is reset to another value shows where it was reset.
    x0 = np.arange(10.0, 10.0 + len(signal))
    y = one_block(
        "DiscreteIntegrator",
        [np.zeros(len(signal)), signal, x0],
        ExternalReset=kind,
        InitialConditionSource="external",
    )
    resets = [True, *compared(kind, signal)[1:]]  # the first step loads x0 in any case
    expected, last = [], 0.0
    for reset, value in zip(resets, x0, strict=True):
        last = value if reset else last
        expected.append(last)
    assert y.tolist() == expected


@pytest.mark.parametrize("kind", ["Rising", "Falling", "Either"])
def test_a_delay_crosses_zero_once(kind: str) -> None:
    signal = TRIPLES[~np.isnan(TRIPLES).any(axis=1)].ravel()
    u = np.full(len(signal), 5.0)
    y = one_block("Delay", [u, signal], DelayLength=1, InitialCondition=-7, ExternalReset=kind)
    resets = [True, *crossed(kind.lower(), signal)[1:]]
    assert y.tolist() == [-7 if reset else 5 for reset in resets]


def test_negative_zero_positive_fires_once_and_after_a_rest_on_zero_again() -> None:
    signal = [-1.0, 0.0, 1.0, -1.0, 0.0, 0.0, 1.0]
    y = one_block("Delay", [np.ones(7), signal], DelayLength=1, InitialCondition=9, ExternalReset="Rising")
    assert y.tolist() == [9, 9, 1, 1, 9, 1, 9]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "float32"])
def test_edges_of_every_data_type(dtype: str) -> None:
    signal = np.array([1, 0, 1, 1, 0], dtype)
    y = one_block("Delay", [np.ones(5), signal], DelayLength=1, InitialCondition=9, ExternalReset="Rising")
    assert y.tolist() == [9, 1, 9, 1, 1]
    y = one_block("DiscreteIntegrator", [np.ones(5), signal], ExternalReset="falling")
    assert y.tolist() == [0, 0, 1, 2, 0]
