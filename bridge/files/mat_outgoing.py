"""From Python's values to what a .mat file can hold, the same for every version of the format."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import LimitExceeded, MatlabError, UnsupportedContent, UsageError
from bridge.matlab.values import Cell, Char, FunctionHandle, String, Struct, object_array

__all__ = ["Outgoing", "outgoing", "workspace"]

Array = npt.NDArray[Any]
Outgoing = Array | Char | Cell | Struct
"""What both writers take: numbers of two or more dimensions, characters, cells, structures."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}\Z")
_DEPTH = 100
_DTYPES = frozenset(
    np.dtype(code) for code in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c8", "c16")
)


def workspace(thing: Mapping[str, Any], path: str | os.PathLike[str]) -> dict[str, Outgoing]:
    """Every variable of `thing` in a form that the writers take; `UnsupportedContent` names the first that has none."""
    if not isinstance(thing, Mapping):
        raise UsageError(f"a .mat file holds a mapping of names to values, not a {type(thing).__name__}")
    return {_checked(name, "variable", "", path): outgoing(value, str(name), path) for name, value in thing.items()}


def outgoing(value: Any, place: str, path: str | os.PathLike[str], depth: int = 0) -> Outgoing:
    """`value`, which stands at `place`, in a form that the writers take. See `bridge.files.mat.write` for the rules."""
    if depth > _DEPTH:
        raise LimitExceeded(path, f"is nested more than {_DEPTH} levels deep, or in a circle", place)
    if isinstance(value, (np.ndarray, np.generic)):
        return _array(np.asarray(value), place, path, depth)
    if isinstance(value, Char):
        return value
    if isinstance(value, str):
        try:
            return Char(value)
        except (MatlabError, UnicodeError) as error:
            raise UnsupportedContent(path, f"is text that UTF-16 cannot hold ({error})", place) from None
    if isinstance(value, Cell):
        return _cell(list(value), value.shape, place, path, depth)
    if isinstance(value, Struct):
        return _struct(value, place, path, depth)
    if isinstance(value, Mapping):
        return _struct(Struct({str(key): item for key, item in value.items()}), place, path, depth)
    if isinstance(value, (bool, int, float, complex)):
        return _scalar(value, place, path)
    if value is None:
        return np.zeros((0, 0))
    if isinstance(value, (list, tuple, range)):
        return _sequence(value, place, path, depth)
    raise _refusal(value, place, path)


def _checked(name: Any, what: str, place: str, path: str | os.PathLike[str]) -> str:
    if not isinstance(name, str) or not _NAME.match(name):
        raise UnsupportedContent(
            path, f"{name!r} is no name for a {what} in MATLAB (a letter, then letters, digits or _, 63 at most)", place
        )
    return name


def _refusal(value: Any, place: str, path: str | os.PathLike[str]) -> UnsupportedContent:
    kind = type(value).__name__
    advice = ""
    if isinstance(value, String):
        advice = "; write a Char, or a Cell of them"
    elif isinstance(value, FunctionHandle):
        advice = "; write its text"
    elif hasattr(value, "toarray"):
        advice = "; write value.toarray()"
    elif hasattr(value, "__array__"):
        advice = "; write numpy.asarray(value)"
    return UnsupportedContent(path, f"is a {kind}, which cannot be written to a .mat file{advice}", place)


def _scalar(value: complex, place: str, path: str | os.PathLike[str]) -> Array:
    if isinstance(value, bool):
        return np.array([[value]])
    if isinstance(value, int):
        if abs(value) > 2**53 and int(float(value)) != value:
            raise UnsupportedContent(
                path, f"is {value}, which a double cannot hold exactly; write numpy.int64 or a float", place
            )
        return np.array([[float(value)]])
    return np.array([[value]])


def _array(array: Array, place: str, path: str | os.PathLike[str], depth: int) -> Outgoing:
    if array.ndim < 2:
        array = array.reshape(-1, 1)
    if array.dtype.kind == "O":
        return _cell(array.ravel(order="F").tolist(), array.shape, place, path, depth)
    if array.dtype.kind == "U":
        if array.size == 1:
            return outgoing(str(array.flat[0]), place, path, depth)
        return _cell(array.ravel(order="F").tolist(), array.shape, place, path, depth)
    if array.dtype.names:
        fields = {name: object_array(list(array[name].ravel(order="F")), array.shape) for name in array.dtype.names}
        return _struct(Struct.of_fields(fields, array.shape), place, path, depth)
    native = array.dtype.newbyteorder("=")
    if native not in _DTYPES:
        raise UnsupportedContent(path, f"is an array of {array.dtype}, which has no class in MATLAB", place)
    return np.asarray(array, native)


def _cell(items: Sequence[Any], shape: Sequence[int], place: str, path: str | os.PathLike[str], depth: int) -> Cell:
    values = [outgoing(item, f"{place}{{{k + 1}}}", path, depth + 1) for k, item in enumerate(items)]
    return Cell(object_array(values, shape))


def _struct(value: Struct, place: str, path: str | os.PathLike[str], depth: int) -> Struct:
    fields = {}
    for name in value.names:
        _checked(name, "field", place, path)
        items = [outgoing(item, f"{place}.{name}", path, depth + 1) for item in value.all(name)]
        fields[name] = object_array(items, value.shape)
    return Struct.of_fields(fields, value.shape)


def _sequence(items: Sequence[Any], place: str, path: str | os.PathLike[str], depth: int) -> Outgoing:
    if items and all(isinstance(item, (bool, int, float, complex, np.number, np.bool_)) for item in items):
        parts = [np.asarray(outgoing(item, f"{place}({k + 1})", path, depth)) for k, item in enumerate(items)]
        if len({part.dtype for part in parts}) > 1 and any(part.dtype.kind not in "fc" for part in parts):
            raise UnsupportedContent(path, "is a list of numbers of several classes; write a numpy array", place)
        return np.concatenate(parts)
    if not items:
        return np.zeros((0, 0))
    return _cell(items, (len(items), 1), place, path, depth)
