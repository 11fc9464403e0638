"""Networks as plain structures in .mat files: there and back bit for bit, the written schema, broken files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_networks import every_kind, filled, sequence

import bridge
from bridge.errors import FileError, MalformedFile, UnsupportedContent, UnsupportedLayer
from bridge.files import mat, network_mat
from bridge.network import LSTM, FullyConnected, Network, UnknownLayer

NETWORKS = every_kind()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: "-".join(network.names[1:4]))
def test_there_and_back_is_equal(network: Network, dtype: Any, tmp_path: Path) -> None:
    network = filled(network.copy(), 1, dtype)
    bridge.save(network, tmp_path / "net.mat")
    assert network.difference(bridge.load(tmp_path / "net.mat")) == ""


def test_odd_numbers_and_missing_arrays_survive(tmp_path: Path) -> None:
    weights = np.array([[np.nan, -0.0, np.inf], [5e-324, 1e308, -np.inf]])
    network = sequence([FullyConnected(2, Weights=weights)], channels=3)
    saved = sequence([LSTM(2, HiddenState=[1, 2], InitialHiddenState=[3, -0.0])])
    for k, each in enumerate((network, saved)):
        bridge.save(each, tmp_path / f"{k}.mat")
        assert each.difference(bridge.load(tmp_path / f"{k}.mat")) == ""


def test_the_variable_looks_as_described(tmp_path: Path) -> None:
    network = filled(sequence([LSTM(3), FullyConnected(2)]), 0)
    bridge.save(network, tmp_path / "net.mat")
    held = mat.read(tmp_path / "net.mat")
    assert list(held) == ["network"]
    value = held["network"]
    assert list(value) == ["format", "version", "layers", "connections"]
    assert value["format"] == "bridge network"
    assert value["version"].tolist() == [[1.0]]
    assert value["layers"].shape == (3, 1)
    assert [[str(text) for text in row] for row in value["connections"].values] == [
        ["sequenceinput", "lstm"],
        ["lstm", "fc"],
    ]
    lstm = value["layers"][1]
    assert lstm["Type"] == "lstmLayer"
    assert lstm["NumHiddenUnits"].tolist() == [[3.0]]
    assert lstm["InputSize"].tolist() == [[4.0]]
    assert lstm["OutputMode"] == "sequence"
    assert lstm["InputWeights"].dtype == np.float32
    assert lstm["InputWeights"].shape == (12, 4)
    assert lstm["HiddenState"].shape == (3, 1)
    assert "InitialHiddenState" not in lstm
    assert "BiasLearnRateFactor" not in lstm


def test_one_network_comes_as_such_and_two_by_name(tmp_path: Path) -> None:
    network = filled(sequence([LSTM(1)]), 0)
    stored = {"net": network_mat.structure(network), "u": np.ones((3, 4))}
    mat.write(stored, tmp_path / "both.mat")
    assert bridge.load(tmp_path / "both.mat") == network
    assert bridge.load(tmp_path / "both.mat", "net") == network
    assert bridge.load(tmp_path / "both.mat", "u").shape == (3, 4)
    mat.write({**stored, "again": stored["net"]}, tmp_path / "three.mat")
    found = bridge.load(tmp_path / "three.mat")
    assert found["net"] == found["again"] == network
    assert found["u"].shape == (3, 4)
    bridge.save(network, tmp_path / "one.mat")
    assert bridge.load(tmp_path / "one.mat", "network") == network


def _broken(**changes: Any) -> dict[str, Any]:
    return {**network_mat.structure(filled(sequence([LSTM(1)]), 0)), **changes}


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        (_broken(version=2.0), UnsupportedContent, "version.*only version 1"),
        (_broken(layers=1.0), MalformedFile, "the layers are no cell array of structures"),
        (_broken(connections=[["a"]]), MalformedFile, "the connections are no cell array of two columns"),
        (_broken(layers=[{"Type": "x", "Name": "y"}]), MalformedFile, "layer 'y': has the unknown type 'x'"),
        (_broken(layers=[{"Type": "lstmLayer", "Name": "y"}]), MalformedFile, "needs NumHiddenUnits"),
    ],
)
def test_a_broken_network_is_one_clear_error(value: Any, kind: type[FileError], message: str, tmp_path: Path) -> None:
    mat.write({"network": value}, tmp_path / "x.mat")
    with pytest.raises(kind, match=rf"x\.mat: variable 'network': .*{message}"):
        bridge.load(tmp_path / "x.mat")


def test_weights_of_another_size_are_refused_with_the_layer(tmp_path: Path) -> None:
    value = network_mat.structure(filled(sequence([LSTM(1)]), 0))
    value["layers"][1]["Bias"] = np.zeros((3, 1))
    mat.write({"network": value}, tmp_path / "x.mat")
    with pytest.raises(MalformedFile, match="layer 'lstm': Bias must be 4 x 1, not 3 x 1"):
        bridge.load(tmp_path / "x.mat")


def test_an_unknown_layer_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedLayer, match=r"'layer': is a odd\.Layer, which cannot be written"):
        bridge.save(sequence([UnknownLayer("odd.Layer")]), tmp_path / "x.mat")
    assert not list(tmp_path.iterdir())


def test_octave_reads_the_fields(tmp_path: Path) -> None:
    octave = shutil.which("octave")
    if octave is None:
        pytest.skip("octave is not installed")
    network = filled(sequence([LSTM(2), FullyConnected(1)]), 0)
    bridge.save(network, tmp_path / "net.mat")
    script = """
    s = load('net.mat'); l = s.network.layers;
    printf('%s ', s.network.format, l{2}.Type, l{2}.Name, class(l{2}.InputWeights), s.network.connections{2, :});
    printf('%.9g ', l{2}.InputWeights);
    """
    done = subprocess.run([octave, "--eval", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    words = done.stdout.split()
    assert words[:7] == ["bridge", "network", "lstmLayer", "lstm", "single", "lstm", "fc"]
    assert np.array_equal(np.array(words[7:], np.float32), network["lstm"].InputWeights.ravel(order="F"))
