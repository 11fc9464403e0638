"""The superblock: the widths of addresses and sizes, and where the root group lies."""

from __future__ import annotations

from bridge.files.hdf5.source import SIGNATURE, Source

__all__ = ["open_root"]

_WIDTHS = (2, 4, 8)


def open_root(source: Source) -> int:
    """The address of the root group's header. The superblock is at byte 0, 512, 1024, 2048, …, after a user's block.

    Addresses count from the superblock, wherever it is found.
    """
    at = 0
    while source.take(at, 8, "superblock") != SIGNATURE if at + 8 <= source.size else True:
        at = max(512, 2 * at)
        if at + 8 > source.size:
            source.malformed("is not HDF5: it has no superblock")
    source.base = at
    head = source.cursor(0, min(source.left(0), 128), "superblock", SIGNATURE)
    version = head.uint(1)
    if version > 3:
        source.unsupported(f"has a superblock of version {version}; 0 to 3 are known")
    if version < 2:
        head.skip(4)
    source.offset_size, source.length_size = head.uint(1), head.uint(1)
    if source.offset_size not in _WIDTHS or source.length_size not in _WIDTHS:
        source.malformed(f"has addresses of {source.offset_size} and sizes of {source.length_size} bytes")
    if version < 2:
        head.skip(13 if version == 1 else 9)
        head.skip(4 * source.offset_size)
        head.offset()  # the name of the root group, which has none
    else:
        head.skip(1 + 3 * source.offset_size)
    return head.offset()
