"""Sides in generated C, several recordings of one signal, and sides that must have run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cases.case import read_case
from bridge.cases.check import check
from bridge.cases.example import example
from bridge.cli import main
from bridge.crossings.example import example_model
from bridge.errors import EngineMissing, EvidenceError
from bridge.files import mat
from bridge.model import Model
from bridge.recording import Recording


def counter() -> Model:
    """An integer, a boolean, a vector and a slow signal of an input."""
    model = bridge.Model.new("counter")
    root = model.root
    u = root.add("Inport", "u", SampleTime="0.5")
    gain = root.add("Gain", "gain", Gain="[1; 2]")
    above = root.add("RelationalOperator", "above", Operator=">", ports={"in": 2, "out": 1})
    root.connect(root.add("Constant", "two", Value="2", SampleTime="0.5"), (above, 2))
    slow = root.add("ZeroOrderHold", "slow", SampleTime="1")
    for block in (gain, above, slow):
        root.connect(u, block)
    for name, block in (("y", gain), ("b", above), ("s", slow)):
        root.connect(block, root.add("Outport", name))
    model.configure(StopTime="3", SolverType="Fixed-step", Solver="FixedStepDiscrete", FixedStep="0.5")
    return model


@pytest.fixture
def folder(tmp_path: Path, require_tool: Callable[[str], str]) -> Path:
    require_tool("cc")
    bridge.save(counter(), tmp_path / "counter.slx")
    (tmp_path / "case.toml").write_text(
        'model = "counter.slx"\nc = "counter.slx"\n[inputs]\ntime = "(0:0.5:3)\'"\nu = "time.^2"\n'
    )
    return tmp_path


def test_generated_c_agrees_to_the_bit(folder: Path) -> None:
    report = check(folder)
    assert report.status == 0, report
    made, right = report.recordings["c"], report.recordings["model"]
    assert made.evidence == "bridge"
    assert made.origin["engine"] == "generated C"
    for name in right:
        np.testing.assert_array_equal(made[name], right[name])
        np.testing.assert_array_equal(made.times[name], right.times[name])


def test_the_example_as_c(tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("cc")
    mat.write(example().workspace, tmp_path / "weights.mat")
    bridge.save(bridge.load(example_model()), tmp_path / "lstm_sim.mdl")
    (tmp_path / "case.toml").write_text('workspace = "weights.mat"\nmodel = "lstm_sim.mdl"\nc = "lstm_sim.mdl"\n')
    assert check(tmp_path).status == 0


def test_a_folder_that_codegen_wrote(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["codegen", str(folder / "counter.slx"), "-o", str(folder / "made")]) == 0
    text = (folder / "case.toml").read_text().replace('c = "counter.slx"', 'c = "made"')
    (folder / "case.toml").write_text(f"{text}\n[signals]\ny = {{}}\n")
    assert check(folder).status == 0
    code = folder / "made" / "model.c"
    code.write_text(code.read_text().replace("model_step", "model_stop"))
    report = check(folder)
    assert report.status == 3
    assert "does not compile" in str(report.failures["c"])


def test_without_a_compiler_the_side_did_not_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    report = check(folder)
    assert report.status == 3
    assert isinstance(report.failures["c"], EngineMissing)


def recordings(folder: Path) -> None:
    time = np.arange(4.0)
    for release, platform, off in (("R2021a", "win64", 0.0), ("R2023b", "glnxa64", 1e-15), ("R2024b", "maca64", 0.0)):
        signals = {"y": np.sin(time) + off}
        origin = {"release": release, "platform": platform}
        bridge.save(Recording(signals, time, evidence="simulink", origin=origin), folder / f"{release}.mat")


@pytest.mark.parametrize("named", ['["R2021a.mat", "R2023b.mat", "R2024b.mat"]', '"R20*.mat"'])
def test_several_recordings_are_all_compared(tmp_path: Path, named: str) -> None:
    recordings(tmp_path)
    (tmp_path / "own.csv").write_text("time,y\n" + "".join(f"{k},{float(np.sin(k))!r}\n" for k in range(4)))
    (tmp_path / "case.toml").write_text(
        f'recording = {named}\n[sides.own]\nrecording = "own.csv"\n'
    )
    report = check(tmp_path)
    assert report.status == 0, report
    assert len(report.pairs) == 6
    assert set(report.recordings) == {"recording (R2021a)", "recording (R2023b)", "recording (R2024b)", "own"}
    assert "release R2023b, platform glnxa64" in str(report)
    other = bridge.load(tmp_path / "R2023b.mat")
    bridge.save(
        Recording({"y": np.array(other["y"]).ravel() + 1e-3}, np.arange(4.0), evidence="simulink"),
        tmp_path / "R2023b.mat",
    )
    assert {pair.agrees for pair in check(tmp_path).pairs if "recording (R2023b)" in (pair.a, pair.b)} == {False}


def test_a_pattern_that_matches_nothing_and_an_empty_list(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("time,y\n0,1\n1,2\n")
    (tmp_path / "case.toml").write_text('recording = "R20*.mat"\n[sides.own]\nrecording = "own.csv"\n')
    report = check(tmp_path)
    assert report.status == 4
    assert "no recording matches" in str(report.failures["recording"])
    (tmp_path / "case.toml").write_text('recording = []\n[sides.own]\nrecording = "own.csv"\n')
    assert main(["check", str(tmp_path)]) == 2 or main(["check", str(tmp_path)]) == 3


def test_a_required_side_may_be_named_without_its_engine(tmp_path: Path) -> None:
    recordings(tmp_path)
    (tmp_path / "case.toml").write_text('require = ["recording"]\nrecording = "R20*.mat"\n')
    assert check(tmp_path).status == 0
    (tmp_path / "case.toml").write_text('require = ["simulink"]\nrecording = "R20*.mat"\n')
    report = check(tmp_path)
    assert report.status == 4
    assert isinstance(report.failures["simulink"], EvidenceError)


def test_what_a_case_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text('recording = "R20*.mat"\nmodel = "a.slx"\n[signals]\ny = { recording = "z" }\n')
    assert read_case(tmp_path).signals == {"y": {"recording": "z"}}
