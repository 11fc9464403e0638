"""Diagrams that ask for more than a machine has: an error that names block, parameter and limit, before it is taken."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import numpy as np
import pytest
from small_diagrams import single

import bridge
from bridge.errors import BridgeError, EvaluationLimit, ParameterError, SimulationLimit, UsageError

HUGE = np.ones((2, 20_000, 1))


@pytest.mark.parametrize(
    ("kind", "inputs", "parameters", "options", "error", "message"),
    [
        ("UnitDelay", 1, {"SampleTime": "1e-9"}, {"stop_time": 1e12}, SimulationLimit, r"m: a run of 1e\+21 steps"),
        ("UnitDelay", 1, {"SampleTime": "1"}, {"stop_time": 1e9}, SimulationLimit, r"run_steps in bridge\.allow"),
        ("UnitDelay", 1, {"SampleTime": "1e-300"}, {"stop_time": 1e12}, UsageError, "too short for 1e"),
        ("Gain", 1, {}, {"step": 1e-12}, SimulationLimit, "a run of 10,000,000,000,0.. steps"),
        ("Delay", 1, {"DelayLength": "1e9", "SampleTime": "1"}, {}, SimulationLimit, "m/block: needs an array double"),
        ("Delay", 1, {"DelayLength": "9e7", "SampleTime": "1"}, {}, SimulationLimit, "needs .* of the .* bytes"),
        ("Gain", 1, {"Gain": "zeros(1e9,1)"}, {}, EvaluationLimit, "block 'm/block', parameter Gain: 'zeros'"),
        ("Constant", 0, {"Value": "ones(2400)"}, {}, SimulationLimit, r"m: a run of 51 steps records .* of 'y1'"),
        ("Demux", 1, {"Outputs": "1e9"}, {}, ParameterError, "m/block: parameter Outputs: .* 10,000 ports"),
        ("Demux", 1, {"Outputs": "NaN"}, {}, ParameterError, "m/block: parameter Outputs: is no number of ports"),
        ("Mux", 1, {"Inputs": "1e9"}, {}, ParameterError, "m/block: parameter Inputs: .* 10,000 ports"),
        ("Mux", 1, {"Inputs": "[0.5 1]"}, {}, ParameterError, "m/block: parameter Inputs: is no number of ports"),
        ("Concatenate", 1, {"NumInputs": "1e9"}, {}, SimulationLimit, "m/block: has 1,000,000,000 ports"),
        ("RandomNumber", 0, {"Seed": "1:1e6", "SampleTime": "1"}, {}, ParameterError, "parameter Seed: .* generators"),
        (
            "Product", 2, {"Multiplication": "Matrix(*)"},
            {"inputs": {"time": [0, 1], "u1": HUGE, "u2": HUGE.swapaxes(1, 2)}}, SimulationLimit, "20000x20000",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_afforded_is_refused(
    kind: str, inputs: int, parameters: dict[str, Any], options: dict[str, Any], error: type[BridgeError], message: str
) -> None:
    model = single(kind, inputs, **parameters)
    started = time.process_time()
    with pytest.raises(error, match=message):
        bridge.simulate(model, engine="numpy", **options)
    assert time.process_time() - started < 5


def test_little_memory_is_taken_first() -> None:
    model = single("Delay", 1, DelayLength="1e9", SampleTime="1")
    tracemalloc.start()
    try:
        with pytest.raises(SimulationLimit):
            bridge.simulate(model, engine="numpy")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_the_limits_are_the_callers() -> None:
    model = single("Delay", 1, DelayLength="3", SampleTime="1")
    with bridge.allow(run_steps=5), pytest.raises(SimulationLimit, match=r"a run of 11 steps .* limit of 5"):
        bridge.simulate(model, stop_time=10, engine="numpy")
    with bridge.allow(run_elements=2), pytest.raises(SimulationLimit, match=r"m/block: needs an array double\[3"):
        bridge.simulate(model, stop_time=10, engine="numpy")
    long = single("DiscreteFir", 1, Coefficients="ones(1,3000)", SampleTime="1")
    with bridge.allow(run_operations=500), pytest.raises(SimulationLimit, match="limit of 500 operations"):
        bridge.simulate(long, engine="numpy")
    with bridge.allow(run_bytes=100), pytest.raises(SimulationLimit, match="the limit is 100"):
        bridge.simulate(model, stop_time=10, engine="numpy")
    assert len(bridge.simulate(model, stop_time=10, engine="numpy")["y1"]) == 11
