"""Sources that count, and that repeat a table over time or over samples."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.block import Block, Results, State, as_parameter
from bridge.diagram.blocks.sources import CONTINUOUS
from bridge.diagram.parameters import Choice, DataTypeName, Integer, Matrix, SampleTime
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DOUBLE, INT64, UINT8, UINT16, UINT32, DType

UNSIGNED = {8: UINT8, 16: UINT16, 32: UINT32}


class Counting(Block):
    """A source with a counter: 0, 1, 2, …, `last`, 0, …"""

    inputs = 0
    tsamp = SampleTime("-1")

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return self.tsamp

    @property
    def last(self) -> int:
        """The largest count."""
        raise NotImplementedError

    def states(self) -> Mapping[str, State]:
        return {"count": State(t.constant(0, INT64))}

    def update(self) -> Mapping[str, Value]:
        count = self.state("count")
        return {"count": t.where(count >= self.last, 0, count + 1)}


@register("simulink/Sources/Counter Free-Running")
class CounterFreeRunning(Counting):
    """0, 1, …, 2^NumBits - 1, 0, … as an unsigned integer of NumBits (Simulink, *Counter Free-Running*)."""

    restrictions = "8, 16 or 32 bits"
    NumBits = Integer("16")

    @property
    def last(self) -> int:
        return int(2**self.NumBits - 1)

    def output(self) -> Results:
        if self.NumBits not in UNSIGNED:
            raise self.unsupported(f"NumBits = {self.NumBits}")
        return t.storage(self.state("count"), UNSIGNED[self.NumBits])


@register("simulink/Sources/Counter Limited")
class CounterLimited(Counting):
    """0, 1, …, uplimit, 0, … as the smallest unsigned integer of 8, 16 or 32 bits (Simulink, *Counter Limited*)."""

    uplimit = Integer("7")

    @property
    def last(self) -> int:
        if not 0 <= self.uplimit < 2**32:
            raise self.wrong("uplimit", f"{self.uplimit} is no number of at most 32 bits")
        return self.uplimit

    def output(self) -> Results:
        dtype = next(dtype for bits, dtype in UNSIGNED.items() if self.last < 2**bits)
        return t.storage(self.state("count"), dtype)


class Repeating(Counting):
    """What the repeating sequences over samples share: the table and the output's data type."""

    OutValues = Matrix("[3 1 4 2 1].'")
    OutDataTypeStr = DataTypeName("double")

    def table(self) -> Value:
        """The values as a vector."""
        return t.column_major(self.OutValues, (self.OutValues.type.size,))

    def typed(self, y: Value) -> Value:
        """A value in the output's data type, rounded as a parameter."""
        return as_parameter(y, self.OutDataTypeStr) if isinstance(self.OutDataTypeStr, DType) else y


@register("simulink/Sources/Repeating Sequence Stair")
class RepeatingSequenceStair(Repeating):
    """The values of OutValues one after the other, again and again (Simulink, *Repeating Sequence Stair*)."""

    @property
    def last(self) -> int:
        return self.OutValues.type.size - 1

    def output(self) -> Results:
        return self.typed(t.gather(self.table(), self.state("count")))


@register("simulink/Sources/Repeating Sequence Interpolated")
class RepeatingSequenceInterpolated(Repeating):
    """A table over time, read at every sample and repeated (Simulink, *Repeating Sequence Interpolated*).

    One round takes TimeValues(end) / tsamp samples; sample k of it reads the table at k tsamp.
    """

    restrictions = "no inherited sample time"
    TimeValues = Matrix("[0 0.1 0.5 0.6 1].'")
    tsamp = SampleTime("0.01")
    LookUpMeth = Choice("Interpolation-Use End Values", "Use Input Nearest", "Use Input Below", "Use Input Above")

    def _times(self) -> NDArray[np.float64]:
        times = self.site.array("TimeValues", type(self).TimeValues.text(self)).astype(float).ravel()
        if len(times) != self.OutValues.type.size or len(times) < 2 or (np.diff(times) <= 0).any() or times[0] != 0:
            raise self.wrong("TimeValues", f"times ascending from 0 are needed, one for each of {self.OutValues.type}")
        return times

    @property
    def last(self) -> int:
        if self.tsamp is None:
            raise self.unsupported("tsamp = -1")
        return max(round(float(self._times()[-1]) / self.tsamp[0]), 1) - 1

    def output(self) -> Results:
        if self.tsamp is None:
            raise self.unsupported("tsamp = -1")
        at = t.storage(self.state("count"), DOUBLE) * self.tsamp[0]
        times, values = t.constant(self._times()), as_parameter(self.table(), DOUBLE)
        return self.typed(looked_up(self.LookUpMeth, times, values, at))


@register("simulink/Sources/Repeating Sequence")
class RepeatingSequence(Block):
    """Straight lines through the points (rep_seq_t, rep_seq_y), repeated over time (Simulink, *Repeating Sequence*)."""

    inputs = 0
    rep_seq_t = Matrix("[0 2]")
    rep_seq_y = Matrix("[0 2]")

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return CONTINUOUS

    def output(self) -> Results:
        times = self.site.array("rep_seq_t", type(self).rep_seq_t.text(self)).astype(float).ravel()
        if len(times) != self.rep_seq_y.type.size or len(times) < 2 or (np.diff(times) < 0).any() or times[-1] <= 0:
            raise self.wrong("rep_seq_t", f"ascending times are needed, one for each of {self.rep_seq_y.type}")
        values = as_parameter(t.column_major(self.rep_seq_y, (len(times),)), DOUBLE)
        return interpolated(t.constant(times), values, remainder(self.site.time, float(times[-1])))


def _interval(times: Value, at: Value) -> Value:
    """The interval of a time, the outer ones for times beyond the table; the left end belongs to it."""
    last = times.shape[0] - 2
    place = t.search(times, at) - 1
    return t.where(place < 0, 0, t.where(place > last, last, place))


def interpolated(times: Value, values: Value, at: Value) -> Value:
    """Straight lines between the points, the outer ones extended (in the order of MathWorks' lookup code)."""
    place = _interval(times, at)
    x0, x1 = t.gather(times, place), t.gather(times, place + 1)
    y0, y1 = t.gather(values, place), t.gather(values, place + 1)
    return (y1 - y0) * ((at - x0) / (x1 - x0)) + y0


def looked_up(method: str, times: Value, values: Value, at: Value) -> Value:
    """A table read between its points: on a line, or at the nearest point, the one below or the one above."""
    if method == "Interpolation-Use End Values":
        first, last = (t.reshape(t.cut(values, (k, k + 1)), ()) for k in (0, times.shape[0] - 1))
        start, end = (t.reshape(t.cut(times, (k, k + 1)), ()) for k in (0, times.shape[0] - 1))
        return t.where(at <= start, first, t.where(at >= end, last, interpolated(times, values, at)))
    place = _interval(times, at)
    below, above = t.gather(times, place), t.gather(times, place + 1)
    if method == "Use Input Nearest":
        upper = at - below >= above - at
    elif method == "Use Input Above":
        upper = at > below
    else:
        upper = at >= above
    return t.where(upper, t.gather(values, place + 1), t.gather(values, place))


def remainder(x: Value, period: float) -> Value:
    """MATLAB's rem(x, period) for x >= 0: a quotient within rounding of a whole number counts as whole."""
    rest = t.fmod(x, period)
    if period == math.floor(period):
        return rest
    quotient = x / period
    near = t.floor(quotient + 0.5)
    return t.where(t.absolute(quotient - near) <= np.finfo(float).eps * quotient, 0.0, rest)
