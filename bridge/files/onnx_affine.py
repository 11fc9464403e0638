"""Constants added to, or multiplied with, signals of an ONNX graph: biases, normalization, a scale and an offset."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bridge import network as kinds
from bridge.files.onnx_recurrent import Refused
from bridge.files.onnx_signals import Signal

if TYPE_CHECKING:
    from bridge.files.onnx_foreign import Reading

Array = npt.NDArray[Any]
_EPSILON = 1e-5
# The variance that leaves what it divides as it is: with epsilon, 1 in single precision and in double.
_ONE = np.float64(1) - np.float64(_EPSILON)


def apply(reading: Reading, node: Any, name: str, other: Array) -> None:
    """Follow one node that adds, subtracts, multiplies or divides by `other`."""
    signal = reading.settled(reading.signals[name])
    op, first = node.op_type, node.input[0] == name
    numbers = _by_channel(signal, other)
    layer = reading.layers[signal.parts[0][0]]
    alone = reading.readers[name] == 1
    if op == "Add" and signal.product:
        reading.layers[layer.Name] = layer.replace(Bias=numbers)
        reading.signals[node.output[0]] = replace(signal, product=False)
        return
    if isinstance(layer, kinds.Input) and alone and first and _normalizes(layer, op):
        changed = layer.replace(Normalization="zerocenter", Mean=numbers)
        if op == "Div":
            changed = layer.replace(Normalization="zscore", StandardDeviation=numbers)
        reading.layers[layer.Name] = changed
        reading.signals[node.output[0]] = signal
        return
    if op == "Add" and alone and isinstance(layer, kinds.BatchNormalization) and not layer.Offset.any():
        reading.layers[layer.Name] = layer.replace(Offset=numbers)
        reading.signals[node.output[0]] = signal
        return
    scale, offset = _as_scale(op, numbers, first)
    zero, one = np.zeros_like(numbers), np.full(numbers.shape, _ONE, numbers.dtype)
    arrays = {"Scale": scale, "Offset": offset, "TrainedMean": zero, "TrainedVariance": one}
    reading.layer(node, kinds.BatchNormalization(Epsilon=_EPSILON, **arrays), [name])


def _normalizes(layer: Any, op: str) -> bool:
    """Whether a Sub is the first step of a normalization, or a Div its second."""
    return (op, layer.Normalization) in (("Sub", "none"), ("Div", "zerocenter"))


def _by_channel(signal: Signal, other: Array) -> Array:
    """A constant as one number a channel."""
    place = signal.axes.index("C") if "C" in signal.axes else -1
    shape = (*(1,) * (len(signal.axes) - other.ndim), *other.shape)
    if place < 0 or len(shape) != len(signal.axes) or any(n != 1 for k, n in enumerate(shape) if k != place):
        raise Refused(f"computes with an array of {' x '.join(map(str, other.shape))}, not with one number a channel")
    return np.broadcast_to(other.reshape(-1), (signal.width,)).copy()


def _as_scale(op: str, numbers: Array, first: bool) -> tuple[Array, Array]:
    """The operation as scale x + offset."""
    zero, one = np.zeros_like(numbers), np.ones_like(numbers)
    if op in ("Add", "Sum"):
        return one, numbers
    if op == "Mul":
        return numbers, zero
    if op == "Sub":
        return (one, -numbers) if first else (-one, numbers)
    if not first or not numbers.all():
        raise Refused("divides a constant by the data, or the data by zero")
    return one / numbers, zero
