"""Layers that mix steps, and the less usual activations, as ONNX's operators. Signals are `time x batch x channels`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.errors import UnsupportedLayer
from bridge.network import GroupNormalization, InstanceNormalization, Layer

if TYPE_CHECKING:
    from bridge.files.onnx_graph import Export

__all__ = ["WRITERS", "over_time"]

Given = list[str]


def _emit(export: Export, layer: Layer, op: str, *inputs: str, step: str = "", **attributes: Any) -> str:
    """A node whose output is called like the layer, or like one `step` of it."""
    return export.emit(op, *inputs, to=f"{layer.Name}/{step}" if step else layer.Name, **attributes)


def _number(export: Export, layer: Layer, value: float) -> str:
    return export.constant(export.name(f"{layer.Name}/number"), np.array(value, np.float32))


def _windowed(op: str, **attributes: Any) -> Callable[[Export, Layer, Given], str]:
    """An operator with a window, which wants batch x channels x time."""

    def write(export: Export, layer: Layer, given: Given) -> str:
        layer_any: Any = layer
        turned = _emit(export, layer, "Transpose", given[0], step="turned", perm=[1, 2, 0])
        tensors = [export.tensor(layer, name) for name in ("weight", "bias")] if op == "Conv" else []
        options: dict[str, Any] = {"kernel_shape": [layer_any.window], "strides": [layer_any.Stride], **attributes}
        if op == "Conv":
            options["dilations"] = [layer_any.reach]
        if layer_any.Padding == "same" and layer_any.Stride > 1 and layer_any.window > 1:
            if layer_any.reach > 1 or layer_any.Stride > layer_any.window:
                cause = "has a dilation or a wide stride and padding 'same', which ONNX does not join"
                raise UnsupportedLayer(layer.label, cause)
            options["auto_pad"] = "SAME_UPPER"
        else:
            options["pads"] = list(layer_any.padding(1))
        y = _emit(export, layer, op, turned, *tensors, step="windows", **options)
        return _emit(export, layer, "Transpose", y, perm=[2, 0, 1])

    return write


def _attention(export: Export, layer: Layer, given: Given) -> str:
    heads = layer.NumHeads
    rows = _emit(export, layer, "Transpose", given[0], step="rows", perm=[1, 0, 2])

    def projected(what: str, x: str, to: str) -> str:
        product = _emit(export, layer, "MatMul", x, export.tensor(layer, f"{what}Weights"), step=f"{to}/product")
        return _emit(export, layer, "Add", product, export.tensor(layer, f"{what}Bias"), step=to)

    def split(what: str, perm: list[int]) -> str:
        flat = projected(what, rows, what.lower())
        shape = export.integers(layer, "heads", [0, 0, heads, -1])
        return _emit(export, layer, "Transpose", _emit(export, layer, "Reshape", flat, shape, step="split"),
                     step=f"{what.lower()}/heads", perm=perm)  # fmt: skip

    query, value = split("Query", [0, 2, 1, 3]), split("Value", [0, 2, 1, 3])
    products = _emit(export, layer, "MatMul", query, split("Key", [0, 2, 3, 1]), step="products")
    scale = _number(export, layer, 1 / np.sqrt(layer.NumKeyChannels / heads))
    scores = _emit(export, layer, "Mul", products, scale, step="scores")
    if layer.AttentionMask == "causal":
        scores = _masked(export, layer, given[0], scores)
    weights = _emit(export, layer, "Softmax", scores, step="weights", axis=-1)
    attended = _emit(export, layer, "MatMul", weights, value, step="attended")
    joined = _emit(export, layer, "Transpose", attended, step="beside", perm=[0, 2, 1, 3])
    flat = _emit(export, layer, "Reshape", joined, export.integers(layer, "rows", [0, 0, -1]), step="joined")
    return _emit(export, layer, "Transpose", projected("Output", flat, "output"), perm=[1, 0, 2])


def _steps(export: Export, layer: Layer, x: str) -> str:
    """The number of steps, a vector of one element."""
    return _emit(export, layer, "Shape", x, step="steps", start=0, end=1)


def _masked(export: Export, layer: Layer, x: str, scores: str) -> str:
    """Minus infinity where a step would attend to a later one."""
    first, one = (export.constant(export.name(f"{layer.Name}/{k}"), np.array(k, np.int64)) for k in (0, 1))
    count = _emit(export, layer, "Squeeze", _steps(export, layer, x), step="count")
    numbers = _emit(export, layer, "Range", first, count, one, step="numbers")
    column = _emit(export, layer, "Unsqueeze", numbers, export.integers(layer, "last", [1]), step="column")
    seen = _emit(export, layer, "LessOrEqual", numbers, column, step="seen")
    return _emit(export, layer, "Where", seen, scores, _number(export, layer, -np.inf), step="masked")


def _positions(export: Export, layer: Layer, given: Given) -> str:
    weights, start = export.tensor(layer, "Weights"), export.integers(layer, "start", [0])
    rows = _emit(export, layer, "Slice", weights, start, _steps(export, layer, given[0]), step="rows")
    wide = _emit(export, layer, "Unsqueeze", rows, export.integers(layer, "one", [1]), step="wide")
    beside = _emit(export, layer, "Shape", given[0], step="beside", start=0, end=2)
    channels = export.integers(layer, "channels", [layer.OutputSize])
    return _emit(export, layer, "Expand", wide, _emit(export, layer, "Concat", beside, channels, step="shape", axis=0))


def _indexing(export: Export, layer: Layer, given: Given) -> str:
    at = export.constant(export.name(f"{layer.Name}/at"), np.array(0 if layer.Index == "first" else -1, np.int64))
    return _emit(export, layer, "Gather", given[0], at, axis=0)


def over_time(export: Export, layer: Layer, given: Given) -> str:
    """A normalization of groups of channels over all steps; all channels are one group of layer normalization."""
    groups = 1
    if isinstance(layer, GroupNormalization):
        groups = layer.groups(layer.NumChannels)
    elif isinstance(layer, InstanceNormalization):
        groups = layer.NumChannels
    split = _emit(
        export, layer, "Reshape", given[0], export.integers(layer, "groups", [0, 0, groups, -1]), step="split"
    )

    def mean(x: str, step: str) -> str:
        return _emit(export, layer, "ReduceMean", x, step=step, axes=[0, 3], keepdims=1)

    centred = _emit(export, layer, "Sub", split, mean(split, "mean"), step="centred")
    variance = mean(_emit(export, layer, "Mul", centred, centred, step="squares"), "variance")
    wider = _emit(export, layer, "Add", variance, _number(export, layer, layer.Epsilon), step="wider")
    normal = _emit(export, layer, "Div", centred, _emit(export, layer, "Sqrt", wider, step="deviation"), step="normal")
    flat = _emit(export, layer, "Reshape", normal, export.integers(layer, "flat", [0, 0, -1]), step="flat")
    scaled = _emit(export, layer, "Mul", flat, export.tensor(layer, "Scale"), step="scaled")
    return _emit(export, layer, "Add", scaled, export.tensor(layer, "Offset"))


def _gelu(export: Export, layer: Layer, given: Given) -> str:
    (x,) = given
    half, one = _number(export, layer, 0.5), _number(export, layer, 1)
    if layer.Approximation == "tanh":
        cube = _emit(export, layer, "Mul", _emit(export, layer, "Mul", x, x, step="square"), x, step="cube")
        small = _emit(export, layer, "Mul", cube, _number(export, layer, 0.044715), step="small")
        inner = _emit(export, layer, "Mul", _emit(export, layer, "Add", x, small, step="sum"),
                      _number(export, layer, np.sqrt(2 / np.pi)), step="inner")  # fmt: skip
        bent = _emit(export, layer, "Tanh", inner, step="bent")
    else:
        inner = _emit(export, layer, "Mul", x, _number(export, layer, np.sqrt(0.5)), step="inner")
        bent = _emit(export, layer, "Erf", inner, step="bent")
    share = _emit(export, layer, "Mul", _emit(export, layer, "Add", bent, one, step="above"), half, step="share")
    return _emit(export, layer, "Mul", x, share)


def _scaling(export: Export, layer: Layer, given: Given) -> str:
    scaled = _emit(export, layer, "Mul", given[0], export.tensor(layer, "Scale"), step="scaled")
    return _emit(export, layer, "Add", scaled, export.tensor(layer, "Bias"))


def _clipped(export: Export, layer: Layer, given: Given) -> str:
    return _emit(export, layer, "Clip", given[0], _number(export, layer, 0), _number(export, layer, layer.Ceiling))


def _swish(export: Export, layer: Layer, given: Given) -> str:
    return _emit(export, layer, "Mul", given[0], _emit(export, layer, "Sigmoid", given[0], step="gate"))


def _product(export: Export, layer: Layer, given: Given) -> str:
    product = given[0]
    for x in given[1:-1]:
        product = _emit(export, layer, "Mul", product, x, step="product")
    return _emit(export, layer, "Mul", product, given[-1])


WRITERS: Mapping[str, Callable[[Any, Layer, Given], str]] = {
    "eluLayer": lambda export, layer, given: _emit(export, layer, "Elu", given[0], alpha=layer.Alpha),
    "swishLayer": _swish,
    "geluLayer": _gelu,
    "clippedReluLayer": _clipped,
    "softplusLayer": lambda export, layer, given: _emit(export, layer, "Softplus", given[0]),
    "preluLayer": lambda export, layer, given: _emit(export, layer, "PRelu", given[0], export.tensor(layer, "Alpha")),
    "scalingLayer": _scaling,
    "identityLayer": lambda export, layer, given: given[0],
    "multiplicationLayer": _product,
    "selfAttentionLayer": _attention,
    "positionEmbeddingLayer": _positions,
    "indexing1dLayer": _indexing,
    "convolution1dLayer": _windowed("Conv"),
    "maxPooling1dLayer": _windowed("MaxPool"),
    "averagePooling1dLayer": _windowed("AveragePool", count_include_pad=1),
    "globalAveragePooling1dLayer": lambda export, layer, given: _emit(
        export, layer, "ReduceMean", given[0], axes=[0], keepdims=0
    ),
    "globalMaxPooling1dLayer": lambda export, layer, given: _emit(
        export, layer, "ReduceMax", given[0], axes=[0], keepdims=0
    ),
    "instanceNormalizationLayer": over_time,
    "groupNormalizationLayer": over_time,
}
