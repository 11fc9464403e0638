"""The verbs on networks: what they print, what they write, and their exit status."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge import LSTM, FullyConnected, Network, SequenceInput
from bridge.cli import main
from bridge.files import mat, network_mat
from bridge.matlab.values import Cell


@pytest.fixture
def net() -> Network:
    return Network([SequenceInput(2), LSTM(5), FullyConnected(3)]).initialize(1)


@pytest.fixture
def path(net: Network, tmp_path: Path) -> Path:
    mat.write({"net": network_mat.structure(net), "X": np.sin(np.arange(30.0)).reshape(2, 15)}, tmp_path / "net.mat")
    return tmp_path / "net.mat"


def renamed(source: Path, target: Path, old: bytes, new: bytes) -> Path:
    """A copy of a compressed .mat file with one text replaced by another of equal length in every element."""
    data = source.read_bytes()
    parts, at = [data[:128]], 128
    where = int.from_bytes(data[116:124], "little")
    moved = where
    while at < len(data):
        kind, length = struct.unpack("<II", data[at : at + 8])
        assert kind == 15
        if at == where:
            moved = sum(map(len, parts))
        inside = zlib.compress(zlib.decompress(data[at + 8 : at + 8 + length]).replace(old, new))
        parts.append(struct.pack("<II", 15, len(inside)) + inside)
        at += 8 + length
    parts[0] = data[:116] + moved.to_bytes(8, "little") + data[124:128]
    target.write_bytes(b"".join(parts))
    return target


def test_info_as_json(path: Path, capsys: Any) -> None:
    assert main(["info", str(path), "--json", "--strict"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["kind"] == "network"
    net = facts["variables"]["net"]
    assert [(layer["name"], layer["kind"]) for layer in net["layers"]] == [
        ("sequenceinput", "sequenceInputLayer"),
        ("lstm", "lstmLayer"),
        ("fc", "fullyConnectedLayer"),
    ]
    assert net["layers"][1]["NumHiddenUnits"] == 5
    assert net["connections"] == [["sequenceinput", "lstm"], ["lstm", "fc"]]
    assert facts["beside"] == {"X": {"class": "double", "size": [2, 15]}}


def test_info_for_people(path: Path, capsys: Any) -> None:
    assert main(["info", str(path)]) == 0
    text = capsys.readouterr().out
    assert "lstm  lstmLayer  NumHiddenUnits 5" in text
    assert "beside it: X (2x15 double)" in text


@pytest.mark.parametrize("ending", ["onnx", "pt", "mat", "m"])
def test_convert(path: Path, net: Network, ending: str, tmp_path: Path) -> None:
    if ending == "pt":
        pytest.importorskip("torch")
    target = tmp_path / f"x.{ending}"
    assert main(["convert", str(path), str(target)]) == 0
    assert target.stat().st_size
    if ending != "m":
        assert bridge.load(target) == net


@pytest.mark.parametrize("engine", ["numpy", "onnxruntime"])
def test_run(path: Path, net: Network, engine: str, tmp_path: Path, capsys: Any) -> None:
    output = tmp_path / "y.mat"
    command = ["run", str(path), "--input", str(path), "--signal", "X", "--output", str(output), "--engine", engine]
    assert main(command) == 0  # channels by time, as data lie beside MATLAB's networks
    x = mat.read(path)["X"]
    np.testing.assert_allclose(mat.read(output)["y"], bridge.predict(net, x, layout="CT"), rtol=0, atol=2e-6)


def test_run_with_time_along_the_rows(path: Path, net: Network, tmp_path: Path) -> None:
    x = mat.read(path)["X"].T
    mat.write({"u": x}, tmp_path / "u.mat")
    assert main(["run", str(path), "--input", str(tmp_path / "u.mat"), "--output", str(tmp_path / "y.csv")]) == 0
    np.testing.assert_array_equal(bridge.load(path, "net").names, net.names)
    from bridge.files import csv_table

    np.testing.assert_allclose(csv_table.read(tmp_path / "y.csv")["y"], bridge.predict(net, x), rtol=1e-6)


def test_an_input_that_lies_the_other_way_is_told_how_to_say_so(path: Path, tmp_path: Path, capsys: Any) -> None:
    mat.write({"u": np.zeros((2, 15))}, tmp_path / "u.mat")
    assert main(["run", str(path), "--input", str(tmp_path / "u.mat")]) == 3
    assert "use --layout CT" in capsys.readouterr().err


def test_an_unknown_layer_is_listed_and_refused(shared: Path, tmp_path: Path, capsys: Any) -> None:
    source = shared / "corpus" / "nets" / "FENN" / "LSTM.mat"
    odd = renamed(source, tmp_path / "odd.mat", b"LSTMLayer\0", b"ESTMLayer\0")
    assert main(["info", str(odd), "--json", "--strict"]) == 3
    facts = json.loads(capsys.readouterr().out)
    assert {"path": "net/lstm", "kind": "nnet.cnn.layer.ESTMLayer"} in facts["unsupported"]
    assert [layer["name"] for layer in facts["variables"]["net"]["layers"]][1] == "lstm"
    for command in (["run", str(odd), "--input", str(odd), "--signal", "XTrain"], ["check", str(odd)]):
        assert main(command) == 3
        said = "".join(capsys.readouterr())
        assert "layer 'lstm'" in said
        assert "nnet.cnn.layer.ESTMLayer" in said
    assert main(["convert", str(odd), str(tmp_path / "x.onnx")]) == 3
    assert not (tmp_path / "x.onnx").exists()


def test_several_networks_are_chosen_by_name(net: Network, tmp_path: Path, capsys: Any) -> None:
    two = tmp_path / "two.mat"
    mat.write({"a": network_mat.structure(net), "b": network_mat.structure(net)}, two)
    assert main(["convert", str(two), str(tmp_path / "x.mat")]) == 2
    assert "name one with --network; there are a, b" in capsys.readouterr().err.replace("\n", " ")
    assert main(["convert", str(two), str(tmp_path / "x.mat"), "--network", "b"]) == 0


def test_a_cell_array_of_sequences_is_padded_in_mini_batches(tmp_path: Path) -> None:
    net = Network([SequenceInput(2), LSTM(3, OutputMode="last"), FullyConnected(1)]).initialize(0)
    sequences = [np.sin(np.arange(2.0 * length)).reshape(2, length) for length in (3, 9, 5)]
    path, output = tmp_path / "net.mat", str(tmp_path / "y.mat")
    mat.write({"net": network_mat.structure(net), "X": Cell.column(sequences)}, path)
    given = ["run", str(path), "--input", str(path), "--signal", "X", "--output", output]
    assert main([*given, "--mini-batch-size", "2", "--padding", "left"]) == 0
    wanted = bridge.predict(net, sequences, layout="CT", mini_batch_size=2, padding="left")
    alone = bridge.predict(net, sequences, layout="CT")
    found = mat.read(output)["y"]
    assert [np.asarray(y).item() for y in found] == [y.item() for y in wanted]
    assert [y.item() for y in wanted] != [y.item() for y in alone]
