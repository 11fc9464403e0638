"""The noun `Recording`: what it holds, refuses and shows; and the plots made of it."""

from __future__ import annotations

import copy
import pickle
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import bridge
from bridge.drawing.plots import SVG, figure, plot, svg, ticks
from bridge.errors import BridgeError, EngineMissing, EvidenceError, FileError, UsageError
from bridge.recording import Recording


@pytest.fixture
def recording() -> Recording:
    time = np.arange(4) * 0.1
    return Recording(
        {"y": np.arange(8.0).reshape(4, 2), "count": np.array([0, 1, 1, 2], np.int8), "slow": [[1.5], [2.5]]},
        time,
        times={"slow": [0.0, 0.2]},
        evidence="simulink",
        origin={"engine": "sim", "release": "R2023b"},
        state={"model/Unit Delay": [1.0, 2.0]},
        units={"y": "rad/s"},
        labels={"y": ("left", "right")},
    )


def test_a_recording_is_a_mapping_of_arrays_with_time_along_the_rows(recording: Recording) -> None:
    assert list(recording) == ["y", "count", "slow"]
    assert len(recording) == 3
    assert "y" in recording
    assert "z" not in recording
    assert recording["y"].shape == (4, 2)
    assert recording["count"].dtype == np.int8
    assert recording.get("z") is None
    assert recording.evidence == "simulink"
    assert recording.origin["release"] == "R2023b"
    np.testing.assert_array_equal(recording.state["model/Unit Delay"], [1.0, 2.0])
    assert dict(recording) is not recording


def test_signals_sampled_at_another_rate_have_times_of_their_own(recording: Recording) -> None:
    assert recording.times["y"] is recording.time
    assert recording.times["slow"].tolist() == [0.0, 0.2]
    assert not recording.has_common_time
    assert Recording({"y": [1.0]}, [0.0]).has_common_time


def test_nothing_in_it_can_be_changed(recording: Recording) -> None:
    for array in (recording["y"], recording.time, recording.times["slow"], recording.state["model/Unit Delay"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9
    with pytest.raises(TypeError):
        recording.origin["release"] = "R2024a"  # type: ignore[index]


def test_it_does_not_change_with_the_array_that_it_was_made_from() -> None:
    values = np.zeros(3)
    frozen = values[:]
    frozen.flags.writeable = False
    held = Recording({"y": values, "view": frozen}, [0.0, 1.0, 2.0])
    values[0] = 7
    assert held["y"][0] == held["view"][0] == 0
    assert values.flags.writeable


def test_an_array_that_nobody_can_change_is_not_copied() -> None:
    values = np.zeros(3)
    values.flags.writeable = False
    assert Recording({"y": values}, [0.0, 1.0, 2.0])["y"] is values


def test_a_missing_signal_is_named_with_those_there_are(recording: Recording) -> None:
    with pytest.raises(EvidenceError, match=r"no signal 'z'; it has y, count, slow") as caught:
        recording["z"]
    assert isinstance(caught.value, KeyError)
    assert str(caught.value).startswith("the recording")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({"y": [1.0, 2.0]}, [0.0, 1.0, 2.0]), "'y' holds 2 rows, but its time holds 3"),
        (({"y": 1.0}, [0.0]), "'y' holds a scalar"),
        (({"y": ["a"]}, [0.0]), "'y' holds <U1 values"),
        (({"y": np.array([None])}, [0.0]), "'y' holds object values"),
        (({}, [[0.0]]), "time is 1 x 1 float64"),
        (({}, [True]), "time is 1 bool"),
        (({}, [0.0, 2.0, 1.0]), "time runs backwards from 2 to 1 after sample 1"),
        (({}, [0.0, np.nan]), "time is not finite at sample 1"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(arguments: tuple[Any, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Recording(*arguments)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"evidence": "hearsay"}, "'hearsay' is not a class of evidence"),
        ({"times": {"z": [0.0]}}, "times are given for 'z'"),
        ({"units": {"z": "m"}}, "units are given for 'z'"),
        ({"times": {"y": [0.0, 1.0]}}, "'y' holds 1 rows, but its time holds 2"),
    ],
)
def test_what_belongs_to_no_signal_is_refused(keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Recording({"y": [1.0]}, [0.0], **keywords)


def test_a_time_may_occur_twice() -> None:
    assert len(Recording({"y": [0.0, 1.0]}, [1.0, 1.0])) == 1


@pytest.mark.parametrize("again", [copy.deepcopy, lambda held: pickle.loads(pickle.dumps(held))])
def test_it_survives_the_way_to_another_process(recording: Recording, again: Any) -> None:
    other = again(recording)
    assert list(other) == list(recording)
    for name in recording:
        np.testing.assert_array_equal(other[name], recording[name])
        np.testing.assert_array_equal(other.times[name], recording.times[name])
    assert other.times["y"] is other.time
    assert (other.evidence, dict(other.origin), dict(other.units), dict(other.labels)) == (
        recording.evidence,
        dict(recording.origin),
        dict(recording.units),
        dict(recording.labels),
    )


def test_recordings_are_told_apart_by_identity(recording: Recording) -> None:
    assert recording == recording
    assert recording != copy.deepcopy(recording)
    assert len({recording, recording}) == 1


def test_it_shows_itself_in_one_line(recording: Recording) -> None:
    assert repr(recording) == (
        "<Recording (simulink) 4 samples, 0 to 0.3 s; y: 4 x 2 float64, count: 4 int8, slow: 2 x 1 float64>"
    )
    assert repr(Recording({}, [])) == "<Recording (bridge) no samples; no signals>"


def test_it_shows_itself_in_a_notebook(recording: Recording) -> None:
    table = ElementTree.fromstring(recording._repr_html_())
    cells = [[cell.text for cell in row] for row in table.iter("tr")][1:]
    assert cells[1][:5] == ["count", "4", "int8", "0", "2"]
    assert len(table.findall(".//polyline")) == 4
    assert "simulated by Simulink" in str(table.findtext("caption"))


@pytest.mark.parametrize(
    "values",
    [
        np.array([np.nan, 1.0, 2.0, np.nan, np.inf, 3.0]),
        np.full(6, np.nan),
        np.array([-1, 1, -1, 1, -1, 1]) * np.finfo(float).max,
        np.zeros((6, 0)),
        np.arange(6) * 1j,
        np.array([True, False] * 3),
    ],
)
def test_every_signal_can_be_shown(values: Any) -> None:
    held = Recording({"<y>&": values}, np.arange(6.0), origin={"model": '<"m">'})
    ElementTree.fromstring(held._repr_html_())
    drawing = ElementTree.fromstring(svg(held).text)
    assert "nan" not in svg(held).text
    assert any("<y>&" in str(text.text) for text in drawing.iter() if text.tag.endswith("text"))


def test_a_recording_without_samples_can_be_shown() -> None:
    held = Recording({"y": np.zeros((0, 2))}, [])
    ElementTree.fromstring(held._repr_html_())
    ElementTree.fromstring(svg(held).text)


# Plots.


def paths(drawing: SVG) -> list[str]:
    root = ElementTree.fromstring(drawing.text)
    return [each.get("d", "") for each in root.iter() if each.tag.endswith("path") and each.get("stroke-width")]


def test_svg_draws_a_line_per_channel_and_holds_integers(recording: Recording) -> None:
    drawn = paths(svg(recording))
    assert len(drawn) == 4
    assert drawn[0].count("L") == 3
    # 0 1 1 2: held, so the value changes on vertical strokes; two of them.
    assert (drawn[2].count("H"), drawn[2].count("V"), drawn[2].count("L")) == (3, 2, 0)
    assert len(paths(svg(recording, ["slow"]))) == 1


def test_svg_leaves_gaps_where_a_signal_is_not_finite() -> None:
    held = Recording({"y": [0.0, np.nan, 1.0, 2.0, np.inf, 3.0]}, np.arange(6.0))
    assert paths(svg(held))[0].count("M") == 3


def test_svg_of_a_long_signal_stays_small_and_keeps_a_single_spike() -> None:
    values = np.zeros(200_000)
    values[123_456] = 1.0
    # In the same column of pixels: it must not stand for the spike.
    values[123_457] = np.inf
    drawn = svg(Recording({"y": values}, np.arange(200_000.0)))
    assert len(drawn.text) < 60_000
    heights = {float(point.split()[1]) for point in paths(drawn)[0].replace("h0", "").replace("M", "L").split("L")[1:]}
    assert len(heights) == 2


def test_svg_saves_itself(recording: Recording, tmp_path: Path) -> None:
    svg(recording).save(tmp_path / "plot.svg")
    assert ElementTree.parse(tmp_path / "plot.svg").getroot().tag.endswith("svg")
    assert [path.name for path in tmp_path.iterdir()] == ["plot.svg"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (-3.0, 7.0, [-2, 0, 2, 4, 6]), (5.0, 5.0, [5.0])],
)
def test_ticks_are_round_numbers(low: float, high: float, expected: list[float]) -> None:
    # The products number * step are rounded once.
    np.testing.assert_allclose(ticks(low, high), expected, rtol=1e-15)


def test_matplotlib_draws_a_figure(recording: Recording) -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="the package matplotlib is not installed")
    drawn = figure(recording)
    assert [len(axes.lines) for axes in drawn.axes] == [2, 1, 1]
    shown = plot(recording)
    assert isinstance(shown, matplotlib.figure.Figure)
    assert shown._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]


def test_without_matplotlib_a_plot_is_svg(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    drawn = plot(recording)
    assert isinstance(drawn, SVG)
    assert drawn._repr_svg_().startswith("<svg")


# What other rooms provide.


def test_saving_and_plotting_are_done_by_other_rooms(recording: Recording, tmp_path: Path) -> None:
    recording.save(tmp_path / "x.mat")
    assert list(bridge.load(tmp_path / "x.mat")) == list(recording)
    with pytest.raises(FileError, match=r"x\.doc"):
        recording.save(tmp_path / "x.doc")
    assert recording.plot("y") is not None
    with pytest.raises(EvidenceError, match="no signal 'z'"):
        recording.plot("z")


@pytest.mark.parametrize("package", ["pandas", "xarray"])
def test_a_missing_package_is_named(recording: Recording, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EngineMissing, match=f"pip install {package}") as caught:
        getattr(recording, f"to_{package}")()
    assert isinstance(caught.value, BridgeError)


def test_pandas_gets_a_column_per_channel(recording: Recording) -> None:
    pytest.importorskip("pandas", reason="the package pandas is not installed")
    table = recording.to_pandas()
    assert list(table.columns) == ["y[0]", "y[1]", "count", "slow[0]"]
    assert table["slow[0]"].isna().tolist() == [False, True, False, True]
    assert table.index.name == "time"
    twice = Recording({"y": [1.0, 2.0], "z": np.zeros((2, 0))}, [1.0, 1.0])
    assert twice.to_pandas()["y"].tolist() == [1.0, 2.0]
    with pytest.raises(UsageError, match="'y' holds the time 1 twice"):
        Recording({"y": [1.0, 2.0], "z": [1]}, [1.0, 1.0], times={"z": [0.0]}).to_pandas()


def test_xarray_gets_a_dimension_per_time(recording: Recording) -> None:
    pytest.importorskip("xarray", reason="the package xarray is not installed")
    held = recording.to_xarray()
    assert held["y"].dims == ("time", "y_1")
    assert held["slow"].dims == ("time_slow", "slow_1")
    assert held.attrs["evidence"] == "simulink"
    assert held["y"].attrs["units"] == "rad/s"
