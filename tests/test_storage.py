"""Every file is written whole or not at all, by whatever writes it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge import storage
from bridge.cli import main
from bridge.deployment import write_c, write_onnx
from bridge.drawing.plots import SVG
from bridge.errors import FileError
from bridge.matlab.workspace import write_script


def _model() -> bridge.Model:
    model = bridge.Model.new("twice")
    model.root.add("Constant", "one", Value="1", SampleTime="0.1")
    model.root.add("Outport", "y")
    model.root.connect("one", "y")
    return model


def _drawn(path: Path) -> None:
    bridge.save(_model(), path.parent.parent / "twice.slx")
    if main(["draw", str(path.parent.parent / "twice.slx"), "-o", str(path)]):
        raise FileError(path, "what the command says on stderr")


RECORDING = bridge.Recording({"y": np.arange(3.0)}, np.arange(3.0))
WRITERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "table": ("y.csv", RECORDING.save),
    "recording": ("y.mat", RECORDING.save),
    "drawing": ("y.svg", SVG("<svg/>").save),
    "script": ("w.m", lambda path: write_script({"a": 1.0}, path)),
    "diagram": ("m.slx", lambda path: bridge.save(_model(), path)),
    "graph": ("m.onnx", lambda path: write_onnx(_model(), path)),
    "code": ("model.c", lambda path: write_c(_model(), path.parent)),
    "command": ("m.svg", _drawn),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_what_cannot_be_moved_into_its_place_leaves_the_old_file_and_nothing_else(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, write = WRITERS[kind]
    path = tmp_path / "folder" / name
    path.parent.mkdir()
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(FileError) as caught:
        write(path)
    if kind not in ("command", "code"):  # the first of its files is another
        assert str(caught.value) == f"{path}: cannot be written: no space left on device"
    assert [each.name for each in path.parent.iterdir()] == [name]
    assert path.read_text() == "old"


@pytest.mark.parametrize("kind", sorted({*WRITERS} - {"code", "graph", "command"}))
def test_a_folder_that_is_not_there_is_named(kind: str, tmp_path: Path) -> None:
    name, write = WRITERS[kind]
    with pytest.raises(FileError, match=r"cannot be written: no such file or directory; there is no folder .*nowhere$"):
        write(tmp_path / "nowhere" / name)


def test_an_interruption_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        storage.replace(tmp_path / "file", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_link_leads_to_the_new_content(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    storage.replace(tmp_path / "link", "new\n")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new\n"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        storage.replace(pipe, "text: ü")
        assert os.read(reader, 100).decode() == "text: ü"
        assert pipe.is_fifo()
    finally:
        os.close(reader)
