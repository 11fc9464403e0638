"""Functions of size and arrangement: ``size``, ``reshape``, ``permute``, ``flip``, ``triu`` …"""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import trim
from bridge.matlab.functions.arguments import column, dimension, first_axis, numeric, scalar, whole
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.indexing import folded_shape, plain_arrays, positions
from bridge.matlab.values import Array, Value, shape_of

FUNCTIONS: dict[str, Function] = {}


def _double(number: float) -> Array:
    return np.array([[float(number)]])


@register(FUNCTIONS, "size", 1, None)
def size(call: Call, value: Value, *dimensions: Value) -> Any:
    """``size(a)`` as a row, ``size(a, d)``, or one output for each dimension, the last taking the rest."""
    shape = shape_of(value)
    if dimensions:
        axes = [int(d) - 1 for argument in dimensions for d in column(numeric(argument))]
        if any(axis < 0 for axis in axes):
            raise MatlabError("a dimension must be a positive whole number")
        lengths = [shape[axis] if axis < len(shape) else 1 for axis in axes]
        if call.nargout > 1:
            return tuple(_double(length) for length in lengths)
        return np.array([lengths], dtype=np.float64)
    if call.nargout > 1:
        padded = [*shape, *[1] * (call.nargout - len(shape))]
        rest = int(np.prod(padded[call.nargout - 1 :]))
        return tuple(_double(length) for length in [*padded[: call.nargout - 1], rest])
    return np.array([shape], dtype=np.float64)


@register(FUNCTIONS, "numel length ndims height width", 1, 1)
def count(call: Call, value: Value) -> Array:
    """Number of elements, longest side (0 if empty), number of dimensions, rows, columns."""
    shape = shape_of(value)
    elements = int(np.prod(shape))
    counts = {
        "numel": elements,
        "length": max(shape) if elements else 0,
        "ndims": len(shape),
        "height": shape[0],
        "width": shape[1],
    }
    return _double(counts[call.name])


@register(FUNCTIONS, "isempty isscalar isvector isrow iscolumn ismatrix", 1, 1)
def is_shape(call: Call, value: Value) -> Array:
    """Questions about the size."""
    shape = shape_of(value)
    flat = len(shape) == 2
    answers = {
        "isempty": 0 in shape,
        "isscalar": int(np.prod(shape)) == 1,
        "isvector": flat and 1 in shape and 0 not in shape,
        "isrow": flat and shape[0] == 1,
        "iscolumn": flat and shape[1] == 1,
        "ismatrix": flat,
    }
    return np.array([[answers[call.name]]])


@register(FUNCTIONS, "reshape", 2, None)
def reshape(call: Call, value: Value, *lengths: Value) -> Value:
    """The elements, down the columns, in another size; one length may be ``[]``."""
    arrays, rebuild = plain_arrays(value)
    total = arrays[0].size
    if len(lengths) == 1:
        wanted = [int(length) for length in column(numeric(lengths[0]))]
        if len(wanted) < 2:
            raise MatlabError("a size must have at least two elements")
    else:
        empty = [k for k, length in enumerate(lengths) if shape_of(length) == (0, 0)]
        if len(empty) > 1:
            raise MatlabError("only one length can be []")
        wanted = [1 if k in empty else whole(length, "length") for k, length in enumerate(lengths)]
        if empty:
            known = int(np.prod(wanted))
            wanted[empty[0]] = total // known if known and total % known == 0 else -1
    if any(length < 0 for length in wanted) or int(np.prod([float(w) for w in wanted])) != total:
        raise MatlabError(f"{total} elements cannot be reshaped to {'x'.join(str(max(w, 0)) for w in wanted)}")
    return rebuild([trim(array.reshape(wanted, order="F")) for array in arrays])


@register(FUNCTIONS, "sub2ind", 2, None)
def sub2ind(call: Call, size_argument: Value, *subscripts: Value) -> Array:
    """Linear indices of subscripts in an array of a size."""
    shape = folded_shape([int(n) for n in column(numeric(size_argument))], len(subscripts))
    places = [np.asarray(positions(subscript)) for subscript in subscripts]
    if any(place.shape != places[0].shape for place in places):
        raise MatlabError("all subscripts must have the same size")
    total, stride = np.ones(places[0].shape), 1.0
    for place, length in zip(places, shape, strict=True):
        if place.size and int(place.max()) >= length:
            raise MatlabError(f"subscript {int(place.max()) + 1} exceeds the bound {length}")
        total, stride = total + place * stride, stride * length
    return total


@register(FUNCTIONS, "ind2sub", 2, 2)
def ind2sub(call: Call, size_argument: Value, index: Value) -> Any:
    """Subscripts of linear indices in an array of a size; the last output takes the remaining dimensions."""
    wanted = max(call.nargout, 1)
    shape = folded_shape([int(n) for n in column(numeric(size_argument))], wanted)
    place = np.asarray(positions(index))
    if place.size and int(place.max()) >= int(np.prod(shape)):
        raise MatlabError(f"index {int(place.max()) + 1} exceeds the bound {int(np.prod(shape))}")
    return tuple(part + 1.0 for part in np.unravel_index(place, shape, order="F"))


@register(FUNCTIONS, "squeeze", 1, 1)
def squeeze(call: Call, value: Value) -> Value:
    """Without dimensions of length 1, if there are more than two."""
    arrays, rebuild = plain_arrays(value)
    shape = arrays[0].shape
    if len(shape) <= 2:
        return value
    kept = [length for length in shape if length != 1]
    kept += [1] * (2 - len(kept))
    return rebuild([array.reshape(kept, order="F") for array in arrays])


@register(FUNCTIONS, "permute", 2, 2)
def permute(call: Call, value: Value, order: Value) -> Value:
    """Dimensions in another order."""
    arrays, rebuild = plain_arrays(value)
    axes = [int(axis) - 1 for axis in column(numeric(order))]
    if sorted(axes) != list(range(len(axes))) or len(axes) < arrays[0].ndim or len(axes) > 64:
        raise MatlabError("the order must name every dimension once")
    padded = arrays[0].shape + (1,) * (len(axes) - arrays[0].ndim)
    return rebuild([trim(array.reshape(padded).transpose(axes)) for array in arrays])


@register(FUNCTIONS, "transpose ctranspose", 1, 1)
def transpose(call: Call, value: Value) -> Value:
    """``a.'`` and ``a'``."""
    return call.operations.transpose(value, call.name == "ctranspose")


@register(FUNCTIONS, "horzcat vertcat", 0, None)
def joined(call: Call, *values: Value) -> Value:
    """``[a, b]`` and ``[a; b]``."""
    return call.operations.cat(values, 1 if call.name == "horzcat" else 0)


@register(FUNCTIONS, "cat", 1, None)
def cat(call: Call, axis: Value, *values: Value) -> Value:
    """The arrays joined along a dimension."""
    return call.operations.cat(values, dimension(axis))


@register(FUNCTIONS, "fliplr flipud flip", 1, 2)
def flip(call: Call, value: Value, axis: Value = None) -> Value:
    """Reversed along a dimension."""
    arrays, rebuild = plain_arrays(value)
    fixed = {"fliplr": 1, "flipud": 0}.get(call.name)
    along = fixed if fixed is not None else (first_axis(arrays[0].shape) if axis is None else dimension(axis))
    return value if along >= arrays[0].ndim else rebuild([np.flip(array, along) for array in arrays])


@register(FUNCTIONS, "rot90", 1, 2)
def rot90(call: Call, value: Value, turns: Value = None) -> Value:
    """Turned counterclockwise by quarter turns."""
    arrays, rebuild = plain_arrays(value)
    return rebuild([np.rot90(array, 1 if turns is None else whole(turns) % 4) for array in arrays])


@register(FUNCTIONS, "circshift", 2, 3)
def circshift(call: Call, value: Value, shift: Value, axis: Value = None) -> Value:
    """Shifted in a circle along the first long dimension, a given one, or each (a vector of shifts)."""
    arrays, rebuild = plain_arrays(value)
    shifts = [int(s) for s in column(numeric(shift))]
    if axis is not None or len(shifts) == 1:
        along = first_axis(arrays[0].shape) if axis is None else dimension(axis)
        if along >= arrays[0].ndim:
            return value
        return rebuild([np.roll(array, shifts[0], along) for array in arrays])
    count = min(len(shifts), arrays[0].ndim)
    return rebuild([np.roll(array, shifts[:count], tuple(range(count))) for array in arrays])


@register(FUNCTIONS, "triu tril", 1, 2)
def triangle(call: Call, value: Value, diagonal: Value = None) -> Array:
    """The upper or lower triangle, zeros elsewhere."""
    array = numeric(value)
    if array.ndim > 2:
        raise MatlabError("a matrix is needed")
    k = 0 if diagonal is None else int(scalar(diagonal))
    return np.triu(array, k) if call.name == "triu" else np.tril(array, k)
