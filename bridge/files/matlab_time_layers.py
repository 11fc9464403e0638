"""MATLAB's layers that mix the steps of a sequence, field by field: attention, positions, convolution, pooling.

Read from files of R2022a to R2025a.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.files import matlab_layer_fields as fields
from bridge.files.matlab_layer_fields import Unreadable

__all__ = ["CLASSES"]

Given = dict[str, Any]
Fields = Mapping[str, Any]


def _refuse(found: Fields, *flags: str) -> None:
    for name in flags:
        if fields.flag(found.get(name)):
            raise Unreadable(name)


def _sizes(found: Fields, *names: str) -> Given:
    return {name: fields.size(found.get(name), name) for name in names}


def _attention(found: Fields) -> Given:
    _refuse(found, "HasPaddingMaskInput", "HasScoresOutput")
    return {
        **_sizes(found, "NumHeads", "NumKeyChannels", "NumValueChannels", "OutputSize", "InputSize"),
        "AttentionMask": fields.text(found.get("AttentionMask")) or "none",
    }


def _positions(found: Fields) -> Given:
    strategy = getattr(found.get("PositionStrategy"), "class_name", "Temporal")
    if "Temporal" not in strategy:
        raise Unreadable(f"positions of class {strategy}")
    return _sizes(found, "OutputSize", "MaxPosition")


def _indexing(found: Fields) -> Given:
    _refuse(found, "HasPaddingMaskInput")
    return {"Index": fields.text(found.get("Index")) or fields.number(found.get("Index"))}


def _over_time(found: Fields, *names: str) -> None:
    """Refuse a window that slides over something else than time, as it does in images."""
    for name in names:
        if not fields.is_empty(found.get(name)) and not fields.flag(found[name]):
            raise Unreadable(f"{name} false")
    _refuse(found, "DistributeOverTime")


def _padding(found: Fields) -> Given:
    mode = fields.text(found.get("PaddingMode"))
    value = found.get("PaddingValue")
    said = fields.text(value) or f"{fields.number(value) or 0:g}"
    if said != "0":
        raise Unreadable(f"PaddingValue {said}")
    if mode in ("same", "causal"):
        return {"Padding": mode}
    size = fields.array(found.get("PaddingSize"), "PaddingSize")
    return {} if size is None else {"Padding": size.ravel(order="F")}


def _convolution(found: Fields) -> Given:
    _over_time(found, "ConvolveOverTime")
    given = {
        **_sizes(found, "FilterSize", "NumFilters", "NumChannels", "Stride", "DilationFactor"),
        **_padding(found),
        "Bias": _row(found.get("Bias")),
    }
    weights = fields.array(found.get("Weights"), "Weights")
    if weights is not None:  # the last sides are not stored where they are 1
        given["Weights"] = weights.reshape((*weights.shape, 1)[:3])
    return given


def _row(value: Any) -> Any:
    held = fields.array(value, "Bias")
    return None if held is None else held.reshape(1, -1)


def _pooling(found: Fields) -> Given:
    _over_time(found, "PoolOverTime")
    _refuse(found, "HasUnpoolingOutputs")
    return {**_sizes(found, "PoolSize", "Stride"), **_padding(found)}


def _global_pooling(found: Fields) -> Given:
    _over_time(found, "PoolOverTime")
    return {}


CLASSES: dict[str, tuple[str, Callable[[Fields], Given]]] = {
    "SelfAttentionLayer": ("selfAttentionLayer", _attention),
    "PositionEmbeddingLayer": ("positionEmbeddingLayer", _positions),
    "Indexing1DLayer": ("indexing1dLayer", _indexing),
    "Convolution1DLayer": ("convolution1dLayer", _convolution),
    "MaxPooling1DLayer": ("maxPooling1dLayer", _pooling),
    "AveragePooling1DLayer": ("averagePooling1dLayer", _pooling),
    "GlobalAveragePooling1DLayer": ("globalAveragePooling1dLayer", _global_pooling),
    "GlobalMaxPooling1DLayer": ("globalMaxPooling1dLayer", _global_pooling),
}
"""As `matlab_layers.CLASSES`."""
