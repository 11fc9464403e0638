"""Writing MAT 5 files (MATLAB's `-v6`; compressed, `-v7`), little endian, with bytes that depend only on the values."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge import storage
from bridge.errors import LimitExceeded
from bridge.files.mat_outgoing import Outgoing, workspace
from bridge.matlab.values import Cell, Char, Struct

__all__ = ["write_mat5"]

HEADER_TEXT = b"MATLAB 5.0 MAT-file, written by bridge (simulink-bridge)"
"""No date: the same values make the same bytes."""

_STORAGE = {"i1": 1, "u1": 2, "i2": 3, "u2": 4, "i4": 5, "u4": 6, "f4": 7, "f8": 9, "i8": 12, "u8": 13}
_CLASSES = {"f8": 6, "f4": 7, "i1": 8, "u1": 9, "i2": 10, "u2": 11, "i4": 12, "u4": 13, "i8": 14, "u8": 15}
_CELL, _STRUCT, _CHAR = 1, 2, 4
_LOGICAL, _COMPLEX = 0x0200, 0x0800
_INT8, _INT32, _UINT32, _MATRIX, _COMPRESSED, _UTF8, _UTF16 = 1, 5, 6, 14, 15, 16, 17
_LARGEST = 2**31 - 1


def write_mat5(thing: Mapping[str, Any], path: str | os.PathLike[str], *, compress: bool = True) -> None:
    """Write the variables of `thing` to `path`; `LimitExceeded` for one of 2 GiB, which needs version 7.3."""
    storage.replace(path, content(thing, path, compress=compress))


def content(thing: Mapping[str, Any], path: str | os.PathLike[str] = "", *, compress: bool = True) -> bytes:
    """The bytes of such a file; `path` is named in errors."""
    parts = [HEADER_TEXT.ljust(116) + bytes(8) + b"\x00\x01IM"]
    for name, value in workspace(thing, path).items():
        element = _matrix(value, name)
        if len(element) > _LARGEST:
            raise LimitExceeded(path, 'takes more than 2 GiB; write version "7.3"', name)
        if compress:
            packed = zlib.compress(element)
            element = struct.pack("<II", _COMPRESSED, len(packed)) + packed
        parts.append(element)
    return b"".join(parts)


def _element(kind: int, data: bytes) -> bytes:
    if 0 < len(data) <= 4:
        return struct.pack("<HH", kind, len(data)) + data.ljust(4, b"\0")
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) & 7)


def _numbers(array: npt.NDArray[Any]) -> bytes:
    stored = np.ascontiguousarray(array.ravel(order="F"), array.dtype.newbyteorder("<"))
    return _element(_STORAGE[f"{array.dtype.kind}{array.dtype.itemsize}"], stored.tobytes())


def _matrix(value: Outgoing, name: str = "") -> bytes:
    if isinstance(value, Cell):
        return _array(_CELL, value.shape, name, [_matrix(item) for item in value])
    if isinstance(value, Struct):
        return _array(_STRUCT, value.shape, name, _fields(value))
    if isinstance(value, Char):
        return _array(_CHAR, value.shape, name, [_characters(value.codes.ravel(order="F"))])
    if value.dtype.kind == "b":
        return _array(_CLASSES["u1"] | _LOGICAL, value.shape, name, [_numbers(value.astype(np.uint8))])
    if value.dtype.kind == "c":
        parts = [_numbers(value.real), _numbers(value.imag)]
        return _array(_CLASSES[f"f{value.dtype.itemsize // 2}"] | _COMPLEX, value.shape, name, parts)
    return _array(_CLASSES[f"{value.dtype.kind}{value.dtype.itemsize}"], value.shape, name, [_numbers(value)])


def _characters(units: npt.NDArray[Any]) -> bytes:
    """MATLAB's choice since 7.0: UTF-8 for what is ASCII, else UTF-16. Its plain integers depend on the locale."""
    if (units < 128).all():
        return _element(_UTF8, units.astype(np.uint8).tobytes())
    return _element(_UTF16, units.astype("<u2").tobytes())


def _array(flags: int, shape: tuple[int, ...], name: str, content: Iterable[bytes]) -> bytes:
    parts = [
        _element(_UINT32, struct.pack("<II", flags, 0)),
        _element(_INT32, struct.pack(f"<{len(shape)}i", *shape)),
        _element(_INT8, name.encode("ascii")),
        *content,
    ]
    data = b"".join(parts)
    return struct.pack("<II", _MATRIX, len(data)) + data


def _fields(value: Struct) -> list[bytes]:
    width = max((len(name) for name in value.names), default=0) + 1
    names = b"".join(name.encode("ascii").ljust(width, b"\0") for name in value.names)
    columns = [value.all(name) for name in value.names]
    records = [_matrix(item) for record in zip(*columns, strict=True) for item in record]
    return [_element(_INT32, struct.pack("<i", width)), _element(_INT8, names), *records]
