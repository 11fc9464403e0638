"""Selector and Assignment: elements of a signal read or replaced by index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.block import Block
from bridge.diagram.blocks.routing import divided, flat, scalar_if_single
from bridge.diagram.parameters import Choice, Flag, Integer, SampleTime, Text
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import INT32, Type

_ALL, _VECTOR, _START = ("Select all", "Assign all"), "Index vector", "Starting index"


@dataclass(frozen=True)
class Places:
    """The places of one dimension, from 0: `fixed` ones, or those that the input `port` carries.

    `count` of them begin at a starting index; None takes as many as the index vector holds.
    """

    fixed: NDArray[np.int64] | None
    port: int | None = None
    count: int | None = None

    def value(self, index: Value | None, origin: int) -> Value:
        """The places as a vector of int32."""
        if self.fixed is not None:
            return t.constant(self.fixed.astype(np.int32))
        assert index is not None
        places = t.storage(t.trunc(index) if index.dtype.is_float else index, INT32)
        places = t.column_major(places, (places.type.size,)) - origin
        return places if self.count is None else places + t.constant(np.arange(self.count, dtype=np.int32))


class Indexing(Block):
    """What Selector and Assignment share: for every dimension an option and its index."""

    inputs = None
    NumberOfDimensions = Integer("1")
    IndexMode = Choice("One-based", "Zero-based")
    IndexOptions = Text("Index vector (dialog)")
    Indices = Text("")
    OutputSizes = Text("1")
    # How files up to R2007 say the same.
    InputType = Choice("Vector", "Matrix")
    Elements, ElementSrc = Text("1"), Choice("Internal", "External")
    Rows, RowSrc = Text("1"), Choice("Internal", "External")
    Columns, ColumnSrc = Text("1"), Choice("Internal", "External")
    IndexIsStartValue = Flag("off")
    OutputPortSize = Text("1")
    SampleTime = SampleTime("-1")

    @property
    def origin(self) -> int:
        """The index of the first element."""
        return 1 if self.IndexMode == "One-based" else 0

    def options(self) -> list[tuple[str, str, str]]:
        """For every dimension the option, the index and the size as text."""
        if not self.site.text("Indices", "") and self.site.text("Elements", ""):
            return self._old_options()
        count = self.NumberOfDimensions
        lists = [divided(text) for text in (self.IndexOptions, self.Indices or "1", self.OutputSizes)]
        if len(lists[0]) != count:
            raise self.wrong("IndexOptions", f"{len(lists[0])} options are given for {count} dimensions")
        padded = [[*words, *(["1"] * count)][:count] for words in lists]
        return list(zip(*padded, strict=True))

    def _old_options(self) -> list[tuple[str, str, str]]:
        found = []
        names = ("Element",) if self.InputType == "Vector" else ("Row", "Column")
        for name in names:
            external = getattr(self, f"{name}Src") == "External"
            text = getattr(self, f"{name}s")
            option = f"{_START if self.IndexIsStartValue else _VECTOR} ({'port' if external else 'dialog'})"
            found.append((_ALL[0] if text.strip() == "-1" and not external else option, text, self.OutputPortSize))
        return found

    @property
    def index_ports(self) -> int:
        """How many dimensions take their index from a port."""
        return sum(option.endswith("(port)") for option, _, _ in self.options())

    def places(self, sizes: Sequence[int], first_port: int) -> list[Places]:
        """The places in every dimension of an array of the given sizes; ports count from `first_port`."""
        found, port = [], first_port
        for axis, ((option, text, size), length) in enumerate(zip(self.options(), sizes, strict=True)):
            if option in _ALL:
                found.append(Places(np.arange(length)))
                continue
            word, _, source = option.partition(" (")
            if word not in (_VECTOR, _START) or source not in ("dialog)", "port)"):
                raise self.unsupported(f"IndexOptions = {option!r}")
            count = None
            if word == _START:
                count = self._size(axis, size)
            if source == "port)":
                found.append(Places(None, port, count))
                port += 1
            else:
                found.append(Places(self._fixed(axis, text, count, length)))
        return found

    def _size(self, axis: int, text: str) -> int:
        size = self.site.array(f"OutputSizes({axis + 1})", text).ravel()
        if size.size != 1 or size[0] < 1 or size[0] % 1:
            raise self.wrong("OutputSizes", f"{text!r} is no size")
        return int(size[0])

    def _fixed(self, axis: int, text: str, count: int | None, length: int) -> NDArray[np.int64]:
        given = np.asarray(self.site.array(f"Indices({axis + 1})", text)).ravel()
        if given.dtype.kind == "b":
            given = np.flatnonzero(given) + self.origin
        if not given.size or (given % 1).any():
            raise self.wrong("Indices", f"{text!r} are no indices")
        places = given.astype(np.int64) - self.origin
        if count is not None:
            places = places[0] + np.arange(count)
        if places.min() < 0 or places.max() >= length:
            last = length - 1 + self.origin
            wrong = places[(places < 0) | (places >= length)][0] + self.origin
            raise self.misshapen(f"index {wrong} leaves {self.origin}..{last} of dimension {axis + 1}")
        return places


def _along(u: Value, places: Places, axis: int, index: Value | None, origin: int) -> Value:
    """The elements at the places of one axis."""
    if places.fixed is not None:
        fixed = places.fixed
        if (np.diff(fixed) == 1).all():
            return t.cut(u, *((0, size) for size in u.shape[:axis]), (int(fixed[0]), int(fixed[-1]) + 1))
        return t.take(u, fixed.tolist(), axis)
    order = (axis, *(k for k in range(u.type.rank) if k != axis))
    front = t.gather(t.transpose(u, order), places.value(index, origin))
    return t.transpose(front, tuple(int(k) for k in np.argsort(order)))


@register("Selector")
class Selector(Indexing):
    """Elements of a vector or array by index (Simulink, *Selector*)."""

    restrictions = "no starting and ending indices from ports; InputPortWidth is not checked"

    def count_ports(self) -> tuple[int, int]:
        return 1 + self.index_ports, 1

    def output(self, u: Value, *indices: Value) -> Value:
        options = self.options()
        if len(options) == 1:
            u = flat(self, u)
        elif u.type.rank < len(options):
            u = t.reshape(u, u.shape + (1,) * (len(options) - u.type.rank))
        if u.type.rank != len(options):
            raise self.misshapen(f"NumberOfDimensions is {len(options)}, the input is {u.type}")
        y = u
        for axis, places in enumerate(self.places(u.shape, 0)):
            index = None if places.port is None else indices[places.port]
            y = _along(y, places, axis, index, self.origin)
        return scalar_if_single(y)


@register("Assignment")
class Assignment(Indexing):
    """Y0 with the elements at the indices replaced by those of U (Simulink, *Assignment*).

    Ports: Y0, where the output is initialised by it, then U, then one for each index that comes from a port.
    """

    restrictions = "no starting and ending indices from ports"
    OutputInitialize = Choice(
        "Initialize using input port <Y0>",
        "Specify size for each dimension in table",
        "Initialize using input <Y0>",
    )
    IndexOptions = Text("Index vector (dialog)")

    @property
    def _from_port(self) -> bool:
        return self.OutputInitialize.startswith("Initialize using input")

    def count_ports(self) -> tuple[int, int]:
        return 1 + self._from_port + self.index_ports, 1

    def output(self, *inputs: Value) -> Value:
        options = self.options()
        u, *indices = inputs[1:] if self._from_port else inputs
        base = inputs[0] if self._from_port else self._blank(u, options)
        if u.dtype != base.dtype:
            raise self.mistyped(f"Y0 is {base.dtype}, but U is {u.dtype}")
        sizes = (base.type.size,) if len(options) == 1 else base.shape
        if len(sizes) != len(options):
            raise self.misshapen(f"NumberOfDimensions is {len(options)}, Y0 is {base.type}")
        vectors = [
            places.value(None if places.port is None else indices[places.port], self.origin)
            for places in self.places(sizes, 0)
        ]
        # Element (i, j, …) of an array stands at i + size1 (j + size2 (…)) in MATLAB's order.
        where = vectors[-1]
        for axis in range(len(vectors) - 2, -1, -1):
            outer = t.reshape(where, (where.type.size, 1)) * sizes[axis]
            both = outer + t.reshape(vectors[axis], (1, vectors[axis].type.size))
            where = t.reshape(both, (both.type.size,))
        rows = self._rows(u, where.type.size)
        filled = t.scatter(t.column_major(base, (base.type.size,)), where, rows)
        return t.column_major(filled, base.shape)

    def _rows(self, u: Value, count: int) -> Value:
        if u.type.size == 1:
            return t.broadcast(t.column_major(u, ()), (count,))
        if u.type.size != count:
            raise self.misshapen(f"{u.type.size} elements are assigned to {count} places")
        return t.column_major(u, (count,))

    def _blank(self, u: Value, options: Sequence[tuple[str, str, str]]) -> Value:
        sizes = tuple(self._size(axis, size) for axis, (_, _, size) in enumerate(options))
        return t.zeros(Type(sizes, u.dtype))
