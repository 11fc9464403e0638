"""Trained networks that MATLAB saved, as trees of objects; their mathematics is tested where the layers are."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.files import mat
from bridge.files.mat_objects import MatObject, MatObjectArray


@pytest.fixture
def networks(shared: Path) -> Path:
    folder = shared / "corpus" / "nets" / "FENN"
    if not folder.is_dir():
        pytest.skip("the test data ../shared/corpus/nets/FENN are absent")
    return folder


LAYERS = ["SequenceInputLayer", "LSTMLayer", "FullyConnectedLayer", "RegressionOutputLayer"]


@pytest.mark.parametrize(("name", "units"), [("LSTM", 60), ("Tuberculosis", 60), ("HepatitisB-Region", 180)])
def test_a_series_network_is_a_tree_of_layers(networks: Path, name: str, units: int) -> None:
    network = mat.read(networks / f"{name}.mat", ["net"])["net"]
    assert isinstance(network, MatObject)
    assert network.class_name == "SeriesNetwork"
    layers = network["Layers"]
    assert isinstance(layers, MatObjectArray)
    assert layers.class_name == "nnet.cnn.layer.Layer"
    assert [layer.class_name for layer in layers] == [f"nnet.cnn.layer.{kind}" for kind in LAYERS]
    lstm = layers[1]
    assert lstm["NumHiddenUnits"] == units
    inputs = int(lstm["InputSize"].item())
    weights = {key: lstm[key]["Value"] for key in ("InputWeights", "RecurrentWeights", "Bias")}
    assert {key: (value.dtype, value.shape) for key, value in weights.items()} == {
        "InputWeights": (np.float32, (4 * units, inputs)),
        "RecurrentWeights": (np.float32, (4 * units, units)),
        "Bias": (np.float32, (4 * units, 1)),
    }
    assert layers[2]["Weights"]["Value"].shape == (int(layers[2]["OutputSize"].item()), units)


def test_the_weights_are_those_of_the_file_to_the_last_bit(networks: Path) -> None:
    """The bytes of the weights, found in the subsystem as scipy gives it, without any decoding of objects."""
    scipy_io = pytest.importorskip("scipy.io", reason="scipy, the reference here, is not installed")
    path = networks / "LSTM.mat"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy has one name for all objects
        raw = scipy_io.loadmat(path)["__function_workspace__"].tobytes()
    lstm = mat.read(path, ["net"])["net"]["Layers"][1]
    for key in ("InputWeights", "RecurrentWeights", "Bias"):
        assert lstm[key]["Value"].tobytes(order="F") in raw, key


def forward(network: MatObject, u: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The network's prediction, T x 1, by the layers' formulas, in double precision, from the reset state."""
    lstm, last = network["Layers"][1], network["Layers"][2]
    w, r, b = (lstm[key]["Value"].astype(float) for key in ("InputWeights", "RecurrentWeights", "Bias"))
    h, c = np.zeros((r.shape[1], 1)), np.zeros((r.shape[1], 1))
    found = []
    for row in u:
        i, f, g, o = np.split(w @ row.reshape(-1, 1) + r @ h + b, 4)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
        found.append((last["Weights"]["Value"].astype(float) @ h + last["Bias"]["Value"]).ravel())
    return np.array(found)


def test_the_tree_predicts_what_matlab_predicted(networks: Path) -> None:
    """MATLAB computes in single precision: about 1e-6 of values up to 18, so 2e-5 absolute is five digits."""
    stored = mat.read(networks / "LSTM.mat")
    u = stored["dataTrainStandardized"].T
    found = forward(stored["net"], u)[:-12] * stored["sig"] + stored["mu"]
    assert np.abs(found.ravel() - stored["Ytrain"].ravel()).max() < 2e-5
