"""Inputs of a case: files, MATLAB expressions, and MATLAB's random stream."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge.cases.check import check
from bridge.cases.side_inputs import read_inputs
from bridge.errors import BridgeError, MalformedFile, MatlabError
from bridge.matlab.rng import rng

FILE = Path("case.toml")


def test_expressions_see_the_workspace_and_each_other() -> None:
    found = read_inputs(FILE, {"time": "(0:Ts:5)'", "u": "sin(2*time)", "v": "[u, 3*u]"}, {"Ts": 0.1})
    assert found["time"].shape == (51,)
    np.testing.assert_array_equal(found["u"], np.sin(2 * found["time"])[:, None])
    np.testing.assert_array_equal(found["v"], np.hstack([found["u"], 3 * found["u"]]))


def test_draws_are_matlabs() -> None:
    found = read_inputs(FILE, {"u": {"rng": 0, "randn": [51, 4]}, "k": {"rng": 7, "randi": [[2, 9], 5, 1]}}, {})
    np.testing.assert_array_equal(found["u"], rng(0).randn(51, 4))
    np.testing.assert_array_equal(found["k"], rng(7).randi([2, 9], 5, 1))


def test_one_stream_for_all_in_their_order() -> None:
    found = read_inputs(FILE, {"rng": 3, "a": "rand(4, 1)", "b": "2*randn(4, 2)"}, {})
    stream = rng(3)
    np.testing.assert_array_equal(found["a"], stream.rand(4, 1))
    np.testing.assert_array_equal(found["b"], 2 * stream.randn(4, 2))


def test_an_expression_with_a_stream_of_its_own() -> None:
    said = {"u": {"rng": 1, "generator": "v4", "expression": "cumsum(rand(6, 1))"}}
    np.testing.assert_allclose(read_inputs(FILE, said, {})["u"], np.cumsum(rng(1, "v4").rand(6, 1), axis=0), rtol=1e-15)


def test_numbers_and_a_file_besides(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text("time,u\n0,1\n1,2\n")
    found = read_inputs(tmp_path / "case.toml", {"file": "u.csv", "v": [3, 4], "w": "u + time"}, {})
    assert {name: array.ravel().tolist() for name, array in found.items()} == {
        "time": [0, 1], "u": [1, 2], "v": [3, 4], "w": [1, 3],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"time": "(0:4)'", "u": "sin(0:4)"}, "inputs.u: is 1 x 5; a row for each of the 5 times is needed: transpose"),
        ({"u": "sin(x)"}, "case.toml: inputs.u"),
        ({"u": "system('true')"}, "case.toml: inputs.u"),
        ({"u": "'text'"}, "inputs.u: is no array of numbers"),
        ({"u": {"rng": 0}}, "inputs.u: needs one of rand"),
        ({"u": {"rng": 0, "random": [3]}}, "unknown key 'random'"),
        ({"u": {"rng": -1, "rand": [3, 1]}}, "inputs.u.rng"),
        ({"rng": "shuffle", "u": "rand"}, "inputs.rng"),
        ({"u": {"rng": 0, "rand": "3"}}, "takes a list of sizes"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(said: dict[str, Any], message: str) -> None:
    with pytest.raises((MalformedFile, MatlabError)) as raised:
        read_inputs(FILE, said, {})
    assert message in str(raised.value)


def test_the_whole_way(tmp_path: Path) -> None:
    """A gain driven by an expression, and the same in Python."""
    model = bridge.Model.new("double")
    root = model.root
    gain = root.add("Gain", "gain", Gain="2")
    root.connect(root.add("Inport", "u", SampleTime="0.5"), gain)
    root.connect(gain, root.add("Outport", "y"))
    model.configure(StopTime="2", SolverType="Fixed-step", Solver="FixedStepDiscrete", FixedStep="0.5")
    bridge.save(model, tmp_path / "double.slx")
    (tmp_path / "own.py").write_text("def double(time, u):\n    return {'y': 2 * u[:, 0]}\n")
    (tmp_path / "case.toml").write_text(
        'model = "double.slx"\npython = "own:double"\n[inputs]\ntime = "(0:0.5:2)\'"\nu = { rng = 0, randn = [5, 1] }\n'
    )
    report = check(tmp_path)
    assert report.status == 0, report
    np.testing.assert_array_equal(report.recordings["model"]["y"], 2 * rng(0).randn(5, 1).ravel())
    text = (tmp_path / "case.toml").read_text()
    (tmp_path / "case.toml").write_text(text.replace("randn", "rendn"))
    assert check(tmp_path).status == 3


def test_python_sides_of_two_cases_with_modules_of_one_name(tmp_path: Path) -> None:
    for name, factor in (("a", 2), ("b", 3)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "factor.py").write_text(f"FACTOR = {factor}\n")
        (folder / "own.py").write_text("from factor import FACTOR\ndef run(u):\n    return FACTOR * u[:, 0]\n")
        (folder / "y.csv").write_text(f"time,y\n0,{factor}\n1,{2 * factor}\n")
        (folder / "case.toml").write_text('python = "own:run"\nrecording = "y.csv"\n[inputs]\nu = [1, 2]\n')
        assert check(folder).status == 0


@pytest.mark.parametrize(
    "body", ["raise ValueError('no')", "return {}", "return 3.0", "return {'y': 'text'}", "import nothing"]
)
def test_a_python_side_that_fails_is_a_side_that_did_not_run(tmp_path: Path, body: str) -> None:
    (tmp_path / "own.py").write_text(f"def run():\n    {body}\n")
    (tmp_path / "y.csv").write_text("time,y\n0,1\n1,2\n")
    (tmp_path / "case.toml").write_text('python = "own:run"\nrecording = "y.csv"\n')
    report = check(tmp_path)
    assert report.status == 3
    assert isinstance(report.failures["python"], BridgeError)
