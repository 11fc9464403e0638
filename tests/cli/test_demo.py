"""``slbridge demo``: a case of five lines that passes, and notices a digit."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cases import demo
from bridge.cases.case import read_case
from bridge.cases.check import check
from bridge.cli import main


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


@pytest.mark.parametrize("name", [name for name in demo.FILES if name not in ("case.toml", "colleague.mat")])
def test_without_one_of_its_files_it_does_not_pass(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert check(folder).status in (3, 4)


def test_nothing_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["demo", str(folder)]) == 2
    assert "not overwritten" in capsys.readouterr().err
