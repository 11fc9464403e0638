"""The folder that serves a network: it needs onnxruntime and numpy alone, and gives what the network gives."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_networks import every_kind, filled

import bridge
from bridge import GRU, LSTM, BiLSTM, FullyConnected, Network, SequenceInput, Softmax
from bridge.cases import serving, serving_graph
from bridge.cli import main
from bridge.errors import UsageError
from bridge.files import mat, network_mat
from bridge.network import ClassificationOutput, FeatureInput, ReLU

# Everything but what onnxruntime needs is refused, above all this package itself.
ALONE = """
import sys, runpy
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("bridge", "onnx", "torch", "scipy", "h5py"):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
runpy.run_path(sys.argv[1])
"""


def alone(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the folder's script where this package cannot be imported."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "-W", "error", "-c", ALONE, str(folder / "serve.py")]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", timeout=60)


def initialized(*layers: Any) -> Network:
    return Network(layers).initialize(4)


def noisy(net: Network) -> Network:
    """Statistics and states that are not the neutral ones."""
    stream = np.random.default_rng(2)
    states = {
        layer.Name: {
            name: stream.standard_normal(layer.shapes()[name]).astype(np.float32) for name in layer.state_names
        }
        for layer in net
        if layer.state_names
    }
    return net.with_(states)


STATISTICS = {"Normalization": "zscore", "Mean": [[3.0], [-1]], "StandardDeviation": [[2.0], [0.5]]}
LABELS = ("a", "b", "c")
NETWORKS = {
    "lstm": initialized(SequenceInput(2), LSTM(5), FullyConnected(3)),
    "normalized": initialized(SequenceInput(2, **STATISTICS), LSTM(5), FullyConnected(3)),
    "started": noisy(initialized(SequenceInput(2), LSTM(5), GRU(4), FullyConnected(3))),
    "last": initialized(
        SequenceInput(2), LSTM(5, OutputMode="last"), FullyConnected(3), Softmax(), ClassificationOutput(LABELS)
    ),
    "bidirectional": noisy(initialized(SequenceInput(2), BiLSTM(4), FullyConnected(1))),
    "features": initialized(FeatureInput(4), FullyConnected(5), ReLU(), FullyConnected(2)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_script_runs_without_this_package(name: str, tmp_path: Path) -> None:
    serving.write(NETWORKS[name], tmp_path)
    done = alone(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("agrees within")
    assert (tmp_path / "step.onnx").exists() == (name not in ("bidirectional", "features"))


@pytest.fixture(scope="module")
def onnxruntime_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new virtual environment with onnxruntime and what it brings, and nothing else."""
    from importlib.metadata import version

    place = tmp_path_factory.mktemp("alone") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True, timeout=60)
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = [f"{name}=={version(name)}" for name in ("onnxruntime", "numpy")]
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "-q",
        "--retries",
        "0",
        "--timeout",
        "5",
    ]
    done = subprocess.run([*command, *wanted], capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.skip("onnxruntime cannot be fetched from a package index here")
    return python


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["single", "cast", "double"])
def test_the_script_runs_in_an_environment_of_its_own(precision: Any, onnxruntime_alone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "served"
    serving.write(NETWORKS["started"], folder, precision=precision)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [str(onnxruntime_alone), "-W", "error", str(folder / "serve.py")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("agrees within")
    found = subprocess.run([str(onnxruntime_alone), "-c", "import onnx"], capture_output=True, env=environment, cwd="/")
    assert found.returncode != 0  # it is alone indeed


@pytest.mark.parametrize("name", NETWORKS)
def test_all_of_it_in_double_precision(name: str, tmp_path: Path) -> None:
    """The graphs have no cast, and are held to 1e-12."""
    import onnx

    serving.write(NETWORKS[name], tmp_path, precision="double")
    done = alone(tmp_path)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) < 1e-14
    assert "limit = 1e-12" in (tmp_path / "serve.py").read_text()
    for path in tmp_path.glob("*.onnx"):
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        assert {each.type.tensor_type.elem_type for each in model.graph.input} == {onnx.TensorProto.DOUBLE}
        numbers = {each.data_type for each in model.graph.initializer}
        assert numbers <= {onnx.TensorProto.DOUBLE, onnx.TensorProto.INT64, onnx.TensorProto.STRING}


@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
def test_every_kind_of_layer_is_served(network: Network, tmp_path: Path) -> None:
    """In this process, as the script would: whole sequences, and steps where the network has them."""
    network = filled(network.copy(), 1)
    serving.write(network, tmp_path)
    runpy.run_path(str(tmp_path / "serve.py"))
    assert not (tmp_path / "step.onnx").exists() or not serving_graph.stepwise(network)


def test_the_script_notices_other_results(tmp_path: Path) -> None:
    serving.write(NETWORKS["lstm"], tmp_path)
    wanted = np.load(tmp_path / "test_data_set_0" / "output_0.npy")
    np.save(tmp_path / "test_data_set_0" / "output_0.npy", wanted * np.float32(1.0001))
    done = alone(tmp_path)
    assert done.returncode != 0
    assert "differs by" in done.stderr


def test_any_batch_and_any_length(tmp_path: Path) -> None:
    import onnxruntime

    net = NETWORKS["started"]
    serving.write(net, tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "sequence.onnx")
    for steps, batch in ((1, 1), (7, 3), (40, 2)):
        x = np.sin(np.arange(steps * batch * 2.0)).reshape(steps, batch, 2).astype(np.float32)
        y, *states = session.run(None, {"x": x})
        ours, final = bridge.predict(net, x, layout="TBC", return_state=True)
        np.testing.assert_allclose(y, ours, rtol=0, atol=2e-6)
        np.testing.assert_allclose(states[0][0].T, final["lstm"]["HiddenState"], rtol=0, atol=2e-6)


def test_single_steps_carry_the_named_states(tmp_path: Path) -> None:
    import onnxruntime

    net = NETWORKS["started"]
    serving.write(net, tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "step.onnx")
    assert [one.name for one in session.get_inputs()] == ["x", "lstm_h", "lstm_c", "gru_h"]
    assert [one.name for one in session.get_outputs()] == ["y", "lstm_hn", "lstm_cn", "gru_hn"]
    x = np.sin(np.arange(30.0)).reshape(5, 3, 2).astype(np.float32)
    state = {name: np.repeat(value, 3, 1) for name, value in np.load(tmp_path / "start.npz").items()}
    rows = []
    for t in range(5):
        y, *last = session.run(None, {"x": x[t], **state})
        state = dict(zip(state, last, strict=True))
        rows.append(y)
    np.testing.assert_allclose(np.stack(rows), bridge.predict(net, x, layout="TBC"), rtol=0, atol=2e-6)


def test_labels_come_out_as_text(tmp_path: Path) -> None:
    import onnxruntime

    net = NETWORKS["last"]
    serving.write(net, tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "sequence.onnx")
    x = np.sin(np.arange(60.0)).reshape(10, 3, 2).astype(np.float32)
    y, label = session.run(["y", "label"], {"x": x})
    assert label.tolist() == ["abc"[k] for k in y.argmax(1)]
    kept = session.get_modelmeta().custom_metadata_map
    assert json.loads(kept["bridge.labels"]) == ["a", "b", "c"]


def test_standardization_and_double_precision_are_inside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import onnxruntime

    net = initialized(SequenceInput(1), LSTM(5), FullyConnected(1))
    mat.write({"net": network_mat.structure(net), "mu": 12.0, "sig": 3.0}, tmp_path / "net.mat")
    folder = tmp_path / "served"
    command = ["convert", str(tmp_path / "net.mat"), str(folder), "--serve", "--double", "--standardize", "mu,sig"]
    assert main(command) == 0
    assert alone(folder).returncode == 0
    session = onnxruntime.InferenceSession(folder / "sequence.onnx")
    x = 12 + 3 * np.sin(np.arange(20.0)).reshape(20, 1, 1)
    (y,) = session.run(["y"], {"x": x})
    assert y.dtype == np.float64
    wanted = bridge.predict(net, (x[:, :, 0] - 12) / 3) * 3 + 12
    np.testing.assert_allclose(y[:, 0], wanted, rtol=1e-6)
    about = json.loads((folder / "signature.json").read_text())
    assert about["standardization"]["output_mean"] == [12.0]


def test_test_data_are_onnx_tensors(tmp_path: Path) -> None:
    import onnx

    serving.write(NETWORKS["lstm"], tmp_path)
    for name in ("input_0", "output_0", "output_1", "output_2"):
        tensor = onnx.load_tensor(tmp_path / "test_data_set_0" / f"{name}.pb")
        np.testing.assert_array_equal(
            onnx.numpy_helper.to_array(tensor), np.load(tmp_path / "test_data_set_0" / f"{name}.npy")
        )


def test_means_of_another_size_are_refused(tmp_path: Path) -> None:
    scaling = serving.Scaling(*(np.ones(3) for _ in range(4)))
    with pytest.raises(UsageError, match="2 channels, but its mean 3 numbers"):
        serving.write(NETWORKS["lstm"], tmp_path, scaling=scaling)


def test_networks_that_matlab_saved(shared: Path, tmp_path: Path) -> None:
    source = shared / "corpus" / "nets" / "FENN" / "LSTM.mat"
    assert main(["convert", str(source), str(tmp_path / "s"), "--serve", "--standardize", "mu,sig"]) == 0
    assert alone(tmp_path / "s").returncode == 0
