"""Sinks: what is recorded, when, and under which name."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import ENGINES, run

from bridge.errors import ModelError, ParameterError, UnsupportedBlock
from bridge.model import Model
from bridge.recording import Recording
from bridge.simulation import Simulator

U = np.arange(10.0, 20.0)


def fed(kind: str, **parameters: object) -> Model:
    """An Inport into a sink, and into an Outport that runs at every step."""
    model = Model.new("m")
    root = model.root
    root.add("Inport", "u")
    if "/" in kind:
        root.add("Reference", "sink", SourceBlock=kind, **parameters)
    else:
        root.add(kind, "sink", **parameters)
    root.add("Outport", "y")
    root.connect("u", "sink")
    root.connect("u", "y")
    return model


def recorded(kind: str, **parameters: object) -> Recording:
    return run(fed(kind, **parameters), inputs={"u": U}, step=1, stop_time=9)


def test_an_outport_is_recorded_under_its_name() -> None:
    model = Model.new("m")
    model.root.add("Inport", "u")
    model.root.add("Outport", "two\nlines")
    model.root.connect("u", "two\nlines")
    recording = run(model, inputs={"u": U}, step=1, stop_time=9)
    assert list(recording) == ["two lines"]
    np.testing.assert_array_equal(recording["two lines"], U)
    np.testing.assert_array_equal(recording.time, np.arange(10.0))


@pytest.mark.parametrize(("kind", "name"), [("ToWorkspace", "VariableName"), ("ToFile", "MatrixName")])
def test_a_variable_is_recorded_under_its_name(kind: str, name: str) -> None:
    recording = recorded(kind, **{name: "out"})
    assert set(recording) == {"out", "y"}
    np.testing.assert_array_equal(recording["out"], U)


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({"Decimation": 3}, [0, 3, 6, 9]),
        ({"MaxDataPoints": 4}, [6, 7, 8, 9]),  # the last ones are kept
        ({"MaxDataPoints": 2, "Decimation": 4}, [4, 8]),
        ({"SampleTime": 4}, [0, 4, 8]),
        ({"SampleTime": 2, "Decimation": 2}, [0, 4, 8]),
        ({"SampleTime": "[4 1]"}, [1, 5, 9]),
    ],
)
def test_fewer_samples(options: dict[str, object], rows: list[int]) -> None:
    recording = recorded("ToWorkspace", VariableName="out", **options)
    np.testing.assert_array_equal(recording["out"], U[rows])
    np.testing.assert_array_equal(recording.times["out"], rows)
    np.testing.assert_array_equal(recording["y"], U)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Timeseries", "Timeseries"),
        ("Structure With Time", "Structure With Time"),
        ("StructureWithTime", "Structure With Time"),
        ("Structure", "Structure"),
        ("Array", "Array"),
        ("Matrix", "Array"),
    ],
)
def test_the_format_that_matlab_would_see_travels_along(written: str, meant: str) -> None:
    simulator = Simulator(fed("ToWorkspace", SaveFormat=written), step=1, stop_time=1)
    (output,) = (output for output in simulator.program.outputs if output.kind == "workspace")
    assert output.options["format"] == meant
    assert output.options["matrices"].startswith("3-D array")


def test_numbers_of_samples_that_are_none() -> None:
    with pytest.raises(ParameterError, match="Decimation"):
        recorded("ToWorkspace", Decimation=0)
    with pytest.raises(ParameterError, match="MaxDataPoints"):
        recorded("ToWorkspace", MaxDataPoints=0)
    with pytest.raises(UnsupportedBlock, match="SaveFormat"):
        recorded("ToWorkspace", SaveFormat="Dataset")


def test_two_signals_of_one_name_are_refused() -> None:
    with pytest.raises(ModelError, match="'y' is recorded by another block"):
        recorded("ToWorkspace", VariableName="y")


def test_signals_of_every_shape_and_type() -> None:
    for array in (np.zeros((2, 3, 4)), np.ones((2, 5), np.int8), np.array([True, False])):
        recording = run(fed("ToWorkspace"), inputs={"u": array}, step=1, stop_time=1)
        np.testing.assert_array_equal(recording["simout"], array)
        assert recording["simout"].dtype == array.dtype


@pytest.mark.parametrize("kind", ["Terminator", "Scope", "Display", "Assertion", "simulink/Sinks/XY Graph"])
def test_what_only_shows_records_nothing(kind: str) -> None:
    assert list(recorded(kind)) == ["y"]


def test_a_scope_takes_as_many_inputs_as_it_has_ports() -> None:
    model = fed("Scope")
    model.root.add("Inport", "v")
    model.root.connect("v", "sink/2")
    assert len(ENGINES) >= 1
    assert list(run(model, inputs={"u": U, "v": U}, step=1, stop_time=9)) == ["y"]


@pytest.mark.parametrize("dtype", ["bool", "float64", "int8"])
def test_a_stop_ends_the_simulation_after_its_step(dtype: str) -> None:
    model = fed("Stop")
    model.root.add("UnitDelay", "x")
    model.root.add("Outport", "z", Port=2)
    model.root.connect("u", "x")
    model.root.connect("x", "z")
    signal = np.array([0, 0, 0, 1, 0, 1], dtype)
    recording = run(model, inputs={"u": signal}, step=1, stop_time=5)
    assert set(recording) == {"y", "z"}
    assert recording["y"].tolist() == signal[:4].tolist()
    assert recording.time.tolist() == [0, 1, 2, 3]
    assert dict(recording.state)["m/x"] == signal[3]
    assert len(run(model, inputs={"u": np.zeros(6, dtype)}, step=1, stop_time=5)["y"]) == 6


def test_a_stop_looks_at_every_element() -> None:
    signal = np.zeros((5, 3))
    signal[2, 1] = -0.5
    assert len(run(fed("Stop"), inputs={"u": signal}, step=1, stop_time=4)["y"]) == 3
