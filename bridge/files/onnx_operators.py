"""The operators of ONNX that compute, as layers: what each node of a graph of others adds to the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bridge import network as kinds
from bridge.files import onnx_affine, onnx_loops, onnx_signals
from bridge.files.onnx_axes import same_letters
from bridge.files.onnx_recurrent import Refused, recurrent_layer
from bridge.files.onnx_signals import Signal
from bridge.network import Layer

if TYPE_CHECKING:
    from bridge.files.onnx_foreign import Reading

Array = npt.NDArray[Any]


class OtherOrder(Exception):
    """The sequence enters in another order of its axes."""


def _over_channels(reading: Reading, signal: Signal, axis: int, *, onwards: bool = False) -> bool:
    """Whether `axis` is that of the channels; with `onwards`, whether it and those after it are no other."""
    first = axis % len(signal.axes)
    chosen = signal.axes[first:] if onwards else signal.axes[first : first + 1]
    return "".join(chosen) == "C" or (reading.matlab and "C" in chosen)


def _activation(reading: Reading, node: Any, attributes: Mapping[str, Any]) -> None:
    op = node.op_type
    if op == "Softmax":
        signal, flattens = reading.settled(reading.signals[node.input[0]]), reading.opset < 13
        axis = attributes.get("axis", 1 if flattens else -1)
        if not _over_channels(reading, signal, axis, onwards=flattens):
            raise Refused(f"is over axis {axis}, not over the channels")
        reading.layer(node, kinds.Softmax())
    else:
        reading.layer(node, _ACTIVATIONS[op](reading, node, attributes))


def _clipped(reading: Reading, node: Any, attributes: Mapping[str, Any]) -> Layer:
    """Clip, its limits attributes before opset 11."""
    inputs = [*node.input[1:], "", ""][:2]
    low, high = (
        float(reading.constant(name).reshape(-1)[0]) if name else attributes.get(kind)
        for name, kind in zip(inputs, ("min", "max"), strict=True)
    )
    if low != 0 or high is None:
        raise Refused(f"cuts off below {low} and above {high}; a layer of MATLAB's does below 0 and above a number")
    return kinds.ClippedReLU(high)


def _prelu(reading: Reading, node: Any, attributes: Mapping[str, Any]) -> Layer:
    slope = reading.constant(node.input[1])
    if slope.size != max(slope.shape, default=1):
        raise Refused("has a slope for more than the channels")
    return kinds.PReLU(Alpha=slope.reshape(-1, 1))


_ACTIVATIONS: dict[str, Callable[[Reading, Any, Mapping[str, Any]], Layer]] = {
    "Relu": lambda *_: kinds.ReLU(),
    "Tanh": lambda *_: kinds.Tanh(),
    "Sigmoid": lambda *_: kinds.Sigmoid(),
    "Softplus": lambda *_: kinds.Softplus(),
    "LeakyRelu": lambda reading, node, attributes: kinds.LeakyReLU(attributes.get("alpha", 0.01)),
    "Elu": lambda reading, node, attributes: kinds.ELU(attributes.get("alpha", 1.0)),
    "Gelu": lambda reading, node, attributes: kinds.GELU(Approximation=attributes.get("approximate", b"none").decode()),
    "Clip": _clipped,
    "PRelu": _prelu,
}


def _matmul(reading: Reading, node: Any, attributes: Mapping[str, Any]) -> None:
    _dense(reading, node, reading.constant(node.input[1]).T, None)


def _gemm(reading: Reading, node: Any, attributes: Mapping[str, Any]) -> None:
    if attributes.get("transA", 0) or attributes.get("alpha", 1.0) != 1 or attributes.get("beta", 1.0) != 1:
        raise Refused("scales or transposes its data")
    weights = reading.constant(node.input[1])
    bias = reading.constant(node.input[2]) if len(node.input) > 2 and node.input[2] else None
    _dense(reading, node, weights if attributes.get("transB", 0) else weights.T, bias)


def _dense(reading: Reading, node: Any, weights: Array, bias: Array | None) -> None:
    signal = reading.settled(reading.signals[node.input[0]])
    if weights.ndim != 2 or signal.axes[-1] != "C":
        raise Refused(f"works on the axes {', '.join(signal.axes)}")
    given = np.zeros(len(weights), weights.dtype) if bias is None else np.broadcast_to(bias.ravel(), len(weights))
    layer = kinds.FullyConnected(len(weights), Weights=weights, Bias=given)
    reading.layer(node, layer, channels=len(weights), product=bias is None and reading.readers[node.output[0]] == 1)


_OF_SIGNALS = {"Add": kinds.Addition, "Sum": kinds.Addition, "Mul": kinds.Multiplication}


def _arithmetic(reading: Reading, node: Any, attributes: Mapping[str, Any]) -> None:
    """Two signals added or multiplied; a bias; the input's normalization; a scale and an offset."""
    fed = [name for name in node.input if name in reading.signals]
    if len(fed) == len(node.input) and node.op_type in _OF_SIGNALS:
        reading.layer(node, _OF_SIGNALS[node.op_type](len(fed)), fed)
    elif len(fed) == 1 and len(node.input) == 2:
        other = reading.constant(next(name for name in node.input if name not in fed))
        onnx_affine.apply(reading, node, fed[0], other)
    else:
        raise Refused("is not understood as part of a network")


def _concat(reading: Reading, node: Any, attributes: Mapping[str, Any]) -> None:
    signals = [reading.signals[name] for name in node.input]
    axis = attributes["axis"]
    whole = all(signal.joined and _is_whole(reading, signal) for signal in signals)
    together = None if whole else onnx_signals.stacked(signals, axis)
    if together is not None:
        reading.signals[node.output[0]] = together
        return
    if signals[0].axis(axis) != "C":
        raise Refused("joins along another axis than the channels")
    width = sum(signal.width for signal in signals)
    reading.layer(node, kinds.Concatenation(1, len(node.input)), list(node.input), channels=width)


def _is_whole(reading: Reading, signal: Signal) -> bool:
    try:
        return bool(reading.whole_layers(signal))
    except Refused:
        return False


def _over_time(reading: Reading, node: Any, attributes: Mapping[str, Any]) -> None:
    """The mean or the largest of all steps."""
    signal = reading.settled(reading.signals[node.input[0]])
    given = reading.constant(node.input[1]) if len(node.input) > 1 else np.asarray(attributes.get("axes", ()))
    places = [int(axis) % len(signal.axes) for axis in np.ravel(given)]
    if [signal.axis(place) for place in places] != ["T"]:
        raise Refused("is over another axis than the time")
    layer = kinds.GlobalAveragePooling1D() if node.op_type == "ReduceMean" else kinds.GlobalMaxPooling1D()
    kept = ["t"] if attributes.get("keepdims", 1) else []
    axes = (*signal.axes[: places[0]], *kept, *signal.axes[places[0] + 1 :])
    reading.layer(node, layer, axes=axes)


def _layer_normalization(reading: Reading, node: Any, attributes: Mapping[str, Any]) -> None:
    scale = reading.constant(node.input[1])
    offset = reading.constant(node.input[2]) if len(node.input) > 2 else np.zeros_like(scale)
    if not _over_channels(reading, reading.signals[node.input[0]], attributes.get("axis", -1), onwards=True):
        raise Refused("normalizes over more than the channels")
    epsilon = attributes.get("epsilon", 1e-5)
    reading.layer(node, kinds.LayerNormalization(Scale=scale, Offset=offset, Epsilon=epsilon))


def _batch_normalization(reading: Reading, node: Any, attributes: Mapping[str, Any]) -> None:
    if attributes.get("training_mode", 0) or not _over_channels(reading, reading.signals[node.input[0]], 1):
        raise Refused("trains, or normalizes something else than the channels")
    scale, offset, mean, variance = (reading.constant(name) for name in node.input[1:5])
    arrays = {"Scale": scale, "Offset": offset, "TrainedMean": mean, "TrainedVariance": variance}
    reading.layer(node, kinds.BatchNormalization(Epsilon=attributes.get("epsilon", 1e-5), **arrays))


def _recurrent(reading: Reading, node: Any, attributes: Mapping[str, Any]) -> None:
    given = reading.settled(reading.signals[node.input[0]])
    by_batch = bool(attributes.get("layout", 0))
    _require_order(given, "BTC" if by_batch else "TBC")
    if "pytorch" in reading.producer and node.op_type == "GRU" and not attributes.get("linear_before_reset", 0):
        raise Refused(
            "lacks linear_before_reset, which torch's GRU needs: some versions of torch's new exporter forget it, "
            "and the graph computes something else than its module; export with dynamo=False, or give the module"
        )
    layer = recurrent_layer(node, attributes, reading.values)
    made = _entered(reading, layer, given, node.name)
    rows, state, cell = [*node.output, "", "", ""][:3]
    first, second = given.axes[0], given.axes[1]
    if rows:
        axes = (first, second, "D", "C") if by_batch else (first, "D", second, "C")
        reading.signals[rows] = replace(made, axes=axes)
    for output, kind in ((state, "state"), (cell, "cell")):
        if output:
            along = (first, "D", "C") if by_batch else ("D", second, "C")
            reading.signals[output] = replace(made, axes=along, kind=kind)


def _entered(reading: Reading, layer: Layer, given: Signal, called: str) -> Signal:
    """The signal of a recurrent layer, which is appended."""
    source = reading.source(given)
    name = reading.add(layer, [source], called if reading.matlab else "")
    reading.feed(source, name, given.timed)
    parts = tuple((name, k) for k in range(reading.directions(name)))
    return replace(given, parts=parts, channels=layer.NumHiddenUnits, product=False, kind="rows")


def _require_order(given: Signal, wanted: str) -> None:
    axes = tuple("B" if axis == "" and "B" not in given.axes else axis for axis in given.axes)
    if axes != tuple(wanted):
        if same_letters(axes, tuple(wanted)) or axes[:1] == ("B",):
            raise OtherOrder
        raise Refused(f"works on the axes {', '.join(given.axes)}")


def loop(reading: Reading, node: Any) -> None:
    """A recurrence written out."""
    widths = {name: signal.width for name, signal in reading.signals.items() if signal.joined}
    found = onnx_loops.recognised(node, reading.values, widths)
    given = reading.signals[found.source]
    _require_order(given, "TBC")
    made = _entered(reading, found.layer, given, node.name)
    outputs = [*node.output, *[""] * (found.rows + 1 - len(node.output))]
    if outputs[found.rows]:
        reading.signals[outputs[found.rows]] = made
    kinds_of = {"HiddenState": "state", "CellState": "cell"}
    for state, place in found.states.items():
        if node.output[place]:
            reading.signals[node.output[place]] = replace(made, axes=given.axes[1:], kind=kinds_of[state])


FOLLOW: dict[str, Callable[[Reading, Any, Mapping[str, Any]], None]] = {
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "MatMul": _matmul,
    "Gemm": _gemm,
    **dict.fromkeys(("Add", "Sum", "Sub", "Mul", "Div"), _arithmetic),
    "Concat": _concat,
    "LayerNormalization": _layer_normalization,
    "BatchNormalization": _batch_normalization,
    **dict.fromkeys(("ReduceMean", "ReduceMax"), _over_time),
    **dict.fromkeys(("Softmax", *_ACTIVATIONS), _activation),
}
