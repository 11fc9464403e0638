"""Enabled subsystems, against a plain loop that runs the inside only while it is enabled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_diagrams import inside, run, wired

from bridge.errors import AlgebraicLoop, MissingVariables
from bridge.model import Block, Model, System

ON = np.array([0, 1, 1, 0, 0, 1, 1, 1, 0, 1], float)
U = np.arange(1.0, 11.0)
STEPS = {"step": 1, "stop_time": 9}


def enabled(root: System, name: str = "sub", states: str = "held", held: str = "held", initial: str = "[]") -> System:
    """An enabled subsystem with an Inport ``in`` and an Outport ``out``."""
    system = inside(root.add("SubSystem", name))
    system.add("EnablePort", "Enable", StatesWhenEnabling=states)
    system.add("Inport", "in")
    system.add("Outport", "out", OutputWhenDisabled=held, InitialOutput=initial)
    return system


def outside(made: Model) -> System:
    """Inports u and on, wired to ``sub``, and an Outport y."""
    root = made.root
    root.add("Inport", "u", Port=1)
    root.add("Inport", "on", Port=2)
    root.add("Outport", "y")
    return root


def summing(states: str, held: str, initial: str) -> Model:
    """A sum of its inputs so far, the present one included, in an enabled subsystem."""
    made = Model.new("m")
    root = outside(made)
    system = enabled(root, "sub", states, held, initial)
    system.add("Sum", "sum", Inputs="++")
    system.add("UnitDelay", "x", InitialCondition=100)
    wired(system, "in -> sum/1", "x -> sum/2", "sum -> x", "sum -> out")
    wired(root, "u -> sub", "on -> sub/enable", "sub -> y")
    return made


def summed(on: Any, states: str, held: str, initial: float) -> list[float]:
    y, x, ran, expected = initial, 100.0, False, []
    for u, runs in zip(U, on, strict=True):
        if runs:
            if states == "reset" and not ran:
                x = 100.0
            x += u
            y = x
        elif held == "reset":
            y = initial
        ran = bool(runs)
        expected.append(y)
    return expected


@pytest.mark.parametrize("states", ["held", "reset"])
@pytest.mark.parametrize("held", ["held", "reset"])
@pytest.mark.parametrize("initial", [0.0, -5.0])
def test_states_and_outputs_are_held_or_reset(states: str, held: str, initial: float) -> None:
    made = summing(states, held, "[]" if initial == 0 else repr(initial))
    for on in (ON, 1 - ON, np.zeros(10), np.ones(10)):
        y = run(made, inputs={"u": U, "on": on}, **STEPS)["y"]
        assert y.tolist() == summed(on, states, held, initial), on


def test_it_runs_while_the_signal_is_above_zero() -> None:
    made = summing("held", "held", "[]")
    signal = np.array([-1, 0.5, 2, 0, -0.1, 1e-300, 3, 1, 0, 1])
    y = run(made, inputs={"u": U, "on": signal}, **STEPS)["y"]
    assert y.tolist() == summed(signal > 0, "held", "held", 0.0)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float32"])
def test_the_signal_may_have_any_data_type(dtype: str) -> None:
    y = run(summing("held", "held", "[]"), inputs={"u": U, "on": ON.astype(dtype)}, **STEPS)["y"]
    assert y.tolist() == summed(ON, "held", "held", 0.0)


def test_a_vector_enables_while_any_element_is_above_zero() -> None:
    signal = np.stack([ON, 0 * ON - 1], axis=1)
    y = run(summing("held", "held", "[]"), inputs={"u": U, "on": signal}, **STEPS)["y"]
    assert y.tolist() == summed(ON, "held", "held", 0.0)


def test_without_a_signal_it_never_runs() -> None:
    made = summing("held", "held", "-5")
    made.root.lines[:] = [line for line in made.root.lines if line.source is None or line.source.block != "on"]
    assert run(made, inputs={"u": U}, **STEPS)["y"].tolist() == [-5] * 10


def test_an_initial_output_of_every_element() -> None:
    made = Model.new("m")
    root = outside(made)
    system = enabled(root, initial="[7 8]")
    system.add("Gain", "g", Gain="[1 2]")
    wired(system, "in -> g -> out")
    wired(root, "u -> sub", "on -> sub/enable", "sub -> y")
    y = run(made, inputs={"u": U, "on": ON}, **STEPS)["y"]
    np.testing.assert_array_equal(y[:4], [[7, 8], [2, 4], [3, 6], [3, 6]])


def test_an_initial_output_may_be_a_variable_and_be_set() -> None:
    made = summing("held", "held", "first")
    off = np.zeros(10)
    assert run(made, workspace={"first": 3.0}, inputs={"u": U, "on": off}, **STEPS)["y"].tolist() == [3.0] * 10
    for path, value in (("sub/out/InitialOutput", -4.0), ("sub/out/InitialOutput", "2*2-8")):
        y = run(made, workspace={"first": 3.0}, inputs={"u": U, "on": off}, set={path: value}, **STEPS)["y"]
        assert y.tolist() == [-4.0] * 10
    words = {"sub/out/OutputWhenDisabled": "reset", "sub/Enable/StatesWhenEnabling": "reset"}
    y = run(made, workspace={"first": -5.0}, inputs={"u": U, "on": ON}, set=words, **STEPS)["y"]
    assert y.tolist() == summed(ON, "reset", "reset", -5.0)
    with pytest.raises(MissingVariables, match=r"first.*out, parameter InitialOutput"):
        run(made, inputs={"u": U, "on": off}, set={"sub/x/InitialCondition": "other"}, **STEPS)


def test_several_outports_hold_for_themselves() -> None:
    made = Model.new("m")
    root = outside(made)
    root.add("Outport", "z", Port=2)
    system = enabled(root, held="reset", initial="-1")
    system.add("Outport", "out2", Port=2, InitialOutput="-2")
    wired(system, "in -> out", "in -> out2")
    wired(root, "u -> sub", "on -> sub/enable", "sub/1 -> y", "sub/2 -> z")
    recording = run(made, inputs={"u": U, "on": ON}, **STEPS)
    held = -2.0
    for k, runs in enumerate(ON):
        held = U[k] if runs else held
        assert recording["y"][k] == (U[k] if runs else -1)
        assert recording["z"][k] == held


def nested(states: str) -> Model:
    """A counter in an enabled subsystem in an enabled subsystem; the inner signal comes in with the data."""
    made = Model.new("m")
    root = outside(made)
    root.add("Inport", "on2", Port=3)
    outer = enabled(root, "outer", states)
    outer.add("Inport", "inner on", Port=2)
    inner = enabled(outer, "inner", "held")
    inner.add("Sum", "sum", Inputs="++")
    inner.add("UnitDelay", "x")
    wired(inner, "in -> sum/1", "x -> sum/2", "sum -> x", "sum -> out")
    wired(outer, "in -> inner", "inner on -> inner/enable", "inner -> out")
    wired(root, "u -> outer/1", "on2 -> outer/2", "on -> outer/enable", "outer -> y")
    return made


@pytest.mark.parametrize("states", ["held", "reset"])
def test_enabled_in_enabled(states: str) -> None:
    on, on2 = ON, np.array([1, 0, 1, 1, 1, 1, 0, 1, 1, 1], float)
    recording = run(nested(states), inputs={"u": np.ones(10), "on": on, "on2": on2}, **STEPS)
    x, inner_y, y, ran, expected = 0.0, 0.0, 0.0, False, []
    for outer_runs, inner_runs in zip(on, on2, strict=True):
        if outer_runs:
            if states == "reset" and not ran:
                x = 0.0
            if inner_runs:
                x += 1
                inner_y = x
            y = inner_y
        ran = bool(outer_runs)
        expected.append(y)
    assert recording["y"].tolist() == expected


def test_an_outport_without_an_initial_output_takes_that_of_the_subsystem_inside() -> None:
    """(Simulink, *Conditional Subsystem Initial Output Values*.)"""
    made = nested("held")
    inside(inside(made.root.block("outer")).block("inner")).block("out").parameters["InitialOutput"] = "-7"
    on, on2 = np.array([0, 1, 1, 1, 0.0]), np.array([1, 0, 1, 0, 1.0])
    y = run(made, inputs={"u": U[:5], "on": on, "on2": on2}, step=1, stop_time=4)["y"]
    assert y.tolist() == [-7, -7, 3, 3, 3]


def test_a_delay_inside_feeds_back_through_the_outside() -> None:
    """The delay's input is made of its own output outside: the subsystem shows first and takes in later."""
    made = Model.new("m")
    root = outside(made)
    system = enabled(root)
    system.add("UnitDelay", "x", InitialCondition=1)
    wired(system, "in -> x -> out")
    root.add("Sum", "sum", Inputs="++")
    wired(root, "u -> sum/1", "sub -> sum/2", "sum -> sub", "on -> sub/enable", "sum -> y")
    recording = run(made, inputs={"u": U, "on": ON}, **STEPS)
    x, shown, expected = 1.0, 0.0, []
    for u, runs in zip(U, ON, strict=True):
        shown = x if runs else shown
        expected.append(u + shown)
        x = expected[-1] if runs else x
    assert recording["y"].tolist() == expected


@pytest.mark.parametrize("states", ["held", "reset"])
def test_two_subsystems_that_feed_each_other(states: str) -> None:
    made = Model.new("m")
    root = outside(made)
    for name in ("a", "b"):
        system = enabled(root, name, states)
        system.add("UnitDelay", "x", InitialCondition=1)
        system.add("Gain", "g", Gain=2)
        wired(system, "in -> x -> g -> out")
        wired(root, f"on -> {name}/enable")
    wired(root, "a -> b", "b -> a", "a -> y")
    recording = run(made, inputs={"u": U, "on": ON}, **STEPS)
    a = b = 1.0
    shown_a = shown_b = 0.0
    ran, expected = False, []
    for runs in ON:
        if runs:
            if states == "reset" and not ran:
                a = b = 1.0
            shown_a, shown_b = 2 * a, 2 * b
            a, b = shown_b, shown_a
        ran = bool(runs)
        expected.append(shown_a)
    assert recording["y"].tolist() == expected


def test_what_comes_before_a_delay_inside_makes_a_loop() -> None:
    """A subsystem that runs under a condition computes its outputs as one: all that it shows waits for all it reads."""
    made = Model.new("m")
    root = outside(made)
    for name in ("a", "b"):
        system = enabled(root, name)
        system.add("Gain", "g")
        system.add("UnitDelay", "x")
        wired(system, "in -> g -> x -> out")
        wired(root, f"on -> {name}/enable")
    wired(root, "a -> b", "b -> a", "a -> y")
    with pytest.raises(AlgebraicLoop) as caught:
        run(made, inputs={"on": ON}, **STEPS)
    assert sorted(caught.value.cycle) == ["m/a", "m/b"]


def test_a_loop_without_a_delay_is_found_across_the_border() -> None:
    made = Model.new("m")
    root = outside(made)
    system = enabled(root)
    system.add("Gain", "g")
    wired(system, "in -> g -> out")
    root.add("Sum", "sum", Inputs="++")
    wired(root, "u -> sum/1", "sub -> sum/2", "sum -> sub", "on -> sub/enable", "sum -> y")
    with pytest.raises(AlgebraicLoop) as caught:
        run(made, inputs={"u": U, "on": ON}, **STEPS)
    assert sorted(caught.value.cycle) == ["m/sub", "m/sum"]


def test_what_enables_may_come_from_inside_after_a_delay() -> None:
    """The subsystem switches itself off once its counter has reached 3."""
    made = Model.new("m")
    root = outside(made)
    system = enabled(root)
    system.add("Sum", "sum", Inputs="++")
    system.add("UnitDelay", "x")
    wired(system, "in -> sum/1", "x -> sum/2", "sum -> x", "sum -> out")
    root.add("Bias", "left", Bias=-3)
    root.add("Gain", "minus", Gain=-1)
    root.add("UnitDelay", "before", InitialCondition=1)
    wired(root, "u -> sub", "sub -> left -> minus -> before -> sub/enable", "sub -> y")
    y = run(made, inputs={"u": np.ones(10), "on": ON}, **STEPS)["y"]
    assert y.tolist() == [1, 2, 3, 3, 3, 3, 3, 3, 3, 3]


def test_a_slow_block_inside_runs_at_its_hits_while_enabled() -> None:
    made = Model.new("m")
    root = outside(made)
    system = enabled(root)
    options = {"IntegratorMethod": "Accumulation: Backward Euler", "InitialConditionSetting": "Auto"}
    system.add("DiscreteIntegrator", "sum", SampleTime=2, **options)
    wired(system, "in -> sum -> out")
    wired(root, "u -> sub", "on -> sub/enable", "sub -> y")
    y = run(made, inputs={"u": U, "on": ON}, **STEPS, log=["sub"])["sub"]
    x, held, shown, expected = 0.0, 0.0, 0.0, []
    for k, runs in enumerate(ON):
        if runs:
            if k % 2 == 0:
                x += U[k]
                held = x
            shown = held
        expected.append(shown)
    assert y.tolist() == expected


def test_a_sink_inside_is_recorded_and_a_signal_inside_may_be_logged() -> None:
    made = summing("held", "held", "[]")
    recording = run(made, inputs={"u": U, "on": ON}, **STEPS, log=["sub/x"])
    x, expected, shown = 100.0, [], 0.0
    for u, runs in zip(U, ON, strict=True):
        shown = x if runs else shown
        x += u if runs else 0
        expected.append(shown)
    assert recording["sub/x"].tolist() == expected


def test_a_mask_around_an_enabled_subsystem() -> None:
    from bridge.model import Mask, MaskParameter

    made = Model.new("m")
    root = outside(made)
    system = enabled(root, initial="k0")
    system.add("Gain", "g", Gain="k")
    wired(system, "in -> g -> out")
    wired(root, "u -> sub", "on -> sub/enable", "sub -> y")
    block: Block = root.block("sub")
    block.mask = Mask(parameters=[MaskParameter("k", "10"), MaskParameter("k0", "-3")])
    y = run(made, inputs={"u": U, "on": ON}, **STEPS)["y"]
    assert y[:4].tolist() == [-3, 20, 30, 30]


def test_a_virtual_subsystem_inside_an_enabled_one() -> None:
    made = Model.new("m")
    root = outside(made)
    system = enabled(root)
    plain = inside(system.add("SubSystem", "plain"))
    plain.add("Inport", "in")
    plain.add("UnitDelay", "x")
    plain.add("Outport", "out")
    wired(plain, "in -> x -> out")
    wired(system, "in -> plain -> out")
    wired(root, "u -> sub", "on -> sub/enable", "sub -> y")
    recording = run(made, inputs={"u": U, "on": ON}, **STEPS)
    x, shown, expected = 0.0, 0.0, []
    for u, runs in zip(U, ON, strict=True):
        shown, x = (x, u) if runs else (shown, x)
        expected.append(shown)
    assert recording["y"].tolist() == expected
    assert set(recording.state) >= {"m/sub/plain/x"}


def test_a_subsystem_without_outports_still_records() -> None:
    made = Model.new("m")
    root = outside(made)
    system = inside(root.add("SubSystem", "sub"))
    system.add("EnablePort", "Enable")
    system.add("Inport", "in")
    system.add("ToWorkspace", "out", VariableName="v")
    wired(system, "in -> out")
    wired(root, "u -> sub", "on -> sub/enable", "u -> y")
    recording = run(made, inputs={"u": U, "on": ON}, **STEPS)
    held, expected = 0.0, []
    for u, runs in zip(U, ON, strict=True):
        held = u if runs else held
        expected.append(held)
    # Simulink records while the subsystem runs; here every step is there, the value held meanwhile.
    assert recording["v"].tolist() == expected


def test_an_enabled_subsystem_inside_one_that_was_switched_off_starts_again() -> None:
    """The outer one holds its states; but the inner one was switched off with it, and resets when it is on again."""
    made = Model.new("m")
    root = outside(made)
    outer = enabled(root, "outer", "held")
    inner = enabled(outer, "inner", "reset")
    outer.add("Constant", "one")
    inner.add("Sum", "sum", Inputs="++")
    inner.add("UnitDelay", "x")
    wired(inner, "in -> sum/1", "x -> sum/2", "sum -> x", "sum -> out")
    wired(outer, "in -> inner", "one -> inner/enable", "inner -> out")
    wired(root, "u -> outer", "on -> outer/enable", "outer -> y")
    y = run(made, inputs={"u": U, "on": ON}, **STEPS)["y"]
    x, shown, ran, expected = 0.0, 0.0, False, []
    for u, runs in zip(U, ON, strict=True):
        if runs:
            x = shown = (x if ran else 0.0) + u
        ran = bool(runs)
        expected.append(shown)
    assert y.tolist() == expected


def test_what_enables_shows_inside() -> None:
    made = Model.new("m")
    root = outside(made)
    system = inside(root.add("SubSystem", "sub"))
    system.add("EnablePort", "Enable", ShowOutputPort="on")
    system.add("Inport", "in")
    system.add("Outport", "out")
    system.add("Sum", "sum", Inputs="++")
    wired(system, "in -> sum/1", "Enable -> sum/2", "sum -> out")
    wired(root, "u -> sub", "on -> sub/enable", "sub -> y")
    y = run(made, inputs={"u": U, "on": 3 * ON}, **STEPS, log=["sub/Enable"])["y"]
    assert y.tolist() == [0, 5, 6, 6, 6, 9, 10, 11, 11, 13]


@pytest.mark.parametrize("setting", ["Auto", "Output"])
@pytest.mark.parametrize("states", ["held", "reset"])
@pytest.mark.parametrize("rule", ["Backward Euler", "Trapezoidal"])
def test_an_integrator_that_shows_its_state_shows_it_whenever_it_is_enabled(
    setting: str, states: str, rule: str
) -> None:
    """As MathWorks' generated code: SYSTEM_ENABLE is set on enabling, and for that step the output is the state."""
    made = Model.new("m")
    root = outside(made)
    system = enabled(root, states=states)
    options = {"IntegratorMethod": f"Integration: {rule}", "InitialConditionSetting": setting, "InitialCondition": 10}
    system.add("DiscreteIntegrator", "sum", **options)
    wired(system, "in -> sum -> out")
    wired(root, "u -> sub", "on -> sub/enable", "sub -> y")
    part = 1.0 if rule == "Backward Euler" else 0.5
    for on in (ON, np.ones(10)):
        y = run(made, inputs={"u": U, "on": on}, **STEPS)["y"]
        x, shown, ran, expected = 10.0, 0.0, False, []
        for u, runs in zip(U, on, strict=True):
            if runs:
                if states == "reset" and not ran:
                    x = 10.0
                shown = x if setting == "Output" and not ran else x + part * u
                x = shown if rule == "Backward Euler" else shown + part * u
            ran = bool(runs)
            expected.append(shown)
        assert y.tolist() == expected
