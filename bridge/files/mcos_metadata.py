"""The first cell of the subsystem: which class an object has, and in which cells its properties lie.

Little-endian words: version (2 to 4), number of names, eight offsets; then the names, each ended by NUL; then, at the
offsets, the regions: 1 classes, 2 properties of objects saved by `saveobj`, 3 objects, 4 properties of other objects,
5 dynamic properties. Every region begins with an entry of zeros, so that numbers count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from bridge.errors import MalformedFile, UnsupportedContent
from bridge.files.mat_limits import Budget

__all__ = ["Metadata", "ObjectEntry", "Property"]

VERSIONS = (2, 3, 4)
_PLACE = "subsystem, metadata"


@dataclass(frozen=True, slots=True)
class Property:
    """A property as an object stores it; `kind` says what `value` is: 0 a name, 1 a cell, 2 the value itself."""

    name: str
    kind: int
    value: int


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """An object's class, and its places in the regions of properties."""

    class_id: int
    saved: int
    normal: int
    dependency: int


class Metadata:
    """The tables of the first cell, checked as they are used."""

    def __init__(self, data: bytes, order: str, budget: Budget) -> None:
        self.path = budget.path
        self._budget = budget
        if len(data) < 40:
            self.malformed(f"has {len(data)} bytes, fewer than its header of 40")
        words = np.frombuffer(data, order + "u4", 10)
        self.version = int(words[0])
        if self.version not in VERSIONS:
            raise UnsupportedContent(self.path, f"has version {self.version}; 2 to 4 are known", _PLACE)
        self._data = data
        self._order = order
        self._offsets = [int(offset) for offset in words[2:]]
        count = int(words[1])
        first = self._offsets[0]
        if not 40 <= first <= len(data):
            self.malformed(f"says that its classes begin at byte {first} of {len(data)}")
        budget.count(data.count(b"\0", 40, first), _PLACE)
        names = data[40:first].split(b"\0")
        if count > len(names):
            self.malformed(f"says {count} names, holds {len(names)}")
        self.names = [name.decode("utf-8", "replace") for name in names[:count]]
        self._classes = self._table(0, 4)
        self._objects = self._table(2, 6)
        self._saved = self._blocks(1, 3)
        self._normal = self._blocks(3, 3)
        self._dynamic = self._blocks(4, 1)

    def malformed(self, cause: str) -> NoReturn:
        """Raise `MalformedFile` for the metadata."""
        raise MalformedFile(self.path, cause, _PLACE)

    def _region(self, k: int) -> npt.NDArray[Any]:
        start = self._offsets[k]
        stop = min((offset for offset in self._offsets if offset > start), default=len(self._data))
        if start % 4 or not 0 < start <= stop <= len(self._data):
            self.malformed(f"says that region {k + 1} lies from byte {start} to {stop} of {len(self._data)}")
        following = self._offsets[k + 1] if k + 1 < len(self._offsets) else 0
        if following == start:
            stop = start
        return np.frombuffer(self._data, self._order + "u4", (stop - start) // 4, start)

    def _table(self, k: int, width: int) -> npt.NDArray[Any]:
        words = self._region(k)
        return words[: words.size // width * width].reshape(-1, width)

    def _blocks(self, k: int, width: int) -> list[npt.NDArray[Any]]:
        """The region's blocks: a count, so many entries of `width` words, padding to 8 bytes."""
        words = self._region(k)
        found = []
        at = 0
        while at < words.size:
            size = int(words[at]) * width
            if at + 1 + size > words.size:
                left = words.size - at - 1
                self.malformed(f"has a block of {size} words in region {k + 1}, of which {left} are left")
            self._budget.count(1, _PLACE)
            found.append(words[at + 1 : at + 1 + size].reshape(-1, width))
            at += (size + 2) // 2 * 2
        return found

    @property
    def class_count(self) -> int:
        """How many classes there are, and the entry of zeros."""
        return len(self._classes)

    def name(self, index: int) -> str:
        """Name number `index`, counted from 1; 0 is no name."""
        if not 0 <= index <= len(self.names):
            self.malformed(f"refers to name {index} of {len(self.names)}")
        return self.names[index - 1] if index else ""

    def class_name(self, class_id: int) -> str:
        """The class called `class_id`, with its package."""
        if not 0 < class_id < len(self._classes):
            self.malformed(f"refers to class {class_id} of {len(self._classes) - 1}")
        package = self.name(int(self._classes[class_id][0]))
        name = self.name(int(self._classes[class_id][1]))
        return f"{package}.{name}" if package else name

    def entry(self, object_id: int) -> ObjectEntry:
        """The object called `object_id`."""
        if not 0 < object_id < len(self._objects):
            self.malformed(f"refers to object {object_id} of {len(self._objects) - 1}")
        class_id, _, _, saved, normal, dependency = (int(word) for word in self._objects[object_id])
        return ObjectEntry(class_id, saved, normal, dependency)

    def properties(self, entry: ObjectEntry) -> list[Property]:
        """The properties that an object stores."""
        blocks, number = (self._saved, entry.saved) if entry.saved else (self._normal, entry.normal)
        if number >= max(len(blocks), 1):
            self.malformed(f"refers to properties {number} of {len(blocks) - 1}")
        if not number:
            return []
        return [Property(self.name(int(name)), int(kind), int(value)) for name, kind, value in blocks[number]]

    def dynamic(self, entry: ObjectEntry) -> list[int]:
        """The objects that describe an object's dynamic properties."""
        if entry.dependency >= len(self._dynamic):
            return []
        return [int(word) for word in self._dynamic[entry.dependency].ravel()]
