"""Schedules, the table of engines, and what is checked before a run."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.engines import Schedule, engine, engine_names
from bridge.engines.base import checked, checked_inputs, checked_state, initial_state
from bridge.errors import UsageError
from bridge.program import Program, Rate, Slot, Type, Value
from bridge.program.types import DOUBLE, INT8


def test_times_are_products_of_tick_and_period() -> None:
    """0.1 added ten times is not 1; ten times 0.1 is."""
    program = Program("clock", period=0.1, start=2.0)
    schedule = Schedule.of(program, 4, first=9)
    np.testing.assert_array_equal(schedule.times, [2.0 + k * 0.1 for k in (9, 10, 11, 12)])
    assert Schedule.of(Program("network"), 3).times.tolist() == [0.0, 1.0, 2.0]


def test_hits_follow_rates() -> None:
    program = Program("rates", period=1.0, rates=[Rate(1), Rate(3, 1), Rate(4)])
    hits = Schedule.of(program, 6).hits
    assert hits.tolist() == [[rate.hits(tick) for rate in program.rates] for tick in range(6)]
    assert hits[:, 1].tolist() == [False, True, False, False, True, False]
    np.testing.assert_array_equal(Schedule.of(program, 2, first=4).hits, hits[4:])


def test_engines_by_name() -> None:
    assert set(engine_names()) >= {"numpy", "torch", "onnx"}
    assert engine("auto").name in engine_names()
    for name in ("numpy", "torch", "onnx"):
        assert engine(name).name == name
    with pytest.raises(UsageError, match="'matlab'"):
        engine("matlab")


def program() -> Program:
    made = Program("p")
    made.parameters["k"] = Value(Type((2,), DOUBLE), "k")
    made.inputs["u"] = Value(Type((2,), INT8), "u")
    current = Value(Type((1,), DOUBLE))
    made.slots.append(Slot("x", "discrete", current, current))
    return made


def test_arguments_are_brought_into_the_declared_types() -> None:
    assert checked(program(), {"k": [1, 2], "other": 3})["k"].dtype == np.float64
    (u,) = checked_inputs(program(), {"u": [[1, 2], [3, 4]]}, 2)
    assert u.dtype == np.int8
    (x,) = checked_state(program(), {"x": [1]})
    assert x.dtype == np.float64
    assert initial_state(program(), {"x": 1.0}, None) == {"x": 1.0}
    assert initial_state(program(), {"x": 1.0}, {"x": 2.0}) == {"x": 2.0}


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(UsageError, match=r"p: parameter 'k' is \(3,\), not \(2,\)"):
        checked(program(), {"k": [1, 2, 3]})
    with pytest.raises(UsageError, match=r"p: input 'u' is \(2,\), not \(1, 2\)"):
        checked_inputs(program(), {"u": [1, 2]}, 1)
    with pytest.raises(UsageError, match="p: state 'x' has no value"):
        checked_state(program(), {})
    with pytest.raises(UsageError, match="there is no state 'y'; there are x"):
        initial_state(program(), {"x": 1.0}, {"y": 2.0})
    with pytest.raises(UsageError, match=r"p: state 'x' is \(2,\), not \(1,\)"):
        initial_state(program(), {"x": 1.0}, {"x": [2.0, 3.0]})
