"""The noun `Network`: what a network says, in MATLAB's convention: layers, their options and arrays, connections.

Gate rows are i, f, g, o; there is one bias; states are columns. What layers compute is in `bridge.layers`.
"""

from __future__ import annotations

from bridge.network.feedforward import (
    Addition,
    BatchNormalization,
    Concatenation,
    Dropout,
    Flatten,
    FullyConnected,
    LayerNormalization,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from bridge.network.graph import Network, provide, same
from bridge.network.inputs import ClassificationOutput, FeatureInput, Input, RegressionOutput, SequenceInput
from bridge.network.layer import Layer, Signal, identical
from bridge.network.recurrent import GRU, LSTM, BiLSTM, ProjectedLSTM, Recurrent
from bridge.network.unknown import UnknownLayer

LAYERS: dict[str, type[Layer]] = {
    kind.Type: kind
    for kind in (
        *(SequenceInput, FeatureInput, LSTM, BiLSTM, GRU, ProjectedLSTM, FullyConnected, Dropout),
        *(ReLU, LeakyReLU, Tanh, Sigmoid, Softmax, LayerNormalization, BatchNormalization, Flatten),
        *(Addition, Concatenation, RegressionOutput, ClassificationOutput),
    )
}
"""Every kind of layer by the toolbox's function that makes one."""

__all__ = [
    "GRU",
    "LAYERS",
    "LSTM",
    "Addition",
    "BatchNormalization",
    "BiLSTM",
    "ClassificationOutput",
    "Concatenation",
    "Dropout",
    "FeatureInput",
    "Flatten",
    "FullyConnected",
    "Input",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Network",
    "ProjectedLSTM",
    "ReLU",
    "Recurrent",
    "RegressionOutput",
    "SequenceInput",
    "Sigmoid",
    "Signal",
    "Softmax",
    "Tanh",
    "UnknownLayer",
    "identical",
    "provide",
    "same",
]
