"""Conversion between classes, and questions about them."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import dtype_of_class, is_integer, to_class
from bridge.matlab.functions.arguments import numeric, text
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.string_arrays import strings
from bridge.matlab.values import (
    CLASSES,
    Array,
    Cell,
    Char,
    FunctionHandle,
    String,
    Struct,
    Value,
    class_of,
)

FUNCTIONS: dict[str, Function] = {}

_NUMERIC = " ".join(name for name in CLASSES if name != "logical")


@register(FUNCTIONS, _NUMERIC, 1, 1)
def convert(call: Call, x: Value) -> Array:
    """A value in a numeric class: integers round half away from zero and saturate; strings are read."""
    return _converted(x, call.name)


def _converted(x: Value, kind: str) -> Array:
    if isinstance(x, String):
        from bridge.matlab.functions.texts import parse_number

        x = np.array([[parse_number(str(item)) for item in row] for row in x.values]).reshape(x.shape)
    return to_class(numeric(x), dtype_of_class(kind))


@register(FUNCTIONS, "logical", 1, 1)
def logical(call: Call, x: Value) -> Array:
    """Nonzero as true; NaN is an error."""
    array = numeric(x)
    if array.dtype.kind == "c":
        raise MatlabError("complex values cannot be converted to logicals")
    return to_class(array, np.dtype(np.bool_))


@register(FUNCTIONS, "cast", 2, 3)
def cast(call: Call, x: Value, kind: Value, prototype: Value = None) -> Value:
    """A value in the named class, or in that of a prototype (``'like', p``)."""
    name = text(kind) if prototype is None else class_of(prototype)
    if name == "char":
        return Char(np.asarray(numeric(x).real, np.uint16))
    if name not in CLASSES:
        raise MatlabError(f"'{name}' is not a class to cast to")
    return logical(call, x) if name == "logical" else _converted(x, name)


@register(FUNCTIONS, "typecast", 2, 2)
def typecast(call: Call, x: Value, kind: Value) -> Array:
    """The same bytes in another class; the sizes must divide."""
    array = numeric(x)
    name = text(kind)
    if name not in CLASSES or name == "logical" or 1 not in array.shape or array.ndim > 2:
        raise MatlabError("a vector and the name of a numeric class are needed")
    data = np.ascontiguousarray(array.ravel()).tobytes()
    dtype = dtype_of_class(name)
    if len(data) % dtype.itemsize:
        raise MatlabError(f"{len(data)} bytes do not make whole numbers of class '{name}'")
    flat = np.frombuffer(data, dtype).copy()
    return flat.reshape((-1, 1) if array.shape[1] == 1 and array.shape[0] != 1 else (1, -1))


@register(FUNCTIONS, "class", 1, 1)
def class_(call: Call, x: Value) -> Char:
    """The name of the class."""
    return Char(class_of(x))


@register(FUNCTIONS, "isa", 2, 2)
def isa(call: Call, x: Value, kind: Value) -> Array:
    """Whether a value has a class, or belongs to 'numeric', 'float' or 'integer'."""
    own, wanted = class_of(x), text(kind)
    groups = {
        "numeric": own in CLASSES and own != "logical",
        "float": own in ("double", "single"),
        "integer": "int" in own and own in CLASSES,
    }
    return np.array([[groups.get(wanted, own == wanted)]])


@register(FUNCTIONS, "full", 1, 1)
def full(call: Call, x: Value) -> Value:
    """The value itself: no array is sparse here."""
    return x


_QUESTIONS: dict[str, Any] = {
    "issparse": lambda x: False,
    "iscell": lambda x: isinstance(x, Cell),
    "ischar": lambda x: isinstance(x, Char),
    "isstring": lambda x: isinstance(x, String),
    "isstruct": lambda x: isinstance(x, Struct),
    "islogical": lambda x: isinstance(x, np.ndarray) and x.dtype.kind == "b",
    "isnumeric": lambda x: isinstance(x, np.ndarray) and x.dtype.kind != "b",
    "isfloat": lambda x: isinstance(x, np.ndarray) and x.dtype.kind in "fc",
    "isinteger": lambda x: isinstance(x, np.ndarray) and is_integer(x),
    "isreal": lambda x: (isinstance(x, np.ndarray) and x.dtype.kind != "c") or isinstance(x, Char),
    "iscellstr": lambda x: isinstance(x, Cell) and all(isinstance(item, Char) for item in x),
    "isobject": lambda x: not isinstance(x, (np.ndarray, Char, String, Cell, Struct, FunctionHandle)),
}


@register(FUNCTIONS, " ".join(_QUESTIONS), 1, 1)
def question(call: Call, x: Value) -> Array:
    """Questions about the class."""
    return np.array([[bool(_QUESTIONS[call.name](x))]])


@register(FUNCTIONS, "isnan isinf isfinite", 1, 1)
def finiteness(call: Call, x: Value) -> Array:
    """Which elements are NaN, infinite, or neither."""
    if isinstance(x, (Cell, Struct)):
        raise MatlabError(f"a numeric argument is needed, not one of class '{class_of(x)}'")
    if not isinstance(x, (np.ndarray, Char)):
        return np.zeros(getattr(x, "shape", (1, 1)), np.bool_)
    array = numeric(x)
    if array.dtype.kind not in "fc":
        return np.full(array.shape, call.name == "isfinite")
    return np.asarray({"isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite}[call.name](array))


@register(FUNCTIONS, "isequal isequaln", 2, None)
def isequal(call: Call, first: Value, *rest: Value) -> Array:
    """Whether all values are equal in size and content, whatever their numeric class."""
    return np.array([[all(_equal(call, first, other, call.name == "isequaln") for other in rest)]])


def _equal(call: Call, a: Value, b: Value, nan_equal: bool) -> bool:
    call.operations.budget.spend()
    if isinstance(a, (np.ndarray, Char)) and isinstance(b, (np.ndarray, Char)):
        x, y = numeric(a), numeric(b)
        if x.shape != y.shape:
            return False
        if nan_equal and x.dtype.kind in "fc" and y.dtype.kind in "fc":
            return bool(np.array_equal(x, y, equal_nan=True))
        return bool(np.array_equal(x, y))
    if isinstance(a, String) or isinstance(b, String):
        if not all(isinstance(value, (String, Char)) for value in (a, b)):
            return False
        left, right = strings(a), strings(b)
        return left.shape == right.shape and list(left) == list(right)
    if isinstance(a, Cell) and isinstance(b, Cell):
        return a.shape == b.shape and all(_equal(call, p, q, nan_equal) for p, q in zip(a, b, strict=True))
    if isinstance(a, Struct) and isinstance(b, Struct):
        if a.shape != b.shape or set(a.fields) != set(b.fields):
            return False
        return all(
            _equal(call, p, q, nan_equal) for name in a.fields for p, q in zip(a.all(name), b.all(name), strict=True)
        )
    return bool(type(a) is type(b) and a == b)
