"""Objects in .mat files: the subsystem, which holds the properties of every object of the file.

An object array is a uint32 column `[0xDD000000, ndims, sizes..., object ids..., class id]`; an array of enumeration
members is a structure with the field EnumerationInstanceTag. Both refer to the subsystem: cells, of which the first
says what the others mean (`mcos_metadata`), and the last holds the defaults of each class.

Objects may refer to each other in circles and in long chains. An object is therefore made at its first mention and
filled later, from a queue; only classes with a natural value of their own (`string`, `table`, ...) are read at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from bridge.errors import MalformedFile, UnsupportedContent
from bridge.files.mat5_elements import Objects
from bridge.files.mat_limits import Budget
from bridge.files.mat_natural import is_read_at_once, natural
from bridge.files.mat_objects import Enumeration, MatObject, MatObjectArray
from bridge.files.mat_values import enumerates, refers
from bridge.files.mcos_metadata import Metadata, Property
from bridge.matlab.values import Cell, Char, Struct, object_array

__all__ = ["Cells", "Subsystem"]

_FIRST_VALUE = 2
"""Cell 0 is the metadata and cell 1 empty; a property's number counts from the cell after them."""


class Cells(Protocol):
    """The cells of the subsystem, in either kind of file."""

    order: str

    def __len__(self) -> int: ...

    def bind(self, objects: Objects) -> None:
        """Let references in the cells be resolved by `objects`."""

    def value(self, index: int, place: str) -> Any:
        """The content of cell `index`, which belongs to `place`."""

    def inner(self, index: int) -> Cells | None:
        """The cells of cell `index`, if it holds a cell array."""


class Subsystem:
    """Makes objects from references. One for each file, so that an object met twice is the same object."""

    def __init__(self, cells: Cells, budget: Budget, natural_values: bool = True) -> None:
        self.budget = budget
        self._cells = cells
        cells.bind(self)
        first = cells.value(0, "subsystem, metadata") if len(cells) else None
        if not isinstance(first, np.ndarray) or first.dtype != np.uint8:
            raise MalformedFile(budget.path, "has no metadata in its first cell", "subsystem")
        self._metadata = Metadata(first.tobytes(order="F"), cells.order, budget)
        self._objects: dict[int, MatObject] = {}
        self._values: dict[int, Any] = {}
        self._default_cells = cells.inner(len(cells) - 1) if len(cells) > _FIRST_VALUE + 1 else None
        self._defaults: dict[int, Mapping[str, Any]] = {}
        self._queue: deque[tuple[int, str]] = deque()
        self._dynamic: list[tuple[MatObject, MatObject]] = []
        self._natural = natural_values
        self._draining = False

    def opaque(self, class_name: str, payload: Any, place: str) -> Any:
        """What the opaque array `payload` of class `class_name` stands for."""
        if enumerates(payload):
            return self.enumeration(payload, place)
        if isinstance(payload, np.ndarray) and payload.dtype == np.uint32 and refers(payload.ravel(order="F")):
            return self.reference(payload.ravel(order="F"), place, class_name)
        raise UnsupportedContent(self.budget.path, f"is an object of class {class_name} in an unknown form", place)

    def reference(self, numbers: npt.NDArray[Any], place: str, class_name: str = "") -> Any:
        """The object, or the array of objects, that a column of numbers refers to."""
        rank = int(numbers[1])
        shape = tuple(int(size) for size in numbers[2 : 2 + rank])
        ids = [int(number) for number in numbers[2 + rank : -1]]
        self.budget.count(len(ids), place)
        if shape == (1, 1):
            value = self._object(ids[0], place)
        else:
            elements = [self._object(k, f"{place}({i + 1})") for i, k in enumerate(ids)]
            class_id = int(numbers[-1])
            name = self._metadata.class_name(class_id) if class_id else class_name
            value = MatObjectArray(name, object_array(elements, shape))
        self._drain()
        return value

    def enumeration(self, stored: Struct, place: str) -> Enumeration:
        """An array of enumeration members from the structure that stands for it."""
        try:
            class_id = int(stored["ClassName"].flat[0])
            names = [self._metadata.name(int(k)) for k in stored["ValueNames"].ravel(order="F")]
            indices = stored["ValueIndices"]
            builtin = (
                self._metadata.class_name(int(stored["BuiltinClassName"].flat[0]))
                if (stored["BuiltinClassName"].size and int(stored["BuiltinClassName"].flat[0]))
                else ""
            )
            members = object_array([names[int(k)] for k in indices.ravel(order="F")], indices.shape)
        except (KeyError, IndexError, AttributeError, TypeError, ValueError) as error:
            if isinstance(error, MalformedFile):
                raise
            raise MalformedFile(self.budget.path, "is a broken array of enumeration members", place) from None
        values = stored.get("Values")
        return Enumeration(
            self._metadata.class_name(class_id), members, tuple(names),
            tuple(self._resolved(value, place) for value in values) if isinstance(values, Cell) else (), builtin,
        )  # fmt: skip

    def _resolved(self, value: Any, place: str) -> Any:
        if isinstance(value, np.ndarray) and value.dtype == np.uint32 and refers(value.ravel(order="F")):
            return self.reference(value.ravel(order="F"), place)
        return value

    def _object(self, object_id: int, place: str) -> Any:
        """The object called `object_id`: read now if its class has a natural value, else made now and filled later."""
        if object_id == 0:  # a deleted or empty handle
            return MatObject("")
        if object_id in self._values:
            return self._values[object_id]
        known = self._objects.get(object_id)
        if known is None:
            entry = self._metadata.entry(object_id)
            known = MatObject(self._metadata.class_name(entry.class_id))
            self._objects[object_id] = known
            self.budget.count(1, place)
            if not self._natural or not is_read_at_once(known.class_name):
                self._queue.append((object_id, place))
                return known
            self.budget.enter(place)
            self._fill(object_id, place)
            self.budget.leave()
            self._values[object_id] = natural(known)
            return self._values[object_id]
        return known

    def _drain(self) -> None:
        """Fill the objects in the queue, and those that these mention, until none is left."""
        if self._draining:
            return
        self._draining = True
        while self._queue:
            self._fill(*self._queue.popleft())
        for target, described in self._dynamic:
            name = described.properties.get("DynamicName_")
            if isinstance(name, Char):
                target.properties[str(name)] = described.properties.get("DynamicValue_", np.zeros((0, 0)))
        self._dynamic.clear()
        self._draining = False

    def _fill(self, object_id: int, place: str) -> None:
        target = self._objects[object_id]
        entry = self._metadata.entry(object_id)
        target.properties.update(self._defaults_of(entry.class_id))
        for stored in self._metadata.properties(entry):
            target.properties[stored.name] = self._property(stored, f"{place}.{stored.name}")
        for dynamic in self._metadata.dynamic(entry):
            described = self._object(dynamic, place)
            if isinstance(described, MatObject):
                self._dynamic.append((target, described))

    def _property(self, stored: Property, place: str) -> Any:
        if stored.kind == 1:
            index = stored.value + _FIRST_VALUE
            if index >= len(self._cells):
                raise MalformedFile(self.budget.path, f"lies in cell {index} of {len(self._cells)}", place)
            return self._cells.value(index, place)
        if stored.kind == 0:
            return Char(self._metadata.name(stored.value))
        if stored.kind == 2:
            return np.array([[stored.value]], np.uint32).view(np.int32)
        raise UnsupportedContent(self.budget.path, f"is stored in the unknown way {stored.kind}", place)

    def _defaults_of(self, class_id: int) -> Mapping[str, Any]:
        """The default values of a class's properties, from the last cell; none where the file has none."""
        if class_id not in self._defaults:
            self._defaults[class_id] = {}  # for a class whose defaults are objects of its own
            cells = self._default_cells
            if cells is not None and len(cells) == self._metadata.class_count:
                found = cells.value(class_id, f"defaults of {self._metadata.class_name(class_id)}")
                if isinstance(found, Struct) and found.size == 1:
                    self._defaults[class_id] = dict(found)
        return self._defaults[class_id]
