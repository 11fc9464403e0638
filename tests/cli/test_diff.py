"""``slbridge diff``: exactly the changes that were made, exit status, and what git does with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cases.difference import diff
from bridge.cases.example import example
from bridge.cli import main
from bridge.crossings.example import example_model
from bridge.files import mat
from bridge.model import Model
from bridge.recording import Recording

Edit = Callable[[Model], object]


def changed(tmp_path: Path, ending: str, edit: Edit) -> list[str]:
    """The lines that say what an edit did to the example model, saved in another form."""
    model = bridge.load(example_model())
    edit(model)
    bridge.save(model, tmp_path / f"edited{ending}")
    return [str(change) for change in diff(example_model(), tmp_path / f"edited{ending}").found.counted]  # type: ignore[union-attr]


def insert(model: Model) -> None:
    model.root.add("Gain", "extra", Gain="3")
    model.root.connect("FC layer", "extra")


def rename(model: Model) -> None:
    model.find("FC layer").name = "dense"
    for line in model.root.lines:
        for piece in line.walk():
            if piece.destination is not None and piece.destination.block == "FC layer":
                piece.destination = type(piece.destination)("dense", piece.destination.kind, piece.destination.number)
        if line.source is not None and line.source.block == "FC layer":
            line.source = type(line.source)("dense", line.source.kind, line.source.number)


@pytest.mark.parametrize("ending", [".mdl", ".slx"])
@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda m: None, []),
        (lambda m: m.find("FC layer").parameters.update(Gain="2*F"), ["~ parameter FC layer: Gain: 'F' -> '2*F'"]),
        (insert, ["+ block extra (Gain)", "+ line FC layer/1 -> extra/1"]),
        (rename, ["~ name of block dense: 'FC layer' -> 'dense'"]),
        (lambda m: m.configure(StopTime="7"), ["~ setting configuration"]),
    ],
)
def test_a_model_lists_exactly_what_was_done(tmp_path: Path, ending: str, edit: Edit, expected: list[str]) -> None:
    found = changed(tmp_path, ending, edit)
    assert len(found) == len(expected), found
    assert all(line.startswith(wanted) for line, wanted in zip(sorted(found), sorted(expected), strict=True)), found


def test_a_removed_block_takes_its_lines_along(tmp_path: Path) -> None:
    bridge.save(bridge.load(example_model()), tmp_path / "a.slx")
    model = bridge.load(example_model())
    insert(model)
    bridge.save(model, tmp_path / "b.slx")
    found = diff(tmp_path / "b.slx", tmp_path / "a.slx").found
    lines = [str(change) for change in found.counted]  # type: ignore[union-attr]
    assert lines == ["- block extra (Gain)", "- line FC layer/1 -> extra/1"]


def test_layout_can_be_ignored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = bridge.load(example_model())
    model.find("FC layer").parameters["Position"] = "[1, 2, 31, 32]"
    bridge.save(model, tmp_path / "moved.mdl")
    pair = [str(example_model()), str(tmp_path / "moved.mdl")]
    assert main(["diff", *pair]) == 1
    assert "FC layer: Position" in capsys.readouterr().out
    assert main(["diff", "--ignore-layout", *pair]) == 0


def test_weights_by_norm_and_largest_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = bridge.Network([bridge.SequenceInput(4), bridge.LSTM(3), bridge.FullyConnected(2)]).initialize(0)
    bridge.save(net, tmp_path / "a.mat")
    weights = np.array(net["lstm"].RecurrentWeights)
    weights[4, 1] += 0.25
    bridge.save(net.with_({"lstm": {"RecurrentWeights": weights}}), tmp_path / "b.mat")
    assert main(["diff", str(tmp_path / "a.mat"), str(tmp_path / "a.mat")]) == 0
    capsys.readouterr()
    assert main(["diff", "--json", str(tmp_path / "a.mat"), str(tmp_path / "b.mat")]) == 1
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    assert change["path"] == "lstm: RecurrentWeights"
    assert change["figures"]["largest_change"] == pytest.approx(0.25, rel=1e-6)  # a weight in single
    assert change["figures"]["norm_after"] == pytest.approx(np.linalg.norm(weights.astype(float)), rel=1e-12)
    assert "at (5, 2), 1 of 36 values" in change["after"]


def test_layers_and_connections(tmp_path: Path) -> None:
    short = bridge.Network([bridge.SequenceInput(4), bridge.FullyConnected(2, Name="fc")]).initialize(0)
    long = bridge.Network(
        [bridge.SequenceInput(4), bridge.Tanh(Name="tanh"), bridge.FullyConnected(2, Name="fc")]
    ).initialize(0)
    bridge.save(short, tmp_path / "a.mat")
    bridge.save(long, tmp_path / "b.mat")
    lines = str(diff(tmp_path / "a.mat", tmp_path / "b.mat")).splitlines()
    assert any(line.startswith("+ layer tanh") for line in lines)
    assert "+ connection tanh -> fc" in lines
    assert sum(line.startswith("- connection") for line in lines) == 1
    assert len(lines) == 4


def test_a_workspace_is_no_recording(tmp_path: Path) -> None:
    """`t` and `u` make signals of it, but a changed weight must show."""
    workspace = example().workspace
    mat.write(workspace, tmp_path / "a.mat")
    mat.write({**workspace, "F": workspace["F"] * 2, "more": 1.0}, tmp_path / "b.mat")
    lines = str(diff(tmp_path / "a.mat", tmp_path / "b.mat")).splitlines()
    assert [line.split(":")[0].split(" (")[0] for line in lines] == ["~ variable F", "+ variable more"]


def test_recordings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    y = np.array([1.0, 2.0, 3.0])
    bridge.save(Recording({"y": y}, [0, 1, 2]), tmp_path / "a.mat")
    bridge.save(Recording({"y": [1.0, 3.0, 3.0]}, [0, 1, 2]), tmp_path / "b.mat")
    assert main(["diff", str(tmp_path / "a.mat"), str(tmp_path / "b.mat")]) == 1
    assert "the first at t = 1 s" in capsys.readouterr().out
    assert main(["diff", str(tmp_path / "a.mat"), str(tmp_path / "a.mat")]) == 0


def test_added_and_deleted_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.mdl").write_bytes(b"")
    assert main(["diff", os.devnull, str(example_model())]) == 1
    assert "+ block FC layer (Gain)" in capsys.readouterr().out
    assert main(["diff", str(example_model()), str(tmp_path / "empty.mdl")]) == 1
    assert "- block FC layer (Gain)" in capsys.readouterr().out


def test_two_kinds_are_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mat.write(example().workspace, tmp_path / "w.mat")
    assert main(["diff", str(example_model()), str(tmp_path / "w.mat")]) == 2
    assert "only two of a kind" in capsys.readouterr().err


def test_as_textconv_and_external_diff_of_git(tmp_path: Path) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment = {**clean, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    environment["PYTHONPATH"] = str(Path(bridge.__file__).parents[1])

    def run(*arguments: str) -> str:
        command = [git, "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    run("init", "-q")
    (tmp_path / ".gitattributes").write_text("*.slx diff=simulink\n")
    model = bridge.load(example_model())
    bridge.save(model, tmp_path / "m.slx")
    run("add", ".")
    run("commit", "-q", "-m", "first")
    model.find("FC layer").parameters["Gain"] = "2*F"
    bridge.save(model, tmp_path / "m.slx")
    program = f"{sys.executable} -m bridge diff"
    shown = run("-c", f"diff.simulink.textconv={program} --text", "diff")
    assert [line for line in shown.splitlines() if line[:1] in "+-"][2:] == ["-  Gain: F", "+  Gain: 2*F"]
    assert "~ parameter FC layer: Gain: 'F' -> '2*F'" in run("-c", f"diff.simulink.command={program}", "diff")
    assert "'2*F'" in run("difftool", "-y", "-x", program)
