"""The report in a browser: it needs no network, and shows a line's signal and a subsystem's inside when asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import Browser

import bridge
from bridge.cases import demo
from bridge.cli import main
from bridge.model import Model


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    demo.make(folder)
    page = folder / "report.html"
    assert main(["check", str(folder), "--html", str(page)]) == 0
    return page


@pytest.fixture(scope="module")
def nested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a diagram of three levels, checked on two engines."""
    folder = tmp_path_factory.mktemp("nested")
    model = Model.new("nested")
    outer = model.root.add("SubSystem", "Outer")
    assert outer.subsystem is not None
    inner = outer.subsystem.add("SubSystem", "Inner")
    assert inner.subsystem is not None
    inner.subsystem.connect(
        inner.subsystem.add("Constant", "seven", Value="7", SampleTime="1"), inner.subsystem.add("Outport", "y")
    )
    outer.subsystem.connect(inner, outer.subsystem.add("Outport", "y"))
    model.root.connect(outer, model.root.add("Outport", "y"))
    model.configure(SolverType="Fixed-step", SolverName="FixedStepDiscrete", FixedStep="1", StopTime="3")
    bridge.save(model, folder / "m.slx")
    (folder / "case.toml").write_text('[sides.a]\nmodel = "m.slx"\nengines = ["numpy", "onnx"]\n')
    page = folder / "report.html"
    assert main(["check", str(folder), "--html", str(page)]) == 0
    return page


def shown_systems(browser: Browser) -> list[str]:
    return list(browser.ask("[...document.querySelectorAll('[data-system]:not([hidden])')].map(s => s.dataset.system)"))


def test_a_line_shows_its_signal_when_it_is_pointed_at(browser: Browser, example: Path) -> None:
    assert example.stat().st_size < 2_000_000
    browser.open(example)
    assert "agree" in browser.find(".verdict").text
    assert "Point at a line" in browser.find("#probe").text
    browser.point_at('[data-source="Hidden State:1"] .hit')
    assert "Hidden State" in browser.find("#probe svg text").text
    assert browser.ask("document.querySelectorAll('.line.on').length") == 1
    browser.ask("document.querySelector('[data-source=\"FC layer:1\"]').focus()")
    assert "FC layer" in browser.find("#probe svg text").text
    assert browser.requests() == [example.as_uri()]
    assert browser.complaints() == []


def test_a_subsystem_opens_by_click_and_by_key(browser: Browser, nested: Path) -> None:
    browser.open(nested)
    assert shown_systems(browser) == [""]
    browser.click('[data-path="Outer"]')
    assert shown_systems(browser) == ["Outer"]
    browser.ask("document.querySelector('[data-path=\"Outer/Inner\"]').focus()")
    browser.press("ENTER")
    assert shown_systems(browser) == ["Outer/Inner"]
    browser.point_at('[data-system="Outer/Inner"] .line .hit')
    assert "seven" in browser.find("#probe svg text").text
    assert [button.text for button in browser.driver.find_elements("css selector", ".trail button")] == [
        "m",
        "Outer",
        "Inner",
    ]
    browser.click(".trail button")
    assert shown_systems(browser) == [""]
    browser.driver.back()
    assert shown_systems(browser) == ["Outer/Inner"]
    browser.press("ESCAPE")
    assert shown_systems(browser) == ["Outer"]
    assert browser.requests() == [nested.as_uri()]
    assert browser.complaints() == []


def test_the_block_where_a_difference_arises_is_framed(browser: Browser, tmp_path: Path) -> None:
    for name, gain in (("right", "2"), ("wrong", "3")):
        model = Model.new(name)
        box = model.root.add("SubSystem", "Box")
        assert box.subsystem is not None
        inside = box.subsystem
        inside.connect(inside.add("Inport", "u"), inside.add("Gain", "K", Gain=gain))
        inside.connect("K", inside.add("Outport", "y"))
        model.root.connect(model.root.add("Constant", "one", SampleTime="1"), box)
        model.root.connect(box, model.root.add("Outport", "y"))
        model.configure(SolverType="Fixed-step", SolverName="FixedStepDiscrete", FixedStep="1", StopTime="3")
        bridge.save(model, tmp_path / f"{name}.slx")
    sides = "".join(f'[sides.{name}]\nmodel = "{name}.slx"\n' for name in ("wrong", "right"))
    (tmp_path / "case.toml").write_text(sides)
    page = tmp_path / "report.html"
    assert main(["check", str(tmp_path), "--html", str(page)]) == 1
    browser.open(page)
    assert browser.find("button.link").text == "Box/K"
    browser.click("button.link")
    assert shown_systems(browser) == ["Box"]
    outline = "document.querySelector('.marked[data-path=\"Box/K\"] > .o')"
    assert browser.ask(f"getComputedStyle({outline}).strokeWidth") == "3px"
    assert browser.complaints() == []


def test_it_fits_a_phone(browser: Browser, example: Path) -> None:
    browser.open(example, width=360, height=740)
    assert browser.ask("document.documentElement.scrollWidth") <= 360
    assert browser.ask("parseFloat(getComputedStyle(document.querySelector('td')).fontSize)") >= 12


@pytest.mark.parametrize(("width", "beside"), [(800, 1), (1200, 2), (1920, 3)])
def test_plots_take_the_width_of_the_window(browser: Browser, example: Path, width: int, beside: int) -> None:
    """The demonstration has three: the signal, and how far two sides are from the recording."""
    browser.open(example, width=width)
    boxes = browser.ask(
        "[...document.querySelectorAll('.plots > svg')].map(s => s.getBoundingClientRect()).map(r => [r.top, r.right])"
    )
    assert len(boxes) == 3
    first = [right for top, right in boxes if top == boxes[0][0]]
    assert len(first) == beside
    assert max(first) > 0.95 * width
    assert browser.ask("document.documentElement.scrollWidth") <= width


def luminance(colour: str) -> float:
    red, green, blue = (float(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_can_be_read_in_either_scheme(browser: Browser, example: Path, dark: bool) -> None:
    browser.open(example, dark=dark)
    paper = luminance(browser.ask("getComputedStyle(document.body).backgroundColor"))
    assert paper < 0.2 if dark else paper > 0.9
    for selector in ("td", ".diagram text", "section > .wide > svg text"):
        property_ = "fill" if "text" in selector else "color"
        ink = luminance(browser.ask(f"getComputedStyle(document.querySelector('{selector}')).{property_}"))
        assert abs(ink - paper) > 0.6, selector


def test_on_paper_every_level_is_there_and_nothing_to_point_at(browser: Browser, nested: Path) -> None:
    browser.open(nested, media="print", dark=True)
    displays = "[...document.querySelectorAll('figure')].map(f => getComputedStyle(f).display)"
    assert browser.ask(displays) == ["block", "block", "block"]
    assert browser.ask("getComputedStyle(document.querySelector('#probe')).display") == "none"
    assert luminance(browser.ask("getComputedStyle(document.body).backgroundColor")) == pytest.approx(1.0)
    assert len(browser.driver.print_page()) > 10_000
