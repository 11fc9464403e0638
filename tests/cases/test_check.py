"""Checking a case: every side runs, every pair is compared, nothing is skipped in silence."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cases.case import read_case
from bridge.cases.check import check
from bridge.cases.example import example
from bridge.cases.report import Report
from bridge.cli import main
from bridge.crossings.example import example_model
from bridge.errors import EvidenceError, MalformedFile
from bridge.files import mat
from bridge.recording import Evidence, Recording


def record(folder: Path, evidence: Evidence = "simulink") -> None:
    """Stands in for what Simulink recorded, so that the mechanism can be tested without it."""
    y = bridge.simulate(example_model(), example().workspace)
    bridge.save(Recording({"y": y["y"]}, y.time, evidence=evidence, origin={"release": "R2023b"}), folder / "y.mat")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A case of three sides: the diagram on two engines, and a recording."""
    shutil.copy(example_model(), tmp_path / "lstm_sim.mdl")
    mat.write(example().workspace, tmp_path / "weights.mat")
    record(tmp_path)
    (tmp_path / "case.toml").write_text(
        'workspace = "weights.mat"\nrecording = "y.mat"\n[sides.diagram]\nmodel = "lstm_sim.mdl"\n'
        'engines = ["numpy", "onnx"]\n'
    )
    return tmp_path


def edit(folder: Path, old: str, new: str) -> Report:
    file = folder / "case.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return check(folder)


def test_all_sides_agree(folder: Path) -> None:
    report = check(folder)
    assert report.status == 0
    assert len(report.pairs) == 3
    assert report.verdict == "all 3 sides agree with recording (simulink)"


def test_without_a_reference_it_is_only_self_consistent(folder: Path) -> None:
    record(folder, "bridge")
    assert check(folder).verdict.startswith("self-consistent")


def test_a_changed_weight_differs_at_the_first_sample(folder: Path) -> None:
    workspace = example().workspace
    workspace["F"] = workspace["F"] * 1.001
    mat.write(workspace, folder / "weights.mat")
    report = check(folder)
    assert report.status == 1
    apart = [pair for pair in report.pairs if not pair.agrees]
    assert {pair.b for pair in apart} == {"recording"}
    assert apart[0].comparison is not None
    first = apart[0].comparison.rows[0].first
    assert first is not None
    assert first.time == 0.0


@pytest.mark.parametrize("name", ["lstm_sim.mdl", "weights.mat", "y.mat"])
def test_a_missing_file_is_never_a_pass(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert check(folder).status in (1, 3, 4)


def test_a_missing_engine_is_never_a_pass(folder: Path) -> None:
    assert edit(folder, '"onnx"', '"abacus"').status == 3


def test_a_missing_signal_is_never_a_pass(folder: Path) -> None:
    recorded = bridge.simulate(example_model(), example().workspace)
    two = Recording({"y": recorded["y"], "h": recorded["y"]}, recorded.time, evidence="simulink")
    bridge.save(two, folder / "y.mat")
    assert check(folder).status == 1


def test_no_overlap_in_time_is_never_a_pass(folder: Path) -> None:
    recorded = bridge.simulate(example_model(), example().workspace)
    later = Recording({"y": recorded["y"]}, recorded.time + 100, evidence="simulink")
    bridge.save(later, folder / "y.mat")
    assert check(folder).status == 4


def test_a_required_side_that_is_not_there(folder: Path) -> None:
    report = edit(folder, "[sides.diagram]", 'require = ["simulink"]\n[sides.diagram]')
    assert report.status == 4
    assert isinstance(report.failures["simulink"], EvidenceError)


def test_a_tolerance_is_taken_from_the_file(folder: Path) -> None:
    recorded = bridge.simulate(example_model(), example().workspace)
    off = Recording({"y": recorded["y"] + 1e-3}, recorded.time, evidence="simulink")
    bridge.save(off, folder / "y.mat")
    assert check(folder).status == 1
    assert edit(folder, "[sides.diagram]", "[tolerance.y]\nabsolute = 2e-3\n[sides.diagram]").status == 0


def test_an_unknown_key_is_named(folder: Path) -> None:
    (folder / "case.toml").write_text('model = "lstm_sim.mdl"\nrecording = "y.mat"\nworkspce = "weights.mat"\n')
    with pytest.raises(MalformedFile, match="workspce"):
        read_case(folder)


def test_a_case_that_an_editor_on_windows_has_saved(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_bytes(
        'recording = "a.mat"\r\n[sides.b]\r\nrecording = "b.mat"\r\n'.encode("utf-8-sig")
    )
    assert [side.name for side in read_case(tmp_path).sides] == ["recording", "b"]


def test_a_python_side(folder: Path) -> None:
    (folder / "own.py").write_text(
        "import numpy as np\ndef double(time, u):\n    return {'y': 2 * u, 'time': time}\n"
    )
    (folder / "data.csv").write_text("time,u\n0,1\n1,2\n2,3\n")
    (folder / "expected.csv").write_text("time,y\n0,2\n1,4\n2,6\n")
    (folder / "case.toml").write_text('inputs = "data.csv"\npython = "own:double"\nrecording = "expected.csv"\n')
    report = check(folder)
    assert report.status == 0, str(report)
    np.testing.assert_array_equal(report.recordings["python"]["y"].ravel(), [2, 4, 6])


def test_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder)]) == 0
    assert "all 3 sides agree with recording (simulink)" in capsys.readouterr().out


def test_only_the_thing_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["check"])
    assert capsys.readouterr().err.startswith("slbridge check: the following arguments are required: THING;")


def test_each_value_and_each_span_is_told_with_its_side(folder: Path) -> None:
    recorded = bridge.simulate(example_model(), example().workspace)
    part = Recording({"y": recorded["y"][:5] + 1e-3}, recorded.time[:5], evidence="simulink")
    bridge.save(part, folder / "y.mat")
    report = str(check(folder))
    assert re.search(r"first at t = 0 s \(sample 0, channel 0\): diagram \(onnx\) [\d.]+, recording [\d.]+\n", report)
    assert "diagram (numpy) covers 0 to 5 s, recording covers 0 to 0.4 s" in report
    assert not re.search(r"\b[ab] (?:covers|is|has|\d)", report)


def test_the_tolerance_of_a_side_holds_for_its_pairs_alone(folder: Path) -> None:
    recorded = bridge.simulate(example_model(), example().workspace)
    off = Recording({"y": recorded["y"] + 1e-3}, recorded.time, evidence="simulink")
    bridge.save(off, folder / "y.mat")
    (folder / "case.toml").write_text(
        'workspace = "weights.mat"\n[sides.diagram]\nmodel = "lstm_sim.mdl"\nengines = ["numpy", "torch"]\n'
        '[sides.recorded]\nrecording = "y.mat"\ntolerance = { absolute = 2e-3 }\n'
    )
    report = check(folder)
    assert report.status == 0, str(report)
    own = next(pair for pair in report.pairs if "recorded" not in (pair.a, pair.b))
    assert own.comparison is not None
    assert own.comparison.rows[0].tolerance.absolute is None


def test_the_example_case_agrees_on_every_side() -> None:
    report = check(Path(__file__).parents[2] / "models" / "example_case")
    assert report.status == 0, str(report)
    assert report.verdict == "all 10 sides agree with printed (simulink)"
