"""``slbridge demo``: a case of five lines that passes, and notices a digit."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cases import demo
from bridge.cases.case import read_case
from bridge.cases.check import check
from bridge.cli import main
from bridge.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "new" / "demo"
    assert main(["demo", str(place)]) == 0
    return place


def test_a_case_of_five_lines_passes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(demo.FILES)
    assert len((folder / "case.toml").read_text().splitlines()) == 5
    assert [side.kind for side in read_case(folder).sides] == ["model", "network", "recording"]
    assert main(["check", str(folder)]) == 0
    assert "all 3 sides agree with recording (simulink)" in capsys.readouterr().out


def test_a_changed_digit_is_noticed(folder: Path) -> None:
    script = folder / "weights.m"
    text = script.read_text()
    assert "\nW = [0.2784" in text
    script.write_text(text.replace("\nW = [0.2784", "\nW = [0.2884"))
    report = check(folder)
    assert report.status == 1
    assert {(pair.a, pair.b) for pair in report.pairs if pair.agrees} == {("network", "recording")}


@pytest.mark.parametrize("name", ["lstm_sim.mdl", "weights.m", "network.mat", "printed.mat"])
def test_without_one_of_its_files_it_does_not_pass(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert check(folder).status in (3, 4)


def test_a_folder_that_is_there_is_completed_and_what_is_unchanged_left(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "printed.mat").unlink()
    (folder / "notes.txt").write_text("mine")
    kept = (folder / "weights.m").stat()
    capsys.readouterr()
    assert main(["demo", str(folder)]) == 0
    said = capsys.readouterr().out
    assert f"{folder / 'printed.mat'}\n" in said
    assert "6 of the 7 files were there already" in said
    assert (folder / "weights.m").stat().st_mtime_ns == kept.st_mtime_ns
    assert main(["check", str(folder)]) == 0
    assert demo.make(folder) == []


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert sorted(path.name for path in demo.make(tmp_path)) == sorted(demo.FILES)


def test_what_differs_is_not_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "weights.m").write_text("W = 1;")
    (folder / "printed.mat").unlink()
    capsys.readouterr()
    assert main(["demo", str(folder)]) == 2
    said = capsys.readouterr().err
    assert f"{folder / 'weights.m'} is there, differs from" in said
    assert f"such as {folder.parent / 'demo2'}" in said
    assert (folder / "weights.m").read_text() == "W = 1;"
    assert not (folder / "printed.mat").exists()


def test_a_folder_without_a_name_and_a_file_in_its_place_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", ""]) == 2
    assert "the folder has no name" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["demo", "file"]) == 2
    assert "slbridge demo: file: " in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_another_name_is_found_for_the_current_folder_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "weights.m").write_text("W = 1;")
    monkeypatch.chdir(folder)
    with pytest.raises(UsageError, match=r"such as .*demo2, or delete the file$"):
        demo.make(".")
