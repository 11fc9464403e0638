"""Writing MAT 7.3 files, HDF5 behind a MATLAB header, laid out as `mat73` describes. Equal values give equal bytes."""

from __future__ import annotations

import io
import os
import string
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge import storage
from bridge.files.mat_outgoing import Outgoing, workspace
from bridge.matlab.values import Cell, Char, Struct, class_of

__all__ = ["write_mat73"]

HEADER_TEXT = b"MATLAB 7.3 MAT-file, written by bridge (simulink-bridge) HDF5 schema 1.00 ."
"""No date: the same values make the same bytes."""

_COMPRESSED_FROM = 8192
_MOST_FIELDS_IN_AN_ATTRIBUTE = 4000
"""HDF5 bounds the size of an attribute; the names of more fields stand in a dataset to which it refers."""


def write_mat73(thing: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write the variables of `thing` to `path`."""
    import h5py

    variables = workspace(thing, path)
    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=512) as file:
        writer = _Writer(file)
        for name, value in variables.items():
            writer.put(file, name, value)
    content.seek(0)
    content.write(HEADER_TEXT.ljust(116) + bytes(8) + b"\x00\x02IM")
    storage.replace(path, content.getvalue())


class _Writer:
    def __init__(self, file: Any) -> None:
        import h5py

        self._h5py = h5py
        self._file = file
        self._count = 0

    def put(self, group: Any, name: str, value: Outgoing) -> Any:
        """Write `value` as the member `name` of `group`."""
        if isinstance(value, Cell):
            return self._cell(group, name, value)
        if isinstance(value, Struct):
            return self._struct(group, name, value)
        if isinstance(value, Char):
            return self._numbers(group, name, value.codes.astype(np.uint16), "char", 2)
        if value.dtype.kind == "b":
            return self._numbers(group, name, value.astype(np.uint8), "logical", 1)
        return self._numbers(group, name, value, class_of(value), 0)

    def _label(self, node: Any, kind: str, decode: int = 0) -> Any:
        node.attrs["MATLAB_class"] = np.bytes_(kind)
        if decode:
            node.attrs["MATLAB_int_decode"] = np.int32(decode)
        return node

    def _numbers(self, group: Any, name: str, value: npt.NDArray[Any], kind: str, decode: int) -> Any:
        if value.size == 0:
            return self._label(self._empty(group, name, value.shape), kind, decode)
        if value.dtype.kind == "c":
            part = np.dtype(f"f{value.dtype.itemsize // 2}")
            pairs = np.empty(value.shape, [("real", part), ("imag", part)])
            pairs["real"], pairs["imag"] = value.real, value.imag
            value = pairs
        options = {"compression": "gzip", "compression_opts": 3} if value.nbytes >= _COMPRESSED_FROM else {}
        return self._label(group.create_dataset(name, data=value.T, track_times=False, **options), kind, decode)

    def _empty(self, group: Any, name: str, shape: tuple[int, ...]) -> Any:
        node = group.create_dataset(name, data=np.array(shape, np.uint64), track_times=False)
        node.attrs["MATLAB_empty"] = np.uint8(1)
        return node

    def _referenced(self, value: Outgoing) -> Any:
        """A reference to `value`, written into the group that holds what cells and structure arrays contain."""
        return self.put(self._contents(), _letters(self._count_up()), value).ref

    def _contents(self) -> Any:
        return self._file.require_group("#refs#")

    def _count_up(self) -> int:
        self._count += 1
        return self._count - 1

    def _references(self, group: Any, name: str, items: list[Outgoing], shape: tuple[int, ...]) -> Any:
        references = np.empty(len(items), self._h5py.ref_dtype)
        for k, item in enumerate(items):
            references[k] = self._referenced(item)
        data = references.reshape(shape, order="F").T
        return group.create_dataset(name, data=data, dtype=self._h5py.ref_dtype, track_times=False)

    def _cell(self, group: Any, name: str, value: Cell) -> Any:
        if value.size == 0:
            return self._label(self._empty(group, name, value.shape), "cell")
        return self._label(self._references(group, name, list(value), value.shape), "cell")

    def _struct(self, group: Any, name: str, value: Struct) -> Any:
        if value.size == 0 or not value.names:
            node = self._empty(group, name, value.shape)
        else:
            node = group.create_group(name)
            for field in value.names:
                if value.size == 1:
                    self.put(node, field, value[field])
                else:
                    self._references(node, field, value.all(field), value.shape)
        if value.names:
            names = np.empty(len(value.names), object)
            for k, field in enumerate(value.names):
                names[k] = np.frombuffer(field.encode("ascii"), "S1")
            kind = self._h5py.vlen_dtype(np.dtype("S1"))
            if len(names) <= _MOST_FIELDS_IN_AN_ATTRIBUTE:
                node.attrs.create("MATLAB_fields", names, dtype=kind)
            else:
                options = {"dtype": kind, "track_times": False}
                elsewhere = self._contents().create_dataset(_letters(self._count_up()), data=names, **options)
                node.attrs.create("MATLAB_fields", elsewhere.ref, dtype=self._h5py.ref_dtype)
        return self._label(node, "struct")


def _letters(number: int) -> str:
    """0, 1, ... as a, b, ..., z, aa, ab, ..., the names that MATLAB gives."""
    text = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        text = string.ascii_lowercase[digit] + text
    return text
