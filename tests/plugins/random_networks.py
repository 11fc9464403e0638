"""Networks with every kind of layer and random arrays, for tests of layers, engines and files."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.network import (
    GRU,
    LSTM,
    Addition,
    BatchNormalization,
    BiLSTM,
    ClassificationOutput,
    Concatenation,
    Dropout,
    FeatureInput,
    Flatten,
    FullyConnected,
    Layer,
    LayerNormalization,
    LeakyReLU,
    Network,
    ProjectedLSTM,
    RegressionOutput,
    ReLU,
    SequenceInput,
    Sigmoid,
    Softmax,
    Tanh,
)

RESET_MODES = ("after-multiplication", "before-multiplication", "recurrent-bias-after-multiplication")


def filled(network: Network, seed: int, dtype: Any = np.float32, states: bool = True) -> Network:
    """The network with every learnable, statistic and (with `states`) state drawn; variances and ranges positive."""
    random = np.random.default_rng(seed)
    for layer in network:
        for name in layer.learnable_names:
            setattr(layer, name, (0.6 * random.normal(size=layer.shapes()[name])).astype(dtype))
        for name in layer.state_names if states else ():
            setattr(layer, name, (0.5 * random.normal(size=layer.shapes()[name])).astype(dtype))
        for name in needed_statistics(layer):
            drawn = random.uniform(0.5, 2, size=layer.shapes()[name])
            setattr(layer, name, (-drawn if name == "Min" else drawn).astype(dtype))
    return network


def needed_statistics(layer: Layer) -> tuple[str, ...]:
    """The statistics that the layer computes with."""
    return getattr(layer, "needed_statistics", layer.statistic_names)


def sequence(layers: list[Layer], channels: int = 4, **options: Any) -> Network:
    """A sequence input and layers after it."""
    return Network([SequenceInput(channels, **options), *layers])


def branched() -> Network:
    """A graph: two recurrent branches, joined, added to a third."""
    layers = [
        SequenceInput(4, Name="in"),
        LSTM(3, Name="a"),
        BiLSTM(2, Name="b"),
        Concatenation(1, 2, Name="joined"),
        FullyConnected(7, Name="c"),
        Addition(2, Name="sum"),
        GRU(2, OutputMode="last", Name="end"),
    ]
    joints = [("in", "a"), ("in", "b"), ("a", "joined/in1"), ("b", "joined/in2"), ("in", "c")]
    return Network(layers, [*joints, ("joined", "sum/in1"), ("c", "sum/in2"), ("sum", "end")])


def every_kind() -> list[Network]:
    """Networks that together hold every kind of layer, without arrays."""
    labels = ClassificationOutput(["cat", "it's a dog"])
    return [
        sequence([LSTM(3), FullyConnected(2)]),
        sequence([LSTM(3), LSTM(2, OutputMode="last"), FullyConnected(2), RegressionOutput()]),
        sequence([BiLSTM(3), Dropout(0.3), BiLSTM(2, OutputMode="last"), FullyConnected(3), Softmax()]),
        sequence([*(GRU(3, ResetGateMode=mode) for mode in RESET_MODES), FullyConnected(2)]),
        sequence([ProjectedLSTM(5, 2, 3), LayerNormalization(), LeakyReLU(0.2), Flatten(), Sigmoid()]),
        sequence([BatchNormalization(), LSTM(2), ReLU(), FullyConnected(2), Tanh()], Normalization="zscore"),
        sequence([LSTM(2, OutputMode="last"), FullyConnected(2), Softmax(), labels], Normalization="rescale-symmetric"),
        sequence([LSTM(2, StateActivationFunction="softsign", GateActivationFunction="hard-sigmoid", BiasL2Factor=2)]),
        sequence([GRU(2, InputWeightsLearnRateFactor=(1, 2, 3), RecurrentWeightsInitializer="he")]),
        Network([FeatureInput(4, Normalization="zerocenter"), FullyConnected(3), Tanh(), FullyConnected(1)]),
        branched(),
    ]
