"""What elements are: datatypes of versions 1 to 3, as numpy's."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple, NoReturn

import numpy as np

from bridge.files.hdf5.source import Cursor, Source

__all__ = ["Datatype", "Kind", "datatype"]

_DEEPEST = 8
_LARGEST = 1 << 24
_MOST_MEMBERS = 4096
_FLOATS = {  # by size: where the exponent begins, its bits, the mantissa's bits, the exponent's bias
    2: (10, 5, 10, 15),
    4: (23, 8, 23, 127),
    8: (52, 11, 52, 1023),
}
_NAMES = ("number", "number", "time", "text", "bit field", "opaque", "compound", "reference", "enumeration",
          "variable-length", "array", "complex")  # fmt: skip


class Kind(enum.Enum):
    """What the elements stand for."""

    NUMBER = "number"
    LOGICAL = "logical"
    TEXT = "text"
    REFERENCE = "reference"
    COMPOUND = "compound"
    SEQUENCE = "variable-length data"
    OTHER = "other data"


class Datatype(NamedTuple):
    """`dtype` is how an element lies in the file; `base` what a variable-length element is made of."""

    kind: Kind
    dtype: np.dtype[Any]
    base: Datatype | None = None


def datatype(message: Cursor) -> Datatype:
    """What a datatype message says; the cursor moves behind it."""
    return _Parser(message).parse(0)


class _Parser:
    def __init__(self, message: Cursor) -> None:
        self._message = message
        self._source: Source = message.source

    def _refuse(self, what: str) -> NoReturn:
        self._source.unsupported(f"has a datatype that is not read here: {what}")

    def parse(self, depth: int) -> Datatype:
        message = self._message
        if depth > _DEEPEST:
            self._source.malformed(f"has a datatype nested more than {_DEEPEST} deep")
        head, bits, size = message.uint(1), message.uint(3), message.uint(4)
        kind, version = head & 15, head >> 4
        if not 0 < size <= _LARGEST:
            self._source.malformed(f"has a datatype of {size:,} bytes")
        if version > 5:
            self._refuse(f"version {version}")
        if kind in (0, 4):
            return self._integer(bits, size)
        if kind == 1:
            return self._float(bits, size)
        if kind == 3:
            return Datatype(Kind.TEXT, np.dtype(f"S{size}"))
        if kind == 5:
            message.skip(bits & 255)
            return Datatype(Kind.OTHER, np.dtype(f"V{size}"))
        if kind == 6:
            return self._compound(version, bits & 0xFFFF, size, depth)
        if kind == 7:
            if bits & 15 or size not in (2, 4, 8):
                return Datatype(Kind.OTHER, np.dtype(f"V{size}"))
            return Datatype(Kind.REFERENCE, np.dtype(f"<u{size}"))
        if kind == 8:
            return self._enumeration(version, bits & 0xFFFF, depth)
        if kind == 9:
            return Datatype(Kind.SEQUENCE, np.dtype(f"V{size}"), self.parse(depth + 1))
        if kind == 10:
            return self._array(version, size, depth)
        return self._refuse(_NAMES[kind] if kind < len(_NAMES) else f"class {kind}")

    def _integer(self, bits: int, size: int) -> Datatype:
        shift, precision = self._message.uint(2), self._message.uint(2)
        if size not in (1, 2, 4, 8) or shift or precision != 8 * size:
            self._refuse(f"an integer of {precision} bits in {size} bytes")
        return Datatype(Kind.NUMBER, np.dtype(f"{'>' if bits & 1 else '<'}{'i' if bits & 8 else 'u'}{size}"))

    def _float(self, bits: int, size: int) -> Datatype:
        message = self._message
        shift, precision = message.uint(2), message.uint(2)
        found = message.uint(1), message.uint(1), message.uint(1), message.uint(1), message.uint(4)
        place, width, mantissa_at, mantissa, bias = found
        if (place, width, mantissa, bias) != _FLOATS.get(size) or shift or mantissa_at or precision != 8 * size:
            self._refuse(f"a floating-point number of {precision} bits in {size} bytes")
        if bits & 0x40:
            self._refuse("a floating-point number in the VAX's order of bytes")
        return Datatype(Kind.NUMBER, np.dtype(f"{'>' if bits & 1 else '<'}f{size}"))

    def _compound(self, version: int, count: int, size: int, depth: int) -> Datatype:
        message = self._message
        if not 0 < count <= _MOST_MEMBERS:
            self._source.malformed(f"has a compound datatype of {count} members")
        width = (size.bit_length() + 7) // 8
        names: list[str] = []
        formats: list[np.dtype[Any]] = []
        offsets: list[int] = []
        for _ in range(count):
            names.append(self._name(version))
            offsets.append(message.uint(width if version >= 3 else 4))
            if version == 1:
                if message.uint(1):
                    self._refuse("a compound of arrays, in the form of version 1")
                message.skip(27)
            formats.append(self.parse(depth + 1).dtype)
            if offsets[-1] + formats[-1].itemsize > size:
                self._source.malformed(f"has a compound datatype whose member {names[-1]} lies outside of it")
        if len(set(names)) < count or "" in names:
            self._source.malformed("has a compound datatype with two members of one name")
        layout = {"names": names, "formats": formats, "offsets": offsets, "itemsize": size}
        return Datatype(Kind.COMPOUND, np.dtype(layout))  # type: ignore[call-overload]

    def _enumeration(self, version: int, count: int, depth: int) -> Datatype:
        base = self.parse(depth + 1)
        if base.kind is not Kind.NUMBER or base.dtype.kind not in "iu":
            self._source.malformed("has an enumeration that is not made of integers")
        names = [self._name(version) for _ in range(count)]
        stored = self._message.take(count * base.dtype.itemsize)
        if base.dtype.itemsize == 1 and dict(zip(names, stored, strict=True)) == {"FALSE": 0, "TRUE": 1}:
            return Datatype(Kind.LOGICAL, base.dtype)
        return base

    def _name(self, version: int) -> str:
        message = self._message
        start = message.at
        name = message.text().decode("utf-8", "replace")
        if version < 3:  # padded to 8 bytes, from where it begins
            message.skip(-(message.at - start) % 8)
        return name

    def _array(self, version: int, size: int, depth: int) -> Datatype:
        message = self._message
        rank = message.uint(1)
        message.skip(3 if version < 3 else 0)
        message.skip(4 * rank * (2 if version < 3 else 1))
        base = self.parse(depth + 1)
        return Datatype(Kind.OTHER, np.dtype(f"V{size}"), base)
