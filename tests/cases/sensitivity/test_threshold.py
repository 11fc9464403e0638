"""The search for the smallest change that fails."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from bridge.cases.sensitivity.threshold import threshold


def distances(seed: int) -> tuple[Callable[[float], float], float, float]:
    """The largest of forty distances, each nearly linear in a small change; its value at rest; the scale."""
    chance = random.Random(seed)
    scale = 10 ** chance.uniform(-8, 0)
    parts = [
        (chance.uniform(-0.98, 0.98), chance.gauss(0, 1) / scale, chance.choice([0, chance.gauss(0, 0.3)]) / scale**2)
        for _ in range(40)
    ]
    return lambda x: max(abs(a + b * x + c * x * x) for a, b, c in parts), max(abs(a) for a, _, _ in parts), scale


@pytest.mark.parametrize("seed", range(60))
def test_what_is_found_fails_and_half_of_it_passes_with_either_sign(seed: int) -> None:
    excess, at_rest, scale = distances(seed)
    calls: list[float] = []

    def counted(size: float) -> float:
        calls.append(size)
        return excess(size)

    found = threshold(counted, at_rest, scale * 10 ** (seed % 5 - 2))
    assert found is not None
    assert excess(found) > 1
    assert max(excess(found / 2), excess(-found / 2)) <= 1
    assert len(calls) <= 30


def test_nothing_up_to_doubling() -> None:
    assert threshold(lambda size: 0.5 * abs(size)) is None
    assert threshold(lambda size: 0.0) is None


def test_a_run_that_fails_altogether_counts() -> None:
    found = threshold(lambda size: float("inf") if abs(size) > 0.3 else 0.0)
    assert found is not None
    assert 0.3 < abs(found) < 0.33


def test_a_sign_alone() -> None:
    found = threshold(lambda size: -7 * size)
    assert found is not None
    assert -0.153 < found < -1 / 7
