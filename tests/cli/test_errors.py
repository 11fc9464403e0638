"""Wrong input: one readable line on stderr that names the file or block and the cause, and an exit status."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cli import main
from bridge.model import Model


def failure(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    """The exit status and the message, which is one line without a traceback."""
    status = main([str(argument) for argument in arguments])
    message = capsys.readouterr().err
    assert message.startswith("slbridge ")
    assert message.count("\n") == 1
    return status, message


def diagram(path: Path, kind: str = "Gain", **parameters: str) -> Path:
    """Constant -> block -> Outport, as a file."""
    model = Model.new("small")
    source = model.root.add("Constant", "Source", Value="[1 2 3]")
    block = model.root.add(kind, "Block", **parameters)
    sink = model.root.add("Outport", "y")
    model.root.connect(source, block)
    model.root.connect(block, sink)
    model.configure(SolverType="Fixed-step", SolverName="FixedStepDiscrete", FixedStep="1", StopTime="3")
    bridge.save(model, path)
    return path


def test_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, message = failure(capsys, "run", tmp_path / "absent.slx")
    assert status == 2
    assert "absent.slx" in message
    assert "no such file" in message


def test_empty_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.mdl").write_bytes(b"")
    status, message = failure(capsys, "info", tmp_path / "empty.mdl")
    assert status == 2
    assert "empty.mdl" in message
    assert "empty" in message.replace("empty.mdl", "")


def test_truncated_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = diagram(tmp_path / "whole.slx").read_bytes()
    (tmp_path / "cut.slx").write_bytes(whole[: len(whole) // 2])
    status, message = failure(capsys, "run", tmp_path / "cut.slx")
    assert status == 2
    assert "cut.slx" in message


def test_a_zip_that_is_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    status, message = failure(capsys, "info", tmp_path / "photos.zip")
    assert status == 2
    assert "photos.zip" in message


def test_an_unknown_variable_is_named_with_its_block(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, message = failure(capsys, "run", diagram(tmp_path / "small.slx", Gain="2*Kp"))
    assert status == 3
    assert "small/Block" in message
    assert "'Kp'" in message
    assert "column 3" in message


def test_a_width_mismatch_names_both_blocks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = diagram(tmp_path / "small.slx", Gain="ones(2, 2)", Multiplication="Matrix(K*u)")
    status, message = failure(capsys, "run", path)
    assert status == 3
    assert "small/Block" in message
    assert "small/Source" in message


def test_an_unsupported_block_is_named_with_path_and_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, message = failure(capsys, "run", diagram(tmp_path / "small.slx", "TransferFunctionOfLove"))
    assert status == 3
    assert "small/Block" in message
    assert "'TransferFunctionOfLove'" in message


def test_a_syntax_error_names_the_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, message = failure(capsys, "run", diagram(tmp_path / "small.slx", Gain="2*(3+"))
    assert status == 3
    assert "small/Block" in message
    assert "column" in message


def test_an_unknown_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, message = failure(capsys, "run", diagram(tmp_path / "small.slx"), "--engine", "abacus")
    assert status == 2
    assert "'abacus'" in message


def test_an_unknown_parameter_to_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, message = failure(capsys, "run", diagram(tmp_path / "small.slx"), "--set", "Block/Gein=2")
    assert status == 2
    assert "'Gein'" in message


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["chek", "small.slx"], "there is no verb 'chek'; did you mean 'check'? There are info,"),
        (["small.slx"], "a verb comes before the file, as in slbridge info small.slx"),
        (["run", "small.slx", "--worksapce", "w.mat"], "no option --worksapce; did you mean --workspace?"),
        (["codegen", "small.slx", "--outptu=c"], "no option --outptu; did you mean --output?"),
        (["run", "small.slx", "--zzz"], "no option --zzz; slbridge run --help lists all"),
        (["run", "small.slx", "--engine", "nupy"], "no engine 'nupy'; did you mean 'numpy'? There are auto,"),
        (["run", "small.slx", "--set", "Blok/Gain=2"], "no block 'small/Blok' to set Gain of; did you mean 'Block'?"),
        (["run", "small.slx", "--set", "Block/Gein=2"], "no parameter 'Gein'; did you mean 'Gain'? It has"),
        (["run", "small.slx", "--log", "Blok"], "line 'Blok' to log in small; did you mean 'Block'?"),
        (["draw", "small.slx", "--subsystem", "Blok"], "there is no block 'Blok'; did you mean 'Block'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_misspelt_name_is_answered_with_what_was_meant(
    arguments: list[str],
    hint: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    diagram(tmp_path / "small.slx")
    assert main(arguments) in (2, 3)
    message = capsys.readouterr().err
    assert hint in message
    assert message.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["info"], "slbridge info: the following arguments are required: file; slbridge info --help shows"),
        (["run", "small.slx", "--step", "x"], "slbridge run: argument --step: 'x' is no number of seconds"),
        (["run", "small.slx", "w.mat"], "slbridge run: takes no w.mat; slbridge run --help shows"),
        (["run", "small.slx", "-q"], "slbridge run: takes no -q; slbridge run --help"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_call_is_told_in_one_line(
    arguments: list[str], cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2
    message = capsys.readouterr().err
    assert message.startswith(cause)
    assert message.count("\n") == 1


def test_the_beginning_of_an_option_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(diagram(tmp_path / "small.slx")), "--stop=1"]) == 0
    assert "2 steps" in capsys.readouterr().out


def test_a_nan_in_the_input_is_passed_on(tmp_path: Path) -> None:
    model = Model.new("nan")
    source = model.root.add("Inport", "u")
    block = model.root.add("Gain", "Gain", Gain="2")
    sink = model.root.add("Outport", "y")
    model.root.connect(source, block)
    model.root.connect(block, sink)
    y = bridge.simulate(model, inputs={"u": np.array([1.0, np.nan, 3.0])}, step=1.0)["y"]
    np.testing.assert_array_equal(y, [2.0, np.nan, 6.0])


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["run", "small.slx", "--stop-time", "nan"], "stop time is not a number"),
        (["run", "small.slx", "--log", "Block:0"], "'small/Block' has no output 0"),
        (["run", "data.mat"], "data.mat: holds no network"),
        (["run", "."], ".: is a directory; slbridge check is for the case in it"),
        (["info", "smal.slx"], "smal.slx: no such file or directory; did you mean 'small.slx'?"),
        (["run", "small.slx", "--workspace", "gone/w.m"], "gone/w.m: no such file or directory; there is no folder"),
        (["run", "small.slx", "--workspace", "w.csv"], "w.csv: variables come from a .mat or a .m; data go in with"),
        (["run", "small.slx", "--output", "y.txt"], "y.txt: a recording is written as .mat or .csv"),
        (["run", "net.mat", "--input", "w.csv", "--output", "y.txt"], "y.txt: a recording is written as .mat or"),
        (["ask", "net.mat"], "net.mat: holds no object of MATLAB's; of a network in plain structs, slbridge convert"),
        (["convert", "data.mat", "net.onnx"], "data.mat: holds no network"),
        (["convert", "small.slx", "new.slx", "--classic"], "new.slx: the classic form is a .mdl"),
        (["convert", "small.slx", "new.slx", "--workspace", "data.mat"], "--workspace holds the variables of a"),
        (["convert", "net.mat", "new.slx", "--workspace", "data.mat"], "or an .onnx; there is none here"),
        (["convert", "small.slx", "new.mdl", "--network", "net"], "--network names one of several networks in a .mat"),
        (["convert", "small.slx", "new.onnx", "--mat-version", "7.3"], "new.onnx: --mat-version is of a .mat"),
        (["draw", "small.slx", "-o", "small.png"], "small.png: drawings are written as .svg or .html"),
        (["convert", "small.slx", "new.xyz"], "a diagram is not written as .xyz; there are .slx, .mdl, .mat, .onnx,"),
        (["convert", "net.mat", "new.xyz"], "a network is not written as .xyz; there are .mat, .onnx, .pt, .pth, .m,"),
        (["convert", "net.mat", "new.onx"], "a network is not written as .onx; did you mean '.onnx'?"),
        (["convert", "net.mat", "new"], "new: an ending says the form: .mat, .onnx"),
        (["convert", "net.mat", "new"], "a folder is written with --serve"),
        (["convert", "small.slx", "new"], "a diagram is not written as a file without ending; there are .slx, .mdl,"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misuse_is_named(
    arguments: list[str],
    cause: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    diagram(tmp_path / "small.slx")
    bridge.save({"x": np.eye(2)}, tmp_path / "data.mat")
    (tmp_path / "case.toml").write_text("")
    (tmp_path / "w.csv").write_text("time,u\n0,1\n1,2\n")
    net = bridge.Network([bridge.SequenceInput(1), bridge.LSTM(2)]).initialize(0)
    bridge.save(net, tmp_path / "net.mat")
    before = sorted(tmp_path.iterdir())
    status, message = failure(capsys, *arguments)
    assert status == 2
    assert cause in message
    assert sorted(tmp_path.iterdir()) == before


def test_what_cannot_be_saved_is_named(tmp_path: Path) -> None:
    for thing, cause in ((3, "a int cannot be saved"), ({"a": 1}, "variables are written as .mat")):
        with pytest.raises(bridge.errors.UsageError, match=cause):
            bridge.save(thing, tmp_path / "x.slx")
    assert not list(tmp_path.iterdir())


def test_what_may_be_a_side_of_a_case_is_no_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, message = failure(capsys, "check", diagram(tmp_path / "small.slx"))
    assert status == 2
    assert message.rstrip().endswith('this file may be a side of a case: model = "small.slx"')


def test_what_is_no_input_says_what_could_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = diagram(tmp_path / "m.slx")
    bridge.save({"about": "text", "x": np.zeros((3, 1))}, tmp_path / "data.mat")
    status, message = failure(capsys, "run", path, "--input", tmp_path / "data.mat")
    assert status == 2
    assert "data.mat: 'about' is no array of numbers; --signal INPUT=NAME says which goes in; there are x" in message


def test_an_unknown_solver_is_refused_where_nothing_is_integrated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, message = failure(capsys, "run", diagram(tmp_path / "m.slx"), "--solver", "ode99")
    assert status == 2
    assert "solver 'ode99' is none of ode1, ode2" in message


def test_a_line_that_is_not_there_names_those_that_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = bridge.load(diagram(tmp_path / "m.slx"))
    model.root.lines[0].parameters["Name"] = "u(t)"
    bridge.save(model, tmp_path / "m.slx")
    status, message = failure(capsys, "run", tmp_path / "m.slx", "--log", "u")
    assert status == 2
    assert "'u' to log in m; its labelled lines are u(t)" in message


def test_seconds_may_be_an_expression(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(diagram(tmp_path / "m.slx"))
    assert main(["run", path, "--stop-time", "3/2", "--step", "1/2"]) == 0
    assert "m: 4 steps" in capsys.readouterr().out


def test_seconds_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", str(diagram(tmp_path / "m.slx")), "--step", "1/"])
    assert "argument --step: '1/' is no number of seconds: something is missing behind '/'" in capsys.readouterr().err


def test_a_folder_without_a_case_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, message = failure(capsys, "check", tmp_path)
    assert status == 2
    assert f"{tmp_path}: holds no case.toml; slbridge demo" in message
