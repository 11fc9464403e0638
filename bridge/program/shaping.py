"""Operations that build, move and pick elements without changing them, and the reductions over axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bridge.errors import ProgramError
from bridge.program.operations import Attributes, Rule, register
from bridge.program.types import INT32, INT64, Type, broadcast_shapes

_REAL = ("float", "int")


def _check_axis(type: Type, axis: int) -> None:
    if not 0 <= axis < type.rank:
        raise ProgramError(f"{type} has no axis {axis}")


def _constant_rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
    return (attributes["type"],)


def _constant_kernel(attributes: Attributes) -> Callable[..., Any]:
    value = attributes["value"]
    return lambda: value


register("constant", _constant_rule, _constant_kernel)


def _reshape_rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
    shape = tuple(attributes["shape"])
    if math.prod(shape) != types[0].size:
        raise ProgramError(f"{types[0]} does not have the elements of shape {shape}")
    return (types[0].with_shape(shape),)


# Elements are taken in the order of the last axis first, as numpy and ONNX do; column-major is a transpose around it.
register("reshape", _reshape_rule, lambda a: lambda x: np.reshape(x, a["shape"]))


def _broadcast_rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
    shape = tuple(attributes["shape"])
    if broadcast_shapes(types[0].shape, shape) != shape:
        raise ProgramError(f"{types[0]} does not spread to shape {shape}")
    return (types[0].with_shape(shape),)


register("broadcast", _broadcast_rule, lambda a: lambda x: np.broadcast_to(x, a["shape"]))


def _transpose_rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
    axes = attributes["axes"]
    if sorted(axes) != list(range(types[0].rank)):
        raise ProgramError(f"{types[0]} has no axes {axes}")
    return (types[0].with_shape(tuple(types[0].shape[axis] for axis in axes)),)


register("transpose", _transpose_rule, lambda a: lambda x: np.transpose(x, a["axes"]))


def _concat_rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
    axis: int = attributes["axis"]
    first = types[0]
    _check_axis(first, axis)
    for other in types[1:]:
        rest = [size for k, size in enumerate(other.shape) if k != axis]
        if other.dtype != first.dtype or rest != [size for k, size in enumerate(first.shape) if k != axis]:
            raise ProgramError(f"cannot join {first} and {other} along axis {axis}")
    shape = list(first.shape)
    shape[axis] = sum(type.shape[axis] for type in types)
    return (first.with_shape(tuple(shape)),)


register("concat", _concat_rule, lambda a: lambda *parts: np.concatenate(parts, axis=a["axis"]))


def _slice_rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
    """Per axis (start, stop, step) with a positive step, within the shape."""
    if len(attributes["ranges"]) != types[0].rank:
        raise ProgramError(f"{types[0]} is not cut by {len(attributes['ranges'])} ranges")
    shape = []
    for size, (start, stop, step) in zip(types[0].shape, attributes["ranges"], strict=True):
        if not (0 <= start <= stop <= size and step > 0):
            raise ProgramError(f"range {start}:{stop}:{step} leaves an axis of length {size}")
        shape.append(-(-(stop - start) // step))
    return (types[0].with_shape(tuple(shape)),)


def _slice_kernel(attributes: Attributes) -> Callable[..., Any]:
    cut = tuple(slice(*bounds) for bounds in attributes["ranges"])
    return lambda x: x[cut]


register("slice", _slice_rule, _slice_kernel)


def _take_rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
    axis, indices = attributes["axis"], attributes["indices"]
    _check_axis(types[0], axis)
    if not all(0 <= index < types[0].shape[axis] for index in indices):
        raise ProgramError(f"an index leaves axis {axis} of {types[0]}")
    shape = list(types[0].shape)
    shape[axis] = len(indices)
    return (types[0].with_shape(tuple(shape)),)


def _take_kernel(attributes: Attributes) -> Callable[..., Any]:
    indices = np.array(attributes["indices"], dtype=np.intp)
    axis = attributes["axis"]
    return lambda x: np.take(x, indices, axis=axis)


register("take", _take_rule, _take_kernel)


def _gather_rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
    """Rows of the first operand by the second, an integer array: shape of the indices, then the remaining axes."""
    if len(types) != 2 or not types[1].dtype.is_integer or not types[0].rank:
        raise ProgramError(f"gather does not take {', '.join(map(str, types))}")
    return (types[0].with_shape(types[1].shape + types[0].shape[1:]),)


def _places(index: Any, length: int) -> Any:
    """The indices as numpy wants them; `IndexError` for one outside, where numpy would count from the end."""
    places = np.asarray(index).astype(np.intp)
    if places.size and (places.min() < 0 or places.max() >= length):
        raise IndexError(f"index {np.asarray(index)[(places < 0) | (places >= length)][0]} leaves 0..{length - 1}")
    return places


register("gather", _gather_rule, lambda _: lambda x, index: np.take(x, _places(index, len(x)), axis=0), refuses=True)


def _scatter_rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
    """The first operand with the rows that the second names replaced by the third."""
    if len(types) != 3 or not types[1].dtype.is_integer or not types[0].rank:
        raise ProgramError(f"scatter does not take {', '.join(map(str, types))}")
    if types[2].shape != types[1].shape + types[0].shape[1:] or types[2].dtype != types[0].dtype:
        raise ProgramError(f"scatter does not take {', '.join(map(str, types))}")
    return (types[0],)


def _scatter(x: Any, index: Any, rows: Any) -> Any:
    result = np.array(x)
    result[_places(index, len(x))] = rows
    return result


register("scatter", _scatter_rule, lambda _: _scatter, refuses=True)


def _reduction(name: str, *kinds: str) -> Rule:
    def rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
        if types[0].dtype.kind not in kinds:
            raise ProgramError(f"{name} does not take {types[0]}")
        axes = attributes["axes"]
        for axis in axes:
            _check_axis(types[0], axis)
            if name in ("max", "min") and not types[0].shape[axis]:
                raise ProgramError(f"there is no {name} of no elements ({types[0]})")
        return (types[0].with_shape(tuple(size for k, size in enumerate(types[0].shape) if k not in axes)),)

    return rule


def _in_type(function: Callable[..., Any]) -> Callable[[Attributes], Callable[..., Any]]:
    # numpy widens sums of small integers; the form's data type wins.
    return lambda a: lambda x: function(x, axis=a["axes"], dtype=np.asarray(x).dtype)


register("sum", _reduction("sum", "float", "int", "complex"), _in_type(np.sum))
register("prod", _reduction("prod", "float", "int", "complex"), _in_type(np.prod))
register("max", _reduction("max", "float", "int"), lambda a: lambda x: np.max(x, axis=a["axes"]))
register("min", _reduction("min", "float", "int"), lambda a: lambda x: np.min(x, axis=a["axes"]))
register("any", _reduction("any", "bool"), lambda a: lambda x: np.any(x, axis=a["axes"]))
register("all", _reduction("all", "bool"), lambda a: lambda x: np.all(x, axis=a["axes"]))


def _search_rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
    """How many of the ascending breakpoints (n,) are <= x: the left-closed interval is that number minus one.

    NaN counts as above all of them.
    """
    if len(types) != 2 or types[0].rank != 1 or types[0].dtype != types[1].dtype or types[0].dtype.kind not in _REAL:
        raise ProgramError(f"search does not take {', '.join(map(str, types))}")
    return (Type(types[1].shape, INT64),)


register(
    "search", _search_rule, lambda _: lambda points, x: np.asarray(np.searchsorted(points, x, side="right"), np.int64)
)


def _argmax_rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
    """The zero-based place of the first largest element along an axis; of the first NaN, if there is one."""
    _check_axis(types[0], attributes["axis"])
    if types[0].dtype.kind not in _REAL or not types[0].shape[attributes["axis"]]:
        raise ProgramError(f"argmax does not take {types[0]}")
    shape = tuple(size for k, size in enumerate(types[0].shape) if k != attributes["axis"])
    return (Type(shape, INT32),)


register("argmax", _argmax_rule, lambda a: lambda x: np.asarray(np.argmax(x, axis=a["axis"]), np.int32))
