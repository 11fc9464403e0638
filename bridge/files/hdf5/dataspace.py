"""How many elements there are: dataspaces of versions 1 and 2."""

from __future__ import annotations

import math
from typing import NamedTuple

from bridge.files.hdf5.source import Cursor

__all__ = ["Dataspace", "dataspace"]

_MOST_AXES = 32
_MOST_ELEMENTS = 1 << 48  # as MATLAB has it; numpy wants the sides of an empty array to fit, too
_NULL = 2


class Dataspace(NamedTuple):
    """The axes; no shape for a null dataspace. `largest` is what the axes may grow to, None without bound."""

    shape: tuple[int, ...] | None
    largest: tuple[int | None, ...] = ()


def dataspace(message: Cursor) -> Dataspace:
    """What a dataspace message says."""
    source = message.source
    version, rank, flags = message.uint(1), message.uint(1), message.uint(1)
    if version == 1:
        kind = 1
        message.skip(5)
    elif version == 2:
        kind = message.uint(1)
    else:
        source.unsupported(f"has a dataspace of version {version}; 1 and 2 are known")
    if rank > _MOST_AXES:
        source.malformed(f"has {rank} dimensions, more than {_MOST_AXES}")
    if kind == _NULL:
        return Dataspace(None)
    shape = tuple(message.length() for _ in range(rank))
    if math.prod(max(size, 1) for size in shape) > _MOST_ELEMENTS:
        source.malformed(f"has {' x '.join(map(str, shape))} elements")
    if not flags & 1:
        return Dataspace(shape, shape)
    endless = (1 << (8 * source.length_size)) - 1
    sizes = [message.length() for _ in range(rank)]
    return Dataspace(shape, tuple(None if size == endless else size for size in sizes))
