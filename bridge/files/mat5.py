"""MAT 5 files (MATLAB's `-v6` and `-v7`): the header, the list of variables, decompression, the subsystem.

Layout: 116 bytes of text, the offset of the subsystem (8 bytes), the version 0x0100, "IM" (little endian) or "MI",
then one element per variable: miMATRIX, or miCOMPRESSED, a zlib stream of one miMATRIX element.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from bridge.errors import MalformedFile
from bridge.files.mat5_elements import (
    CLASS_NAMES,
    FLAG_COMPLEX,
    FLAG_GLOBAL,
    FLAG_LOGICAL,
    MI_COMPRESSED,
    MI_MATRIX,
    OPAQUE,
    Decoder,
    Objects,
)
from bridge.files.mat_limits import Budget
from bridge.files.mat_values import Variable

__all__ = ["Mat5File", "one_element"]

_HEAD = 512
_LARGEST_RATIO = 1040
"""Deflate cannot make more than 1032 bytes of one; a stream that promises more lies."""


@dataclass(frozen=True)
class _Span:
    """One top-level element: its type, where its bytes start, how many there are."""

    kind: int
    start: int
    size: int


class Mat5File:
    """An open MAT 5 file. Variables are read one at a time, so that a part of a large file costs only that part."""

    def __init__(self, stream: BinaryIO, budget: Budget, natural: bool = True) -> None:
        self._stream = stream
        self._natural = natural
        self.budget = budget
        self.path = budget.path
        self.size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        head = stream.read(128)
        self.order = {b"IM": "<", b"MI": ">"}.get(head[126:128], "")
        if len(head) < 128 or not self.order:
            raise MalformedFile(self.path, "has no complete MAT 5 header (128 bytes)", "byte 0")
        self.subsystem_at = struct.unpack_from(self.order + "Q", head, 116)[0]
        self._subsystem: Objects | None = None

    def _spans(self) -> Iterator[_Span]:
        at = 128
        while at < self.size:
            self._stream.seek(at)
            tag = self._stream.read(8)
            if len(tag) < 8:
                if not tag.strip(b"\0"):
                    return
                raise MalformedFile(self.path, "ends in the middle of a tag", f"byte {at}")
            kind, size = struct.unpack(self.order + "II", tag)
            if kind not in (MI_MATRIX, MI_COMPRESSED):
                raise MalformedFile(self.path, f"has element type {kind} where a variable should begin", f"byte {at}")
            if at + 8 + size > self.size:
                raise MalformedFile(
                    self.path, f"is cut short: a variable of {size:,} bytes begins, {self.size - at - 8:,} are left",
                    f"byte {at}",
                )  # fmt: skip
            yield _Span(kind, at + 8, size)
            at += 8 + size
            if kind == MI_MATRIX:
                at += -size & 7

    def _beginning(self, span: _Span) -> Decoder:
        """A decoder of the first bytes of a variable, enough for its header."""
        self._stream.seek(span.start)
        if span.kind == MI_MATRIX:
            data = struct.pack(self.order + "II", MI_MATRIX, span.size) + self._stream.read(min(span.size, _HEAD))
        else:
            stream = zlib.decompressobj()
            data = b""
            left = span.size
            try:
                while len(data) < _HEAD and left and not stream.eof:
                    piece = self._stream.read(min(left, _HEAD))
                    left -= len(piece)
                    data += stream.decompress(piece, _HEAD)
            except zlib.error as error:
                raise MalformedFile(self.path, f"cannot be decompressed ({error})", f"byte {span.start}") from None
        if len(data) < 8:
            raise MalformedFile(self.path, "is cut short: a compressed variable is empty", f"byte {span.start}")
        kind, size = struct.unpack_from(self.order + "II", data)
        # The element says its whole size, of which only the beginning is here.
        data = struct.pack(self.order + "II", kind, min(size, len(data) - 8)) + data[8:]
        return Decoder(data, self.order, self.budget, f"the variable at byte {span.start - 8}")

    def variables(self) -> Iterator[tuple[Variable, _Span]]:
        """What the file holds, without reading it: name, shape and class of every variable, and where it is."""
        for span in self._spans():
            if span.start - 8 == self.subsystem_at:
                continue
            decoder = self._beginning(span)
            header = decoder.header(0, len(decoder.data))
            if header is None or not header.name:
                continue
            name_of_class = CLASS_NAMES[header.kind]
            shape: tuple[int, ...] | None = header.shape
            if header.kind == OPAQUE:
                name_of_class = decoder.opaque_names(header)[1]
                shape = None
            if header.flags & FLAG_LOGICAL:
                name_of_class = "logical"
            yield (
                Variable(
                    header.name, shape, name_of_class,
                    is_complex=bool(header.flags & FLAG_COMPLEX), is_global=bool(header.flags & FLAG_GLOBAL),
                ),
                span,
            )  # fmt: skip

    def whos(self) -> list[Variable]:
        """Name, shape and class of every variable."""
        return [variable for variable, _ in self.variables()]

    def read(self, wanted: Collection[str] | None = None) -> dict[str, Any]:
        """The variables called `wanted`, all if None, in the file's order."""
        found = {}
        for variable, span in self.variables():
            if wanted is None or variable.name in wanted:
                found[variable.name] = self._value(span, variable.name)
        return found

    def _value(self, span: _Span, name: str) -> Any:
        data = self._element(span, name)
        # MATLAB has written files that say of themselves that the contents of their objects are nowhere.
        objects = self._objects if self.subsystem_at else None
        decoder = Decoder(data, self.order, self.budget, name, objects, keep_unstored=objects is None)
        return decoder.array(0, len(data))[0]

    def _element(self, span: _Span, place: str) -> bytes:
        """The miMATRIX element at `span`, decompressed, with its tag."""
        self._stream.seek(span.start)
        if span.kind == MI_MATRIX:
            self.budget.charge(span.size, place)
            return struct.pack(self.order + "II", MI_MATRIX, span.size) + self._stream.read(span.size)
        compressed = self._stream.read(span.size)
        stream = zlib.decompressobj()
        try:
            data = stream.decompress(compressed, 8)
            if len(data) < 8:
                raise MalformedFile(self.path, "is cut short: its compressed data hold no tag", place)
            kind, size = struct.unpack(self.order + "II", data)
            if kind != MI_MATRIX:
                raise MalformedFile(self.path, f"has element type {kind} where an array should stand", place)
            if size > span.size * _LARGEST_RATIO:
                raise MalformedFile(
                    self.path, f"says {size:,} bytes, which {span.size:,} compressed bytes cannot hold", place
                )
            self.budget.charge(size, place)
            if size:
                data += stream.decompress(stream.unconsumed_tail, size)
            # The stream's checksum, and padding at most, are still to come.
            rest = b"" if stream.eof else stream.decompress(stream.unconsumed_tail, 8)
        except zlib.error as error:
            raise MalformedFile(self.path, f"cannot be decompressed ({error})", place) from None
        if len(data) < size + 8:
            raise MalformedFile(self.path, f"is cut short: says {size:,} bytes, {len(data) - 8:,} are there", place)
        if not stream.eof and (rest or stream.unconsumed_tail):  # MATLAB for Mac may leave out the stream's end
            raise MalformedFile(self.path, "has compressed data after its end", place)
        return data

    def _objects(self) -> Objects:
        if self._subsystem is None:
            from bridge.files.mcos import Subsystem
            from bridge.files.mcos_cells import cells_of_mat5

            for span in self._spans():
                if span.start - 8 == self.subsystem_at:
                    data = self._element(span, "subsystem")
                    break
            else:
                raise MalformedFile(
                    self.path, "holds objects, but no subsystem, the part in which their contents lie", "header"
                )
            self._subsystem = Subsystem(cells_of_mat5(data, self.order, self.budget), self.budget, self._natural)
        return self._subsystem


def one_element(data: bytes, budget: Budget, *, keep_unstored: bool = False) -> Any:
    """The value in `data`: a header of 8 bytes (version, byte order, padding), then one element.

    With `keep_unstored`, an object in it, whose content is never stored, is one without properties, else an error.
    """
    order = {b"IM": "<", b"MI": ">"}.get(data[2:4], "")
    if not order or len(data) < 16:
        raise MalformedFile(budget.path, "has no header of a stored array", "byte 0")
    return Decoder(data, order, budget, "the array", keep_unstored=keep_unstored).array(8, len(data))[0]
