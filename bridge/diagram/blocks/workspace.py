"""FromWorkspace: a signal from data with times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.block import Block
from bridge.diagram.parameters import Choice, DataTypeName, Flag, SampleTime, Text
from bridge.diagram.registry import register
from bridge.matlab.values import Struct
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT64, DType


@register("FromWorkspace")
class FromWorkspace(Block):
    """A workspace variable over time: ``[t u]``, a structure, or a time series (Simulink, *From Workspace*).

    With interpolation, between d1 at t1 and d2 at t2: y = f d1 + (1 - f) d2 with f = (t2 - t) / (t2 - t1), the form of
    MathWorks' generated code, and beyond both ends the outer two points go on as a line; a repeated time is a step.
    Without it, y is zero before the first time and then the last sample at or before t. Integers are rounded to the
    nearest and saturate; booleans are never interpolated.
    A structure without times gives one sample at every hit, and alone may be repeated.
    """

    inputs = 0
    restrictions = "one signal in a structure; no buses"
    VariableName = Text("simin")
    SampleTime = SampleTime("0")
    Interpolate = Flag("on")
    OutDataTypeStr = DataTypeName("Inherit: auto")
    OutputAfterFinalValue = Choice("Extrapolation", "Setting to zero", "Holding final value", "Cyclic repetition")

    def output(self) -> Value:
        times, data = self._table()
        y = self._untimed(data) if times is None else self._timed(times, data)
        return a.convert(y, self.OutDataTypeStr, "Round", True) if isinstance(self.OutDataTypeStr, DType) else y

    def _timed(self, times: Value, data: Value) -> Value:
        if self.OutputAfterFinalValue == "Cyclic repetition":
            raise self.unsupported("Cyclic repetition of data with times (Simulink repeats only structures without)")
        now = self.site.time
        count = times.shape[0]
        past = now > t.reshape(t.cut(times, (count - 1, count)), ())
        if not self.Interpolate or data.dtype == BOOLEAN:
            return self._final(past, self._held(times, data, now), data)
        if count == 1:
            return self._final(past, _row(data, 0), data)
        place = t.search(times, now) - 1
        place = t.where(place < 0, 0, t.where(place > count - 2, count - 2, place))
        y = self._between(times, data, now, place)
        return y if self.OutputAfterFinalValue == "Extrapolation" else self._final(past, y, data)

    def _final(self, past: Value, y: Value, data: Value) -> Value:
        """What follows the last time."""
        last = t.zeros(y.type) if self.OutputAfterFinalValue == "Setting to zero" else _row(data, data.shape[0] - 1)
        return t.where(past, last, y)

    def _between(self, times: Value, data: Value, now: Value, place: Value) -> Value:
        t1, t2 = t.gather(times, place), t.gather(times, place + 1)
        dtype = data.dtype
        rows = data if dtype.kind == "float" else t.storage(data, DOUBLE)
        d1, d2 = t.gather(rows, place), t.gather(rows, place + 1)
        step = t.equal(t1, t2)
        share = (t2 - now) / t.where(step, 1.0, t2 - t1)
        before = t.storage(share, rows.dtype)
        after = t.storage(1 - share, rows.dtype)
        jump = t.where(now < t1, d1, d2)
        return a.convert(t.where(step, jump, before * d1 + after * d2), dtype, "Round", saturate=True)

    def _held(self, times: Value, data: Value, now: Value) -> Value:
        """Zero before the first time; each value until the next time."""
        if self.OutputAfterFinalValue == "Extrapolation" and not self.Interpolate:
            raise self.unsupported("Interpolate off beside Extrapolation, which Simulink refuses too,")
        found = t.search(times, now)
        y = t.gather(data, t.where(found < 1, 0, found - 1))
        return t.where(found < 1, t.zeros(y.type), y)

    def _untimed(self, data: Value) -> Value:
        """Sample k at the k-th hit."""
        time = self.SampleTime
        if time is None or not 0 < time[0] < math.inf:
            raise self.wrong("SampleTime", "a structure without times needs a sample time of its own")
        count = data.shape[0]
        number = t.storage(t.floor((self.site.time - time[1]) / time[0] + 0.5), INT64)
        if self.OutputAfterFinalValue == "Cyclic repetition":
            hit = t.storage(number, DOUBLE)
            return t.gather(data, t.storage(t.fmod(hit, float(count)), INT64))
        if self.OutputAfterFinalValue == "Extrapolation" and self.Interpolate and data.dtype != BOOLEAN:
            times = t.constant(np.arange(count) * time[0] + time[1])
            return self._timed(times, data)
        inside = t.where(number < count, number, count - 1)
        return self._final(number >= count, t.gather(data, inside), data)

    # The variable ------------------------------------------------------------------------------------------------

    def _table(self) -> tuple[Value | None, Value]:
        """Times (N,), or None, and data, one row per time: (N,) for a scalar signal, else (N, …)."""
        text = self.VariableName
        if self.site.is_numeric("VariableName", text):
            matrix = self.site.symbolic("VariableName", text, False)
            if matrix.type.rank != 2 or matrix.shape[0] < 1 or matrix.shape[1] < 2:
                raise self.wrong("VariableName", f"a column of times and some of data are needed, not {matrix.type}")
            rows, columns = matrix.shape
            times = t.reshape(t.cut(matrix, (0, rows), (0, 1)), (rows,))
            data = t.cut(matrix, (0, rows), (1, columns))
            return t.storage(times, DOUBLE), t.reshape(data, (rows,)) if columns == 2 else data
        time, values = self._structured(self.site.value("VariableName", text))
        return None if time is None else self.site.constant(time), self.site.constant(values)

    def _structured(self, value: Any) -> tuple[NDArray[Any] | None, NDArray[Any]]:
        if isinstance(value, Struct):
            return self._structure(value)
        if not (hasattr(value, "time") and hasattr(value, "data")):
            raise self.wrong("VariableName", f"a matrix, a structure or a time series is needed, not {value!r}")
        time = np.asarray(value.time, float).ravel()
        data = np.asarray(getattr(value, "samples", value.data))
        return self._checked(time, data)

    def _structure(self, value: Struct) -> tuple[NDArray[Any] | None, NDArray[Any]]:
        signals = value.get("signals")
        if not isinstance(signals, Struct) or signals.size != 1 or "values" not in signals:
            raise self.wrong("VariableName", "a structure needs one signal, in the field signals.values")
        data = np.asarray(signals["values"])
        time = np.asarray(value["time"], float).ravel() if "time" in value else np.empty(0)
        sizes = np.asarray(signals["dimensions"]).ravel() if "dimensions" in signals else np.empty(0)
        # Samples of more than one dimension lie along the last one; a single sample has lost it.
        if data.ndim > 2 or sizes.size > 1:
            data = np.moveaxis(data.reshape((*data.shape, 1)) if data.ndim == sizes.size else data, -1, 0)
        if time.size:
            return self._checked(time, data)
        if not len(data):
            raise self.wrong("VariableName", "the structure holds no samples")
        return None, _narrow(data)

    def _checked(self, time: NDArray[Any], data: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        if not time.size or data.shape[0] != time.size:
            raise self.wrong("VariableName", f"{data.shape[0]} rows of data for {time.size} times")
        if (np.diff(time) < 0).any():
            raise self.wrong("VariableName", "the times must not decrease")
        return time, _narrow(data)


def _narrow(data: NDArray[Any]) -> NDArray[Any]:
    """A single column is a scalar signal."""
    return data.reshape(len(data)) if data.ndim == 2 and data.shape[1] == 1 else data


def _row(data: Value, place: int) -> Value:
    return t.reshape(t.cut(data, (place, place + 1)), data.shape[1:])
