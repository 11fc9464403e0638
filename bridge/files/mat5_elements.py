"""The data elements of a MAT 5 file: tags, array headers, arrays.

A MAT 5 file is a sequence of elements `tag (type, size), bytes, padding to 8`; an array is an element of type
miMATRIX that holds further elements: flags, dimensions, name, then what its class needs. Described in MathWorks'
"MAT-File Format" (chapter 1, Level 5). Objects and function handles (classes 16 and 17) are not described there;
their layout is known from files that MATLAB wrote.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

import numpy as np
import numpy.typing as npt

from bridge.errors import LimitExceeded, MalformedFile, UnsupportedContent
from bridge.files import mat_values
from bridge.files.mat_limits import Budget
from bridge.files.mat_objects import MatObject

__all__ = ["CLASS_NAMES", "Decoder", "Header", "Objects"]

Array = npt.NDArray[Any]

MI_INT8, MI_UINT8, MI_UINT16, MI_UINT32, MI_MATRIX, MI_COMPRESSED = 1, 2, 4, 6, 14, 15
MI_UTF8, MI_UTF16, MI_UTF32 = 16, 17, 18
STORAGE = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}

CELL, STRUCT, OBJECT, CHAR, SPARSE = 1, 2, 3, 4, 5
FUNCTION, OPAQUE = 16, 17
NUMERIC = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
CLASS_NAMES = {
    CELL: "cell", STRUCT: "struct", OBJECT: "object", CHAR: "char", SPARSE: "double", 6: "double", 7: "single",
    8: "int8", 9: "uint8", 10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64",
    FUNCTION: "function_handle", OPAQUE: "opaque",
}  # fmt: skip
FLAG_LOGICAL, FLAG_GLOBAL, FLAG_COMPLEX = 0x02, 0x04, 0x08
MAX_DIMENSIONS = 32
MOST_ELEMENTS = 1 << 48
"""As MATLAB has it; numpy wants the sides of an empty array to fit, too."""


class Objects(Protocol):
    """What turns the file's references to objects into objects: the subsystem."""

    def opaque(self, class_name: str, payload: Any, place: str) -> Any:
        """The object array that `payload`, of class `class_name`, stands for."""

    def reference(self, numbers: Array, place: str) -> Any:
        """The object array that the uint32 column `numbers` refers to."""

    def enumeration(self, stored: Any, place: str) -> Any:
        """The array of enumeration members that the structure `stored` stands for."""


@dataclass(slots=True)
class Header:
    """The beginning of an array: its class, flags, shape and name; `at` and `end` bound what follows."""

    kind: int
    flags: int
    shape: tuple[int, ...]
    name: str
    at: int
    end: int


class Decoder:
    """Reads arrays from `data`, the bytes of one variable or of the subsystem.

    `references`, if given, is asked for every uint32 column that begins with the mark of an object reference;
    it is set only inside the subsystem, where references are plain arrays. With `keep_unstored`, an object whose
    content is not stored is one without properties, else an error.
    """

    def __init__(
        self,
        data: bytes,
        order: str,
        budget: Budget,
        place: str,
        objects: Callable[[], Objects] | None = None,
        *,
        references: bool = False,
        keep_unstored: bool = False,
    ) -> None:
        self.data = data
        self.order = order
        self.budget = budget
        self.places = [place]
        self.objects = objects
        self.references = references
        self.keep_unstored = keep_unstored
        self._words = struct.Struct(order + "II")

    @property
    def place(self) -> str:
        """Where in the file the decoder is: ``net.Layers{2}.Name``."""
        return "".join(self.places)

    def malformed(self, cause: str) -> NoReturn:
        """Raise `MalformedFile` for the place where the decoder is."""
        raise MalformedFile(self.budget.path, cause, self.place)

    def element(self, at: int, end: int) -> tuple[int, int, int, int]:
        """The element at `at`: its type, where its bytes start and stop, and where the next element begins."""
        if end - at < 8:
            self.malformed(f"is cut short: {end - at} bytes are left where an 8-byte tag should stand")
        kind, size = self._words.unpack_from(self.data, at)
        small = kind >> 16
        if small:
            if small > 4:
                self.malformed(f"has a small element of {small} bytes; at most 4 fit")
            return kind & 0xFFFF, at + 4, at + 4 + small, at + 8
        start = at + 8
        stop = start + size
        if stop > end:
            self.malformed(f"is cut short: an element says {size:,} bytes, {end - start:,} are there")
        return kind, start, stop, min(stop + (-size & 7), end)

    def numbers(self, at: int, end: int) -> tuple[Array, int]:
        """The numeric element at `at` as stored, and where the next element begins."""
        kind, start, stop, after = self.element(at, end)
        storage = STORAGE.get(kind)
        if storage is None:
            self.malformed(f"has element type {kind} where numbers should stand")
        width = int(storage[1])
        if (stop - start) % width:
            self.malformed(f"has {stop - start} bytes of {width}-byte numbers")
        return np.frombuffer(self.data, self.order + storage, (stop - start) // width, start), after

    def text(self, at: int, end: int) -> tuple[str, int]:
        """The name at `at` (of an array, class or type system), and where the next element begins."""
        kind, start, stop, after = self.element(at, end)
        if kind not in (MI_INT8, MI_UINT8, MI_UTF8):
            self.malformed(f"has element type {kind} where a name should stand")
        return _name(self.data[start:stop]), after

    def header(self, at: int, end: int) -> Header | None:
        """The header of the array whose element starts at `at`; None for an array of no bytes, MATLAB's `[]`."""
        kind, start, stop, _ = self.element(at, end)
        if kind != MI_MATRIX:
            self.malformed(f"has element type {kind} where an array should stand")
        if stop == start:
            return None
        flags, at = self.numbers(start, stop)
        if flags.dtype.kind not in "iu" or flags.dtype.itemsize != 4 or flags.size != 2:
            self.malformed("has no array flags")
        word = int(flags[0])
        array_class = word & 0xFF
        if array_class not in CLASS_NAMES:
            self.malformed(f"has the unknown array class {array_class}")
        shape: tuple[int, ...] = (1, 1)
        if array_class != OPAQUE:
            dimensions, at = self.numbers(at, stop)
            shape = self.shape(dimensions)
        name, at = self.text(at, stop)
        return Header(array_class, word >> 8 & 0xFF, shape, name, at, stop)

    def shape(self, dimensions: Array) -> tuple[int, ...]:
        """`dimensions` as read, checked."""
        if dimensions.dtype.kind not in "iu" or dimensions.size < 2:
            self.malformed("has fewer than two dimensions")
        if dimensions.size > MAX_DIMENSIONS:
            raise LimitExceeded(
                self.budget.path, f"has {dimensions.size} dimensions, more than {MAX_DIMENSIONS}", self.place
            )
        shape = tuple(int(size) for size in dimensions)
        if min(shape) < 0:
            self.malformed(f"has a negative dimension {min(shape)}")
        if 0 in shape and math.prod(max(size, 1) for size in shape) > MOST_ELEMENTS:
            self.malformed(f"says a size of {' x '.join(map(str, shape))}")
        return shape

    def array(self, at: int, end: int) -> tuple[Any, int]:
        """The value of the array whose element starts at `at`, and where the next element begins."""
        _, _, _, after = self.element(at, end)
        header = self.header(at, end)
        self.budget.count(1, self.places[0])
        if header is None:
            return np.zeros((0, 0)), after
        return self.value(header), after

    def value(self, header: Header) -> Any:
        """The value of the array that `header` begins."""
        kind = header.kind
        if kind in NUMERIC:
            return self._numeric(header)
        if kind == CHAR:
            return self._char(header)
        if kind == SPARSE:
            return self._sparse(header)
        self.budget.enter(self.places[0])
        try:
            if kind == CELL:
                return self._cell(header)
            if kind in (STRUCT, OBJECT):
                return self._struct(header)
            if kind == FUNCTION:
                if not self._count(header):  # the default of a property that holds handles
                    return np.zeros(header.shape)
                return mat_values.function_handle(self._child("", header.at, header.end)[0])
            return self._opaque(header)
        finally:
            self.budget.leave()

    def _count(self, header: Header) -> int:
        return math.prod(header.shape)

    def _child(self, place: str, at: int, end: int) -> tuple[Any, int]:
        self.places.append(place)
        value = self.array(at, end)
        self.places.pop()
        return value

    def _part(self, header: Header, at: int, dtype: np.dtype[Any]) -> tuple[Array, int]:
        """The real or imaginary part at `at` in the array's own class, which may be wider than what is stored."""
        stored, after = self.numbers(at, header.end)
        if stored.size != self._count(header):
            self.malformed(f"is {_by(header.shape)}, but holds {stored.size:,} numbers")
        with np.errstate(invalid="ignore"):
            values = stored.astype(dtype)
        if dtype.kind != "f" and not np.can_cast(stored.dtype, dtype) and not np.array_equal(values, stored):
            self.malformed(f"holds numbers that do not fit its class {dtype}")
        return values, after

    def _numeric(self, header: Header) -> Any:
        dtype = np.dtype(NUMERIC[header.kind])
        count = self._count(header)
        self.budget.charge(count * dtype.itemsize * (3 if header.flags & FLAG_COMPLEX else 1), self.place)
        values, at = self._part(header, header.at, dtype)
        if header.flags & FLAG_COMPLEX:
            imaginary, _ = self._part(header, at, dtype)
            if dtype.kind != "f":
                raise UnsupportedContent(self.budget.path, f"is a complex {dtype} array", self.place)
            together = np.empty(count, np.complex64 if dtype.itemsize == 4 else np.complex128)
            together.real, together.imag = values, imaginary
            values = together
        if header.flags & FLAG_LOGICAL:
            values = values != 0
        if self.references and header.kind == 13 and mat_values.refers(values):
            return self._objects().reference(values, self.place)
        return values.reshape(header.shape, order="F")

    def _char(self, header: Header) -> Any:
        kind, start, stop, _ = self.element(header.at, header.end)
        raw = self.data[start:stop]
        count = self._count(header)
        self.budget.charge(4 * (stop - start) + 2 * count, self.place)
        if not raw:  # some writers leave out characters that are all blank
            return mat_values.char(np.full(count, 0x20, np.uint16), header.shape)
        try:
            if kind == MI_UTF16:
                units = np.frombuffer(raw, self.order + "u2")
            elif kind == MI_UINT16:
                units = _from_pairs(np.frombuffer(raw, self.order + "u2"))
            elif kind in (MI_INT8, MI_UINT8):
                units = np.frombuffer(raw, "u1")
            elif kind == MI_UTF8:
                units = self._units(raw, "utf-8", count)
            elif kind in (MI_UINT32, MI_UTF32):
                units = self._units(raw, "utf-32-le" if self.order == "<" else "utf-32-be", count)
            else:
                self.malformed(f"has element type {kind} where characters should stand")
        except ValueError as error:
            self.malformed(f"has characters that cannot be decoded ({error})")
        if units.size != count:
            self.malformed(f"is {_by(header.shape)}, but holds {units.size:,} characters")
        return mat_values.char(units.astype(np.uint16), header.shape)

    def _units(self, raw: bytes, encoding: str, count: int) -> Array:
        """UTF-16 units, MATLAB's characters. Octave counts the bytes of UTF-8 as characters: then they stay bytes."""
        if encoding == "utf-8" and count == len(raw) and not raw.isascii():
            return np.frombuffer(raw, "u1")
        return np.frombuffer(raw.decode(encoding).encode("utf-16-le"), "<u2")

    def _sparse(self, header: Header) -> Array:
        if len(header.shape) != 2:
            self.malformed(f"is a sparse matrix of {len(header.shape)} dimensions")
        rows, at = self.numbers(header.at, header.end)
        starts, at = self.numbers(at, header.end)
        real, at = self._entries(header, at, int(starts[-1]) if starts.size else 0)
        imaginary = self.numbers(at, header.end)[0] if header.flags & FLAG_COMPLEX else None
        return mat_values.from_sparse(
            header.shape, rows, starts, real, imaginary, bool(header.flags & FLAG_LOGICAL), self.budget, self.place
        )

    def _entries(self, header: Header, at: int, count: int) -> tuple[Array, int]:
        """The real entries of a sparse matrix. MATLAB calls those of a logical one doubles, but writes bytes."""
        if header.flags & FLAG_LOGICAL:
            _, start, stop, after = self.element(at, header.end)
            if stop - start < 8 * count:
                return np.frombuffer(self.data, "u1", stop - start, start), after
        return self.numbers(at, header.end)

    def _cell(self, header: Header) -> Any:
        values = []
        at = header.at
        for index in range(self._fitting(header, self._count(header), at)):
            value, at = self._child(f"{{{index + 1}}}", at, header.end)
            values.append(value)
        if self.references and (stored := mat_values.handle_in_cell(values)) is not None:
            return mat_values.function_handle(stored)
        return mat_values.cell(values, header.shape)

    def spans(self, header: Header) -> list[tuple[int, int]]:
        """Where the elements of a cell array start and stop, without reading them."""
        found = []
        at = header.at
        for _ in range(self._fitting(header, self._count(header), at)):
            after = self.element(at, header.end)[3]
            found.append((at, after))
            at = after
        self.budget.count(len(found), self.places[0])
        return found

    def _fitting(self, header: Header, count: int, at: int) -> int:
        if count * 8 > header.end - at:
            self.malformed(f"is {_by(header.shape)}, more than its {header.end - at:,} bytes can hold")
        return count

    def fields(self, header: Header) -> tuple[str, list[str], int]:
        """The class (of an old-style object, else ""), the field names, and where the first field's value begins."""
        at = header.at
        class_name = ""
        if header.kind == OBJECT:
            class_name, at = self.text(at, header.end)
        width, at = self.numbers(at, header.end)
        if width.size != 1 or width.dtype.kind not in "iu" or int(width[0]) < 1:
            self.malformed("has no length of field names")
        _, start, stop, at = self.element(at, header.end)
        step = int(width[0])
        if (stop - start) % step:
            self.malformed(f"has {stop - start} bytes of field names of {step} bytes each")
        self.budget.count((stop - start) // step, self.places[0])
        return class_name, [_name(self.data[k : k + step]) for k in range(start, stop, step)], at

    def _struct(self, header: Header) -> Any:
        class_name, names, at = self.fields(header)
        count = self._count(header)
        if names:
            self._fitting(header, count * len(names), at)
        self.budget.count(count, self.places[0])
        columns: list[list[Any]] = [[] for _ in names]
        for index in range(count if names else 0):
            element = f"({index + 1})" if count > 1 else ""
            for name, column in zip(names, columns, strict=True):
                value, at = self._child(f"{element}.{name}", at, header.end)
                column.append(value)
        if len(set(names)) < len(names):
            self.malformed("has two fields of one name")
        if header.kind == OBJECT:
            return mat_values.old_object(class_name, names, columns, header.shape)
        value = mat_values.struct(names, columns, header.shape)
        if self.references and mat_values.enumerates(value):
            return self._objects().enumeration(value, self.place)
        return value

    def opaque_names(self, header: Header) -> tuple[str, str, int]:
        """The type system, the class of an opaque array, and where its content begins."""
        system, at = self.text(header.at, header.end)
        class_name, at = self.text(at, header.end)
        return system, class_name, at

    def _opaque(self, header: Header) -> Any:
        system, class_name, at = self.opaque_names(header)
        references, self.references = self.references, False
        payload, _ = self.array(at, header.end)
        self.references = references
        if system == "MCOS" and self.objects is None and self.keep_unstored:
            return MatObject(class_name)
        if system != "MCOS":
            return MatObject(class_name, {"data": payload}, system=system)
        return self._objects().opaque(class_name, payload, self.place)

    def _objects(self) -> Objects:
        if self.objects is None:
            raise UnsupportedContent(self.budget.path, "is an object, whose content is not stored here", self.place)
        return self.objects()


def _from_pairs(units: Array) -> Array:
    """Characters that were saved as plain integers: where MATLAB's locale is UTF-8, `é` is the pair of bytes 0xC3A9.

    They are taken for such pairs if every one beyond ASCII can be one, else for UTF-16.
    """
    high, low = units >> 8, units & 0xFF
    beyond = units > 0x7F
    pairs = (high >= 0xC2) & (high <= 0xDF) & (low >= 0x80) & (low <= 0xBF)
    if not beyond.any() or not pairs[beyond].all():
        return units
    return np.where(beyond, (high & 0x1F) << 6 | low & 0x3F, units)


def _name(raw: bytes) -> str:
    text = raw.split(b"\0", 1)[0]
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape)
