"""How a dataset is stored: in its header, in one piece, or in chunks, and where."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from bridge.files.hdf5.source import Cursor

__all__ = ["ChunkIndex", "Chunked", "Compact", "Contiguous", "layout"]

_COMPACT, _CONTIGUOUS, _CHUNKED, _VIRTUAL = range(4)
_MOST_AXES = 33


class ChunkIndex(IntEnum):
    """The structures that say where the chunks are."""

    BTREE = 0
    SINGLE = 1
    IMPLICIT = 2
    FIXED_ARRAY = 3
    EXTENSIBLE_ARRAY = 4
    BTREE2 = 5


class Compact(NamedTuple):
    """The data themselves."""

    data: bytes


class Contiguous(NamedTuple):
    """One piece at an address."""

    address: int


class Chunked(NamedTuple):
    """Chunks of `sides` elements of `element` bytes.

    Of a single filtered chunk the layout says itself its size in the file and the filters left out.
    """

    by: ChunkIndex
    address: int
    sides: tuple[int, ...]
    element: int
    single: tuple[int, int] | None = None
    edges_unfiltered: bool = False


def layout(message: Cursor) -> Compact | Contiguous | Chunked:
    """What a layout message of versions 1 to 5 says."""
    version = message.uint(1)
    if version in (1, 2):
        return _first(message)
    if version not in (3, 4, 5):  # 5 is 4 with wider sizes in the indexes, which say their widths
        message.source.unsupported(f"is stored in a layout of version {version}; 1 to 5 are known")
    kind = message.uint(1)
    if kind == _COMPACT:
        return Compact(message.take(message.uint(2)))
    if kind == _CONTIGUOUS:
        return Contiguous(message.offset())
    if kind == _VIRTUAL:
        message.source.unsupported("is stored in another file, which is not followed")
    if kind != _CHUNKED:
        message.source.malformed(f"is stored in a layout of class {kind}")
    if version == 3:
        rank, address = _rank(message), message.offset()
        return _chunked(message, ChunkIndex.BTREE, address, tuple(message.uint(4) for _ in range(rank)))
    return _fourth(message)


def _first(message: Cursor) -> Compact | Contiguous | Chunked:
    rank, kind = message.uint(1), message.uint(1)
    message.skip(5)
    address = message.offset() if kind != _COMPACT else 0
    sizes = tuple(message.uint(4) for _ in range(rank))
    if kind == _COMPACT:
        return Compact(message.take(message.uint(4)))
    if kind == _CONTIGUOUS:
        return Contiguous(address)
    if kind != _CHUNKED or not 2 <= rank <= _MOST_AXES:
        message.source.malformed(f"is stored in a layout of class {kind} with {rank} axes")
    return _chunked(message, ChunkIndex.BTREE, address, sizes)


def _rank(message: Cursor) -> int:
    rank = message.uint(1)
    if not 2 <= rank <= _MOST_AXES:
        message.source.malformed(f"is stored in chunks with {rank} axes")
    return rank


def _fourth(message: Cursor) -> Chunked:
    flags, rank, width = message.uint(1), _rank(message), message.uint(1)
    if not 1 <= width <= 8:
        message.source.malformed(f"is stored in chunks whose sizes have {width} bytes")
    sizes = tuple(message.uint(width) for _ in range(rank))
    number = message.uint(1)
    if number not in ChunkIndex._value2member_map_ or number == ChunkIndex.BTREE:
        message.source.unsupported(f"is stored in chunks with an index of type {number}; 1 to 5 are known")
    index = ChunkIndex(number)
    single = None
    if index is ChunkIndex.SINGLE and flags & 2:
        single = message.length(), message.uint(4)
    message.skip({ChunkIndex.FIXED_ARRAY: 1, ChunkIndex.EXTENSIBLE_ARRAY: 5, ChunkIndex.BTREE2: 6}.get(index, 0))
    return _chunked(message, index, message.offset(), sizes, single, bool(flags & 1))


def _chunked(
    message: Cursor, index: ChunkIndex, address: int, sizes: tuple[int, ...],
    single: tuple[int, int] | None = None, edges_unfiltered: bool = False,
) -> Chunked:  # fmt: skip
    if min(sizes) < 1:
        message.source.malformed("is stored in chunks without elements")
    return Chunked(index, address, sizes[:-1], sizes[-1], single, edges_unfiltered)
