"""``slbridge codegen``: the four files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cases.example import example
from bridge.cli import main
from bridge.crossings.example import example_model
from bridge.files import mat
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
