"""Reading the arguments of functions: numbers, sizes, dimensions, text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import DOUBLE, SINGLE, is_integer
from bridge.matlab.values import Array, Cell, Char, String, Value, class_of, size_text


def numeric(value: Value) -> Array:
    """A numeric, logical or character argument as an array; logical stays logical."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, Char):
        return value.codes.astype(np.float64)
    raise MatlabError(f"a numeric argument is needed, not one of class '{class_of(value)}'")


def float_array(value: Value) -> Array:
    """A numeric argument in floating point: single stays single, all others become double."""
    array = numeric(value)
    return array if array.dtype.kind in "fc" else array.astype(np.float64)


def real_array(value: Value) -> Array:
    """As `float_array`, but complex values are an error."""
    array = float_array(value)
    if array.dtype.kind == "c":
        raise MatlabError("a real argument is needed, not a complex one")
    return array


def real_type(array: Array) -> np.dtype[Any]:
    """The real floating-point class that goes with an array."""
    return SINGLE if array.dtype in (SINGLE, np.complex64) else DOUBLE


def scalar(value: Value) -> float:
    """A real scalar argument."""
    array = numeric(value)
    if array.size != 1:
        raise MatlabError(f"a scalar is needed, not an array of size {size_text(value)}")
    if array.dtype.kind == "c":
        raise MatlabError("a real scalar is needed, not a complex one")
    return float(array.flat[0])


def whole(value: Value, what: str = "argument") -> int:
    """An integer-valued scalar argument."""
    number = scalar(value)
    if number != np.trunc(number) or not np.isfinite(number):
        raise MatlabError(f"the {what} must be a whole number, not {number:g}")
    return int(number)


def dimension(value: Value) -> int:
    """A dimension argument as an axis counted from 0."""
    axis = whole(value, "dimension") - 1
    if not 0 <= axis < 64:
        raise MatlabError(f"a dimension must be a positive whole number, not {axis + 1}")
    return axis


def first_axis(shape: Sequence[int]) -> int:
    """The first dimension whose length is not 1, counted from 0; 0 for a scalar."""
    return next((k for k, length in enumerate(shape) if length != 1), 0)


def text(value: Value, what: str = "argument") -> str:
    """A character row or string scalar as `str`."""
    if isinstance(value, (Char, String)):
        return value.text
    raise MatlabError(f"the {what} must be text, not of class '{class_of(value)}'")


def is_text(value: Value) -> bool:
    """Whether an argument is a character array or string."""
    return isinstance(value, (Char, String))


def texts(value: Value) -> list[str]:
    """The texts of a character row, string array or cell array of text."""
    if isinstance(value, Cell):
        return [text(item, "cell's content") for item in value]
    if isinstance(value, String):
        return [str(item) for item in value]
    return [text(value)]


def sizes(arguments: Sequence[Value]) -> tuple[int, ...]:
    """The size that ``zeros(n)``, ``zeros(m, n, …)`` or ``zeros([m n …])`` asks for; negative counts as 0."""
    if not arguments:
        return (1, 1)
    if len(arguments) == 1:
        array = numeric(arguments[0])
        lengths = [_length(item) for item in array.ravel(order="F")]
        if len(lengths) == 1:
            lengths *= 2
        elif array.ndim > 2 or array.shape[0] != 1:
            raise MatlabError("a size must be a row of whole numbers")
    else:
        lengths = [_length(scalar(argument)) for argument in arguments]
    while len(lengths) > 2 and lengths[-1] == 1:
        lengths.pop()
    return tuple(lengths)


def _length(number: Any) -> int:
    if number.imag != 0:
        raise MatlabError("a size must be real")
    value = float(number.real)
    if value != np.trunc(value) or np.isnan(value):
        raise MatlabError(f"a size must be a whole number, not {value:g}")
    return int(min(max(value, 0.0), 1e18))


def class_like(arguments: list[Value], default: str = "double") -> tuple[list[Value], str]:
    """Split a trailing class name, or ``'like', p``, from size arguments."""
    if len(arguments) >= 2 and is_text(arguments[-2]) and text(arguments[-2]) == "like":
        return arguments[:-2], class_of(arguments[-1])
    if arguments and is_text(arguments[-1]):
        return arguments[:-1], text(arguments[-1])
    return arguments, default


def is_vector(shape: Sequence[int]) -> bool:
    """Whether a size has two dimensions, one of them 1."""
    return len(shape) == 2 and 1 in shape


def column(array: Array) -> Array:
    """All elements as one flat array, first index fastest."""
    return array.ravel(order="F")


def like_vector(flat: Array, template: Array) -> Array:
    """A flat array as a row if `template` is a row, else as a column."""
    row = template.ndim == 2 and template.shape[0] == 1
    return flat.reshape((1, -1) if row else (-1, 1))


def integer_or_float(array: Array) -> Array:
    """Logical values as double; everything else unchanged."""
    return array if array.dtype.kind in "fc" or is_integer(array) else array.astype(np.float64)
