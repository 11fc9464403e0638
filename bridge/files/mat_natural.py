"""Objects of well-known classes as values of their own: `string` as a `String`, `table` as a `Table`, and so on.

Each converter takes the properties that MATLAB stores. Where they are not as expected (another release, another way
of saving) it raises `Unfamiliar`, and the object stays a `MatObject`, with everything that the file says.
The layouts were read from files that MATLAB wrote (R2012b to R2024b).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files import mat_values
from bridge.files.mat_objects import MatObject
from bridge.matlab.values import Cell, Char, String, Struct, object_array

__all__ = ["Unfamiliar", "flag", "is_read_at_once", "natural", "number", "structure", "text", "texts"]

_HOMES = {
    "calendarDuration": "mat_times",
    "categorical": "mat_tables",
    "containers.Map": "mat_maps",
    "datetime": "mat_times",
    "dictionary": "mat_maps",
    "duration": "mat_times",
    "ss": "mat_signals",
    "table": "mat_tables",
    "timeseries": "mat_signals",
    "timetable": "mat_tables",
    "Simulink.Parameter": "mat_signals",
    "Simulink.SimulationData.Dataset": "mat_signals",
    "Simulink.SimulationData.Signal": "mat_signals",
    "Simulink.SimulationData.State": "mat_signals",
    "Simulink.SimulationOutput": "mat_signals",
}
_PARTS = frozenset(
    {
        "function_handle_workspace",
        "ltipack.ssdata",
        "tsdata.StreamingStorage",
        "tsdata.datametadata",
        "tsdata.interpolation",
        "tsdata.timemetadata",
    }
)
"""Classes without a natural value that stand inside of ones with one, and so must be read with them."""


class Unfamiliar(Exception):
    """The object's properties are not those that the converter knows."""


def is_read_at_once(class_name: str) -> bool:
    """Whether objects of the class are read where they are mentioned, not later."""
    return (
        class_name in _HOMES
        or class_name in _PARTS
        or class_name in ("string", "function_handle_object")
        or class_name.startswith("Simulink.SimulationData.")
    )


def natural(thing: MatObject) -> Any:
    """The value of an object of a well-known class; the object itself of any other class, or in an unknown form."""
    try:
        if thing.class_name == "string":
            return _string(thing)
        if thing.class_name == "function_handle_object":
            return mat_values.function_handle(thing.properties.get("any"))
        home = _HOMES.get(thing.class_name)
        if home is None:
            return thing
        converter: Callable[[MatObject], Any] = import_module(f"bridge.files.{home}").CONVERTERS[thing.class_name]
        return converter(thing)
    except (Unfamiliar, KeyError):
        return thing


def _string(thing: MatObject) -> String:
    """A string array: words `1, ndims, sizes..., lengths...`, then UTF-16 text four units to the word.

    A length of 2^64 - 1 is a missing string, here None.
    """
    words = thing.properties.get("any")
    if not isinstance(words, np.ndarray) or words.dtype != np.uint64 or words.size < 4:
        raise Unfamiliar
    words = words.ravel(order="F")
    rank = int(words[1])
    if int(words[0]) != 1 or not 2 <= rank <= words.size - 2:
        raise Unfamiliar
    shape = tuple(int(size) for size in words[2 : 2 + rank])
    count = math.prod(shape)
    if count > words.size - 2 - rank:
        raise Unfamiliar
    lengths = [int(length) for length in words[2 + rank : 2 + rank + count]]
    units = words[2 + rank + count :].astype("<u8").view("<u2")
    texts: list[str | None] = []
    at = 0
    for length in lengths:
        if length == 2**64 - 1:
            texts.append(None)
            continue
        if at + length > units.size:
            raise Unfamiliar
        texts.append(units[at : at + length].tobytes().decode("utf-16-le", "surrogatepass"))
        at += length
    return String(object_array(texts, shape))


def text(value: Any) -> str:
    """The text of a character row or of one string."""
    if isinstance(value, Char) and (value.size == 0 or value.shape[0] == 1):
        return str(value)
    if isinstance(value, String) and value.size == 1:
        return "" if value.values.flat[0] is None else value.text
    if isinstance(value, np.ndarray) and value.size == 0:
        return ""
    raise Unfamiliar


def texts(value: Any) -> list[str]:
    """The texts of a cell array of character rows, or of a string array."""
    if isinstance(value, String):
        return ["" if item is None else str(item) for item in value]
    if isinstance(value, Cell):
        return [text(item) for item in value]
    if isinstance(value, np.ndarray) and value.size == 0:
        return []
    raise Unfamiliar


def number(value: Any) -> float:
    """A real scalar."""
    if not isinstance(value, np.ndarray) or value.size != 1 or value.dtype.kind not in "biuf":
        raise Unfamiliar
    return float(value.flat[0])


def flag(value: Any) -> bool:
    """A logical scalar; an empty array is false."""
    if isinstance(value, np.ndarray) and value.size == 0:
        return False
    return number(value) != 0


def structure(value: Any) -> Struct:
    """One structure."""
    if not isinstance(value, Struct) or value.size != 1:
        raise Unfamiliar
    return value


def doubles(value: Any) -> npt.NDArray[np.float64]:
    """Real numbers in double precision."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        raise Unfamiliar
    return value.astype(np.float64)
