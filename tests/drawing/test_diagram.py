"""Drawing a model: every block and line is there, where the file puts it, and lines run at right angles."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest

import bridge
from bridge import files
from bridge.cli import main
from bridge.crossings.example import example_model
from bridge.drawing.diagram import svg
from bridge.drawing.geometry import Level, box_of, facing, line_pieces, port_point, sum_places
from bridge.model import Block, Model

SVG = "{http://www.w3.org/2000/svg}"


def groups(text: str, name: str) -> list[ElementTree.Element]:
    return [g for g in ElementTree.fromstring(text).iter(f"{SVG}g") if g.get("class") == name]


def texts(text: str) -> set[str]:
    return {"".join(element.itertext()) for element in ElementTree.fromstring(text).iter(f"{SVG}text")}


def test_the_example_shows_every_block_and_line() -> None:
    model = files.read(example_model())
    drawn = svg(model)
    assert {g.get("data-path") for g in groups(drawn, "block")} == {block.path for block in model.root.blocks}
    assert len(groups(drawn, "line")) == len(model.root.lines)
    assert {"u(t)", "h(t-1)", "c(t)", "[t u]", "y"} <= texts(drawn)


def test_the_lines_of_the_example_run_at_right_angles_and_end_at_ports() -> None:
    model = files.read(example_model())
    for line in model.root.lines:
        for corners, piece in line_pieces(Level(model.root), line, model.defaults):
            end = piece.destination
            for (x0, y0), (x1, y1) in pairwise(corners):
                assert x0 == pytest.approx(x1) or y0 == pytest.approx(y1)
            if end is not None:
                block = model.root.block(end.block)
                port = port_point(Level(model.root), block, end, model.defaults.get(block.kind, {}))
                assert corners[-1] == pytest.approx(port, abs=5)


@pytest.mark.parametrize(
    ("parameters", "face"),
    [
        ({}, "right"),
        ({"Orientation": "up"}, "up"),
        ({"BlockMirror": "on"}, "left"),
        ({"BlockRotation": "270"}, "up"),
        ({"BlockRotation": "inf"}, "right"),
        ({"BlockRotation": "90"}, "down"),
    ],
)
def test_the_face_of_a_block(parameters: dict[str, str], face: str) -> None:
    assert facing(Block("Gain", "g", parameters=parameters), {}) == face


def test_a_round_sum_has_its_ports_where_the_bars_leave_room() -> None:
    block = Block("Sum", "s", parameters={"Inputs": "|+-", "IconShape": "round"})
    assert sum_places(block, {}) == [(180.0, "+"), (270.0, "-")]


def test_names_cannot_leave_the_text() -> None:
    model = Model.new("m")
    model.root.add("Gain", '<script>alert("x")</script>', Gain="</text><script>")
    drawn = svg(model)
    ElementTree.fromstring(drawn)
    assert "<script>" not in drawn


def test_an_empty_diagram_draws() -> None:
    assert groups(svg(Model.new("empty")), "block") == []


def test_every_model_of_the_corpus_draws(shared: Path) -> None:
    paths = [path for path in sorted((shared / "corpus").rglob("*")) if path.suffix in (".mdl", ".slx")]
    assert len(paths) >= 60
    for path in paths:
        model = files.read(path)
        systems = [model.root, *(block.subsystem for _, block in model.root.walk() if block.subsystem is not None)]
        for system in systems:
            drawn = svg(system)
            assert len(groups(drawn, "block")) == len(system.blocks), path


def test_the_original_shows_its_30_blocks_where_the_file_puts_them(shared: Path) -> None:
    model = files.read(shared / "corpus" / "seed" / "lstm_sim.mdl")
    drawn = svg(model)
    assert len(groups(drawn, "block")) == 30
    assert box_of(model.root.block("Cell State")).face == "left"
    assert box_of(model.root.block("Rf")).face == "up"
    assert {"h(t)", "c(t-1)", "Rf", "K*u"} <= texts(drawn)


def test_a_model_shows_itself_in_a_notebook() -> None:
    model = bridge.load(example_model())
    assert model._repr_svg_() == svg(model) == str(bridge.draw(model))
    assert model.root._repr_svg_() == svg(model)


def test_the_verb_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.svg"
    assert main(["draw", str(example_model()), "-o", str(target)]) == 0
    assert capsys.readouterr().out.strip() == str(target)
    assert target.read_text(encoding="utf-8") == svg(files.read(example_model()))


def test_a_line_from_behind_goes_round_the_block() -> None:
    model = Model.new("m")
    source = model.root.add("Constant", "source", position=(400, 40, 430, 70))
    target = model.root.add("Gain", "target", position=(100, 200, 300, 300))
    line = model.root.connect(source, target)
    ((corners, _),) = line_pieces(Level(model.root), line, {})
    assert corners[-1] == (100.0, 250.0)
    assert corners[-2][0] < 100.0
    for (x0, y0), (x1, y1) in pairwise(corners):
        assert x0 == x1 or y0 == y1
