"""Drawings in a browser, whose fonts have real widths: words stay inside their blocks and can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import Browser

from bridge import files
from bridge.crossings.example import example_model
from bridge.diagram.registry import kinds
from bridge.drawing.diagram import svg
from bridge.drawing.page import framed, page
from bridge.model import Model

# Of every block's words (not its name): how far they reach beyond its outline, and their size.
_OVERFLOWS = """(() => {
  const found = [];
  for (const block of document.querySelectorAll("g.block")) {
    const outline = block.querySelector(".o, .b").getBBox();
    for (const text of block.querySelectorAll("text:not(.n)")) {
      if (text.closest("[transform]")) continue;
      const box = text.getBBox();
      const over = Math.max(outline.x - box.x, box.x + box.width - outline.x - outline.width,
        outline.y - box.y - 2, box.y + box.height - outline.y - outline.height - 2);
      if (over > 1 || parseFloat(getComputedStyle(text).fontSize) < 5)
        found.push(`${block.dataset.path}: ${text.textContent} (${over})`);
    }
  }
  return found;
})()"""
LONG = "a_rather_long_expression_of(some, variables) + 1"


def every_kind() -> Model:
    """A block of each kind that runs, with parameters longer than any block is wide."""
    model = Model.new("every_kind")
    named = {"Value": LONG, "Gain": LONG, "Numerator": f"[{LONG}]", "VariableName": LONG, "GotoTag": LONG, "Expr": LONG}
    for number, kind in enumerate(sorted(kinds())):
        left, top = 40 + 110 * (number % 10), 40 + 90 * (number // 10)
        place = (left, top, left + 40, top + 36)
        if "/" in kind:
            model.root.add("Reference", f"{number} {kind}", position=place, SourceBlock=kind)
        else:
            model.root.add(kind, kind, position=place, **named)
    return model


def shown(browser: Browser, folder: Path, drawing: str) -> None:
    path = folder / "drawing.html"
    path.write_text(framed("drawing", drawing), encoding="utf-8")
    browser.open(path, width=1600, height=1200)


def test_words_of_every_kind_stay_inside(browser: Browser, tmp_path: Path) -> None:
    shown(browser, tmp_path, svg(every_kind()))
    assert browser.ask("document.querySelectorAll('g.block').length") == len(kinds())
    assert browser.ask(_OVERFLOWS) == []


def test_words_of_the_original_stay_inside(browser: Browser, tmp_path: Path, shared: Path) -> None:
    shown(browser, tmp_path, svg(files.read(shared / "corpus" / "seed" / "lstm_sim.mdl")))
    assert browser.ask("document.querySelectorAll('g.block').length") == 30
    assert browser.ask(_OVERFLOWS) == []


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_of_a_model_asks_for_nothing(browser: Browser, tmp_path: Path, dark: bool) -> None:
    path = tmp_path / "model.html"
    path.write_text(page(files.read(example_model())), encoding="utf-8")
    browser.open(path, dark=dark)
    browser.click("[data-zoom]")
    assert browser.ask("document.querySelector('.diagram').classList.contains('full')") is True
    assert browser.requests() == [path.as_uri()]
    assert browser.complaints() == []
