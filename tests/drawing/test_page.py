"""A model as HTML: every system is there once, knows what is above it, and asks for nothing."""

from __future__ import annotations

import re
from pathlib import Path

from bridge import files
from bridge.cli import main
from bridge.crossings.example import example_model
from bridge.drawing.page import fragment, page, systems
from bridge.model import Model


def nested() -> Model:
    model = Model.new("nested")
    system = model.root
    for name in ("Outer", "In/ner", "Deep"):
        block = system.add("SubSystem", name)
        assert block.subsystem is not None
        system = block.subsystem
    system.connect(system.add("Constant", "one"), system.add("Outport", "y"))
    return model


def test_every_level_is_there_with_the_one_above() -> None:
    model = nested()
    assert [path for path, _ in systems(model)] == ["", "Outer", "Outer/In//ner", "Outer/In//ner/Deep"]
    found = re.findall(r'data-system="([^"]*)" data-above="([^"]*)" data-name="([^"]*)"', page(model))
    assert found == [
        ("", "", "nested"),
        ("Outer", "", "Outer"),
        ("Outer/In//ner", "Outer", "In/ner"),
        ("Outer/In//ner/Deep", "Outer/In//ner", "Deep"),
    ]
    assert re.findall(r'data-path="([^"]*)" data-kind="SubSystem" data-opens', page(model)) == [
        "Outer",
        "Outer/In//ner",
        "Outer/In//ner/Deep",
    ]


def test_code_is_shown_instead_of_what_carries_it(shared: Path) -> None:
    folder = shared / "corpus" / "oracles" / "Vanilla-Chen__GaN_Inverter__Asw_DCAC"
    drawn = page(files.read(folder / "Asw_DCAC.slx"))
    assert "<pre>function" in drawn
    assert "A chart of Stateflow with 9 states" in drawn


def test_a_marked_block_is_framed_and_so_is_what_is_around_it() -> None:
    model = nested()
    drawn = fragment(model, marked=["Outer/In//ner/Deep/one"])
    framed = re.findall(r'class="block marked" data-path="([^"]*)"', drawn)
    assert framed == ["Outer", "Outer/In//ner", "Outer/In//ner/Deep", "Outer/In//ner/Deep/one"]
    assert "block marked" not in fragment(model)


def test_names_cannot_leave_the_text() -> None:
    model = Model.new("m")
    block = model.root.add("SubSystem", '"><script>x')
    assert block.subsystem is not None
    block.subsystem.add("Constant", "c")
    assert page(model).count("<script>") == 1


def test_the_verb_writes_every_level(tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    assert main(["draw", str(example_model()), "-o", str(target)]) == 0
    assert target.read_text(encoding="utf-8") == page(files.read(example_model()))
    assert len(target.read_bytes()) < 100_000
