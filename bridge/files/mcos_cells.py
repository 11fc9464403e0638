"""Where the contents of objects lie: the cells of the subsystem, `FileWrapper__`, in either kind of file.

In MAT 7.3 they are an array of references. In MAT 5 the subsystem is an array of bytes which are themselves a small
MAT 5 file, with 8 bytes of header, holding one structure whose field MCOS is the wrapper. Its cells are found at once,
and decoded one by one when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from bridge.errors import MalformedFile
from bridge.files.mat5_elements import CELL, OPAQUE, STRUCT, Decoder, Header, Objects
from bridge.files.mat_limits import Budget

if TYPE_CHECKING:
    from bridge.files.mat73 import Mat73File

__all__ = ["CellsOfMat5", "CellsOfMat73", "cells_of_mat5"]


class CellsOfMat5:
    """The cells of the wrapper, counted from 0."""

    def __init__(self, decoder: Decoder, header: Header) -> None:
        self._decoder = decoder
        self._spans = decoder.spans(header)
        self._end = header.end
        self.order = decoder.order

    def __len__(self) -> int:
        return len(self._spans)

    def bind(self, objects: Objects) -> None:
        """Let references in the cells be resolved by `objects`."""
        self._decoder.objects = lambda: objects

    def value(self, index: int, place: str) -> Any:
        """The content of cell `index`, which belongs to `place`."""
        decoder = self._decoder
        outside, decoder.places = decoder.places, [place]
        try:
            at, end = self._spans[index]
            return decoder.array(at, end)[0]
        finally:
            decoder.places = outside

    def inner(self, index: int) -> CellsOfMat5 | None:
        """The cells of cell `index`, if it holds a cell array."""
        header = self._decoder.header(*self._spans[index])
        return CellsOfMat5(self._decoder, header) if header is not None and header.kind == CELL else None


def cells_of_mat5(data: bytes, order: str, budget: Budget) -> CellsOfMat5:
    """The wrapper's cells in `data`, the element of the subsystem of a file of byte `order`."""
    outer = Decoder(data, order, budget, "subsystem")
    header = outer.header(0, len(data))
    if header is None or header.kind != 9:
        outer.malformed("is not an array of bytes")
    stored, _ = outer.numbers(header.at, header.end)
    inner = stored.tobytes()
    budget.charge(len(inner), "subsystem")
    order = {b"IM": "<", b"MI": ">"}.get(inner[2:4], "")
    if not order:
        outer.malformed("has no mark of its byte order")
    decoder = Decoder(inner, order, budget, "subsystem", references=True)
    top = decoder.header(8, len(inner))
    if top is None or top.kind != STRUCT:
        decoder.malformed("does not begin with a structure")
    _, names, at = decoder.fields(top)
    for name in names:
        after = decoder.element(at, top.end)[3]
        if name == "MCOS":
            wrapper = decoder.header(at, top.end)
            if wrapper is None or wrapper.kind != OPAQUE:
                break
            at = decoder.opaque_names(wrapper)[2]
            cells = decoder.header(at, wrapper.end)
            if cells is None or cells.kind != CELL:
                break
            return CellsOfMat5(decoder, cells)
        at = after
    raise MalformedFile(budget.path, "holds no MCOS cells, in which the contents of objects lie", "subsystem")


class CellsOfMat73:
    """The cells of the wrapper in a MAT 7.3 file, counted from 0."""

    def __init__(self, file: Mat73File, references: npt.NDArray[Any]) -> None:
        self._file = file
        self._references = references
        self._objects: Objects | None = None
        self.order = "<"

    def __len__(self) -> int:
        return int(self._references.size)

    def bind(self, objects: Objects) -> None:
        """Let references in the cells be resolved by `objects`."""
        self._objects = objects

    def value(self, index: int, place: str) -> Any:
        """The content of cell `index`, which belongs to `place`."""
        assert self._objects is not None
        return self._file.referenced(int(self._references[index]), place, self._objects)

    def inner(self, index: int) -> CellsOfMat73 | None:
        """The cells of cell `index`, if it holds a cell array."""
        references = self._file.references_in(int(self._references[index]), "subsystem")
        if references is None:
            return None
        cells = CellsOfMat73(self._file, references)
        cells._objects = self._objects
        return cells
