"""Makes .mat files with objects, as MATLAB lays them out, for tests of the reader. A plain module, not a plugin.

The layout is written here a second time, independently of the reader: from the description of the format and from
the offsets and words seen in files that MATLAB wrote.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bridge.files import mat5_write, mat73_write
from bridge.files.mat_outgoing import outgoing
from bridge.matlab.values import Cell, Struct, object_array

MARK = 0xDD000000
HEADER = b"MATLAB 5.0 MAT-file, made for a test".ljust(116)


class Name(str):
    """A property whose value is a name in the table of names, as MATLAB stores some texts."""


class Small(int):
    """A property whose value stands in the metadata itself."""


def reference(ids: Sequence[int], class_id: int, shape: Sequence[int] = (1, 1)) -> np.ndarray[Any, Any]:
    """The column of numbers that stands for the objects `ids`."""
    return np.array([MARK, len(shape), *shape, *ids, class_id], np.uint32).reshape(-1, 1)


def string_words(texts: Sequence[str | None], shape: Sequence[int]) -> np.ndarray[Any, Any]:
    """What a `string` array of `texts` saves."""
    units = b"".join(text.encode("utf-16-le") for text in texts if text is not None)
    units += bytes(-len(units) % 8)
    lengths = [2**64 - 1 if text is None else len(text.encode("utf-16-le")) // 2 for text in texts]
    head = np.array([1, len(shape), *shape, *lengths], np.uint64)
    return np.concatenate([head, np.frombuffer(units, "<u8")]).reshape(1, -1)


class Subsystem:
    """Objects to be stored. `defaults` maps a class to the default values of its properties."""

    def __init__(self, version: int = 4, defaults: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.version = version
        self.defaults = dict(defaults or {})
        self.names: list[str] = []
        self.classes: list[str] = []
        self.values: list[Any] = []
        self.objects: list[tuple[int, dict[str, Any], bool, Sequence[int]]] = []

    def name(self, text: str) -> int:
        if text not in self.names:
            self.names.append(text)
        return self.names.index(text) + 1

    def class_id(self, name: str) -> int:
        if name not in self.classes:
            self.classes.append(name)
        return self.classes.index(name) + 1

    def reserve(self, class_name: str) -> int:
        """The number of an object whose properties come later, with `fill`."""
        self.objects.append((self.class_id(class_name), {}, False, ()))
        return len(self.objects)

    def fill(self, number: int, properties: Mapping[str, Any], dynamic: Sequence[int] = ()) -> None:
        class_id, _, _, _ = self.objects[number - 1]
        self.objects[number - 1] = (class_id, dict(properties), set(properties) == {"any"}, dynamic)

    def add(self, class_name: str, properties: Mapping[str, Any], dynamic: Sequence[int] = ()) -> int:
        """Store an object; one with the only property `any` as its class's `saveobj` does. Gives its number."""
        number = self.reserve(class_name)
        self.fill(number, properties, dynamic)
        return number

    def column(self, *numbers: int, shape: Sequence[int] = (1, 1), class_name: str | None = None) -> Any:
        """The reference to objects by number."""
        class_id = self.objects[numbers[0] - 1][0] if class_name is None else self.class_id(class_name)
        return reference(numbers, class_id, shape)

    def make(self, class_name: str, properties: Mapping[str, Any], dynamic: Sequence[int] = ()) -> Any:
        """Store an object, and the reference to it."""
        return self.column(self.add(class_name, properties, dynamic))

    def string(self, *texts: str | None, shape: Sequence[int] | None = None) -> Any:
        """Store a string array."""
        return self.make("string", {"any": string_words(texts, shape or (1, len(texts)))})

    def _block(self, properties: Mapping[str, Any]) -> list[int]:
        words = [len(properties)]
        for key, value in properties.items():
            if isinstance(value, Name):
                words += [self.name(key), 0, self.name(value)]
            elif isinstance(value, Small):
                words += [self.name(key), 2, int(value)]
            else:
                words += [self.name(key), 1, len(self.values)]
                self.values.append(value)
        return words + [0] * (len(words) % 2)

    def metadata(self) -> bytes:
        """The first cell."""
        self.values = []
        saved, normal, objects, dynamic = [[0, 0]], [[0, 0]], [[0] * 6], [[0, 0]]
        for class_id, properties, is_saved, described in self.objects:
            blocks = saved if is_saved else normal
            blocks.append(self._block(properties))
            place = [len(blocks) - 1, 0] if is_saved else [0, len(blocks) - 1]
            objects.append([class_id, 0, 0, *place, len(objects)])
            words = [len(described), *described]
            dynamic.append(words + [0] * (len(words) % 2))
        classes = [[0] * 4]
        for name in self.classes:
            package, _, base = name.rpartition(".")
            classes.append([self.name(package) if package else 0, self.name(base), 0, 0])
        if len(saved) == 1:
            saved = []
        names = b"".join(name.encode() + b"\0" for name in self.names)
        names += bytes(-len(names) % 8)
        offsets, body = [40 + len(names)], b""
        for region in (classes, saved, objects, normal, dynamic, [], [[0, 0]]):
            words = [word for row in region for word in row]
            body += struct.pack(f"<{len(words)}I", *words)
            offsets.append(40 + len(names) + len(body))
        return struct.pack("<10I", self.version, len(self.names), *offsets[:8]) + names + body

    def cells(self) -> list[Any]:
        """All cells: metadata, an empty one, the values, what is not understood, the defaults."""
        data = np.frombuffer(self.metadata(), np.uint8).reshape(-1, 1)
        count = len(self.classes) + 1
        no_fields = Struct.of_fields({}, (1, 0))
        defaults = [
            no_fields,
            *(Struct(self.defaults[name]) if name in self.defaults else no_fields for name in self.classes),
        ]
        middle = [Cell(object_array([no_fields] * count, (count, 1))), np.zeros((count, 1), np.int32)]
        return [data, np.zeros((0, 0)), *self.values, *middle, Cell(object_array(defaults, (count, 1)))]

    def mat5(self, variables: Mapping[str, tuple[str, Any]], *, plain: Mapping[str, Any] | None = None) -> bytes:
        """A MAT 5 file, not compressed: `variables` maps a name to a class and a reference."""
        wrapper = matrix(Cell(object_array([prepared(value) for value in self.cells()], (len(self.cells()), 1))))
        inner = opaque("", "FileWrapper__", wrapper)
        top = element(14, flags(2) + shape((1, 1)) + text("") + small(5, struct.pack("<i", 5)) + text("MCOS\0") + inner)
        stream = np.frombuffer(b"\x00\x01IM" + bytes(4) + top, np.uint8).reshape(-1, 1)
        parts = [matrix(prepared(value), name) for name, value in (plain or {}).items()]
        parts += [opaque(name, kind, matrix(prepared(payload))) for name, (kind, payload) in variables.items()]
        body = b"".join(parts)
        return HEADER + struct.pack("<Q", 128 + len(body)) + b"\x00\x01IM" + body + matrix(stream)

    def mat73(self, variables: Mapping[str, tuple[str, Any]], *, plain: Mapping[str, Any] | None = None) -> bytes:
        """The same as a MAT 7.3 file."""
        import h5py

        content = io.BytesIO()
        with h5py.File(content, "w", userblock_size=512) as file:
            writer = mat73_write._Writer(file)
            for name, value in (plain or {}).items():
                writer.put(file, name, prepared(value))
            for name, (kind, payload) in variables.items():
                node = writer.put(file, name, prepared(payload))
                node.attrs["MATLAB_class"] = np.bytes_(kind)
                node.attrs["MATLAB_object_decode"] = np.int32(3)
            cells = [prepared(value) for value in self.cells()]
            wrapper = writer._references(file.create_group("#subsystem#"), "MCOS", cells, (len(cells), 1))
            wrapper.attrs["MATLAB_class"] = np.bytes_("FileWrapper__")
            wrapper.attrs["MATLAB_object_decode"] = np.int32(3)
        content.seek(0)
        content.write(mat73_write.HEADER_TEXT.ljust(116) + bytes(8) + b"\x00\x02IM")
        return content.getvalue()


def prepared(value: Any) -> Any:
    return outgoing(value, "value", "test.mat")


def matrix(value: Any, name: str = "") -> bytes:
    return mat5_write._matrix(value, name)


def element(kind: int, data: bytes) -> bytes:
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def small(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data.ljust(4, b"\0")


def text(name: str) -> bytes:
    data = name.encode()
    return small(1, data) if 0 < len(data) <= 4 else element(1, data)


def flags(kind: int) -> bytes:
    return element(6, struct.pack("<II", kind, 0))


def shape(sizes: Sequence[int]) -> bytes:
    return element(5, struct.pack(f"<{len(sizes)}i", *sizes))


def opaque(name: str, class_name: str, payload: bytes, system: str = "MCOS") -> bytes:
    return element(14, flags(17) + text(name) + text(system) + text(class_name) + payload)
