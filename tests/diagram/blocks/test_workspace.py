"""FromWorkspace, against its documented behaviour written out sample by sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block

from bridge.errors import ParameterError, UnsupportedBlock

AFTER = ("Extrapolation", "Setting to zero", "Holding final value")
TIMES = np.array([0.5, 1.0, 2.0, 2.0, 3.0])
VALUES = np.array([1.0, 3.0, 5.0, -1.0, 0.0])
NOW = 0.25 * np.arange(17)


def between(t: float, times: np.ndarray, values: np.ndarray, after: str) -> Any:
    """Interpolated: the segment around t, the first or last one beyond the ends, at a repeated time the later value."""
    if t > times[-1] and after != "Extrapolation":
        return values[-1] * (after == "Holding final value")
    k = 0
    while k < len(times) - 2 and t >= times[k + 1]:
        k += 1
    t1, t2 = times[k], times[k + 1]
    if t1 == t2:
        return values[k] if t < t1 else values[k + 1]
    f = (t2 - t) / (t2 - t1)
    return f * values[k] + (1 - f) * values[k + 1]


def held(t: float, times: np.ndarray, values: np.ndarray, after: str) -> Any:
    """Without interpolation: zero before the first time, then the last value at or before t."""
    if t < times[0] or (t > times[-1] and after == "Setting to zero"):
        return 0 * values[0]
    return values[max(k for k in range(len(times)) if times[k] <= t)]


def played(workspace: dict[str, Any], name: str = "v", **parameters: object) -> np.ndarray:
    return np.asarray(
        one_block("FromWorkspace", steps=17, step=0.25, workspace=workspace, VariableName=name, **parameters)
    )


@pytest.mark.parametrize("after", AFTER)
def test_a_matrix_is_interpolated(after: str) -> None:
    y = played({"t": TIMES[:, None], "u": VALUES[:, None]}, "[t u]", OutputAfterFinalValue=after)
    assert y.tolist() == [between(t, TIMES, VALUES, after) for t in NOW]


@pytest.mark.parametrize("times", [[1.0, 1.0, 2.0], [0.5, 1.0, 1.0]])
def test_a_step_at_either_end_goes_on(times: list[float]) -> None:
    """The segment at the end has no length: its first value counts before it, its second from there on."""
    values = np.array([1.0, 3.0, 5.0])
    y = played({"v": np.stack([times, values], axis=1)})
    assert y.tolist() == [between(t, np.array(times), values, "Extrapolation") for t in NOW]


@pytest.mark.parametrize("after", AFTER[1:])
def test_without_interpolation_it_is_held(after: str) -> None:
    workspace = {"v": np.stack([TIMES, VALUES], axis=1)}
    y = played(workspace, Interpolate="off", OutputAfterFinalValue=after)
    assert y.tolist() == [held(t, TIMES, VALUES, after) for t in NOW]


def test_extrapolation_without_interpolation_is_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="Interpolate off beside Extrapolation"):
        played({"v": np.stack([TIMES, VALUES], axis=1)}, Interpolate="off")


def test_several_columns_are_a_vector() -> None:
    columns = np.stack([VALUES, 2 * VALUES], axis=1)
    y = played({"v": np.column_stack([TIMES, columns])})
    np.testing.assert_array_equal(y, [between(t, TIMES, columns, "Extrapolation") for t in NOW])


def test_a_sample_time_of_its_own() -> None:
    workspace = {"v": np.stack([TIMES, VALUES], axis=1)}
    y = one_block("FromWorkspace", steps=9, step=0.5, workspace=workspace, VariableName="v", SampleTime=1)
    assert y.tolist() == [between(t, TIMES, VALUES, "Extrapolation") for t in range(5)]


@pytest.mark.parametrize("after", AFTER)
def test_one_sample_alone(after: str) -> None:
    y = played({"v": np.array([[1.0, 7.0]])}, OutputAfterFinalValue=after)
    assert y.tolist() == [0 if t > 1 and after == "Setting to zero" else 7 for t in NOW]


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32"])
def test_integers_are_interpolated_rounded_and_saturated(dtype: str) -> None:
    values = np.array([[0], [101]], dtype)
    workspace = {"v": {"time": np.array([[0.0], [2.0]]), "signals": {"values": values}}}
    y = played(workspace)
    assert y.dtype == np.dtype(dtype)
    high = np.iinfo(dtype).max
    exact = 50.5 * NOW
    assert y.tolist() == [min(int(np.floor(x + 0.5)), high) for x in exact]


def test_booleans_are_held() -> None:
    signals = {"values": np.array([[True], [False], [True]])}
    workspace = {"v": {"time": np.array([[0.5], [1.0], [2.0]]), "signals": signals}}
    y = played(workspace, OutputAfterFinalValue="Holding final value")
    assert y.dtype == np.bool_
    assert y.tolist() == [bool(held(t, np.array([0.5, 1, 2]), np.array([1, 0, 1]), "Holding final value")) for t in NOW]


def test_single_precision_stays_single() -> None:
    workspace = {"v": {"time": TIMES[:, None], "signals": {"values": VALUES[:, None].astype(np.float32)}}}
    y = played(workspace)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, [between(t, TIMES, VALUES, "Extrapolation") for t in NOW], rtol=1e-6, atol=1e-6)


def test_a_structure_of_matrices_has_its_samples_along_the_last_dimension() -> None:
    values = np.arange(12.0).reshape(2, 2, 3)  # 2 x 2, three of them
    signals = {"values": values, "dimensions": np.array([[2.0, 2.0]])}
    times = np.array([0.0, 1.0, 2.0])
    y = played({"v": {"time": times[:, None], "signals": signals}})
    rows = np.moveaxis(values, 2, 0)
    np.testing.assert_array_equal(y, [between(t, times, rows, "Extrapolation") for t in NOW])


def test_a_single_matrix_has_lost_its_last_dimension() -> None:
    signals = {"values": np.arange(4.0).reshape(2, 2), "dimensions": np.array([[2.0, 2.0]])}
    y = played({"v": {"time": np.zeros((1, 1)), "signals": signals}})
    assert y[0].tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("Setting to zero", [4, 5, 6, 0, 0]),
        ("Holding final value", [4, 5, 6, 6, 6]),
        ("Cyclic repetition", [4, 5, 6, 4, 5]),
        ("Extrapolation", [4, 5, 6, 7, 8]),
    ],
)
def test_a_structure_without_times_gives_a_sample_at_every_hit(after: str, expected: list[float]) -> None:
    workspace = {"v": {"time": np.zeros((0, 0)), "signals": {"values": np.array([[4.0], [5.0], [6.0]])}}}
    options = {"workspace": workspace, "VariableName": "v", "SampleTime": 0.3, "OutputAfterFinalValue": after}
    y = one_block("FromWorkspace", steps=15, step=0.1, **options)
    np.testing.assert_allclose(y, expected, rtol=1e-14)


def test_the_time_of_a_hit_may_be_rounded_down() -> None:
    """At 0.7 k some times lie below k sample times by a rounding error; the samples come one after the other."""
    workspace = {"v": {"signals": {"values": np.arange(200.0)[:, None]}}}
    options = {"workspace": workspace, "VariableName": "v", "SampleTime": 0.7, "Interpolate": "off"}
    assert any(np.floor(k * 0.7 / 0.7) < k for k in range(200))
    y = one_block("FromWorkspace", steps=200, step=0.7, OutputAfterFinalValue="Holding final value", **options)
    np.testing.assert_array_equal(y, np.arange(200.0))


def test_what_has_no_times_needs_a_sample_time_and_alone_may_be_repeated() -> None:
    signals = {"signals": {"values": np.array([[4.0], [5.0]])}}
    with pytest.raises(ParameterError, match="SampleTime"):
        played({"v": signals}, OutputAfterFinalValue="Cyclic repetition")
    with pytest.raises(UnsupportedBlock, match="Cyclic repetition of data with times"):
        played({"v": np.stack([TIMES, VALUES], axis=1)}, OutputAfterFinalValue="Cyclic repetition")


@dataclass
class Series:
    """A time series as the .mat reader makes it: `samples` has time first, `data` as MATLAB stores it."""

    time: np.ndarray
    data: np.ndarray
    samples: np.ndarray


def test_a_time_series() -> None:
    samples = np.stack([VALUES, VALUES + 1], axis=1)
    y = played({"v": Series(TIMES[:, None], samples, samples)})
    np.testing.assert_array_equal(y, [between(t, TIMES, samples, "Extrapolation") for t in NOW])


def test_a_time_series_of_matrices() -> None:
    data = np.arange(20.0).reshape(2, 2, 5)
    y = played({"v": Series(TIMES[:, None], data, np.moveaxis(data, -1, 0))})
    np.testing.assert_array_equal(y, [between(t, TIMES, np.moveaxis(data, -1, 0), "Extrapolation") for t in NOW])


def test_the_readers_own_time_series() -> None:
    from bridge.files.mat_signals import Timeseries

    series = Timeseries(TIMES[:, None], VALUES[None, None, :], time_first=False)
    y = played({"v": series})
    np.testing.assert_array_equal(y.ravel(), [between(t, TIMES, VALUES, "Extrapolation") for t in NOW])


def test_an_output_data_type() -> None:
    y = played({"v": np.array([[0.0, 0.0], [1.0, 1000.0]])}, OutDataTypeStr="uint8")
    assert (y.dtype, y[:3].tolist()) == (np.uint8, [0, 250, 255])


@pytest.mark.parametrize(
    "value",
    [
        np.zeros((3, 1)),
        {"time": np.zeros((2, 1)), "signals": {"values": np.zeros((3, 1))}},
        {"time": np.array([[1.0], [0.0]]), "signals": {"values": np.zeros((2, 1))}},
        {"time": np.zeros((2, 1))},
        {"signals": {"values": np.zeros((0, 1))}},
        "text",
    ],
)
def test_other_variables_are_refused(value: Any) -> None:
    with pytest.raises(ParameterError, match="VariableName"):
        played({"v": value})


def test_the_data_are_workspace_variables_that_may_be_replaced() -> None:
    from small_diagrams import single

    from bridge.simulation import Simulator

    model = single("FromWorkspace", 0, VariableName="[t u]")
    workspace = {"t": np.array([[0.0], [1.0]]), "u": np.array([[1.0], [2.0]])}
    simulator = Simulator(model, workspace, step=0.5, stop_time=1)
    assert simulator.run()["y1"].tolist() == [1, 1.5, 2]
    assert simulator.run(parameters={"u": [[4.0], [6.0]]})["y1"].tolist() == [4, 5, 6]
