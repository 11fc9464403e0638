"""FromWorkspace: a signal from data with times."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.block import Block
from bridge.diagram.parameters import Choice, Flag, SampleTime, Text
from bridge.diagram.registry import register
from bridge.matlab.values import Struct
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT64


@register("FromWorkspace")
class FromWorkspace(Block):
    """A workspace variable over time: ``[t u]``, a structure with time, or a time series (Simulink, *From Workspace*).

    With interpolation, between d1 at t1 and d2 at t2: y = f d1 + (1 - f) d2 with f = (t2 - t) / (t2 - t1), the form of
    MathWorks' generated code, and beyond both ends the outer two points go on as a line.
    """

    inputs = 0
    restrictions = "no cyclic repetition; integers and booleans are held unless Interpolate is on, then rounded"
    VariableName = Text("simin")
    SampleTime = SampleTime("0")
    Interpolate = Flag("on")
    OutputAfterFinalValue = Choice("Extrapolation", "Setting to zero", "Holding final value")

    def output(self) -> Value:
        times, data = self._table()
        count = times.shape[0]
        now = self.site.time
        if count == 1:
            return t.gather(data, t.constant(0, INT64))
        if not self.Interpolate or data.dtype == BOOLEAN:
            return self._held(times, data, now)
        last = t.cut(times, (count - 1, count))
        place = t.search(times, now) - 1
        place = t.where(place < 0, 0, t.where(place > count - 2, count - 2, place))
        y = self._between(times, data, now, place)
        if self.OutputAfterFinalValue == "Extrapolation":
            return y
        end = t.cut(data, (count - 1, count))
        final = t.reshape(end, y.shape)
        if self.OutputAfterFinalValue == "Setting to zero":
            final = t.zeros(y.type)
        return t.where(now > t.reshape(last, ()), final, y)

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
        """Zero before the first time; each value until the next time; after the last as told."""
        if self.OutputAfterFinalValue == "Extrapolation":
            raise self.unsupported("Interpolate off and OutputAfterFinalValue = 'Extrapolation' (Simulink refuses it too)")
        count = times.shape[0]
        found = t.search(times, now)
        y = t.gather(data, t.where(found < 1, 0, found - 1))
        y = t.where(found < 1, t.zeros(y.type), y)
        if self.OutputAfterFinalValue == "Setting to zero":
            past = now > t.reshape(t.cut(times, (count - 1, count)), ())
            y = t.where(past, t.zeros(y.type), y)
        return y

    def _table(self) -> tuple[Value, Value]:
        """Times (N,) and data, one row per time: (N,) for a scalar signal, else (N, …)."""
        text = self.VariableName
        if self.site.is_numeric("VariableName", text):
            matrix = self.site.symbolic("VariableName", text, False)
            if matrix.type.rank != 2 or matrix.shape[0] < 1 or matrix.shape[1] < 2:
                raise self.wrong("VariableName", f"a column of times and at least one of data is needed, not {matrix.type}")
            rows, columns = matrix.shape
            times = t.reshape(t.cut(matrix, (0, rows), (0, 1)), (rows,))
            data = t.cut(matrix, (0, rows), (1, columns))
            return t.storage(times, DOUBLE), t.reshape(data, (rows,)) if columns == 2 else data
        time, values = self._structured(self.site.value("VariableName", text))
        return self.site.constant(time), self.site.constant(values)

    def _structured(self, value: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        if isinstance(value, Struct):
            signals = value["signals"] if "signals" in value else None
            if signals is None or "time" not in value or "values" not in signals:
                raise self.wrong("VariableName", "a structure needs the fields time and signals.values")
            time, data = np.asarray(value["time"], float).ravel(), np.asarray(signals["values"])
        elif hasattr(value, "time") and hasattr(value, "data"):
            time, data = np.asarray(value.time, float).ravel(), np.asarray(value.data)
        else:
            raise self.wrong("VariableName", f"a matrix, a structure with time or a time series is needed, not {value!r}")
        if time.size == 0:
            raise self.unsupported("a structure without time")
        if data.ndim == 3 and data.shape[2] == time.size:  # samples of more than one dimension lie along the last
            data = np.moveaxis(data, 2, 0)
        if data.shape[0] != time.size:
            raise self.wrong("VariableName", f"{data.shape[0]} rows of data for {time.size} times")
        return time, data.reshape(time.size) if data.ndim == 2 and data.shape[1] == 1 else data
