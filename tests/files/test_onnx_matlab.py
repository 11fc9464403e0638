"""The ONNX graph for MATLAB's importer: what is known of the form that it takes as its own layers, held here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from random_networks import branched, every_kind, filled, sequence

import bridge
from bridge.cli import main
from bridge.files import network_onnx
from bridge.network import (
    LSTM,
    Dropout,
    FeatureInput,
    FullyConnected,
    Network,
    RegressionOutput,
    Tanh,
)

PLAIN = (
    *("lstmLayer", "bilstmLayer", "gruLayer", "lstmProjectedLayer", "fullyConnectedLayer", "dropoutLayer", "reluLayer"),
    *("leakyReluLayer", "tanhLayer", "sigmoidLayer", "softmaxLayer", "additionLayer", "concatenationLayer"),
)
"""Kinds that are one operator which MATLAB's importer has a layer for."""
UNCONFIRMED = "not confirmed in MATLAB: that importNetworkFromONNX makes native layers of this file"


@pytest.mark.parametrize("states", [False, True])
@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
def test_it_is_valid_computes_the_same_and_reads_back(network: Network, states: bool, tmp_path: Path) -> None:
    network, path = filled(network.copy(), 1, states=states), tmp_path / "net.onnx"
    network_onnx.write_for_matlab(network, path)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert network.difference(bridge.load(path)) == ""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (entry,) = network.inputs
    timed, sequences = network.signal(entry).time, 1 if states else 3
    u = np.random.default_rng(0).normal(size=(6, sequences, 4) if timed else (sequences, 4)).astype(np.float32)
    (y,) = session.run(None, {entry: u})
    state = "saved" if any(layer.state_names for layer in network) else None
    assert np.abs(y - bridge.predict(network, u, layout="TBC" if timed else "BC", state=state)).max() < 2e-6


def _is_partial_shape(node: Any) -> bool:
    """Attributes of Shape came with opset 15."""
    return bool(node.op_type == "Shape" and node.attribute)


@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
def test_nodes_are_called_like_layers_and_states_are_no_inputs(network: Network, tmp_path: Path) -> None:
    network = filled(network.copy(), 1)
    network_onnx.write_for_matlab(network, tmp_path / "net.onnx")
    model = onnx.load(tmp_path / "net.onnx")
    newer = any(node.op_type == "LayerNormalization" or _is_partial_shape(node) for node in model.graph.node)
    assert model.opset_import[0].version == (17 if newer else 14)
    assert [each.name for each in model.graph.input] == list(network.inputs)
    assert len(model.graph.output) == 1
    names = [node.name for node in model.graph.node]
    assert len(set(names)) == len(names)
    assert not any("/" in name for name in names)
    assert {x.Name for x in network if x.input_ports and x.Type in PLAIN} <= set(names)
    constants = {each.name for each in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type in ("LSTM", "GRU"):
            said = {each.name for each in node.attribute}
            assert {"direction", "hidden_size", "activations"} <= said
            assert not said & {"layout", "clip", "input_forget"}
            assert all(name in constants for name in node.input[1:] if name) or network[node.name].HasStateInputs
            handed = [name for name in node.output if name]  # every step, or the last
            assert len(handed) == 1 or network[node.name].HasStateOutputs


def test_a_layer_between_vectors_is_gemm_with_rows_of_outputs(tmp_path: Path) -> None:
    network = filled(Network([FeatureInput(4), FullyConnected(3, Name="a/b"), Dropout(0.25), Tanh()]), 0)
    network_onnx.write_for_matlab(network, tmp_path / "net.onnx")
    model = onnx.load(tmp_path / "net.onnx")
    assert [node.op_type for node in model.graph.node] == ["Gemm", "Dropout", "Tanh"]
    assert model.graph.node[0].name == "a_b"
    weights = next(each for each in model.graph.initializer if each.name == "a/b.Weights")
    assert np.array_equal(onnx.numpy_helper.to_array(weights), network["a/b"].Weights)


def test_what_is_not_confirmed_is_printed_and_in_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = filled(sequence([LSTM(3), FullyConnected(2), RegressionOutput()]), 0)
    bridge.save(network, tmp_path / "net.mat")
    target = tmp_path / "out.onnx"
    assert main(["convert", str(tmp_path / "net.mat"), str(target), "--for", "matlab"]) == 0
    printed = capsys.readouterr()
    call = 'net = importNetworkFromONNX("out.onnx", InputDataFormats="TBC", OutputDataFormats="TBC")'
    assert printed.out.splitlines() == [UNCONFIRMED, f"in MATLAB: {call}", str(target)]
    losses = printed.err.splitlines()
    assert any("layer 'regressionoutput': computes nothing and is not in the graph" in line for line in losses)
    assert any("layer 'lstm': starts from a constant state" in line for line in losses)
    doc = onnx.load(target).doc_string.splitlines()
    assert doc[:2] == [UNCONFIRMED, call]


def test_a_graph_with_several_branches_lists_what_may_come_back_otherwise(tmp_path: Path) -> None:
    said = network_onnx.write_for_matlab(filled(branched(), 0, states=False), tmp_path / "net.onnx")
    assert any("layer 'b': is followed by Transpose and Reshape" in line for line in said)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["net.pt", "--for", "matlab"], "are of a network's .onnx graph"),
        (["net.onnx", "--mat-version", "7.3"], "is of a .mat file"),
        (["net.mat", "--precision", "double"], "are of a network's .onnx graph"),
        (["net.onnx", "--for", "matlab", "--precision", "double"], "MATLAB's importer takes single precision"),
        (["net.onnx", "--double"], "go with --serve"),
        (["folder", "--serve", "--double", "--precision", "double"], "not with both"),
    ],
)
def test_options_that_do_not_go_together(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    bridge.save(filled(sequence([LSTM(3)]), 0), "source.mat")
    assert main(["convert", "source.mat", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["source.mat"]
