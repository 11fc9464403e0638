"""Data types and literals in C99."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bridge.errors import UnsupportedOperation
from bridge.program.types import (
    BOOLEAN,
    DOUBLE,
    INT8,
    INT16,
    INT32,
    INT64,
    SINGLE,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    DType,
)

_TYPES = {
    DOUBLE: "double",
    SINGLE: "float",
    BOOLEAN: "bool",
    **{dtype: f"int{dtype.bits}_t" for dtype in (INT8, INT16, INT32, INT64)},
    **{dtype: f"uint{dtype.bits}_t" for dtype in (UINT8, UINT16, UINT32, UINT64)},
}


def c_type(dtype: DType, origin: str = "") -> str:
    """The C type that stores it; `UnsupportedOperation` names the block where there is none."""
    if dtype not in _TYPES:
        raise UnsupportedOperation(f"{origin or 'program'}: the compiled engine has no data type {dtype}")
    return _TYPES[dtype]


def is_single(dtype: DType) -> bool:
    """Whether the C library's functions for it end in f."""
    return dtype == SINGLE


def unsigned(dtype: DType) -> str:
    """The type in which integers of `dtype` are computed, so that they wrap: C promotes narrower ones to int."""
    return "uint64_t" if dtype.bits == 64 else "uint32_t"


def literal(value: Any, dtype: DType) -> str:
    """One number, exactly; in parentheses where it is negative."""
    if dtype == BOOLEAN:
        return "true" if value else "false"
    if dtype.is_integer:
        return _integer(int(value), dtype)
    number = float(value)
    if math.isnan(number):
        return "NAN"
    if math.isinf(number):
        return "INFINITY" if number > 0 else "(-INFINITY)"
    text = repr(number) + ("f" if is_single(dtype) else "")
    return f"({text})" if math.copysign(1.0, number) < 0 else text


def _integer(value: int, dtype: DType) -> str:
    if dtype.bits < 32 or (dtype.bits == 32 and dtype.signed and value > -(2**31)):
        return str(value) if value >= 0 else f"({value})"
    if dtype.signed:
        macro = f"INT{dtype.bits}_C"
        low = dtype.limits[0]
        # The smallest integer is no literal: C reads it as the negation of one that is too large.
        return f"({macro}({value + 1}) - 1)" if value == low else f"{macro}({value})"
    return f"UINT{dtype.bits}_C({value})"


def initializer(array: np.ndarray[Any, Any], dtype: DType, indent: str = "    ") -> str:
    """The elements of an array between braces, last axis first."""
    items = [literal(item, dtype) for item in array.ravel().tolist()] or ["0"]
    rows = [", ".join(items[k : k + 8]) for k in range(0, len(items), 8)]
    return "{\n" + ",\n".join(indent + row for row in rows) + "\n}"
