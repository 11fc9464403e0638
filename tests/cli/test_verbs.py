"""The verbs on good input: what they print, what they write, their exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cases.example import example
from bridge.cli import main
from bridge.crossings.example import example_model
from bridge.files import mat


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = tmp_path / "workspace.mat"
    mat.write(example().workspace, path)
    return path


def test_info_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(example_model()), "--json", "--strict"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["kind"] == "model"
    assert facts["block_types"]["Gain"] == 9
    assert facts["variables"] == ["F", "Nn", "R", "Ts", "W", "b", "c0", "h0", "t", "u"]
    assert facts["unsupported"] == []
    assert facts["blocks"] == sum(facts["block_types"].values())


def test_run_writes_what_simulate_returns(tmp_path: Path, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "y.mat"
    assert main(["run", str(example_model()), "--workspace", str(workspace), "--output", str(output)]) == 0
    assert "51 steps" in capsys.readouterr().out
    written = bridge.load(output)
    expected = bridge.simulate(example_model(), example().workspace)
    np.testing.assert_array_equal(written["y"], expected["y"])
    np.testing.assert_array_equal(written.time, expected.time)


def test_run_sets_and_logs(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(example_model())
    assert main(["run", path, "--workspace", str(workspace), "--log", "h(t)", "--stop-time", "0.2", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["signals"]["h(t)"]["size"] == [3, 3]


@pytest.mark.parametrize("ending", [".slx", ".mdl"])
def test_convert_keeps_the_result(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"copy{ending}"
    assert main(["convert", str(example_model()), str(target)]) == 0
    workspace = example().workspace
    original = bridge.simulate(example_model(), workspace)["y"]
    np.testing.assert_array_equal(bridge.simulate(target, workspace)["y"], original)


def test_classic_form(tmp_path: Path) -> None:
    target = tmp_path / "classic.mdl"
    assert main(["convert", str(example_model()), str(target), "--classic"]) == 0
    assert target.read_bytes().startswith(b"Model {")
    workspace = example().workspace
    original = bridge.simulate(example_model(), workspace)["y"]
    np.testing.assert_array_equal(bridge.simulate(target, workspace)["y"], original)


@pytest.mark.parametrize("ending", [".slx", ".mdl"])
def test_convert_goes_from_network_to_diagram_and_back(tmp_path: Path, ending: str) -> None:
    net = bridge.Network([bridge.SequenceInput(2), bridge.LSTM(3), bridge.FullyConnected(1)]).initialize(0)
    bridge.save(net, tmp_path / "net.mat")
    diagram, back = tmp_path / f"net{ending}", tmp_path / "back.mat"
    assert main(["convert", str(tmp_path / "net.mat"), str(diagram)]) == 0
    assert main(["convert", str(diagram), str(back)]) == 0
    again = bridge.load(back)
    for layer, name in (("lstm", "InputWeights"), ("lstm", "RecurrentWeights"), ("lstm", "Bias"), ("fc", "Weights")):
        np.testing.assert_array_equal(getattr(again[layer], name), getattr(net[layer], name))


def test_convert_takes_a_diagrams_variables(tmp_path: Path, workspace: Path) -> None:
    target = tmp_path / "net.onnx"
    assert main(["convert", str(example_model()), str(target), "--lstm", "--workspace", str(workspace)]) == 0
    np.testing.assert_array_equal(bridge.load(target)["lstm"].RecurrentWeights, example().weights["R"])


def test_reproduce_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "--json", "--engine", "numpy"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"id", "kind", "published", "computed", "agrees", "engine", "evidence"} <= rows[0].keys()
    assert all(row["agrees"] for row in rows if row["kind"] == "exact")


def test_no_verb_is_misuse_and_shows_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "a folder to play with" in capsys.readouterr().err


def test_a_verb_imports_nothing_heavy(workspace: Path) -> None:
    """A cold run must stay near the cost of importing numpy."""
    code = (
        "import sys; from bridge.cli import main; "
        f"main(['run', {str(example_model())!r}, '--workspace', {str(workspace)!r}]); "
        "heavy = 'scipy', 'h5py', 'torch', 'onnx', 'onnxruntime', 'rich', 'matplotlib'; "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_in_a_process_of_its_own_the_collector_rarely_looks_and_main_leaves_it_alone() -> None:
    seen = (
        "import atexit, gc, sys; from bridge import cli; before = gc.get_threshold(); model = sys.argv[1];"
        "assert cli.main(['info', model]) == 0 and gc.get_threshold() == before;"
        "sys.argv[1:] = ['info', model];"
        "atexit.register(lambda: print('at exit', gc.get_threshold()[0] > before[0]));"
        "cli.command()"
    )
    command = [sys.executable, "-c", seen, str(example_model())]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.endswith("at exit True\n")


@pytest.mark.parametrize(("verb", "given", "seen"), [("info", None, "1"), ("info", "2", "2"), ("reproduce", None, "-")])
def test_threads_are_for_training_alone_unless_the_user_says_so(verb: str, given: str | None, seen: str) -> None:
    code = (
        "import atexit, os, sys; from bridge import cli; sys.argv[1:] = [sys.argv[1], 'no such file'];"
        "cli.main = lambda: 0; atexit.register(lambda: print(os.environ.get('OMP_NUM_THREADS', '-'))); cli.command()"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    environment |= {} if given is None else {"OMP_NUM_THREADS": given}
    command = [sys.executable, "-c", code, verb]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert run.stdout.strip() == seen


def test_the_process_ends_with_the_status_and_all_that_was_printed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bridge", "check", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith("slbridge check: ")
    listed = subprocess.run(
        [sys.executable, "-m", "bridge", "info", str(example_model())], capture_output=True, text=True, check=True
    )
    assert "lstm_sim" in listed.stdout


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m bridge info {example_model()} | true"
    run = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert not run.stderr
