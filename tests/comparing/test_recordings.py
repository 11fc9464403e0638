from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from bridge.comparing import Comparison, Tolerance, compare
from bridge.errors import EvidenceError, UsageError
from bridge.recording import Evidence, Recording

TIME = np.arange(51) * 0.1


def one(values: Any, time: Any = TIME, evidence: Evidence = "bridge", **origin: str) -> Recording:
    return Recording({"y": values}, time, evidence=evidence, origin=origin)


def test_a_recording_agrees_with_itself_exactly() -> None:
    rng = np.random.default_rng(0)
    held = Recording({"y": rng.normal(size=(51, 2)), "n": np.arange(51), "on": TIME > 2}, TIME)
    found = compare(held, held, tolerance=Tolerance(absolute=0.0))
    assert found.agrees
    assert bool(found)
    for row in found.rows:
        assert (row.absolute, row.relative, row.ulp, row.norm, row.first) == (0, 0, 0, 0, None)


def test_the_measures_of_a_difference() -> None:
    b = np.zeros((51, 2))
    b[10, 1] = -4.0
    a = b.copy()
    a[3, 0], a[20, 1] = 3e-3, -4e-3
    row = compare(one(a), one(b))["y"]
    assert not row.agrees
    assert row.absolute == 4e-3
    assert row.scale == 4.0
    assert row.relative == 1e-3
    assert row.norm == pytest.approx(5e-3, rel=1e-15)
    assert row.exceeding == 2
    assert row.first is not None
    assert (row.first.sample, row.first.channel, row.first.a, row.first.b) == (3, (0,), 3e-3, 0.0)
    assert row.first.time == TIME[3]
    assert (row.shape, row.types) == ((51, 2), ("float64", "float64"))


def test_relative_is_to_the_scale_of_the_second_recording() -> None:
    row = compare(one(np.full(51, 2.0)), one(np.full(51, 4.0)))["y"]
    assert (row.scale, row.relative) == (4.0, 0.5)
    zero = compare(one(np.full(51, 2.0)), one(np.zeros(51)))["y"]
    assert (zero.relative, zero.agrees) == (np.inf, False)


@pytest.mark.parametrize(
    ("a", "b", "apart", "agrees"),
    [
        (np.float64, np.float64, 0.9e-12, True),
        (np.float64, np.float64, 1.1e-12, False),
        (np.float32, np.float64, 1.5e-6, True),
        (np.float32, np.float64, 3e-6, False),
    ],
)
def test_default_tolerances_hold_relative_to_scale(a: Any, b: Any, apart: float, agrees: bool) -> None:
    reference = np.full(51, 0.25)
    reference[7] = 1.0
    other = reference.copy()
    other[20] += apart
    assert compare(one(other.astype(a)), one(reference.astype(b))).agrees is agrees


def test_integers_are_exact_and_measured_in_whole_units() -> None:
    a, b = np.zeros(51, np.int16), np.zeros(51, np.int16)
    a[4] = 1
    row = compare(one(a), one(b))["y"]
    assert (row.agrees, row.ulp, row.absolute) == (False, 1, 1.0)
    assert compare(one(a), one(b), tolerance=Tolerance(ulp=1)).agrees
    # Beyond 2^53 a difference of one is lost in double; it must not be here.
    large = np.full(51, 2**60)
    assert not compare(one(large), one(large + 1)).agrees


def test_tolerance_in_units_in_the_last_place() -> None:
    b = np.linspace(1, 9, 51)
    a = b.copy()
    a[5] = np.nextafter(np.nextafter(a[5], 10), 10)
    row = compare(one(a), one(b), tolerance=Tolerance(ulp=1))["y"]
    assert (row.agrees, row.ulp) == (False, 2)
    assert compare(one(a), one(b), tolerance=Tolerance(ulp=2)).agrees


def test_nan_agrees_with_nan_alone_whatever_the_tolerance() -> None:
    b = np.ones(51)
    b[3] = np.nan
    both = compare(one(b), one(b))["y"]
    assert both.agrees
    assert both.note == "1 values are NaN on both sides"
    row = compare(one(np.ones(51)), one(b), tolerance=Tolerance(absolute=1e300, ulp=1e30))["y"]
    assert (row.agrees, row.exceeding, row.absolute) == (False, 1, np.inf)
    assert row.first is not None
    assert row.first.sample == 3
    row = compare(one(np.full(51, np.inf)), one(np.full(51, -np.inf)), tolerance=Tolerance(absolute=1e300))["y"]
    assert row.exceeding == 51


@pytest.mark.parametrize("sides", ["ab", "ba"])
def test_a_signal_that_one_side_lacks_is_a_disagreement(sides: str) -> None:
    more = Recording({"y": np.zeros(51), "z": np.zeros(51)}, TIME)
    pair = {"a": more, "b": one(np.zeros(51))}
    found = compare(*(pair[side] for side in sides))
    assert [(row.signal, row.agrees) for row in found.rows] == [("y", True), ("z", False)]
    assert not found
    assert found["z"].reason == f"{'b' if sides == 'ab' else 'a'} has no signal 'z'; it has y"
    assert "has no signal 'z'" in str(found)
    assert compare(*(pair[side] for side in sides), signals=["y"]).agrees


def test_signals_may_bear_other_names() -> None:
    a = Recording({"out": TIME}, TIME)
    assert compare(a, one(TIME), signals={"out": "y"}).agrees
    assert not compare(a, one(TIME), signals={"out": "x"}).agrees
    assert not compare(a, one(TIME), signals={"in": "y"}).agrees


def test_where_there_is_nothing_to_compare_there_is_no_verdict() -> None:
    held = one(TIME)
    with pytest.raises(EvidenceError, match="no signal to compare"):
        compare(held, held, signals=[])
    with pytest.raises(EvidenceError, match="no signal to compare"):
        compare(Recording({}, []), Recording({}, []))
    with pytest.raises(EvidenceError, match=r"'z' is in neither recording: a has 'y', b has 'y'"):
        compare(held, held, signals=["z"])
    with pytest.raises(EvidenceError, match="no time in common"):
        compare(held, one(TIME, TIME + 100))
    with pytest.raises(UsageError, match=r"\['y'\]"):
        compare(held, held, signals="y")
    with pytest.raises(UsageError, match="tolerance is given for 'z'"):
        compare(held, held, tolerance={"z": Tolerance(absolute=1)})


def test_sizes_that_differ_are_a_disagreement() -> None:
    row = compare(one(np.zeros((51, 2))), one(np.zeros((51, 3))))["y"]
    assert (row.agrees, row.reason) == (False, "the sizes differ: a is 51 x 2, b is 51 x 3")
    row = compare(one(np.zeros((51, 1))), one(np.zeros(51)))["y"]
    assert (row.agrees, row.note) == (True, "a is 51 x 1, b is 51: taken to be the same")
    assert not compare(one(np.zeros((51, 1, 1))), one(np.zeros((51, 1)))).agrees


def test_each_signal_may_have_its_own_tolerance() -> None:
    b = Recording({"y": np.ones(51), "z": np.ones(51)}, TIME)
    a = Recording({"y": np.full(51, 1.1), "z": np.full(51, 1.1)}, TIME)
    found = compare(a, b, tolerance={"y": Tolerance(absolute=0.2)})
    assert [(row.signal, row.agrees) for row in found.rows] == [("y", True), ("z", False)]


# In time.


@pytest.mark.parametrize(
    ("shift", "tolerance", "agrees"),
    [
        (2, Tolerance(lagging=0.2), True),
        (2, Tolerance(lagging=0.1), False),
        (2, Tolerance(leading=0.2), False),
        (-2, Tolerance(leading=0.2), True),
        (-2, Tolerance(lagging=0.2), False),
        (2, Tolerance(), False),
    ],
)
@pytest.mark.parametrize("wave", [np.tanh, lambda x: x > 0, lambda x: np.sign(x).astype(np.int8)])
def test_a_signal_may_be_early_or_late(wave: Any, shift: int, tolerance: Tolerance, agrees: bool) -> None:
    b = wave(20 * (TIME - 2.51))
    a = wave(20 * (TIME - 2.51 - 0.1 * shift))
    assert compare(one(a), one(b), tolerance=tolerance).agrees is agrees


def test_time_tolerance_does_not_excuse_a_wrong_value() -> None:
    b = np.sin(TIME)
    a = b.copy()
    a[20] += 0.5
    row = compare(one(a), one(b), tolerance=Tolerance(leading=0.1, lagging=0.1))["y"]
    assert (row.exceeding, row.first and row.first.sample) == (1, 20)


def test_value_and_time_tolerance_add_up() -> None:
    a, b = TIME - 0.2 - 0.01, TIME
    # At the start the window holds no earlier value; compare after it.
    late = one(a[2:], TIME[2:])
    assert compare(late, one(b), tolerance=Tolerance(absolute=0.02, lagging=0.2)).agrees
    assert not compare(late, one(b), tolerance=Tolerance(absolute=0.005, lagging=0.2)).agrees


def test_rates_that_differ_meet_on_common_samples() -> None:
    fine = Recording({"y": np.sin(TIME)}, TIME)
    coarse = Recording({"y": np.sin(TIME[::5]), "u": TIME}, TIME, times={"y": TIME[::5]})
    found = compare(coarse, fine, signals=["y"])
    assert found.agrees
    assert "compared at 11 common samples of 11 and 51" in str(found)


# What it shows.


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ("bridge", "simulink", "agrees with Simulink: 1 of 1 signals"),
        ("matlab", "bridge", "agrees with MATLAB: 1 of 1 signals"),
        ("simulink", "matlab", "Simulink agrees with MATLAB: 1 of 1 signals"),
        ("bridge", "bridge", "self-consistent (bridge and bridge, no reference of MATLAB's): 1 of 1 signals agree"),
        ("bridge", "octave", "self-consistent (bridge and octave, no reference of MATLAB's): 1 of 1 signals agree"),
        ("bridge", "coder", "self-consistent (bridge and coder, no reference of MATLAB's): 1 of 1 signals agree"),
    ],
)
def test_only_a_reference_of_mathworks_makes_it_agree_with_matlab(a: Evidence, b: Evidence, verdict: str) -> None:
    assert compare(one(TIME, evidence=a), one(TIME, evidence=b)).verdict == verdict


@pytest.fixture
def differing() -> Comparison:
    b = np.sin(TIME)
    a = b.copy()
    a[30:] += 1e-3
    left = Recording({"y": a, "n": np.zeros(51, np.int8)}, TIME, origin={"engine": "numpy"})
    right = Recording({"y": b, "n": np.zeros(51, np.int8)}, TIME, evidence="simulink", origin={"release": "R2023b"})
    return compare(left, right)


def test_it_prints_a_table_with_reasons_and_the_first_sample(differing: Comparison) -> None:
    lines = str(differing).splitlines()
    assert lines[0] == "a: bridge (numpy); b, the reference: simulink (R2023b)"
    assert lines[1].split() == ["signal", "size", "difference", "of", "scale", "ulp", "2-norm", "tolerance"]
    assert lines[2].split()[:4] == ["y", "51", "0.001", "0.001"]
    assert lines[2].endswith("1e-12 of scale  DIFFERS")
    assert lines[3].endswith("exact           agrees")
    assert lines[4] == (
        "y: 21 values beyond tolerance, the first at t = 3 s (sample 30): a 0.142120008, b 0.141120008"
    )
    assert lines[5:] == [
        "n: warning: it is zero throughout",
        "tolerance of y: both double",
        "tolerance of n: both integer",
        "differs from Simulink: 1 of 2 signals agree",
    ]


def test_it_becomes_json(differing: Comparison) -> None:
    held = json.loads(json.dumps(differing.to_json(), allow_nan=False))
    assert held["agrees"] is False
    assert held["b"] == {"evidence": "simulink", "origin": {"release": "R2023b"}}
    y = held["rows"][0]
    assert (y["signal"], y["agrees"], y["exceeding"]) == ("y", False, 21)
    assert y["first"] == {"sample": 30, "time": TIME[30], "channel": [], "a": y["first"]["b"] + 1e-3, "b": np.sin(3.0)}
    assert y["tolerance"]["reason"] == "both double"


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e308, 1j, complex(np.nan, 1)])
def test_json_holds_what_is_not_finite(value: complex) -> None:
    a = np.zeros(51, np.asarray(value).dtype)
    a[3] = value
    text = json.dumps(compare(one(a), one(-a - 1)).to_json(), allow_nan=False)
    assert json.loads(text)["agrees"] is False


def test_it_shows_itself_in_a_notebook(differing: Comparison) -> None:
    page = ElementTree.fromstring(f"<div>{differing._repr_html_()}</div>".replace("<br>", "<br/>"))
    assert len(page.findall(".//tr")) == 3
    assert page.findtext(".//b") == differing.verdict


def test_an_unknown_row_is_a_key_error(differing: Comparison) -> None:
    with pytest.raises(KeyError):
        differing["x"]


def test_what_is_no_recording_is_named() -> None:
    held = Recording({"y": np.zeros(2)}, np.arange(2.0))
    with pytest.raises(UsageError, match="b is a dict: a recording is compared"):
        compare(held, {"y": np.zeros(2)})  # type: ignore[arg-type]
