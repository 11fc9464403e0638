"""What Simulink logs and reads: `timeseries`, `Dataset`, `SimulationOutput`, `Simulink.Parameter`; and `ss` systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import UsageError
from bridge.files.mat_natural import Unfamiliar, doubles, flag, number, structure, text, texts
from bridge.files.mat_objects import MatObject, MatObjectArray
from bridge.linear_system import LinearSystem
from bridge.matlab.values import Cell, Char, Struct

__all__ = ["CONVERTERS", "Dataset", "Parameter", "Signal", "SimulationOutput", "Timeseries"]

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Timeseries:
    """Samples over time: `time` T x 1; `data` T x n where `time_first`, else sizes... x T, as MATLAB has it.

    `samples` has time first in either case. `interpolation` is "linear" or "zoh" (hold).
    """

    time: npt.NDArray[np.float64]
    data: Array
    name: str = ""
    units: str = ""
    time_units: str = "seconds"
    interpolation: str = "linear"
    time_first: bool = True
    start_date: str = ""

    @property
    def samples(self) -> Array:
        """`data` with time along the first axis: T x sizes..."""
        return self.data if self.time_first else np.moveaxis(self.data, -1, 0)


@dataclass(frozen=True, eq=False)
class Signal:
    """A logged signal or state: `values` is a `Timeseries`, or for a bus a structure of them.

    `block_path` is one path for each level of model reference; `port` counts from 1, 0 for a state.
    """

    name: str
    values: Any
    block_path: tuple[str, ...] = ()
    port: int = 0
    kind: str = "signal"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Logged elements in order, most of them `Signal`; ``dataset["name"]`` is the first one with that name."""

    name: str
    elements: tuple[Any, ...]

    def names(self) -> list[str]:
        """The elements' names, which need not differ."""
        return [str(getattr(element, "name", "")) for element in self.elements]

    def __getitem__(self, key: int | str) -> Any:
        if isinstance(key, int):
            return self.elements[key]
        for element in self.elements:
            if getattr(element, "name", None) == key:
                return element
        raise KeyError(f"no element '{key}'; there are {', '.join(self.names()) or 'none'}")

    def __len__(self) -> int:
        return len(self.elements)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.elements)


@dataclass(frozen=True, eq=False)
class SimulationOutput(Mapping[str, Any]):
    """What `sim` returns: a mapping from names (`tout`, `logsout`, ToWorkspace variables) to values."""

    variables: dict[str, Any]
    metadata: Any = field(default=None, repr=False)
    error: str = ""

    def __getitem__(self, name: str) -> Any:
        return self.variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)


@dataclass(frozen=True, eq=False)
class Parameter:
    """A `Simulink.Parameter`: what stands for it in expressions is `value`. `properties` are all that it stores."""

    value: Any
    data_type: str = "auto"
    properties: dict[str, Any] = field(default_factory=dict, repr=False)


def _fields(thing: Any) -> Mapping[str, Any]:
    """The properties of an object, or the structure that stands for one."""
    if isinstance(thing, MatObject):
        return thing.fields
    return structure(thing)


def _timeseries(thing: MatObject) -> Timeseries:
    stored = thing.properties
    about, clock = _fields(stored["DataInfo"]), _fields(stored["TimeInfo"])
    time = _times(stored, clock)
    time_first = flag(stored["IsTimeFirst_"])
    data = stored["Data_"]
    if isinstance(stored.get("Storage_"), MatObject):
        data = _streamed(stored["Storage_"], time_first)
    if not isinstance(data, np.ndarray) or (data.shape[0] if time_first else data.shape[-1]) != time.size:
        if isinstance(data, np.ndarray) and not time_first and time.size == 1:
            data = data.reshape((*data.shape, 1))  # MATLAB drops a last size of 1
        else:
            raise Unfamiliar
    interpolation = about.get("Interpolation")
    return Timeseries(
        time, data, text(stored["Name"]), _units(about.get("Units")), text(clock["Units"]),
        text(_fields(interpolation)["Name"]) if isinstance(interpolation, MatObject) else "linear",
        time_first, text(clock.get("StartDate", Char())),
    )  # fmt: skip


def _times(stored: Mapping[str, Any], clock: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    """The times as stored, or `start + k * increment`."""
    for candidate in (clock.get("Time_"), stored.get("Time_")):
        if isinstance(candidate, np.ndarray) and candidate.size:
            return doubles(candidate).reshape(-1, 1, order="F")
    length = number(clock["Length"])
    if not 0 <= length < 2**31:
        raise Unfamiliar
    if length == 0:
        return np.zeros((0, 1))
    counted = np.arange(int(length), dtype=np.float64).reshape(-1, 1)
    return number(clock["Start_"]) + counted * number(clock["Increment_"])


def _streamed(storage: MatObject, time_first: bool) -> Array:
    """Data as a simulation streams them, with time along the last axis, turned as the timeseries has them."""
    data = storage.properties["Data"]
    if not isinstance(data, np.ndarray):
        raise Unfamiliar
    if flag(storage.properties["IsTimeStorageFirst"]) == time_first:
        return data
    return data.T if data.ndim == 2 else np.moveaxis(data, -1, 0)


def _units(value: Any) -> str:
    if value is None:
        return ""
    try:
        return text(value)
    except Unfamiliar:
        return ""


def _leaf(values: Any) -> Any:
    """Logged values: as they are, or from the structure that a Dataset stores for a timeseries."""
    if not isinstance(values, Struct) or "LeafMarker" not in values:
        return values
    leaf = structure(values)
    if text(leaf["ElementType"]) != "timeseries" or "Data" not in leaf:
        raise Unfamiliar
    if "CompressedTime" in leaf:
        start, step, count = (float(part) for part in doubles(leaf["CompressedTime"]).ravel())
        if not 0 <= count < 2**31:
            raise Unfamiliar
        time = start + step * np.arange(int(count), dtype=np.float64).reshape(-1, 1)
    else:
        time = doubles(leaf["Time"]).reshape(-1, 1, order="F")
    data = leaf["Data"]
    sizes = structure(leaf["SignalAttributes"])["Dimension"] if "SignalAttributes" in leaf else np.ones((1, 1))
    time_first = sizes.size == 1
    if time_first and data.shape[0] != time.size:
        data = data.T
    if not isinstance(data, np.ndarray) or data.shape[0 if time_first else -1] != time.size:
        raise Unfamiliar
    units = leaf.get("DataUnits")
    return Timeseries(
        time, data, text(leaf["Name"]), text(units["Value"]) if isinstance(units, Struct) else "",
        interpolation=text(leaf["InterpMethod"]), time_first=time_first, start_date=text(leaf["StartDate"]),
    )  # fmt: skip


def _signal(thing: Any) -> Signal:
    stored = _fields(thing)
    kind = text(stored["ElementType"]) if "ElementType" in stored else thing.class_name.rpartition(".")[2].lower()
    port = stored.get("PortIndex")
    return Signal(
        text(stored["Name"]),
        _leaf(stored["Values"]),
        _block_path(stored.get("BlockPath")),
        int(number(port)) if port is not None else 0,
        kind,
    )


def _block_path(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, MatObject):
        for inner in value.fields.values():
            if isinstance(inner, Cell):
                return tuple(texts(inner))
        return ()
    if isinstance(value, Char):
        return (text(value),)
    return tuple(texts(value))


def _dataset(thing: MatObject) -> Dataset:
    stored = structure(thing.properties["any"]) if "any" in thing.properties else thing.properties
    storage = stored.get("Storage", stored.get("Storage_"))
    held = _fields(storage)
    elements = held.get("Elements", held.get("Elements_"))
    if isinstance(storage, MatObject) and "any" in storage.properties:
        elements = structure(storage.properties["any"])["Elements"]
    if isinstance(elements, MatObjectArray):
        return Dataset(text(stored["Name"]), tuple(elements))
    if not isinstance(elements, Cell):
        raise Unfamiliar
    return Dataset(text(stored["Name"]), tuple(_element(element) for element in elements))


def _element(element: Any) -> Any:
    if isinstance(element, Struct) and "ElementType" in element:
        return _signal(element)
    return element


def _simulation_output(thing: MatObject) -> SimulationOutput:
    error = thing.properties.get("ErrorMessage")
    return SimulationOutput(
        dict(structure(thing.properties["Data"])),
        thing.properties.get("Metadata"),
        "" if error is None else text(error),
    )


def _parameter(thing: MatObject) -> Parameter:
    data_type = thing.properties.get("DataType")
    return Parameter(
        thing.properties["Value"], "auto" if data_type is None else text(data_type), dict(thing.properties)
    )


def _state_space(thing: MatObject) -> LinearSystem:
    data = _fields(thing.properties["Data_"])
    descriptor = data.get("e")
    if isinstance(descriptor, np.ndarray) and descriptor.size:
        raise Unfamiliar
    if any(isinstance(part, np.ndarray) and part.any() for part in structure(data["Delay"]).values()):
        raise Unfamiliar
    try:
        return LinearSystem(
            doubles(data["a"]), doubles(data["b"]), doubles(data["c"]), doubles(data["d"]), number(data["Ts"]) or None
        )
    except UsageError:
        raise Unfamiliar from None


CONVERTERS = {
    "ss": _state_space,
    "timeseries": _timeseries,
    "Simulink.Parameter": _parameter,
    "Simulink.SimulationData.Dataset": _dataset,
    "Simulink.SimulationData.Signal": _signal,
    "Simulink.SimulationData.State": _signal,
    "Simulink.SimulationOutput": _simulation_output,
}
