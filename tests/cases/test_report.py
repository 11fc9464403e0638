"""Reports as files: what stands in the page, the Markdown and the JUnit XML, also where a case fails."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cases.example import example
from bridge.cases.report_page import SCRIPT
from bridge.cli import main
from bridge.crossings.example import example_model
from bridge.drawing import page
from bridge.files import mat
from bridge.model import Model
from bridge.recording import Recording

VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """Checks that elements are closed in order, and keeps them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The diagram against a stand-in for what Simulink recorded."""
    shutil.copy(example_model(), tmp_path / "lstm_sim.mdl")
    mat.write(example().workspace, tmp_path / "weights.mat")
    record(tmp_path, 0.0)
    (tmp_path / "case.toml").write_text('workspace = "weights.mat"\nmodel = "lstm_sim.mdl"\nrecording = "y.mat"\n')
    return tmp_path


def record(folder: Path, off: float) -> None:
    y = bridge.simulate(example_model(), example().workspace)
    values = np.array(y["y"])
    values[7] += off
    bridge.save(Recording({"y": values}, y.time, evidence="simulink"), folder / "y.mat")


def files(folder: Path, status: int) -> tuple[str, str, ElementTree.Element]:
    html, junit, markdown = (folder / name for name in ("r.html", "r.xml", "r.md"))
    arguments = ["--html", str(html), "--junit", str(junit), "--markdown", str(markdown)]
    assert main(["check", str(folder), *arguments]) == status
    assert not list(folder.glob("*.part"))
    return html.read_text(encoding="utf-8"), markdown.read_text(encoding="utf-8"), ElementTree.parse(junit).getroot()


def test_the_page_says_verdict_evidence_and_checksums(folder: Path) -> None:
    html, _, _ = files(folder, 0)
    verdict, evidence = html.index("all 2 sides agree with recording (simulink)"), html.index("simulated by Simulink")
    assert verdict < evidence < html.index("Who agrees with whom") < html.index("Signal y") < html.index("SHA-256")
    assert "both double" in html
    assert "model − recording" in html
    assert len(html) < 2_000_000
    import hashlib

    for name in ("lstm_sim.mdl", "weights.mat", "y.mat"):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() in html


def test_the_page_asks_for_nothing(folder: Path) -> None:
    html, _, _ = files(folder, 0)
    page = Page(html)
    assert not [tag for tag, own in page.elements if "src" in own or tag in ("img", "iframe", "object", "base")]
    assert [own["href"] for _, own in page.elements if "href" in own] == ["data:,"]
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html
    assert "prefers-color-scheme:dark" in html
    assert "@media print" in html


def test_every_line_of_the_diagram_has_its_signal(folder: Path) -> None:
    page = Page(files(folder, 0)[0])
    templates = {own["data-line"] for tag, own in page.elements if tag == "template"}
    assert templates
    lines = {
        json.dumps(["", own["data-source"]], ensure_ascii=False, separators=(",", ":"))
        for tag, own in page.elements
        if tag == "g" and own.get("class") == "line"
    }
    assert templates == lines


def test_a_difference_is_on_top_with_its_first_sample(folder: Path) -> None:
    record(folder, 0.5)
    html, markdown, junit = files(folder, 1)
    assert "Does not agree" in html
    assert "sample 7, channel 0): model " in html
    assert ", recording " in html[html.index("sample 7, channel 0)") :][:60]
    assert markdown.startswith("### ❌")
    assert "sample 7" in markdown
    assert junit.attrib["failures"] == "1"
    failure = junit.find(".//failure")
    assert failure is not None
    assert "first at sample 7" in str(failure.text)


def test_a_side_that_did_not_run_is_an_error_and_no_skip(folder: Path) -> None:
    (folder / "y.mat").unlink()
    html, markdown, junit = files(folder, 4)
    assert "did not run" in html
    assert "**did not run**" in markdown
    assert junit.attrib["errors"] == "1"
    assert junit.attrib["skipped"] == "0"


def test_names_cannot_break_out(tmp_path: Path) -> None:
    model = Model.new("m")
    source = model.root.add("Constant", '<script>alert("1")</script>', Value="2", SampleTime="1")
    sink = model.root.add("Outport", "y|<b>")
    model.root.connect(source, sink)
    model.configure(SolverType="Fixed-step", SolverName="FixedStepDiscrete", FixedStep="1", StopTime="3")
    bridge.save(model, tmp_path / "m.slx")
    (tmp_path / "case.toml").write_text(
        'name = "<i>]]>"\n[sides."<u>"]\nmodel = "m.slx"\n[sides.b]\nmodel = "m.slx"\nengine = "onnx"\n'
    )
    html, markdown, junit = files(tmp_path, 0)
    tags = {tag for tag, _ in Page(html).elements}
    assert not tags & {"i", "u"}
    assert html.count("<script>") == 1
    assert "<u>" not in markdown
    assert junit[0].attrib["name"] == "<i>]]>"


def test_lines_inside_a_subsystem(tmp_path: Path) -> None:
    model = Model.new("m")
    box = model.root.add("SubSystem", "Box")
    assert box.subsystem is not None
    inside = box.subsystem
    inside.connect(inside.add("Constant", "one", Value="1", SampleTime="1"), inside.add("Outport", "out"))
    model.root.connect(box, model.root.add("Outport", "y"))
    model.configure(SolverType="Fixed-step", SolverName="FixedStepDiscrete", FixedStep="1", StopTime="3")
    bridge.save(model, tmp_path / "m.slx")
    (tmp_path / "case.toml").write_text('[sides.a]\nmodel = "m.slx"\nengines = ["numpy", "onnx"]\n')
    html, _, _ = files(tmp_path, 0)
    page = Page(html)
    assert {own["data-system"] for _, own in page.elements if "data-system" in own} == {"", "Box"}
    assert {own["data-line"] for tag, own in page.elements if tag == "template"} == {'["","Box:1"]', '["Box","one:1"]'}
    assert [own["data-path"] for _, own in page.elements if "data-opens" in own] == ["Box"]


def test_reports_are_for_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mat.write({"a": 1.0}, tmp_path / "w.mat")
    assert main(["check", str(tmp_path / "w.mat"), "--junit", str(tmp_path / "r.xml")]) == 2
    assert "--junit is for cases" in capsys.readouterr().err


def test_the_script_is_javascript(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    (tmp_path / "script.js").write_text(page.SCRIPT + SCRIPT)
    subprocess.run([node, "--check", str(tmp_path / "script.js")], check=True)
