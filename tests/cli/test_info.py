"""``slbridge info``: ONNX files of networks, of diagrams and of anyone; recordings, tables and cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_diagrams import wired

import bridge
from bridge.cli import main
from bridge.deployment import write_onnx
from bridge.engines import onnx_model
from bridge.files import onnx_file
from bridge.model import Model

onnx = pytest.importorskip("onnx")


def counter(inport: bool) -> Model:
    """A state that grows by an Inport, or by one."""
    model = Model.new("counter")
    model.configure(StopTime="4", FixedStep="1", SolverName="FixedStepDiscrete", SolverType="Fixed-step")
    model.root.add(*(("Inport", "u") if inport else ("Constant", "u")))
    model.root.add("Sum", "sum", Inputs="++")
    model.root.add("UnitDelay", "delay", InitialCondition="[0 0 0]", SampleTime="1")
    model.root.add("Outport", "y")
    wired(model.root, "u -> sum/1", "delay -> sum/2", "sum -> delay", "delay -> y")
    return model


def facts(path: Path, capsys: pytest.CaptureFixture[str], *options: str, status: int = 0) -> dict[str, Any]:
    assert main(["info", str(path), "--json", *options]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_whole_run_of_a_diagram(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_onnx(counter(inport=True), tmp_path / "run.onnx")
    found = facts(path, capsys, "--strict")
    assert found["kind"] == "program of a diagram, a whole run"
    assert (found["name"], found["form"], found["opset"]) == ("counter", "whole run", {"ai.onnx": 18})
    assert found["producer"].startswith("bridge ")
    assert found["inputs"] == [{"name": "u", "type": "double", "shape": ["T"], "about": "root Inport"}]
    assert found["use"] == 'onnx = "run.onnx" in a case.toml: a side, run by onnxruntime'
    assert found["outputs"] == [{"name": "y", "type": "double", "shape": ["T", 3]}]
    (state,) = found["states"]
    assert (state["name"], state["shape"], state["input"]) == ("counter/delay", [3], None)
    assert state["output"] == "counter/delay.final"
    assert found["operators"]["Scan"] == 1
    assert "Add" in found["operators"]  # within the Scan


def test_without_inports_the_number_of_steps_goes_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_onnx(counter(inport=False), tmp_path / "run.onnx")
    (given,) = facts(path, capsys)["inputs"]
    assert (given["name"], given["type"], given["about"]) == ("steps", "int64", "number of steps")
    assert main(["info", str(path)]) == 0
    text = capsys.readouterr().out
    assert "steps  one value int64  number of steps\n" in text
    assert "counter/delay  3 double  starts in the graph, ends in counter/delay.final\n" in text


def test_one_step_takes_its_states(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = facts(write_onnx(counter(inport=True), tmp_path / "step.onnx", step=True), capsys)
    assert found["form"] == "one step"
    assert [(each["name"], each["about"]) for each in found["inputs"]] == [
        ("counter/delay", "state"),
        ("u", "root Inport"),
    ]
    assert [each["name"] for each in found["outputs"]] == ["y"]
    assert found["states"][0]["about"] == "from counter/delay to counter/delay.next"


def test_such_a_file_is_no_network_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_onnx(counter(inport=True), tmp_path / "run.onnx")
    assert onnx_file.PROGRAM == onnx_model._NOTE
    for verb in ("run", "draw"):
        assert main([verb, str(path)]) == 2
        assert "holds the program of a diagram, no network; slbridge info" in capsys.readouterr().err


def test_a_network_is_told_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = bridge.Network([bridge.SequenceInput(2), bridge.LSTM(3), bridge.FullyConnected(1)]).initialize(0)
    bridge.save(net, tmp_path / "net.onnx")
    assert facts(tmp_path / "net.onnx", capsys)["kind"] == "network"


def graph(path: Path, **metadata: str) -> Path:
    """y = sin(x) + If(c) …: a graph that is no network."""
    from onnx import TensorProto, helper

    def port(name: str, *shape: int | str | None, type: int = TensorProto.FLOAT) -> Any:
        return helper.make_tensor_value_info(name, type, shape)

    inner = helper.make_graph([helper.make_node("Sin", ["x"], ["z"])], "inner", [], [port("z", "T", 4)])
    nodes = [
        helper.make_node("If", ["c"], ["s"], then_branch=inner, else_branch=inner),
        helper.make_node("Add", ["s", "w"], ["y"]),
    ]
    held = onnx.numpy_helper.from_array(np.ones((1, 4), np.float32), "w")
    whole = helper.make_graph(
        nodes, "foreign", [port("x", "T", 4), port("c", type=TensorProto.BOOL)], [port("y", None, 4)], [held]
    )
    model = helper.make_model(whole, producer_name="someone", opset_imports=[helper.make_opsetid("", 18)])
    helper.set_model_props(model, metadata)
    path.write_bytes(model.SerializeToString())
    return path


def test_any_other_graph_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = facts(graph(tmp_path / "other.onnx", author="me", long="x" * 100), capsys)
    assert (found["kind"], found["name"], found["producer"]) == ("onnx graph", "foreign", "someone")
    assert found["inputs"] == [
        {"name": "x", "type": "float", "shape": ["T", 4]},
        {"name": "c", "type": "bool", "shape": []},
    ]
    assert found["outputs"] == [{"name": "y", "type": "float", "shape": ["?", 4]}]
    assert found["operators"] == {"Sin": 2, "If": 1, "Add": 1}
    assert found["weights"] == {"tensors": 1, "values": 4}
    assert found["metadata"] == {"author": "me", "long": "x" * 60 + "… (100 characters)"}
    assert found["network"].startswith("not understood as one: ")
    assert found["use"].startswith("onnxruntime runs it; no side of a case")  # it takes two inputs
    facts(tmp_path / "other.onnx", capsys, "--strict", status=3)
    assert main(["info", str(tmp_path / "other.onnx")]) == 0
    assert "operators     Sin 2, If 1, Add 1\n" in capsys.readouterr().out


@pytest.mark.parametrize("names", ["", "[]", '{"nothing": 1}', '{"next_states": {"a": "nowhere"}}', '{"inputs": 3}'])
def test_names_that_are_none_are_refused(tmp_path: Path, names: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = graph(tmp_path / "odd.onnx", **{onnx_file.PROGRAM: names})
    assert main(["info", str(path)]) == 2
    assert "odd.onnx: bridge.names: does not list the names of a program" in capsys.readouterr().err


def test_a_damaged_file_of_a_network_stays_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = graph(tmp_path / "odd.onnx", bridge="{}")
    assert main(["info", str(path)]) == 2
    assert "its metadata describe no network" in capsys.readouterr().err
    (tmp_path / "cut.onnx").write_bytes(path.read_bytes()[:60])
    assert main(["info", str(tmp_path / "cut.onnx")]) == 2


def test_a_recording_is_told_with_its_evidence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = bridge.Recording(
        {"y": np.zeros((5, 2), np.float32)}, np.arange(5.0), evidence="simulink", origin={"release": "R2023b"}
    )
    recording.save(tmp_path / "y.mat")
    assert facts(tmp_path / "y.mat", capsys) == {
        "kind": "recording",
        "evidence": "simulink",
        "origin": {"release": "R2023b"},
        "time": "5 samples, 0 to 4 s",
        "signals": {"y": {"class": "float32", "size": [5, 2]}},
    }


def test_a_table_is_a_recording_where_it_has_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "u.csv").write_text("time,u[0],u[1]\n0,1,2\n1,3,4\n")
    (tmp_path / "v.csv").write_text("a,b\n0,1\n1,3\n2,2\n")
    assert facts(tmp_path / "u.csv", capsys)["signals"] == {"u": {"class": "float64", "size": [2, 2]}}
    found = facts(tmp_path / "v.csv", capsys)
    assert (found["kind"], found["variables"]["b"]) == ("table", {"class": "double", "size": [3, 1]})
    assert main(["info", str(tmp_path / "u.csv")]) == 0
    assert "origin        none\ntime          2 samples, 0 to 1 s\n" in capsys.readouterr().out


def test_variables_beside_a_time_are_variables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bridge.save({"t": np.arange(3.0), "u": np.ones((3, 2))}, tmp_path / "w.mat")
    assert facts(tmp_path / "w.mat", capsys)["kind"] == "variables"


def test_a_case_is_told_by_its_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'workspace = "w.m"\nmodel = "m.slx"\nrecording = "r.mat"\nrequire = ["model"]\n'
    (tmp_path / "case.toml").write_text(text)
    found = facts(tmp_path, capsys)
    assert (found["kind"], found["workspace"], found["required"]) == ("case", "w.m", ["model"])
    assert found["sides"] == {
        "model": {"kind": "model", "source": "m.slx", "engine": "numpy"},
        "recording": {"kind": "recording", "source": "r.mat"},
    }
    assert main(["info", str(tmp_path / "case.toml")]) == 0
    assert "model (model, m.slx, numpy), recording (recording, r.mat)" in capsys.readouterr().out
