"""Datasets and groups of a MAT 7.3 file with the attributes that MATLAB gives them, through h5py's low-level calls.

A file may have a hundred thousand small datasets (cells, fields); h5py's convenient objects would cost more than
the data. Links and storage that lead out of the file are refused here.
"""

from __future__ import annotations

import math
import os
from typing import Any, BinaryIO, NoReturn

import numpy as np
import numpy.typing as npt

from bridge.errors import LimitExceeded, MalformedFile, UnsupportedContent
from bridge.files.mat5_elements import MAX_DIMENSIONS
from bridge.files.mat_limits import Budget

__all__ = ["HANDLE", "OLD_OBJECT", "OPAQUE", "Node", "NodeFile"]

Array = npt.NDArray[Any]

HANDLE, OLD_OBJECT, OPAQUE = 1, 2, 3
"""What MATLAB_object_decode says."""

_ATTRIBUTES = frozenset(
    {"MATLAB_class", "MATLAB_empty", "MATLAB_fields", "MATLAB_global", "MATLAB_object_decode", "MATLAB_sparse"}
)
_MOST_ATTRIBUTES = 64


class Node:
    """A dataset or group: `class_name` is MATLAB's class, "" if the file does not say it."""

    __slots__ = ("attributes", "class_name", "decode", "id", "is_dataset")

    def __init__(self, identifier: Any, is_dataset: bool, attributes: dict[str, Any]) -> None:
        self.id = identifier
        self.is_dataset = is_dataset
        self.attributes = attributes
        stored = attributes.get("MATLAB_class", "")
        self.class_name = stored.decode("latin-1") if isinstance(stored, bytes) else str(stored)
        self.decode = int(attributes.get("MATLAB_object_decode", 0))

    @property
    def is_empty(self) -> bool:
        """Whether the dataset holds the sizes of an empty array, not its content."""
        return bool(self.attributes.get("MATLAB_empty", 0))

    @property
    def rows_if_sparse(self) -> int | None:
        """The number of rows of a sparse matrix, None for anything else."""
        rows = self.attributes.get("MATLAB_sparse")
        return None if rows is None else int(rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """The dataset's axes in MATLAB's order, at least two; one axis is a column."""
        shape = self.id.shape
        if len(shape) < 2:
            return (int(shape[0]) if shape else 1, 1)
        return tuple(int(size) for size in reversed(shape))


class NodeFile:
    """An open HDF5 file."""

    def __init__(self, source: str | BinaryIO, budget: Budget) -> None:
        import h5py

        self._h5py = h5py
        self.budget = budget
        try:
            self._file = h5py.File(source, "r")
        except (OSError, RuntimeError, ValueError) as error:
            raise MalformedFile(budget.path, f"cannot be opened as HDF5 ({error})") from None
        self.root = Node(self._file["/"].id, False, {})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def malformed(self, cause: str, place: str) -> NoReturn:
        """Raise `MalformedFile` for `place`."""
        raise MalformedFile(self.budget.path, cause, place)

    def _node(self, identifier: Any, place: str) -> Node:
        is_dataset = isinstance(identifier, self._h5py.h5d.DatasetID)
        if not is_dataset and not isinstance(identifier, self._h5py.h5g.GroupID):
            self.malformed("is neither a dataset nor a group", place)
        h5a = self._h5py.h5a
        count = h5a.get_num_attrs(identifier)
        if count > _MOST_ATTRIBUTES:
            self.malformed(f"has {count} attributes", place)
        found = {}
        for index in range(count):
            attribute = h5a.open(identifier, index=index)
            name = os.fsdecode(attribute.name)
            if name in _ATTRIBUTES:
                self.budget.charge(math.prod(attribute.shape) * attribute.dtype.itemsize, place)
                value = np.empty(attribute.shape, attribute.dtype)
                attribute.read(value)
                found[name] = value if name == "MATLAB_fields" else value.item() if value.size == 1 else 0
        return Node(identifier, is_dataset, found)

    def members(self, group: Node, place: str) -> list[str]:
        """The names in a group; only members of the group itself, no links to elsewhere."""
        hard = self._h5py.h5l.TYPE_HARD
        links = group.id.links
        found = []
        for raw in group.id:
            found.append(raw.decode("utf-8", "replace"))
            if links.get_info(raw).type != hard:
                raise UnsupportedContent(
                    self.budget.path, "is a link to another place or file, which is not followed",
                    f"{place}.{found[-1]}".lstrip("."),
                )  # fmt: skip
        self.budget.count(len(found), place)
        return found

    def member(self, group: Node, name: str, place: str) -> Node:
        """The member `name` of a group, one of `members`."""
        return self._node(self._h5py.h5o.open(group.id, name.encode("utf-8")), place)

    def target(self, reference: Any, place: str) -> Node:
        """What a reference in a cell array points to."""
        if not isinstance(reference, self._h5py.h5r.Reference) or not reference:
            self.malformed("is an empty reference", place)
        return self._node(self._h5py.h5r.dereference(reference, self._file.id), place)

    def address(self, node: Node) -> int:
        """Where in the file the node lies, which tells nodes apart."""
        return int(self._h5py.h5o.get_info(node.id).addr)

    def holds_references(self, node: Node) -> bool:
        """Whether the node is a dataset of references to other nodes."""
        return node.is_dataset and self._refers(node.id.dtype)

    def _refers(self, dtype: np.dtype[Any]) -> bool:
        return self._h5py.check_ref_dtype(dtype) is self._h5py.h5r.Reference

    def field_names(self, node: Node, place: str) -> list[str] | None:
        """The names of a structure's fields in order, None if the file does not say them."""
        stored = node.attributes.get("MATLAB_fields")
        if stored is None:
            return None
        if not isinstance(stored, np.ndarray) or stored.dtype.kind != "O":
            self.malformed("has no readable names of its fields", place)
        names = [b"".join(name).decode("utf-8", "replace") for name in stored.ravel()]
        if len(set(names)) < len(names):
            self.malformed("has two fields of one name", place)
        self.budget.count(len(names), place)
        return names

    def numbers(self, node: Node, place: str) -> Array:
        """A dataset's content with MATLAB's axes, at least two, after its size was charged."""
        identifier, dtype = node.id, node.id.dtype
        properties = identifier.get_create_plist()
        if properties.get_external_count() or properties.get_layout() == self._h5py.h5d.VIRTUAL:
            raise UnsupportedContent(self.budget.path, "is stored in another file, which is not followed", place)
        kind = dtype.kind
        if kind == "O" and not self._refers(dtype):
            raise UnsupportedContent(self.budget.path, "is an array of variable-length data", place)
        if kind not in "biufO" and dtype.names is None:
            raise UnsupportedContent(self.budget.path, f"is an array of {dtype}", place)
        shape = identifier.shape
        if shape is None:  # a dataset without a dataspace
            return np.zeros((0, 0))
        if len(shape) > MAX_DIMENSIONS:
            raise LimitExceeded(self.budget.path, f"has {len(shape)} dimensions, more than {MAX_DIMENSIONS}", place)
        count = math.prod(shape)
        self.budget.charge(2 * count * dtype.itemsize, place)
        if kind == "O":
            self.budget.count(count, place)
        raw = np.empty(shape, dtype)
        if count:
            identifier.read(self._h5py.h5s.ALL, self._h5py.h5s.ALL, raw)
        return raw.reshape(node.shape) if raw.ndim < 2 else raw.T
