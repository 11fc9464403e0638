"""Models that nobody would draw by hand still give a drawing, and soon."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.drawing.diagram import svg
from bridge.drawing.page import page
from bridge.model import Annotation, Block, Endpoint, Line, Model

KINDS = ("Sum", "Product", "MultiPortSwitch", "If", "SwitchCase", "Gain", "From", "Inport", "SubSystem", "Delay", "X")
NAMES = "Position Inputs Value Gain BlockRotation FontSize BackgroundColor Port Criteria MaskDisplay GotoTag"
WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["999999999999", "٣", "+-|", "[1e308 -1e308 1 2]", "[nan inf 0 0]", "[1 2; 3", "'", "<b", "[0 0 1]", "inf"]
    ),
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_million_ports(kind: str) -> None:
    model = Model.new("m")
    many = {"Inputs": "999999999", "NumInputs": "999999999", "DelayLength": "9" * 5000}
    block = Block(kind, "b", parameters=many, ports={"in": 10**9, "out": 10**9})
    model.root.append(block)
    assert len(svg(model)) < 2_000_000


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_text_anywhere_gives_a_drawing(data: st.DataObject) -> None:
    model = Model.new("m")
    for number in range(3):
        names = (
            "Position",
            "Inputs",
            "Value",
            "Gain",
            "BlockRotation",
            "FontSize",
            "BackgroundColor",
            "Port",
            "Criteria",
        )
        parameters = {name: data.draw(WORDS) for name in names}
        kind = data.draw(st.sampled_from(KINDS))
        model.root.append(
            Block(kind, f"{number}{data.draw(WORDS)}", parameters={**parameters, "MaskDisplay": "disp('a')"})
        )
    ends = [Endpoint(block.name, "in", 1) for block in model.root.blocks]
    corners = {"Points": data.draw(WORDS), "Name": data.draw(WORDS), "Labels": data.draw(WORDS)}
    model.root.lines.append(Line(ends[0], parameters=corners, source=Endpoint(model.root.blocks[1].name, "out", 1)))
    model.root.annotations.append(Annotation({"Name": data.draw(WORDS), "Position": data.draw(WORDS)}))
    svg(model)


def test_what_xml_cannot_hold_is_left_out() -> None:
    model = Model.new("m")
    model.root.add("Constant", "a\x00\x0b\ud800b", Value="\x01")
    ElementTree.fromstring(svg(model))


def test_a_hundred_levels() -> None:
    model = Model.new("m")
    system = model.root
    for _ in range(100):
        block = system.add("SubSystem", "Sub")
        assert block.subsystem is not None
        system = block.subsystem
    assert page(model).count("<figure") == 100


def test_corners_beyond_the_page_are_left_out() -> None:
    model = Model.new("m")
    source, target = model.root.add("Constant", "a"), model.root.add("Gain", "b")
    line = model.root.connect(source, target)
    line.parameters["Points"] = "[0, -1e200; nan, 0; 10, 0]"
    drawn = svg(model)
    assert "nan" not in drawn
    assert "e+" not in drawn
