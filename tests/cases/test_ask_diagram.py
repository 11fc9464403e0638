"""The script that asks Simulink about a diagram: run by Octave with stand-ins, its file read as evidence."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cases import ask
from bridge.cases.example import example
from bridge.cli import main
from bridge.crossings.example import example_model
from bridge.errors import UsageError
from bridge.files import recordings
from bridge.matlab.workspace import write_script

# The stand-in answers with the sum of a workspace variable, as a structure with time.
_SIM = """
function simulated = sim(name, varargin)
  assert(strcmp(name, 'lstm_sim') && strcmp(varargin{1}, 'SrcWorkspace') && strcmp(varargin{2}, 'current'));
  t = evalin('caller', 't');
  F = evalin('caller', 'F');
  simulated = struct('time', t, 'signals', struct('values', t*sum(F(:)), 'dimensions', 1, 'label', 'y'));
end
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copyfile(example_model(), tmp_path / "lstm_sim.mdl")
    write_script(example().workspace, tmp_path / "weights.m")
    bridge.save(example().workspace, tmp_path / "weights.mat")
    return tmp_path


@pytest.mark.parametrize("workspace", ["weights.m", "weights.mat"])
def test_the_script_runs_the_diagram_with_its_variables(
    folder: Path, workspace: str, require_tool: Callable[[str], str]
) -> None:
    octave = require_tool("octave")
    (folder / "sim.m").write_text(_SIM)
    (folder / "load_system.m").write_text("function load_system(file)\nassert(exist(file, 'file') == 2);\nend\n")
    result = ask.write(folder / "lstm_sim.mdl", folder / "record_model.m", workspace=str(folder / workspace))
    command = [octave, "--no-gui", "--norc", "--quiet", "record_model.m"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    recording = recordings.read(folder / result)
    assert recording.evidence == "octave"  # "simulink" is claimed in MATLAB alone
    assert recording.origin["model"] == "lstm_sim.mdl"
    data = example()
    np.testing.assert_allclose(recording["simulated"], data.time.ravel() * data.weights["F"].sum(), rtol=1e-12)


def test_what_the_workspace_must_hold_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", str(folder / "lstm_sim.mdl"), "-o", str(folder / "r.m")]) == 0
    assert "% The workspace must hold F, Nn, R, Ts, W, b, c0, h0, t, u.\n" in (folder / "r.m").read_text()
    said = capsys.readouterr().out
    assert "it writes lstm_sim_recorded.mat, a recording of class simulink" in said
    assert 'recording = "lstm_sim_recorded.mat"' in said


def test_what_goes_into_inports_is_said(tmp_path: Path) -> None:
    model = bridge.Model.new("m")
    model.root.add("Inport", "first\ninput")
    bridge.save(model, tmp_path / "m.slx")
    ask.write(tmp_path / "m.slx", tmp_path / "r.m")
    assert "% first input: what the model's own settings load into these Inports, else zeros.\n" in (
        tmp_path / "r.m"
    ).read_text()


def test_misuse_is_named_and_nothing_written(folder: Path) -> None:
    bridge.save(bridge.Network([bridge.SequenceInput(1), bridge.LSTM(2)]).initialize(0), folder / "net.onnx")
    shutil.copyfile(folder / "lstm_sim.mdl", folder / "my model.mdl")
    script = folder / "record.m"
    for file, options, cause in (
        ("lstm_sim.mdl", {"workspace": "u.csv"}, "u.csv: the variables of a diagram stand in a .mat or a .m"),
        ("lstm_sim.mdl", {"place": "net"}, "holds no network called net"),
        ("my model.mdl", {}, "Simulink opens no model of this name"),
        ("net.onnx", {}, "MATLAB is asked about networks of its own, in a .mat, and about diagrams"),
        ("weights.mat", {"workspace": "weights.m"}, "a workspace is for diagrams"),
    ):
        with pytest.raises(UsageError, match=cause):
            ask.write(folder / file, script, **options)
    with pytest.raises(UsageError, match="would stand in the way of"):
        ask.write(folder / "lstm_sim.mdl", folder / "lstm_sim.m", workspace="weights.m")
    assert not script.exists()
    assert not (folder / "lstm_sim.m").exists()
