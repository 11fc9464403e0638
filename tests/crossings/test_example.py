"""Where the example model lies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.crossings import example, example_model
from bridge.errors import FileError


def test_the_installed_package_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = example_model()
    package = tmp_path / "bridge" / "crossings"
    package.mkdir(parents=True)
    monkeypatch.setattr(example, "__file__", str(package / "example.py"))
    with pytest.raises(FileError, match="missing from this installation"):
        example_model()
    (tmp_path / "models").mkdir()
    shutil.copy(checkout, tmp_path / "models")
    assert example_model() == tmp_path / "models" / "lstm_sim.mdl"
    shutil.copy(checkout, package)
    assert example_model() == package / "lstm_sim.mdl"
