"""`table`, `timetable` and `categorical` objects from .mat files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files.mat_natural import Unfamiliar, doubles, flag, number, structure, text, texts
from bridge.files.mat_objects import MatObject
from bridge.files.mat_times import Datetime, Duration
from bridge.matlab.values import Cell, Struct, object_array

__all__ = ["CONVERTERS", "Categorical", "Table", "Timetable"]


@dataclass(frozen=True, eq=False)
class Categorical:
    """Categories by number: element k is `categories[codes[k] - 1]`; code 0 is `<undefined>`."""

    codes: npt.NDArray[np.unsignedinteger[Any]]
    categories: tuple[str, ...]
    ordinal: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The size, at least two numbers."""
        return self.codes.shape

    @property
    def labels(self) -> npt.NDArray[Any]:
        """The name of each element's category, None where it has none."""
        names = (None, *self.categories)
        return object_array([names[int(code)] for code in self.codes.ravel(order="F")], self.codes.shape)


@dataclass(frozen=True, eq=False)
class Table(Mapping[str, Any]):
    """A table: a mapping from the names of its variables to their values, each with `rows` rows."""

    columns: dict[str, Any]
    rows: int
    row_names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    description: str = ""
    user_data: Any = field(default=None, repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


@dataclass(frozen=True, eq=False)
class Timetable(Table):
    """A table with a time for each row, `times`; `time_name` is what the table calls it."""

    times: Datetime | Duration = field(default_factory=lambda: Duration(np.zeros((0, 1))))
    time_name: str = "Time"


def _categorical(thing: MatObject) -> Categorical:
    codes = thing.properties["codes"]
    names = tuple(texts(thing.properties["categoryNames"]))
    if not isinstance(codes, np.ndarray) or codes.dtype.kind != "u" or (codes.size and codes.max() > len(names)):
        raise Unfamiliar
    return Categorical(codes, names, flag(thing.properties["isOrdinal"]))


def _columns(data: Any, names: list[str]) -> dict[str, Any]:
    if not isinstance(data, Cell) or data.size != len(names) or len(set(names)) != len(names):
        raise Unfamiliar
    return dict(zip(names, data, strict=True))


def _table(thing: MatObject) -> Table:
    stored = thing.properties
    about = stored.get("props")
    about = about if isinstance(about, Struct) and about.size == 1 else Struct()
    return Table(
        _columns(stored["data"], texts(stored["varnames"])),
        int(number(stored["nrows"])),
        tuple(texts(stored["rownames"])),
        tuple(texts(about.get("VariableUnits", Cell()))),
        tuple(texts(about.get("VariableDescriptions", Cell()))),
        text(about.get("Description", np.zeros((0, 0)))),
        about.get("UserData"),
    )


def _timetable(thing: MatObject) -> Timetable:
    stored = structure(thing.properties["any"])
    rows = int(number(stored["numRows"]))
    about = stored.get("arrayProps")
    about = about if isinstance(about, Struct) and about.size == 1 else Struct()
    return Timetable(
        _columns(stored["data"], texts(stored["varNames"])),
        rows,
        (),
        tuple(texts(stored.get("varUnits", Cell()))),
        tuple(texts(stored.get("varDescriptions", Cell()))),
        text(about.get("Description", np.zeros((0, 0)))),
        about.get("UserData"),
        _row_times(stored["rowTimes"], rows),
        (texts(stored["dimNames"]) or ["Time"])[0],
    )


def _row_times(stored: Any, rows: int) -> Datetime | Duration:
    """The times as stored, or the regular ones of a structure: `origin + k * step`, or `origin + k / rate` seconds."""
    if isinstance(stored, (Datetime, Duration)):
        return stored
    regular = structure(stored)
    origin, step = regular["origin"], regular["stepSize"]
    if rows > 2**31:
        raise Unfamiliar
    counted = np.arange(rows, dtype=np.float64).reshape(-1, 1)
    if flag(regular["specifiedAsRate"]):
        offset = counted / number(regular["sampleRate"]) * 1000
    elif isinstance(step, Duration):
        offset = counted * doubles(step.milliseconds)
    else:  # steps of months or days differ in length
        raise Unfamiliar
    if isinstance(origin, Duration):
        return Duration(origin.milliseconds + offset, origin.format)
    if isinstance(origin, Datetime):
        return Datetime(origin.milliseconds + offset, origin.low + 0 * offset, origin.timezone, origin.format)
    raise Unfamiliar


CONVERTERS = {"categorical": _categorical, "table": _table, "timetable": _timetable}
