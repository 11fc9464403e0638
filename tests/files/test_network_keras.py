"""Networks out of Keras' files, .keras and .h5, of Keras 2 and 3, weights bit for bit."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import keras_files
import numpy as np
import pytest
from random_networks import branched, filled, sequence

import bridge
from bridge.cli import main
from bridge.errors import BridgeError, MalformedFile, UnsupportedContent
from bridge.network import (
    GRU,
    LSTM,
    BatchNormalization,
    BiLSTM,
    Dropout,
    FeatureInput,
    FullyConnected,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    LayerNormalization,
    LeakyReLU,
    Network,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)

TWO_BIASES = "recurrent-bias-after-multiplication"
BEFORE = "before-multiplication"
CHAINS = {
    "lstm": [LSTM(3), FullyConnected(2)],
    "stacked": [LSTM(4), Dropout(0.25), LSTM(3, OutputMode="last"), FullyConnected(3), Softmax()],
    "gru": [GRU(3, ResetGateMode=TWO_BIASES), GRU(3, ResetGateMode=BEFORE, OutputMode="last"), FullyConnected(1)],
    "bidirectional": [BiLSTM(3), BiLSTM(2, OutputMode="last"), FullyConnected(2), Sigmoid()],
    "normalized": [
        LayerNormalization(Epsilon=1e-3),
        BatchNormalization(Epsilon=2e-3),
        LSTM(3),
        ReLU(),
        LeakyReLU(0.25),
    ],
    "pooled": [LSTM(3), GlobalAveragePooling1D(), LayerNormalization(), FullyConnected(2)],
    "largest": [BiLSTM(3), GlobalMaxPooling1D(), FullyConnected(2)],
    "activations": [LSTM(3, StateActivationFunction="softsign"), Tanh()],
}


def chain(name: str) -> Network:
    return filled(sequence(list(CHAINS[name])), 0, states=False)


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("form", ["keras", "keras 2.12", "h5 of 2", "h5 of 3"])
@pytest.mark.parametrize("functional", [False, True])
def test_every_layer_comes_back_bit_for_bit(name: str, form: str, functional: bool, tmp_path: Path) -> None:
    network, path = chain(name), tmp_path / ("net.h5" if "h5" in form else "net.keras")
    if "h5" in form:
        keras_files.h5(network, path, functional=functional, version="3.15.1" if form.endswith("3") else "2.15.0")
    else:
        keras_files.keras(network, path, functional=functional, named=form == "keras")
    assert network.difference(bridge.load(path)) == ""


def test_a_graph_of_calls_is_followed(tmp_path: Path) -> None:
    network = filled(branched().with_({"end": {"ResetGateMode": BEFORE}}), 0, states=False)
    for version in ("2.15.0", "3.15.1"):
        keras_files.h5(network, tmp_path / "net.h5", functional=True, version=version)
        assert network.difference(bridge.load(tmp_path / "net.h5")) == ""
    keras_files.keras(network, tmp_path / "net.keras", functional=True)
    assert network.difference(bridge.load(tmp_path / "net.keras")) == ""


def test_features_and_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = filled(Network([FeatureInput(4), FullyConnected(3), Tanh(), FullyConnected(1)]), 0)
    keras_files.keras(network, tmp_path / "net.keras")
    assert main(["convert", str(tmp_path / "net.keras"), str(tmp_path / "net.mat")]) == 0
    assert network.difference(bridge.load(tmp_path / "net.mat")) == ""
    assert main(["info", str(tmp_path / "net.keras")]) == 0
    assert "fc_1  fullyConnectedLayer  OutputSize 3, InputSize 4" in capsys.readouterr().out


def edited(network: Network, path: Path, change: Any, version: str = "3.15.1") -> Path:
    """A .keras whose configuration of the last layer but one is changed."""
    keras_files.keras(network, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    change(config["config"]["layers"])
    parts["config.json"] = json.dumps(config).encode()
    parts["metadata.json"] = json.dumps({"keras_version": version}).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def config_of(number: int, **options: Any) -> Any:
    return lambda layers: layers[number]["config"].update(options)


def kind_of(number: int, kind: str) -> Any:
    return lambda layers: layers[number].update(class_name=kind)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (config_of(1, recurrent_activation="hard_sigmoid"), r"layer 'lstm': has Keras 3's hard sigmoid x/6 \+ 0\.5"),
        (config_of(1, go_backwards=True), "layer 'lstm': has go_backwards"),
        (config_of(1, return_state=True), "layer 'lstm': has return_state"),
        (config_of(1, activation="elu_of_mine"), "layer 'lstm': has the activation elu_of_mine"),
        (config_of(2, activation={"class_name": "Mine"}), "layer 'fc': has the activation Mine"),
        (kind_of(1, "Masking"), "layer 'lstm': is a Masking of Keras"),
        (kind_of(2, "Lambda"), "layer 'fc': is a Lambda of Keras"),
        (kind_of(1, "Flatten"), "layer 'lstm': flattens time into channels"),
        (lambda layers: layers.pop(0), "comes first, and the file does not say its input"),
    ],
)
def test_what_no_layer_computes_is_refused_by_the_layers_name(change: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedContent, match=message):
        bridge.load(edited(chain("lstm"), tmp_path / "net.keras", change))


def test_keras_2s_hard_sigmoid_is_matlabs(tmp_path: Path) -> None:
    change = config_of(1, recurrent_activation="hard_sigmoid")
    found = bridge.load(edited(chain("lstm"), tmp_path / "net.keras", change, version="2.15.0"))
    assert found["lstm"].GateActivationFunction == "hard-sigmoid"


def test_an_activation_within_a_layer_becomes_a_layer(tmp_path: Path) -> None:
    found = bridge.load(edited(chain("lstm"), tmp_path / "net.keras", config_of(2, activation="relu")))
    assert found.names == ("sequenceinput", "lstm", "fc", "fc_relu")


def test_weights_alone_are_no_model(tmp_path: Path) -> None:
    keras_files.keras(chain("lstm"), tmp_path / "net.keras")
    with zipfile.ZipFile(tmp_path / "net.keras") as archive:
        (tmp_path / "net.weights.h5").write_bytes(archive.read("model.weights.h5"))
    with pytest.raises(UnsupportedContent, match="holds weights without a model"):
        bridge.load(tmp_path / "net.weights.h5")


def test_a_deep_configuration_is_one_clear_error(tmp_path: Path) -> None:
    keras_files.keras(chain("lstm"), tmp_path / "net.keras")
    with zipfile.ZipFile(tmp_path / "net.keras") as archive:
        weights = archive.read("model.weights.h5")
    with zipfile.ZipFile(tmp_path / "deep.keras", "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.0.0"}')
        archive.writestr("config.json", "[" * 100_000 + "]" * 100_000)
        archive.writestr("model.weights.h5", weights)
    with pytest.raises(MalformedFile, match="is no model of Keras"):
        bridge.load(tmp_path / "deep.keras")


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_mutated_files_are_refused_or_read(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"net.{ending}"
    getattr(keras_files, ending)(chain("bidirectional"), path)
    data, draw = path.read_bytes(), random.Random(ending)
    messages = []
    for _ in range(80):
        changed = bytearray(data)
        for _ in range(draw.choice([1, 3, 10])):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        path.write_bytes(bytes(changed[: draw.choice([len(changed), draw.randrange(1, len(changed))])]))
        try:
            bridge.load(path)
        except BridgeError as error:
            messages.append(str(error))
    assert len(messages) > 20
    assert all("\n" not in message for message in messages)


def test_half_precision_comes_as_single(tmp_path: Path) -> None:
    network = chain("lstm")
    half = network.with_({"fc": {"Weights": network["fc"].Weights.astype(np.float16).astype(np.float32)}})
    keras_files.h5(half, tmp_path / "net.h5")
    import h5py

    with h5py.File(tmp_path / "net.h5", "a") as file:
        place = "model_weights/fc/fc/kernel:0"
        values = file[place][()].astype(np.float16)
        del file[place]
        file[place] = values
    assert np.array_equal(bridge.load(tmp_path / "net.h5")["fc"].Weights, half["fc"].Weights)
