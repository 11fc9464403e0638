"""MATLAB's values: arrays, text, cells, structures and function handles, and the way into them from Python.

Numbers are numpy arrays with at least two dimensions (``double`` float64, ``single`` float32, their complex
kin, the eight integer classes; ``logical`` is bool). The other classes live here. Values are never changed
in place: an assignment makes a new value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from bridge.errors import MatlabError
from bridge.suggestions import offered

if TYPE_CHECKING:
    from bridge.matlab.tree import Expression

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Value: TypeAlias = Any
"""An `Array`, `Char`, `String`, `Cell`, `Struct`, `FunctionHandle`, or an object that MATLAB does not know."""

CLASSES: dict[str, type[np.generic]] = {
    "double": np.float64,
    "single": np.float32,
    "logical": np.bool_,
    "int8": np.int8,
    "int16": np.int16,
    "int32": np.int32,
    "int64": np.int64,
    "uint8": np.uint8,
    "uint16": np.uint16,
    "uint32": np.uint32,
    "uint64": np.uint64,
}
_CLASS_OF_DTYPE: dict[np.dtype[Any], str] = {np.dtype(scalar): name for name, scalar in CLASSES.items()}
_CLASS_OF_DTYPE[np.dtype(np.complex128)] = "double"
_CLASS_OF_DTYPE[np.dtype(np.complex64)] = "single"


def object_array(items: Sequence[Any], shape: Sequence[int]) -> Array:
    """An object array of `shape`, filled with `items` in MATLAB's order (first index fastest)."""
    flat = np.empty(len(items), dtype=object)
    for k, item in enumerate(items):
        flat[k] = item
    return flat.reshape(tuple(shape), order="F")


class Char:
    """A character array, ``'text'``: `codes` holds UTF-16 code units, usually one row.

    Made from one line of text (``''`` is 0x0), from lines of equal length, or from an array of code units.
    """

    __slots__ = ("codes",)

    def __init__(self, text: str | Sequence[str] | Array = "") -> None:
        if isinstance(text, np.ndarray):
            codes = text.astype(np.uint16)
        elif isinstance(text, str):
            codes = _units(text).reshape(1, -1) if text else np.zeros((0, 0), np.uint16)
        else:
            rows = [_units(line) for line in text]
            if len({row.size for row in rows}) > 1:
                raise MatlabError("the rows of a character array must have equal lengths")
            codes = np.array(rows, np.uint16) if rows else np.zeros((0, 0), np.uint16)
        self.codes: Array = codes

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.codes.shape)

    @property
    def size(self) -> int:
        return int(self.codes.size)

    @property
    def rows(self) -> list[str]:
        """The lines of a two-dimensional character array, with trailing blanks."""
        return [_characters(row) for row in self.codes]

    @property
    def text(self) -> str:
        """The characters of a row (or of an empty array); an error for several rows."""
        if self.codes.ndim > 2 or (self.codes.shape[0] > 1 and self.codes.size):
            raise MatlabError(f"one row of characters is expected, not a {size_text(self)} character array")
        return _characters(self.codes.ravel())

    def __str__(self) -> str:
        if self.codes.ndim != 2 or not self.codes.size:  # millions of rows without characters are no text
            return _characters(self.codes.ravel(order="F"))
        return "\n".join(self.rows)

    def __repr__(self) -> str:
        return f"Char({self.rows!r})" if self.codes.shape[0] > 1 else f"Char({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return self.codes.shape[0] <= 1 and str(self) == other
        return isinstance(other, Char) and self.shape == other.shape and bool(np.array_equal(self.codes, other.codes))

    def __hash__(self) -> int:
        return hash(str(self))


def _units(text: str) -> Array:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.dtype("<u2")).astype(np.uint16)


def _characters(codes: Array) -> str:
    return codes.astype("<u2").tobytes().decode("utf-16-le", "surrogatepass")


class _Container:
    """What strings, cells and nothing else share: an object array in `values`."""

    __slots__ = ("values",)

    values: Array

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.values.shape)

    @property
    def size(self) -> int:
        return int(self.values.size)

    def __len__(self) -> int:
        return int(self.values.size)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values.ravel(order="F").tolist())

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.shape))


class String(_Container):
    """A string array, ``"text"``: an object array of `str`, usually 1x1."""

    __slots__ = ()

    def __init__(self, text: str | Array = "") -> None:
        self.values = text if isinstance(text, np.ndarray) else object_array([text], (1, 1))

    @property
    def text(self) -> str:
        """The text of a scalar string."""
        if self.values.size != 1:
            raise MatlabError(f"one string is expected, not a {size_text(self)} string array")
        return str(self.values.flat[0])

    def __str__(self) -> str:
        return self.text if self.values.size == 1 else str(self.values.tolist())

    def __repr__(self) -> str:
        return f"String({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return self.values.size == 1 and self.text == other
        return isinstance(other, String) and self.shape == other.shape and list(self) == list(other)

    __hash__ = _Container.__hash__


class Cell(_Container):
    """A cell array: an object array in `values`. In Python, ``cell[k]`` counts from 0, down the columns."""

    __slots__ = ()

    def __init__(self, rows: Sequence[Sequence[Any]] | Array = ()) -> None:
        if isinstance(rows, np.ndarray):
            self.values = rows
            return
        width = len(rows[0]) if rows else 0
        if any(len(row) != width for row in rows):
            raise MatlabError("the rows of a cell array must have equal lengths")
        self.values = object_array([row[k] for k in range(width) for row in rows], (len(rows), width))

    @classmethod
    def row(cls, items: Iterable[Any]) -> Cell:
        """A 1 x n cell array."""
        listed = list(items)
        return cls(object_array(listed, (1, len(listed))))

    @classmethod
    def column(cls, items: Iterable[Any]) -> Cell:
        """An n x 1 cell array."""
        listed = list(items)
        return cls(object_array(listed, (len(listed), 1)))

    def __getitem__(self, place: int | tuple[int, ...]) -> Any:
        return self.values[place] if isinstance(place, tuple) else self.values.ravel(order="F")[place]

    def __repr__(self) -> str:
        return f"Cell({self.values.tolist()!r})"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Cell)
            and self.shape == other.shape
            and all(same(a, b) for a, b in zip(self, other, strict=True))
        )

    __hash__ = _Container.__hash__


class Struct(Mapping[str, Any]):
    """A structure, or an array of structures with the same fields in the same order.

    ``Struct({"a": 1.0})`` is scalar and reads as a mapping from field to value; ``Struct.array`` makes others.
    `fields` maps each name to an object array of `shape`.
    """

    __slots__ = ("fields", "shape")

    def __init__(self, fields: Mapping[str, Any] | None = None) -> None:
        self.shape: tuple[int, ...] = (1, 1)
        self.fields: dict[str, Array] = {k: object_array([v], (1, 1)) for k, v in (fields or {}).items()}

    @classmethod
    def of_fields(cls, fields: Mapping[str, Array], shape: Sequence[int]) -> Struct:
        """A structure array of `shape` from one object array for each field."""
        made = cls()
        made.shape = tuple(shape)
        made.fields = dict(fields)
        return made

    @classmethod
    def array(cls, records: Sequence[Mapping[str, Any]], shape: Sequence[int], names: Sequence[str] = ()) -> Struct:
        """A structure array of `shape` from its elements, first index fastest; `names` for an empty one."""
        names = list(records[0]) if records else list(names)
        return cls.of_fields({name: object_array([r[name] for r in records], shape) for name in names}, shape)

    @property
    def size(self) -> int:
        count = 1
        for length in self.shape:
            count *= length
        return count

    @property
    def names(self) -> list[str]:
        """The field names in order."""
        return list(self.fields)

    def element(self, k: int) -> Struct:
        """The scalar structure at flat position `k`, counted from 0 down the columns."""
        return Struct({name: values.ravel(order="F")[k] for name, values in self.fields.items()})

    def all(self, name: str) -> list[Any]:
        """The values of one field over all elements."""
        if name not in self.fields:
            raise MatlabError(f"unrecognized field name '{name}'{offered(name, self.fields, 'the fields are')}")
        return list(self.fields[name].ravel(order="F").tolist())

    def __getitem__(self, name: str) -> Any:
        if self.size != 1:
            raise MatlabError(f"one structure is expected, not a {size_text(self)} structure array")
        return self.fields[name].flat[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def __repr__(self) -> str:
        if self.size == 1:
            return f"Struct({ {name: self[name] for name in self.fields}!r})"
        return f"Struct({size_text(self)} with fields {self.names!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Struct):
            return False
        return (
            self.shape == other.shape
            and set(self.fields) == set(other.fields)
            and all(same(a, b) for name in self.fields for a, b in zip(self.all(name), other.all(name), strict=True))
        )

    def __hash__(self) -> int:
        return hash((self.shape, frozenset(self.fields)))


class FunctionHandle:
    """``@name``, or ``@(parameters) body`` with the variables `captured` when it was made.

    `functions` are the script's own functions that the body may call; `source` is the text as written.
    """

    __slots__ = ("body", "captured", "functions", "name", "parameters", "source")

    def __init__(
        self,
        name: str = "",
        parameters: tuple[str, ...] = (),
        body: Expression | None = None,
        captured: Mapping[str, Any] | None = None,
        functions: Mapping[str, Any] | None = None,
        source: str = "",
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.body = body
        self.captured: dict[str, Any] = dict(captured or {})
        self.functions: dict[str, Any] = dict(functions or {})
        self.source = source or (name if name.startswith("@") else "@" + name)

    @property
    def shape(self) -> tuple[int, ...]:
        return (1, 1)

    def __repr__(self) -> str:
        return f"FunctionHandle({self.source!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FunctionHandle):
            return False
        if self.body is None or other.body is None:
            return self.name == other.name and self.body is other.body
        return self.body == other.body and self.parameters == other.parameters and same(self.captured, other.captured)

    def __hash__(self) -> int:
        return hash(self.source)


def same(a: Any, b: Any) -> bool:
    """Whether two values have the same class, size and content; NaN equals NaN here."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        floating = a.dtype.kind in "fc" and b.dtype.kind in "fc"
        return a.dtype == b.dtype and bool(np.array_equal(a, b, equal_nan=floating))
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return False
    return bool(type(a) is type(b) and a == b)


def class_of(value: Value) -> str:
    """MATLAB's name of the class of `value`; the Python name of anything foreign."""
    if isinstance(value, np.ndarray):
        return _CLASS_OF_DTYPE.get(value.dtype, str(value.dtype))
    return _CLASS_NAMES.get(type(value)) or type(value).__name__


_CLASS_NAMES: dict[type, str] = {
    Char: "char",
    String: "string",
    Cell: "cell",
    Struct: "struct",
    FunctionHandle: "function_handle",
}


def shape_of(value: Value) -> tuple[int, ...]:
    """The size of a value, at least two numbers; (1, 1) for anything foreign."""
    if isinstance(value, (np.ndarray, Char, _Container, Struct)):
        return value.shape
    return (1, 1)


def size_text(value: Value) -> str:
    """The size as MATLAB prints it: ``2x3``."""
    return "x".join(str(length) for length in shape_of(value))


def to_matlab(value: Any) -> Value:
    """`value` as MATLAB has it. MATLAB's values and objects of unknown classes come back unchanged.

    float, int -> double 1x1; bool -> logical; complex -> complex double; str -> character row; numpy scalars
    and arrays keep their class. A 0-D array becomes 1x1 and **a 1-D array or flat list a row, 1 x n**, as a
    MATLAB literal is; pass ``a.reshape(-1, 1)`` for a column. A list of equally long lists of numbers becomes
    a matrix, a list with anything else a cell row, a mapping a scalar structure, field by field.
    `MatlabError` for a dtype that has no MATLAB class.
    """
    if isinstance(value, np.ndarray):
        return _array_to_matlab(value)
    if isinstance(value, bool):
        return np.array([[value]])
    if isinstance(value, (float, int)):
        return np.array([[_as_double(value)]])
    if isinstance(value, str):
        return Char(value)
    if isinstance(value, np.generic):
        return _array_to_matlab(np.asarray(value))
    if isinstance(value, complex):
        return np.array([[value]])
    if isinstance(value, Struct):
        return value
    if isinstance(value, Mapping):
        return Struct({str(name): to_matlab(item) for name, item in value.items()})
    if isinstance(value, (list, tuple, range)):
        return _sequence_to_matlab(value)
    return value


def _as_double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _array_to_matlab(array: Array) -> Value:
    if type(array) is not np.ndarray:
        array = np.asarray(array)
    if array.dtype not in _CLASS_OF_DTYPE:
        array = _known_dtype(array)
    elif not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.ndim < 2:
        array = array.reshape(1, -1)
    if array.dtype == object:
        return Cell(object_array([to_matlab(x) for x in array.ravel(order="F")], array.shape))
    if array.dtype.kind == "U":
        if array.size == 1:
            return Char(str(array.flat[0]))
        return Cell(object_array([Char(str(x)) for x in array.ravel(order="F")], array.shape))
    return array


def _known_dtype(array: Array) -> Array:
    if array.dtype.kind in "OU":
        return array
    if not array.dtype.isnative:
        return array.astype(array.dtype.newbyteorder("="))
    for dtype in _CLASS_OF_DTYPE:
        # On some systems two distinct dtypes have the same size and kind (long and long long).
        if dtype.kind == array.dtype.kind and dtype.itemsize == array.dtype.itemsize:
            return array.astype(dtype)
    raise MatlabError(
        f"an array of dtype {array.dtype} has no class in MATLAB; convert it first, for example to float64"
    )


def _sequence_to_matlab(items: Sequence[Any]) -> Value:
    if not items:
        return np.zeros((0, 0))
    if all(isinstance(item, (list, tuple, np.ndarray)) for item in items):
        rows = [to_matlab(item) for item in items]
        if all(isinstance(row, np.ndarray) and row.shape == rows[0].shape and row.shape[0] == 1 for row in rows):
            return np.concatenate(rows, axis=0)
        return Cell.row(rows)
    values = [to_matlab(item) for item in items]
    if all(isinstance(item, np.ndarray) and item.shape == (1, 1) for item in values):
        return np.concatenate(values, axis=1)
    return Cell.row(values)
