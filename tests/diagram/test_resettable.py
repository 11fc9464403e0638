"""Resettable subsystems, against a plain loop that puts the states back before it computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_diagrams import inside, run, wired
from zero_crossings import SIGNAL, SIGNS, U, fired, outside, steps

from bridge.errors import TypeMismatch
from bridge.model import Model


def resettable(**options: Any) -> Model:
    """A sum of its inputs so far, and one of every second, in a subsystem inside that is enabled above 3."""
    made = Model.new("m")
    root = outside(made)
    root.add("Outport", "z", Port=2)
    system = inside(root.add("SubSystem", "sub"))
    system.add("ResetPort", "Reset", **options)
    system.add("Inport", "in")
    system.add("Outport", "out")
    system.add("Outport", "out2", Port=2)
    system.add("Sum", "sum", Inputs="++")
    system.add("UnitDelay", "x", InitialCondition=100)
    inner = inside(system.add("SubSystem", "inner"))
    inner.add("EnablePort", "Enable")
    inner.add("Inport", "in")
    inner.add("Outport", "out")
    inner.add("Sum", "sum", Inputs="++")
    inner.add("UnitDelay", "x")
    system.add("Bias", "bias", Bias=-3)
    wired(inner, "in -> sum/1", "x -> sum/2", "sum -> x", "sum -> out")
    wired(system, "in -> sum/1", "x -> sum/2", "sum -> x", "sum -> out")
    wired(system, "in -> bias -> inner/enable", "in -> inner -> out2")
    wired(root, "u -> sub", "s -> sub/Reset", "sub -> y", "sub/2 -> z")
    return made


def resets(kind: str, signal: Any) -> list[bool]:
    if kind == "level hold":
        return [value != 0 for value in signal]
    if kind == "level":
        before = [0.0, *signal[:-1]]
        return [now != 0 or last != 0 for now, last in zip(signal, before, strict=True)]
    return [event != 0 for event in fired(kind, signal)]


@pytest.mark.parametrize("kind", ["level", "level hold", "rising", "falling", "either"])
@pytest.mark.parametrize("dtype", [float, bool])
def test_states_take_their_initial_values_before_the_outputs(kind: str, dtype: Any) -> None:
    rng = np.random.default_rng(1)
    signal = np.concatenate([SIGNAL, rng.choice(SIGNS, 40), np.zeros(30)])
    signal = (signal > 0).astype(float) if dtype is bool else signal
    u = rng.integers(1, 7, len(signal)).astype(float)
    recording = run(resettable(ResetTriggerType=kind), inputs={"u": u, "s": signal.astype(dtype)}, **steps(len(u)))
    x, inner, shown, y, z = 100.0, 0.0, 0.0, [], []
    for value, again in zip(u, resets(kind, signal), strict=True):
        if again:
            x, inner = 100.0, 0.0
        x += value
        if value > 3:
            inner += value
            shown = inner
        y.append(x)
        z.append(shown)
    assert recording["y"].tolist() == y
    assert recording["z"].tolist() == z


def test_a_vector_does_not_reset() -> None:
    with pytest.raises(TypeMismatch, match="m/sub/Reset: one real number resets"):
        run(resettable(), inputs={"u": U, "s": np.stack([SIGNAL, SIGNAL], axis=1)}, **steps(len(U)))


def test_a_delay_inside_breaks_a_loop_around_it() -> None:
    made = Model.new("m")
    root = outside(made)
    system = inside(root.add("SubSystem", "sub"))
    system.add("ResetPort", "Reset", ResetTriggerType="rising")
    system.add("Inport", "in")
    system.add("Outport", "out")
    system.add("UnitDelay", "x", InitialCondition=1)
    wired(system, "in -> x -> out")
    root.add("Gain", "double", Gain=2)
    wired(root, "sub -> double -> sub", "s -> sub/Reset", "double -> y")
    y = run(made, inputs={"s": SIGNAL}, **steps(len(U)))["y"]
    x, expected = 1.0, []
    for again in resets("rising", SIGNAL):
        x = 2 * (1.0 if again else x)
        expected.append(x)
    assert y.tolist() == expected
