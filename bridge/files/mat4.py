"""MAT 4 files: one record after the other, each a header of five integers, a name, and columns of numbers.

Described in MathWorks' "MAT-File Format" (chapter 1, Level 4). The first integer is decimal MOPT: M byte order (0
little endian, 1 big), O zero, P precision, T 0 full, 1 text, 2 sparse (columns: row, column, real, imaginary part).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from bridge.errors import MalformedFile, UnsupportedContent
from bridge.files import mat_values
from bridge.files.mat_limits import Budget
from bridge.files.mat_values import Variable

__all__ = ["Mat4File", "is_mat4"]

_PRECISION = ("f8", "f4", "i4", "i2", "u2", "u1")
_TEXT, _SPARSE = 1, 2


@dataclass(frozen=True)
class _Record:
    variable: Variable
    kind: int
    dtype: np.dtype[Any]
    shape: tuple[int, int]
    start: int
    parts: int


def _mopt(head: bytes) -> tuple[str, int, int] | None:
    """Byte order, precision and kind in the first integer of a record; None if it cannot be one."""
    if len(head) < 20:
        return None
    for order, digit in (("<", 0), (">", 1)):
        word = struct.unpack_from(order + "i", head)[0]
        m, rest = divmod(word, 1000)
        o, rest = divmod(rest, 100)
        p, t = divmod(rest, 10)
        if m == digit and o == 0 and p < len(_PRECISION) and t in (0, _TEXT, _SPARSE):
            return order, p, t
    return None


def is_mat4(head: bytes) -> bool:
    """Whether `head` can be the beginning of a MAT 4 file: a possible record header with a name."""
    found = _mopt(head)
    if found is None:
        return False
    rows, columns, imaginary, length = struct.unpack_from(found[0] + "4i", head, 4)
    name = head[20 : 20 + length]
    return rows >= 0 and columns >= 0 and imaginary in (0, 1) and 1 < length < 256 and name[:1].isalpha()


class Mat4File:
    """An open MAT 4 file."""

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self._stream = stream
        self.budget = budget
        self.size = stream.seek(0, os.SEEK_END)

    def _records(self) -> Iterator[_Record]:
        at = 0
        while at < self.size:
            place = f"byte {at}"
            self._stream.seek(at)
            head = self._stream.read(20)
            found = _mopt(head)
            if found is None:
                raise MalformedFile(self.budget.path, "has no header of a MAT 4 variable", place)
            order, precision, kind = found
            rows, columns, imaginary, length = struct.unpack_from(order + "4i", head, 4)
            if rows < 0 or columns < 0 or imaginary not in (0, 1) or not 0 < length < 4096:
                raise MalformedFile(self.budget.path, "has an impossible header of a MAT 4 variable", place)
            name = self._stream.read(length).split(b"\0", 1)[0].decode("latin-1")
            dtype = np.dtype(order + _PRECISION[precision])
            parts = 1 + (imaginary if kind != _SPARSE else 0)
            start = at + 20 + length
            at = start + rows * columns * dtype.itemsize * parts
            if at > self.size:
                raise MalformedFile(self.budget.path, f"is cut short: {at - self.size:,} bytes are missing", name)
            name_of_class = "char" if kind == _TEXT else "double"
            complex_ = bool(imaginary) if kind != _SPARSE else columns == 4
            variable = Variable(name, (rows, columns) if kind != _SPARSE else None, name_of_class, is_complex=complex_)
            yield _Record(variable, kind, dtype, (rows, columns), start, parts)

    def whos(self) -> list[Variable]:
        """Name, shape and class of every variable; a sparse matrix says its shape only in its content."""
        return [record.variable for record in self._records()]

    def read(self, wanted: Collection[str] | None = None) -> dict[str, Any]:
        """The variables called `wanted`, all if None, in the file's order."""
        return {
            record.variable.name: self._value(record)
            for record in self._records()
            if wanted is None or record.variable.name in wanted
        }

    def _value(self, record: _Record) -> Any:
        name = record.variable.name
        rows, columns = record.shape
        count = rows * columns * record.parts
        self.budget.count(1, name)
        self.budget.charge(count * 24, name)
        self._stream.seek(record.start)
        stored = np.frombuffer(self._stream.read(count * record.dtype.itemsize), record.dtype)
        if record.kind == _TEXT:
            if stored.size and not (np.isfinite(stored).all() and stored.min() >= 0 and stored.max() < 0x10000):
                raise MalformedFile(self.budget.path, "is text with numbers that are not characters", name)
            return mat_values.char(stored[: rows * columns].astype(np.uint16), record.shape)
        values = stored.astype(np.float64)
        if record.kind == _SPARSE:
            return self._sparse(values.reshape(record.shape, order="F"), name)
        if record.parts == 2:
            together = np.empty(rows * columns, np.complex128)
            together.real, together.imag = values[: rows * columns], values[rows * columns :]
            return together.reshape(record.shape, order="F")
        return values.reshape(record.shape, order="F")

    def _sparse(self, entries: npt.NDArray[np.float64], name: str) -> npt.NDArray[Any]:
        """The full matrix: each row is `row, column, value`, counted from 1; the last one says the size."""
        if entries.shape[0] < 1 or entries.shape[1] not in (3, 4):
            raise UnsupportedContent(self.budget.path, f"is a sparse matrix of {entries.shape[1]} columns", name)
        places = entries[:, :2]
        size = places[-1]
        whole = np.isfinite(places).all() and (places == np.floor(places)).all() and (places >= 0).all()
        if not whole or (places[:-1] < 1).any() or (places[:-1] > size).any() or (size > 2**31).any():
            raise MalformedFile(self.budget.path, "is a sparse matrix with an entry outside of it", name)
        height, width = int(size[0]), int(size[1])
        dtype = np.dtype(np.complex128 if entries.shape[1] == 4 else np.float64)
        self.budget.charge(height * width * dtype.itemsize, name)
        full = np.zeros((height, width), dtype, order="F")
        values = entries[:-1, 2] if entries.shape[1] == 3 else entries[:-1, 2] + 1j * entries[:-1, 3]
        full[places[:-1, 0].astype(np.int64) - 1, places[:-1, 1].astype(np.int64) - 1] = values
        return full
