"""The order of execution, and the loops that have none."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from small_diagrams import inside, run, wired

from bridge.errors import AlgebraicLoop
from bridge.model import Model


@pytest.mark.parametrize("order", list(itertools.permutations(["u", "double", "square", "sum", "y"])))
def test_the_order_in_the_file_does_not_matter(order: tuple[str, ...]) -> None:
    """y = 2 u + u^2, with the blocks in any order."""
    made = Model.new("m")
    root = made.root
    kinds = {
        "u": ("Inport", {}),
        "double": ("Gain", {"Gain": 2}),
        "square": ("Product", {}),
        "sum": ("Sum", {"Inputs": "++"}),
        "y": ("Outport", {}),
    }
    for name in order:
        kind, parameters = kinds[name]
        root.add(kind, name, **parameters)
    wired(root, "u -> double -> sum/1", "u -> square/1", "u -> square/2", "square -> sum/2", "sum -> y")
    from bridge.simulation import simulate

    recording = simulate(made, inputs={"u": [1.0, 2.0, 3.0]}, step=1, stop_time=2)
    assert recording["y"].tolist() == [3, 8, 15]


def ring(*kinds: str) -> Model:
    """Blocks b1, b2, … in a ring, the first one a sum with an Inport."""
    made = Model.new("m")
    root = made.root
    root.add("Inport", "u")
    root.add("Sum", "b1", Inputs="++")
    for k, kind in enumerate(kinds, 2):
        root.add(kind, f"b{k}")
    root.add("Outport", "y")
    last = len(kinds) + 1
    wired(root, "u -> b1/1", " -> ".join(f"b{k}" for k in range(1, last + 1)), f"b{last} -> b1/2", "b1 -> y")
    return made


def failing(made: Model) -> AlgebraicLoop:
    with pytest.raises(AlgebraicLoop) as caught:
        run(made, inputs={"u": np.ones(3)}, step=1, stop_time=2)
    return caught.value


def test_a_loop_is_printed_in_the_direction_of_the_signals() -> None:
    error = failing(ring("Gain", "Abs", "Gain"))
    start = error.cycle.index("m/b1")
    assert [*error.cycle[start:], *error.cycle[:start]] == ["m/b1", "m/b2", "m/b3", "m/b4"]
    assert str(error).count(" -> ") == 4  # and back to where it began
    assert str(error).endswith(error.cycle[0])


def test_a_block_that_feeds_itself_is_a_loop() -> None:
    made = Model.new("m")
    made.root.add("Inport", "u")
    made.root.add("Sum", "sum")
    made.root.add("Outport", "y")
    wired(made.root, "u -> sum/1", "sum -> sum/2", "sum -> y")
    assert failing(made).cycle == ["m/sum"]


def test_blocks_beside_a_loop_are_not_blamed() -> None:
    made = ring("Gain")
    made.root.add("Gain", "before")
    made.root.add("Gain", "after")
    made.root.add("Terminator", "end")
    wired(made.root, "u -> before", "b1 -> after -> end")
    assert sorted(failing(made).cycle) == ["m/b1", "m/b2"]


@pytest.mark.parametrize("kind", ["UnitDelay", "Memory", "Delay", "DiscreteIntegrator", "DiscreteTransferFcn"])
def test_a_block_without_feedthrough_opens_a_loop(kind: str) -> None:
    made = ring("Gain", kind)
    assert len(run(made, inputs={"u": np.ones(3)}, step=1, stop_time=2)["y"]) == 3


def test_a_zero_order_hold_does_not() -> None:
    failing(ring("ZeroOrderHold"))


def test_a_loop_through_goto_and_from() -> None:
    made = Model.new("m")
    root = made.root
    root.add("Inport", "u")
    root.add("Sum", "sum")
    root.add("Goto", "goto")
    root.add("From", "from")
    root.add("Outport", "y")
    wired(root, "u -> sum/1", "from -> sum/2", "sum -> goto", "sum -> y")
    assert failing(made).cycle == ["m/sum"]


def test_a_loop_into_a_virtual_subsystem_is_named_where_it_runs() -> None:
    made = Model.new("m")
    root = made.root
    root.add("Inport", "u")
    root.add("Sum", "sum")
    sub = inside(root.add("SubSystem", "sub"))
    sub.add("Inport", "in")
    sub.add("Gain", "gain")
    sub.add("Outport", "out")
    wired(sub, "in -> gain -> out")
    root.add("Outport", "y")
    wired(root, "u -> sum/1", "sum -> sub", "sub -> sum/2", "sum -> y")
    assert sorted(failing(made).cycle) == ["m/sub/gain", "m/sum"]


def test_two_ways_through_one_subsystem_are_no_loop() -> None:
    """Out 1 of the subsystem comes back as its input 2, which only concerns out 2: fine, as it is virtual."""
    made = Model.new("m")
    root = made.root
    root.add("Inport", "u")
    sub = inside(root.add("SubSystem", "sub"))
    for k in (1, 2):
        sub.add("Inport", f"in{k}", Port=k)
        sub.add("Gain", f"gain{k}", Gain=k + 1)
        sub.add("Outport", f"out{k}", Port=k)
        wired(sub, f"in{k} -> gain{k} -> out{k}")
    root.add("Outport", "y")
    wired(root, "u -> sub/1", "sub/1 -> sub/2", "sub/2 -> y")
    assert run(made, inputs={"u": np.ones(2)}, step=1, stop_time=1)["y"].tolist() == [6, 6]


def test_a_long_chain_against_the_order_of_the_file() -> None:
    made = Model.new("m")
    root = made.root
    root.add("Outport", "y")
    for k in reversed(range(300)):
        root.add("Bias", f"b{k}", Bias=1)
    root.add("Inport", "u")
    wired(root, "u -> b0", "b299 -> y")
    for k in range(299):
        wired(root, f"b{k} -> b{k + 1}")
    assert run(made, inputs={"u": np.zeros(1)}, step=1, stop_time=0)["y"].tolist() == [300]
