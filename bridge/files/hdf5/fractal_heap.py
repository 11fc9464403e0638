"""Fractal heaps, which hold the links of large groups and the attributes of objects with many."""

from __future__ import annotations

from bridge.files.hdf5.source import Cursor, Source

__all__ = ["FractalHeap"]


class FractalHeap:
    """One heap: a space of bytes, which a table of blocks of doubling sizes maps into the file."""

    def __init__(self, source: Source, address: int) -> None:
        self._source = source
        width, length = source.offset_size, source.length_size
        head = source.cursor(address, min(source.left(address), 256), "fractal heap", b"FRHP")
        head.skip(1)
        self._id_size, filters = head.uint(2), head.uint(2)
        if filters:
            source.unsupported("has a fractal heap with filters")
        head.skip(1)
        largest_object = head.uint(4)
        head.skip(10 * length + 2 * width)
        self._columns, self._first, self._largest = head.uint(2), head.length(), head.length()
        bits = head.uint(2)
        head.skip(2)
        self._root = head.offset()
        self._rows = head.uint(2)
        self._offset_size = (bits + 7) // 8
        sizes = (self._columns, self._first, self._largest)
        if any(size <= 0 or size & (size - 1) for size in sizes) or self._largest < self._first or bits > 64:
            source.malformed(f"has a fractal heap of {self._columns} columns, blocks of {self._first} bytes and more")
        self._size_size = min((self._largest.bit_length() + 6) // 8, (largest_object.bit_length() + 7) // 8)
        self._direct_rows = (self._largest // self._first).bit_length() + 1
        self._blocks: dict[tuple[int, int], list[int]] = {}

    def object(self, identifier: bytes) -> bytes:
        """The object that an identifier means."""
        cursor = Cursor(self._source, identifier, "identifier of a heap's object")
        head = cursor.uint(1)
        kind = head >> 4 & 3
        if kind == 2:
            if self._id_size > 17:
                self._source.unsupported("has an object in a fractal heap of the extended tiny kind")
            return cursor.take((head & 15) + 1)
        if kind != 0:
            self._source.unsupported("has an object in a fractal heap of the huge kind")
        offset, size = cursor.uint(self._offset_size), cursor.uint(self._size_size)
        at, room = self._locate(offset)
        if size > room:
            self._source.malformed(f"has an object of {size} bytes in a fractal heap, of which {room} fit its block")
        return self._source.take(at, size, "fractal heap")

    def _size_of(self, row: int) -> int:
        return self._first << max(row - 1, 0)

    def _locate(self, offset: int) -> tuple[int, int]:
        """The address of a byte of the heap, and how many bytes follow in its block."""
        address, rows = self._root, self._rows
        if rows == 0:
            return self._inside(address, offset, self._first)
        for _ in range(64):
            row, start = self._row(offset)
            if row >= rows:
                break
            size = self._size_of(row)
            column, within = divmod(offset - start, size)
            address = self._child(address, rows, row * self._columns + column)
            if row < self._direct_rows:
                return self._inside(address, within, size)
            offset = within
            rows = (size // (self._first * self._columns)).bit_length()
        self._source.malformed(f"refers to byte {offset} of a fractal heap, which is not there")

    def _inside(self, address: int, offset: int, size: int) -> tuple[int, int]:
        if not self._source.is_address(address) or offset >= size:
            self._source.malformed("refers to a block of a fractal heap that is not there")
        return address + offset, size - offset

    def _row(self, offset: int) -> tuple[int, int]:
        """The row of the doubling table that a byte lies in, and the byte that this row begins with."""
        wide = self._first * self._columns
        if offset < wide:
            return 0, 0
        row = (offset // wide).bit_length()
        return row, wide << (row - 1)

    def _child(self, address: int, rows: int, number: int) -> int:
        """The address of a child of the indirect block at `address`."""
        source = self._source
        if (address, rows) not in self._blocks:
            if not source.is_address(address):
                source.malformed("refers to a block of a fractal heap that is not there")
            count = rows * self._columns
            size = 5 + source.offset_size + self._offset_size
            block = source.cursor(address, size + count * source.offset_size, "fractal heap", b"FHIB")
            block.skip(size - 4)
            self._blocks[address, rows] = [block.offset() for _ in range(count)]
        return self._blocks[address, rows][number]
