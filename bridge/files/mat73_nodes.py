"""Datasets and groups of a MAT 7.3 file with the attributes that MATLAB gives them.

Links and storage that lead out of the file are refused here and in `hdf5`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, BinaryIO, NoReturn

import numpy as np
import numpy.typing as npt

from bridge.errors import UnsupportedContent
from bridge.files import hdf5
from bridge.files.hdf5 import Dataset, HDF5Object, Kind
from bridge.files.mat_limits import Budget

__all__ = ["HANDLE", "OLD_OBJECT", "OPAQUE", "Node", "NodeFile"]

Array = npt.NDArray[Any]

HANDLE, OLD_OBJECT, OPAQUE = 1, 2, 3
"""What MATLAB_object_decode says."""

_ATTRIBUTES = frozenset(
    {"MATLAB_class", "MATLAB_empty", "MATLAB_fields", "MATLAB_global", "MATLAB_object_decode", "MATLAB_sparse"}
)
_REMEMBERED = 4096
_AGAIN = 50
"""A node that is read another time costs so many parts: MATLAB never stores one twice, but hostile files do."""


class Node(Dataset):
    """A dataset or group: `class_name` is MATLAB's class, "" if the file does not say it.

    `fields` are the names of a structure's fields in order, None if the file does not say them.
    """

    def __init__(self, thing: HDF5Object) -> None:
        super().__init__(thing)
        self.times = 0
        self.address = thing.address
        self.is_dataset = thing.is_dataset
        found = hdf5.attributes(thing, _ATTRIBUTES)
        stored = found.get("MATLAB_class")
        self.class_name = ""
        if stored is not None and stored.kind is Kind.TEXT and len(stored.value) == 1:
            self.class_name = bytes(stored.value[0]).decode("latin-1")
        self.decode = self._number(found, "MATLAB_object_decode") or 0
        self.is_empty = self.is_dataset and bool(self._number(found, "MATLAB_empty"))
        self.is_global = bool(self._number(found, "MATLAB_global"))
        self.rows_if_sparse = self._number(found, "MATLAB_sparse")
        self._fields = found.get("MATLAB_fields")

    def _number(self, found: dict[str, hdf5.Attribute], name: str) -> int | None:
        attribute = found.get(name)
        if attribute is None:
            return None
        value = attribute.value
        if isinstance(value, list) or value.dtype.kind not in "iu" or value.size != 1:
            self.thing.source.malformed(f"has an attribute {name} that is not one number")
        return int(value[0])

    @cached_property
    def fields(self) -> list[str] | None:
        """The names of a structure's fields in order, None if the file does not say them."""
        if self._fields is None:
            return None
        source, stored = self.thing.source, self._fields.value
        if self._fields.kind is Kind.REFERENCE and len(stored) == 1:  # of thousands of fields
            elsewhere = Dataset(HDF5Object(source, int(stored[0])))
            if elsewhere.datatype.kind is Kind.SEQUENCE:
                stored = elsewhere.read_sequences()
        if not isinstance(stored, list) or any(name.dtype != np.dtype("S1") for name in stored):
            source.malformed("has no readable names of its fields")
        names = [name.tobytes().decode("utf-8", "replace") for name in stored]
        if len(set(names)) < len(names):
            source.malformed("has two fields of one name")
        return names

    @property
    def matlab_shape(self) -> tuple[int, ...]:
        """The dataset's axes in MATLAB's order, at least two; one axis is a column."""
        shape = self.shape
        if len(shape) < 2:
            return (shape[0] if shape else 1, 1)
        return tuple(reversed(shape))

    @property
    def refers(self) -> bool:
        """Whether this is a dataset of references to other nodes."""
        return self.is_dataset and self.datatype.kind is Kind.REFERENCE


class NodeFile:
    """An open HDF5 file."""

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self.budget = budget
        self._source = hdf5.Source(stream, budget)
        self._nodes: dict[int, Node] = {}
        self._members: dict[int, dict[str, int | None]] = {}
        self.root = Node(HDF5Object(self._source, hdf5.open_root(self._source)))

    def malformed(self, cause: str, place: str) -> NoReturn:
        """Raise `MalformedFile` for `place`."""
        self._source.place = place
        self._source.malformed(cause)

    def at(self, place: str) -> None:
        """Say that what is read now belongs to `place`."""
        self._source.place = place

    def _node(self, address: int, place: str) -> Node:
        """The dataset or group with its header at `address`; those used last are remembered."""
        found = self._nodes.get(address)
        if found is None:
            self._source.place = place
            thing = HDF5Object(self._source, address)
            if not thing.is_dataset and not thing.is_group:
                self.malformed("is neither a dataset nor a group", place)
            if len(self._nodes) >= _REMEMBERED:
                self._nodes.clear()
                self._members.clear()
            found = self._nodes[address] = Node(thing)
        return found

    def count(self, node: Node, place: str) -> None:
        """Account for one more value that is made of a node."""
        again = node.times and node.class_name != "canonical empty"
        self.budget.count(_AGAIN if again else 1, place)
        node.times += 1

    def _links(self, group: Node, place: str) -> dict[str, int | None]:
        found = self._members.get(group.address)
        if found is None:
            self._source.place = place
            links = hdf5.links(group.thing)
            found = {link.name.decode("utf-8", "replace"): link.address for link in links}
            if len(found) < len(links):
                self.malformed("has two members of one name", place)
            self._members[group.address] = found
        return found

    def members(self, group: Node, place: str) -> list[str]:
        """The names in a group; only members of the group itself, no links to elsewhere."""
        found = self._links(group, place)
        for name, address in found.items():
            if address is None:
                raise UnsupportedContent(
                    self.budget.path, "is a link to another place or file, which is not followed",
                    f"{place}.{name}".lstrip("."),
                )  # fmt: skip
        return list(found)

    def member(self, group: Node, name: str, place: str) -> Node:
        """The member `name` of a group, one of `members`."""
        address = self._links(group, place).get(name)
        if address is None:
            self.malformed(f"has no member {name}", place)
        return self._node(address, place)

    def target(self, reference: int, place: str) -> Node:
        """What a reference in a cell array points to."""
        if reference == 0 or not self._source.is_address(reference):
            self.malformed("is an empty reference", place)
        return self._node(reference, place)

    def numbers(self, node: Node, place: str) -> Array:
        """A dataset's content with MATLAB's axes, at least two, after its size was charged."""
        self._source.place = place
        if not node.is_dataset:
            self.malformed("is a group where numbers should be", place)
        kind = node.datatype.kind
        if kind in (Kind.SEQUENCE, Kind.TEXT, Kind.OTHER):
            what = "text of HDF5's own" if kind is Kind.TEXT else kind.value
            raise UnsupportedContent(self.budget.path, f"is an array of {what}", place)
        self.budget.charge(2 * node.size, place)
        if kind is Kind.REFERENCE:
            self.budget.count(node.size // node.datatype.dtype.itemsize, place)
        raw = node.read()
        if kind is Kind.LOGICAL:
            raw = raw != 0
        return raw.reshape(node.matlab_shape) if raw.ndim < 2 else raw.T
