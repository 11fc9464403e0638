"""Recordings that people already have: what stands in a .mat or .csv as signals over time, and the way back.

Understood in a .mat: ``Simulink.SimulationOutput``, ``Simulink.SimulationData.Dataset``, ``timeseries``,
``timetable``, a structure with time (``time``, ``signals``), a bus of these, plain arrays beside a ``time``, ``tout``
or ``t`` with as many rows, and, where there is nothing else, matrices whose first column (or row) is the time. Times
become seconds, dates seconds from the first; units stay. A structure ``recording_about`` beside them says what computed
them: ``evidence``, ``release``, ``platform``, ``date``.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast, get_args

import numpy as np
from numpy.typing import NDArray

from bridge.errors import EvidenceError, FileError, UsageError
from bridge.matlab.values import Char, String, Struct
from bridge.recording import Evidence, Recording
from bridge.suggestions import offered

Array = NDArray[Any]


class Named(NamedTuple):
    """A signal: its name, its seconds, its data `T x …`, and its unit."""

    name: str
    time: Array
    data: Array
    unit: str = ""


ABOUT = "recording_about"
_CLOCKS = ("time", "Time", "tout", "t")
_NAME = re.compile(r"[A-Za-z]\w{0,62}", re.ASCII)
_SECONDS = {
    "nanoseconds": 1e-9, "microseconds": 1e-6, "milliseconds": 1e-3, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0,
    "days": 86400.0, "weeks": 604800.0,
}  # fmt: skip


def read(path: str | os.PathLike[str], evidence: str | None = None) -> Recording:
    """The recording in a .mat or .csv file. `evidence` says what computed it, where the file itself does not."""
    if os.fspath(path).lower().endswith(".csv"):
        from bridge.files import csv_table

        variables: Mapping[str, Any] = csv_table.read(path)
    else:
        from bridge.files import mat

        variables = mat.read(path)
    return from_variables(variables, os.fspath(path), evidence)


def read_arrays(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The variables in a .mat or .csv file, to be used as inputs.

    Of a recording (structures with time, time series, a Dataset) the signals of the common time are arrays beside
    ``time``, `T x columns`.
    """
    if os.fspath(path).lower().endswith(".csv"):
        from bridge.files import csv_table

        return dict(csv_table.read(path))
    from bridge import files

    found = files.read(path, unwrap=False)
    if not isinstance(found, dict):
        raise UsageError(f"{os.fspath(path)}: holds no variables")
    if not holds_recording(found):
        return found
    held = from_variables(found, os.fspath(path))
    timed = {name: held[name] for name in held if held.times[name] is held.time}
    arrays = {name: array.reshape(-1, 1) if array.ndim == 1 else array for name, array in timed.items()}
    others = {name: value for name, value in found.items() if name not in (*arrays, "time", ABOUT)}
    return {"time": held.time.reshape(-1, 1), **arrays, **others}


def from_variables(variables: Mapping[str, Any], origin: str, evidence: str | None = None) -> Recording:
    """The signals among variables. Raises `EvidenceError` where there is none, naming `origin`."""
    about, objects = _about(variables), _objects(variables)
    said = about.pop("evidence", None)
    if said == "bridge" and evidence not in (None, said):
        raise EvidenceError(f"{origin}: was recorded by this package and is no evidence of class {evidence}")
    claimed = evidence or said or ("simulink" if objects else "foreign")
    if claimed not in get_args(Evidence):
        raise UsageError(f"{origin}: there is no evidence {claimed!r}{offered(claimed, get_args(Evidence))}")
    signals = list(_unlike(_signals(variables))) or list(_with_time_column(variables))
    if not signals:
        raise EvidenceError(f"{origin}: holds no signals over time: no time, timeseries, Dataset or timed structure")
    longest = max((one.time for one in signals), key=len)
    own = {one.name: one.time for one in signals if not np.array_equal(one.time, longest)}
    return Recording(
        {one.name: one.data for one in signals},
        longest,
        times=own,
        evidence=cast(Evidence, claimed),
        origin={"file": origin, **about},
        units={one.name: one.unit for one in signals if one.unit},
    )


def is_recording(variables: Mapping[str, Any]) -> bool:
    """Whether variables say that they are a recording, or each of them beside the clock is a signal over time."""
    clock = next((name for name in _CLOCKS if _is_clock(variables.get(name))), None)
    time = None if clock is None else np.asarray(variables[clock], float).ravel()
    others = [(name, value) for name, value in variables.items() if name != clock]
    if ABOUT in variables:
        return any(True for _ in _signals(variables))
    return bool(others) and all(any(True for _ in _signal(name, value, time)) for name, value in others)


def holds_recording(variables: Mapping[str, Any]) -> bool:
    """Whether variables are signals over time by what they say or are, not only by lying beside a time."""
    plain = ABOUT not in variables and all(isinstance(value, np.ndarray) for value in variables.values())
    return not plain and is_recording(variables)


def others(variables: Mapping[str, Any]) -> list[str]:
    """The variables beside a time that are no signals."""
    clock = next((name for name in _CLOCKS if _is_clock(variables.get(name))), None)
    time = None if clock is None else np.asarray(variables[clock], float).ravel()
    rest = [(name, value) for name, value in variables.items() if name not in (clock, ABOUT)]
    return [name for name, value in rest if not any(True for _ in _signal(name, value, time))]


def to_variables(recording: Recording) -> dict[str, Any]:
    """A recording as variables of a .mat: ``time``, and each signal as a structure with time.

    That is what Simulink calls the format: ``y.time``, ``y.signals.values``, ``y.signals.dimensions``. *To Workspace*
    writes it and *From Workspace* takes it, whatever times a signal has; matrices are stacked along the last dimension.
    """
    variables: dict[str, Any] = {"time": recording.time.reshape(-1, 1)}
    for name, array in recording.items():
        if array.ndim > 2:
            values, dimensions = np.moveaxis(array, 0, -1), np.array([array.shape[1:]], float)
        else:
            values = array.reshape(len(array), math.prod(array.shape[1:]))
            dimensions = np.array([[values.shape[1]]], float)
        signals = {"values": values, "dimensions": dimensions, "label": name}
        free = name if _NAME.fullmatch(name) else _mangled(name)
        while free in variables:
            free = f"{free[:60]}_2"
        variables[free] = {"time": recording.times[name].reshape(-1, 1), "signals": signals}
    facts = {key: str(value) for key, value in recording.origin.items()}
    variables[ABOUT] = {"evidence": recording.evidence, **facts}
    return variables


def _about(variables: Mapping[str, Any]) -> dict[str, str]:
    found = variables.get(ABOUT)
    if not isinstance(found, Struct):
        return {}
    return {key: value.text for key, value in found.items() if isinstance(value, Char | String)}


def _objects(variables: Mapping[str, Any]) -> bool:
    """Whether there is anything that only Simulink makes."""
    from bridge.files.mat_signals import Dataset, SimulationOutput

    return any(isinstance(value, Dataset | SimulationOutput) for value in variables.values())


def _unlike(signals: Iterable[Named]) -> Iterator[Named]:
    """Signals with names of their own: the second ``y`` is ``y#2``, so that none gets lost."""
    seen: dict[str, int] = {}
    for one in signals:
        count = seen[one.name] = seen.get(one.name, 0) + 1
        yield one if count == 1 else one._replace(name=f"{one.name}#{count}")


def _with_time_column(variables: Mapping[str, Any]) -> Iterator[Named]:
    """Matrices whose first column is the time, as To File and many scripts write them, where there is nothing else."""
    for name, value in variables.items():
        if not isinstance(value, np.ndarray) or value.ndim != 2 or value.dtype.kind not in "iuf":
            continue
        upright = value if value.shape[0] >= value.shape[1] else value.T  # To File has a row for each signal
        if len(upright) > 1 and upright.shape[1] > 1 and _is_clock(upright[:, 0]) and upright[-1, 0] > upright[0, 0]:
            yield Named(name, upright[:, 0].astype(float), _narrow(upright[:, 1:]))


def _signals(variables: Mapping[str, Any]) -> Iterator[Named]:
    clock = next((name for name in _CLOCKS if _is_clock(variables.get(name))), None)
    time = None if clock is None else np.asarray(variables[clock], float).ravel()
    for name, value in variables.items():
        if name not in (clock, ABOUT):
            yield from _signal(name, value, time)


def _is_clock(value: Any) -> bool:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iuf" or value.size != max(value.shape, default=0):
        return False
    times = value.ravel().astype(float)
    return bool(times.size and np.isfinite(times).all() and (np.diff(times) >= 0).all())


def _signal(name: str, value: Any, time: Array | None) -> Iterator[Named]:
    from bridge.files.mat_signals import Dataset, Signal, SimulationOutput, Timeseries
    from bridge.files.mat_tables import Timetable

    timed = (Timeseries, Signal, Timetable)
    if isinstance(value, Timeseries):
        seconds = value.time.ravel() * _SECONDS.get(value.time_units.lower(), 1.0)
        yield Named(name, seconds, _narrow(value.samples), value.units)
    elif isinstance(value, Signal):
        yield from _signal(_logged(value) or name, value.values, time)
    elif isinstance(value, Dataset):
        for number, element in enumerate(value):
            yield from _signal(getattr(element, "name", "") or f"{name}{number + 1}", element, time)
    elif isinstance(value, SimulationOutput):
        yield from _signals(dict(value))
    elif isinstance(value, Timetable):
        yield from _columns(value)
    elif isinstance(value, Struct) and value.size == 1 and "time" in value and "signals" in value:
        yield from _structure(name, value, time)
    elif isinstance(value, Struct) and value.size == 1 and any(isinstance(one, timed) for one in value.values()):
        for field, one in value.items():  # a bus
            yield from _signal(f"{name}.{field}", one, time)
    elif time is not None and isinstance(value, np.ndarray) and value.dtype.kind in "biufc" and len(value) == time.size:
        yield Named(name, time, _narrow(value))


def _logged(signal: Any) -> str:
    """What a logged signal is called: its name, else its block and port, without which two lines could be one."""
    if signal.name or not signal.block_path:
        return str(signal.name)
    return f"{signal.block_path[-1]}:{signal.port}" if signal.port > 1 else str(signal.block_path[-1])


def _columns(table: Any) -> Iterator[Named]:
    """The columns of a timetable; its times count from the first row where they are dates."""
    seconds = getattr(table.times, "seconds", None)
    if seconds is None:
        since = table.times.milliseconds - table.times.milliseconds.ravel()[:1] + table.times.low
        seconds = since / 1000
    seconds = np.asarray(seconds, float).ravel()
    units = dict(zip(table, table.units, strict=False))
    for column, data in table.items():
        if isinstance(data, np.ndarray) and data.dtype.kind in "biufc":
            yield Named(column, seconds, _narrow(data), units.get(column, ""))


def _structure(name: str, value: Struct, clock: Array | None) -> Iterator[Named]:
    time, signals = np.asarray(value["time"], float).ravel(), value["signals"]
    for k in range(signals.size):
        one = signals.element(k)
        data = np.asarray(one["values"])
        # A structure without time lies beside the run's own.
        steps = clock if not time.size and clock is not None else time
        if data.ndim > 2 and data.shape[-1] == steps.size:
            data = np.moveaxis(data, -1, 0)
        label = one["label"].text if "label" in one and isinstance(one["label"], Char | String) else ""
        # The name of a variable holds no slash or space; the label of a single signal may.
        called = label if signals.size > 1 or _is_mangled(name, label) else name
        yield Named(called or f"{name}{k + 1}", steps, _narrow(data))


def _is_mangled(name: str, label: str) -> bool:
    """Whether a variable is called so only because MATLAB has no variable of its signal's name."""
    return bool(label) and not _NAME.fullmatch(label) and name.removesuffix("_2").startswith(_mangled(label)[:60])


def _mangled(name: str) -> str:
    """A signal's name as one of a variable."""
    text = re.sub(r"\W", "_", name, flags=re.ASCII)
    return (text if text[:1].isalpha() else f"s_{text}")[:63]


def _narrow(data: Array) -> Array:
    """One column is a scalar signal."""
    return data.reshape(len(data)) if data.ndim == 2 and data.shape[1] == 1 else data


def check_ending(path: str | os.PathLike[str]) -> None:
    """Raise `FileError` for an ending that no recording has."""
    if not os.fspath(path).lower().endswith((".mat", ".csv")):
        raise FileError(path, "a recording is written as .mat or .csv")
