"""Local heaps, which hold the names in old groups, and global ones, which hold data of variable length."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files.hdf5.datatypes import Datatype
from bridge.files.hdf5.source import Cursor, Source

__all__ = ["LocalHeap", "sequences"]


class LocalHeap:
    """The texts of one group."""

    def __init__(self, source: Source, address: int) -> None:
        self._source = source
        size = 8 + 2 * source.length_size + source.offset_size
        head = source.cursor(address, size, "local heap", b"HEAP")
        head.skip(4)
        length = head.length()
        head.length()
        self._data = source.take(head.offset(), length, "local heap")

    def text(self, at: int) -> bytes:
        """The text that begins at byte `at`."""
        end = self._data.find(b"\0", at)
        if end < 0:
            self._source.malformed(f"has a name at byte {at} of {len(self._data)} in its heap")
        return self._data[at:end]


def sequences(source: Source, data: bytes, element: Datatype, count: int) -> list[npt.NDArray[Any]]:
    """Elements of variable length: how many, and where in which global heap."""
    base = element.base
    if base is None or element.dtype.itemsize != 8 + source.offset_size:
        source.malformed("has variable-length data of an unknown form")
    source.budget.count(count, source.place)
    cursor = Cursor(source, data, "variable-length data")
    found = []
    for _ in range(count):
        length, address, index = cursor.uint(4), cursor.offset(), cursor.uint(4)
        size = length * base.dtype.itemsize
        stored = _global_object(source, address, index) if length else b""
        if len(stored) < size:
            source.malformed(f"has variable-length data of {size:,} bytes, of which {len(stored):,} are stored")
        found.append(np.frombuffer(stored[:size], base.dtype))
    return found


def _global_object(source: Source, address: int, index: int) -> bytes:
    """Object number `index` of the global heap's collection at `address`."""
    found = source.collections.get(address)
    if found is None:
        found = source.collections[address] = _collection(source, address)
    if index not in found:
        source.malformed(f"refers to object {index} of a global heap, which is not there")
    return found[index]


def _collection(source: Source, address: int) -> dict[int, bytes]:
    """The objects of a collection by number."""
    head = source.cursor(address, 8 + source.length_size, "global heap", b"GCOL")
    head.skip(4)
    collection = source.cursor(address, head.length(), "global heap", b"GCOL")
    collection.at = head.at
    source.budget.charge(len(collection.data), source.place)
    found = {}
    while collection.left >= 8 + source.length_size:
        number = collection.uint(2)
        collection.skip(6)
        length = collection.length()
        if number == 0:  # the room that is free
            break
        found[number] = collection.take(length)
        collection.skip(-length % 8)
    return found
