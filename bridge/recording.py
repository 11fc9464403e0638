"""The noun `Recording`: named signals over time, with the class of evidence that they are and where they come from."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from bridge.errors import EvidenceError, UsageError
from bridge.network.services import service
from bridge.packages import required
from bridge.suggestions import offered

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[Any]

Evidence = Literal["matlab", "simulink", "coder", "octave", "foreign", "bridge"]

EVIDENCE: Final[dict[str, str]] = {
    "matlab": "computed by MATLAB",
    "simulink": "simulated by Simulink",
    "coder": "computed by C code that MathWorks' coders generated",
    "octave": "computed by GNU Octave",
    "foreign": "computed by an implementation that shares no code with this package (torch.nn, onnxruntime's kernels)",
    "bridge": "computed by this package",
}
"""The classes of evidence and what each means. What `bridge` computes never counts as MATLAB's."""


class Recording(Mapping[str, "Array"]):
    """Signals by name, each an array `T x …` with time along the rows.

    signals   name -> array `T x …` of real, complex, integer or boolean numbers. Copied, unless already read-only.
    time      `T` seconds, non-decreasing: of every signal that has no times of its own.
    times     name -> `T_name` seconds, for signals sampled at another rate.
    evidence  the class of evidence, one of `EVIDENCE`.
    origin    where it comes from: ``engine``, ``model``, ``release``, ``platform``, ``versions``, ``checksums``, …
    state     final state: path -> array.
    units     name -> unit (``"rad/s"``).
    labels    name -> one label per channel.

    Arrays are read-only. `recording.times[name]` is the time of any signal, `recording.time` the common one.
    Raises `UsageError`, naming the signal, where lengths, order or data types do not fit.
    """

    __slots__ = ("_common", "_signals", "_times", "evidence", "labels", "origin", "state", "units")

    evidence: Evidence
    origin: Mapping[str, object]
    state: Mapping[str, Array]
    units: Mapping[str, str]
    labels: Mapping[str, tuple[str, ...]]

    def __init__(
        self,
        signals: Mapping[str, ArrayLike],
        time: ArrayLike,
        *,
        times: Mapping[str, ArrayLike] | None = None,
        evidence: Evidence = "bridge",
        origin: Mapping[str, object] | None = None,
        state: Mapping[str, ArrayLike] | None = None,
        units: Mapping[str, str] | None = None,
        labels: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        if evidence not in EVIDENCE:
            classes = offered(evidence, EVIDENCE, "the classes are")
            raise UsageError(f"evidence {evidence!r} is not a class of evidence{classes}")
        for what, named in (("times", times), ("units", units), ("labels", labels)):
            unknown = sorted(set(named or ()) - set(signals))
            if unknown:
                raise UsageError(f"{what} are given for {unknown[0]!r}, which is not a signal of the recording")
        self._common = _frozen_time("time", time)
        self._signals = {name: _frozen(f"signal {name!r}", value) for name, value in signals.items()}
        own = {name: _frozen_time(f"the time of {name!r}", value) for name, value in (times or {}).items()}
        self._times = MappingProxyType({name: own.get(name, self._common) for name in self._signals})
        for name, array in self._signals.items():
            if array.ndim == 0 or len(array) != len(self._times[name]):
                held = "a scalar" if array.ndim == 0 else f"{len(array)} rows"
                raise UsageError(f"signal {name!r} holds {held}, but its time holds {len(self._times[name])} samples")
        self.evidence = evidence
        self.origin = MappingProxyType(dict(origin or {}))
        held_state = {path: _frozen(f"state {path!r}", value) for path, value in (state or {}).items()}
        self.state = MappingProxyType(held_state)
        self.units = MappingProxyType(dict(units or {}))
        self.labels = MappingProxyType({name: tuple(of_channels) for name, of_channels in (labels or {}).items()})

    # A mapping of signals; two recordings are compared with `bridge.compare`, never with ==.

    def __getitem__(self, name: str) -> Array:
        try:
            return self._signals[name]
        except KeyError:
            raise MissingSignal(name, list(self._signals)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._signals)

    def __len__(self) -> int:
        return len(self._signals)

    def __contains__(self, name: object) -> bool:
        return name in self._signals

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __reduce__(self) -> tuple[object, ...]:
        own = {name: time for name, time in self._times.items() if time is not self._common}
        keywords = {"times": own, "evidence": self.evidence, "origin": dict(self.origin), "state": dict(self.state)}
        named = {"units": dict(self.units), "labels": dict(self.labels)}
        return _rebuilt, (self._signals, self._common, {**keywords, **named})

    @property
    def time(self) -> Array:
        """Seconds, `T`: of every signal that has no times of its own."""
        return self._common

    @property
    def times(self) -> Mapping[str, Array]:
        """Seconds, `T_name`, for every signal: its own where it has some, else `time` itself."""
        return self._times

    @property
    def has_common_time(self) -> bool:
        """Whether no signal has times of its own."""
        return all(time is self._common for time in self._times.values())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recording to a file whose format the ending of `path` tells."""
        service("write_recording")(self, os.fspath(path))

    def plot(self, *signals: str) -> object:
        """One plot per signal (all, where none is named): a matplotlib Figure if matplotlib is installed, else SVG."""
        for name in signals:
            self[name]
        plotted: object = service("plot_recording")(self, list(signals or self))
        return plotted

    def to_pandas(self) -> Any:
        """A pandas DataFrame: time as index, a column per channel (``y`` or ``y[0]``, ``y[1]``, … 0-based).

        Signals with times of their own are joined on the union of times, with NaN where a signal has no sample.
        """
        pandas = required("pandas", "to_pandas")
        parts = []
        for name, array in self.items():
            columns = array.reshape(len(array), math.prod(array.shape[1:]))
            index = pandas.Index(self.times[name], name="time")
            parts.append(pandas.DataFrame(columns, index=index, columns=_columns(name, array.shape[1:])))
            if not self.has_common_time and not index.is_unique:
                twice = float(index[index.duplicated()][0])
                raise UsageError(f"signal {name!r} holds the time {twice:g} twice and cannot be joined with the others")
        if not parts:
            return pandas.DataFrame(index=pandas.Index(self.time, name="time"))
        if self.has_common_time:
            # By position: concat would refuse a time that occurs twice.
            table = pandas.concat([part.reset_index(drop=True) for part in parts], axis=1)
            return table.set_index(pandas.Index(self.time, name="time"))
        return pandas.concat(parts, axis=1).sort_index()

    def to_xarray(self) -> Any:
        """An xarray Dataset: dimension ``time``, or ``time_NAME`` for a signal with times of its own."""
        xarray = required("xarray", "to_xarray")
        variables, coordinates = {}, {"time": self.time}
        for name, array in self.items():
            along = "time" if self.times[name] is self.time else f"time_{name}"
            coordinates[along] = self.times[name]
            dimensions = (along, *(f"{name}_{axis}" for axis in range(1, array.ndim)))
            attributes = {"units": self.units[name]} if name in self.units else {}
            variables[name] = (dimensions, array, attributes)
        return xarray.Dataset(variables, coords=coordinates, attrs={"evidence": self.evidence, **self.origin})

    def __repr__(self) -> str:
        named = [f"{name}: {_shape(array)} {array.dtype}" for name, array in list(self.items())[:6]]
        if len(self) > 6:
            named.append(f"… {len(self) - 6} more")
        return f"<Recording ({self.evidence}) {_span(self.time)}; {', '.join(named) or 'no signals'}>"

    def _repr_html_(self) -> str:
        """A table of the signals for notebooks: shape, data type, range and a small plot of each."""
        rows = []
        for name, array in self.items():
            unit = f" <i>{_escaped(self.units[name])}</i>" if name in self.units else ""
            low, high = _range(array)
            cells = [_escaped(name) + unit, _shape(array), str(array.dtype), low, high]
            line = sparkline(self.times[name], array)
            rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in [*cells, line]) + "</tr>")
        origin = ", ".join(f"{_escaped(key)}: {_escaped(value)}" for key, value in self.origin.items())
        head = "".join(f"<th>{title}</th>" for title in ("signal", "shape", "type", "least", "greatest", ""))
        about = f"{EVIDENCE[self.evidence]}; {_escaped(_span(self.time))}" + (f"; {origin}" if origin else "")
        return f"<table><caption>{about}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


class MissingSignal(EvidenceError, KeyError):
    """The recording has no signal of this `name`."""

    def __init__(self, name: object, available: list[str]) -> None:
        self.name = name
        super().__init__(f"the recording has no signal {name!r}{offered(name, available, 'it has')}")

    def __str__(self) -> str:
        # KeyError would show the sentence in quotes.
        return str(self.args[0])


def _rebuilt(signals: dict[str, Array], time: Array, keywords: dict[str, Any]) -> Recording:
    return Recording(signals, time, **keywords)


def _frozen(what: str, value: ArrayLike) -> Array:
    array: Array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise UsageError(f"{what} holds {array.dtype} values; real, complex, integer or boolean numbers are wanted")
    if not _is_read_only(array):
        array = array.copy()
    array.flags.writeable = False
    return array


def _is_read_only(array: Array) -> bool:
    """Whether neither an array nor what it is a part of can be written to."""
    whole: object = array
    while isinstance(whole, np.ndarray) and not whole.flags.writeable:
        whole = whole.base
    return whole is None


def _frozen_time(what: str, value: ArrayLike) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.ndim != 1:
        raise UsageError(f"{what} is {_shape(array)} {array.dtype}; a vector of real seconds is wanted")
    array = _frozen(what, array.astype(np.float64))
    if not np.isfinite(array).all():
        raise UsageError(f"{what} is not finite at sample {int(np.flatnonzero(~np.isfinite(array))[0])}")
    falls = np.flatnonzero(array[1:] < array[:-1])
    if falls.size:
        at = int(falls[0])
        raise UsageError(f"{what} runs backwards from {array[at]:g} to {array[at + 1]:g} after sample {at}")
    return array


def _columns(name: str, channels: tuple[int, ...]) -> list[str]:
    if not channels:
        return [name]
    return [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(*channels)]


def _shape(array: Array) -> str:
    return " x ".join(map(str, array.shape)) or "scalar"


def _span(time: Array) -> str:
    return f"{len(time)} samples, {time[0]:g} to {time[-1]:g} s" if len(time) else "no samples"


def _range(array: Array) -> tuple[str, str]:
    known = np.abs(array) if array.dtype.kind == "c" else array
    known = known[np.isfinite(known)]
    return (f"{known.min():.5g}", f"{known.max():.5g}") if known.size else ("", "")


def _escaped(value: object) -> str:
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def sparkline(time: Array, values: Array, *, width: int = 120, height: int = 24, channels: int = 4) -> str:
    """A small SVG of a signal's first `channels` channels without axes; gaps where it is not finite."""
    real = np.abs(values) if values.dtype.kind == "c" else values
    columns = real.reshape(len(time), -1).astype(np.float64)[:, :channels] if values.size else np.zeros((0, 0))
    # One sample per half pixel is as much as the eye gets; more would bloat a notebook.
    keep = np.unique(np.linspace(0, len(time) - 1, 2 * width).astype(int)) if len(time) else np.zeros(0, int)
    columns, time = columns[keep[: len(columns)]], time[keep]
    finite = columns[np.isfinite(columns)]
    if not finite.size:
        return ""
    low, high = float(finite.min()), float(finite.max())
    with np.errstate(over="ignore", invalid="ignore"):
        across = 1 + (width - 2) * (time - time[0]) / ((time[-1] - time[0]) or 1.0)
        # Halved, so that the range of the largest numbers does not overflow.
        down = height - 1 - (height - 2) * (columns / 2 - low / 2) / ((high / 2 - low / 2) or 1.0)
    lines = []
    for column in down.T:
        ok = np.isfinite(column)
        edges = np.flatnonzero(np.diff(ok.astype(int))) + 1
        for piece, good in zip(np.split(np.arange(len(column)), edges), np.split(ok, edges), strict=True):
            if good[0]:
                points = " ".join(f"{across[i]:.1f},{column[i]:.1f}" for i in piece)
                lines.append(f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1"/>')
    return f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}">{"".join(lines)}</svg>'
