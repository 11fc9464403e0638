"""Every form in which people have recordings: times in seconds, units, names, class of evidence."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge.errors import EvidenceError
from bridge.files import recordings
from bridge.files.mat_signals import Dataset, Signal, SimulationOutput, Timeseries
from bridge.files.mat_tables import Timetable
from bridge.files.mat_times import Datetime, Duration
from bridge.matlab.values import Struct, to_matlab
from bridge.recording import Recording

TIME = np.array([[0.0], [0.5], [1.0]])
Y = np.array([[1.0], [2.0], [4.0]])
U = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def of(variables: dict[str, Any]) -> Recording:
    return recordings.from_variables(variables, "there.mat")


def series(data: Any = Y, **more: Any) -> Timeseries:
    return Timeseries(more.pop("time", TIME), data, **more)


def test_a_timeseries_with_its_unit_and_its_time_in_minutes() -> None:
    found = of({"speed": series(units="rad/s", time_units="minutes")})
    np.testing.assert_array_equal(found["speed"], [1, 2, 4])
    np.testing.assert_array_equal(found.times["speed"], [0, 30, 60])
    assert found.units == {"speed": "rad/s"}
    assert found.evidence == "foreign"


def test_a_timeseries_of_matrices() -> None:
    data = np.arange(12.0).reshape(2, 2, 3)
    np.testing.assert_array_equal(of({"m": series(data, time_first=False)})["m"], np.moveaxis(data, -1, 0))


def test_a_dataset_with_names_blocks_and_ports() -> None:
    elements = (
        Signal("speed", series(units="m/s")),
        Signal("", series(U), ("plant/Sub/Demux",), 2),
        Signal("", series(), ("plant/Sub/Gain",), 1),
        Signal("speed", series(2 * Y)),
    )
    found = of({"logsout": Dataset("logsout", elements)})
    assert list(found) == ["speed", "plant/Sub/Demux:2", "plant/Sub/Gain", "speed#2"]
    np.testing.assert_array_equal(found["plant/Sub/Demux:2"], U)
    np.testing.assert_array_equal(found["speed#2"], [2, 4, 8])
    assert found.evidence == "simulink"
    assert found.units == {"speed": "m/s"}


def test_a_bus() -> None:
    bus = Struct({"a": series(), "b": series(U)})
    found = of({"logsout": Dataset("logsout", (Signal("bus", bus),))})
    assert list(found) == ["bus.a", "bus.b"]


def test_a_simulation_output_with_its_own_clock() -> None:
    held = SimulationOutput({
        "tout": TIME,
        "y": U,
        "logsout": Dataset("logsout", (Signal("slow", series(Y[:2], time=TIME[[0, 2]])),)),
        "with": to_matlab({"time": np.zeros((0, 0)), "signals": {"values": Y, "dimensions": 1.0, "label": "w"}}),
    })  # fmt: skip
    found = of({"out": held})
    assert list(found) == ["y", "slow", "with"]
    np.testing.assert_array_equal(found.time, [0, 0.5, 1])
    np.testing.assert_array_equal(found.times["slow"], [0, 1])
    np.testing.assert_array_equal(found["with"], [1, 2, 4])
    assert found.evidence == "simulink"


def test_timetables_by_duration_and_by_date() -> None:
    columns = {"y": Y, "u": U, "word": object()}
    lengths = Timetable(columns, 3, units=("V", "", ""), times=Duration(1000 * TIME, "s"))
    found = of({"log": lengths})
    assert list(found) == ["y", "u"]
    np.testing.assert_array_equal(found.time, [0, 0.5, 1])
    assert found.units == {"y": "V"}
    dates = Timetable({"y": Y}, 3, times=Datetime(1.7e12 + 1000 * TIME, 0 * TIME))
    np.testing.assert_array_equal(of({"log": dates}).time, [0, 0.5, 1])


def test_plain_matrices_with_a_time_column_or_row() -> None:
    found = of({"log": np.hstack([TIME, U])})
    np.testing.assert_array_equal(found["log"], U)
    np.testing.assert_array_equal(found.time, [0, 0.5, 1])
    long = np.linspace(0, 1, 11)
    np.testing.assert_array_equal(of({"ans": np.stack([long, long**2])})["ans"], long**2)  # as To File writes it


@pytest.mark.parametrize("value", [np.ones((3, 3)), np.array([[0.0, 1.0]]), np.array([[1.0, 2], [0, 1]]), TIME])
def test_a_matrix_without_a_time_column_is_no_recording(value: Any) -> None:
    with pytest.raises(EvidenceError, match="holds no signals over time"):
        of({"weights": value})


def test_arrays_beside_a_clock_are_not_taken_for_ones_with_a_column() -> None:
    found = of({"time": TIME, "u": np.hstack([TIME, U])})
    assert found["u"].shape == (3, 3)


def test_signals_of_any_name_come_back(tmp_path: Path) -> None:
    held = Recording(
        {"plant/Gain:1": Y.ravel(), "plant/Gain 1": U, "sum f": Y.ravel(), "y": U, "2nd": Y.ravel()}, TIME.ravel()
    )
    bridge.save(held, tmp_path / "r.mat")
    back = recordings.read(tmp_path / "r.mat")
    assert list(back) == list(held)
    for name in held:
        np.testing.assert_array_equal(back[name], held[name])


def test_what_octave_saves(tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    code = (
        "t = (0:0.5:1)'; s.time = t; s.signals.values = [t 2*t]; s.signals.dimensions = 2; s.signals.label = 'l';"
        "save('-v7', 'struct.mat', 's'); m = [t t.^2]; save('-v7', 'matrix.mat', 'm');"
        "y = sin(t); z = int8([1;2;3]); time = t; recording_about.evidence = 'octave';"
        "recording_about.release = OCTAVE_VERSION(); save('-v7', 'plain.mat', 'time', 'y', 'z', 'recording_about');"
    )
    subprocess.run([require_tool("octave"), "-qf", "--eval", code], cwd=tmp_path, check=True, capture_output=True)
    time = np.array([0, 0.5, 1])
    found = {name: recordings.read(tmp_path / f"{name}.mat") for name in ("struct", "matrix", "plain")}
    np.testing.assert_array_equal(found["struct"]["s"], np.stack([time, 2 * time], 1))
    np.testing.assert_array_equal(found["matrix"]["m"], time**2)
    np.testing.assert_allclose(found["plain"]["y"], np.sin(time), rtol=1e-15)
    assert found["plain"]["z"].dtype == np.int8
    assert [one.evidence for one in found.values()] == ["foreign", "foreign", "octave"]
    for one in found.values():
        np.testing.assert_array_equal(one.time, time)
        assert "file" in one.origin
    assert found["plain"].origin["release"]


def test_a_csv_table_with_a_capital_time(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("Time,y(1),y(2)\n0,1,2\n0.5,3,4\n")
    found = recordings.read(tmp_path / "log.csv", "simulink")
    assert found["y"].shape == (2, 2)
    assert found.evidence == "simulink"
