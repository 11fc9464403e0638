"""From what a .mat file stores to MATLAB's values, the same for every version of the format."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import MalformedFile, MatlabError
from bridge.files.mat_limits import Budget
from bridge.files.mat_objects import MatObject, MatObjectArray
from bridge.matlab.values import Cell, Char, FunctionHandle, Struct, object_array

__all__ = [
    "Variable", "cell", "char", "enumerates", "from_sparse", "function_handle", "handle_in_cell",
    "old_object", "refers", "struct",
]  # fmt: skip

Array = npt.NDArray[Any]

REFERENCE_MARK = 0xDD000000
"""The first number of every uint32 column that refers to an object."""


@dataclass(frozen=True)
class Variable:
    """What a file says about a variable before its content is read. `shape` is None for an array of objects."""

    name: str
    shape: tuple[int, ...] | None
    class_name: str
    is_complex: bool = False
    is_global: bool = False


def char(codes: Array, shape: Sequence[int]) -> Char:
    """A character array from its UTF-16 units, first index fastest."""
    return Char(codes.reshape(tuple(shape), order="F"))


def cell(values: Sequence[Any], shape: Sequence[int]) -> Cell:
    """A cell array from its values, first index fastest."""
    return Cell(object_array(values, shape))


def struct(names: Sequence[str], columns: Sequence[Sequence[Any]], shape: Sequence[int]) -> Struct:
    """A structure array from the values of each field, first index fastest."""
    fields = {name: object_array(column, shape) for name, column in zip(names, columns, strict=True)}
    return Struct.of_fields(fields, shape)


def old_object(
    class_name: str, names: Sequence[str], columns: Sequence[Sequence[Any]], shape: Sequence[int]
) -> MatObject | MatObjectArray:
    """Objects of a class with an `@class` folder, which MATLAB stores as structures with a class name."""
    elements = [
        MatObject(class_name, dict(zip(names, record, strict=True)), system="old")
        for record in (zip(*columns, strict=True) if names else [()] * math.prod(shape))
    ]
    if tuple(shape) == (1, 1):
        return elements[0]
    return MatObjectArray(class_name, object_array(elements, shape))


def function_handle(stored: Any) -> FunctionHandle | MatObject:
    """A function handle: a named one, or an anonymous one with its body and the variables that it holds.

    `stored` is the structure that MATLAB saves. An anonymous handle whose text is not understood has a `source`, but
    no `body`. What has no known form stays a `MatObject` of class `function_handle`.
    """
    inner = stored["function_handle"] if _is_struct(stored) and "function_handle" in stored else stored
    if not _is_struct(inner) or not isinstance(inner.get("function"), Char):
        fields = dict(stored) if _is_struct(stored) else {"stored": stored}
        return MatObject("function_handle", fields, system="old")
    text = re.sub(r"\Asf%\d+(?=@)", "", str(inner["function"]).strip())
    if not text.startswith("@"):
        return FunctionHandle(text)
    captured = _captured(inner.get("workspace"))
    # The parser is large, and few files hold anonymous functions.
    from bridge.matlab.syntax import parse_expression
    from bridge.matlab.tree import AnonymousFunction

    try:
        tree = parse_expression(text)
    except (MatlabError, UnicodeError):
        tree = None
    if not isinstance(tree, AnonymousFunction):
        return FunctionHandle(source=text, captured=captured)
    return FunctionHandle("", tree.parameters, tree.body, captured, source=text)


def _is_struct(value: Any) -> bool:
    return isinstance(value, Struct) and value.size == 1


def _captured(workspace: Any) -> Mapping[str, Any]:
    """The variables that an anonymous function holds: a struct, or an object whose `any` is one, by release."""
    if isinstance(workspace, MatObject):
        workspace = workspace.properties.get("any")
    for found in workspace if isinstance(workspace, Cell) else (workspace,):
        if _is_struct(found):
            return dict(found)
    return {}


def handle_in_cell(values: Sequence[Any]) -> Any:
    """The structure of a function handle that the subsystem holds: a cell of the mark of references and of it."""
    if len(values) != 2 or not _is_struct(values[1]) or "function_handle" not in values[1]:
        return None
    mark = values[0]
    if isinstance(mark, np.ndarray) and mark.dtype == np.uint32 and mark.size == 1 and mark.flat[0] == REFERENCE_MARK:
        return values[1]
    return None


def from_sparse(
    shape: Sequence[int],
    rows: Array,
    starts: Array,
    real: Array,
    imaginary: Array | None,
    logical: bool,
    budget: Budget,
    place: str,
) -> Array:
    """The full matrix of a sparse one in compressed columns: column k holds the entries `starts[k] : starts[k+1]`.

    `rows` counts from 0. `MalformedFile` where the three do not fit each other.
    """

    def malformed(cause: str, path: str | os.PathLike[str] | None = budget.path) -> MalformedFile:
        return MalformedFile(path, f"is a sparse matrix {cause}", place)

    height, width = shape
    if starts.size != width + 1 or starts.dtype.kind not in "iu" or rows.dtype.kind not in "iu":
        raise malformed(f"of {width} columns with {starts.size} column starts")
    filled = int(starts[-1])
    bounds = starts.astype(np.int64)
    counts = bounds[1:] - bounds[:-1]
    if int(starts[0]) != 0 or (counts < 0).any() or filled > rows.size or filled > real.size:
        raise malformed("whose column starts do not fit its entries")
    rows = rows[:filled].astype(np.int64)
    if filled and (int(rows.min()) < 0 or int(rows.max()) >= height):
        raise malformed(f"of {height} rows with an entry outside of them")
    if imaginary is not None and imaginary.size < filled:
        raise malformed("with fewer imaginary than real numbers")
    dtype = np.dtype(bool if logical else np.float64 if imaginary is None else np.complex128)
    budget.charge(height * width * dtype.itemsize, place)
    full = np.zeros((height, width), dtype, order="F")
    columns = np.repeat(np.arange(width), counts)
    entries = real[:filled] if imaginary is None else real[:filled] + 1j * imaginary[:filled]
    full[rows, columns] = entries != 0 if logical else entries
    return full


def refers(numbers: npt.NDArray[Any]) -> bool:
    """Whether a column of numbers has the form of a reference to objects."""
    if numbers.size < 5 or int(numbers[0]) != REFERENCE_MARK:
        return False
    rank = int(numbers[1])
    if not 2 <= rank <= numbers.size - 3:
        return False
    return math.prod(int(size) for size in numbers[2 : 2 + rank]) == numbers.size - 3 - rank


def enumerates(value: Any) -> bool:
    """Whether a value is the structure that stands for an array of enumeration members."""
    return isinstance(value, Struct) and value.size == 1 and "EnumerationInstanceTag" in value
