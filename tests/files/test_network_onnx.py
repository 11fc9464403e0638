"""Networks as ONNX: there and back bit for bit, what the graph looks like, and graphs that torch wrote."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from random_networks import every_kind, filled, sequence

import bridge
from bridge.errors import MalformedFile, NetworkError, UnsupportedContent
from bridge.files import network_onnx
from bridge.network import GRU, LSTM, FullyConnected, Network, Tanh


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
def test_there_and_back_is_equal(network: Network, dtype: Any, tmp_path: Path) -> None:
    network = filled(network.copy(), 1, dtype)
    bridge.save(network, tmp_path / "net.onnx")
    onnx.checker.check_model(onnx.load(tmp_path / "net.onnx"), full_check=True)
    assert network.difference(bridge.load(tmp_path / "net.onnx")) == ""


def example() -> Network:
    return filled(sequence([LSTM(3), FullyConnected(2)]), 0)


def test_the_graph_is_onnxs_own_operators_with_states(tmp_path: Path) -> None:
    network = example()
    bridge.save(network, tmp_path / "net.onnx")
    model = onnx.load(tmp_path / "net.onnx")
    every = ["Shape", "Concat", "Expand", "Expand"]  # a state for each sequence
    assert [node.op_type for node in model.graph.node] == [*every, "LSTM", "Squeeze", "MatMul", "Add"]
    dims = {
        each.name: [dim.dim_param or dim.dim_value for dim in each.type.tensor_type.shape.dim]
        for each in [*model.graph.input, *model.graph.output]
    }
    assert dims == {
        "sequenceinput": ["time", "batch", 4],
        "lstm_h": [1, "batch or 1", 3],
        "lstm_c": [1, "batch or 1", 3],
        "fc": ["time", "batch", 2],
        "lstm_hn": [1, "batch", 3],
        "lstm_cn": [1, "batch", 3],
    }
    weights = next(each for each in model.graph.initializer if each.name == "lstm.W")
    rows = onnx.numpy_helper.to_array(weights)[0]
    ours = network["lstm"].InputWeights
    assert np.array_equal(rows, np.concatenate([ours[:3], ours[9:], ours[3:6], ours[6:9]]))  # i, o, f, c of i, f, g, o


def test_states_are_optional_inputs_and_outputs(tmp_path: Path) -> None:
    network = example()
    bridge.save(network, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    u = np.random.default_rng(0).normal(size=(9, 1, 4)).astype(np.float32)
    names = ["fc", "lstm_hn", "lstm_cn"]
    whole, *_ = session.run(names, {"sequenceinput": u})
    first, h, c = session.run(names, {"sequenceinput": u[:4]})
    second, *_ = session.run(names, {"sequenceinput": u[4:], "lstm_h": h, "lstm_c": c})
    # onnxruntime takes its input product in blocks, so that the last bits depend on the length.
    assert np.abs(np.concatenate([first, second]) - whole).max() < 2e-6
    assert np.abs(whole[:, 0] - bridge.predict(network, u[:, 0])).max() < 2e-6


@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
def test_any_number_of_sequences_is_taken_at_once(network: Network, tmp_path: Path) -> None:
    """From the states that the network holds, and from a state for each sequence."""
    network = filled(network.copy(), 1)
    bridge.save(network, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    (entry,) = network.inputs
    timed = network.signal(entry).time
    u = np.random.default_rng(0).normal(size=(6, 3, 4) if timed else (3, 4)).astype(np.float32)
    layout = "TBC" if timed else "BC"
    names = [output.name for output in session.get_outputs()]
    first = dict(zip(names, session.run(None, {entry: u}), strict=True))
    state: Any = "saved" if any(layer.state_names for layer in network) else None
    assert np.abs(first[network.outputs[0]] - bridge.predict(network, u, layout=layout, state=state)).max() < 2e-6
    if state is not None:
        states = {
            each.name: first[f"{each.name}n"]
            for each in session.get_overridable_initializers()
            if f"{each.name}n" in first
        }
        y, *_ = session.run([network.outputs[0]], {entry: u, **states})
        _, ours = bridge.predict(network, u, layout=layout, state=state, return_state=True)
        assert np.abs(y - bridge.predict(network, u, layout=layout, state=ours)).max() < 2e-6


def _edited(tmp_path: Path, network: Network, edit: Any) -> Path:
    model = network_onnx.model(network)
    edit(model)
    path = tmp_path / "edited.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def _bias(model: Any) -> Any:
    return next(each for each in model.graph.initializer if each.name == "fc.bias")


def test_tensors_that_the_metadata_do_not_describe_are_refused(tmp_path: Path) -> None:
    network = filled(sequence([LSTM(3), FullyConnected(2)]), 0, np.float64)

    def change(model: Any) -> None:
        bias = _bias(model)
        bias.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(bias) + 1, bias.name))

    with pytest.raises(MalformedFile, match=r"layer 'fc': the graph's fc\.bias is not that of the network"):
        bridge.load(_edited(tmp_path, network, change))


@pytest.mark.parametrize(
    "notes",
    ["[]", "{", '{"format": "other"}', '{"format": "bridge network", "version": 1, "layers": [], "arrays": {}}'],
)
def test_metadata_that_describe_nothing_are_refused(tmp_path: Path, notes: str) -> None:
    def change(model: Any) -> None:
        onnx.helper.set_model_props(model, {"bridge": notes})

    with pytest.raises(MalformedFile, match="its metadata describe no network"):
        bridge.load(_edited(tmp_path, example(), change))


def test_a_broken_file_is_one_clear_error(tmp_path: Path) -> None:
    path = _edited(tmp_path, example(), lambda model: None)
    whole = path.read_bytes()
    for length in (20, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:length])
        with pytest.raises(MalformedFile):
            bridge.load(path)


def test_numbers_in_another_file_are_not_followed(tmp_path: Path) -> None:
    def change(model: Any) -> None:
        bias = _bias(model)
        bias.ClearField("raw_data")
        bias.data_location = onnx.TensorProto.EXTERNAL
        bias.external_data.add(key="location", value="../../secret")

    with pytest.raises(UnsupportedContent, match=r"fc\.bias: keeps its numbers in another file"):
        bridge.load(_edited(tmp_path, example(), change))


def test_what_is_not_set_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="layer 'lstm': InputWeights is not set"):
        bridge.save(sequence([LSTM(3)]), tmp_path / "x.onnx")


# Graphs from elsewhere.


def test_our_own_graphs_are_read_without_their_metadata(tmp_path: Path) -> None:
    layers = [LSTM(3), GRU(2, ResetGateMode="recurrent-bias-after-multiplication"), FullyConnected(2), Tanh()]
    network = filled(sequence(layers), 0, states=False)
    found = bridge.load(_edited(tmp_path, network, lambda model: model.ClearField("metadata_props")))
    assert network.difference(found) == ""
    biLSTM = filled(sequence([bridge.BiLSTM(3, OutputMode="last"), FullyConnected(2)]), 0)
    found = bridge.load(_edited(tmp_path, biLSTM, lambda model: model.ClearField("metadata_props")))
    assert found["biLSTM"].OutputMode == "last"
    assert np.array_equal(found["biLSTM"].InputWeights, biLSTM["biLSTM"].InputWeights)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("last", [False, True])
def test_graphs_of_torchs_exporter_are_read(kind: str, batch_first: bool, last: bool, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the package torch is not installed")

    class Module(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.rnn = getattr(torch.nn, kind)(4, 3, num_layers=2, batch_first=batch_first)
            self.fc = torch.nn.Linear(3, 2)

        def forward(self, x: Any) -> Any:
            y, _ = self.rnn(x)
            if last:
                y = y[:, -1] if batch_first else y[-1]
            return torch.sigmoid(self.fc(torch.relu(y)))

    torch.manual_seed(0)
    module = Module().eval()
    u = torch.randn((2, 5, 4) if batch_first else (5, 2, 4))
    axes = {0: "batch", 1: "time"} if batch_first else {0: "time", 1: "batch"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter without onnxscript is deprecated
        torch.onnx.export(module, (u,), tmp_path / "x.onnx", dynamo=False, input_names=["u"], dynamic_axes={"u": axes})
    network = bridge.load(tmp_path / "x.onnx")
    stem = kind.lower()
    assert network.names == ("sequenceinput", f"{stem}_1", f"{stem}_2", "relu", "fc", "sigmoid")
    with torch.no_grad():
        y = module(u).numpy()
    z = bridge.predict(network, u, layout="BTC" if batch_first else "TBC")
    assert np.abs(y - z).max() < 2e-6


def _first(graph: Any, op: str) -> Any:
    return next(node for node in graph.node if node.op_type == op)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda graph: _first(graph, "LSTM").attribute.append(onnx.helper.make_attribute("clip", 3.0)),
            r"lstm/rows/LSTM.*clip",
        ),
        (lambda graph: setattr(graph.node[-1], "op_type", "Erf"), "is not understood as part of a network"),
        (lambda graph: setattr(graph.node[-1], "domain", "com.MathWorks"), "is an operator of com.MathWorks"),
        (lambda graph: graph.output.append(onnx.ValueInfoProto(name="lstm")), "something else than its last layers"),
    ],
)
def test_what_is_not_understood_is_refused_by_the_nodes_name(change: Any, message: str, tmp_path: Path) -> None:
    network = filled(sequence([LSTM(3), Tanh()]), 0, states=False)

    def edit(model: Any) -> None:
        model.ClearField("metadata_props")
        change(model.graph)

    with pytest.raises(UnsupportedContent, match=message):
        bridge.load(_edited(tmp_path, network, edit))


def test_the_metadata_are_readable(tmp_path: Path) -> None:
    notes = {each.key: each.value for each in network_onnx.model(example()).metadata_props}
    assert json.loads(notes["bridge"])["layers"][1]["Type"] == "lstmLayer"
