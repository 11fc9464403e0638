"""`randperm`: one algorithm for randperm(n), three for randperm(n, k), each with its own use of the stream."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bridge.matlab.rng_twister import Doubles

Uniform = Callable[[int], Doubles]
"""`uniform(n)` draws the next n numbers in (0, 1)."""


def by_sorting(n: int, uniform: Uniform) -> Doubles:
    """All of 1..n: the places of n sorted uniform draws."""
    return (np.argsort(uniform(n), kind="stable") + 1).astype(np.float64)


def some_of(n: int, k: int, uniform: Uniform) -> Doubles:
    """k of 1..n in random order.

    k = n is shuffled inside out; from n/4 on, the k are selected in one pass over 1..n and shuffled on the way;
    fewer are taken one by one, each replaced by the last of those that remain. The middle one reproduces
    published values, the other two are read from generated code.
    """
    if k == n:
        return _inside_out(n, uniform)
    if 4 * k >= n:
        return _selected(n, k, uniform)
    return _replaced_by_last(n, k, uniform)


def _inside_out(n: int, uniform: Uniform) -> Doubles:
    out = [1.0] * n
    for i, u in enumerate(uniform(max(n - 1, 0)).tolist(), start=2):
        j = int(u * i)
        out[i - 1] = out[j]
        out[j] = float(i)
    return np.array(out)


def _selected(n: int, k: int, uniform: Uniform) -> Doubles:
    out = [0.0] * k
    draws = iter(uniform(2 * k).tolist())
    item, remaining = 0, n
    for m in range(1, k + 1):
        left = k - m + 1
        u = next(draws)
        chance = left / remaining
        while u > chance:
            item += 1
            remaining -= 1
            chance += (1.0 - chance) * left / remaining
        item += 1
        remaining -= 1
        j = int(next(draws) * m)
        out[m - 1] = out[j]
        out[j] = float(item)
    return np.array(out)


def _replaced_by_last(n: int, k: int, uniform: Uniform) -> Doubles:
    moved: dict[int, int] = {}
    out = []
    for m, u in enumerate(uniform(k).tolist(), start=1):
        last = n - m
        at = int(u * (last + 1))
        out.append(float(moved.get(at, at) + 1))
        moved[at] = moved.get(last, last)
    return np.array(out)
