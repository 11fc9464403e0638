"""Attention, convolution and pooling out of the objects that MATLAB saves, field by field as its files have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridge.files import matlab_layers
from bridge.files.mat_objects import MatObject
from bridge.matlab.values import Char, String, Struct, object_array
from bridge.network import Convolution1D, FeatureInput, FullyConnected, Layer, SelfAttention, UnknownLayer

EMPTY = np.zeros((0, 0))
STREAM = np.random.default_rng(0)


def single(*shape: int) -> np.ndarray[Any, Any]:
    return STREAM.standard_normal(shape).astype(np.float32)


def plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Python's values as a file gives them."""
    made: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, str):
            made[name] = Char(value)
        elif isinstance(value, bool):
            made[name] = np.array([[value]])
        elif isinstance(value, int | float | list):
            made[name] = np.atleast_2d(np.array(value, np.float64))
        else:
            made[name] = value
    return made


def read(kind: str, **fields: Any) -> Layer:
    inside = Struct(plain({"Name": "layer", "Version": 1, **fields}))
    return matlab_layers.layer(MatObject(f"nnet.cnn.layer.{kind}", {"any": inside}))


def learnable(array: np.ndarray[Any, Any]) -> Struct:
    return Struct(plain({"Version": 2, "Value": array, "LearnRateFactor": 1, "L2Factor": 0}))


def convolution(**changes: Any) -> Layer:
    given = {
        "FilterSize": 4, "NumChannels": 2, "NumFilters": 3, "Stride": 1, "DilationFactor": 2,
        "PaddingMode": "same", "PaddingSize": [3, 3], "PaddingValue": 0,
        "Weights": learnable(single(4, 2, 3)), "Bias": learnable(single(1, 3)),
        "ConvolveOverTime": True, "DistributeOverTime": False, "ConvolutionDimIdx": 3,
    }
    return read("Convolution1DLayer", **{**given, **changes})


def test_a_convolution() -> None:
    weights, bias = single(4, 2, 3), single(1, 3)
    layer = convolution(Weights=learnable(weights), Bias=learnable(bias))
    assert isinstance(layer, Convolution1D)
    assert (layer.FilterSize, layer.NumChannels, layer.NumFilters, layer.DilationFactor) == (4, 2, 3, 2)
    assert layer.Padding == "same"
    assert layer.padding(10) == (3, 3)
    assert np.array_equal(layer.Weights, weights)
    assert np.array_equal(layer.Bias, bias)
    assert convolution(PaddingMode="causal", PaddingSize=[6, 0]).Padding == "causal"
    assert convolution(PaddingMode="manual", PaddingSize=[1, 0]).Padding == (1, 0)
    # MATLAB does not store last sides of one.
    assert convolution(NumFilters=1, Weights=learnable(single(4, 2)), Bias=learnable(single(1, 1))).Weights.shape == (
        4,
        2,
        1,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ConvolveOverTime": False}, "with ConvolveOverTime false"),
        ({"DistributeOverTime": True}, "with DistributeOverTime"),
        ({"PaddingValue": 1}, "with PaddingValue 1"),
        ({"PaddingValue": "symmetric-include-edge"}, "with PaddingValue symmetric-include-edge"),
    ],
)
def test_a_convolution_of_another_kind_is_unknown(changes: dict[str, Any], message: str) -> None:
    layer = convolution(**changes)
    assert isinstance(layer, UnknownLayer)
    assert layer.Kind.endswith(message)


def attention(**changes: Any) -> Layer:
    given: dict[str, Any] = {
        "InputSize": 8, "NumKeyChannels": 6, "NumValueChannels": 4, "NumHeads": 2, "OutputSize": 8,
        "AttentionMask": "causal", "DropoutProbability": 0, "HasPaddingMaskInput": False, "HasScoresOutput": False,
        **{f"{what}Weights": learnable(single(rows, 8)) for what, rows in (("Query", 6), ("Key", 6), ("Value", 4))},
        **{f"{what}Bias": learnable(single(rows, 1)) for what, rows in (("Query", 6), ("Key", 6), ("Value", 4))},
        "OutputWeights": learnable(single(8, 4)), "OutputBias": learnable(single(8, 1)),
    }
    return read("SelfAttentionLayer", **{**given, **changes})


def test_self_attention() -> None:
    weights = single(8, 4)
    layer = attention(OutputWeights=learnable(weights))
    assert isinstance(layer, SelfAttention)
    assert (layer.NumHeads, layer.NumKeyChannels, layer.value_channels, layer.AttentionMask) == (2, 6, 4, "causal")
    assert set(layer.arrays) == set(layer.learnable_names)
    assert np.array_equal(layer.OutputWeights, weights)
    for port in ("HasPaddingMaskInput", "HasScoresOutput"):
        refused = attention(**{port: True})
        assert isinstance(refused, UnknownLayer)
        assert refused.Kind == f"nnet.cnn.layer.SelfAttentionLayer with {port}"


def test_positions_and_one_step() -> None:
    weights = single(8, 16)
    strategy = MatObject("nnet.internal.cnn.util.positionencoding.TemporalPositionStrategy")
    layer = read("PositionEmbeddingLayer", OutputSize=8, MaxPosition=16, Weights=weights, PositionStrategy=strategy)
    assert np.array_equal(layer.Weights, weights)
    other = MatObject("nnet.internal.cnn.util.positionencoding.SpatialPositionStrategy")
    refused = read("PositionEmbeddingLayer", OutputSize=8, MaxPosition=16, Weights=weights, PositionStrategy=other)
    assert isinstance(refused, UnknownLayer)
    index = String(object_array(["last"], (1, 1)))
    assert read("Indexing1DLayer", Index=index, HasPaddingMaskInput=False).Index == "last"
    middle = read("Indexing1DLayer", Index=3)
    assert isinstance(middle, UnknownLayer)
    assert "Index must be one of 'first', 'last'" in middle.Kind


def test_pooling() -> None:
    over = {"PoolOverTime": True, "DistributeOverTime": False}
    layer = read("MaxPooling1DLayer", PoolSize=3, Stride=2, PaddingMode="manual", PaddingSize=[1, 0], **over)
    assert (layer.PoolSize, layer.Stride, layer.Padding) == (3, 2, (1, 0))
    assert layer.padding(7) == (1, 0)
    assert read("GlobalAveragePooling1DLayer", **over).Type == "globalAveragePooling1dLayer"
    images = read("GlobalMaxPooling1DLayer", PoolOverTime=False)
    assert isinstance(images, UnknownLayer)


def test_an_image_of_one_side_is_features() -> None:
    mean = single(1, 1, 3)
    stored = Struct(plain({"Version": 2, "Type": "zerocenter", "ImageSize": [1, 1, 3], "AverageImage": mean}))
    layer = read("ImageInputLayer", InputSize=[1, 1, 3], Normalization=stored, Augmentations=EMPTY)
    assert isinstance(layer, FeatureInput)
    assert np.array_equal(layer.Mean[:, 0], mean.ravel())
    picture = read("ImageInputLayer", InputSize=[28, 28, 1], Normalization=EMPTY)
    assert isinstance(picture, UnknownLayer)
    assert picture.Kind == "nnet.cnn.layer.ImageInputLayer with InputSize 28 x 28 x 1"
    weights = single(5, 1, 1, 2)
    dense = read("FullyConnectedLayer", OutputSize=2, Weights=learnable(weights), Bias=learnable(single(1, 1, 2)))
    assert isinstance(dense, FullyConnected)
    assert np.array_equal(dense.Weights, weights[:, 0, 0].T)


def test_a_layer_that_was_not_trained_has_no_statistics_yet() -> None:
    stored = Struct(plain({"Version": 2, "Type": "zerocenter", "AverageImage": np.zeros((0, 0), np.float32)}))
    layer = read("SequenceInputLayer", InputSize=3, Normalization=stored)
    assert layer.Normalization == "zerocenter"
    assert layer.Mean is None


@pytest.mark.parametrize(
    ("kind", "fields", "want"),
    [
        ("ELULayer", {"Alpha": 0.5}, {"Alpha": 0.5}),
        ("ClippedReLULayer", {"Ceiling": 6}, {"Ceiling": 6.0}),
        ("GELULayer", {"Approximation": "tanh"}, {"Approximation": "tanh"}),
        ("MultiplicationLayer", {"NumInputs": 3}, {"NumInputs": 3}),
        (
            "GroupNormalizationLayer",
            {"NumGroups": "all-channels", "NumChannels": 4, "Epsilon": 1e-3},
            {"Epsilon": 1e-3},
        ),
        ("LSTMLayer", {"NumHiddenUnits": 2, "HasStateInputs": True}, {"HasStateInputs": True}),
    ],
)
def test_small_layers(kind: str, fields: dict[str, Any], want: dict[str, Any]) -> None:
    layer = read(kind, **fields)
    assert not isinstance(layer, UnknownLayer), layer.Kind
    assert {name: layer.options[name] for name in want} == want
