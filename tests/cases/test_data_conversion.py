"""Recordings and variables from one kind of file into another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cli import main
from bridge.files import mat
from bridge.files.recordings import read

Y = np.arange(10.0).reshape(5, 2)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    bridge.Recording({"y": Y, "z": Y[:, 0]}, np.arange(5.0), evidence="simulink").save("y.mat")
    bridge.save({"t": np.arange(5.0), "u": Y, "K": 3.0}, "w.mat")
    return tmp_path


def test_a_recording_becomes_a_table_and_says_what_is_lost(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "y.mat", "y.csv"]) == 0
    assert "not kept: that the evidence is simulink" in capsys.readouterr().err
    found = read("y.csv")
    np.testing.assert_array_equal(found["y"], Y)
    assert found.evidence == "foreign"


def test_a_table_becomes_a_recording(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("u.csv").write_text("time,u[0],u[1]\n0,1,2\n1,3,4\n")
    assert main(["convert", "u.csv", "u.mat"]) == 0
    assert capsys.readouterr().err == ""
    np.testing.assert_array_equal(bridge.load("u.mat")["u"], [[1, 2], [3, 4]])


def test_a_recording_keeps_its_evidence_in_another_mat(folder: Path) -> None:
    assert main(["convert", "y.mat", "z.mat"]) == 0
    assert read("z.mat").evidence == "simulink"


@pytest.mark.parametrize("target", ["v.m", "v.mat"])
def test_variables_stay_variables(folder: Path, target: str) -> None:
    assert main(["convert", "w.mat", target]) == 0
    assert main(["convert", target, "back.mat"]) == 0
    found = mat.read("back.mat")
    np.testing.assert_array_equal(found["u"], Y)
    assert found["K"].item() == 3
    assert main(["convert", target, "big.mat", "--mat-version", "7.3"]) == 0
    np.testing.assert_array_equal(mat.read("big.mat")["u"], Y)


def test_signals_among_variables_become_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "w.mat", "w.csv"]) == 0
    assert "not kept: what is no signal over time: K\n" in capsys.readouterr().err
    np.testing.assert_array_equal(read("w.csv")["u"], Y)


@pytest.mark.parametrize(
    ("arguments", "status", "cause"),
    [
        (["y.mat", "z.mat", "--precision", "single"], 2, "holds data, no network or diagram, which --precision is for"),
        (["y.mat", "z.mat", "--workspace", "w.mat"], 2, "holds data, no network or diagram, which --workspace is for"),
        (["y.mat", "z.mat", "--mat-version", "7.3"], 2, "a recording is written as a .mat of version 7"),
        (["y.mat", "y.onnx"], 2, "y.mat: holds no network"),
        (["no.mat", "no.csv"], 4, "no.mat: holds no signals over time"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misuse_is_named(
    folder: Path, arguments: list[str], status: int, cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bridge.save({"K": 3.0}, "no.mat")
    before = sorted(folder.iterdir())
    assert main(["convert", *arguments]) == status
    assert cause in capsys.readouterr().err
    assert sorted(folder.iterdir()) == before
