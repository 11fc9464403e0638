"""`datetime`, `duration` and `calendarDuration` arrays from .mat files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files.mat_natural import Unfamiliar, doubles, structure, text
from bridge.files.mat_objects import MatObject

__all__ = ["CONVERTERS", "CalendarDuration", "Datetime", "Duration"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Datetime:
    """Instants: `milliseconds + low`, in milliseconds since 1970-01-01; NaN is `NaT`.

    The two addends together are more precise than a double, as MATLAB's are. With a `timezone` they count in UTC;
    without, they are what the clock on the wall shows. `format` is for display only, empty for MATLAB's default.
    """

    milliseconds: Array
    low: Array
    timezone: str = ""
    format: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """The size, at least two numbers."""
        return self.milliseconds.shape

    def to_numpy(self) -> npt.NDArray[np.datetime64]:
        """datetime64 in microseconds, rounded to the nearest; in UTC if there is a time zone."""
        return _microseconds(self.milliseconds, self.low).astype("datetime64[us]")


@dataclass(frozen=True, eq=False)
class Duration:
    """Lengths of time in `milliseconds`. `format` is for display only: "s", "h", "hh:mm:ss"."""

    milliseconds: Array
    format: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """The size, at least two numbers."""
        return self.milliseconds.shape

    @property
    def seconds(self) -> Array:
        """The lengths in seconds."""
        return self.milliseconds / 1000

    def to_numpy(self) -> npt.NDArray[np.timedelta64]:
        """timedelta64 in microseconds, rounded to the nearest."""
        return _microseconds(self.milliseconds, np.zeros_like(self.milliseconds)).astype("timedelta64[us]")


@dataclass(frozen=True, eq=False)
class CalendarDuration:
    """Lengths of time in calendar units, `months`, `days` and `milliseconds`, all of one size."""

    months: Array
    days: Array
    milliseconds: Array
    format: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """The size, at least two numbers."""
        return self.months.shape


def _microseconds(milliseconds: Array, low: Array) -> npt.NDArray[np.int64]:
    known = np.isfinite(milliseconds) & (np.abs(milliseconds) < 2.0**63 / 1000)
    whole = np.floor(np.where(known, milliseconds, 0))
    rest = np.where(known, milliseconds, 0) - whole + np.where(known, low, 0)
    exact = whole.astype(np.int64) * 1000 + np.round(rest * 1000).astype(np.int64)
    return np.where(known, exact, np.iinfo(np.int64).min)


def _datetime(thing: MatObject) -> Datetime:
    data = thing.properties["data"]
    if not isinstance(data, np.ndarray) or data.dtype.kind not in "fc":
        raise Unfamiliar
    zone = thing.properties.get("tz", thing.properties.get("tmz"))
    return Datetime(
        data.real.astype(np.float64),
        np.asarray(data.imag, np.float64),
        "" if zone is None else text(zone),
        text(thing.properties["fmt"]),
    )


def _duration(thing: MatObject) -> Duration:
    return Duration(doubles(thing.properties["millis"]), text(thing.properties["fmt"]))


def _calendar_duration(thing: MatObject) -> CalendarDuration:
    parts = structure(thing.properties["components"])
    months, days, milliseconds = (doubles(parts[name]) for name in ("months", "days", "millis"))
    try:
        full = np.broadcast_arrays(months, days, milliseconds)
    except ValueError:
        raise Unfamiliar from None
    display: Any = thing.properties.get("fmt", parts.get("fmt"))
    return CalendarDuration(full[0].copy(), full[1].copy(), full[2].copy(), "" if display is None else text(display))


CONVERTERS = {"calendarDuration": _calendar_duration, "datetime": _datetime, "duration": _duration}
