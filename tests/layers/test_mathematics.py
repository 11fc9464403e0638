"""Every kind of layer on our engines against implementations that share no code: torch.nn and onnxruntime's kernels.

Random weights, states, lengths and batches. In single precision the bound is 2e-6 of a signal of the size of one: a
dozen roundings of 6e-8, amplified by at most a few recurrent steps; in double 1e-12.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import (
    RESET_MODES,
    branched,
    every_kind,
    filled,
    needed_statistics,
    sequence,
    state_ports,
)

from bridge import layers
from bridge.errors import NetworkError, UnsupportedLayer
from bridge.network import (
    GELU,
    GRU,
    LAYERS,
    LSTM,
    AveragePooling1D,
    BiLSTM,
    Convolution1D,
    FeatureInput,
    FullyConnected,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    GroupNormalization,
    Indexing1D,
    InstanceNormalization,
    Layer,
    LayerNormalization,
    MaxPooling1D,
    Network,
    PositionEmbedding,
    ProjectedLSTM,
    SelfAttention,
    SequenceInput,
    UnknownLayer,
)
from bridge.prediction import predict

TOLERANCE = {"single": 2e-6, "double": 1e-12}


def difference(network: Network, engine: str, precision: str, steps: int, batch: int, seed: int) -> float:
    """The largest difference of outputs and final states between numpy and another engine."""
    random = np.random.default_rng(seed)
    timed = isinstance(network.layers[0], SequenceInput)
    shape, layout = ((steps, 4, batch), "TCB") if timed else ((4, batch), "CB")
    u = random.normal(size=shape)
    ours, own_states = predict(network, u, layout=layout, precision=precision, return_state=True)
    theirs, states = predict(network, u, layout=layout, precision=precision, engine=engine, return_state=True)
    pairs = zip(ours.values(), theirs.values(), strict=True) if isinstance(ours, dict) else [(ours, theirs)]
    found = []
    for own, other in pairs:
        assert own.shape == other.shape
        found.append(np.abs(own - other).max(initial=0))
    assert own_states.keys() == states.keys()
    for layer, values in own_states.items():
        found += [np.abs(value - states[layer][name]).max() for name, value in values.items()]
    return float(max(found))


def foreign(layer: Layer, engine: str) -> bool:
    """Whether the foreign engine has the layer with these options."""
    if engine != "torch.nn":
        return True
    plain = getattr(layer, "StateActivationFunction", "tanh") == "tanh"
    plain = plain and getattr(layer, "GateActivationFunction", "sigmoid") == "sigmoid"
    return plain and getattr(layer, "ResetGateMode", "") != "before-multiplication"


@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
@pytest.mark.parametrize(
    ("engine", "precision"),
    [("torch", "double"), ("onnx", "double"), ("torch", "single"), ("onnx", "single"), ("torch.nn", "single"),
     ("torch.nn", "double"), ("onnxruntime", "single")],
)  # fmt: skip
def test_every_kind_of_layer_agrees(network: Network, engine: str, precision: str) -> None:
    if "torch" in engine:
        pytest.importorskip("torch", reason="the package torch is not installed")
    network = filled(network.copy(), 5)
    if not all(foreign(layer, engine) for layer in network):
        with pytest.raises(UnsupportedLayer, match=r"has the (activations|reset gate mode)"):
            difference(network, engine, precision, 3, 1, 0)
        return
    assert difference(network, engine, precision, 6, 3, 1) < TOLERANCE[precision]


recurrent = st.one_of(
    st.builds(lambda n, mode: LSTM(n, OutputMode=mode), st.integers(1, 6), st.sampled_from(["sequence", "last"])),
    st.builds(lambda n, mode: BiLSTM(n, OutputMode=mode), st.integers(1, 4), st.sampled_from(["sequence", "last"])),
    st.builds(lambda n, mode: GRU(n, ResetGateMode=mode), st.integers(1, 6), st.sampled_from(RESET_MODES)),
    st.builds(lambda n, p, q: ProjectedLSTM(n, p, q), st.integers(2, 6), st.integers(1, 4), st.integers(1, 4)),
    st.builds(
        lambda n, s, g: LSTM(n, StateActivationFunction=s, GateActivationFunction=g),
        st.integers(1, 5),
        st.sampled_from(["tanh", "softsign"]),
        st.sampled_from(["sigmoid", "hard-sigmoid"]),
    ),
)


@settings(max_examples=40, deadline=None)
@given(layer=recurrent, steps=st.integers(1, 12), batch=st.integers(1, 4), seed=st.integers(0, 2**20))
@pytest.mark.parametrize(
    ("engine", "precision"), [("torch.nn", "single"), ("torch.nn", "double"), ("onnxruntime", "single")]
)
def test_recurrent_layers_agree_with_foreign_kernels(
    engine: str, precision: str, layer: Layer, steps: int, batch: int, seed: int
) -> None:
    if engine == "torch.nn":
        pytest.importorskip("torch", reason="the package torch is not installed")
    if not foreign(layer, engine):
        return
    network = filled(sequence([layer, FullyConnected(2)]), seed)
    assert difference(network, engine, precision, steps, batch, seed) < TOLERANCE[precision]


sizes = st.integers(1, 4)
paddings = st.one_of(st.sampled_from(["same", "causal"]), st.tuples(st.integers(0, 3), st.integers(0, 3)))
mixing = st.one_of(
    st.builds(
        lambda k, f, s, d, p: Convolution1D(k, f, Stride=s, DilationFactor=d, Padding=p),
        sizes,
        sizes,
        sizes,
        sizes,
        paddings,
    ),
    st.builds(
        lambda heads, d, e, mask: SelfAttention(heads, heads * d, NumValueChannels=heads * e, AttentionMask=mask),
        *(sizes, sizes, sizes, st.sampled_from(["none", "causal"])),
    ),
    st.builds(lambda k, s: MaxPooling1D(k, Stride=s, Padding="same"), sizes, sizes),
    st.builds(lambda k, s: AveragePooling1D(k, Stride=s, Padding=(0, k - 1)), sizes, sizes),
    st.builds(lambda groups: GroupNormalization(groups), st.sampled_from([1, 2, 4, "all-channels", "channel-wise"])),
    st.sampled_from([LayerNormalization(OperationDimension="batch-excluded"), InstanceNormalization()]),
    st.sampled_from([GlobalAveragePooling1D(), GlobalMaxPooling1D(), Indexing1D("first"), PositionEmbedding(4, 16)]),
)


@settings(max_examples=30, deadline=None)
@given(layer=mixing, steps=st.integers(1, 12), batch=st.integers(1, 3), seed=st.integers(0, 2**20))
@pytest.mark.parametrize(
    ("engine", "precision"), [("torch.nn", "single"), ("torch.nn", "double"), ("onnxruntime", "single")]
)
def test_layers_that_mix_steps_agree_with_foreign_kernels(
    engine: str, precision: str, layer: Layer, steps: int, batch: int, seed: int
) -> None:
    if engine == "torch.nn":
        pytest.importorskip("torch", reason="the package torch is not installed")
    network = filled(sequence([layer]), seed)
    if isinstance(layer, InstanceNormalization | GroupNormalization):
        steps += 2  # of one step nothing is left but rounding, which the small deviation enlarges
    try:
        found = difference(network, engine, precision, steps, batch, seed)
    except NetworkError as error:  # a window longer than the sequence; a padding that ONNX lacks
        assert any(cause in str(error) for cause in ("steps at once, but is given", "does not join"))  # noqa: PT017
        return
    # The foreign kernels round the mean once, which a small deviation enlarges; ours do not, as the next test shows.
    assert found < TOLERANCE[precision] * (10 if isinstance(layer, InstanceNormalization | GroupNormalization) else 1)


@pytest.mark.parametrize("engine", ["numpy", "torch", "onnx"])
@pytest.mark.parametrize("mean", [0.0, 10.0, 1000.0])
@pytest.mark.parametrize(
    "layer",
    [InstanceNormalization(), GroupNormalization(2), LayerNormalization(OperationDimension="batch-excluded")],
    ids=lambda layer: type(layer).__name__,
)
def test_a_large_mean_is_taken_off_without_loss(layer: Layer, mean: float, engine: str) -> None:
    if engine == "torch":
        pytest.importorskip("torch", reason="the package torch is not installed")
    network = filled(sequence([layer]), 3)
    for steps in (1, 2, 3, 9):
        u = (np.random.default_rng(steps).normal(size=(steps, 4, 3)) + mean).astype(np.float32)
        exact = predict(network, u, layout="TCB", precision="double")
        found = predict(network, u, layout="TCB", precision="single", engine=engine)
        assert np.abs(found - exact).max() < TOLERANCE["single"] * max(1.0, np.abs(exact).max())


@settings(max_examples=15, deadline=None)
@given(length=st.integers(1, 6), more=st.integers(1, 6), batch=st.integers(1, 3), seed=st.integers(0, 2**20))
@pytest.mark.parametrize(
    "network",
    [n for n in every_kind() if any(x.held_states for x in n) and not layers.takes_whole_sequences(n)],
    ids=lambda network: "-".join(network.names[1:4]),
)
def test_carried_states_are_those_of_foreign_kernels(
    network: Network, length: int, more: int, batch: int, seed: int
) -> None:
    """The states after some steps, given to the other side, continue the sequence there."""
    network = filled(network.copy(), seed)
    u = np.random.default_rng(seed).normal(size=(length + more, 4, batch))
    _, state = predict(network, u[:length], layout="TCB", return_state=True)
    ours, _ = predict(network, u[length:], layout="TCB", state=state, return_state=True)
    theirs, _ = predict(network, u[length:], layout="TCB", state=state, engine="onnxruntime", return_state=True)
    pairs = zip(ours.values(), theirs.values(), strict=True) if isinstance(ours, dict) else [(ours, theirs)]
    assert max(np.abs(own - other).max(initial=0) for own, other in pairs) < 2e-6


def test_state_ports_carry_states_from_layer_to_layer() -> None:
    """Two LSTMs of the same weights, the second begun where the first ended, are one LSTM on the sequence twice."""
    parts = [SequenceInput(4, Name="in"), LSTM(3, HasStateOutputs=True, Name="a")]
    parts += [LSTM(3, HasStateInputs=True, Name="b")]
    joints = [("in", "a"), ("in", "b/in"), ("a/hidden", "b/hidden"), ("a/cell", "b/cell")]
    network = filled(Network(parts, joints), 0)
    for name in network["b"].learnable_names:
        setattr(network["b"], name, network["a"].arrays[name])
    u = np.random.default_rng(1).normal(size=(5, 4))
    alone = sequence([LSTM(3, **network["a"].arrays)])
    outputs = predict(network, u)
    assert outputs.keys() == {"a", "b"}
    assert np.array_equal(np.concatenate([outputs["a"], outputs["b"]]), predict(alone, np.concatenate([u, u])))


def test_attention_by_hand() -> None:
    network = filled(sequence([SelfAttention(2, 4, AttentionMask="causal")]), 3, np.float64)
    held = network["selfattention"].arrays
    x = np.random.default_rng(0).normal(size=(6, 4))
    Q, K, V = (x @ held[f"{what}Weights"].T + held[f"{what}Bias"].T for what in ("Query", "Key", "Value"))
    said = np.zeros((6, 4))
    for head in (slice(0, 2), slice(2, 4)):
        for t in range(6):
            scores = np.exp(K[: t + 1, head] @ Q[t, head] / np.sqrt(2))
            said[t, head] = scores @ V[: t + 1, head] / scores.sum()
    wanted = said @ held["OutputWeights"].T + held["OutputBias"].T
    assert np.abs(predict(network, x, precision="double") - wanted).max() < 1e-14


def test_gelu_by_the_error_function() -> None:
    x = np.concatenate([np.linspace(-7, 7, 1001), [-40, 40, np.inf]]).reshape(-1, 1)
    y = predict(Network([FeatureInput(1), GELU()]), x, precision="double")
    wanted = np.array([[v * (1 + math.erf(v * math.sqrt(0.5))) / 2] for v in x[:, 0]])
    assert np.abs(y[:-1] - wanted[:-1]).max() < 1e-15 * 40
    assert y[-1] == np.inf


def test_relu_as_state_activation_agrees_with_onnxruntime() -> None:
    # Unbounded, so that the states of a random network grow; few steps keep them near one.
    network = filled(sequence([LSTM(3, StateActivationFunction="relu")]), 2, states=False)
    assert difference(network, "onnxruntime", "single", 3, 2, 0) < TOLERANCE["single"]


def test_a_gru_by_hand_in_its_three_modes() -> None:
    """h' = (1 - z) k + z h with k = tanh(W x + b + r (R h)), tanh(W x + b + R (r h)), tanh(W x + bW + r (R h + bR))."""
    u = np.random.default_rng(0).normal(size=(7, 4))
    for mode in RESET_MODES:
        network = filled(sequence([GRU(3, ResetGateMode=mode)]), 1, np.float64)
        layer = network["gru"]
        W, R, h = layer.InputWeights, layer.RecurrentWeights, layer.HiddenState[:, 0]
        b, d = np.split(layer.Bias[:, 0], 2) if mode == RESET_MODES[2] else (layer.Bias[:, 0], np.zeros(9))
        rows = []
        for x in u:
            r, z = (1 / (1 + np.exp(-(W[k] @ x + b[k] + R[k] @ h + d[k]))) for k in (slice(0, 3), slice(3, 6)))
            k = slice(6, 9)
            recurrent_part = R[k] @ (r * h) if mode == RESET_MODES[1] else r * (R[k] @ h + d[k])
            h = (1 - z) * np.tanh(W[k] @ x + b[k] + recurrent_part) + z * h
            rows.append(h)
        assert np.abs(predict(network, u, precision="double") - rows).max() < 1e-14


def test_both_directions_by_hand() -> None:
    """A BiLSTM is an LSTM, and one on the reversed sequence, reversed."""
    network = filled(sequence([BiLSTM(3)]), 1, np.float64)
    u = np.random.default_rng(0).normal(size=(7, 4))
    halves = []
    for k in range(2):
        arrays = {name: np.split(array, 2)[k] for name, array in network["biLSTM"].arrays.items()}
        one = sequence([LSTM(3, **arrays)])
        y = predict(one, u[:: 1 - 2 * k], precision="double")
        halves.append(y[:: 1 - 2 * k])
    whole = predict(network, u, precision="double")
    assert np.array_equal(whole, np.hstack(halves))
    last = predict(network.with_({"biLSTM": {"OutputMode": "last"}}), u, precision="double")
    assert np.array_equal(last, np.concatenate([halves[0][-1], halves[1][0]]))


def test_normalizations_by_hand() -> None:
    u = np.random.default_rng(0).normal(size=(7, 4))
    formulas = {
        "zerocenter": lambda s: u - s["Mean"],
        "zscore": lambda s: (u - s["Mean"]) / s["StandardDeviation"],
        "rescale-symmetric": lambda s: 2 * (u - s["Min"]) / (s["Max"] - s["Min"]) - 1,
        "rescale-zero-one": lambda s: (u - s["Min"]) / (s["Max"] - s["Min"]),
    }
    for how, formula in formulas.items():
        network = filled(sequence([], Normalization=how), 0, np.float64)
        layer = network["sequenceinput"]
        held = {name: layer.arrays[name].ravel() for name in needed_statistics(layer)}
        assert np.abs(predict(network, u, precision="double") - formula(held)).max() < 1e-14


def test_a_statistic_may_be_one_number_for_all_channels() -> None:
    network = sequence([], Normalization="zerocenter", Mean=2)
    assert predict(network, np.ones((3, 4))).tolist() == np.full((3, 4), -1).tolist()


def test_every_kind_has_its_mathematics() -> None:
    assert set(layers.table()) == set(LAYERS)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (UnknownLayer("nnet.cnn.layer.SelfAttentionLayer"), "'layer': is a nnet.cnn.layer.SelfAttentionLayer"),
        (SequenceInput(4, SplitComplexInputs=True, Name="second"), "'second': splits complex inputs"),
    ],
)
def test_what_is_not_computed_is_refused_by_name(layer: Layer, message: str) -> None:
    with pytest.raises(UnsupportedLayer, match=message):
        layers.plan(Network([layer]) if isinstance(layer, SequenceInput) else sequence([layer]))


def test_programs_take_every_array_as_a_parameter() -> None:
    network = filled(branched(), 0)
    for stage in layers.plan(network).stages:
        nodes = [*stage.program.init.walk(), *stage.program.step.walk()]
        baked = [node for node in nodes if node.op == "constant" and node.attributes["value"].size > 1]
        assert not baked
        assert set(layers.values(network, stage.program)) == set(stage.program.parameters)


def test_a_network_that_reads_backward_is_no_single_program() -> None:
    with pytest.raises(UnsupportedLayer, match="'b': reads the sequence from its end"):
        layers.compile(branched())
    with pytest.raises(UnsupportedLayer, match="'first': takes or hands on more than one time step"):
        layers.compile(state_ports())
    with pytest.raises(UnsupportedLayer, match="'selfattention': takes or hands on more than one time step"):
        layers.compile(sequence([SelfAttention(1, 2)]))
    assert layers.compile(sequence([LSTM(3)])).inputs.keys() == {"sequenceinput"}
