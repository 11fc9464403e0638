"""Where two sides first part: networks by layer and gate, paused subsystems, sides that stand for others, messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge.cases import demo
from bridge.cases.check import check
from bridge.cases.origins.weights import compare_weights
from bridge.cases.outcomes import outcomes
from bridge.cases.report import Pair
from bridge.cli import main
from bridge.matlab.workspace import write_script
from bridge.model import Model
from bridge.simulation import load_workspace


def changed_weight(folder: Path, name: str, place: tuple[int, int], factor: float) -> None:
    workspace = load_workspace(folder / "weights.m")
    array = np.array(workspace[name])
    array[place] *= factor
    write_script({**workspace, name: array}, folder / "weights.m")


@pytest.mark.parametrize(
    ("name", "row", "gate"),
    [("W", 0, "input gate (i)"), ("R", 4, "forget gate (f)"), ("b", 8, "cell candidate (g)"), ("R", 9, "output gate")],
)
def test_a_changed_weight_is_named_with_its_gate(tmp_path: Path, name: str, row: int, gate: str) -> None:
    demo.make(tmp_path)
    changed_weight(tmp_path, name, (row, 0), 1.05)
    report = check(tmp_path)
    pair = next(pair for pair in report.pairs if (pair.a, pair.b) == ("model", "recording"))
    assert not pair.agrees
    assert pair.origin is not None
    assert pair.origin.instead == "network"
    (weights,) = pair.origin.weights
    assert weights.gate.startswith(gate)
    assert weights.at == (row + 1, 1)
    assert weights.largest == pytest.approx(abs(weights.b) * 0.05, rel=1e-4)
    array = {"W": "InputWeights", "R": "RecurrentWeights", "b": "Bias"}[name]
    message = next(one.failure for one in outcomes(report) if one.name == "model-recording[y]")
    assert f"layer 'lstm', {gate}" in message
    assert array in message
    assert "(network stands for recording, with which it agrees)" in message


def test_the_command_line_prints_it_once_and_json_holds_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    demo.make(tmp_path)
    changed_weight(tmp_path, "F", (1, 2), 1.01)
    assert main(["check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.count("block 'FC layer' of model at step 0") == 2
    assert main(["check", str(tmp_path), "--json"]) == 1
    origins = [pair["origin"] for pair in json.loads(capsys.readouterr().out)["pairs"] if "origin" in pair]
    assert {origin["place"] for origin in origins} == {"FC layer"}
    assert {one["layer"] for origin in origins for one in origin["weights"]} == {"fc"}


def two_sides(folder: Path, first: str, second: str, more: str = "") -> Pair:
    (folder / "case.toml").write_text(f"{more}\n[sides.one]\n{first}\n[sides.two]\n{second}\n")
    report = check(folder)
    assert not report.failures, report
    return report.pairs[0]


def network(**more: Any) -> bridge.Network:
    return bridge.Network(
        [
            bridge.SequenceInput(2),
            bridge.LSTM(3, Name="first", **more),
            bridge.BiLSTM(2, Name="second"),
            bridge.GRU(3, Name="third"),
            bridge.FullyConnected(1, Name="last"),
        ]
    ).initialize(0)


@pytest.mark.parametrize(
    ("layer", "array", "row", "gate"),
    [
        ("first", "RecurrentWeights", 7, "cell candidate (g)"),
        ("second", "InputWeights", 13, "cell candidate (g), backward"),
        ("third", "Bias", 3, "update gate (z)"),
        ("last", "Weights", 0, ""),
    ],
)
def test_two_networks(tmp_path: Path, layer: str, array: str, row: int, gate: str) -> None:
    right = network()
    weights = np.array(right[layer].arrays[array])
    weights[row, 0] += 0.125
    bridge.save(right, tmp_path / "right.mat")
    bridge.save(right.with_({layer: {array: weights}}), tmp_path / "wrong.mat")
    rows = np.sin(np.arange(20.0))
    bridge.save(bridge.Recording({"u": np.stack([rows, rows[::-1]], 1)}, np.arange(20.0)), tmp_path / "u.csv")
    double = 'precision = "double"'
    pair = two_sides(
        tmp_path, f'network = "wrong.mat"\n{double}', f'network = "right.mat"\n{double}', 'inputs = "u.csv"'
    )
    assert pair.origin is not None
    assert pair.origin.what == "layer"
    assert pair.origin.place == layer
    (difference,) = pair.origin.weights
    assert (difference.layer, difference.array, difference.gate) == (layer, array, gate)
    assert difference.largest == pytest.approx(0.125)
    assert difference.at == (row + 1, 1)


def test_two_networks_with_another_option(tmp_path: Path) -> None:
    bridge.save(network(), tmp_path / "right.mat")
    bridge.save(network(GateActivationFunction="hard-sigmoid"), tmp_path / "wrong.mat")
    bridge.save(bridge.Recording({"u": np.ones((9, 2))}, np.arange(9.0)), tmp_path / "u.csv")
    pair = two_sides(tmp_path, 'network = "wrong.mat"', 'network = "right.mat"', 'inputs = "u.csv"')
    assert pair.origin is not None
    assert (pair.origin.place, pair.origin.part) == ("first", "input gate (i)")
    assert "~ option first: GateActivationFunction: 'sigmoid' -> 'hard-sigmoid'" in pair.origin.details
    assert not pair.origin.weights


def test_weights_equal_in_single_are_equal() -> None:
    double = network()
    single = double.with_({"last": {"Weights": np.asarray(double["last"].Weights, np.float32)}})
    assert compare_weights(double, single) == ()


def gated(gain: str = "2", threshold: str = "3") -> Model:
    """A clock into a subsystem that runs while the clock is above a threshold, then a delay."""
    model = bridge.Model.new("gated")
    root = model.root
    clock = root.add("DigitalClock", "clock", SampleTime="1")
    above = root.add("Constant", "threshold", Value=threshold, SampleTime="1")
    test = root.add("RelationalOperator", "test", Operator=">", ports={"in": 2, "out": 1})
    inside = root.add("SubSystem", "inside")
    system = inside.subsystem
    assert system is not None
    system.add("Inport", "u")
    system.add("EnablePort", "Enable")
    system.add("Gain", "gain", Gain=gain)
    system.add("Outport", "v")
    system.connect("u", "gain")
    system.connect("gain", "v")
    delay = root.add("UnitDelay", "delay", SampleTime="1")
    out = root.add("Outport", "y")
    root.connect(clock, (test, 1))
    root.connect(above, (test, 2))
    root.connect(clock, (inside, 1))
    root.connect(test, (inside, "enable"))
    root.connect(inside, delay)
    root.connect(delay, out)
    model.configure(StopTime="9", SolverType="Fixed-step", Solver="FixedStepDiscrete", FixedStep="1")
    return model


@pytest.mark.parametrize(
    ("faulty", "place", "step"),
    [(gated(gain="3"), "inside/gain", 4), (gated(threshold="5"), "threshold", 0)],
    ids=["inside", "condition"],
)
def test_a_subsystem_that_pauses(tmp_path: Path, faulty: Model, place: str, step: int) -> None:
    bridge.save(faulty, tmp_path / "faulty.slx")
    bridge.save(gated(), tmp_path / "right.slx")
    pair = two_sides(tmp_path, 'model = "faulty.slx"', 'model = "right.slx"')
    assert pair.origin is not None
    assert (pair.origin.place, pair.origin.step) == (place, step)


def test_an_inner_line_of_a_recording_narrows_it_down(tmp_path: Path) -> None:
    """Of three gains in a row the recording knows only what the second one gives."""
    model = bridge.Model.new("chain")
    root = model.root
    last = root.add("Constant", "source", Value="1", SampleTime="1")
    for name in ("a", "b", "c"):
        gain = root.add("Gain", name, Gain="2")
        root.connect(last, gain, name="middle" if name == "c" else None)
        last = gain
    root.connect(last, root.add("Outport", "y"))
    model.configure(StopTime="3", SolverType="Fixed-step", Solver="FixedStepDiscrete", FixedStep="1")
    bridge.save(model, tmp_path / "chain.slx")
    (tmp_path / "lines.csv").write_text("time,y,middle\n0,9,5\n1,9,5\n2,9,5\n3,9,5\n")
    pair = two_sides(tmp_path, 'model = "chain.slx"\nlog = ["b"]', 'recording = "lines.csv"', "[signals]\ny = {}")
    assert pair.origin is not None
    assert pair.origin.place == "b"
    assert pair.origin.values == (0, 4.0, 5.0)
    assert pair.origin.unknown == ("'source'", "'a'")
    assert "or in a block before it, of which two says nothing: 'source', 'a'" in pair.origin.lines()


def test_sides_known_only_from_outside_have_no_origin(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,y\n0,1\n1,2\n")
    (tmp_path / "b.csv").write_text("time,y\n0,1\n1,3\n")
    assert two_sides(tmp_path, 'recording = "a.csv"', 'recording = "b.csv"').origin is None
