"""ONNX files as sides of a case: networks and graphs of anyone, and the programs of diagrams."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_diagrams import wired

import bridge
from bridge.cases.check import check
from bridge.deployment import write_onnx
from bridge.model import Model

pytest.importorskip("onnxruntime")
U = np.sin(np.arange(12.0)).reshape(6, 2)


def counter(inport: bool) -> Model:
    """A sum over time of an Inport of width two, or of ones."""
    model = Model.new("counter")
    model.configure(StopTime="2.5", FixedStep="0.5", SolverName="FixedStepDiscrete", SolverType="Fixed-step")
    if inport:
        model.root.add("Inport", "u", PortDimensions="2")
    else:
        model.root.add("Constant", "u")
    model.root.add("Sum", "sum", Inputs="++")
    model.root.add("UnitDelay", "delay", InitialCondition="[0 0]", SampleTime="0.5")
    model.root.add("Outport", "y")
    wired(model.root, "u -> sum/1", "delay -> sum/2", "sum -> delay", "sum -> y")
    return model


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    bridge.Recording({"u": U}, 0.5 * np.arange(6.0)).save("u.csv")
    return tmp_path


def test_the_program_of_a_diagram_takes_its_inports_and_is_our_own_evidence(folder: Path) -> None:
    bridge.save(counter(inport=True), "counter.slx")
    write_onnx(counter(inport=True), "counter.onnx")
    Path("case.toml").write_text('inputs = "u.csv"\nmodel = "counter.slx"\nonnx = "counter.onnx"\n')
    report = check(folder)
    assert report.status == 0
    recording = report.recordings["onnx"]
    assert recording.evidence == "bridge"
    np.testing.assert_allclose(recording["y"], np.cumsum(U, 0), rtol=1e-14)
    np.testing.assert_array_equal(recording.time, 0.5 * np.arange(6.0))


def test_without_inports_the_case_says_how_many_steps(folder: Path) -> None:
    bridge.save(counter(inport=False), "counter.slx")
    write_onnx(counter(inport=False), "counter.onnx")
    case = 'model = "counter.slx"\nonnx = "counter.onnx"\n'
    Path("case.toml").write_text(case)
    assert "step and stop_time of the case say it" in str(check(folder).failures["onnx"])
    Path("case.toml").write_text(f"{case}step = 0.5\nstop_time = 2.5\n")
    report = check(folder)
    assert report.status == 0
    assert len(report.recordings["onnx"].time) == 6


@pytest.mark.parametrize(
    ("step", "inputs", "cause"),
    [(True, "u", "holds one step of a diagram; a side is a whole run"), (False, "v", "the case has no input 'u'")],
)
def test_a_program_that_cannot_be_a_side_is_named(folder: Path, step: bool, inputs: str, cause: str) -> None:
    write_onnx(counter(inport=True), "counter.onnx", step=step)
    bridge.Recording({inputs: U}, 0.5 * np.arange(6.0)).save("u.csv")
    Path("case.toml").write_text('inputs = "u.csv"\nonnx = "counter.onnx"\nrecording = "u.csv"\n')
    assert cause in str(check(folder).failures["onnx"])


def test_inputs_of_another_size_are_named(folder: Path) -> None:
    write_onnx(counter(inport=True), "counter.onnx")
    bridge.Recording({"u": U[:, :1]}, 0.5 * np.arange(6.0)).save("u.csv")
    Path("case.toml").write_text('inputs = "u.csv"\nonnx = "counter.onnx"\nrecording = "u.csv"\n')
    assert "counter.onnx: input 'u' is 6x1, and 6x2 in the file" in str(check(folder).failures["onnx"])


def test_a_network_is_foreign_evidence_and_makes_no_noise(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    net = bridge.Network([bridge.SequenceInput(2), bridge.LSTM(3), bridge.FullyConnected(1)]).initialize(0)
    bridge.save(net, "net.onnx")
    bridge.save(net, "net.mat")
    bridge.save(net, "net.slx")
    bridge.Recording({"u": U}, np.arange(6.0)).save("u.csv")
    Path("case.toml").write_text('inputs = "u.csv"\nmodel = "net.slx"\nnetwork = "net.mat"\nonnx = "net.onnx"\n')
    report = check(folder)  # its From Workspace block takes the inputs too
    assert report.status == 0
    assert report.recordings["onnx"].evidence == "foreign"
    np.testing.assert_allclose(report.recordings["model"]["y"], bridge.predict(net, U, precision="double").ravel())
    assert capfd.readouterr().err == ""


def test_a_graph_with_several_inputs_is_refused(folder: Path) -> None:
    onnx = pytest.importorskip("onnx")
    port = onnx.helper.make_tensor_value_info
    kinds = [port(name, onnx.TensorProto.FLOAT, ["T", 2]) for name in ("a", "b", "c")]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Add", ["a", "b"], ["c"])], "g", kinds[:2], kinds[2:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=8)
    Path("two.onnx").write_bytes(model.SerializeToString())
    Path("case.toml").write_text('inputs = "u.csv"\nonnx = "two.onnx"\nrecording = "u.csv"\n')
    assert "two.onnx: takes a, b; a side takes one sequence" in str(check(folder).failures["onnx"])
