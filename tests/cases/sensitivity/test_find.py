"""What a case would notice: the stated change fails it, half of it passes; and what its run never does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cases.case import read_case
from bridge.cases.check import check
from bridge.cases.report_files import write
from bridge.cases.sensitivity import Sensitivity, Weight, sensitivity
from bridge.cli import main
from bridge.errors import EvidenceError
from bridge.files import mat
from bridge.model import Model
from bridge.recording import Recording


def plant() -> Model:
    """A ramp through a gain, limits, a switch with a parked delay, and an unused gain of nothing."""
    model = bridge.Model.new("plant")
    root = model.root
    ramp = root.add("DigitalClock", "ramp", SampleTime="1")
    gain = root.add("Gain", "gain", Gain="K")
    limit = root.add("Saturate", "limit", UpperLimit="50", LowerLimit="-1")
    switch = root.add("Switch", "switch", Criteria="u2 >= Threshold", Threshold="4", ports={"in": 3, "out": 1})
    low = root.add("Constant", "low", Value="offset", SampleTime="1")
    parked = root.add("UnitDelay", "parked", InitialCondition="0", SampleTime="1")
    zero = root.add("Gain", "zero", Gain="0")
    add = root.add("Sum", "add", Inputs="++", ports={"in": 2, "out": 1})
    tenth = root.add("Gain", "tenth", Gain="0.1")
    root.connect(ramp, gain)
    root.connect(gain, limit)
    root.connect(limit, (switch, 1))
    root.connect(ramp, (switch, 2))
    root.connect(low, (switch, 3))
    root.connect(ramp, zero)
    root.connect(zero, parked)
    root.connect(switch, (add, 1))
    root.connect(parked, (add, 2))
    root.connect(add, tenth)
    root.connect(tenth, root.add("Outport", "y"))
    model.configure(StopTime="9", SolverType="Fixed-step", Solver="FixedStepDiscrete", FixedStep="1")
    return model


WORKSPACE = {"K": 2.0, "offset": 1e-9, "spare": 3.0}
CASE = """\
[sides.plant]
model = "plant.slx"
workspace = "weights.mat"
[sides.recorded]
recording = "y.csv"
evidence = "simulink"
[tolerance.y]
absolute = 1e-3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    bridge.save(plant(), tmp_path / "plant.slx")
    mat.write(WORKSPACE, tmp_path / "weights.mat")
    y = bridge.simulate(tmp_path / "plant.slx", WORKSPACE)
    bridge.save(Recording({"y": y["y"]}, y.time), tmp_path / "y.csv")
    (tmp_path / "case.toml").write_text(CASE)
    return tmp_path


def found_in(folder: Path) -> Sensitivity:
    report = check(folder, sensitivity=True)
    assert report.agrees, report
    assert report.sensitivity is not None
    return report.sensitivity


def of(found: Sensitivity, name: str) -> Weight:
    return next(weight for weight in found.weights if weight.name == name)


def test_the_stated_change_fails_and_half_of_it_passes(folder: Path) -> None:
    change = of(found_in(folder), "K").together
    assert change is not None
    # y = 0.1 * 2 * t, at most 1.8: a change of the gain by 1e-3 / 1.8.
    assert abs(change.size) == pytest.approx(1e-3 / 1.8, rel=0.06)
    assert change.against == "recorded"
    for size, status in ((change.size, 1), (change.size / 2, 0), (-change.size / 2, 0)):
        mat.write({**WORKSPACE, "K": 2.0 * (1 + size)}, folder / "weights.mat")
        assert check(folder).status == status


def test_numbers_written_in_blocks_count_too(folder: Path) -> None:
    change = of(found_in(folder), "tenth/Gain").together
    assert change is not None
    for size, status in ((change.size, 1), (change.size / 2, 0)):
        model = plant()
        model.find("tenth").parameters["Gain"] = repr(0.1 * (1 + size))
        bridge.save(model, folder / "plant.slx")
        assert check(folder).status == status


def test_what_is_never_noticed_or_tried_is_said(folder: Path) -> None:
    found = found_in(folder)
    assert [weight.name for weight in found.never_noticed] == ["offset", "limit/LowerLimit"]
    assert found.unused == (("plant", "spare"),)
    told = [str(one) for one in found.unexercised]
    assert "limit: never below its lower limit" in told
    assert "limit: never above its upper limit" in told
    assert "parked: stays 0." in told
    assert not any("switch" in line for line in told)


def test_a_switch_that_never_switches(folder: Path) -> None:
    model = plant()
    model.find("switch").parameters["Threshold"] = "40"
    bridge.save(model, folder / "plant.slx")
    y = bridge.simulate(model, WORKSPACE)
    bridge.save(Recording({"y": y["y"]}, y.time), folder / "y.csv")
    found = found_in(folder)
    assert "switch: never passes its first input" in [str(one) for one in found.unexercised]
    assert of(found, "K") in found.never_noticed


def test_a_subsystem_that_never_pauses_and_decisions_inside(tmp_path: Path) -> None:
    model = bridge.Model.new("gated")
    root = model.root
    one = root.add("Constant", "one", Value="1", SampleTime="1")
    inside = root.add("SubSystem", "inside")
    system = inside.subsystem
    assert system is not None
    system.add("Inport", "u")
    system.add("EnablePort", "Enable")
    system.add("Saturate", "limit", UpperLimit="2", LowerLimit="0.5")
    system.add("Outport", "v")
    system.connect("u", "limit")
    system.connect("limit", "v")
    root.connect(root.add("DigitalClock", "ramp", SampleTime="1"), (inside, 1))
    root.connect(one, (inside, "enable"))
    root.connect(inside, root.add("Outport", "y"))
    model.configure(StopTime="9", SolverType="Fixed-step", Solver="FixedStepDiscrete", FixedStep="1")
    bridge.save(model, tmp_path / "gated.slx")
    y = bridge.simulate(model)
    bridge.save(Recording({"y": y["y"]}, y.time), tmp_path / "y.csv")
    (tmp_path / "case.toml").write_text('model = "gated.slx"\nrecording = "y.csv"\n')
    told = [str(one) for one in found_in(tmp_path).unexercised]
    assert told == ["inside: never pauses"]


@pytest.fixture
def networks(tmp_path: Path) -> Path:
    net = bridge.Network([bridge.SequenceInput(1), bridge.LSTM(2, Name="lstm"), bridge.FullyConnected(1, Name="fc")])
    net.initialize(0)
    bridge.save(net, tmp_path / "net.mat")
    rows = np.sin(np.arange(12.0))
    bridge.save(Recording({"u": rows}, np.arange(12.0)), tmp_path / "u.csv")
    y = bridge.predict(net, rows.reshape(-1, 1), layout="TC", precision="double")
    bridge.save(Recording({"y": y}, np.arange(12.0)), tmp_path / "y.csv")
    (tmp_path / "case.toml").write_text(
        'inputs = "u.csv"\nnetwork = "net.mat"\nrecording = "y.csv"\n[tolerance.y]\nabsolute = 1e-3\n'
    )
    return tmp_path


def test_a_network_by_gate_and_element(networks: Path) -> None:
    found = found_in(networks)
    gates = [weight.gate for weight in found.weights if weight.name == "lstm: RecurrentWeights"]
    assert gates == ["input gate (i)", "forget gate (f)", "cell candidate (g)", "output gate (o)"]
    weight = next(one for one in found.weights if one.gate.startswith("output") and one.name.endswith("InputWeights"))
    change = weight.most
    assert change is not None
    right = bridge.load(networks / "net.mat")
    place = tuple(k - 1 for k in change.at)
    assert place[0] in (6, 7)
    for size, status in ((change.size, 1), (change.size / 2, 0)):
        array = np.array(right["lstm"].InputWeights)
        array[place] *= 1 + size
        bridge.save(right.with_({"lstm": {"InputWeights": array}}), networks / "net.mat")
        assert check(networks).status == status


def test_of_many_weights_some_are_tried_and_that_is_said(networks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.cases.sensitivity.find.ELEMENTS", 8)
    report = check(networks)
    found = sensitivity(read_case(networks), report)
    weight = next(one for one in found.weights if one.name == "lstm: RecurrentWeights")
    assert (weight.count, weight.tried) == (4, 2)
    assert "tried 2 of 4" in str(found)


def test_a_case_that_fails_is_not_asked(folder: Path) -> None:
    mat.write({**WORKSPACE, "K": 2.5}, folder / "weights.mat")
    report = check(folder, sensitivity=True)
    assert report.sensitivity is None
    with pytest.raises(EvidenceError, match="fails as it is"):
        sensitivity(read_case(folder), report)


def test_every_form_of_the_report_holds_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pages = {"html": str(folder / "r.html"), "markdown": str(folder / "r.md")}
    report = check(folder, sensitivity=True)
    write(report, read_case(folder), pages)
    for path in pages.values():
        text = Path(path).read_text(encoding="utf-8")
        assert "What this case would notice" in text
        assert "tenth/Gain" in text
        assert "limit: never above its upper limit" in text
    assert main(["check", str(folder), "--sensitivity", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["sensitivity"]
    assert {weight["name"] for weight in told["weights"]} >= {"K", "offset", "tenth/Gain"}
    assert main(["check", str(folder), "--sensitivity"]) == 0
    assert "what this case would notice" in capsys.readouterr().out
