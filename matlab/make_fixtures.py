"""Writes the data that the tests of this folder use, through the public functions of `bridge`.

    python matlab/make_fixtures.py [FOLDER]

``networks/NAME.mat``: a network, an input ``u``, what `bridge.predict` makes of them in double (``y``) and single
(``y_single``), and the final states (``state``: layer, name, value). ``scripts/NAME.m``: the script that builds it with
the toolbox's functions. ``example/``: the published example's first network
as a case for ``slbridge check``, to which MATLAB, Simulink and Octave add their recordings. ``version.mat``: ours.
Without FOLDER it is ``build/matlab`` in this checkout, where the tests look by themselves.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import bridge
from bridge import network as kinds
from bridge.cases.example import example
from bridge.cases.reproduce.first_network import first_network
from bridge.crossings import example_model
from bridge.files import mat
from bridge.files.network_mat import structure
from bridge.matlab.values import Cell
from bridge.network import Layer

POSITIVE = ("StandardDeviation", "TrainedVariance")
STEPS = 9

CASE = """\
# One LSTM, computed by everyone. The recordings are made by matlab/: by bridge.record_example, under MATLAB or Octave,
# and by record_all, which needs MATLAB's products.
name = "LSTM as a dynamical system"
workspace = "workspace.mat"

[sides.diagram]
model = "lstm_sim.mdl"

[sides.network]
network = "network.mat"
precision = "double"

[sides.network_single]
network = "network.mat"
precision = "single"

[sides.portable]
recording = "recorded_portable.mat"
"""
LICENSED = """
[sides.matlab]
recording = "recorded_matlab.mat"

[sides.simulink]
recording = "recorded_simulink.mat"
"""


def networks() -> dict[str, bridge.Network]:
    """One network for every type of layer, and option of it, that can be computed; random arrays in double."""
    recurrent: dict[str, Sequence[Layer]] = {
        "lstm": [bridge.LSTM(5)],
        "lstm_last": [bridge.LSTM(5, OutputMode="last")],
        "lstm_softsign": [bridge.LSTM(4, StateActivationFunction="softsign", GateActivationFunction="hard-sigmoid")],
        "lstm_relu": [bridge.LSTM(4, StateActivationFunction="relu")],
        "lstm_twice": [bridge.LSTM(4), bridge.Dropout(0.2), bridge.LSTM(2)],
        "bilstm": [bridge.BiLSTM(3)],
        "bilstm_last": [bridge.BiLSTM(3, OutputMode="last")],
        "projected": [bridge.ProjectedLSTM(5, 2, 2)],
        "gru": [bridge.GRU(4)],
        "gru_before": [bridge.GRU(4, ResetGateMode="before-multiplication")],
        "gru_recurrent_bias": [bridge.GRU(4, ResetGateMode="recurrent-bias-after-multiplication")],
        "gru_last": [bridge.GRU(4, OutputMode="last", GateActivationFunction="hard-sigmoid")],
    }
    fully = bridge.FullyConnected
    over_time: dict[str, Sequence[Layer]] = {
        "convolution": [kinds.Convolution1D(3, 4)],
        "convolution_same": [kinds.Convolution1D(4, 4, Padding="same", Stride=2)],
        "convolution_causal": [kinds.Convolution1D(3, 4, Padding="causal", DilationFactor=2)],
        "convolution_one_filter": [kinds.Convolution1D(3, 1, Padding=(2, 1))],
        "max_pooling": [kinds.MaxPooling1D(3, Stride=2)],
        "max_pooling_same": [kinds.MaxPooling1D(4, Padding="same")],
        "average_pooling": [kinds.AveragePooling1D(2, Padding=(1, 0))],
        "average_pooling_same": [kinds.AveragePooling1D(2, Padding="same", Stride=2)],
        "global_average": [kinds.GlobalAveragePooling1D()],
        "global_max": [kinds.GlobalMaxPooling1D()],
        "index_first": [kinds.Indexing1D("first")],
        "index_last": [kinds.Indexing1D("last")],
        "attention": [kinds.SelfAttention(2, 4)],
        "attention_causal": [
            kinds.SelfAttention(2, 4, NumValueChannels=6, OutputSize=5, AttentionMask="causal", DropoutProbability=0.1)
        ],
        "instance_normalization": [kinds.InstanceNormalization()],
        "group_normalization": [fully(4), kinds.GroupNormalization(2)],
        "group_normalization_all": [kinds.GroupNormalization("all-channels", Epsilon=1e-3)],
        "group_normalization_each": [kinds.GroupNormalization("channel-wise")],
        "layer_normalization_over_time": [bridge.LayerNormalization(OperationDimension="batch-excluded")],
    }
    chains: dict[str, Sequence[Layer]] = {
        **{name: [bridge.SequenceInput(3), *middle, fully(2)] for name, middle in (recurrent | over_time).items()},
        **{
            kind.replace("-", "_"): [bridge.SequenceInput(3, Normalization=kind), fully(2)]
            for kind in ("zerocenter", "zscore", "rescale-symmetric", "rescale-zero-one")
        },
        "activations": [
            *(bridge.SequenceInput(3), fully(6), bridge.ReLU(), fully(6), bridge.LeakyReLU(0.1), bridge.Tanh()),
            *(fully(6), bridge.Sigmoid(), bridge.LayerNormalization(), bridge.BatchNormalization(), bridge.Flatten()),
            *(fully(2), bridge.RegressionOutput()),
        ],
        "more_activations": [
            *(bridge.SequenceInput(3), fully(6), kinds.ELU(0.7), fully(6), kinds.Swish(), fully(6), kinds.GELU()),
            *(fully(6), kinds.GELU(Approximation="tanh"), fully(6), kinds.ClippedReLU(0.8), fully(6)),
            *(kinds.Softplus(), fully(6), kinds.PReLU(), kinds.Identity(), kinds.Scaling(), fully(2)),
        ],
        "classes": [
            *(bridge.SequenceInput(3), bridge.LSTM(4, OutputMode="last"), fully(3), bridge.Softmax()),
            bridge.ClassificationOutput(["left", "it's", "right"]),
        ],
        "features": [bridge.FeatureInput(3, Normalization="zscore"), fully(4), bridge.Tanh(), fully(2)],
        "features_in_groups": [
            *(bridge.FeatureInput(4), kinds.GroupNormalization(2), fully(3)),
            *(bridge.LayerNormalization(OperationDimension="batch-excluded"), fully(2)),
        ],
    }
    made = {name: bridge.Network(chain) for name, chain in chains.items()}
    made["two_ways"] = bridge.Network(
        [
            *(bridge.SequenceInput(3, Name="in"), bridge.LSTM(4, Name="lstm"), fully(4, Name="around")),
            *(bridge.Addition(2, Name="sum"), bridge.Concatenation(1, 2, Name="beside"), fully(2, Name="out")),
        ],
        [
            *(("in", "lstm"), ("in", "around"), ("lstm", "sum/in1"), ("around", "sum/in2")),
            *(("sum", "beside/in1"), ("in", "beside/in2"), ("beside", "out")),
        ],
    )
    made["two_ends"] = bridge.Network(
        [
            *(bridge.SequenceInput(3, Name="a"), bridge.SequenceInput(3, Name="b"), bridge.Addition(2, Name="both")),
            *(bridge.LSTM(3, Name="memory"), fully(2, Name="first"), fully(1, Name="second")),
        ],
        [("a", "both/in1"), ("b", "both/in2"), ("both", "memory"), ("memory", "first"), ("memory", "second")],
    )
    made["product"] = bridge.Network(
        [
            *(bridge.SequenceInput(3, Name="in"), kinds.PositionEmbedding(3, STEPS + 2, Name="position")),
            *(bridge.Addition(2, Name="placed"), bridge.Sigmoid(Name="gate"), fully(3, Name="value")),
            *(kinds.Multiplication(2, Name="product"), fully(2, Name="out")),
        ],
        [
            *(("in", "position"), ("in", "placed/in1"), ("position", "placed/in2"), ("placed", "gate")),
            *(("placed", "value"), ("gate", "product/in1"), ("value", "product/in2"), ("product", "out")),
        ],
    )
    filled = {name: with_arrays(net, seed) for seed, (name, net) in enumerate(made.items())}
    filled["states"] = filled["lstm"].with_(lstm={"InitialHiddenState": np.full((5, 1), 0.25)})
    each = np.array([[0.5], [-2.0], [1.0], [0.25], [3.0], [-1.0]])
    filled["scaling_of_each"] = filled["more_activations"].with_(
        scaling={"Scale": each, "Bias": each[::-1]}, prelu={"Alpha": np.array([[0.3]])}
    )
    return filled | {"lstm_in_single": in_single(filled["lstm"])}


def with_arrays(network: bridge.Network, seed: int) -> bridge.Network:
    """A copy with random learnables, statistics and states."""
    draw = np.random.default_rng(seed)
    changes: dict[str, dict[str, Any]] = {}
    for layer in network:
        needed = getattr(layer, "needed_statistics", layer.statistic_names)
        changes[layer.Name] = {}
        for name in (*layer.learnable_names, *needed, *layer.state_names):
            values = draw.normal(size=[length or 1 for length in layer.shapes()[name]]) / 2
            changes[layer.Name][name] = 0.5 + abs(values) if name in POSITIVE else values + 3 * (name == "Max")
    return network.with_(changes)


def in_single(network: bridge.Network) -> bridge.Network:
    """A copy whose arrays are in single precision."""
    return network.with_(
        {layer.Name: {key: np.float32(array) for key, array in layer.arrays.items()} for layer in network}
    )


def _columns(found: Any) -> Any:
    """Results as the MATLAB side has them: a row for the last step, a cell column for several output layers."""
    if isinstance(found, Mapping):
        return Cell.column([_columns(each) for each in found.values()])
    return found.reshape(1, -1) if found.ndim == 1 else found


def write_network(name: str, network: bridge.Network, folder: Path) -> None:
    """A network with an input and what comes of it."""
    draw = np.random.default_rng(len(name))
    inputs = {each: draw.normal(size=(STEPS, network[each].InputSize)) for each in network.inputs}
    u: Any = inputs if len(inputs) > 1 else next(iter(inputs.values()))
    double, state = bridge.predict(network, u, state="saved", precision="double", return_state=True)
    single = bridge.predict(network, u, state="saved", precision="single")
    rows = [[layer, key, value] for layer, states in state.items() for key, value in states.items()]
    variables = {
        "network": structure(network),
        "u": Cell.column(list(inputs.values())) if len(inputs) > 1 else u,
        "y": _columns(double),
        "y_single": _columns(single),
        "y_reset": _columns(bridge.predict(network, u, state="reset", precision="double")),
        "state": Cell(rows) if rows else np.zeros((0, 0)),
    }
    mat.write(variables, folder / f"{name}.mat")


def write_example(folder: Path) -> None:
    """The published example's first network as a case, with and without the sides that need a licence."""
    data = example()
    bridge.save(first_network(data), folder / "network.mat")
    bridge.save(data.workspace, folder / "workspace.mat")
    shutil.copy(example_model(), folder / "lstm_sim.mdl")
    (folder / "case.toml").write_text(CASE + LICENSED, encoding="utf-8")
    (folder / "without_licence.toml").write_text(CASE, encoding="utf-8")


def make(folder: Path) -> Path:
    """Write everything and return the folder."""
    for part in ("networks", "scripts", "example"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, network in networks().items():
        write_network(name, network, folder / "networks")
        # A script can set one state only.
        if not any(key.startswith("Initial") for layer in network for key in layer.arrays):
            bridge.save(network, folder / "scripts" / f"{name}.m")
    write_example(folder / "example")
    mat.write({"version": bridge.__version__}, folder / "version.mat")
    return folder


if __name__ == "__main__":
    print(make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "build" / "matlab"))
