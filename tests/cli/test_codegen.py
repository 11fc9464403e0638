"""``slbridge codegen``: the four files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import bridge
from bridge.cases.example import example
from bridge.cli import main
from bridge.crossings.example import example_model
from bridge.files import mat
from bridge.model import Model
from bridge.simulation import Simulator


def test_the_example_as_c(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mat.write(example().workspace, tmp_path / "w.mat")
    folder = tmp_path / "new" / "c"
    assert main(["codegen", str(example_model()), "--workspace", str(tmp_path / "w.mat"), "-o", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["CMakeLists.txt", "main.c", "model.c", "model.h"]
    assert len(capsys.readouterr().out.splitlines()) == 4
    code = (folder / "model.c").read_text()
    assert "/* lstm_sim/forget gate */" in code
    assert "malloc" not in code
    steps = Simulator(example_model(), example().workspace).steps
    assert f"tick < {steps};" in (folder / "main.c").read_text()


def test_a_folder_that_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mat.write(example().workspace, tmp_path / "w.mat")
    arguments = ["codegen", str(example_model()), "--workspace", str(tmp_path / "w.mat"), "-o", str(tmp_path / "w.mat")]
    assert main(arguments) == 2
    assert "w.mat" in capsys.readouterr().err


def test_set_replaces_parameters_and_variables(tmp_path: Path) -> None:
    model = Model.new("line")
    model.root.add("Constant", "a", Value="[K 5]", SampleTime="0.1")
    model.root.add("Gain", "g", Gain="2")
    model.root.add("Outport", "y")
    model.root.connect("a", "g")
    model.root.connect("g", "y")
    bridge.save(model, tmp_path / "line.slx")
    given = [str(tmp_path / "line.slx"), "--set", "K=3", "--set", "g/Gain=K*10"]
    assert main(["codegen", *given[:1], "-o", str(tmp_path / "c"), *given[1:]]) == 0
    text = (tmp_path / "c/main.c").read_text()
    assert 'fputs(",y[0]", stdout);' in text  # as a recording's table has it, so that slbridge diff compares the two
    assert main(["convert", *given[:1], str(tmp_path / "line.onnx"), *given[1:]]) == 0
    assert main(["codegen", *given[:1], "-o", str(tmp_path / "c"), "--set", "K=4", *given[3:]]) == 0
    assert (tmp_path / "c/main.c").read_text() != text
    session = onnxruntime.InferenceSession(tmp_path / "line.onnx")
    assert session.run(["y"], {"steps": np.array(2)})[0].tolist() == [[90.0, 150.0]] * 2


def test_set_is_of_a_diagram_that_stays_what_it_computes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(example_model()), str(tmp_path / "net.mat"), "--set", "Ts=1"]) == 2
    assert "--set changes a diagram that becomes an .onnx" in capsys.readouterr().err
