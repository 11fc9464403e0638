"""Sizes and data types of signals: along the wires, around loops, and what is said when they do not fit."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import run, wired

from bridge.errors import DimensionMismatch, ModelError
from bridge.model import Model


def loop(initial: str, gain: object = "0.5", source: str = "1", **parameters: object) -> Model:
    """x[n+1] = gain x[n] + source, y = x."""
    made = Model.new("m")
    root = made.root
    root.add("Constant", "c", Value=source)
    root.add("Gain", "g", Gain=gain, **parameters)
    root.add("Sum", "sum", Inputs="++")
    root.add("UnitDelay", "x", InitialCondition=initial, SampleTime=1)
    root.add("Outport", "y")
    wired(root, "x -> g -> sum/1", "c -> sum/2", "sum -> x", "x -> y")
    return made


@pytest.mark.parametrize(
    ("initial", "source", "shape"),
    [
        ("0", "1", ()),
        ("0", "[1 2 3]", (3,)),
        ("[1 2 3]", "1", (3,)),
        ("0", "ones(2,3)", (2, 3)),
        ("ones(2,3)", "1", (2, 3)),
    ],
)
def test_a_loop_takes_the_size_of_what_comes_in_or_of_what_it_starts_from(
    initial: str, source: str, shape: tuple[int, ...]
) -> None:
    y = run(loop(initial, source=source), stop_time=3)["y"]
    assert y.shape == (4, *shape)


def test_a_matrix_gain_turns_a_vector_around_a_loop() -> None:
    y = run(loop("[1;0]", "[0 -1;1 0]", "0", Multiplication="Matrix(K*u)"), stop_time=4)["y"]
    np.testing.assert_array_equal(y, [[1, 0], [0, 1], [-1, 0], [0, -1], [1, 0]])


def test_a_loop_keeps_a_data_type() -> None:
    y = run(loop("0", "1", "single(0.1)"), stop_time=10)["y"]
    assert y.dtype == np.float32
    x, expected = np.float32(0), []
    for _ in range(11):
        expected.append(x)
        x = x + np.float32(0.1)
    assert y.tolist() == [float(value) for value in expected]


def test_a_loop_of_integers_wraps() -> None:
    made = Model.new("m")
    root = made.root
    root.add("Constant", "c", Value="int8(5)")
    root.add("Sum", "sum", Inputs="++")
    root.add("UnitDelay", "x", InitialCondition="120", SampleTime=1)
    root.add("Outport", "y")
    wired(root, "c -> sum/1", "x -> sum/2", "sum -> x -> y")
    y = run(made, stop_time=3)["y"]
    assert y.dtype == np.int8
    assert y.tolist() == [120, 125, -126, -121]


def test_two_loops_in_each_other() -> None:
    """x1' = x1 + x2, x2' = x1: Fibonacci's numbers."""
    made = Model.new("m")
    root = made.root
    root.add("UnitDelay", "x1", InitialCondition=1, SampleTime=1)
    root.add("UnitDelay", "x2", SampleTime=1)
    root.add("Sum", "sum", Inputs="++")
    root.add("Outport", "y")
    wired(root, "x1 -> sum/1", "x2 -> sum/2", "sum -> x1", "x1 -> x2", "x1 -> y")
    assert run(made, stop_time=7)["y"].tolist() == [1, 1, 2, 3, 5, 8, 13, 21]


def test_a_ring_of_delays_goes_around() -> None:
    made = Model.new("m")
    root = made.root
    for k in range(4):
        root.add("UnitDelay", f"d{k}", InitialCondition=k, SampleTime=1)
    root.add("Outport", "y")
    wired(root, "d0 -> d1 -> d2 -> d3 -> d0", "d3 -> y")
    assert run(made, stop_time=5)["y"].tolist() == [3, 2, 1, 0, 3, 2]


def test_sizes_that_do_not_fit_are_named_with_where_they_come_from() -> None:
    made = Model.new("m")
    root = made.root
    root.add("Constant", "two", Value="[1 2]")
    root.add("Constant", "three", Value="[1 2 3]")
    root.add("Sum", "sum", Inputs="++")
    root.add("Outport", "y")
    wired(root, "two -> sum/1", "three -> sum/2", "sum -> y")
    with pytest.raises(DimensionMismatch) as caught:
        run(made, stop_time=1)
    assert caught.value.path == "m/sum"
    message = str(caught.value)
    assert "double[2] from 'm/two'" in message
    assert "double[3] from 'm/three'" in message


def test_a_loop_whose_sizes_do_not_fit_is_refused() -> None:
    with pytest.raises(DimensionMismatch):
        run(loop("[1 2]", source="[1 2 3]"), stop_time=1)


def test_a_loop_that_grows_is_refused() -> None:
    """The vector would get one element longer in every round."""
    made = Model.new("m")
    root = made.root
    root.add("Constant", "c")
    root.add("Mux", "mux")
    root.add("UnitDelay", "x", SampleTime=1)
    root.add("Outport", "y")
    wired(root, "c -> mux/1", "x -> mux/2", "mux -> x", "x -> y")
    with pytest.raises(ModelError, match="m/"):
        run(made, stop_time=1)


def test_matrices_pass_through_arithmetic() -> None:
    made = Model.new("m")
    root = made.root
    root.add("Inport", "u")
    root.add("Gain", "g", Gain="[1 2;3 4]")
    root.add("Gain", "h", Gain="[1 1]", Multiplication="Matrix(K*u)")
    root.add("Outport", "y")
    wired(root, "u -> g -> h -> y")
    u = np.arange(8.0).reshape(2, 2, 2)
    y = run(made, inputs={"u": u}, step=1, stop_time=1)["y"]
    np.testing.assert_array_equal(y, [np.ones((1, 2)) @ (np.array([[1, 2], [3, 4]]) * x) for x in u])
