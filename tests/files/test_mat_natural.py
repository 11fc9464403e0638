"""Objects of well-known classes as values of their own, from properties as files written by MATLAB store them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from mat_subsystem import Subsystem, string_words

from bridge.files import mat
from bridge.files.mat_maps import Map
from bridge.files.mat_objects import MatObject, MatObjectArray
from bridge.files.mat_signals import Dataset, Parameter, Signal, SimulationOutput, Timeseries
from bridge.files.mat_tables import Categorical, Table, Timetable
from bridge.files.mat_times import CalendarDuration, Datetime, Duration
from bridge.linear_system import LinearSystem
from bridge.matlab.values import Cell, Char, String, Struct, object_array, same

NOTHING = np.zeros((0, 0))


@pytest.fixture
def subsystem() -> Subsystem:
    return Subsystem()


def read(subsystem: Subsystem, column: Any, natural: bool = True) -> Any:
    """The object in a file of either kind; both must give the same, as far as its text tells."""
    found = [
        mat.read_bytes(data, natural=natural)["x"]
        for data in (subsystem.mat5({"x": ("K", column)}), subsystem.mat73({"x": ("K", column)}))
    ]
    assert repr(found[0]) == repr(found[1])
    return found[0]


def made(subsystem: Subsystem, class_name: str, properties: Mapping[str, Any], natural: bool = True) -> Any:
    return read(subsystem, subsystem.make(class_name, properties), natural)


def row(*items: Any) -> Cell:
    return Cell.row(items)


# text


@pytest.mark.parametrize(
    ("texts", "shape"),
    [(["Hello"], (1, 1)), ([""], (1, 1)), (["a", "bçd", "😀", ""], (2, 2)), ([], (0, 1)), (["a", None], (1, 2))],
)
def test_strings(subsystem: Subsystem, texts: list[str | None], shape: tuple[int, int]) -> None:
    found = read(subsystem, subsystem.string(*texts, shape=shape))
    assert isinstance(found, String)
    assert found.shape == shape
    assert list(found) == texts


def test_the_words_of_a_string_as_matlab_wrote_them(subsystem: Subsystem) -> None:
    """`"Hello"`: version 1, two dimensions, 1 x 1, five characters, then UTF-16 in 64-bit words."""
    words = np.array([[1, 2, 1, 1, 5, 0x006C006C00650048, 0x6F]], np.uint64)
    assert made(subsystem, "string", {"any": words}) == String("Hello")
    assert np.array_equal(string_words(["Hello"], (1, 1)), words)


@pytest.mark.parametrize(
    "words",
    [
        [2, 2, 1, 1, 0],
        [1, 2, 1, 1, 9, 5],
        [1, 2, 3, 3, 0],
        [1, 99, 1, 1, 0],
        [1, 2],
        [1, 2, 2**40, 2**40, 0],
        [1, 2, 1, 1, 2**63],
    ],
)
def test_strings_of_an_unknown_form_stay_objects(subsystem: Subsystem, words: list[int]) -> None:
    found = made(subsystem, "string", {"any": np.array([words], np.uint64)})
    assert isinstance(found, MatObject)
    assert found.class_name == "string"


def test_nothing_is_converted_unless_asked(subsystem: Subsystem) -> None:
    found = read(subsystem, subsystem.string("a"), natural=False)
    assert isinstance(found, MatObject)
    assert found["any"].dtype == np.uint64


# time


def test_datetimes(subsystem: Subsystem) -> None:
    data = np.array([[1743508800000.0 + 0.25j, 1743508800500.0, np.nan]])
    found = made(subsystem, "datetime", {"fmt": "yyyy", "tz": "America/New_York", "data": data})
    assert isinstance(found, Datetime)
    assert (found.shape, found.timezone, found.format) == ((1, 3), "America/New_York", "yyyy")
    expected = np.array([["2025-04-01T12:00:00.000250", "2025-04-01T12:00:00.500000", "NaT"]], "datetime64[us]")
    assert np.array_equal(found.to_numpy(), expected, equal_nan=True)


def test_datetimes_far_away_and_of_no_size(subsystem: Subsystem) -> None:
    found = made(subsystem, "datetime", {"fmt": "", "tz": "", "data": np.array([[-1e14, np.inf, -1.5]])})
    assert found.to_numpy().tolist()[0][2].isoformat() == "1969-12-31T23:59:59.998500"
    assert np.isnat(found.to_numpy()[0, 1])
    assert found.to_numpy()[0, 0] == np.datetime64(-(10**17), "us")
    assert made(subsystem, "datetime", {"fmt": "", "tz": "", "data": NOTHING}).to_numpy().shape == (0, 0)


def test_durations(subsystem: Subsystem) -> None:
    found = made(subsystem, "duration", {"millis": np.array([[1500.0], [0.001]]), "fmt": "s"})
    assert isinstance(found, Duration)
    assert found.seconds.tolist() == [[1.5], [1e-6]]
    assert found.to_numpy().tolist()[0][0].total_seconds() == 1.5
    assert found.to_numpy()[1, 0] == np.timedelta64(1, "us")


def test_calendar_durations_spread_scalars(subsystem: Subsystem) -> None:
    parts = {"months": 1.0, "days": np.array([[1.0, 2.0]]), "millis": 0.0}
    found = made(subsystem, "calendarDuration", {"components": parts, "fmt": "ymdt"})
    assert isinstance(found, CalendarDuration)
    assert (found.shape, found.months.tolist(), found.days.tolist()) == ((1, 2), [[1, 1]], [[1, 2]])


# tables


def table(subsystem: Subsystem, data: Cell, names: Cell, rows: int = 2, **about: Any) -> dict[str, Any]:
    return {
        "data": data, "ndims": 2.0, "nrows": float(rows), "rownames": about.pop("rownames", Cell()),
        "nvars": float(names.size), "varnames": names,
        "props": {"VariableUnits": Cell(), "VariableDescriptions": Cell(), "Description": "", **about},
    }  # fmt: skip


def test_tables(subsystem: Subsystem) -> None:
    words = subsystem.string("a", "b", shape=(2, 1))
    times = subsystem.make("duration", {"millis": np.array([[1.0], [2.0]]), "fmt": "s"})
    stored = table(
        subsystem, row(np.array([[1.0], [2.0]]), words, times), row("n", "w", "t"),
        rownames=row("r1", "r2"), VariableUnits=row("m", "", "s"), Description="about",
    )  # fmt: skip
    found = made(subsystem, "table", stored)
    assert isinstance(found, Table)
    assert (list(found), found.rows, found.row_names, len(found)) == (["n", "w", "t"], 2, ("r1", "r2"), 3)
    assert (found.units, found.description) == (("m", "", "s"), "about")
    assert list(found["w"]) == ["a", "b"]
    assert found["t"].seconds.tolist() == [[0.001], [0.002]]


def test_a_table_with_names_for_other_columns_stays_an_object(subsystem: Subsystem) -> None:
    assert isinstance(made(subsystem, "table", table(subsystem, row(1.0), row("a", "b"))), MatObject)
    assert isinstance(made(subsystem, "table", {"unheard": "of"}), MatObject)


def timetable(subsystem: Subsystem, times: Any, rows: int = 3) -> Any:
    stored = {
        "data": row(np.ones((rows, 1))), "varNames": row("v"), "numRows": float(rows), "rowTimes": times,
        "dimNames": row("Time", "Variables"), "varUnits": Cell(), "varDescriptions": Cell(),
        "arrayProps": {"Description": "d"},
    }  # fmt: skip
    return made(subsystem, "timetable", {"any": stored})


def test_timetables(subsystem: Subsystem) -> None:
    found = timetable(subsystem, subsystem.make("duration", {"millis": np.array([[1.0], [2.0], [4.0]]), "fmt": "s"}))
    assert isinstance(found, Timetable)
    assert (found.time_name, found.description, list(found)) == ("Time", "d", ["v"])
    assert isinstance(found.times, Duration)
    assert found.times.milliseconds.tolist() == [[1], [2], [4]]


@pytest.mark.parametrize(
    ("origin", "by_rate", "expected"),
    [("duration", True, [[500.0], [510.0], [520.0]]), ("duration", False, [[500.0], [750.0], [1000.0]]),
     ("datetime", False, [[500.0], [750.0], [1000.0]])],
)  # fmt: skip
def test_regular_timetables(subsystem: Subsystem, origin: str, by_rate: bool, expected: list[list[float]]) -> None:
    """Rate 100 Hz: every 10 ms; step 250 ms. The times are not stored, only where they begin."""
    start = {"millis": 500.0, "fmt": "s"} if origin == "duration" else {"data": 500.0, "tz": "", "fmt": ""}
    step = subsystem.make("duration", {"millis": 250.0, "fmt": "s"})
    regular = {
        "origin": subsystem.make(origin, start),
        "specifiedAsRate": by_rate,
        "stepSize": step,
        "sampleRate": 100.0,
    }
    found = timetable(subsystem, regular)
    assert found.times.milliseconds.tolist() == expected


def test_a_timetable_in_calendar_steps_stays_an_object(subsystem: Subsystem) -> None:
    step = subsystem.make("calendarDuration", {"components": {"months": 1.0, "days": 0.0, "millis": 0.0}, "fmt": "m"})
    start = subsystem.make("datetime", {"data": 0.0, "tz": "", "fmt": ""})
    regular = {"origin": start, "specifiedAsRate": False, "stepSize": step, "sampleRate": np.nan}
    assert isinstance(timetable(subsystem, regular), MatObject)


def test_categoricals(subsystem: Subsystem) -> None:
    codes = np.array([[2, 0], [1, 2]], np.uint8)
    stored = {"categoryNames": Cell.column(["lo", "hi"]), "codes": codes, "isProtected": False, "isOrdinal": True}
    found = made(subsystem, "categorical", stored)
    assert isinstance(found, Categorical)
    assert found.labels.tolist() == [["hi", None], ["lo", "hi"]]
    assert (found.categories, found.ordinal, found.shape) == (("lo", "hi"), True, (2, 2))
    beyond = {**stored, "codes": np.array([[3]], np.uint8)}
    assert isinstance(made(subsystem, "categorical", beyond), MatObject)


# maps


def test_container_maps(subsystem: Subsystem) -> None:
    stored = {
        "keys": row("a", "b"),
        "values": row(1.0, "x"),
        "uniformity": False,
        "keyType": "char",
        "valueType": "any",
    }
    found = made(subsystem, "containers.Map", {"serialization": stored})
    assert isinstance(found, Map)
    assert (list(found), found["a"], found["b"], found.key_type) == (["a", "b"], 1, Char("x"), "char")
    numbers = {**stored, "keys": row(1.0, 2.5), "keyType": "double"}
    assert list(made(subsystem, "containers.Map", {"serialization": numbers})) == [1.0, 2.5]
    fewer = {**stored, "values": row(1.0)}
    assert isinstance(made(subsystem, "containers.Map", {"serialization": fewer}), MatObject)


def test_dictionaries(subsystem: Subsystem) -> None:
    keys = subsystem.string("x", "y", shape=(2, 1))
    stored = {"Version": np.uint64(1), "IsKeyCombined": True, "IsValueCombined": True, "Key": keys}
    found = made(subsystem, "dictionary", {"data": {**stored, "Value": np.array([[10.0], [20.0]])}})
    assert isinstance(found, Map)
    assert {key: value.item() for key, value in found.items()} == {"x": 10, "y": 20}
    found = made(subsystem, "dictionary", {"data": {**stored, "Key": np.array([[1.0], [2.0]]), "Value": keys}})
    assert {key: value.text for key, value in found.items()} == {1.0: "x", 2.0: "y"}
    assert made(subsystem, "dictionary", {"data": {"Version": np.uint64(1), "Unconfigured": True}}) == {}


# Simulink


def timeseries(
    subsystem: Subsystem, data: Any, *, time: Any = None, first: bool = True, storage: Any = None, **more: Any
) -> Any:
    interpolation = subsystem.make(
        "tsdata.interpolation", {"Name": more.pop("interpolation", "linear"), "Version": 10.1}
    )
    about = subsystem.make("tsdata.datametadata", {"Units": "V", "Interpolation": interpolation, "Version": 10.1})
    clock = {
        "Units": "seconds",
        "StartDate": "",
        "Length": 0.0,
        "Time_": None,
        "Increment_": None,
        "Start_": None,
        **more,
    }
    if time is not None:
        clock["Time_"] = time
    stored = {
        "Name": "speed", "DataInfo": about, "TimeInfo": subsystem.make("tsdata.timemetadata", clock), "Data_": data,
        "Time_": None, "IsTimeFirst_": first, "Storage_": storage,
    }  # fmt: skip
    return subsystem.make("timeseries", stored)


def test_a_timeseries_with_its_times(subsystem: Subsystem) -> None:
    time, data = np.array([[0.0], [0.5], [2.0]]), np.arange(6.0).reshape(3, 2)
    found = read(subsystem, timeseries(subsystem, data, time=time, interpolation="zoh"))
    assert isinstance(found, Timeseries)
    assert same(found.time, time)
    assert same(found.data, data)
    assert same(found.samples, data)
    assert (found.name, found.units, found.time_units, found.interpolation) == ("speed", "V", "seconds", "zoh")


def test_a_timeseries_with_regular_times(subsystem: Subsystem) -> None:
    found = read(subsystem, timeseries(subsystem, np.ones((4, 1)), Length=4.0, Increment_=0.25, Start_=1.0))
    assert found.time.tolist() == [[1.0], [1.25], [1.5], [1.75]]


def test_a_timeseries_of_matrices_has_time_last(subsystem: Subsystem) -> None:
    data = np.arange(12.0).reshape(2, 3, 2)
    found = read(subsystem, timeseries(subsystem, data, time=np.array([[0.0], [1.0]]), first=False))
    assert found.data.shape == (2, 3, 2)
    assert found.samples.shape == (2, 2, 3)
    assert same(found.samples[1], data[..., 1])
    once = read(subsystem, timeseries(subsystem, np.ones((2, 3)), time=np.array([[0.0]]), first=False))
    assert once.samples.shape == (1, 2, 3)


def test_a_timeseries_as_a_simulation_streams_it(subsystem: Subsystem) -> None:
    """The data lie with time along the last axis; the timeseries has it first."""
    streamed = {
        "IsTimeStorageFirst": False,
        "Data": np.array([[1.0, 2.0, 3.0]]),
        "SampleDimensions": 1.0,
        "Version": 10.1,
    }
    storage = subsystem.make("tsdata.StreamingStorage", streamed)
    found = read(subsystem, timeseries(subsystem, None, time=np.array([[0.0], [1.0], [2.0]]), storage=storage))
    assert found.data.tolist() == [[1], [2], [3]]


def test_a_timeseries_that_does_not_fit_stays_an_object(subsystem: Subsystem) -> None:
    assert isinstance(read(subsystem, timeseries(subsystem, np.ones((4, 1)), time=np.array([[0.0]]))), MatObject)
    assert isinstance(
        read(subsystem, timeseries(subsystem, np.ones((4, 1)), Length=1e12, Increment_=1.0, Start_=0.0)), MatObject
    )


def test_simulation_output(subsystem: Subsystem) -> None:
    metadata = subsystem.make("Simulink.SimulationMetadata", {"UserString": "run 1"})
    series = timeseries(subsystem, np.ones((2, 1)), time=np.array([[0.0], [1.0]]))
    stored = {"Data": {"tout": np.array([[0.0], [1.0]]), "y": series}, "Metadata": metadata, "ErrorMessage": ""}
    found = made(subsystem, "Simulink.SimulationOutput", stored)
    assert isinstance(found, SimulationOutput)
    assert list(found) == ["tout", "y"]
    assert isinstance(found["y"], Timeseries)
    assert found.metadata["UserString"] == "run 1"
    assert found.error == ""


def test_a_dataset_of_signals(subsystem: Subsystem) -> None:
    path = subsystem.make("Simulink.SimulationData.BlockPath", {"path": row("m/A"), "sub": ""})
    series = timeseries(subsystem, np.ones((2, 1)), time=np.array([[0.0], [1.0]]))
    signal = subsystem.make(
        "Simulink.SimulationData.Signal",
        {"Name": "v", "BlockPath": path, "PortType": "outport", "PortIndex": 2.0, "Values": series},
    )
    other = subsystem.make("Simulink.SimulationData.Signal", {"Name": "w", "BlockPath": path, "Values": {"a": series}})
    storage = subsystem.make(
        "Simulink.SimulationData.Storage.RamDatasetStorage", {"any": {"Version": 1.0, "Elements": row(signal, other)}}
    )
    found = made(
        subsystem, "Simulink.SimulationData.Dataset", {"any": {"Name": "logsout", "Version": 3.0, "Storage": storage}}
    )
    assert isinstance(found, Dataset)
    assert (found.name, len(found), found.names()) == ("logsout", 2, ["v", "w"])
    assert found["v"] is found[0]
    assert isinstance(found["v"], Signal)
    assert (found["v"].block_path, found["v"].port, found["v"].kind) == (("m/A",), 2, "signal")
    assert isinstance(found["v"].values, Timeseries)
    assert isinstance(found["w"].values["a"], Timeseries)
    with pytest.raises(KeyError, match="no element 'q'; there are v, w"):
        found["q"]


def test_a_dataset_whose_elements_are_structures(subsystem: Subsystem) -> None:
    """As logging to a file stores them: `CompressedTime` is start, step and number of samples."""
    leaf = {
        "LeafMarker": "\ufeff", "ElementType": "timeseries", "Name": "x", "Data": np.arange(6.0).reshape(3, 2),
        "CompressedTime": np.array([[0.0, 0.5, 3.0]]), "StartDate": "", "InterpMethod": "linear",
        "DataUnits": {"Class": "char", "Value": "m"}, "SignalAttributes": {"Dimension": np.uint32(2)},
    }  # fmt: skip
    state = {"ElementType": "state", "Name": "s", "BlockPath": row("m/Int"), "StateType": "CSTATE", "Values": leaf}
    storage = subsystem.make(
        "Simulink.SimulationData.Storage.MatFileDatasetStorage",
        {"Version_": 4.0, "any": {"Version": 4.0, "Elements": row(state)}},
    )
    stored = {"Version_": 3.0, "any": {"Name": "xout", "Version": 3.0, "Storage": storage}}
    found = made(subsystem, "Simulink.SimulationData.Dataset", stored)
    assert (found["s"].kind, found["s"].block_path, found["s"].port) == ("state", ("m/Int",), 0)
    assert found["s"].values.time.tolist() == [[0], [0.5], [1]]
    assert found["s"].values.units == "m"
    assert same(found["s"].values.data, np.arange(6.0).reshape(3, 2))


def test_a_dataset_whose_data_lie_elsewhere_stays_an_object(subsystem: Subsystem) -> None:
    leaf = {"LeafMarker": "\ufeff", "ElementType": "timeseries", "Name": "x", "DataR2": 0.0}
    state = {"ElementType": "state", "Name": "s", "BlockPath": row("m/Int"), "Values": leaf}
    storage = subsystem.make("Simulink.SimulationData.Storage.MatFileDatasetStorage", {"any": {"Elements": row(state)}})
    found = made(subsystem, "Simulink.SimulationData.Dataset", {"any": {"Name": "xout", "Storage": storage}})
    assert isinstance(found, MatObject)


def test_parameters(subsystem: Subsystem) -> None:
    found = made(subsystem, "Simulink.Parameter", {"Value": np.array([[1.0, 2.0]]), "DataType": "single", "Min": None})
    assert isinstance(found, Parameter)
    assert same(found.value, np.array([[1.0, 2.0]]))
    assert (found.data_type, list(found.properties)) == ("single", ["Value", "DataType", "Min"])


def test_an_array_of_natural_values(subsystem: Subsystem) -> None:
    numbers = [subsystem.add("Simulink.Parameter", {"Value": float(k), "DataType": "auto"}) for k in range(2)]
    found = read(subsystem, subsystem.column(*numbers, shape=(1, 2)))
    assert isinstance(found, MatObjectArray)
    assert [item.value.item() for item in found] == [0, 1]


# systems


def state_space(subsystem: Subsystem, **more: Any) -> Any:
    data = {
        "a": np.array([[-1.0, 0], [1, 0]]), "b": np.array([[1.0], [0]]), "c": np.array([[0, 2.0]]), "d": 0.0, "e": None,
        "Delay": {"Input": 0.0, "Output": 0.0, "Internal": np.zeros((0, 1))}, "Ts": 0.1, **more,
    }  # fmt: skip
    return made(subsystem, "ss", {"IOSize_": np.array([[1.0, 1.0]]), "Data_": subsystem.make("ltipack.ssdata", data)})


def test_state_space_systems(subsystem: Subsystem) -> None:
    found = state_space(subsystem)
    assert isinstance(found, LinearSystem)
    assert (found.A.tolist(), found.C.tolist(), found.D.tolist(), found.Ts) == ([[-1, 0], [1, 0]], [[0, 2]], [[0]], 0.1)
    assert state_space(subsystem, Ts=0.0).Ts is None
    assert isinstance(state_space(subsystem, e=np.eye(2)), MatObject), "a descriptor system"
    assert isinstance(state_space(subsystem, Delay={"Input": 0.5, "Output": 0.0}), MatObject), "a delay"
    assert isinstance(state_space(subsystem, c=np.ones((1, 5))), MatObject), "sizes that do not fit"


def test_every_class_has_its_converter() -> None:
    from importlib import import_module

    from bridge.files import mat_natural

    for name, home in mat_natural._HOMES.items():
        assert callable(import_module(f"bridge.files.{home}").CONVERTERS[name]), name
    assert mat_natural.natural(MatObject("unheard.Of")).class_name == "unheard.Of"
    assert same(object_array([1], (1, 1)), np.array([[1]], object))
    assert isinstance(Struct(), Struct)
