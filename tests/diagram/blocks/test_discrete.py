"""Blocks that remember one sample, against the definition written out in plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block, run, single

from bridge.errors import DimensionMismatch, TypeMismatch, UnsupportedBlock
from bridge.model import Model

DTYPES = ("float64", "float32", "int8", "uint8", "int16", "uint16", "int32", "uint32", "bool")


def after(first: Any, u: Any) -> list[Any]:
    """`u` one sample later."""
    return [first, *list(u)[:-1]]


@pytest.mark.parametrize("kind", ["UnitDelay", "Memory"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_delays_by_one_sample_in_every_data_type(kind: str, dtype: str) -> None:
    u = np.array([1, 0, 3, 1, 0], dtype)
    y = one_block(kind, [u], InitialCondition=1, exact=True)
    assert y.dtype == u.dtype
    assert y.tolist() == after(np.ones((), dtype), u)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (1, 3), (3, 1)])
def test_the_initial_condition_spreads_to_the_signal(shape: tuple[int, ...]) -> None:
    u = np.arange(4.0).repeat(np.prod(shape, dtype=int)).reshape((4, *shape))
    y = one_block("UnitDelay", [u], InitialCondition=-2.5)
    np.testing.assert_array_equal(y, np.concatenate([np.full((1, *shape), -2.5), u[:-1]]))


def test_an_initial_condition_for_every_element() -> None:
    u = np.arange(12.0).reshape(2, 2, 3)
    y = one_block("UnitDelay", [u], InitialCondition="[10 20 30; 40 50 60]")
    np.testing.assert_array_equal(y[0], [[10, 20, 30], [40, 50, 60]])
    np.testing.assert_array_equal(y[1], u[0])


def test_a_vector_initial_condition_widens_a_scalar_input() -> None:
    y = one_block("UnitDelay", [[1.0, 2.0]], InitialCondition="[7; 8]")
    np.testing.assert_array_equal(y, [[7, 8], [1, 1]])


def test_an_initial_condition_that_does_not_fit_is_refused() -> None:
    with pytest.raises(DimensionMismatch, match=r"m/block: .*initial value of x"):
        one_block("UnitDelay", [np.zeros((2, 3))], InitialCondition="[1 2]")


def test_an_initial_condition_is_rounded_and_saturated_to_the_signal() -> None:
    # Simulink stores parameters in a block's data type rounded to the nearest and saturated.
    y = one_block("UnitDelay", [np.array([[1, 2, 3]], np.int8)], InitialCondition="[2.5 300 -300]")
    assert y.tolist() == [[3, 127, -128]]


@pytest.mark.parametrize("kind", ["UnitDelay", "Memory"])
def test_older_files_call_the_initial_condition_X0(kind: str) -> None:
    assert one_block(kind, [[1.0, 2.0]], X0=9).tolist() == [9, 1]
    assert one_block(kind, [[1.0, 2.0]], X0=9, InitialCondition=4).tolist() == [4, 1]


def test_the_initial_condition_is_a_workspace_variable_that_may_be_replaced() -> None:
    from bridge.simulation import Simulator

    simulator = Simulator(single("UnitDelay", 1, InitialCondition="2*x0"), {"x0": 3.0}, step=1, stop_time=1)
    assert simulator.run({"u1": [1.0, 2.0]})["y1"].tolist() == [6, 1]
    assert simulator.run({"u1": [1.0, 2.0]}, parameters={"x0": [[5.0]]})["y1"].tolist() == [10, 1]


def test_the_state_has_the_path_of_the_block() -> None:
    from bridge.simulation import simulate

    model = single("UnitDelay", 1, StateName="z")
    first = simulate(model, inputs={"u1": [1.0, 2.0]}, step=1, stop_time=1)
    assert dict(first.state) == {"m/block": 2.0}
    assert simulate(model, inputs={"u1": [3.0]}, step=1, stop_time=0, state=dict(first.state))["y1"].tolist() == [2]


@pytest.mark.parametrize("kind", ["UnitDelay", "Delay", "DiscreteTransferFcn"])
def test_frames_of_several_samples_are_refused_by_name(kind: str) -> None:
    frames = "Columns as channels (frame based)"
    with pytest.raises(UnsupportedBlock, match="frame based"):
        one_block(kind, [np.zeros((2, 4, 1))], InputProcessing=frames)
    assert one_block(kind, [np.ones((2, 1, 3))], InputProcessing=frames).shape == (2, 1, 3)


def test_a_loop_through_a_delay_counts() -> None:
    model = Model.new("m")
    root = model.root
    root.add("Constant", "one")
    root.add("Sum", "sum")
    root.add("UnitDelay", "delay", SampleTime=0.5)
    root.add("Outport", "y")
    root.connect("one", "sum/1")
    root.connect("delay", "sum/2")
    root.connect("sum", "delay")
    root.connect("delay", "y")
    assert run(model, stop_time=2.5)["y"].tolist() == [0, 1, 2, 3, 4, 5]


def slow(kind: str, **parameters: object) -> Any:
    """u1, held for three steps by a zero-order hold, into a block, at steps of one second."""
    model = Model.new("m")
    root = model.root
    root.add("Inport", "u1")
    root.add("ZeroOrderHold", "hold", SampleTime=3)
    root.add(kind, "block", **parameters)
    root.add("Outport", "y1")
    for start, end in (("u1", "hold"), ("hold", "block"), ("block", "y1")):
        root.connect(start, end)
    inputs = {"u1": np.arange(1.0, 10.0)}
    recording = run(model, inputs=inputs, step=1, stop_time=8, log=["block"])
    return recording


def test_a_unit_delay_inherits_the_rate_of_its_input() -> None:
    recording = slow("UnitDelay")
    assert recording["block"].tolist() == [0, 1, 4]
    assert recording.times["block"].tolist() == [0, 3, 6]


def test_a_memory_delays_by_a_step_of_the_solver() -> None:
    recording = slow("Memory")
    assert recording["block"].tolist() == [0, 1, 1, 1, 4, 4, 4, 7, 7]


def test_a_memory_that_inherits_delays_by_a_sample() -> None:
    assert slow("Memory", InheritSampleTime="on")["block"].tolist() == [0, 1, 4]


def beside_a_clock(**parameters: object) -> Any:
    """A zero-order hold of 1, 2, 3, … as a block sees it that runs at every step."""
    model = Model.new("m")
    root = model.root
    root.add("Inport", "u1")
    root.add("ZeroOrderHold", "hold", **parameters)
    root.add("Clock", "clock")
    root.add("Mux", "mux")
    root.add("Outport", "y1")
    for start, end in (("u1", "hold"), ("hold", "mux/1"), ("clock", "mux/2"), ("mux", "y1")):
        root.connect(start, end)
    return run(model, inputs={"u1": np.arange(1.0, 9.0)}, step=1, stop_time=7)["y1"][:, 0]


def test_a_zero_order_hold_is_recorded_at_its_hits() -> None:
    assert one_block("ZeroOrderHold", [np.arange(7.0)], SampleTime=3).tolist() == [0, 3, 6]


def test_a_zero_order_hold_shows_its_last_sample() -> None:
    assert beside_a_clock(SampleTime=3).tolist() == [1, 1, 1, 4, 4, 4, 7, 7]


def test_a_zero_order_hold_with_an_offset_waits_for_its_first_hit() -> None:
    assert beside_a_clock(SampleTime="[3 1]").tolist() == [0, 2, 2, 2, 5, 5, 5, 8]


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_initial_value_shows_in_the_first_step_alone(dtype: str) -> None:
    u = np.array([0, 1, 1, 0], dtype)
    y = one_block("InitialCondition", [u], Value=1, exact=True)
    assert y.dtype == u.dtype
    assert y.tolist() == [np.ones((), dtype), *u[1:]]


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype != "bool"])
def test_a_difference_to_the_sample_before(dtype: str) -> None:
    u = np.array([3, 7, 2, 2, 9], dtype)
    y = one_block("simulink/Discrete/Difference", [u], ICPrevInput=1, exact=True)
    before = np.array(after(1, u), dtype)
    np.testing.assert_array_equal(y, u - before)  # numpy wraps as Simulink does by default


def test_a_difference_may_saturate() -> None:
    u = np.array([100, -100, 100], np.int8)
    y = one_block("simulink/Discrete/Difference", [u], DoSatur="on", exact=True)
    assert y.tolist() == [100, -128, 127]


def test_a_discrete_derivative_divides_by_the_sample_time() -> None:
    u = np.array([1.0, 4.0, 2.0])
    y = one_block("simulink/Discrete/Discrete Derivative", [u], gainval=2, ICPrevScaledInput=5, step=0.1)
    # K/Ts is one number, 20, that multiplies the input.
    np.testing.assert_array_equal(y, [20 - 5, 80 - 20, 40 - 80])


def test_gain_and_sample_time_make_one_number() -> None:
    u = [0.7, 0.1]
    y = one_block("simulink/Discrete/Discrete Derivative", [u], gainval=7, step=0.3, exact=True)
    assert 0.7 * (7 / 0.3) != 0.7 * 7 / 0.3
    assert y.tolist() == [0.7 * (7 / 0.3), 0.1 * (7 / 0.3) - 0.7 * (7 / 0.3)]


def test_a_discrete_derivative_of_integers_is_refused() -> None:
    with pytest.raises(TypeMismatch, match="int8"):
        one_block("simulink/Discrete/Discrete Derivative", [np.zeros(2, np.int8)])
