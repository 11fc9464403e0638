"""``pi``, ``Inf``, ``eps`` and the other constants, some of which take sizes or a class."""

from __future__ import annotations

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import dtype_of_class
from bridge.matlab.functions.arguments import class_like, is_text, numeric, sizes, text
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.values import CLASSES, Array, Value, class_of

FUNCTIONS: dict[str, Function] = {}

_VALUES: dict[str, complex] = {
    "pi": np.pi,
    "i": 1j,
    "j": 1j,
    "Inf": np.inf,
    "inf": np.inf,
    "NaN": np.nan,
    "nan": np.nan,
}


@register(FUNCTIONS, "pi i j", 0, 0)
def constant(call: Call) -> Array:
    """The constant of the called name."""
    return np.array([[_VALUES[call.name]]])


@register(FUNCTIONS, "Inf inf NaN nan", 0, None)
def nonfinite(call: Call, *arguments: Value) -> Array:
    """``Inf``, ``NaN(2, 3)``, ``Inf(1, 2, 'single')``."""
    rest, kind = class_like(list(arguments))
    if kind not in ("double", "single"):
        raise MatlabError(f"class '{kind}' has no {call.name}")
    shape = sizes(rest)
    call.allocate(shape)
    return np.full(shape, _VALUES[call.name], dtype_of_class(kind))


@register(FUNCTIONS, "true false", 0, None)
def truths(call: Call, *arguments: Value) -> Array:
    """``true``, ``false(2, 3)``."""
    shape = sizes(class_like(list(arguments))[0])
    call.allocate(shape)
    return np.full(shape, call.name == "true")


@register(FUNCTIONS, "eps", 0, 1)
def eps(call: Call, argument: Value = None) -> Array:
    """``eps``, ``eps('single')``, or the distance from |x| to the next larger number."""
    if argument is None or is_text(argument):
        kind = "double" if argument is None else text(argument)
        if kind not in ("double", "single"):
            raise MatlabError(f"class '{kind}' has no eps")
        return np.array([[np.finfo(dtype_of_class(kind)).eps]])
    array = numeric(argument)
    if array.dtype.kind not in "fc":
        raise MatlabError(f"class '{class_of(array)}' has no eps")
    return np.abs(np.spacing(np.abs(array)))


@register(FUNCTIONS, "realmax realmin flintmax", 0, 1)
def real_limits(call: Call, kind: Value = None) -> Array:
    """The largest, the smallest normal, and the largest consecutive number of a floating-point class."""
    name = "double" if kind is None else _float_class(kind)
    info = np.finfo(dtype_of_class(name))
    value = {"realmax": info.max, "realmin": info.tiny, "flintmax": info.dtype.type(2.0 ** (info.nmant + 1))}
    return np.array([[value[call.name]]], info.dtype)


def _float_class(kind: Value) -> str:
    name = text(kind) if is_text(kind) else class_of(kind)
    if name not in ("double", "single"):
        raise MatlabError(f"class '{name}' is not a floating-point class")
    return name


@register(FUNCTIONS, "intmax intmin", 0, 1)
def integer_limits(call: Call, kind: Value = None) -> Array:
    """The limits of an integer class, int32 if none is named."""
    name = "int32" if kind is None else (text(kind) if is_text(kind) else class_of(kind))
    if name not in CLASSES or "int" not in name:
        raise MatlabError(f"class '{name}' is not an integer class")
    info = np.iinfo(dtype_of_class(name))
    return np.array([[info.max if call.name == "intmax" else info.min]], info.dtype)
