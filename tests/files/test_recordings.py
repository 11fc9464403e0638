"""Recordings as files: what Simulink's blocks take, and the same numbers back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import bridge
from bridge.cli import main
from bridge.errors import FileError
from bridge.files import mat
from bridge.model import Model

DTYPES = st.sampled_from(["f8", "f4", "i1", "u2", "i4", "?"])


def recorded() -> bridge.Recording:
    values = {
        "y": np.arange(6.0).reshape(3, 2),
        "matrix": np.arange(18, dtype=np.int16).reshape(3, 3, 2),
        "flag": np.array([True, False, True]),
        "slow": np.array([1, 2], np.int8),
        "z": np.array([1 + 2j, 3, 4]),
    }
    return bridge.Recording(
        values, [0.0, 0.5, 1.0], times={"slow": [0.0, 1.0]}, evidence="octave", origin={"release": "9"}
    )


def assert_same(a: bridge.Recording, b: bridge.Recording) -> None:
    assert list(a) == list(b)
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], strict=True)
        np.testing.assert_array_equal(a.times[name], b.times[name])


def test_a_mat_file_gives_the_recording_back(tmp_path: Path) -> None:
    recorded().save(tmp_path / "r.mat")
    back = bridge.load(tmp_path / "r.mat")
    assert_same(back, recorded())
    assert back.evidence == "octave"
    assert back.origin["release"] == "9"


def test_each_signal_is_a_structure_with_time(tmp_path: Path) -> None:
    recorded().save(tmp_path / "r.mat")
    held = mat.read(tmp_path / "r.mat")
    signals = held["matrix"]["signals"]
    assert np.asarray(signals["values"]).shape == (3, 2, 3)
    assert np.asarray(signals["dimensions"]).tolist() == [[3.0, 2.0]]
    assert np.asarray(held["slow"]["time"]).tolist() == [[0.0], [1.0]]


@pytest.mark.parametrize("name", ["y", "matrix", "flag", "slow"])
def test_from_workspace_takes_what_is_saved(tmp_path: Path, name: str) -> None:
    recorded().save(tmp_path / "r.mat")
    model = Model.new("m")
    source = model.root.add("FromWorkspace", "source", VariableName=name, SampleTime="0.5")
    model.root.connect(source, model.root.add("Outport", "o"))
    model.configure(SolverType="Fixed-step", SolverName="FixedStepDiscrete", FixedStep="0.5", StopTime="1")
    held = bridge.simulate(model, tmp_path / "r.mat")["o"]
    expected = recorded()[name] if name != "slow" else np.array([1, 2, 2], np.int8)  # 1.5 is rounded up
    np.testing.assert_array_equal(held, expected, strict=True)


def test_what_is_saved_serves_as_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = bridge.Network([bridge.SequenceInput(2), bridge.LSTM(3)]).initialize(0)
    bridge.save(net, tmp_path / "net.mat")
    recorded().save(tmp_path / "r.mat")
    output = tmp_path / "out.mat"
    run = ["run", str(tmp_path / "net.mat"), "--input", str(tmp_path / "r.mat"), "--signal", "y"]
    assert main([*run, "--output", str(output)]) == 0
    np.testing.assert_array_equal(bridge.load(output)["y"], bridge.predict(net, recorded()["y"]))
    model = Model.new("m")
    model.root.connect(model.root.add("Inport", "y", PortDimensions="2"), model.root.add("Outport", "o"))
    model.configure(SolverType="Fixed-step", SolverName="FixedStepDiscrete", FixedStep="0.5", StopTime="1")
    bridge.save(model, tmp_path / "m.slx")
    held = bridge.Recording({"y": recorded()["y"]}, recorded().time)
    for ending in ("mat", "csv"):
        held.save(tmp_path / f"in.{ending}")
        run = ["run", str(tmp_path / "m.slx"), "--input", str(tmp_path / f"in.{ending}")]
        assert main([*run, "--output", str(output)]) == 0, capsys.readouterr().err
        np.testing.assert_array_equal(bridge.load(output)["o"], held["y"])


def test_octave_reads_it(tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    import subprocess

    recorded().save(tmp_path / "r.mat")
    code = "s = load('r.mat'); printf('%g ', s.y.signals.values, s.y.time, size(s.matrix.signals.values))"
    done = subprocess.run([require_tool("octave"), "-qf", "--eval", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == ["0", "2", "4", "1", "3", "5", "0", "0.5", "1", "3", "2", "3"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data(), st.integers(1, 4), st.lists(st.integers(1, 3), max_size=2))
def test_any_signal_comes_back(tmp_path: Path, data: st.DataObject, count: int, shape: list[int]) -> None:
    values = data.draw(arrays(data.draw(DTYPES), (count, *shape)))
    one = bridge.Recording({"x": values}, np.arange(count) / 4)
    one.save(tmp_path / "x.mat")
    back = bridge.load(tmp_path / "x.mat")["x"]
    # One column is a scalar signal, and of matrices MATLAB drops a trailing dimension of 1.
    np.testing.assert_array_equal(back.reshape(values.shape), values)
    assert back.dtype == values.dtype


def test_a_csv_table(tmp_path: Path) -> None:
    held = recorded()
    flat = bridge.Recording({name: held[name] for name in ("y", "flag")}, held.time)
    flat.save(tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_text().splitlines()[:2] == ["time,y[0],y[1],flag", "0.0,0.0,1.0,1"]
    back = bridge.load(tmp_path / "r.csv")
    np.testing.assert_array_equal(back["y"], held["y"])
    np.testing.assert_array_equal(back["flag"], held["flag"])
    for name, cause in (("z", "is complex"), ("slow", "has times of its own")):
        times = {name: held.times[name]} if name == "slow" else {}
        with pytest.raises(FileError, match=f"signal '{name}' {cause}"):
            bridge.Recording({name: held[name]}, held.time, times=times).save(tmp_path / "other.csv")
    assert not list(tmp_path.glob("other*"))


@pytest.mark.parametrize(
    "content",
    [
        "time,u\r\n0,1\r\n0.1,2.5\r\n".encode("utf-8-sig"),
        b"time;u\r\n0;1\r\n0,1;2,5\r\n",  # a spreadsheet where the comma is the decimal sign
        b"time;u\n0;1\n0.1;2.5\n",
        b"time\tu\n0\t1\n0.1\t2.5\n",
        b"Time [s],u\n0,1\n0.1,2.5\n",
        "time,u\r\n0,1\r\n0.1,2.5\r\n".encode("utf-16"),  # what a shell on Windows redirects into a file
    ],
)
def test_tables_of_other_programs(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    found = bridge.load(tmp_path / "t.csv")
    np.testing.assert_array_equal(found.time, [0, 0.1])
    np.testing.assert_array_equal(found["u"], [1, 2.5])


def test_a_table_with_commas_has_no_decimal_commas(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('time,u\n0,"2,5"\n')
    with pytest.raises(FileError, match="line 2, column u: '2,5' is no number"):
        bridge.load(tmp_path / "t.csv")


def test_a_table_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"time,gr\xf6\xdfe\n0,1\n")
    with pytest.raises(FileError, match=r"t\.csv: byte 7: is no text in UTF-8"):
        bridge.load(tmp_path / "t.csv")


def test_a_csv_table_without_names_loses_no_sample_in_silence(tmp_path: Path) -> None:
    (tmp_path / "bare.csv").write_text("0,1.5\n0.1,2.5\n")
    with pytest.raises(FileError, match=r"bare\.csv.*line 1.*numbers where the names"):
        bridge.load(tmp_path / "bare.csv")
