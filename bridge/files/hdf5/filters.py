"""Undoing what was done to a chunk when it was written: deflate, shuffle and the checksum fletcher32."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bridge.files.hdf5.source import Cursor, Source

__all__ = ["Filter", "filters", "unfiltered"]

_DEFLATE, _SHUFFLE, _FLETCHER32 = 1, 2, 3
_NAMES = {4: "szip", 5: "nbit", 6: "scaleoffset", 307: "bzip2", 32000: "lzf", 32001: "blosc", 32004: "lz4",
          32015: "zstd"}  # fmt: skip
_MOST = 32


class Filter(NamedTuple):
    """One step of the pipeline, with its parameters."""

    number: int
    parameters: tuple[int, ...]


def filters(message: Cursor) -> list[Filter]:
    """The pipeline, in the order in which it was applied."""
    source = message.source
    version, count = message.uint(1), message.uint(1)
    if version not in (1, 2):
        source.unsupported(f"has filters in the form of version {version}; 1 and 2 are known")
    if count > _MOST:
        source.malformed(f"has {count} filters, more than {_MOST}")
    message.skip(6 if version == 1 else 0)
    found = []
    for _ in range(count):
        number = message.uint(2)
        name_size = message.uint(2) if version == 1 or number >= 256 else 0
        message.skip(2)
        values = message.uint(2)
        message.skip(name_size + (-name_size % 8 if version == 1 else 0))
        parameters = tuple(message.uint(4) for _ in range(values))
        message.skip(4 if version == 1 and values % 2 else 0)
        if number not in (_DEFLATE, _SHUFFLE, _FLETCHER32):
            source.unsupported(f"is compressed by a filter that is not read here: {_NAMES.get(number, number)}")
        found.append(Filter(number, parameters))
    return found


def unfiltered(source: Source, data: bytes, pipeline: Sequence[Filter], mask: int, size: int) -> bytes:
    """The `size` bytes of a chunk; `mask` has a bit for each step that was left out of it."""
    largest = size + 4 * len(pipeline)
    for number in reversed(range(len(pipeline))):
        if mask >> number & 1:
            continue
        step = pipeline[number]
        if step.number == _DEFLATE:
            data = _inflated(source, data, largest)
        elif step.number == _FLETCHER32:
            data = _checked(source, data)
        else:
            width = step.parameters[0] if step.parameters else 0
            if not 0 < width <= size:
                source.malformed(f"has a chunk shuffled in elements of {width} bytes")
            data = _unshuffled(data, width)
    if len(data) != size:
        source.malformed(f"has a chunk of {len(data):,} bytes where {size:,} should be")
    return data


def _inflated(source: Source, data: bytes, largest: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        found = stream.decompress(data, largest + 1)
    except zlib.error as error:
        source.malformed(f"has a chunk that cannot be decompressed ({error})")
    if len(found) > largest or not stream.eof:
        source.malformed("has a chunk whose compressed data are cut short or too long")
    return found


def _unshuffled(data: bytes, width: int) -> bytes:
    if width == 1:
        return data
    whole = len(data) // width * width
    bytes_first = np.frombuffer(data[:whole], np.uint8).reshape(width, -1)
    return bytes_first.T.tobytes() + data[whole:]


def _checked(source: Source, data: bytes) -> bytes:
    content, stored = data[:-4], int.from_bytes(data[-4:], "little")
    if len(data) < 4 or not _agrees(content, stored):
        source.malformed("has a chunk whose checksum does not fit")
    return content


def _agrees(content: bytes, stored: int) -> bool:
    """Fletcher's checksum over big-endian words of 16 bits, modulo 65535, of which 0 and 65535 are the same."""
    words = np.frombuffer(content + b"\0" * (len(content) % 2), ">u2").astype(np.int64)
    first = int(words.sum()) % 65535
    second = int((words * (np.arange(words.size, 0, -1) % 65535)).sum()) % 65535
    return first == (stored & 0xFFFF) % 65535 and second == (stored >> 16) % 65535
