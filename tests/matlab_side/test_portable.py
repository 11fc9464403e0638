"""The portable core under Octave: its own tests, and its forward pass as evidence of class `octave`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cases.check import check
from bridge.cases.example import example
from bridge.cases.reproduce.first_network import first_network
from bridge.comparing import Tolerance
from bridge.crossings import example_model
from bridge.files import mat, recordings
from bridge.recording import Recording

MATLAB = Path(__file__).resolve().parents[2] / "matlab"

# Sums of a dozen terms over 51 steps: some hundred roundings of the largest value.
EXACTLY = Tolerance(relative=1e-13, reason="the same recurrence in double precision")

RECORD = """
given = load('{folder}/input.mat');
network = bridge.read_network('{folder}/network.mat');
signals = struct('time', given.t, 'y', bridge.forward(network, given.u, 'Precision', 'double'));
signals.single = bridge.forward(network, given.u);
bridge.write_recording('{folder}/octave.mat', signals, struct('model', 'network.mat'));
disp(bridge.record_example('{folder}/case'));
"""


@pytest.fixture(scope="module")
def folder(octave: Callable[..., str], data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Octave has recorded the example's first network."""
    made = tmp_path_factory.mktemp("recorded")
    drawn = example()
    bridge.save(first_network(drawn), made / "network.mat")
    mat.write({"t": drawn.time, "u": drawn.input}, made / "input.mat")
    (made / "case").mkdir()
    for file in (data / "example").iterdir():
        (made / "case" / file.name).write_bytes(file.read_bytes())
    octave(RECORD.format(folder=made), ".")
    return made


@pytest.fixture
def recorded(folder: Path) -> Recording:
    return recordings.read(folder / "octave.mat")


def test_octave_runs_the_tests(octave: Callable[..., str]) -> None:
    printed = octave(MATLAB / "run_tests.m")
    passed, count = map(int, re.search(r"(\d+) of (\d+) tests passed", printed).groups())
    assert passed == count
    assert count == sum(file.read_text().count("\n%% ") for file in (MATLAB / "tests").glob("test_*.m"))


def test_a_failing_test_fails_the_run(octave: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "test_wrong.m").write_text("% Shared.\nx = 1;\n%% right\nassert(x == 1);\n%% wrong\nassert(x == 2);\n")
    printed = octave(f"assert(testing.run_files('{tmp_path}') == 1);", ".", "tests")
    assert "passed  test_wrong.m: right" in printed
    assert "FAILED  test_wrong.m: wrong" in printed


def test_the_recording_says_who_computed_it(recorded: Recording) -> None:
    assert recorded.evidence == "octave"
    assert str(recorded.origin["release"]).startswith("GNU Octave ")
    assert recorded.origin["model"] == "network.mat"
    assert {"platform", "date"} <= recorded.origin.keys()


def test_the_forward_pass_in_double(recorded: Recording) -> None:
    drawn = example()
    ours = bridge.predict(first_network(drawn), drawn.input, precision="double", engine="numpy")
    found = bridge.compare(Recording({"y": ours}, drawn.time.ravel()), recorded, signals=["y"], tolerance=EXACTLY)
    assert found.agrees, str(found)
    assert recorded["y"].dtype == np.float64


def test_the_forward_pass_in_single(recorded: Recording) -> None:
    drawn = example()
    ours = Recording({"single": bridge.predict(first_network(drawn), drawn.input)}, drawn.time.ravel())
    found = bridge.compare(ours, recorded, signals=["single"])
    assert found.agrees, str(found)
    assert recorded["single"].dtype == np.float32


def test_the_diagram(recorded: Recording) -> None:
    ours = bridge.simulate(example_model(), example().workspace)
    found = bridge.compare(ours, recorded, signals=["y"], tolerance=EXACTLY)
    assert found.agrees, str(found)


def test_a_changed_weight_is_seen(recorded: Recording) -> None:
    drawn = example()
    drawn.weights["W"][0, 0] *= 1 + 1e-9
    ours = bridge.predict(first_network(drawn), drawn.input, precision="double")
    assert not bridge.compare(Recording({"y": ours}, recorded.time), recorded, signals=["y"], tolerance=EXACTLY).agrees


def test_octave_is_a_side_of_the_case(folder: Path) -> None:
    report = check(folder / "case" / "without_licence.toml")
    assert report.status == 0, str(report)
    assert report.recordings["portable"].evidence == "octave"
    assert report.verdict.startswith("self-consistent")


def test_without_recordings_the_case_says_what_is_missing(folder: Path) -> None:
    report = check(folder / "case")
    assert report.status in (3, 4)
    assert set(report.failures) == {"matlab", "simulink"}
