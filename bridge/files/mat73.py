"""MAT 7.3 files: HDF5 with a 512-byte MATLAB header in front, and attributes that say what each dataset is.

| MATLAB | HDF5 |
| --- | --- |
| numbers | dataset, axes in reverse order; complex ones a compound of `real` and `imag` |
| char, logical | datasets of uint16, uint8, told apart by MATLAB_class |
| cell | dataset of references into `/#refs#` |
| struct | 1 x 1: group, a member for each field; others: group of datasets of references |
| empty | dataset of the sizes, with MATLAB_empty |
| sparse | group of `data`, `ir`, `jc`, with MATLAB_sparse, the number of rows |
| object | as in MAT 5: a uint32 column or a structure, with MATLAB_object_decode 3; contents in `/#subsystem#` |
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from bridge.errors import UnsupportedContent
from bridge.files import mat_values
from bridge.files.mat5_elements import MAX_DIMENSIONS, MOST_ELEMENTS, Objects
from bridge.files.mat73_nodes import HANDLE, OLD_OBJECT, OPAQUE, Node, NodeFile
from bridge.files.mat_limits import Budget
from bridge.files.mat_objects import MatObject
from bridge.files.mat_values import Variable
from bridge.matlab.values import CLASSES

__all__ = ["Mat73File"]

Array = npt.NDArray[Any]
_REFERENCED, _SUBSYSTEM = "#refs#", "#subsystem#"


class Mat73File:
    """An open MAT 7.3 file."""

    def __init__(self, stream: BinaryIO, budget: Budget, natural: bool = True) -> None:
        self.budget = budget
        self._file = NodeFile(stream, budget)
        self._natural = natural
        self._subsystem: Objects | None = None
        self._references = False
        self._open: set[int] = set()

    def whos(self) -> list[Variable]:
        """Name, shape and class of every variable."""
        return [self._variable(name, self._file.member(self._file.root, name, name)) for name in self._names()]

    def read(self, wanted: Collection[str] | None = None) -> dict[str, Any]:
        """The variables called `wanted`, all if None, in the file's order."""
        return {
            name: self.value(self._file.member(self._file.root, name, name), name)
            for name in self._names()
            if wanted is None or name in wanted
        }

    def _names(self) -> list[str]:
        return [name for name in self._file.members(self._file.root, "") if name not in (_REFERENCED, _SUBSYSTEM)]

    def _variable(self, name: str, node: Node) -> Variable:
        shape: tuple[int, ...] | None = None
        if node.is_dataset and node.is_empty:
            shape = self._sizes(node, name)
        elif node.rows_if_sparse is not None:
            shape = (node.rows_if_sparse, self._columns(node, name))
        elif node.decode != OPAQUE:
            shape = node.matlab_shape if node.is_dataset else self._struct_shape(node, name) or (1, 1)
        is_complex = node.is_dataset and node.datatype.dtype.names is not None
        return Variable(name, shape, node.class_name or "double", is_complex, node.is_global)

    def _columns(self, node: Node, place: str) -> int:
        """The number of columns of a sparse matrix."""
        starts = self._file.member(node, "jc", place)
        if not starts.is_dataset or len(starts.shape) != 1:
            self._file.malformed("is a sparse matrix without column starts", place)
        return max(starts.shape[0] - 1, 0)

    def value(self, node: Node, place: str) -> Any:
        """The value of a dataset or group, which stands at `place`."""
        self._file.count(node, place)
        self._file.at(place)
        if node.is_dataset:
            return self._empty(node, place) if node.is_empty else self._dataset(node, place)
        if node.rows_if_sparse is not None:
            return self._sparse(node, node.rows_if_sparse, place)
        self._enter(node, place)
        value = self._struct(node, place)
        self._leave(node)
        if node.decode == HANDLE:
            return mat_values.function_handle(value)
        if node.decode == OPAQUE:
            return self._objects().opaque(node.class_name, value, place)
        if self._references and mat_values.enumerates(value):
            return self._objects().enumeration(value, place)
        return value

    def _enter(self, node: Node, place: str) -> None:
        """Go into a container; one that contains itself is refused."""
        self.budget.enter(place)
        if node.address in self._open:
            self._file.malformed("contains itself", place)
        self._open.add(node.address)

    def _leave(self, node: Node) -> None:
        self._open.discard(node.address)
        self.budget.leave()

    def _dataset(self, node: Node, place: str) -> Any:
        raw = self._file.numbers(node, place)
        kind = node.class_name
        if node.refers:
            if node.decode == OPAQUE:
                return MatObject(kind, {"data": self._cell(node, raw, place)}, system="handle")
            if kind not in ("", "cell"):
                self._file.malformed(f"is a {kind} of references", place)
            return self._cell(node, raw, place)
        if node.decode == OPAQUE:
            if raw.dtype == np.uint8:
                return MatObject(kind, {"data": raw}, system="java")
            return self._objects().opaque(kind, raw, place)
        if self._references and raw.dtype == np.uint32 and mat_values.refers(raw.ravel(order="F")):
            return self._objects().reference(raw.ravel(order="F"), place)
        if kind == "char":
            if raw.dtype.kind not in "iu":
                self._file.malformed(f"is text of {raw.dtype}", place)
            return mat_values.char(raw.astype(np.uint16).ravel(order="F"), raw.shape)
        return self._numeric(raw, kind, place)

    def _numeric(self, raw: Array, kind: str, place: str) -> Array:
        """`raw` in the class that the file names; without a name, as it is."""
        if raw.dtype.names is not None:
            return self._complex(raw, place)
        if kind == "logical":
            return np.asarray(raw != 0)
        if raw.dtype.kind not in "biuf" or (kind and kind not in CLASSES):
            raise UnsupportedContent(self.budget.path, f"is a {kind or raw.dtype} array", place)
        dtype = np.dtype(CLASSES[kind]) if kind else raw.dtype.newbyteorder("=")
        if raw.dtype == dtype:
            return raw
        with np.errstate(invalid="ignore", over="ignore"):
            values = raw.astype(dtype)
        if dtype.kind in "iu" and not np.can_cast(raw.dtype, dtype) and not np.array_equal(values, raw):
            self._file.malformed(f"holds numbers that do not fit its class {kind}", place)
        return values

    def _complex(self, raw: Array, place: str) -> Array:
        """Pairs of floating-point numbers: `real` and `imag` as MATLAB writes them, or `r` and `i` as h5py does."""
        real, imag = ("real", "imag") if "real" in (raw.dtype.names or ()) else ("r", "i")
        if set(raw.dtype.names or ()) != {real, imag} or any(raw.dtype[name].kind != "f" for name in (real, imag)):
            raise UnsupportedContent(self.budget.path, f"is an array of {raw.dtype}", place)
        single = raw.dtype[real].itemsize <= 4 and raw.dtype[imag].itemsize <= 4
        together = np.empty(raw.shape, np.complex64 if single else np.complex128, order="F")
        together.real, together.imag = raw[real], raw[imag]
        return together

    def _sizes(self, node: Node, place: str) -> tuple[int, ...]:
        shape = node.shape
        if node.datatype.dtype.kind not in "iu" or len(shape) != 1 or not 2 <= shape[0] <= MAX_DIMENSIONS:
            self._file.malformed("is an empty array without sizes", place)
        sizes = tuple(int(size) for size in self._file.numbers(node, place).ravel())
        if min(sizes) < 0:
            self._file.malformed("has a negative size", place)
        if math.prod(max(size, 1) for size in sizes) > MOST_ELEMENTS:
            self._file.malformed(f"says a size of {' x '.join(map(str, sizes))}", place)
        return sizes

    def _empty(self, node: Node, place: str) -> Any:
        kind = node.class_name
        shape = self._sizes(node, place)
        count = math.prod(shape)
        if kind == "struct" or node.decode == OLD_OBJECT:
            names = node.fields or []
            if count and names:
                self._file.malformed("says that it is empty, but has elements", place)
            self.budget.count(count, place)
            if node.decode == OLD_OBJECT:
                return mat_values.old_object(kind, names, [[] for _ in names], shape)
            return mat_values.struct(names, [[] for _ in names], shape)
        if kind == "canonical empty":
            return np.zeros((0, 0))
        if count:
            self._file.malformed("says that it is empty, but has elements", place)
        if kind == "cell":
            return mat_values.cell([], shape)
        if kind == "char":
            return mat_values.char(np.zeros(0, np.uint16), shape)
        if kind and kind not in CLASSES:
            raise UnsupportedContent(self.budget.path, f"is an empty array of class {kind}", place)
        return np.zeros(shape, CLASSES[kind or "double"])

    def _cell(self, node: Node, references: Array, place: str) -> Any:
        self._enter(node, place)
        values = [self._referenced(int(r), f"{place}{{{k + 1}}}") for k, r in enumerate(references.ravel(order="F"))]
        self._leave(node)
        if self._references and (stored := mat_values.handle_in_cell(values)) is not None:
            return mat_values.function_handle(stored)
        return mat_values.cell(values, references.shape)

    def _referenced(self, reference: int, place: str) -> Any:
        return self.value(self._file.target(reference, place), place)

    def referenced(self, reference: int, place: str, objects: Objects) -> Any:
        """The content of a cell of the subsystem, in which references to objects are plain numbers."""
        self._subsystem = objects
        outside, self._references = self._references, True
        value = self._referenced(reference, place)
        self._references = outside
        return value

    def references_in(self, reference: int, place: str) -> Array | None:
        """The references that a cell array holds; None if it is something else."""
        node = self._file.target(reference, place)
        if not node.refers:
            return None
        return self._file.numbers(node, place).ravel(order="F")

    def _struct_shape(self, node: Node, place: str) -> tuple[int, ...] | None:
        """The size of a structure array, whose fields are datasets of references that are not cells; else None."""
        shapes = set()
        for name in self._file.members(node, place):
            member = self._file.member(node, name, f"{place}.{name}")
            if not member.refers or member.class_name:
                return None
            shapes.add(member.matlab_shape)
        if len(shapes) > 1:
            self._file.malformed("is a structure array whose fields differ in size", place)
        return shapes.pop() if shapes else None

    def _struct(self, node: Node, place: str) -> Any:
        present = self._file.members(node, place)
        self._file.at(place)
        names = node.fields
        if names is not None and set(names) != set(present):
            self._file.malformed("does not hold the fields that it says", place)
        names = names or present
        shape = self._struct_shape(node, place)
        columns = []
        for name in names:
            member = self._file.member(node, name, f"{place}.{name}")
            if shape is None:
                columns.append([self.value(member, f"{place}.{name}")])
                continue
            references = self._file.numbers(member, f"{place}.{name}").ravel(order="F")
            columns.append([self._referenced(int(r), f"{place}({k + 1}).{name}") for k, r in enumerate(references)])
        if node.decode == OLD_OBJECT:
            return mat_values.old_object(node.class_name, names, columns, shape or (1, 1))
        return mat_values.struct(names, columns, shape or (1, 1))

    def _sparse(self, node: Node, height: int, place: str) -> Array:
        members = set(self._file.members(node, place))

        def part(name: str, missing: Array) -> Array:
            if name not in members:
                return missing
            member = self._file.member(node, name, place)
            if not member.is_dataset or member.refers:
                self._file.malformed(f"is a sparse matrix whose {name} is no array of numbers", place)
            return self._file.numbers(member, place).ravel(order="F")

        starts = part("jc", np.zeros(1, np.uint64))
        rows = part("ir", np.zeros(0, np.uint64))
        data = self._numeric(part("data", np.zeros(0)), "", place)
        imaginary = data.imag if data.dtype.kind == "c" else None
        real = data if imaginary is None else data.real
        shape = (height, starts.size - 1)
        logical = node.class_name == "logical"
        return mat_values.from_sparse(shape, rows, starts, real, imaginary, logical, self.budget, place)

    def _objects(self) -> Objects:
        if self._subsystem is None:
            from bridge.files.mcos import Subsystem
            from bridge.files.mcos_cells import CellsOfMat73

            file = self._file
            if _SUBSYSTEM not in file.members(file.root, "file"):
                file.malformed("holds objects, but no subsystem, the part in which their contents lie", "/")
            group = file.member(file.root, _SUBSYSTEM, "subsystem")
            if group.is_dataset or "MCOS" not in file.members(group, "subsystem"):
                file.malformed("holds no MCOS cells, in which the contents of objects lie", "subsystem")
            wrapper = file.member(group, "MCOS", "subsystem")
            if not wrapper.refers:
                file.malformed("holds no MCOS cells, in which the contents of objects lie", "subsystem")
            references = file.numbers(wrapper, "subsystem").ravel(order="F")
            self._subsystem = Subsystem(CellsOfMat73(self, references), self.budget, self._natural)
        return self._subsystem
