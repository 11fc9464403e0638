"""Two signals on one time: sample by sample where their times agree, else on common samples, else interpolated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.errors import EvidenceError

Array = NDArray[Any]
Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Aligned:
    """`a` and `b` at the same `time`; `how` they came there; a `note` where part of one side was not compared.

    `taken` is how many samples of a and of b took part: as many as there are times, unless both were interpolated.
    """

    time: Times
    a: Array
    b: Array
    how: str
    taken: tuple[int, int]
    note: str = ""


def align(name: str, time_a: Times, a: Array, time_b: Times, b: Array, called: tuple[str, str] = ("a", "b")) -> Aligned:
    """Bring two signals to one time; `called` is what the two are called in what is said of them.

    1. As many samples, at times that are equal within `rounding`: sample by sample.
    2. Else, on the part of time that both cover: where one side's samples are all among the other's (a decimated
       signal), those samples.
    3. Else the union of both sides' times, each side interpolated: linearly where it is floating-point, held from the
       sample before (zero-order hold) where it is integer or boolean. Where a time occurs twice, its last sample.

    Raises `EvidenceError` where one side has no samples, or no part of time is covered by both.
    """
    if not len(time_a) or not len(time_b):
        raise EvidenceError(f"signal {name!r}: {called[0 if not len(time_a) else 1]} has no samples")
    within = rounding(time_a, time_b)
    if len(time_a) == len(time_b) and bool(np.all(np.abs(time_a - time_b) <= within)):
        return Aligned(time_b, a, b, "sample by sample", (len(time_b), len(time_b)))
    time_a = _snapped(time_a, time_b, within)
    start, end = max(time_a[0], time_b[0]), min(time_a[-1], time_b[-1])
    covered = ", ".join(f"{who} covers {_span(time)}" for who, time in zip(called, (time_a, time_b), strict=True))
    if start > end:
        raise EvidenceError(f"signal {name!r}: no time in common: {covered}")
    in_a, in_b = (np.unique(time[(time >= start) & (time <= end)]) for time in (time_a, time_b))
    grid, taken = np.union1d(in_a, in_b), (len(in_a), len(in_b))
    if len(grid) == max(len(in_a), len(in_b)):
        grid = np.intersect1d(in_a, in_b)
        taken = (len(grid), len(grid))
        how = f"{len(grid)} common samples of {len(time_a)} and {len(time_b)}"
    else:
        how = f"interpolated on {len(grid)} times"
    note = ""
    if max(time_a[0], time_b[0]) - min(time_a[0], time_b[0]) > within or abs(time_a[-1] - time_b[-1]) > within:
        note = f"only {start:g} to {end:g} s is common: {covered}"
    return Aligned(grid, sampled(time_a, a, grid), sampled(time_b, b, grid), how, taken, note)


def rounding(*times: Times) -> float:
    """How far apart two times may be that mean the same instant, in seconds.

    A millionth of the smallest step, which summing the step up over a million steps does not reach; at least eight
    roundings of the largest time.
    """
    largest = max(float(np.abs(time).max()) for time in times)
    steps = np.concatenate([np.diff(time) for time in times])
    steps = steps[steps > 0]
    smallest = float(steps.min()) if steps.size else 0.0
    return max(1e-6 * smallest, 8 * float(np.finfo(np.float64).eps) * largest)


def sampled(time: Times, values: Array, at: Times) -> Array:
    """`values` at the times `at`, which lie within `time`: linear for floating point, held for integers."""
    before = np.clip(np.searchsorted(time, at, side="right") - 1, 0, len(time) - 1)
    left = values[before]
    if values.dtype.kind in "biu":
        return left
    after = np.minimum(before + 1, len(time) - 1)
    step = time[after] - time[before]
    weight = np.divide(at - time[before], step, out=np.zeros(len(at)), where=step > 0)
    between = (weight > 0).nonzero()[0]
    if not between.size:
        return left
    # Only where needed: 0 * NaN of a neighbour would spoil an exact sample. The result keeps single single.
    w = weight[between].reshape(-1, *[1] * (values.ndim - 1))
    with np.errstate(invalid="ignore", over="ignore"):
        left[between] = (1 - w) * values[before[between]] + w * values[after[between]]
    return left


def _snapped(time: Times, onto: Times, within: float) -> Times:
    """`time` with every instant that is one of `onto` within rounding replaced by that one."""
    place = np.searchsorted(onto, time)
    below, above = onto[np.maximum(place - 1, 0)], onto[np.minimum(place, len(onto) - 1)]
    nearest = np.where(np.abs(time - below) < np.abs(time - above), below, above)
    return np.where(np.abs(time - nearest) <= within, nearest, time)


def _span(time: Times) -> str:
    return f"{time[0]:g} to {time[-1]:g} s"
