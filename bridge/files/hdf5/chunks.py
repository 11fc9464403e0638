"""Where the chunks of a dataset lie, by each of the indexes that HDF5 has for them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bridge.files.hdf5 import btree, btree2
from bridge.files.hdf5.chunk_arrays import extensible_array, fixed_array
from bridge.files.hdf5.dataspace import Dataspace
from bridge.files.hdf5.layout import Chunked, ChunkIndex
from bridge.files.hdf5.source import Cursor, Source

__all__ = ["Chunk", "chunks"]


class Chunk(NamedTuple):
    """A chunk: the element that it begins at along every axis, where it lies, its bytes there, the filters left out."""

    start: tuple[int, ...]
    address: int
    size: int
    mask: int = 0


def chunks(source: Source, layout: Chunked, space: Dataspace, filtered: bool) -> Iterator[Chunk]:
    """Every chunk that is stored. Each is charged to the budget as a part."""
    if not source.is_address(layout.address):  # nothing was ever written
        return
    size = math.prod(layout.sides) * layout.element
    match layout.by:
        case ChunkIndex.BTREE:
            yield from _of_btree(source, layout)
        case ChunkIndex.SINGLE:
            stored, mask = layout.single or (size, 0)
            yield Chunk((0,) * len(layout.sides), layout.address, stored, mask)
        case ChunkIndex.IMPLICIT:
            _, counts = _grid(layout, space)
            for k in range(_charged(source, counts)):
                yield Chunk(_start(k, counts, layout.sides), layout.address + k * size, size)
        case ChunkIndex.BTREE2:
            yield from _of_btree2(source, layout, filtered, size)
        case _:
            yield from _of_array(source, layout, space, filtered, size)


def _of_btree(source: Source, layout: Chunked) -> Iterator[Chunk]:
    rank = len(layout.sides)
    for key, address in btree.leaves(source, layout.address, btree.RAW, 16 + 8 * rank):
        words = [int.from_bytes(key[at : at + 8], "little") for at in range(8, 8 + 8 * rank, 8)]
        yield Chunk(tuple(words), address, int.from_bytes(key[:4], "little"), int.from_bytes(key[4:8], "little"))


def _of_btree2(source: Source, layout: Chunked, filtered: bool, size: int) -> Iterator[Chunk]:
    rank = len(layout.sides)
    for record in btree2.records(source, layout.address, (10, 11)):
        cursor = Cursor(source, record, "index of chunks")
        address, stored, mask = cursor.offset(), size, 0
        if filtered:
            stored = cursor.uint(max(len(record) - source.offset_size - 4 - 8 * rank, 0))
            mask = cursor.uint(4)
        yield Chunk(tuple(cursor.uint(8) * side for side in layout.sides), address, stored, mask)


def _of_array(source: Source, layout: Chunked, space: Dataspace, filtered: bool, size: int) -> Iterator[Chunk]:
    """Of an array with an entry for every chunk that there may be; the axis that can grow comes first in its order."""
    axes, counts = _grid(layout, space)
    needed = _needed(layout, space)
    sides = [layout.sides[axis] for axis in axes]
    reader = fixed_array if layout.by is ChunkIndex.FIXED_ARRAY else extensible_array
    back = [axes.index(axis) for axis in range(len(axes))]
    last = 1 + sum((needed[axis] - 1) * math.prod(counts[k + 1 :]) for k, axis in enumerate(axes))
    source.budget.count(last, source.place)
    for number, entry in enumerate(reader(source, layout.address, last)):
        cursor = Cursor(source, entry, "index of chunks")
        address, stored, mask = cursor.offset(), size, 0
        if filtered:
            stored, mask = cursor.uint(max(len(entry) - source.offset_size - 4, 0)), cursor.uint(4)
        if source.is_address(address):
            start = _start(number, counts, sides)
            yield Chunk(tuple(start[k] for k in back), address, stored, mask)


def _needed(layout: Chunked, space: Dataspace) -> list[int]:
    """How many chunks there are along every axis."""
    return [-(-size // side) for size, side in zip(space.shape or (), layout.sides, strict=True)]


def _grid(layout: Chunked, space: Dataspace) -> tuple[list[int], list[int]]:
    """The axes in the order of the index, slowest first, and how many chunks may come to be along each."""
    needed = _needed(layout, space)
    axes = list(range(len(needed)))
    for axis, largest in enumerate(space.largest):
        if largest is None:
            axes.remove(axis)
            axes.insert(0, axis)
            break
    counts = []
    for axis in axes:
        largest = space.largest[axis]
        counts.append(needed[axis] if largest is None else -(-largest // layout.sides[axis]))
    return axes, counts


def _charged(source: Source, counts: Sequence[int]) -> int:
    total = math.prod(counts)
    source.budget.count(total, source.place)
    return total


def _start(number: int, counts: Sequence[int], sides: Sequence[int]) -> tuple[int, ...]:
    """The first element of chunk `number` in a grid of `counts` chunks."""
    found = []
    for count, side in zip(reversed(counts), reversed(sides), strict=True):
        number, here = divmod(number, max(count, 1))
        found.append(here * side)
    return tuple(reversed(found))
