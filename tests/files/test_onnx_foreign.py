"""Networks out of ONNX graphs that torch, Keras through tf2onnx, and MATLAB write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import foreign_graphs
import numpy as np
import onnx
import onnxruntime
import pytest
from foreign_graphs import Graph
from random_networks import filled, sequence

import bridge
from bridge.errors import MalformedFile, UnsupportedContent
from bridge.network import (
    GRU,
    LSTM,
    BatchNormalization,
    BiLSTM,
    Concatenation,
    Dropout,
    FullyConnected,
    Network,
    ReLU,
    Softmax,
)

TWO_BIASES = "recurrent-bias-after-multiplication"
U = np.random.default_rng(0).normal(size=(3, 6, 4)).astype(np.float32)


def saved(model: Any, folder: Path) -> Path:
    path = folder / "x.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def loaded(model: Any, folder: Path) -> Network:
    found = bridge.load(saved(model, folder))
    assert isinstance(found, Network)
    return found


def assert_computes_the_same(model: Any, found: Network) -> None:
    """The graph in onnxruntime, and the network, on sequences by batch first."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (y,) = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: U})
    z = bridge.predict(found, U, layout="BTC")
    assert y.shape == z.shape
    assert np.abs(y - z).max() < 2e-6


RECURRENT = {
    "lstm": LSTM(3),
    "lstm, last": LSTM(3, OutputMode="last"),
    "gru": GRU(3, ResetGateMode=TWO_BIASES),
    "gru, last": GRU(3, ResetGateMode=TWO_BIASES, OutputMode="last"),
    "bilstm": BiLSTM(3),
}


@pytest.mark.parametrize("layer", RECURRENT.values(), ids=RECURRENT)
def test_torchs_new_exporter(layer: Any, tmp_path: Path) -> None:
    network = filled(sequence([layer, ReLU(), FullyConnected(2)]), 0, states=False)
    model = foreign_graphs.torch_dynamo(network)
    onnx.checker.check_model(model, full_check=True)
    found = loaded(model, tmp_path)
    assert network.difference(found) == ""
    assert_computes_the_same(model, found)


def test_torchs_gru_without_linear_before_reset_is_not_believed(tmp_path: Path) -> None:
    network = filled(sequence([GRU(3, ResetGateMode=TWO_BIASES), ReLU(), FullyConnected(2)]), 0, states=False)
    model = foreign_graphs.torch_dynamo(network, linear_before_reset=None)
    with pytest.raises(
        UnsupportedContent, match=r"'node_rnn' \(GRU\): lacks linear_before_reset, which torch's GRU needs"
    ):
        bridge.load(saved(model, tmp_path))


@pytest.mark.parametrize("layer", [*RECURRENT.values(), BiLSTM(3, OutputMode="last")], ids=[*RECURRENT, "bilstm, last"])
def test_keras_through_tf2onnx(layer: Any, tmp_path: Path) -> None:
    network = filled(sequence([layer, FullyConnected(2)]), 0, states=False)
    model = foreign_graphs.tf2onnx(network, **({"linear_before_reset": 1} if isinstance(layer, GRU) else {}))
    onnx.checker.check_model(model, full_check=True)
    found = loaded(model, tmp_path)
    assert network.difference(found) == ""
    assert_computes_the_same(model, found)


def test_keras_gru_with_reset_before(tmp_path: Path) -> None:
    network = filled(sequence([GRU(3, ResetGateMode="before-multiplication"), FullyConnected(2)]), 0, states=False)
    model = foreign_graphs.tf2onnx(network, linear_before_reset=0)
    found = loaded(model, tmp_path)
    assert network.difference(found) == ""
    assert_computes_the_same(model, found)


@pytest.mark.parametrize("mode", ["before-multiplication", "after-multiplication", TWO_BIASES])
@pytest.mark.parametrize("output", ["sequence", "last"])
def test_a_gru_written_out_as_a_loop_is_told_and_proved(mode: str, output: str, tmp_path: Path) -> None:
    """As many channels as units, so that the shapes do not tell the two matrices apart."""
    gru = GRU(4, ResetGateMode=mode, OutputMode=output)
    network = filled(sequence([gru, FullyConnected(2)]), 0, states=False)
    model = foreign_graphs.tf2onnx_loop(network)
    onnx.checker.check_model(model)
    found = loaded(model, tmp_path)
    assert network.difference(found) == ""
    assert_computes_the_same(model, found)


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ("Tanh", r"'while_loop' \(Loop\): is a recurrence written out, and no LSTM or GRU with sigmoid and tanh"),
        ("Erf", "with Erf inside"),
    ],
)
def test_a_loop_that_computes_something_else_is_refused(gate: str, message: str, tmp_path: Path) -> None:
    network = filled(sequence([GRU(3), FullyConnected(2)]), 0, states=False)
    with pytest.raises(UnsupportedContent, match=message):
        bridge.load(saved(foreign_graphs.tf2onnx_loop(network, gate), tmp_path))


@pytest.mark.parametrize("squeezed", [False, True])
@pytest.mark.parametrize("kind", [LSTM, BiLSTM])
@pytest.mark.parametrize("mode", ["sequence", "last"])
def test_matlabs_exporter(squeezed: bool, kind: Any, mode: str, tmp_path: Path) -> None:
    layers = [LSTM(3, Name="first"), Dropout(0.5, Name="drop"), kind(2, Name="my_layer", OutputMode=mode)]
    network = filled(sequence([*layers, FullyConnected(2, Name="out"), Softmax(Name="soft")]), 0, states=False)
    found = loaded(foreign_graphs.matlab(network, squeezed=squeezed), tmp_path)
    # An ONNX graph says nothing of a layer that computes nothing.
    assert found.names == ("sequenceinput", "first", "my_layer", "out", "soft")
    for name in found.names:
        assert found[name].difference(network[name]) == ""


def test_a_state_that_matlab_wrote_is_kept(tmp_path: Path) -> None:
    network = filled(sequence([LSTM(3, Name="lstm"), FullyConnected(2, Name="fc")]), 0)
    found = loaded(foreign_graphs.matlab(network), tmp_path)
    assert np.array_equal(found["lstm"].HiddenState, network["lstm"].HiddenState)
    assert np.array_equal(found["lstm"].CellState, network["lstm"].CellState)


def test_matlabs_placeholder_names_the_layer(tmp_path: Path) -> None:
    network = filled(sequence([LSTM(3), ReLU(Name="attention"), FullyConnected(2)]), 0)
    model = foreign_graphs.matlab(network, placeholder="attention")
    with pytest.raises(
        UnsupportedContent, match="layer 'attention': stands for a layer that MATLAB's exporter could not"
    ):
        bridge.load(saved(model, tmp_path))


def lstm(g: Graph, x: str, layer: Any, states: tuple[str, ...] = (), **attributes: Any) -> list[str]:
    """An LSTM or GRU node on time x batch x channels; its outputs."""
    held = foreign_graphs._weights(g, layer)
    outputs = [g.new("y"), g.new("h"), g.new("c")][: 1 + len(layer.state_names)]
    if layer.directions == 2:
        attributes["direction"] = "bidirectional"
    op = "GRU" if isinstance(layer, GRU) else "LSTM"
    g.nodes_out(op, [x, *held, "", *states], outputs, name="rnn", hidden_size=layer.NumHiddenUnits, **attributes)
    return outputs


def by_time(g: Graph, output: str, shape: list[Any], inputs: Any = (), opset: int = 17) -> Any:
    return g.model([("x", ["t", "b", 4]), *inputs], [(output, shape)], "", opset)


def one(layer: Any) -> Any:
    """The layer with weights for four channels."""
    return next(iter(list(filled(sequence([layer]), 3, states=False))[1:]))


def test_final_states_are_the_last_step(tmp_path: Path) -> None:
    """torch.cat([h[-2], h[-1]], 1) of two stacked bidirectional layers' states."""
    g = Graph()
    inner, outer = one(BiLSTM(3)), next(iter(list(filled(sequence([BiLSTM(2)], channels=6), 4, states=False))[1:]))
    y, h, _ = lstm(g, "x", inner)
    y = g.node("Reshape", g.node("Transpose", y, perm=[0, 2, 1, 3]), g.integers(0, 0, -1))
    _, h_outer, _ = lstm(g, y, outer)
    del h
    last = [g.node("Gather", h_outer, g.constant(k, np.int64), axis=0) for k in (-2, -1)]
    g.nodes_out("Concat", last, ["out"], axis=1)
    found = loaded(by_time(g, "out", ["b", 4]), tmp_path)
    assert [layer.options.get("OutputMode") for layer in found] == [None, "sequence", "last"]
    assert np.array_equal(found["biLSTM_2"].InputWeights, outer.InputWeights)


def test_states_given_from_outside_start_at_zero(tmp_path: Path) -> None:
    """A module that takes (h, c) of two layers and hands the new ones out."""
    g = Graph()
    first, second = one(LSTM(3)), next(iter(list(filled(sequence([LSTM(3)], channels=3), 4, states=False))[1:]))
    part = lambda name, k: g.node("Slice", name, g.integers(k), g.integers(k + 1), g.integers(0))  # noqa: E731
    y, h, c = lstm(g, "x", first, (part("h0", 0), part("c0", 0)))
    z, k, d = lstm(g, g.node("Squeeze", y, g.integers(1)), second, (part("h0", 1), part("c0", 1)))
    g.nodes_out("Squeeze", [z, g.integers(1)], ["out"])
    g.nodes_out("Concat", [h, k], ["hn"], axis=0)
    g.nodes_out("Concat", [c, d], ["cn"], axis=0)
    state = [2, "b", 3]
    model = by_time(g, "out", ["t", "b", 3], [("h0", state), ("c0", state)])
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, 1, state) for name in ("hn", "cn"))
    onnx.checker.check_model(model, full_check=True)
    found = loaded(model, tmp_path)
    assert found.names == ("sequenceinput", "lstm_1", "lstm_2")


def test_batch_first_inside_the_operator(tmp_path: Path) -> None:
    """The attribute layout of opset 14."""
    g, layer = Graph(), one(LSTM(3))
    start = np.arange(3, dtype=np.float32).reshape(1, 1, 3)
    y, *_ = lstm(g, "x", layer, (g.constant(start), g.constant(start)), layout=1)
    g.nodes_out("Squeeze", [y, g.integers(2)], ["out"])
    found = loaded(g.model([("x", ["b", "t", 4])], [("out", ["b", "t", 3])], "", 17), tmp_path)
    assert np.array_equal(found["lstm"].InputWeights, layer.InputWeights)
    assert np.array_equal(found["lstm"].HiddenState.ravel(), start.ravel())


def test_a_batch_of_one_without_its_axis(tmp_path: Path) -> None:
    """torch's LSTM on time x channels."""
    g, layer = Graph(), one(LSTM(3))
    y, *_ = lstm(g, g.node("Unsqueeze", "x", g.integers(1)), layer)
    g.nodes_out("Squeeze", [g.node("Squeeze", y, g.integers(1)), g.integers(1)], ["out"])
    found = loaded(g.model([("x", ["t", 4])], [("out", ["t", 3])], "", 17), tmp_path)
    assert found.names == ("sequenceinput", "lstm")


def test_standardization_before_a_network_is_its_inputs_normalization(tmp_path: Path) -> None:
    g, layer = Graph(), one(LSTM(3))
    mean, deviation = np.float32([1, 2, 3, 4]), np.float32([2, 2, 4, 4])
    x = g.node("Div", g.node("Sub", "x", g.constant(mean)), g.constant(deviation))
    y, *_ = lstm(g, x, layer)
    g.nodes_out("Squeeze", [y, g.integers(1)], ["out"])
    model = by_time(g, "out", ["t", "b", 3])
    found = loaded(model, tmp_path)
    assert found["sequenceinput"].Normalization == "zscore"
    assert np.array_equal(found["sequenceinput"].StandardDeviation.ravel(), deviation)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"x": U})
    assert np.abs(y - bridge.predict(found, U, layout="TBC")).max() < 2e-6


def test_a_scale_and_an_offset_are_a_batch_normalization(tmp_path: Path) -> None:
    """As tf2onnx writes Keras' BatchNormalization; 1 - 2 y is one more."""
    g, layer = Graph(), one(LSTM(3))
    y, *_ = lstm(g, "x", layer)
    y = g.node("Squeeze", y, g.integers(1))
    y = g.node("Add", g.node("Mul", y, g.constant(np.float32([1, 2, 3]))), g.constant(np.float32([4, 5, 6])))
    g.nodes_out("Sub", [g.constant(np.float32(1)), y], ["out"])
    model = by_time(g, "out", ["t", "b", 3])
    found = loaded(model, tmp_path)
    assert found.names == ("sequenceinput", "lstm", "batchnorm_1", "batchnorm_2")
    assert isinstance(found["batchnorm_1"], BatchNormalization)
    assert found["batchnorm_1"].Offset.ravel().tolist() == [4, 5, 6]
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"x": U})
    assert np.abs(y - bridge.predict(found, U, layout="TBC")).max() < 2e-6


@pytest.mark.parametrize("pooled", ["last", "first", "mean", "max", "both"])
@pytest.mark.parametrize("kind", [LSTM, BiLSTM])
def test_what_is_taken_of_all_steps(kind: Any, pooled: str, tmp_path: Path) -> None:
    """y[-1] and y[0] of both directions, the mean, the largest; the last step beside every step."""
    g, layer = Graph(), one(kind(3))
    y = lstm(g, "x", layer)[0]
    y = g.node("Reshape", g.node("Transpose", y, perm=[0, 2, 1, 3]), g.integers(0, 0, -1))
    if pooled in ("mean", "max"):
        last = g.node("ReduceMean" if pooled == "mean" else "ReduceMax", y, axes=[0], keepdims=0)
    else:
        last = g.node("Gather", y, g.constant(0 if pooled == "first" else -1, np.int64), axis=0)
    g.nodes_out("Tanh", [last], ["out"])
    model = by_time(g, "out", ["b", 3 * layer.directions])
    if pooled == "both":
        g.nodes_out("Relu", [y], ["every"])
        model = by_time(g, "out", ["b", 3 * layer.directions])
        model.graph.output.append(onnx.helper.make_tensor_value_info("every", 1, ["t", "b", 3 * layer.directions]))
    found = loaded(model, tmp_path)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    ours = bridge.predict(found, U, layout="TBC")
    for name, theirs in zip(("tanh", "relu"), session.run(None, {"x": U}), strict=False):
        assert np.abs(theirs - (ours[name] if pooled == "both" else ours)).max() < 2e-6


def test_activations_of_newer_opsets(tmp_path: Path) -> None:
    g = Graph()
    y = g.node("Squeeze", lstm(g, "x", one(LSTM(3)))[0], g.integers(1))
    y = g.node("Gelu", g.node("Elu", y, alpha=0.5), approximate="tanh")
    y = g.node("Clip", y, g.constant(np.float32(0)), g.constant(np.float32(6)))
    y = g.node("PRelu", g.node("Softplus", y), g.constant(np.float32([0.1, 0.2, 0.3])))
    g.nodes_out("Mul", [y, g.node("Sigmoid", y)], ["out"])
    model = by_time(g, "out", ["t", "b", 3], opset=20)
    found = loaded(model, tmp_path)
    kinds = ("elu", "gelu", "clippedrelu", "softplus", "prelu", "sigmoid", "multiplication")
    assert found.names == ("sequenceinput", "lstm", *kinds)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"x": U})
    assert np.abs(y - bridge.predict(found, U, layout="TBC")).max() < 2e-6


def test_two_layers_side_by_side_are_joined(tmp_path: Path) -> None:
    g = Graph()
    y, z = (lstm(g, "x", one(kind(3)))[0] for kind in (LSTM, LSTM))
    g.nodes_out("Concat", [g.node("Squeeze", each, g.integers(1)) for each in (y, z)], ["out"], axis=2)
    found = loaded(by_time(g, "out", ["t", "b", 6]), tmp_path)
    assert isinstance(found["concat"], Concatenation)


def _masked(g: Graph) -> str:
    return g.node(
        "Squeeze", lstm(g, g.node("Where", g.node("Equal", "x", "x"), "x", "x"), one(LSTM(3)))[0], g.integers(1)
    )


def _lengths(g: Graph) -> str:
    held = foreign_graphs._weights(g, one(LSTM(3)))
    g.nodes_out("LSTM", ["x", *held, g.constant([6, 6, 6], np.int32)], ["y"], name="rnn", hidden_size=3)
    return g.node("Squeeze", "y", g.integers(1))


def _hard(g: Graph) -> str:
    own = {
        "activations": ["HardSigmoid", "Tanh", "Tanh"],
        "activation_alpha": [1 / 6, 0, 0],
        "activation_beta": [0.5, 0, 0],
    }
    return g.node("Squeeze", lstm(g, "x", one(LSTM(3)), **own)[0], g.integers(1))


def _two_way_gru(g: Graph) -> str:
    W, R, B = foreign_graphs._weights(g, one(GRU(3)))
    twice = [g.node("Concat", each, each, axis=0) for each in (W, R, B)]
    g.nodes_out("GRU", ["x", *twice], ["y"], name="rnn", hidden_size=3, direction="bidirectional")
    return g.node("Reshape", "y", g.integers(0, 0, -1))


def _one_direction(g: Graph) -> str:
    return g.node("Gather", lstm(g, "x", one(BiLSTM(3)))[0], g.constant(1, np.int64), axis=1)


def _backward(g: Graph) -> str:
    lengths = g.constant([6] * 3, np.int64)
    turned = g.node("ReverseSequence", "x", lengths, batch_axis=1, time_axis=0)
    return g.node("Squeeze", lstm(g, turned, one(LSTM(3)))[0], g.integers(1))


def _unrolled(g: Graph) -> str:
    return g.node("Tanh", g.node("Gather", "x", g.constant(2, np.int64), axis=0))


def _cell(g: Graph) -> str:
    return g.node("Relu", g.node("Squeeze", lstm(g, "x", one(LSTM(3)))[2], g.integers(0)))


def _flattened(g: Graph) -> str:
    return g.node("Reshape", g.node("Transpose", "x", perm=[1, 0, 2]), g.integers(0, -1))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (_masked, r"\(Equal\): is a mask or a condition"),
        (_lengths, "takes the lengths of its sequences"),
        (_hard, "has a hard sigmoid with 0.166667, 0, 0, 0.5, 0, 0, as torch and Keras 3 have it"),
        (_two_way_gru, r"'rnn' \(GRU\): is bidirectional, which no layer of this kind is"),
        (_one_direction, "takes one direction of a layer alone"),
        (_backward, "reads the time backward"),
        (_unrolled, "not the single steps of a recurrence that is written out"),
        (_cell, "takes the cell state, which no layer hands on"),
        (_flattened, "joins the axes B, TC"),
    ],
)
def test_what_no_layer_computes_is_refused_by_the_nodes_name(build: Any, message: str, tmp_path: Path) -> None:
    g = Graph()
    output = build(g)
    with pytest.raises(UnsupportedContent, match=message):
        bridge.load(saved(by_time(g, output, []), tmp_path))


def test_folding_does_not_fill_the_memory(tmp_path: Path) -> None:
    """Constants doubled forty times are not computed, and so are not known where they are used."""
    g = Graph()
    value = g.constant(np.ones(64, np.float32))
    for _ in range(40):
        value = g.node("Concat", value, value, axis=0)
    g.nodes_out("MatMul", ["x", value], ["out"])
    with pytest.raises(UnsupportedContent, match="as a constant"):
        bridge.load(saved(by_time(g, "out", ["t", "b", 2]), tmp_path))


def test_weights_that_do_not_fit_are_a_malformed_file(tmp_path: Path) -> None:
    g = Graph()
    g.nodes_out("MatMul", ["x", g.constant(np.ones((7, 2), np.float32))], ["out"])
    with pytest.raises(MalformedFile, match="Weights must be 2 x 4, not 2 x 7"):
        bridge.load(saved(by_time(g, "out", ["t", "b", 2]), tmp_path))
