"""When a signal resets a block or fires an edge.

Two rules that MathWorks' generated code has. *Reset ports of discrete-time integrators* compare signs: rising is from
zero or below to above zero. *Zero crossings* (reset ports of delays and of continuous integrators, triggers) fire
already on reaching zero, and then not again when the signal moves on from there. Neither fires at the first sample,
where there is no sample before it.
"""

from __future__ import annotations

from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, INT32, DType

UNKNOWN = 2
"""The sign before the first sample, and that of NaN."""


def sign(signal: Value) -> Value:
    """-1, 0 or 1 as int32; `UNKNOWN` for NaN."""
    if signal.dtype == BOOLEAN:
        return t.where(signal, t.constant(1, INT32), 0)
    below_or_nan: Value | int = t.where(signal < 0, t.constant(-1, INT32), UNKNOWN) if signed(signal.dtype) else UNKNOWN
    return t.where(signal > 0, t.constant(1, INT32), t.where(t.equal(signal, 0), t.constant(0, INT32), below_or_nan))


def signed(dtype: DType) -> bool:
    """Whether a number of this data type may be below zero."""
    return dtype.kind == "float" or (dtype.is_integer and dtype.signed)


def sign_reset(kind: str, now: Value, before: Value) -> Value:
    """Whether an integrator is reset: `kind` is rising, falling, either, level or sampled level; signs as `sign`."""
    positive = t.equal(now, 1)
    rises = positive & (before <= 0)
    falls = ~positive & t.equal(before, 1)
    if kind == "level":  # acts once more in the step after it has gone
        return t.not_equal(now, 0) | t.not_equal(before, 0)
    if kind == "sampled level":
        return t.not_equal(now, 0)
    return {"rising": rises, "falling": falls, "either": rises | falls}[kind]


def first_sign(kind: str) -> int:
    """The sign to start from: a level that never was does not reset."""
    return 0 if kind == "level" else UNKNOWN


def crossing(kind: str, now: Value, before: Value, reached: Value) -> Value:
    """Whether a zero crossing fires: `kind` is rising, falling or either.

    `reached` is what `reaches` gave at the sample before: 1 or -1 where that one came to zero from below or above.
    """
    at_zero = t.equal(before, 0)
    rises = (t.equal(before, -1) & _known(now) & (now >= 0)) | (at_zero & t.equal(now, 1) & t.not_equal(reached, 1))
    falls = (t.equal(before, 1) & (now <= 0)) | (at_zero & t.equal(now, -1) & t.not_equal(reached, -1))
    return {"rising": rises, "falling": falls, "either": rises | falls}[kind]


def crossing_reset(kind: str, now: Value, before: Value, reached: Value) -> Value:
    """Whether a reset port of the second rule resets: `kind` is one of `crossing`, level or level hold.

    A level acts once more in the step after it has gone; one that is held does not.
    """
    if kind == "level":
        return sign_reset("sampled level", now, before) | (t.not_equal(before, 0) & t.not_equal(before, UNKNOWN))
    if kind == "level hold":
        return sign_reset("sampled level", now, before)
    return crossing(kind, now, before, reached)


def _known(now: Value) -> Value:
    return t.not_equal(now, UNKNOWN)


def reaches(now: Value, before: Value) -> Value:
    """1 where the signal has just come to zero from below, -1 from above, else 0."""
    from_below, from_above = t.equal(before, -1), t.equal(before, 1)
    arrived = t.where(from_below, t.constant(1, INT32), t.where(from_above, t.constant(-1, INT32), 0))
    return t.where(t.equal(now, 0), arrived, 0)
