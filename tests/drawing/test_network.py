"""Drawing a network: every layer below those that feed it, with its sizes, and nothing over another."""

from __future__ import annotations

import itertools
import random
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cli import main
from bridge.drawing.layer_graph import Edge, Graph, Node, family_of
from bridge.drawing.layered import layered
from bridge.drawing.network import svg
from bridge.network import ShallowInput, ShallowLayer, ShallowNetwork, ShallowOutput
from bridge.network.shallow import Weight
from bridge.network.unknown import UnknownLayer

SVG = "{http://www.w3.org/2000/svg}"


def layers(text: str) -> dict[str, ElementTree.Element]:
    found = ElementTree.fromstring(text).iter(f"{SVG}g")
    return {str(g.get("data-layer")): g for g in found if g.get("class") == "layer"}


def edges(text: str) -> set[tuple[str | None, str | None]]:
    found = ElementTree.fromstring(text).iter(f"{SVG}g")
    return {(g.get("data-source"), g.get("data-target")) for g in found if g.get("class") == "edge"}


def words(group: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in group.iter(f"{SVG}text")]


def tops(text: str) -> dict[str, float]:
    return {name: float(group.find(f"{SVG}rect").get("y", "")) for name, group in layers(text).items()}  # type: ignore[union-attr]


def branched() -> bridge.Network:
    """Two ways to one addition: 30 layers deep on one, none on the other."""
    chain = [bridge.FullyConnected(4, Name=f"fc{k}") for k in range(30)]
    ends = [bridge.SequenceInput(4, Name="in"), bridge.Addition(2, Name="add"), bridge.LSTM(3, Name="lstm")]
    names = ["in", *(layer.Name for layer in chain), "add/in1"]
    return bridge.Network([*ends, *chain], [*itertools.pairwise(names), ("in", "add/in2"), ("add", "lstm")])


def test_a_series_shows_names_kinds_and_sizes() -> None:
    net = bridge.Network([bridge.SequenceInput(4), bridge.LSTM(3), bridge.FullyConnected(2)])
    drawn = layers(svg(net))
    assert words(drawn["lstm"]) == ["lstm", "LSTM with 3 hidden units", "3 × T"]
    title = drawn["lstm"].find(f"{SVG}title")
    assert title is not None
    assert "InputWeights 12 × 4" in str(title.text)
    assert "96 learnables" in str(title.text)
    assert edges(svg(net)) == {("sequenceinput", "lstm"), ("lstm", "fc")}


def test_every_layer_stands_below_those_that_feed_it() -> None:
    net = branched()
    drawn = svg(net)
    assert set(layers(drawn)) == set(net.names)
    assert {"in1", "in2"} <= {"".join(text.itertext()) for text in ElementTree.fromstring(drawn).iter(f"{SVG}text")}
    y = tops(drawn)
    for source, target in edges(drawn):
        assert y[str(source)] < y[str(target)]
    assert len({y[name] for name in net.names}) == 33


@pytest.mark.parametrize("seed", range(8))
def test_nothing_stands_over_another(seed: int) -> None:
    draw = random.Random(seed)
    widths = {f"n{k}": draw.choice([40.0, 120.0, 200.0]) for k in range(30)}
    pairs = [(f"n{a}", f"n{b}") for a, b in itertools.combinations(range(30), 2) if draw.random() < 0.08]
    found = layered(widths, pairs)
    for a, b in itertools.combinations(widths, 2):
        if found.row[a] == found.row[b]:
            assert abs(found.x[a] - found.x[b]) >= (widths[a] + widths[b]) / 2 + 24 - 1e-6
    for (a, b), passing in found.passing.items():
        assert found.row[b] - found.row[a] == len(passing) + 1
        for level, x in enumerate(passing, found.row[a] + 1):
            for name in widths:
                assert found.row[name] != level or abs(found.x[name] - x) > widths[name] / 2


def test_a_tree_is_drawn_without_crossings() -> None:
    pairs = [("a", "c"), ("a", "f"), ("b", "d"), ("b", "e")]
    found = layered(dict.fromkeys("bafedc", 50.0), pairs)
    below = sorted("cdef", key=found.x.__getitem__)
    assert below.index("c") + below.index("f") in (1, 5)


def test_a_layer_that_cannot_be_run_is_marked() -> None:
    unknown = UnknownLayer("nnet.cnn.layer.SelfAttentionLayer", Name="attention")
    drawn = layers(svg(bridge.Network([bridge.SequenceInput(4), unknown])))["attention"]
    assert "SelfAttentionLayer: not supported" in words(drawn)
    assert next(rect.get("class") for rect in drawn.iter(f"{SVG}rect")) == "o x"


def test_an_edge_back_in_time_has_its_delay() -> None:
    nodes = (Node("a", "Layer"), Node("b", "Layer"))
    drawn = svg(Graph("narx", nodes, (Edge("a", "b"), Edge("b", "a", delays="1:2", back=True))))
    assert edges(drawn) == {("a", "b"), ("b", "a")}
    assert ">1:2<" in drawn
    assert tops(drawn)["a"] < tops(drawn)["b"]


def test_a_shallow_network_shows_its_weights_and_delays() -> None:
    weights = {(1, 1): Weight(np.ones((5, 4)), (1, 2))}
    inner = {(1, 2): Weight(np.ones((5, 2)), (1, 2)), (2, 1): Weight(np.ones((1, 5)))}
    layers_ = [ShallowLayer(5, "tansig", b=np.zeros(5)), ShallowLayer(1, "purelin")]
    net = ShallowNetwork([ShallowInput(2)], layers_, [ShallowOutput(2, 1)], weights, inner, name="narx")
    drawn = svg(net)
    assert edges(drawn) == {
        ("inputs{1}", "layers{1}"),
        ("layers{1}", "layers{2}"),
        ("layers{2}", "layers{1}"),
        ("layers{2}", "outputs{2}"),
    }
    assert words(layers(drawn)["layers{1}"]) == ["layers{1}", "5 neurons, tansig", "5"]
    assert drawn.count(">delays 1, 2<") == 2
    assert tops(drawn)["layers{1}"] < tops(drawn)["layers{2}"]
    assert net._repr_svg_() == str(bridge.draw(net)) == drawn


def test_families() -> None:
    assert [family_of(name) for name in ("lstmLayer", "reluLayer", "sequenceInputLayer", "somethingLayer")] == [
        "recurrent",
        "activation",
        "input",
        "other",
    ]


def test_names_cannot_leave_the_text() -> None:
    drawn = svg(bridge.Network([bridge.SequenceInput(4, Name='<script>"&')]))
    assert "<script>" not in drawn
    assert list(layers(drawn)) == ['<script>"&']


def test_a_network_shows_itself_in_a_notebook() -> None:
    net = branched()
    assert svg(net) in net._repr_html_()
    assert str(bridge.draw(net)) == svg(net)


def test_the_verb_draws_networks_and_recordings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = branched().initialize(0)
    bridge.save(net, tmp_path / "net.mat")
    bridge.save(bridge.Recording({"y": [1.0, 2.0]}, [0.0, 1.0]), tmp_path / "y.mat")
    for name, shown in (("net", ">lstm<"), ("y", ">y<")):
        for ending in ("svg", "html"):
            target = tmp_path / f"{name}.{ending}"
            assert main(["draw", str(tmp_path / f"{name}.mat"), "-o", str(target)]) == 0
            assert shown in target.read_text(encoding="utf-8")
    assert main(["draw", str(tmp_path / "net.mat"), "-o", str(tmp_path / "net.png")]) == 2
    assert main(["draw", str(tmp_path / "net.mat"), "--subsystem", "a", "-o", str(tmp_path / "n.svg")]) == 2
    assert re.search("drawings are written as .svg or .html", capsys.readouterr().err)
    assert not (tmp_path / "n.svg").exists()
