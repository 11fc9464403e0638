"""Networks as ONNX graphs in double precision: what they compute, for any time and any number of sequences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from random_networks import every_kind, filled, sequence

import bridge
from bridge import layers
from bridge.errors import UnsupportedLayer, UsageError
from bridge.network import LSTM, Addition, FullyConnected, Network, SequenceInput


def run(path: Path, inputs: dict[str, Any]) -> dict[str, Any]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
def test_it_computes_in_double_and_gives_the_network_back(network: Network, dtype: Any, tmp_path: Path) -> None:
    network, path = filled(network.copy(), 1, dtype), tmp_path / "net.onnx"
    try:
        layers.require_steps(network, "")
    except UnsupportedLayer:
        with pytest.raises(UnsupportedLayer, match="a graph in double precision is written of steps alone"):
            bridge.save(network, path, precision="double")
        return
    bridge.save(network, path, precision="double")
    onnx.checker.check_model(onnx.load(path), full_check=True)
    assert network.difference(bridge.load(path)) == ""
    (entry,) = network.inputs
    timed = network.signal(entry).time
    state: Any = "saved" if any(layer.state_names for layer in network) else None
    for steps, sequences in ((1, 1), (5, 3)):
        shape = (steps, sequences, 4) if timed else (sequences, 4)
        u = np.random.default_rng(0).normal(size=shape)
        layout = "TBC" if timed else "BC"
        ours, final = bridge.predict(network, u, layout=layout, precision="double", state=state, return_state=True)
        found = run(path, {entry: u})
        y = found[network.outputs[0]]
        assert y.dtype == np.float64
        np.testing.assert_allclose(y, ours, rtol=0, atol=1e-14)
        for layer, states in final.items():
            for name, column in states.items():
                letter = {"HiddenState": "hn", "CellState": "cn"}[name]
                last = found[f"{layer}_{letter}"].transpose(0, 2, 1).reshape(column.shape)  # D x B x H to D H x B
                np.testing.assert_allclose(last, column, rtol=0, atol=1e-14)


def test_single_precision_would_differ(tmp_path: Path) -> None:
    """The comparison above means something: the graph of ONNX's own operators is a thousand times further away."""
    network = filled(sequence([LSTM(3), FullyConnected(2)]), 0, np.float64)
    bridge.save(network, tmp_path / "net.onnx")
    u = np.random.default_rng(0).normal(size=(5, 2, 4))
    y = run(tmp_path / "net.onnx", {"sequenceinput": u.astype(np.float32)})["fc"]
    assert np.abs(y - bridge.predict(network, u, layout="TBC", precision="double", state="saved")).max() > 1e-9


def test_states_go_in_and_out(tmp_path: Path) -> None:
    network = filled(sequence([LSTM(3), FullyConnected(2)]), 0)
    bridge.save(network, tmp_path / "net.onnx", precision="double")
    u = np.random.default_rng(0).normal(size=(9, 2, 4))
    whole = run(tmp_path / "net.onnx", {"sequenceinput": u})["fc"]
    first = run(tmp_path / "net.onnx", {"sequenceinput": u[:4]})
    again = {"lstm_h": first["lstm_hn"], "lstm_c": first["lstm_cn"]}
    second = run(tmp_path / "net.onnx", {"sequenceinput": u[4:], **again})
    np.testing.assert_allclose(np.concatenate([first["fc"], second["fc"]]), whole, rtol=0, atol=1e-14)


def test_several_inputs(tmp_path: Path) -> None:
    layers = [SequenceInput(3, Name="a"), SequenceInput(3, Name="b"), Addition(2), LSTM(2)]
    joints = [("a", "addition/in1"), ("b", "addition/in2"), ("addition", "lstm")]
    network = filled(Network(layers, joints), 0)
    bridge.save(network, tmp_path / "net.onnx", precision="double")
    draw = np.random.default_rng(0)
    given = {name: draw.normal(size=(6, 2, 3)) for name in "ab"}
    ours = bridge.predict(network, given, layout="TBC", precision="double", state="saved")
    np.testing.assert_allclose(run(tmp_path / "net.onnx", given)["lstm"], ours, rtol=0, atol=1e-14)


def test_precision_is_of_onnx_graphs(tmp_path: Path) -> None:
    network = filled(sequence([LSTM(3)]), 0)
    with pytest.raises(
        UsageError, match=r"net\.mat: a precision and the form for MATLAB are of a network's \.onnx graph"
    ):
        bridge.save(network, tmp_path / "net.mat", precision="double")
    with pytest.raises(UsageError, match="precision is 'single' or 'double', not 'half'"):
        bridge.save(network, tmp_path / "net.onnx", precision="half")
    assert not list(tmp_path.iterdir())
