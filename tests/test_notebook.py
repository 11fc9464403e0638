"""docs/notebook.ipynb: its cells run, and give the outputs that are stored with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from notebooks import code_cells, load, outputs, texts

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "notebook.ipynb"
# Differences that are rounding: their digits are those of one machine.
ROUNDING = re.compile(r"\d(?:\.\d+)?e-(?:0[5-9]|[1-9]\d)")


def words(cell_outputs: list[dict[str, object]]) -> list[str]:
    return [" ".join(ROUNDING.sub("rounding", text).split()) for text in texts(cell_outputs)]


def test_the_cells_give_what_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    notebook = load(NOTEBOOK)
    for cell, now in zip(code_cells(notebook), outputs(notebook), strict=True):
        assert words(now) == words(cell["outputs"]), "".join(cell["source"])
        for stored, made in zip(cell["outputs"], now, strict=True):
            assert stored.get("data", {}).keys() == made.get("data", {}).keys()


def test_it_is_small_and_shows_drawings() -> None:
    assert NOTEBOOK.stat().st_size < 500_000
    cells = code_cells(load(NOTEBOOK))
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert sum("image/svg+xml" in one.get("data", {}) for cell in cells for one in cell["outputs"]) >= 3
