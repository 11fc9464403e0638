"""Takes a MAT 5 file to MAT 7.3 with the objects in it, for tests. The subsystem is moved cell by cell, not understood.

What MATLAB keeps in 7.3 files is the same subsystem, cell by cell: references to objects are the same numbers, and the
first cell holds the same bytes. A plain module, not a plugin.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridge.errors import MalformedFile
from bridge.files import mat, mat73_write
from bridge.files.mat5 import Mat5File
from bridge.files.mat5_elements import Decoder
from bridge.files.mat_limits import Budget
from bridge.files.mat_objects import MatObject, MatObjectArray
from bridge.files.mcos_cells import cells_of_mat5
from bridge.matlab.values import Cell, Struct, object_array

OLD_OBJECT, OPAQUE = 2, 3


@dataclass
class Opaque:
    """An object as it is stored: its class, and the numbers or the structure that stand for it."""

    class_name: str
    payload: Any


class Untouched:
    """Leaves references to objects as they are stored."""

    def opaque(self, class_name: str, payload: Any, place: str) -> Any:
        return Opaque(class_name, payload)

    def reference(self, numbers: Any, place: str) -> Any:
        raise AssertionError("references are plain numbers here")

    enumeration = reference


def parts(data: bytes) -> tuple[dict[str, Any], list[Any]]:
    """The variables and the cells of the subsystem of a MAT 5 file, with every object `Opaque`."""
    file = Mat5File(io.BytesIO(data), Budget(mat.Limits(), "test.mat"))
    variables = {}
    for variable, span in file.variables():
        element = file._element(span, variable.name)
        variables[variable.name] = Decoder(element, file.order, file.budget, variable.name, Untouched).array(
            0, len(element)
        )[0]
    for span in file._spans():
        if span.start - 8 == file.subsystem_at:
            try:
                cells = cells_of_mat5(file._element(span, "subsystem"), file.order, file.budget)
            except MalformedFile:  # Java objects alone
                break
            cells.bind(Untouched())
            cells._decoder.references = False
            return variables, [cells.value(k, "subsystem") for k in range(len(cells))]
    return variables, []


class Writer(mat73_write._Writer):
    """Also writes objects."""

    def put(self, group: Any, name: str, value: Any) -> Any:
        if isinstance(value, Opaque):
            node = super().put(group, name, value.payload)
            node.attrs["MATLAB_class"] = np.bytes_(value.class_name)
            node.attrs["MATLAB_object_decode"] = np.int32(OPAQUE)
            return node
        if isinstance(value, MatObject | MatObjectArray):
            objects = [value] if isinstance(value, MatObject) else list(value)
            node = super().put(group, name, structure(objects, value.shape))
            node.attrs["MATLAB_class"] = np.bytes_(value.class_name)
            node.attrs["MATLAB_object_decode"] = np.int32(OLD_OBJECT)
            return node
        return super().put(group, name, value)


def structure(objects: Sequence[MatObject], shape: tuple[int, ...]) -> Struct:
    names = list(objects[0].properties) if objects else []
    fields = {name: object_array([each.properties[name] for each in objects], shape) for name in names}
    return Struct.of_fields(fields, shape)


def rehoused(data: bytes) -> bytes:
    """The MAT 5 file `data` as a MAT 7.3 file."""
    import h5py

    variables, cells = parts(data)
    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=512) as file:
        writer = Writer(file)
        for name, value in variables.items():
            writer.put(file, name, value)
        if cells:
            column = Cell(object_array(cells, (len(cells), 1)))
            wrapper = writer.put(file.create_group("#subsystem#"), "MCOS", column)
            wrapper.attrs["MATLAB_class"] = np.bytes_("FileWrapper__")
            wrapper.attrs["MATLAB_object_decode"] = np.int32(OPAQUE)
    content.seek(0)
    content.write(mat73_write.HEADER_TEXT.ljust(116) + bytes(8) + b"\x00\x02IM")
    return content.getvalue()


def alike(one: Any, other: Any, seen: dict[int, Any] | None = None) -> bool:
    """Whether two values read from files say the same; objects may refer to each other in circles."""
    seen = {} if seen is None else seen
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        if one.dtype.kind == "O":
            return one.shape == other.shape and all(
                alike(a, b, seen) for a, b in zip(one.ravel(), other.ravel(), strict=True)
            )
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
    if id(one) in seen:
        return seen[id(one)] is other
    if isinstance(one, Cell):
        return one.shape == other.shape and all(alike(a, b, seen) for a, b in zip(one, other, strict=True))
    if isinstance(one, Struct):
        return (
            one.shape == other.shape
            and one.names == other.names
            and all(alike(a, b, seen) for k in one.names for a, b in zip(one.all(k), other.all(k), strict=True))
        )
    seen[id(one)] = other
    if hasattr(one, "__dict__") or hasattr(one, "__dataclass_fields__"):
        names = getattr(one, "__dataclass_fields__", None) or vars(one)
        return all(alike(getattr(one, name), getattr(other, name), seen) for name in names)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(alike(a, b, seen) for a, b in zip(one, other, strict=True))
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(alike(one[key], other[key], seen) for key in one)
    return bool(one == other)
