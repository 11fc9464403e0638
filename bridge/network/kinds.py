"""The table of layer kinds."""

from __future__ import annotations

from bridge.network import feedforward, inputs, recurrent
from bridge.network.layer import Layer

LAYERS: dict[str, type[Layer]] = {
    kind.Type: kind
    for kind in (
        *(inputs.SequenceInput, inputs.FeatureInput),
        *(recurrent.LSTM, recurrent.BiLSTM, recurrent.GRU, recurrent.ProjectedLSTM),
        *(feedforward.FullyConnected, feedforward.Dropout, feedforward.ReLU, feedforward.LeakyReLU, feedforward.Tanh),
        *(feedforward.Sigmoid, feedforward.Softmax, feedforward.LayerNormalization, feedforward.BatchNormalization),
        *(feedforward.Flatten, feedforward.Addition, feedforward.Concatenation),
        *(inputs.RegressionOutput, inputs.ClassificationOutput),
    )
}
"""Every kind of layer by the toolbox's function that makes one."""
