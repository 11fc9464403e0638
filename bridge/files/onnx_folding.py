"""What ONNX graphs of others compute of constants and of shapes alone, computed here.

Values are arrays; those that hold lengths have elements `Size` where the file leaves one open. `Filled` is one number
in an array whose shape does not matter: the zeros that recurrences start from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files.onnx_axes import Size, product

Array = npt.NDArray[Any]
LARGEST = 2**25
"""How many elements may come of folding: more than weights need that are transposed or joined."""


@dataclass(frozen=True)
class Filled:
    """Everywhere the same number."""

    number: float


Known = Array | Filled


def fold(op: str, given: Sequence[Known | None], attributes: Mapping[str, Any]) -> Known | None:
    """What a node computes of known values; None where that is not known. Raises what numpy raises."""
    if op not in _FOLD or not given or any(value is None for value in given):
        return None
    first = given[0]
    if isinstance(first, Filled):
        alike = op != "Concat" or all(value == first for value in given if isinstance(value, Filled))
        whole = op != "Concat" or all(isinstance(value, Filled) for value in given)
        return first if op in _KEEPS_FILLED and alike and whole else None
    if op == "ConstantOfShape":
        return Filled(float(np.ravel(attributes["value"])[0]) if "value" in attributes else 0.0)
    arrays = [value for value in given if isinstance(value, np.ndarray)]
    if len(arrays) < len(given) or sum(array.size for array in arrays) > LARGEST:
        return None
    return _FOLD[op](arrays, attributes)


def _axes(arrays: Sequence[Array], attributes: Mapping[str, Any], place: int = 1) -> tuple[int, ...]:
    chosen = arrays[place] if len(arrays) > place else attributes.get("axes", ())
    return tuple(int(axis) for axis in np.ravel(np.asarray(chosen)))


def slices(arrays: Sequence[Array], attributes: Mapping[str, Any], rank: int) -> dict[int, slice]:
    """What a Slice node takes of each axis that it names; `arrays` are its inputs after the data."""
    if arrays:
        starts, ends = arrays[0], arrays[1]
        axes = arrays[2] if len(arrays) > 2 and arrays[2].size else np.arange(len(starts))
        steps = arrays[3] if len(arrays) > 3 else np.ones(len(starts), np.int64)
    else:  # before opset 10
        starts, ends = np.asarray(attributes["starts"]), np.asarray(attributes["ends"])
        axes, steps = np.asarray(attributes.get("axes", range(len(starts)))), np.ones(len(starts), np.int64)
    return {
        int(axis) % rank: slice(int(start), int(end), int(step))
        for axis, start, end, step in zip(axes, starts, ends, steps, strict=True)
    }


def _sliced(arrays: Sequence[Array], attributes: Mapping[str, Any]) -> Array:
    data = arrays[0]
    chosen = slices(arrays[1:], attributes, data.ndim)
    return data[tuple(chosen.get(axis, slice(None)) for axis in range(data.ndim))]


def _unsqueezed(arrays: Sequence[Array], attributes: Mapping[str, Any]) -> Array:
    return np.expand_dims(arrays[0], _axes(arrays, attributes))


def _squeezed(arrays: Sequence[Array], attributes: Mapping[str, Any]) -> Array:
    return np.squeeze(arrays[0], _axes(arrays, attributes) or None)


def _expanded(arrays: Sequence[Array], attributes: Mapping[str, Any]) -> Known:
    """What is expanded by lengths that are open stays as it is, of length one along these."""
    data, shape = arrays
    if data.size == 1 and data.dtype.kind == "f":
        return Filled(float(data.reshape(-1)[0]))
    lengths = [1 if isinstance(length, Size) else int(length) for length in shape]
    if product(lengths) > LARGEST:  # type: ignore[operator]  # all are whole numbers
        raise ValueError(f"is expanded to {' x '.join(map(str, lengths))}")
    return np.broadcast_to(data, np.broadcast_shapes(data.shape, tuple(lengths)))


def _reshaped(arrays: Sequence[Array], attributes: Mapping[str, Any]) -> Array:
    data, wanted = arrays[0], [int(length) for length in arrays[1]]
    shape = [data.shape[k] if length == 0 else length for k, length in enumerate(wanted)]
    return data.reshape(shape)


def _divided(arrays: Sequence[Array], attributes: Mapping[str, Any]) -> Array:
    a, b = arrays
    whole = a.dtype.kind in "iuO" and b.dtype.kind in "iuO"
    return a // b if whole else a / b


def _reduced(arrays: Sequence[Array], attributes: Mapping[str, Any]) -> Array:
    axes = _axes(arrays, attributes) or tuple(range(arrays[0].ndim))
    if arrays[0].ndim != 1 or axes not in ((0,), (-1,)):
        raise ValueError("multiplies along several axes")
    total = np.empty((), object)
    total[()] = product(arrays[0])
    return total.reshape(1) if attributes.get("keepdims", 1) else total


def _gathered(arrays: Sequence[Array], attributes: Mapping[str, Any]) -> Array:
    return np.asarray(np.take(arrays[0], arrays[1].astype(np.int64), attributes.get("axis", 0)))


def _transposed(arrays: Sequence[Array], attributes: Mapping[str, Any]) -> Array:
    return np.transpose(arrays[0], attributes.get("perm"))


def _arithmetic(function: Callable[[Any, Any], Any]) -> Callable[[Sequence[Array], Mapping[str, Any]], Array]:
    return lambda arrays, attributes: np.asarray(function(arrays[0], arrays[1]))


_FOLD: dict[str, Callable[[Sequence[Array], Mapping[str, Any]], Known]] = {
    "ConstantOfShape": lambda arrays, attributes: Filled(0.0),
    "Identity": lambda arrays, attributes: arrays[0],
    "Cast": lambda arrays, attributes: arrays[0],
    "Gather": _gathered,
    "Slice": _sliced,
    "Concat": lambda arrays, attributes: np.concatenate(arrays, attributes["axis"]),
    "Unsqueeze": _unsqueezed,
    "Squeeze": _squeezed,
    "Expand": _expanded,
    "Reshape": _reshaped,
    "Transpose": _transposed,
    "ReduceProd": _reduced,
    "Mul": _arithmetic(lambda a, b: a * b),
    "Add": _arithmetic(lambda a, b: a + b),
    "Sub": _arithmetic(lambda a, b: a - b),
    "Div": _divided,
    "Sqrt": lambda arrays, attributes: np.sqrt(arrays[0]),
}
_KEEPS_FILLED = (
    *("Identity", "Cast", "Slice", "Gather", "Unsqueeze", "Squeeze"),
    *("Expand", "Reshape", "Transpose", "Concat"),
)
