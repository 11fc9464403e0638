"""Functions of order and membership: ``max``, ``sort``, ``find``, ``unique``, sets, ``accumarray``."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import aligned, broadcast_shape, is_integer, narrow, result_dtype, to_class, trim
from bridge.matlab.functions.arguments import (
    column,
    integer_or_float,
    is_text,
    is_vector,
    numeric,
    text,
    texts,
    whole,
)
from bridge.matlab.functions.reductions import along
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.values import Array, Cell, Char, String, Value, object_array

FUNCTIONS: dict[str, Function] = {}


def _keys(array: Array) -> Array:
    """What complex numbers are compared by: modulus."""
    return np.abs(array) if array.dtype.kind == "c" else array


@register(FUNCTIONS, "max min", 1, 4)
def extreme(call: Call, x: Value, y: Value = None, *rest: Value) -> Any:
    """Largest or smallest element along a dimension with its first place, or of two arrays; NaN is skipped."""
    sign = 1 if call.name == "max" else -1
    if y is not None and not is_text(y) and numeric(y).size and not rest:
        return _pairwise(numeric(x), numeric(y), sign)
    options = [
        argument
        for argument in (y, *rest)
        if argument is not None and not (not is_text(argument) and not numeric(argument).size)
    ]
    options = [
        option for option in options if not (is_text(option) and text(option) in ("omitnan", "includenan", "linear"))
    ]
    array = numeric(x)
    array = array.astype(np.float64) if array.dtype.kind == "b" else array
    source, axis = along(array, options[0] if options else None)
    if not source.shape[axis]:
        empty = np.zeros([0 if k == axis and source.ndim <= 2 else n for k, n in enumerate(source.shape)], source.dtype)
        return empty, empty.astype(np.float64)
    places = np.expand_dims(_extreme_places(source, axis, sign), axis)
    values = trim(np.take_along_axis(source, places, axis))
    return (values, trim(places + 1.0)) if call.nargout > 1 else values


def _extreme_places(source: Array, axis: int, sign: int) -> Array:
    keys = _keys(source)
    if keys.dtype.kind != "f":
        return np.asarray(np.argmax(keys, axis) if sign > 0 else np.argmin(keys, axis))
    filled = np.where(np.isnan(keys), -sign * np.inf, keys)
    best = np.max(filled, axis, keepdims=True) if sign > 0 else np.min(filled, axis, keepdims=True)
    # The first that is best; a NaN filled with infinity does not count.
    return np.asarray(np.argmax((filled == best) & ~np.isnan(keys), axis))


def _pairwise(x: Array, y: Array, sign: int) -> Array:
    dtype = result_dtype(x, y, "max")
    broadcast_shape(x.shape, y.shape)
    a, b = aligned(x, y)
    if a.dtype.kind == "c" or b.dtype.kind == "c":
        shape = np.broadcast_shapes(a.shape, b.shape)
        a, b = np.broadcast_to(a, shape), np.broadcast_to(b, shape)
        first = (np.abs(a) >= np.abs(b)) if sign > 0 else (np.abs(a) <= np.abs(b))
        return narrow(np.where((first & ~np.isnan(a)) | np.isnan(b), a, b))
    if dtype.kind in "iu":
        a, b = to_class(a, dtype), to_class(b, dtype)
        return np.maximum(a, b) if sign > 0 else np.minimum(a, b)
    a, b = a.astype(dtype), b.astype(dtype)
    return np.fmax(a, b) if sign > 0 else np.fmin(a, b)


@register(FUNCTIONS, "bounds", 1, 2)
def bounds(call: Call, x: Value, axis: Value = None) -> Any:
    """``[smallest, largest]``."""
    array, k = along(integer_or_float(numeric(x)), axis)
    return np.min(array, k, keepdims=True), np.max(array, k, keepdims=True)


@register(FUNCTIONS, "cummax cummin", 1, 2)
def cumulative(call: Call, x: Value, axis: Value = None) -> Array:
    """Running maximum or minimum."""
    array, k = along(integer_or_float(numeric(x)), axis)
    return np.asarray((np.fmax if call.name == "cummax" else np.fmin).accumulate(array, axis=k))


@register(FUNCTIONS, "find", 1, 3)
def find(call: Call, x: Value, count: Value = None, direction: Value = None) -> Any:
    """Places of nonzero elements: one index, or ``[row, column, value]``; the first or last `count`."""
    array = numeric(x)
    places = np.flatnonzero(column(array))
    if count is not None:
        n = whole(count, "count")
        backwards = direction is not None and text(direction) == "last"
        places = places[max(places.size - n, 0) :] if backwards else places[:n]
    row = array.ndim == 2 and array.shape[0] == 1 and array.shape[1] != 1

    def shaped(flat: Array) -> Array:
        if array.shape == (0, 0) or (array.shape == (1, 1) and not flat.size):
            return np.zeros((0, 0))
        return flat.reshape((1, -1) if row else (-1, 1))

    if call.nargout <= 1:
        return shaped(places + 1.0)
    height = array.shape[0]
    return shaped(places % height + 1.0), shaped(places // height + 1.0), shaped(column(array)[places])


@register(FUNCTIONS, "nonzeros", 1, 1)
def nonzeros(call: Call, x: Value) -> Array:
    """The nonzero elements as a column."""
    flat = column(numeric(x))
    return np.asarray(flat[flat != 0]).reshape(-1, 1)


@register(FUNCTIONS, "sort", 1, 3)
def sort(call: Call, x: Value, *arguments: Value) -> Any:
    """Sorted values and where they came from; NaN last when ascending; complex by modulus, then phase."""
    descending = any(is_text(a) and text(a).lower() == "descend" for a in arguments)
    if isinstance(x, (Cell, String)):
        return _sort_texts(x, descending)
    rest = [argument for argument in arguments if not is_text(argument)]
    array, axis = along(numeric(x), rest[0] if rest else None)
    places = _order(array, axis, descending)
    values: Value = trim(np.take_along_axis(array, places, axis))
    if isinstance(x, Char):
        values = Char(values)
    return (values, trim(places + 1.0)) if call.nargout > 1 else values


def _order(array: Array, axis: int, descending: bool) -> Array:
    if array.dtype.kind == "c":
        keys: list[Array] = [np.angle(array), np.abs(array)]
    else:
        keys = [array]
    if not descending:
        return np.asarray(np.lexsort(keys, axis=axis) if len(keys) > 1 else np.argsort(array, axis=axis, kind="stable"))
    flipped = [np.flip(key, axis) for key in keys]
    order = np.lexsort(flipped, axis=axis) if len(keys) > 1 else np.argsort(flipped[0], axis=axis, kind="stable")
    return np.asarray(array.shape[axis] - 1 - np.flip(order, axis))


def _sort_texts(x: Value, descending: bool) -> Any:
    flat = texts(x)
    order = sorted(range(len(flat)), key=lambda k: flat[k], reverse=descending)
    items: list[Any] = [flat[k] if isinstance(x, String) else Char(flat[k]) for k in order]
    made = object_array(items, x.shape)
    places = np.array(order, dtype=np.float64).reshape(x.shape, order="F") + 1
    return (String(made) if isinstance(x, String) else Cell(made)), places


@register(FUNCTIONS, "issorted", 1, 1)
def issorted(call: Call, x: Value) -> Array:
    """Whether the elements of a vector ascend."""
    flat = column(numeric(x))
    return np.array([[bool((flat[1:] >= flat[:-1]).all())]])


@register(FUNCTIONS, "sortrows", 1, 2)
def sortrows(call: Call, x: Value, columns: Value = None) -> Any:
    """Rows sorted by their columns, or by the chosen ones (negative: descending)."""
    array = numeric(x)
    chosen = range(1, array.shape[1] + 1) if columns is None else [int(c) for c in column(numeric(columns))]
    if any(not 1 <= abs(c) <= array.shape[1] for c in chosen):
        raise MatlabError("a column to sort by does not exist")
    keys = [array[:, abs(c) - 1] * (1 if c > 0 else -1) for c in reversed(list(chosen))]
    order = np.lexsort([key.astype(np.float64) for key in keys]) if keys else np.arange(array.shape[0])
    return array[order], order.reshape(-1, 1) + 1.0


def _text_result(items: list[str], like: Value) -> Value:
    if isinstance(like, String):
        return String(np.array(items, dtype=object).reshape(-1, 1))
    row = like.shape[0] == 1 and like.shape[1] > 1
    made: list[Any] = [Char(item) for item in items]
    return Cell.row(made) if row else Cell.column(made)


@register(FUNCTIONS, "unique", 1, 3)
def unique(call: Call, x: Value, *options: Value) -> Any:
    """Sorted distinct elements, with the last-output places: ``[u, ia, ic]``; ``'rows'``, ``'stable'``."""
    chosen = {text(option) for option in options}
    if chosen - {"rows", "stable", "sorted", "first", "last", "legacy"}:
        raise MatlabError(f"unknown option '{sorted(chosen)[0]}'")
    if isinstance(x, (Cell, String)):
        flat = texts(x)
        kept = list(dict.fromkeys(flat)) if "stable" in chosen else sorted(set(flat))
        first = np.array([[flat.index(item) + 1.0] for item in kept]).reshape(-1, 1)
        back = np.array([[kept.index(item) + 1.0] for item in flat]).reshape(-1, 1)
        return _text_result(kept, x), first, back
    array = numeric(x)
    if "rows" in chosen:
        values, places, inverse = np.unique(array, axis=0, return_index=True, return_inverse=True)
    else:
        values, places, inverse = np.unique(column(array), return_index=True, return_inverse=True, equal_nan=False)
    inverse = inverse.ravel()
    if "last" in chosen:
        flat_positions = np.arange(inverse.size)
        places = np.array([flat_positions[inverse == k][-1] for k in range(len(places))], dtype=np.int64)
    if "stable" in chosen:
        order = np.argsort(places)
        values, places = values[order], places[order]
        inverse = np.argsort(order)[inverse]
    if "rows" not in chosen:
        row = array.ndim == 2 and array.shape[0] == 1 and array.shape[1] > 1
        values = values.reshape((1, -1) if row else (-1, 1)) if array.size else array
    result: Value = Char(values) if isinstance(x, Char) else values
    return result, places.reshape(-1, 1) + 1.0, inverse.reshape(-1, 1) + 1.0


@register(FUNCTIONS, "ismember", 2, 2)
def ismember(call: Call, x: Value, y: Value) -> Any:
    """Whether each element of x is in y, and its lowest place there."""
    if isinstance(y, (Cell, String)) or isinstance(x, (Cell, String)):
        known = texts(y)
        wanted = texts(x)
        shape = x.shape if isinstance(x, (Cell, String)) else (1, 1)
        places = np.array([known.index(w) + 1.0 if w in known else 0.0 for w in wanted]).reshape(shape, order="F")
        return places > 0, places
    a, b = numeric(x), column(numeric(y))
    unique_values, first = np.unique(b, return_index=True)
    if not b.size:
        return np.zeros(a.shape, np.bool_), np.zeros(a.shape)
    spots = np.minimum(np.searchsorted(unique_values, a), unique_values.size - 1)
    found = unique_values[spots] == a
    return found, np.where(found, first[spots] + 1.0, 0.0)


@register(FUNCTIONS, "union intersect setdiff", 2, 3)
def sets(call: Call, x: Value, y: Value, option: Value = None) -> Value:
    """Set operations, sorted (or ``'stable'``): a row if both are rows."""
    stable = option is not None and text(option) == "stable"
    if isinstance(x, (Cell, String)) or isinstance(y, (Cell, String)):
        first, second = texts(x), texts(y)
        return _text_result(_combine(call.name, first, second, stable), x if isinstance(x, (Cell, String)) else y)
    a, b = numeric(x), numeric(y)
    if a.dtype.kind == "c" or b.dtype.kind == "c":
        raise MatlabError("sets of complex numbers are not implemented")
    kept = _combine(call.name, column(a).tolist(), column(b).tolist(), stable)
    dtype = (
        result_dtype(a.ravel()[:1], b.ravel()[:1], call.name)
        if is_integer(a) or is_integer(b)
        else np.result_type(a, b)
    )
    flat = to_class(np.array(kept, dtype=np.float64), dtype) if dtype.kind in "iu" else np.array(kept, dtype=dtype)
    rows = [m.shape[0] == 1 and m.ndim == 2 for m in (a, b) if m.size]
    row = a.shape[0] == 1 if call.name == "setdiff" else bool(rows) and all(rows)
    shaped = flat.reshape((1, -1) if row else (-1, 1))
    return Char(shaped) if isinstance(x, Char) and isinstance(y, Char) else shaped


def _combine(name: str, first: list[Any], second: list[Any], stable: bool) -> list[Any]:
    if name == "union":
        kept = [*first, *second]
    elif name == "intersect":
        members = set(second)
        kept = [item for item in first if item in members]
    else:
        members = set(second)
        kept = [item for item in first if item not in members]
    distinct = list(dict.fromkeys(kept))
    return distinct if stable else sorted(distinct)


@register(FUNCTIONS, "accumarray", 2, 3)
def accumarray(call: Call, subscripts: Value, values: Value, wanted: Value = None) -> Array:
    """Sums of the values that share a subscript."""
    places = numeric(subscripts)
    if is_vector(places.shape) and places.shape[0] == 1 and numeric(values).size == places.size:
        places = places.reshape(-1, 1)
    if not ((places >= 1) & (places < 2.0**31) & (places == np.trunc(places))).all():
        raise MatlabError("subscripts must be positive whole numbers")
    lengths = places.max(axis=0).astype(np.int64) if places.size else np.zeros(places.shape[1], np.int64)
    if wanted is not None and numeric(wanted).size:
        asked = column(numeric(wanted)).astype(np.int64)
        if asked.size < lengths.size or (asked[: lengths.size] < lengths).any():
            raise MatlabError("the size does not hold all subscripts")
        lengths = asked
    elif lengths.size == 1:
        lengths = np.array([lengths[0], 1])
    call.allocate([int(n) for n in lengths])
    made = np.zeros([int(n) for n in lengths])
    columns = [places[:, k].astype(np.int64) - 1 for k in range(places.shape[1])]
    columns += [np.zeros_like(columns[0])] * (len(lengths) - len(columns))
    source = column(integer_or_float(numeric(values)))
    np.add.at(made, tuple(columns), source if source.size > 1 else source[0])
    return made
