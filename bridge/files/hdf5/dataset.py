"""A dataset: what its header says, and its elements, read after their size was charged."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files.hdf5.chunks import Chunk, chunks
from bridge.files.hdf5.dataspace import Dataspace, dataspace
from bridge.files.hdf5.datatypes import Datatype, datatype
from bridge.files.hdf5.filters import Filter, filters, unfiltered
from bridge.files.hdf5.heaps import sequences
from bridge.files.hdf5.layout import Chunked, Contiguous, layout
from bridge.files.hdf5.objects import (
    DATASPACE,
    DATATYPE,
    EXTERNAL_FILES,
    FILL,
    FILTERS,
    LAYOUT,
    OLD_FILL,
    HDF5Object,
)
from bridge.files.hdf5.source import Cursor

__all__ = ["Dataset"]

Array = npt.NDArray[Any]


class Dataset:
    """The dataset in `thing`."""

    def __init__(self, thing: HDF5Object) -> None:
        self.thing = thing

    @cached_property
    def space(self) -> Dataspace:
        """How many elements along every axis."""
        return dataspace(self.thing.one(DATASPACE, "dataspace"))

    @cached_property
    def datatype(self) -> Datatype:
        """What the elements are."""
        return datatype(self.thing.one(DATATYPE, "datatype"))

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes, slowest first; one without elements for a null dataspace."""
        return (0,) if self.space.shape is None else self.space.shape

    @property
    def size(self) -> int:
        """The number of bytes that the elements take."""
        return math.prod(self.shape) * self.datatype.dtype.itemsize

    def read(self) -> Array:
        """The elements, in an array of their own, which the caller has charged to the budget."""
        source, dtype, shape = self.thing.source, self.datatype.dtype, self.shape
        if EXTERNAL_FILES in self.thing.messages:
            source.unsupported("is stored in another file, which is not followed")
        stored = layout(self.thing.one(LAYOUT, "layout"))
        if self.size == 0:
            return np.empty(shape, dtype)
        if isinstance(stored, Chunked):
            return self._chunked(stored)
        if isinstance(stored, Contiguous):
            if not source.is_address(stored.address):
                return self._filled()
            data = source.take(stored.address, self.size, "data")
        else:
            data = stored.data
            if len(data) < self.size:
                source.malformed(f"has {len(data):,} bytes of data where {self.size:,} should be")
        return np.frombuffer(data, dtype, math.prod(shape)).reshape(shape).copy()

    def read_sequences(self) -> list[Array]:
        """Elements of variable length, one array each, in the order of the file; charged to the budget."""
        count = math.prod(self.shape)
        self.thing.source.budget.charge(self.size, self.thing.source.place)
        return sequences(self.thing.source, self.read().tobytes(), self.datatype, count)

    def _filled(self) -> Array:
        """An array of the value that stands for what was never written."""
        dtype = self.datatype.dtype
        found = np.zeros(self.shape, dtype)
        value = self._fill_value()
        if len(value) == dtype.itemsize and value.strip(b"\0"):
            found[...] = np.frombuffer(value, dtype)[0]
        return found

    def _fill_value(self) -> bytes:
        messages, source = self.thing.messages, self.thing.source
        if FILL in messages:
            message = Cursor(source, messages[FILL][0][1], "fill value")
            version = message.uint(1)
            if version >= 3:
                defined = message.uint(1) & 0x20
            else:
                message.skip(2)
                defined = message.uint(1) or version == 1
            return message.take(message.uint(4)) if defined and message.left >= 4 else b""
        if OLD_FILL in messages:
            message = Cursor(source, messages[OLD_FILL][0][1], "fill value")
            return message.take(message.uint(4))
        return b""

    def _chunked(self, stored: Chunked) -> Array:
        source, dtype, shape = self.thing.source, self.datatype.dtype, self.shape
        if len(stored.sides) != len(shape) or stored.element != dtype.itemsize:
            source.malformed(
                f"has chunks of {len(stored.sides)} axes and elements of {stored.element} bytes for data of"
                f" {len(shape)} axes and {dtype.itemsize} bytes"
            )
        size = math.prod(stored.sides) * stored.element
        source.budget.charge(size, source.place)
        pipeline = filters(self.thing.one(FILTERS, "filters")) if FILTERS in self.thing.messages else []
        found = self._filled()
        seen: set[tuple[int, ...]] = set()
        for chunk in chunks(source, stored, self.space, bool(pipeline)):
            if any(at % side for at, side in zip(chunk.start, stored.sides, strict=True)) or chunk.start in seen:
                source.malformed(f"has a chunk out of place, at element {chunk.start}")
            seen.add(chunk.start)
            if any(at >= axis for at, axis in zip(chunk.start, shape, strict=True)):
                continue  # left over from before the dataset was made smaller
            data = self._chunk(chunk, stored, pipeline, size)
            there = tuple(slice(at, at + side) for at, side in zip(chunk.start, stored.sides, strict=True))
            target = found[there]
            whole = np.frombuffer(data, dtype).reshape(stored.sides)
            target[...] = whole[tuple(slice(0, axis) for axis in target.shape)]
        return found

    def _chunk(self, chunk: Chunk, stored: Chunked, pipeline: list[Filter], size: int) -> bytes:
        source = self.thing.source
        if stored.edges_unfiltered and any(
            at + side > axis for at, side, axis in zip(chunk.start, stored.sides, self.shape, strict=True)
        ):
            pipeline, stored_size = [], size
        else:
            stored_size = chunk.size
        return unfiltered(source, source.take(chunk.address, stored_size, "chunk"), pipeline, chunk.mask, size)
