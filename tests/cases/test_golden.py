"""Golden recordings: what they hold, when they are stale, and what they are worth."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cases import golden
from bridge.cases.check import check
from bridge.cases.example import example
from bridge.cli import main
from bridge.crossings.example import example_model
from bridge.errors import EvidenceError, FileError, UsageError
from bridge.files import mat, recordings
from bridge.recording import Recording


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A case whose recording is not there yet."""
    shutil.copy(example_model(), tmp_path / "lstm_sim.mdl")
    mat.write(example().workspace, tmp_path / "weights.mat")
    (tmp_path / "case.toml").write_text(
        'workspace = "weights.mat"\nmodel = "lstm_sim.mdl"\nrecording = "golden/y.mat"\nstop_time = 1.0\n'
    )
    (tmp_path / "golden").mkdir()
    return tmp_path


def test_a_golden_recording_holds_result_versions_and_checksums(folder: Path) -> None:
    assert check(folder).status == 4
    path = golden.record(folder)
    assert path == folder / "golden" / "y.mat"
    stored = recordings.read(path)
    assert stored.evidence == "bridge"
    assert f"numpy {np.__version__}" in str(stored.origin["versions"])
    digest = hashlib.sha256((folder / "weights.mat").read_bytes()).hexdigest()
    assert f"{digest}  ../weights.mat" in str(stored.origin["checksums"]).splitlines()
    report = check(folder)
    assert report.status == 0
    assert report.verdict.startswith("self-consistent")


@pytest.mark.parametrize("name", ["lstm_sim.mdl", "weights.mat"])
def test_a_changed_source_makes_it_stale(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    golden.record(folder)
    with open(folder / name, "ab") as file:
        file.write(b"\n" if name.endswith(".mdl") else b"")
    if name == "weights.mat":
        mat.write({**example().workspace, "unused": 1.0}, folder / name)
    assert main(["check", str(folder)]) == 4
    assert f"{name} has changed" in capsys.readouterr().out


def test_a_source_that_has_gone_makes_it_stale(folder: Path) -> None:
    golden.record(folder)
    (folder / "weights.mat").unlink()
    report = check(folder)
    assert isinstance(report.failures["recording"], EvidenceError)
    assert report.status == 4


def test_what_is_printed_of_it_is_short(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The checksums and the job are for `--json` and for finding out whether it is stale."""
    golden.record(folder)
    assert main(["check", str(folder)]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("recording: ")]
    assert "release R2023b" in line
    assert f"numpy {np.__version__}" in line
    assert "job" not in line
    assert main(["check", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["sides"]["recording"]
    assert set(golden.NOTES) <= told.keys()


def test_another_job_makes_it_stale(folder: Path) -> None:
    golden.record(folder)
    text = (folder / "case.toml").read_text()
    (folder / "case.toml").write_text(text.replace("stop_time = 1.0", "stop_time = 0.5"))
    assert check(folder).status == 4


def test_it_never_counts_as_simulinks(folder: Path) -> None:
    golden.record(folder)
    text = (folder / "case.toml").read_text()
    (folder / "case.toml").write_text(
        text.replace('recording = "golden/y.mat"', "") + '[sides.s]\nrecording = "golden/y.mat"\nevidence = "simulink"'
    )
    report = check(folder)
    assert report.status == 4
    assert "recorded by this package" in str(report.failures["s"])


def test_recording_again_makes_it_fresh(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = example().workspace
    assert main(["record", str(folder)]) == 0
    mat.write({**workspace, "F": workspace["F"] * 2}, folder / "weights.mat")
    assert check(folder).status == 4
    assert main(["record", str(folder)]) == 0
    assert "of class bridge" in capsys.readouterr().out
    assert check(folder).status == 0


def test_a_recording_of_someone_elses_is_not_overwritten(folder: Path) -> None:
    theirs = folder / "golden" / "y.mat"
    bridge.save(Recording({"y": np.zeros(3)}, np.arange(3.0), evidence="simulink"), theirs)
    before = theirs.read_bytes()
    with pytest.raises(FileError, match="not overwritten"):
        golden.record(folder, output=str(theirs))
    assert golden.record(folder) == folder / "golden.mat"
    assert theirs.read_bytes() == before


def test_a_side_that_does_not_compute_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="those that do: model"):
        golden.record(folder, "recording")
