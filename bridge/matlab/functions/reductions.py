"""Functions along a dimension: sums, products, means, differences.

Without a dimension they work along the first one whose length is not 1; ``'all'`` takes every element.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import is_integer, narrow, saturate, trim
from bridge.matlab.functions.arguments import (
    column,
    dimension,
    first_axis,
    float_array,
    integer_or_float,
    is_text,
    is_vector,
    like_vector,
    numeric,
    real_array,
    scalar,
    text,
    whole,
)
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.values import Array, Value

FUNCTIONS: dict[str, Function] = {}


def along(array: Array, dimension_argument: Value | None) -> tuple[Array, int]:
    """The array and the axis to work along; flattened for ``'all'``, extended for a dimension it lacks."""
    if dimension_argument is None:
        if array.shape == (0, 0):
            return array, 0
        return array, first_axis(array.shape)
    if is_text(dimension_argument):
        if text(dimension_argument) != "all":
            raise MatlabError(f"unknown option '{text(dimension_argument)}'")
        return column(array).reshape(-1, 1), 0
    if numeric(dimension_argument).size > 1:
        axes = [int(d) - 1 for d in column(numeric(dimension_argument))]
        if sorted(axes) != list(range(array.ndim)):
            raise MatlabError("several dimensions at once are only supported if they are all")
        return column(array).reshape(-1, 1), 0
    axis = dimension(dimension_argument)
    return (array if axis < array.ndim else array.reshape(array.shape + (1,) * (axis + 1 - array.ndim))), axis


def _options(arguments: tuple[Value, ...]) -> tuple[Value | None, set[str]]:
    """A dimension (or 'all') and the textual options after it."""
    chosen: Value | None = None
    options: set[str] = set()
    for argument in arguments:
        if is_text(argument) and text(argument) != "all":
            options.add(text(argument))
        elif chosen is None:
            chosen = argument
        else:
            raise MatlabError("too many numeric arguments")
    known = {"omitnan", "includenan", "omitmissing", "includemissing", "default", "double", "native"}
    if options - known:
        raise MatlabError(f"unknown option '{sorted(options - known)[0]}'")
    return chosen, options


def _reduced(array: Array, chosen: Value | None, function: Callable[[Array, int], Array]) -> Array:
    """`function` along the axis, keeping it with length 1 (0 x 0 gives 1 x 1)."""
    array, axis = along(array, chosen)
    if array.shape == (0, 0) and chosen is None:
        array = array.reshape(0, 1)
    return trim(np.asarray(function(array, axis)))


@register(FUNCTIONS, "sum prod", 1, 4)
def total(call: Call, x: Value, *arguments: Value) -> Array:
    """Sum or product, in double for all but single; ``'native'`` keeps an integer class and saturates."""
    chosen, options = _options(arguments)
    array = numeric(x)
    if options & {"omitnan", "omitmissing"} and array.dtype.kind in "fc":
        array = np.where(np.isnan(array), 0 if call.name == "sum" else 1, array).astype(array.dtype)
    reduce = np.sum if call.name == "sum" else np.prod
    if is_integer(array) and "native" in options:
        wide: Any = object if array.dtype.itemsize == 8 else np.float64
        result = _reduced(array.astype(wide), chosen, lambda a, k: reduce(a, axis=k, keepdims=True))
        if wide is object:
            limits = np.iinfo(array.dtype)
            return np.clip(result, limits.min, limits.max).astype(array.dtype)
        return saturate(result, array.dtype)
    if array.dtype.kind not in "fc":
        array = array.astype(np.float64)
    return narrow(_reduced(array, chosen, lambda a, k: reduce(a, axis=k, keepdims=True)))


@register(FUNCTIONS, "rms", 1, 2)
def rms(call: Call, x: Value, axis: Value = None) -> Array:
    """Root of the mean of squared moduli."""
    array = np.abs(float_array(x)) ** 2
    return np.sqrt(_reduced(array, axis, lambda a, k: np.sum(a, axis=k, keepdims=True) / a.shape[k]))


@register(FUNCTIONS, "cumsum cumprod", 1, 3)
def cumulative(call: Call, x: Value, *arguments: Value) -> Array:
    """Running sum or product; ``'reverse'`` runs backwards."""
    array = integer_or_float(numeric(x))
    backwards = bool(arguments) and is_text(arguments[-1]) and text(arguments[-1]) == "reverse"
    rest = [argument for argument in arguments if not is_text(argument)]
    source, axis = along(array, rest[0] if rest else None)
    if backwards:
        source = np.flip(source, axis)
    accumulate = np.cumsum if call.name == "cumsum" else np.cumprod
    if is_integer(array):
        result = saturate(accumulate(source.astype(np.float64), axis=axis), array.dtype)
    else:
        result = np.asarray(accumulate(source, axis=axis))
    return trim(np.flip(result, axis) if backwards else result)


@register(FUNCTIONS, "mean", 1, 4)
def mean(call: Call, x: Value, *arguments: Value) -> Array:
    """Arithmetic mean; NaN for nothing."""
    chosen, options = _options(arguments)
    array = numeric(x)
    if options & {"omitnan", "omitmissing"}:
        return _reduced(array, chosen, lambda a, k: np.nanmean(a, axis=k, keepdims=True))
    result = _reduced(
        array if array.dtype.kind in "fc" else array.astype(np.float64),
        chosen,
        lambda a, k: np.sum(a, axis=k, keepdims=True) / a.shape[k],
    )
    return narrow(result)


@register(FUNCTIONS, "median mode range", 1, 2)
def middle(call: Call, x: Value, chosen: Value = None) -> Array:
    """Median (NaN if any is NaN), most frequent value (the smallest of several), largest minus smallest."""
    array = real_array(x)
    if not array.size and call.name != "median":
        return np.full((1, 1), np.nan)
    if call.name == "range":
        return _reduced(array, chosen, lambda a, k: np.max(a, axis=k, keepdims=True) - np.min(a, axis=k, keepdims=True))
    if call.name == "median":
        if not array.size:
            return _reduced(array, chosen, lambda a, k: np.full([*a.shape[:k], 1, *a.shape[k + 1 :]], np.nan))
        return _reduced(array, chosen, lambda a, k: np.median(a, axis=k, keepdims=True))
    return _reduced(array, chosen, lambda a, k: np.apply_along_axis(_most_frequent, k, a))


def _most_frequent(values: Array) -> Array:
    kept, counts = np.unique(values, return_counts=True)
    return kept[[np.argmax(counts)]] if kept.size else np.array([np.nan])


@register(FUNCTIONS, "var std", 1, 4)
def variance(call: Call, x: Value, *arguments: Value) -> Array:
    """Variance and standard deviation over N - 1, or over N with weight 1."""
    array = float_array(x)
    rest = [argument for argument in arguments if not is_text(argument) or text(argument) == "all"]
    weight = 0 if not rest or numeric(rest[0]).size == 0 or is_text(rest[0]) else scalar(rest[0])
    if weight not in (0, 1):
        raise MatlabError("the weight must be 0 or 1")
    chosen = rest[1] if len(rest) > 1 else None

    def one(a: Array, k: int) -> Array:
        count = a.shape[k]
        if not count:
            return np.full([1 if axis == k else n for axis, n in enumerate(a.shape)], np.nan)
        deviations = np.abs(a - np.sum(a, axis=k, keepdims=True) / count) ** 2
        return np.asarray(np.sum(deviations, axis=k, keepdims=True) / (count if weight or count == 1 else count - 1))

    result = _reduced(array, chosen, one)
    return np.sqrt(result) if call.name == "std" else result


@register(FUNCTIONS, "any all", 1, 2)
def quantifier(call: Call, x: Value, chosen: Value = None) -> Array:
    """Whether any, or every, element is nonzero; NaN counts as nonzero."""
    array = numeric(x) != 0
    function = np.any if call.name == "any" else np.all
    return _reduced(array, chosen, lambda a, k: function(a, axis=k, keepdims=True))


@register(FUNCTIONS, "nnz", 1, 1)
def nnz(call: Call, x: Value) -> Array:
    """The number of nonzero elements."""
    return np.array([[float(np.count_nonzero(numeric(x)))]])


@register(FUNCTIONS, "diff", 1, 3)
def diff(call: Call, x: Value, order: Value = None, axis: Value = None) -> Array:
    """Differences of neighbours, `order` times."""
    array = integer_or_float(numeric(x))
    for _ in range(1 if order is None or numeric(order).size == 0 else min(whole(order, "order"), array.size + 1)):
        if array.size <= 1 and axis is None:
            return np.zeros((0, 0), array.dtype)
        source, k = along(array, axis)
        if is_integer(source):
            array = saturate(np.diff(source.astype(np.float64), axis=k), array.dtype)
        else:
            array = np.diff(source, axis=k)
    return array


@register(FUNCTIONS, "dot", 2, 3)
def dot(call: Call, x: Value, y: Value, axis: Value = None) -> Array:
    """``sum(conj(x) .* y)``; two vectors may differ in orientation."""
    a, b = float_array(x), float_array(y)
    if is_vector(a.shape) and is_vector(b.shape) and axis is None:
        a, b = column(a).reshape(-1, 1), column(b).reshape(-1, 1)
    if a.shape != b.shape:
        raise MatlabError("both arguments must have the same size")
    return narrow(_reduced(np.conj(a) * b, axis, lambda p, k: np.sum(p, axis=k, keepdims=True)))


@register(FUNCTIONS, "cross", 2, 2)
def cross(call: Call, x: Value, y: Value) -> Array:
    """The vector product along the first dimension of length 3."""
    a, b = integer_or_float(numeric(x)), integer_or_float(numeric(y))
    if is_vector(a.shape) and is_vector(b.shape) and a.size == b.size == 3:
        return like_vector(np.cross(column(a), column(b)), a if a.shape == b.shape else a.reshape(-1, 1))
    if a.shape != b.shape or 3 not in a.shape:
        raise MatlabError("both arguments must have the same size and one dimension of length 3")
    return np.asarray(np.cross(a, b, axis=a.shape.index(3)))


@register(FUNCTIONS, "norm", 1, 2)
def norm(call: Call, x: Value, kind: Value = None) -> Array:
    """Vector p-norms and the 1, 2, Inf and Frobenius norms of matrices."""
    array = float_array(x)
    if array.ndim > 2:
        raise MatlabError("a vector or matrix is needed")
    if not array.size:
        return np.zeros((1, 1))
    order: Any = 2.0
    if kind is not None:
        order = {"fro": "fro", "inf": np.inf, "Inf": np.inf}.get(text(kind)) if is_text(kind) else scalar(kind)
        if order is None:
            raise MatlabError(f"unknown norm '{text(kind)}'")
    if is_vector(array.shape):
        flat = column(array)
        if order == "fro":
            order = 2.0
        return np.asarray(np.linalg.norm(flat, order)).reshape(1, 1)
    if order not in (1, 2, np.inf, "fro"):
        raise MatlabError("the norm of a matrix must be 1, 2, Inf or 'fro'")
    call.work(20.0 * array.size * min(array.shape))
    if order == 2 and not np.isfinite(array).all():
        return np.array([[np.nan]])
    return np.asarray(np.linalg.norm(array, order)).reshape(1, 1)


@register(FUNCTIONS, "trapz cumtrapz", 1, 2)
def trapezoids(call: Call, first: Value, second: Value = None) -> Array:
    """Integral by trapezoids of ``y``, or of ``y`` over ``x``."""
    y = float_array(first if second is None else second)
    y, axis = along(y, None)
    moved = np.moveaxis(y, axis, 0)
    steps: Array = np.ones(max(moved.shape[0] - 1, 0))
    if second is not None:
        steps = np.diff(column(float_array(first)))
        if steps.size != max(moved.shape[0] - 1, 0):
            raise MatlabError("x must have one element for each row of y")
    steps = steps.reshape((-1,) + (1,) * (moved.ndim - 1))
    areas = steps * (moved[1:] + moved[:-1]) / 2
    if call.name == "trapz":
        return np.moveaxis(np.sum(areas, axis=0, keepdims=True), 0, axis)
    return np.moveaxis(np.concatenate([np.zeros_like(areas[:1]), np.cumsum(areas, axis=0)]), 0, axis)
