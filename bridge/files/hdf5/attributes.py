"""The attributes of an object: in its header, or, where there are many, in a fractal heap."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bridge.files.hdf5 import btree2
from bridge.files.hdf5.dataspace import dataspace
from bridge.files.hdf5.datatypes import Kind, datatype
from bridge.files.hdf5.fractal_heap import FractalHeap
from bridge.files.hdf5.heaps import sequences
from bridge.files.hdf5.objects import ATTRIBUTE, ATTRIBUTE_INFO, DATASPACE, DATATYPE, HDF5Object, shared
from bridge.files.hdf5.source import Cursor

__all__ = ["Attribute", "attributes"]


class Attribute(NamedTuple):
    """An attribute: an array of numbers, references or texts; a list of such arrays where lengths vary."""

    kind: Kind
    value: npt.NDArray[Any] | list[npt.NDArray[Any]]


def attributes(thing: HDF5Object, wanted: Collection[str]) -> dict[str, Attribute]:
    """Those of the object's attributes that are called one of `wanted`; of others nothing but the name is read."""
    found = {}
    for message in _messages(thing):
        name, attribute = _attribute(message, wanted)
        if attribute is not None:
            found[name] = attribute
    return found


def _messages(thing: HDF5Object) -> Iterator[Cursor]:
    source = thing.source
    for flags, data in thing.messages.get(ATTRIBUTE, ()):
        message = Cursor(source, data, "attribute")
        yield shared(message, ATTRIBUTE, "attribute") if flags & 2 else message
    for _, data in thing.messages.get(ATTRIBUTE_INFO, ()):
        info = Cursor(source, data, "attribute info")
        info.skip(1)
        info.skip(2 if info.uint(1) & 1 else 0)
        heap_at, tree = info.offset(), info.offset()
        if source.is_address(heap_at):
            heap = FractalHeap(source, heap_at)
            for record in btree2.records(source, tree, (8,)):
                if record[8] & 2:
                    source.unsupported("has an attribute in a table of shared messages")
                yield Cursor(source, heap.object(record[:8]), "attribute")


def _attribute(message: Cursor, wanted: Collection[str]) -> tuple[str, Attribute | None]:
    source = message.source
    version, flags = message.uint(1), message.uint(1)
    if version not in (1, 2, 3):
        source.unsupported(f"has an attribute of version {version}; 1 to 3 are known")
    sizes = message.uint(2), message.uint(2), message.uint(2)
    message.skip(1 if version == 3 else 0)
    parts = []
    for size in sizes:
        parts.append(message.take(size))
        message.skip(-size % 8 if version == 1 else 0)
    name = parts[0].partition(b"\0")[0].decode("utf-8", "replace")
    if name not in wanted:
        return name, None
    kind, space = Cursor(source, parts[1], "datatype"), Cursor(source, parts[2], "dataspace")
    if version > 1 and flags & 1:
        kind = shared(kind, DATATYPE, "datatype")
    if version > 1 and flags & 2:
        space = shared(space, DATASPACE, "dataspace")
    element, shape = datatype(kind), dataspace(space).shape
    count = 0 if shape is None else math.prod(shape)
    size = count * element.dtype.itemsize
    data = message.take(size)
    if element.kind is Kind.SEQUENCE:
        return name, Attribute(Kind.SEQUENCE, sequences(source, data, element, count))
    return name, Attribute(element.kind, np.frombuffer(data, element.dtype))
