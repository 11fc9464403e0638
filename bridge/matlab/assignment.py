"""Changing parts of arrays: ``a(i) = v``, ``a(i) = []``, ``c{i} = v``, ``s(i).f = v``; arrays grow as needed.

The result is a new value. The class of the array that is assigned into wins, except that an empty ``[]``
takes the class of the new value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import to_class
from bridge.matlab.indexing import folded_shape, is_colon, linear_positions, plain_arrays, positions
from bridge.matlab.string_arrays import strings
from bridge.matlab.values import Array, Cell, Char, String, Struct, Value, class_of, object_array

Allocate = Callable[[Sequence[int]], None]


def assign(base: Value | None, subscripts: Sequence[Value], value: Value, allocate: Allocate) -> Value:
    """The value of `base` after ``base(subscripts) = value``; `base` is None for a new variable."""
    if not subscripts:
        raise MatlabError("an index is missing in the parentheses of the assignment")
    base, value = _matched(base, value)
    targets, rebuild = plain_arrays(base)
    sources, _ = plain_arrays(value)
    shape, places = _places(targets[0].shape, subscripts, sources[0].shape, allocate)
    grown = [_grow(array, shape) for array in targets]
    size = _product([len(place) for place in places]) if len(places) > 1 else places[0].size
    wanted = [len(place) for place in places] if len(places) > 1 else list(places[0].shape)
    _check_sizes(sources[0].shape, wanted, size)
    changed: list[Array] = []
    for target, source in zip(grown, sources, strict=True):
        if source.dtype.kind == "c" and target.dtype.kind != "c":
            target = target.astype(np.result_type(target.dtype, source.dtype))
        if len(places) == 1:
            flat = target.flatten(order="F")
            # One element stays an array, which numpy spreads; taken out of it, an array would be spread itself.
            flat[places[0].ravel(order="F")] = source.ravel(order="F")
            changed.append(flat.reshape(target.shape, order="F"))
        else:
            folded = target.reshape(folded_shape(target.shape, len(places)), order="F").copy()
            grid = np.ix_(*places)
            if source.size == 1:
                folded[grid] = source.ravel()
            else:
                folded[grid] = source.reshape(wanted, order="F")
            changed.append(folded.reshape(target.shape, order="F"))
    return rebuild(changed)


def delete(base: Value, subscripts: Sequence[Value]) -> Value:
    """``base(subscripts) = []``: without the elements of one subscript that is not a colon."""
    if not subscripts:
        raise MatlabError("an index is missing in the parentheses of the deletion")
    arrays, rebuild = plain_arrays(base)
    shape = arrays[0].shape
    if len(subscripts) == 1:
        if is_colon(subscripts[0]):
            return rebuild([array.ravel()[:0].reshape(0, 0) for array in arrays])
        gone = np.unique(linear_positions(shape, subscripts[0]))
        if gone.size and gone[-1] >= arrays[0].size:
            raise MatlabError(f"index {int(gone[-1]) + 1} exceeds the bound {arrays[0].size} in a deletion")
        if not gone.size:
            return base
        kept = [np.delete(array.ravel(order="F"), gone) for array in arrays]
        column = len(shape) == 2 and shape[1] == 1 and shape[0] != 1
        return rebuild([array.reshape((-1, 1) if column else (1, -1)) for array in kept])
    folded = folded_shape(shape, len(subscripts))
    chosen = [
        k
        for k, subscript in enumerate(subscripts)
        if not is_colon(subscript) and np.unique(positions(subscript)).size != folded[k]
    ]
    if len(chosen) > 1:
        raise MatlabError("a deletion can have only one index that is not a colon")
    axis = chosen[0] if chosen else next((k for k, s in enumerate(subscripts) if not is_colon(s)), 0)
    gone = np.arange(folded[axis]) if is_colon(subscripts[axis]) else np.unique(positions(subscripts[axis]))
    if gone.size and gone[-1] >= folded[axis]:
        raise MatlabError(f"index {int(gone[-1]) + 1} exceeds the bound {folded[axis]} in a deletion")
    return rebuild([np.delete(array.reshape(folded, order="F"), gone, axis=axis) for array in arrays])


def assign_content(base: Value | None, subscripts: Sequence[Value], value: Value, allocate: Allocate) -> Value:
    """``base{subscripts} = value``."""
    if base is None or (isinstance(base, np.ndarray) and not base.size):
        base = Cell()
    if not isinstance(base, Cell):
        raise MatlabError(f"braces index a cell array, not a value of class '{class_of(base)}'")
    return assign(base, subscripts, Cell(object_array([value], (1, 1))), allocate)


def assign_field(base: Value | None, name: str, value: Value) -> Value:
    """``base.name = value`` for a scalar structure, or a new one."""
    if base is None or (isinstance(base, np.ndarray) and not base.size):
        base = Struct()
    if not isinstance(base, Struct):
        raise MatlabError(f"a value of class '{class_of(base)}' has no fields to assign to")
    if base.size != 1:
        raise MatlabError(f"a field of {base.size} structures cannot be assigned at once")
    return Struct.of_fields({**base.fields, name: object_array([value], (1, 1))}, base.shape)


def empty_element() -> Array:
    """What fills the gaps of a growing cell or structure array: ``[]``."""
    return np.zeros((0, 0))


def with_field(base: Struct, name: str) -> Struct:
    """The structure array with a field added, ``[]`` in every element."""
    if name in base.fields:
        return base
    filled = object_array([empty_element() for _ in range(base.size)], base.shape)
    return Struct.of_fields({**base.fields, name: filled}, base.shape)


def _matched(base: Value | None, value: Value) -> tuple[Value, Value]:
    """Both values in the class of the result."""
    if base is None or (isinstance(base, np.ndarray) and base.shape == (0, 0)):
        if base is None or class_of(value) != class_of(base):
            return _empty_like(value), value
        return base, value
    if isinstance(base, Cell):
        if not isinstance(value, Cell):
            raise MatlabError(f"a value of class '{class_of(value)}' cannot be put into a cell array with parentheses")
        return base, value
    if isinstance(base, Struct):
        if not isinstance(value, Struct):
            raise MatlabError(f"a value of class '{class_of(value)}' cannot be put into a structure array")
        if not base.size and not base.fields:
            return _empty_like(value), value
        for name in value.fields:
            base = with_field(base, name)
        for name in base.fields:
            value = with_field(value, name)
        return base, Struct.of_fields({name: value.fields[name] for name in base.fields}, value.shape)
    if isinstance(base, String):
        return base, strings(value)
    if isinstance(base, Char):
        if isinstance(value, np.ndarray):
            return base, Char(np.asarray(value.real, np.uint16))
        if isinstance(value, Char):
            return base, value
    if isinstance(base, np.ndarray):
        if isinstance(value, Char):
            value = value.codes.astype(np.float64)
        if isinstance(value, np.ndarray):
            real = np.dtype(base.dtype.type(0).real.dtype)
            converted = to_class(value, real)
            if base.dtype.kind == "c" and converted.dtype.kind != "c":
                converted = converted.astype(base.dtype)
            return base, converted
    raise MatlabError(f"a value of class '{class_of(value)}' cannot be put into one of class '{class_of(base)}'")


def _empty_like(value: Value) -> Value:
    arrays, rebuild = plain_arrays(value)
    return rebuild([array.ravel()[:0].reshape(0, 0) for array in arrays])


def _places(
    shape: tuple[int, ...], subscripts: Sequence[Value], source: tuple[int, ...], allocate: Allocate
) -> tuple[tuple[int, ...], list[Array]]:
    """The size after growing, and the 0-based positions of each subscript."""
    if len(subscripts) == 1:
        found = linear_positions(shape, subscripts[0])
        count = _product(shape)
        if is_colon(subscripts[0]) and not count:
            count = _product(source)
            found = np.arange(count).reshape(-1, 1)
            allocate(source)
            return source, [found]
        needed = int(found.max()) + 1 if found.size else 0
        if needed <= count:
            return shape, [found]
        if len(shape) > 2 or (shape[0] != 1 and shape[1] != 1 and count):
            raise MatlabError(f"index {needed} exceeds the bound {count}: a matrix cannot grow by a linear index")
        stretched = (needed, 1) if shape[1] == 1 and shape[0] > 1 else (1, needed)
        allocate(stretched)
        return stretched, [found]
    rank = max(len(shape), len(subscripts))
    lengths = [*shape, *[1] * (rank - len(shape))]
    folded = folded_shape(shape, len(subscripts))
    places: list[Array] = []
    colons = sum(is_colon(subscript) for subscript in subscripts)
    spread = iter([length for length in source if length != 1] if colons != len(source) else source)
    for k, subscript in enumerate(subscripts):
        if is_colon(subscript):
            length = folded[k]
            if not _product(shape) and not length:
                length = next(spread, 1)
                lengths[k] = length
            places.append(np.arange(length))
            continue
        found = np.asarray(positions(subscript).ravel(order="F"))
        places.append(found)
        needed = int(found.max()) + 1 if found.size else 0
        if needed > folded[k]:
            if k == len(subscripts) - 1 and len(shape) > len(subscripts):
                raise MatlabError(f"index {needed} exceeds the bound {folded[k]}: folded dimensions cannot grow")
            lengths[k] = needed
    grown = tuple(lengths)
    if grown != shape:
        allocate(grown)
    return grown, places


def _grow(array: Array, shape: tuple[int, ...]) -> Array:
    if array.shape == shape:
        return array
    if array.dtype == object:
        # A string array is filled with "", everything else with [].
        texts = array.size > 0 and isinstance(array.flat[0], str)
        grown = np.empty(shape, dtype=object)
        for place in range(grown.size):
            grown.flat[place] = "" if texts else empty_element()
    else:
        grown = np.zeros(shape, array.dtype)
    if array.size:
        grown[tuple(slice(0, n) for n in array.shape) + (0,) * (len(shape) - array.ndim)] = array
    return grown


def _check_sizes(source: Sequence[int], wanted: Sequence[int], size: int) -> None:
    count = _product(source)
    if count == 1 or (count == size and _squeezed(source) == _squeezed(wanted)):
        return
    if count == size and len(wanted) == 2 and 1 in wanted and len(_squeezed(source)) <= 1:
        return
    left = "x".join(str(n) for n in wanted)
    right = "x".join(str(n) for n in source)
    raise MatlabError(f"the sizes of the two sides differ: {left} and {right}")


def _squeezed(shape: Sequence[int]) -> list[int]:
    return [length for length in shape if length != 1]


def _product(shape: Sequence[Any]) -> int:
    count = 1
    for length in shape:
        count *= int(length)
    return count
