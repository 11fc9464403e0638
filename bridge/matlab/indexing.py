"""Reading parts of arrays: ``a(i)``, ``a(i, j)``, ``c{i}``, with colons and logical masks.

Everything that can be indexed is seen as one or more plain arrays of the same size (`plain_arrays`), so that
numbers, text, cells and structure arrays follow the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.values import Array, Cell, Char, String, Struct, Value, class_of, shape_of, size_text


class ColonSubscript:
    """``:`` as a subscript; the only instance is `COLON`."""

    def __repr__(self) -> str:
        return ":"


COLON = ColonSubscript()
Rebuild = Callable[[list[Array]], Value]


def plain_arrays(value: Value) -> tuple[list[Array], Rebuild]:
    """The plain arrays behind a value, and how to make a value of the same class from others like them."""
    if isinstance(value, np.ndarray):
        return [value], lambda arrays: arrays[0]
    if isinstance(value, Char):
        return [value.codes], lambda arrays: Char(arrays[0])
    if isinstance(value, String):
        return [value.values], lambda arrays: String(arrays[0])
    if isinstance(value, Cell):
        return [value.values], lambda arrays: Cell(arrays[0])
    if isinstance(value, Struct):
        names = value.names
        # The first array only carries the size, which a structure without fields has too.
        marker = np.zeros(value.shape, np.bool_)
        return [marker, *value.fields.values()], lambda arrays: Struct.of_fields(
            dict(zip(names, arrays[1:], strict=True)), arrays[0].shape
        )
    raise MatlabError(f"a value of class '{class_of(value)}' cannot be indexed")


def is_colon(subscript: Any) -> bool:
    """Whether a subscript takes everything: ``:`` or ``':'``."""
    return subscript is COLON or (isinstance(subscript, Char) and subscript == ":")


def positions(subscript: Value) -> Array:
    """A subscript as 0-based positions in its own shape; a logical one is replaced by where it is true."""
    if isinstance(subscript, Char):
        subscript = subscript.codes.astype(np.float64)
    if not isinstance(subscript, np.ndarray):
        raise MatlabError(f"a value of class '{class_of(subscript)}' cannot be an index")
    if subscript.dtype.kind == "b":
        found = np.flatnonzero(subscript.ravel(order="F"))
        row = subscript.ndim == 2 and subscript.shape[0] == 1 and subscript.shape[1] != 1
        return found.reshape((1, -1) if row else (-1, 1))
    if subscript.dtype.kind in "iu":
        if subscript.size and subscript.min() < 1:
            raise MatlabError(f"indices must be positive integers, not {int(subscript.min())}")
        return subscript.astype(np.int64) - 1
    if subscript.dtype.kind == "c":
        raise MatlabError("indices must be real")
    if subscript.size:
        whole = np.trunc(subscript)
        bad = ~(whole == subscript) | (subscript < 1) | ~np.isfinite(subscript)
        if bad.any():
            raise MatlabError(f"indices must be positive integers or logical values, not {float(subscript[bad][0]):g}")
        if subscript.max() >= 2.0**62:
            raise MatlabError(f"the index {float(subscript.max()):g} is too large")
    return subscript.astype(np.int64) - 1


def linear_positions(value_shape: Sequence[int], subscript: Value) -> Array:
    """The positions of one subscript, shaped as the result of ``a(subscript)`` is."""
    count = _product(value_shape)
    if is_colon(subscript):
        return np.arange(count).reshape(-1, 1)
    found = positions(subscript)
    if _is_vector(value_shape) and _is_vector(found.shape):
        # A vector keeps its own orientation, whatever that of the index.
        return found.reshape((1, -1) if value_shape[0] == 1 else (-1, 1))
    if isinstance(subscript, np.ndarray) and subscript.dtype.kind == "b" and subscript.size == 1 and count == 1:
        return found.reshape(found.size, found.size)
    return found


def folded_shape(shape: Sequence[int], count: int) -> tuple[int, ...]:
    """The size as `count` subscripts see it: the last takes all remaining dimensions, missing ones are 1."""
    padded = [*shape, *[1] * (count - len(shape))]
    return (*padded[: count - 1], _product(padded[count - 1 :]))


def index(value: Value, subscripts: Sequence[Value]) -> Value:
    """``value(subscripts)``; `MatlabError` with the offending index when one is out of range."""
    if not subscripts:
        return value
    arrays, rebuild = plain_arrays(value)
    shape = arrays[0].shape
    if len(subscripts) == 1:
        found = linear_positions(shape, subscripts[0])
        _check(found, _product(shape), "", shape)
        return rebuild([array.ravel(order="F")[found] for array in arrays])
    folded = folded_shape(shape, len(subscripts))
    places: list[Array] = []
    for k, (subscript, length) in enumerate(zip(subscripts, folded, strict=True)):
        if is_colon(subscript):
            places.append(np.arange(length))
            continue
        found = positions(subscript).ravel(order="F")
        _check(found, length, f" in position {k + 1}", shape)
        places.append(found)
    grid = np.ix_(*places)
    result = [array.reshape(folded, order="F")[grid] for array in arrays]
    rank = max((k + 1 for k, length in enumerate(result[0].shape) if length != 1), default=2)
    return rebuild([array.reshape(array.shape[: max(rank, 2)]) for array in result])


def result_shape(shape: Sequence[int], subscripts: Sequence[Value]) -> tuple[int, ...]:
    """The size that `index` would give, without checking the range; to refuse before allocating."""
    if len(subscripts) == 1:
        if is_colon(subscripts[0]):
            return (_product(shape), 1)
        return shape_of(subscripts[0])
    folded = folded_shape(shape, len(subscripts))
    pairs = zip(subscripts, folded, strict=True)
    return tuple(length if is_colon(subscript) else _product(shape_of(subscript)) for subscript, length in pairs)


def _check(found: Array, length: int, where: str, shape: Sequence[int]) -> None:
    if found.size and int(found.max()) >= length:
        size = "x".join(str(n) for n in shape)
        raise MatlabError(f"index {int(found.max()) + 1}{where} exceeds the bound {length} of an array of size {size}")


def contents(value: Value, subscripts: Sequence[Value]) -> list[Value]:
    """``value{subscripts}``: what the chosen cells hold, in order."""
    if isinstance(value, Cell):
        return list(index(value, subscripts)) if subscripts else list(value)
    if isinstance(value, String):
        return [Char(str(text)) for text in index(value, subscripts)]
    raise MatlabError(
        f"braces index a cell array, not a value of class '{class_of(value)}' and size {size_text(value)}"
    )


def end(shape: Sequence[int], position: int, count: int) -> int:
    """The value of ``end`` as subscript `position` (from 0) of `count`."""
    return folded_shape(shape, count)[position]


def _product(shape: Sequence[int]) -> int:
    count = 1
    for length in shape:
        count *= int(length)
    return count


def _is_vector(shape: Sequence[int]) -> bool:
    return len(shape) == 2 and (shape[0] == 1) != (shape[1] == 1)
