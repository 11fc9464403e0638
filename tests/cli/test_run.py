"""``slbridge run``: what goes in is said, and no option is passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shallow_networks import shallow

import bridge
from bridge.cli import main
from bridge.files import mat, network_mat

X = np.sin(np.arange(60.0)).reshape(30, 2)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network as ``net.mat`` and drawn, data as a table, a recording and an array; the current folder."""
    monkeypatch.chdir(tmp_path)
    net = bridge.Network([bridge.SequenceInput(2), bridge.LSTM(5), bridge.FullyConnected(3)]).initialize(1)
    beside = {"XTest": X.T, "YTest": np.zeros((3, 30)), "XLater": X.T[:, :9]}
    mat.write({"net": network_mat.structure(net), **beside}, "net.mat")
    bridge.save(net, "net.slx")
    recording = bridge.Recording({"XTest": X}, np.arange(30.0))
    recording.save("data.csv")
    recording.save("recorded.mat")
    bridge.save({"XTest": X, "other": X[:4]}, "two.mat")
    bridge.save({"XTest": X.T}, "turned.mat")
    return tmp_path


def predicted() -> Any:
    return np.asarray(bridge.predict(bridge.load("net.mat", "net"), X, precision="double"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--input", "data.csv"],
        ["--input", "recorded.mat"],
        ["--input", "two.mat", "--signal", "XTest"],
        ["--input", "two.mat", "--signal", "u=XTest"],
        ["--input", "turned.mat", "--layout", "CT"],
    ],
    ids=" ".join,
)
def test_a_diagram_of_a_network_takes_data_of_a_file(folder: Path, arguments: list[str]) -> None:
    assert main(["run", "net.slx", *arguments, "--output", "y.csv"]) == 0
    np.testing.assert_allclose(bridge.load("y.csv")["y"], predicted(), rtol=0, atol=1e-14)


def test_which_array_goes_into_a_diagram_is_said_where_it_is_a_choice(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "net.slx", "--input", "data.csv"]) == 0
    assert capsys.readouterr().err == "slbridge run: input u is XTest of data.csv, 30x2\n"
    assert main(["run", "net.slx", "--input", "data.csv", "--signal", "u=XTest"]) == 0
    assert main(["run", "net.slx", "--input", "data.csv", "--json"]) == 0
    assert capsys.readouterr().err == ""


def test_variables_come_from_several_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = bridge.Model.new("m")
    model.configure(StopTime="2", FixedStep="1", SolverName="FixedStepDiscrete")
    model.root.add("Constant", "c", Value="a + b")
    model.root.add("Outport", "y")
    model.root.connect("c", "y")
    bridge.save(model, "m.slx")
    bridge.save({"a": 1.0, "b": 1.0}, "a.mat")
    Path("b.m").write_text("b = 10;")
    assert main(["run", "m.slx", "--workspace", "a.mat", "--workspace", "b.m"]) == 0
    assert "first [11.0]" in capsys.readouterr().out


def test_other_steps_than_those_of_the_data_are_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bridge.Recording({"u": X}, 0.1 * np.arange(30.0)).save("fast.csv")
    assert main(["run", "net.slx", "--input", "fast.csv"]) == 0
    assert capsys.readouterr().err == (
        "slbridge run: fast.csv has 30 rows over 2.9 s; the diagram took 3 steps over 2 s, by its sample times\n"
    )
    assert main(["run", "net.slx", "--input", "fast.csv", "--set", "Ts=1/10", "--output", "y.csv"]) == 0
    assert capsys.readouterr().err == ""
    np.testing.assert_allclose(bridge.load("y.csv")["y"], predicted(), rtol=0, atol=1e-12)


def test_which_array_goes_into_a_network_is_said_with_its_layout(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "net.mat", "--input", "net.mat"]) == 0
    assert capsys.readouterr().err == (
        "slbridge run: input XTest (2x30) of net.mat, layout CT as beside MATLAB's networks; there are also XLater; "
        "--signal and --layout choose otherwise\n"
    )
    assert main(["run", "net.mat", "--input", "data.csv"]) == 0
    assert "input XTest (30x2) of data.csv, layout TC; --signal" in capsys.readouterr().err
    assert main(["run", "net.mat", "--input", "data.csv", "--json"]) == 0
    assert capsys.readouterr().err == ""


def test_the_only_array_that_fits_goes_into_a_network(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bridge.save({"targets": np.zeros((30, 3)), "data": X, "K": 2.0}, "odd.mat")
    assert main(["run", "net.mat", "--input", "odd.mat"]) == 0
    assert "input data (30x2) of odd.mat, layout TC; --signal" in capsys.readouterr().err


def test_arrays_are_named_for_several_inputs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = [bridge.SequenceInput(2, Name="a"), bridge.SequenceInput(1, Name="b"), bridge.Concatenation(1, 2, Name="c")]
    joints = [("a", "c/in1"), ("b", "c/in2"), ("c", "fc")]
    net = bridge.Network([*parts, bridge.FullyConnected(1, Name="fc")], joints).initialize(0)
    bridge.save(net, "two_inputs.mat")
    bridge.save({"P": X, "Q": X[:, :1]}, "pair.mat")
    expected = bridge.predict(net, {"a": X, "b": X[:, :1]}, layout="TC")
    for signal in ("P,Q", "b=Q,a=P"):
        assert main(["run", "two_inputs.mat", "--input", "pair.mat", "--signal", signal, "-o", "y.mat"]) == 0
        assert "input P (30x2), Q (30x1) of pair.mat, layout TC" in capsys.readouterr().err
        np.testing.assert_array_equal(mat.read("y.mat")["y"], expected)
    for signal, cause in (("a=P", "no array is named for b"), ("P", "names 1 arrays; choose the 2 inputs a, b")):
        assert main(["run", "two_inputs.mat", "--input", "pair.mat", "--signal", signal]) == 2
        assert cause in capsys.readouterr().err


def test_data_beside_a_network_are_offered(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "net.mat"]) == 2
    assert "beside it stand XTest, XLater: --input net.mat --signal NAME" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["net.slx", "--input", "two.mat"], "two.mat: there is no root Inport and no From Workspace block 'XTest'"),
        (["net.slx", "--input", "two.mat"], "--signal u=NAME says which array goes into it"),
        (["net.slx", "--input", "two.mat", "--signal", "v=XTest"], "no From Workspace block 'v' in net; there are u"),
        (["net.slx", "--input", "two.mat", "--signal", "Xtest"], "there is no 'Xtest'; did you mean 'XTest'?"),
        (["net.slx", "--signal", "XTest"], "--signal says how to take the data of --input F"),
        (["net.slx", "--input", "two.mat", "--layout", "TCB"], "--layout TCB: the data of a diagram are TC, or CT"),
        (["net.slx", "--precision", "double"], "--precision does not go with a diagram: it computes in its own types"),
        (["net.slx", "--network", "net"], "--network does not go with a diagram"),
        (["net.slx", "--state", "reset"], "--set BLOCK/InitialCondition=VALUE"),
        (["net.slx", "--mini-batch-size", "3"], "--mini-batch-size does not go with a diagram"),
        (["net.slx", "--padding", "right"], "--padding does not go with a diagram"),
        (["net.slx", "--initial", "a,b"], "--initial does not go with a diagram"),
        (["net.mat", "--input", "data.csv", "--workspace", "two.mat"], "--workspace does not go with a network"),
        (["net.mat", "--input", "data.csv", "--set", "a=1"], "--set does not go with a network"),
        (["net.mat", "--input", "data.csv", "--log", "a"], "--log does not go with a network"),
        (["net.mat", "--input", "data.csv", "--subsystem", "a"], "--subsystem does not go with a network"),
        (["net.mat", "--input", "data.csv", "--step", "0"], "--step does not go with a network: it takes a step for"),
        (["net.mat", "--input", "data.csv", "--stop-time", "1"], "--stop-time does not go with a network"),
        (["net.mat", "--input", "data.csv", "-v"], "--verbose does not go with a network"),
        (["net.mat", "--input", "data.csv", "--padding", "left"], "--mini-batch-size N pads, which is missing"),
        (["net.mat", "--input", "data.csv", "--initial", "a"], "--initial does not go with a layer network"),
        (["net.mat", "--input", "two.mat", "--signal", "XTest,other"], "names 2 arrays; choose the 1 input"),
        (["net.mat", "--input", "two.mat", "--signal", "u=XTest"], "there is no input 'u'; there are sequenceinput"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_no_option_is_passed_over(
    folder: Path, arguments: list[str], cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *arguments]) == 2
    message = capsys.readouterr().err
    assert cause in message
    assert message.count("\n") == 1


def test_a_shallow_network_refuses_what_is_for_others(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bridge.save(shallow(1, delays=False), "shallow.mat")
    for option, value, cause in (("--state", "saved", "it holds no state"), ("--padding", "left", "each of its seq")):
        assert main(["run", "shallow.mat", "--input", "data.csv", option, value]) == 2
        assert f"{option} does not go with a shallow network: {cause}" in capsys.readouterr().err


def test_an_inport_without_data_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = bridge.Model.new("pair")
    for name in ("u", "v"):
        model.root.add("Inport", name)
        model.root.add("Outport", f"{name}2")
        model.root.connect(name, f"{name}2")
    bridge.save(model, tmp_path / "pair.slx")
    (tmp_path / "u.csv").write_text("time,u\n0,1\n1,1\n")
    run = ["run", str(tmp_path / "pair.slx"), "--step", "1", "--stop-time", "1"]
    assert main(run) == 0
    assert capsys.readouterr().err == "slbridge run: the Inports u, v are zero, as no data are given: --input F\n"
    assert main([*run, "--input", str(tmp_path / "u.csv")]) == 0
    assert capsys.readouterr().err == "slbridge run: the Inport v is zero, as no data are given: --input F\n"
    assert main([*run, "--json"]) == 0
    assert capsys.readouterr().err == ""
