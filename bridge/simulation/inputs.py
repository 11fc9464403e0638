"""The data of root Inports, in the types of the Inports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.errors import UsageError
from bridge.program import Program
from bridge.program.types import DType, Type, from_numpy


def type_of(array: NDArray[Any]) -> Type:
    """The type of one row; a single column is a scalar signal."""
    shape = array.shape[1:]
    return Type(() if shape == (1,) else shape, from_numpy(array.dtype))


def arrays_of(inputs: object) -> dict[str, Any]:
    """The caller's inputs by name, each as an array of numbers; ``time`` as it is."""
    if inputs is None:
        return {}
    if not isinstance(inputs, Mapping):
        raise UsageError("inputs= takes arrays by name, {'u': array}, with their 'time' beside them or without")
    return {name: array if name == "time" else array_of(name, array) for name, array in inputs.items()}


def array_of(name: str, data: Any) -> NDArray[Any]:
    """An input's data as numbers: arrays keep their type; whole numbers in lists are doubles, as literals in MATLAB."""
    try:
        array = np.asarray(data)
    except ValueError:  # rows of different lengths
        array = np.empty(0, object)
    if array.dtype.kind not in "biufc":
        raise UsageError(f"input {name!r} is no array of numbers")
    return array.astype(float) if isinstance(data, list | tuple | int) and array.dtype == np.int64 else array


def sample(name: str, data: Any, type: Type) -> NDArray[Any]:
    """An input's value in one step."""
    array = array_of(name, data)
    if array.size != type.size:
        raise UsageError(f"input {name!r} is {array.shape}; {type.shape} is needed")
    return fitted(name, array, type.dtype).reshape(type.shape)


def fitted(name: str, array: NDArray[Any], dtype: DType) -> NDArray[Any]:
    """An input's data in the type of its Inport; integers and booleans only as they are, never cut or wrapped."""
    target = np.dtype(dtype.numpy)
    if array.dtype.kind == "c" and target.kind != "c":
        raise UsageError(f"input {name!r} is complex, but its Inport is {dtype}")
    with np.errstate(invalid="ignore", over="ignore"):
        typed: NDArray[Any] = array.astype(target)
    if target.kind in "biu" and (other := array[typed != array]).size:
        raise UsageError(f"input {name!r} holds {other.flat[0]}, which its Inport's type {dtype} cannot hold")
    return typed


def row_per_step(program: Program, name: str, array: Any, steps: int) -> Any:
    """An input's data, one row a step; zeros where there are none, tensors as they are."""
    value = program.inputs[name]
    if array is None:
        return np.zeros((steps, *value.shape), value.dtype.numpy)
    if hasattr(array, "detach"):
        return array.reshape((steps, *value.shape))
    rows = array_of(name, array)
    if not rows.ndim or len(rows) != steps or math.prod(rows.shape[1:]) != value.type.size:
        raise UsageError(f"input {name!r} is {rows.shape}; {(steps, *value.shape)} is needed: one row per step")
    return fitted(name, rows.reshape((steps, *value.shape)), value.dtype)


def resample(name: str, times: NDArray[Any], rows: NDArray[Any], at: NDArray[Any]) -> NDArray[Any]:
    """Rows at other times: interpolated between those around, extrapolated by the outer two; integers are held."""
    if times.ndim != 1 or len(times) != len(rows) or len(times) == 0 or (np.diff(times) < 0).any():
        raise UsageError(f"the time of input {name!r} must be {len(rows)} seconds that do not decrease")
    before = np.clip(np.searchsorted(times, at, side="right") - 1, 0, max(len(times) - 2, 0))
    if rows.dtype.kind != "f" or len(times) == 1:
        return rows[np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 1)]
    span = times[before + 1] - times[before]
    share = np.divide(at - times[before], span, out=np.zeros_like(at), where=span > 0)
    share = share.reshape((-1,) + (1,) * (rows.ndim - 1))
    between = np.asarray(rows[before] + share * (rows[before + 1] - rows[before]))
    return np.where(share == 1, rows[before + 1], between)  # at a sample's own time just this sample
