"""Sizes and order where blocks wait for each other in a cycle."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import wired

import bridge
from bridge.errors import AlgebraicLoop, DimensionMismatch
from bridge.model import Model


def state_space(initial: str, *, delay: bool = True, names: str = "sum") -> Model:
    """x(k+1) = A x + B u, recorded as x(k)."""
    model = Model.new("loop")
    model.configure(StopTime="3", SolverName="FixedStepDiscrete", FixedStep="1")
    root = model.root
    root.add("Constant", "u", Value="[1; 2]")
    root.add("Gain", "B", Gain="B", Multiplication="Matrix(K*u)")
    root.add("Gain", "A", Gain="A", Multiplication="Matrix(K*u)")
    root.add("Sum", names, ports={"in": 2, "out": 1}, Inputs="++")
    if delay:
        root.add("UnitDelay", "x", InitialCondition=initial, SampleTime="1")
    else:
        root.add("Gain", "x")
    root.add("ToWorkspace", "record", VariableName="x", SaveFormat="Array")
    for start, end in (("u", "B"), ("A", (names, 1)), ("B", (names, 2)), (names, "x"), ("x", "A"), ("x", "record")):
        root.connect(start, end)
    return model


A, B = np.array([[0.5, 1.0, 0.0], [0.0, 0.5, 1.0], [0.0, 0.0, 0.5]]), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


@pytest.mark.parametrize(("initial", "first"), [("0", 0.0), ("2", 2.0), ("[2;2;2]", 2.0)])
def test_a_scalar_initial_condition_spreads_over_the_signal_of_its_cycle(initial: str, first: float) -> None:
    x, expected = np.full(3, first), []
    for _ in range(4):
        expected.append(x)
        x = A @ x + B @ [1.0, 2.0]
    assert np.array_equal(bridge.simulate(state_space(initial), {"A": A, "B": B})["x"], expected)


def test_an_initial_condition_of_another_size_is_named() -> None:
    with pytest.raises(DimensionMismatch, match=r"^loop/x: the initial value .* size 2 .* size 3"):
        bridge.simulate(state_space("[1;2]"), {"A": A, "B": B})


def test_a_misfit_in_a_cycle_names_both_blocks() -> None:
    with pytest.raises(DimensionMismatch, match=r"^loop/sum: .*'loop/A'.*'loop/B'"):
        bridge.simulate(state_space("0"), {"A": A[:2], "B": B})


def test_a_cycle_without_a_delay_is_an_algebraic_loop() -> None:
    with pytest.raises(AlgebraicLoop) as caught:
        bridge.simulate(state_space("0", delay=False), {"A": A, "B": B})
    assert sorted(caught.value.cycle) == ["loop/A", "loop/sum", "loop/x"]


def test_a_demux_tells_how_many_elements_go_around() -> None:
    """The delay starts from a scalar, and nothing else in the cycle knows a size: three counters."""
    model = Model.new("m")
    root = model.root
    root.add("UnitDelay", "x", InitialCondition="5", SampleTime="1")
    root.add("Demux", "parts", Outputs="3")
    root.add("Constant", "one", SampleTime="1")
    root.add("Sum", "sum", Inputs="++")
    root.add("Mux", "joined", Inputs="3")
    root.add("Outport", "y")
    wired(root, "x -> parts", "parts/2 -> sum/1", "one -> sum/2", "sum -> joined/1")
    wired(root, "parts/3 -> joined/2", "parts/1 -> joined/3", "joined -> x -> y")
    y = bridge.simulate(model, stop_time=3)["y"]
    assert y.tolist() == [[5, 5, 5], [6, 5, 5], [6, 5, 6], [6, 6, 6]]
