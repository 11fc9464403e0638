"""Networks with every kind of layer and random arrays, for tests of layers, engines and files."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.cases.layer_table import sample_options
from bridge.network import (
    ELU,
    GELU,
    GRU,
    LAYERS,
    LSTM,
    Addition,
    AveragePooling1D,
    BatchNormalization,
    BiLSTM,
    ClassificationOutput,
    ClippedReLU,
    Concatenation,
    Convolution1D,
    Dropout,
    FeatureInput,
    Flatten,
    FullyConnected,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    GroupNormalization,
    Identity,
    Indexing1D,
    InstanceNormalization,
    Layer,
    LayerNormalization,
    LeakyReLU,
    MaxPooling1D,
    Multiplication,
    Network,
    PositionEmbedding,
    PReLU,
    ProjectedLSTM,
    Recurrent,
    RegressionOutput,
    ReLU,
    Scaling,
    SelfAttention,
    SequenceInput,
    Sigmoid,
    Softmax,
    Softplus,
    Swish,
    Tanh,
)

RESET_MODES = ("after-multiplication", "before-multiplication", "recurrent-bias-after-multiplication")


def filled(network: Network, seed: int, dtype: Any = np.float32, states: bool = True) -> Network:
    """The network with every learnable, statistic and (with `states`) state drawn; variances and ranges positive."""
    random = np.random.default_rng(seed)
    for layer in network:
        for name in layer.learnable_names:
            setattr(layer, name, (0.6 * random.normal(size=layer.shapes()[name])).astype(dtype))
        for name in layer.held_states if states else ():
            setattr(layer, name, (0.5 * random.normal(size=layer.shapes()[name])).astype(dtype))
        for name in needed_statistics(layer):
            if None in layer.shapes()[name]:  # of any size: what the network was given
                continue
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


def state_ports() -> Network:
    """Two layers, of which the second begins where the first ends; and the gates of a product."""
    layers = [
        SequenceInput(4, Name="in"),
        LSTM(3, HasStateOutputs=True, Name="first"),
        LSTM(3, HasStateInputs=True, HasStateOutputs=True, Name="second"),
        FullyConnected(3, Name="from_state"),
        Addition(2, Name="start"),
        FullyConnected(3, Name="fc"),
        Multiplication(2, Name="product"),
        GRU(3, HasStateInputs=True, OutputMode="last", Name="end"),
    ]
    joints = [
        *(
            ("in", "first"),
            ("first/out", "second/in"),
            ("first/hidden", "second/hidden"),
            ("first/cell", "second/cell"),
        ),
        *(("second/hidden", "from_state"), ("second/out", "fc"), ("second/out", "product/in1"), ("fc", "product/in2")),
        *(("second/cell", "start/in1"), ("from_state", "start/in2"), ("product", "end/in"), ("start", "end/hidden")),
    ]
    return Network(layers, joints)


def over_time() -> list[Network]:
    """Networks that together hold every kind of layer that mixes steps, without arrays."""
    residual = [
        *(SequenceInput(4, Name="in"), Convolution1D(3, 4, Padding="causal", DilationFactor=2, Name="conv")),
        *(LayerNormalization(OperationDimension="batch-excluded", Name="norm"), ReLU(Name="relu")),
        *(
            Addition(2, Name="sum"),
            LSTM(3, Name="lstm"),
            GlobalAveragePooling1D(Name="pool"),
            FullyConnected(2, Name="fc"),
        ),
    ]
    joints = [
        ("in", "conv"),
        ("conv", "norm"),
        ("norm", "relu"),
        ("relu", "sum/in1"),
        ("in", "sum/in2"),
        ("sum", "lstm"),
    ]
    embedded = [
        *(SequenceInput(4, Name="in"), PositionEmbedding(4, 64, Name="position"), Addition(2, Name="sum")),
        *(
            SelfAttention(2, 6, AttentionMask="causal", Name="causal"),
            SelfAttention(1, 4, NumValueChannels=2, Name="all"),
        ),
        *(Indexing1D("last", Name="last"), FullyConnected(2, Name="fc")),
    ]
    pairs = [("in", "position"), ("in", "sum/in1"), ("position", "sum/in2"), ("sum", "causal"), ("causal", "all")]
    return [
        Network(residual, [*joints, ("lstm", "pool"), ("pool", "fc")]),
        Network(embedded, [*pairs, ("all", "last"), ("last", "fc")]),
        sequence(
            [Convolution1D(4, 3, Padding="same"), MaxPooling1D(2), BiLSTM(2), AveragePooling1D(3, Padding=(1, 0))]
        ),
        sequence(
            [Convolution1D(2, 6, Stride=2, Padding=(1, 1)), GroupNormalization(2), MaxPooling1D(2, Padding="same")]
        ),
        sequence([InstanceNormalization(), GlobalMaxPooling1D(), FullyConnected(3), Softmax()]),
    ]


def every_kind() -> list[Network]:
    """Networks that together hold every kind of layer, without arrays."""
    labels = ClassificationOutput(["cat", "it's a dog"])
    return [
        *over_time(),
        state_ports(),
        sequence([LSTM(3, OutputMode="last"), Tanh(), BiLSTM(2), GRU(3), FullyConnected(2)]),
        sequence([ELU(0.7), GELU(), PReLU(), Swish(), GELU(Approximation="tanh"), Identity(), ClippedReLU(0.5)]),
        sequence([Scaling(Scale=[1, 2, 3, 0.5], Bias=[[0.1]]), LSTM(3), Softplus(), FullyConnected(2)]),
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
