"""The bytes of an HDF5 file: every access is checked, every failure a `FileError` that says where it is."""

from __future__ import annotations

import os
from typing import BinaryIO, NoReturn

from bridge.errors import MalformedFile, UnsupportedContent
from bridge.files.mat_limits import Budget

__all__ = ["SIGNATURE", "Cursor", "Source"]

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_IN_MEMORY = 1 << 24
"""Smaller files are read whole, for thousands of small pieces are wanted; of larger ones only what is asked for."""


class Source:
    """An open file. `place` names, for errors, what is being read: a variable, a field; the caller sets it."""

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self.budget = budget
        self.path = budget.path
        self.place = "file"
        self.base = 0
        self.offset_size = 8
        self.length_size = 8
        self.collections: dict[int, dict[int, bytes]] = {}
        """The global heaps that were read, by address."""
        self._stream = stream
        self.size = stream.seek(0, os.SEEK_END)
        self._data: bytes | None = None
        if self.size <= _IN_MEMORY:
            stream.seek(0)
            self._data = stream.read()
            self.size = len(self._data)

    def malformed(self, cause: str) -> NoReturn:
        """Raise `MalformedFile` for what is being read."""
        raise MalformedFile(self.path, cause, self.place)

    def unsupported(self, cause: str) -> NoReturn:
        """Raise `UnsupportedContent` for what is being read."""
        raise UnsupportedContent(self.path, cause, self.place)

    def take(self, at: int, size: int, what: str) -> bytes:
        """`size` bytes of `what` at address `at`, which counts from the superblock."""
        start = at + self.base
        if start + size > self.size:
            self.malformed(f"is cut short: {what} at byte {start:,} has {size:,} bytes, the file {self.size:,}")
        if self._data is not None:
            return self._data[start : start + size]
        self._stream.seek(start)
        data = self._stream.read(size)
        if len(data) < size:
            self.malformed(f"is cut short: {what} at byte {start:,} has {size:,} bytes, of which {len(data):,} came")
        return data

    def cursor(self, at: int, size: int, what: str, signature: bytes = b"") -> Cursor:
        """A cursor over `size` bytes of `what`, after the `signature` with which they have to begin."""
        data = self.take(at, size, what)
        if not data.startswith(signature):
            self.malformed(f"has no {what} at byte {at + self.base:,}")
        return Cursor(self, data, what, len(signature))

    def left(self, at: int) -> int:
        """How many bytes there are from address `at` to the end of the file."""
        return max(self.size - self.base - at, 0)

    def is_address(self, address: int) -> bool:
        """Whether an address is one, not the mark of something that is absent."""
        return address != (1 << (8 * self.offset_size)) - 1


class Cursor:
    """Little-endian numbers one after the other, from a piece of the file called `what`."""

    __slots__ = ("at", "data", "source", "what")

    def __init__(self, source: Source, data: bytes, what: str, at: int = 0) -> None:
        self.source = source
        self.data = data
        self.what = what
        self.at = at

    def uint(self, size: int) -> int:
        """The next `size` bytes as a number."""
        at = self.at
        self.at = end = at + size
        if end > len(self.data):
            self._short()
        return int.from_bytes(self.data[at:end], "little")

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        at = self.at
        self.at = end = at + size
        if end > len(self.data):
            self._short()
        return self.data[at:end]

    def skip(self, size: int) -> None:
        """Pass over `size` bytes."""
        self.at += size

    def text(self) -> bytes:
        """The bytes up to the next NUL, which is passed over."""
        end = self.data.find(b"\0", self.at)
        if end < 0:
            self._short()
        found = self.data[self.at : end]
        self.at = end + 1
        return found

    def offset(self) -> int:
        """An address."""
        return self.uint(self.source.offset_size)

    def length(self) -> int:
        """A size, which has a width of its own."""
        return self.uint(self.source.length_size)

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self.data) - self.at

    def _short(self) -> NoReturn:
        self.source.malformed(f"is broken: its {self.what} ends too early")
