"""Joining values: ``[a, b; c, d]`` and ``cat``, with the class that MATLAB gives the result.

Strings win over everything, then cells, characters, integer classes (the first one), single, double, logical.
Source: MathWorks "Valid Combinations of Unlike Classes".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import DOUBLE, SINGLE, is_integer, to_class, trim
from bridge.matlab.string_arrays import strings
from bridge.matlab.values import (
    Array,
    Cell,
    Char,
    FunctionHandle,
    String,
    Struct,
    Value,
    class_of,
    object_array,
    shape_of,
)


def concatenate(values: Sequence[Value], axis: int) -> Value:
    """The values joined along `axis` (0: below each other, 1: side by side).

    0x0, and empty rows or columns that do not fit, are left out. `MatlabError` if the other sizes do not fit.
    """
    if not values:
        return np.zeros((0, 0))
    if len(values) == 1:
        return values[0]
    if any(isinstance(value, String) for value in values):
        return String(_join([strings(value).values for value in values], axis))
    if any(isinstance(value, Cell) for value in values):
        return Cell(_join([_as_cell(value) for value in values if not _is_nothing(value)], axis))
    if any(isinstance(value, Struct) for value in values):
        return _structures([value for value in values if not _is_nothing(value)], axis)
    for value in values:
        if isinstance(value, FunctionHandle):
            raise MatlabError("function handles cannot be joined; use a cell array")
        if not isinstance(value, (np.ndarray, Char)):
            raise MatlabError(f"a value of class '{class_of(value)}' cannot be joined with others")
    if any(isinstance(value, Char) for value in values):
        codes = [v.codes if isinstance(v, Char) else _codes(v) for v in values]
        return Char(_join(codes, axis))
    dtype = _dtype(values)
    return _join([to_class(array, dtype) for array in values], axis)


def concatenated_shape(values: Sequence[Value], axis: int) -> tuple[int, ...]:
    """An upper bound of the size of the result, to refuse before allocating."""
    shapes = [shape_of(value) for value in values]
    rank = max((len(shape) for shape in shapes), default=2)
    largest = [max((s[k] if k < len(s) else 1) for s in shapes) if shapes else 0 for k in range(max(rank, axis + 1))]
    largest[axis] = sum(s[axis] if axis < len(s) else 1 for s in shapes)
    return tuple(largest)


def _dtype(values: Sequence[Array]) -> np.dtype[Any]:
    integers = [value.dtype for value in values if is_integer(value)]
    if integers:
        return integers[0]
    used = [value for value in values if value.shape != (0, 0) or value.dtype.kind != "b"]
    if used and all(value.dtype.kind == "b" for value in used):
        return np.dtype(np.bool_)
    return SINGLE if any(value.dtype in (SINGLE, np.complex64) for value in values) else DOUBLE


def _codes(array: Array) -> Array:
    if array.dtype.kind == "b" and array.size:
        raise MatlabError("logical values cannot be joined with characters")
    return np.asarray(np.clip(np.nan_to_num(array.real), 0, 65535), np.uint16)


def _is_nothing(value: Value) -> bool:
    return isinstance(value, np.ndarray) and value.shape == (0, 0)


def _as_cell(value: Value) -> Array:
    return value.values if isinstance(value, Cell) else object_array([value], (1, 1))


def _structures(values: Sequence[Value], axis: int) -> Value:
    names = values[0].names if isinstance(values[0], Struct) else []
    for value in values:
        if not isinstance(value, Struct):
            raise MatlabError(f"a structure cannot be joined with a value of class '{class_of(value)}'")
        if set(value.names) != set(names):
            raise MatlabError("structures must have the same fields to be joined")
    marker = _join([np.zeros(value.shape, np.bool_) for value in values], axis)
    fields = {name: _join([value.fields[name] for value in values], axis) for name in names}
    return Struct.of_fields(fields, marker.shape)


def _join(arrays: Sequence[Array], axis: int) -> Array:
    if not arrays:
        return np.zeros((0, 0))
    kept = [array for array in arrays if array.shape != (0, 0)]
    if len(kept) > 1:
        other = 1 - axis if axis < 2 else None
        if other is not None:
            lengths = {array.shape[other] for array in kept if array.size}
            if lengths:
                # MATLAB still lets an empty row or column vanish where its length does not fit.
                kept = [a for a in kept if a.size or a.ndim > 2 or 1 not in a.shape or a.shape[other] in lengths]
    if not kept:
        return arrays[0]
    if len(kept) == 1:
        wanted = np.result_type(*[array.dtype for array in arrays])
        return kept[0].astype(wanted, copy=False)
    rank = max(max(array.ndim for array in kept), axis + 1)
    padded = [array.reshape(array.shape + (1,) * (rank - array.ndim)) for array in kept]
    for array in padded[1:]:
        for k in range(rank):
            if k != axis and array.shape[k] != padded[0].shape[k]:
                first = "x".join(str(n) for n in kept[0].shape)
                second = "x".join(str(n) for n in trim(array).shape)
                direction = {0: "below each other", 1: "side by side"}.get(axis, f"along dimension {axis + 1}")
                raise MatlabError(f"arrays of sizes {first} and {second} cannot be joined {direction}")
    return trim(np.concatenate(padded, axis=axis))
