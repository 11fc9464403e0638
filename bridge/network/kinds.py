"""The table of layer kinds."""

from __future__ import annotations

from bridge.network import activations, feedforward, inputs, over_time, recurrent
from bridge.network.layer import Layer

LAYERS: dict[str, type[Layer]] = {
    kind.Type: kind
    for kind in (
        *(inputs.SequenceInput, inputs.FeatureInput),
        *(recurrent.LSTM, recurrent.BiLSTM, recurrent.GRU, recurrent.ProjectedLSTM),
        *(feedforward.FullyConnected, feedforward.Dropout, feedforward.ReLU, feedforward.LeakyReLU, feedforward.Tanh),
        *(feedforward.Sigmoid, feedforward.Softmax, feedforward.LayerNormalization, feedforward.BatchNormalization),
        *(activations.ELU, activations.Swish, activations.GELU, activations.ClippedReLU, activations.Softplus),
        *(activations.PReLU, activations.Scaling, activations.Identity),
        *(feedforward.Flatten, feedforward.Addition, feedforward.Multiplication, feedforward.Concatenation),
        *(over_time.SelfAttention, over_time.PositionEmbedding, over_time.Indexing1D, over_time.Convolution1D),
        *(over_time.MaxPooling1D, over_time.AveragePooling1D),
        *(over_time.GlobalAveragePooling1D, over_time.GlobalMaxPooling1D),
        *(feedforward.InstanceNormalization, feedforward.GroupNormalization),
        *(inputs.RegressionOutput, inputs.ClassificationOutput),
    )
}
"""Every kind of layer by the toolbox's function that makes one."""
