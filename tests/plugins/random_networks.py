"""Networks with every kind of layer and random arrays, for tests of layers, engines and files."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.cases.layer_table import sample_options
from bridge.network import (
    GRU,
    LAYERS,
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
    Recurrent,
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


_CHOICES: dict[str, dict[str, list[Any]]] = {
    "sequenceInputLayer": {"Normalization": ["none", "zerocenter", "zscore", "rescale-symmetric", "rescale-zero-one"]},
    "featureInputLayer": {"Normalization": ["none", "zerocenter", "zscore", "rescale-symmetric", "rescale-zero-one"]},
    "gruLayer": {"ResetGateMode": list(RESET_MODES)},
    "dropoutLayer": {"Probability": [0.0, 0.25, 0.7]},
    "leakyReluLayer": {"Scale": [0.1, 1 / 3, -0.0]},
    "layerNormalizationLayer": {"Epsilon": [1e-5, 3e-3]},
    "batchNormalizationLayer": {"Epsilon": [1e-5, 3e-3], "MeanDecay": [0.1, 0.3]},
    "additionLayer": {"NumInputs": [2, 3]},
    "concatenationLayer": {"NumInputs": [2, 3]},
    "classificationLayer": {"Classes": [("a", "it's b"), ("ÿ", "")]},
}
_RECURRENT = {
    "OutputMode": ["sequence", "last"],
    "StateActivationFunction": ["tanh", "softsign", "relu"],
    "GateActivationFunction": ["sigmoid", "hard-sigmoid"],
}
_NAMES = ("layer", "fc 2", "a.b", "x/y", "ünï", "it's", "1st", "_", "lstm_1")


def random_layer(kind: str, draw: np.random.Generator, **options: Any) -> Layer:
    """A layer of any kind of the registry with random options and a name that is no identifier."""
    choices = {**_CHOICES.get(kind, {}), **(_RECURRENT if issubclass(LAYERS[kind], Recurrent) else {})}
    chosen = {name: values[draw.integers(len(values))] for name, values in choices.items()}
    declared = LAYERS[kind].declared
    for name in declared:
        if name.endswith(("LearnRateFactor", "L2Factor")) and draw.random() < 0.3:
            chosen[name] = float(draw.integers(0, 4))
        if name.endswith("Initializer") and draw.random() < 0.3:
            chosen[name] = "he"
    name = _NAMES[draw.integers(len(_NAMES))]
    return LAYERS[kind](**{"Name": name, **sample_options(kind), **chosen, **options})


def random_network(kind: str, seed: int) -> Network:
    """A small network around a layer of `kind`, drawn with arrays in single or double precision, with states or not."""
    draw = np.random.default_rng([seed, *kind.encode()])
    layer = random_layer(kind, draw)
    if not layer.input_ports:
        network = Network([layer, Tanh()])
    else:
        entry = SequenceInput(2, Name="in")
        ports = layer.input_ports
        pairs = [("in", f"{layer.Name}/{port}" if len(ports) > 1 else layer.Name) for port in ports]
        network = Network([entry, layer], pairs)
    dtype = [np.float32, np.float64][draw.integers(2)]
    made = filled(network, int(draw.integers(2**31)), dtype, states=bool(draw.integers(2)))
    for each in made:
        for name in each.state_names:
            if draw.random() < 0.5:  # a state after a reset that is another one
                size = each.shapes()[name]
                each.__setattr__(f"Initial{name}", draw.normal(size=size).astype(dtype))  # type: ignore[arg-type]
    return made
