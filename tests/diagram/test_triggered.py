"""Triggered subsystems, against plain loops, and against what Simulink itself recorded.

The loops follow the rule that MathWorks' generated code has for crossings of zero (``rt_ZCFcn``), and its way with
elapsed time (``ELAPS_T``): class of evidence `coder`, written out by hand.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_diagrams import inside, run, wired
from zero_crossings import SIGNAL, SIGNS, U, fired, outside, steps

from bridge.errors import AlgebraicLoop, ModelError, UnsupportedBlock
from bridge.files import read
from bridge.model import Model, System

KINDS = ("rising", "falling", "either")


def triggered(root: System, name: str = "sub", **options: Any) -> System:
    """A triggered subsystem with an Inport ``in`` and an Outport ``out``."""
    system = inside(root.add("SubSystem", name))
    system.add("TriggerPort", "Trigger", **options)
    system.add("Inport", "in")
    system.add("Outport", "out")
    return system


def counting(**options: Any) -> Model:
    """A sum of its inputs so far, in a triggered subsystem."""
    made = Model.new("m")
    root = outside(made)
    system = triggered(root, **options)
    system.add("Sum", "sum", Inputs="++")
    system.add("UnitDelay", "x", InitialCondition=100)
    wired(system, "in -> sum/1", "x -> sum/2", "sum -> x", "sum -> out")
    wired(root, "u -> sub", "s -> sub/trigger", "sub -> y")
    return made


def counted(events: Any, u: Any = U) -> list[float]:
    x, y, expected = 100.0, 0.0, []
    for value, event in zip(u, events, strict=True):
        if event:
            x = y = x + value
        expected.append(y)
    return expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8])
def test_it_runs_when_the_signal_crosses_zero(kind: str, dtype: Any) -> None:
    signal = SIGNAL if dtype is np.float64 else np.round(SIGNAL)
    y = run(counting(TriggerType=kind), inputs={"u": U, "s": signal.astype(dtype)}, **steps(len(U)))["y"]
    assert y.tolist() == counted(fired(kind, signal))


def test_negative_zero_positive_fires_once_and_a_zero_that_lasts_twice() -> None:
    signal = np.array([-1.0, 0, 1, -1, 0, 0, 1, 1, 2])
    y = run(counting(), inputs={"u": np.ones(9), "s": signal}, **steps(9))["y"]
    assert y.tolist() == [0, 101, 101, 101, 102, 102, 103, 103, 103]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [bool, np.uint8])
def test_signals_that_are_never_negative(kind: str, dtype: Any) -> None:
    signal = np.array([1, 1, 0, 0, 1, 0, 1, 1, 0, 1])
    y = run(counting(TriggerType=kind), inputs={"u": U[:10], "s": signal.astype(dtype)}, **steps(10))["y"]
    assert y.tolist() == counted(fired(kind, signal), U[:10])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", ["compatibility (no trigger on first evaluation)", "zero", "positive", "negative"])
@pytest.mark.parametrize("first", SIGNS)
def test_the_first_sample_fires_only_where_a_state_before_it_is_given(kind: str, word: str, first: float) -> None:
    before = {"zero": 0.0, "positive": 1.0, "negative": -1.0}.get(word)
    signal = np.array([first, 2, 0, 1])
    made = counting(TriggerType=kind, InitialTriggerSignalState=word)
    y = run(made, inputs={"u": U[:4], "s": signal}, **steps(4))["y"]
    assert y.tolist() == counted(fired(kind, signal, before), U[:4])
    if before is None:
        assert y[0] == 0


def test_any_element_of_a_vector_fires_and_the_output_tells_which() -> None:
    made = Model.new("m")
    root = outside(made)
    system = triggered(root, TriggerType="either", ShowOutputPort="on", OutputDataType="int8")
    wired(system, "Trigger -> out")
    wired(root, "u -> sub", "s -> sub/trigger", "sub -> y")
    signal = np.stack([SIGNAL, -SIGNAL, np.roll(SIGNAL, 3)], axis=1)
    y = run(made, inputs={"u": U, "s": signal}, **steps(len(U)))["y"]
    events = np.stack([fired("either", column) for column in signal.T], axis=1)
    shown, expected = np.zeros(3), []
    for row in events:
        shown = row if row.any() else shown
        expected.append(shown)
    np.testing.assert_array_equal(y, expected)
    assert y.dtype == np.int8


def test_the_output_is_double_unless_told() -> None:
    made = Model.new("m")
    root = outside(made)
    system = triggered(root, ShowOutputPort="on")
    wired(system, "Trigger -> out")
    wired(root, "u -> sub", "s -> sub/trigger", "sub -> y")
    y = run(made, inputs={"u": U[:3], "s": np.array([-1.0, 1, 1])}, **steps(3))["y"]
    assert y.tolist() == [0, 1, 1]
    assert y.dtype == np.float64


def test_without_a_signal_it_never_runs() -> None:
    made = counting()
    made.root.lines[:] = [line for line in made.root.lines if line.source is None or line.source.block != "s"]
    assert run(made, inputs={"u": U}, **steps(len(U)))["y"].tolist() == [0] * len(U)


def test_a_slow_signal_fires_once_and_what_follows_has_its_rate() -> None:
    made = counting()
    made.root.add("ZeroOrderHold", "hold", SampleTime=3)
    made.root.lines[:] = [line for line in made.root.lines if line.source is None or line.source.block != "s"]
    wired(made.root, "s -> hold -> sub/trigger")
    recording = run(made, inputs={"u": U, "s": SIGNAL}, **steps(len(U)))
    assert recording["y"].tolist() == counted(fired("rising", SIGNAL[::3]), U[::3])
    assert recording.times["y"].tolist() == list(range(0, len(U), 3))


def test_a_loop_through_it_is_algebraic_though_a_delay_stands_inside() -> None:
    """It computes and takes in at one moment: what comes in must be there, whatever stands inside."""
    made = Model.new("m")
    root = outside(made)
    system = triggered(root)
    system.add("UnitDelay", "x")
    wired(system, "in -> x -> out")
    root.add("Gain", "gain", Gain=2)
    wired(root, "sub -> gain -> sub", "s -> sub/trigger", "gain -> y")
    with pytest.raises(AlgebraicLoop) as caught:
        run(made, inputs={"s": SIGNAL}, **steps(len(U)))
    assert sorted(caught.value.cycle) == ["m/gain", "m/sub"]


def test_its_own_output_may_trigger_it_after_a_delay() -> None:
    made = Model.new("m")
    root = outside(made)
    system = triggered(root, TriggerType="either")
    system.add("Gain", "minus", Gain=-1)
    wired(system, "in -> minus -> out")
    root.add("UnitDelay", "before", InitialCondition=1)
    root.add("UnitDelay", "again", InitialCondition=-1)
    wired(root, "sub -> before -> again -> sub/trigger", "before -> sub", "sub -> y")
    y = run(made, **steps(8))["y"]
    trigger, fed, shown, last, expected = -1.0, 1.0, 0.0, None, []
    for _ in range(8):
        if last is not None and fired("either", [last, trigger])[1]:
            shown = -fed
        expected.append(shown)
        last, trigger, fed = trigger, fed, shown
    assert y.tolist() == expected


def both(states: str, held: str) -> Model:
    """A sum in a subsystem that is enabled and triggered; x counts, and the output may reset."""
    made = counting()
    root = made.root
    system = inside(root.block("sub"))
    system.add("EnablePort", "Enable", StatesWhenEnabling=states)
    system.block("out").parameters.update(OutputWhenDisabled=held, InitialOutput="-5")
    root.add("Inport", "on", Port=3)
    wired(root, "on -> sub/enable")
    return made


@pytest.mark.parametrize("states", ["held", "reset"])
@pytest.mark.parametrize("held", ["held", "reset"])
@pytest.mark.parametrize("dtype", [float, np.uint8, bool])
def test_enabled_and_triggered_runs_at_edges_while_it_is_enabled(states: str, held: str, dtype: Any) -> None:
    rng = np.random.default_rng(3)
    on = rng.random(80) > 0.4
    signal = (rng.random(80) > 0.5).astype(dtype)
    u = np.arange(80.0)
    y = run(both(states, held), inputs={"u": u, "s": signal, "on": on.astype(float)}, **steps(80))["y"]
    x, shown, fresh, before, expected = 100.0, -5.0, True, None, []
    for value, runs, now in zip(u, on, signal, strict=True):
        event = before is not None and now > 0 and not before > 0
        if runs and event:
            x = shown = (100.0 if fresh and states == "reset" else x) + value
        fresh = not runs or (fresh and not event)
        if not runs and held == "reset":
            shown = -5.0
        if runs or dtype is not bool:  # generated code keeps the history of a boolean while it is disabled
            before = now
        expected.append(shown)
    assert y.tolist() == expected


@pytest.mark.parametrize("states", ["held", "reset"])
def test_triggered_inside_enabled(states: str) -> None:
    made = Model.new("m")
    root = outside(made)
    root.add("Inport", "on", Port=3)
    outer = inside(root.add("SubSystem", "outer"))
    outer.add("EnablePort", "Enable", StatesWhenEnabling=states)
    outer.add("Inport", "in")
    outer.add("Inport", "s", Port=2)
    outer.add("Outport", "out")
    system = triggered(outer)
    system.add("Sum", "sum", Inputs="++")
    system.add("UnitDelay", "x")
    wired(system, "in -> sum/1", "x -> sum/2", "sum -> x", "sum -> out")
    wired(outer, "in -> sub", "s -> sub/trigger", "sub -> out")
    wired(root, "u -> outer/1", "s -> outer/2", "on -> outer/enable", "outer -> y")
    rng = np.random.default_rng(5)
    on, signal = rng.random(len(U)) > 0.3, rng.choice(SIGNS, len(U))
    y = run(made, inputs={"u": U, "s": signal, "on": on.astype(float)}, **steps(len(U)))["y"]
    x, shown, seen, ran, expected = 0.0, 0.0, [], False, []
    for value, runs, now in zip(U, on, signal, strict=True):
        if runs:
            if states == "reset" and not ran:
                x, seen = 0.0, []
            seen.append(now)
            if fired("rising", seen)[-1]:
                x = shown = x + value
        ran = bool(runs)
        expected.append(shown)
    assert y.tolist() == expected


def test_enabled_inside_triggered_and_a_virtual_subsystem_between() -> None:
    made = Model.new("m")
    root = outside(made)
    system = triggered(root, TriggerType="either")
    middle = inside(system.add("SubSystem", "middle"))
    middle.add("Inport", "in")
    middle.add("Outport", "out")
    inner = inside(middle.add("SubSystem", "inner"))
    inner.add("EnablePort", "Enable", StatesWhenEnabling="reset")
    inner.add("Inport", "in")
    inner.add("Outport", "out")
    inner.add("Sum", "sum", Inputs="++")
    inner.add("UnitDelay", "x")
    middle.add("Bias", "bias", Bias=-20)
    wired(inner, "in -> sum/1", "x -> sum/2", "sum -> x", "sum -> out")
    wired(middle, "in -> inner", "in -> bias -> inner/enable", "inner -> out")
    wired(system, "in -> middle -> out")
    wired(root, "u -> sub", "s -> sub/trigger", "sub -> y")
    u = np.where(np.arange(len(U)) % 17 < 10, 30.0, 10.0)
    y = run(made, inputs={"u": u, "s": SIGNAL}, **steps(len(U)))["y"]
    x, shown, ran, expected = 0.0, 0.0, False, []
    for value, event in zip(u, fired("either", SIGNAL), strict=True):
        if event:
            if value > 20:
                x = shown = (x if ran else 0.0) + value
            ran = value > 20
        expected.append(shown)
    assert y.tolist() == expected


@pytest.mark.parametrize("rule", ["Forward Euler", "Backward Euler", "Trapezoidal"])
@pytest.mark.parametrize("reset", ["none", "rising"])
@pytest.mark.parametrize("setting", ["Auto", "Output"])
def test_an_integrator_takes_the_time_since_it_ran_before(rule: str, reset: str, setting: str) -> None:
    """As generated code: ``y = K * Ts * ELAPS_T * PREV_U + DSTATE``, with no time elapsed at first."""
    made = Model.new("m")
    root = outside(made)
    system = triggered(root)
    options: dict[str, Any] = {"ExternalReset": reset, "InitialConditionSetting": setting, "InitialCondition": 4}
    system.add("DiscreteIntegrator", "sum", gainval=3, IntegratorMethod=f"Integration: {rule}", **options)
    wired(system, "in -> sum/1", "sum -> out")
    wired(root, "u -> sub", "s -> sub/trigger", "sub -> y")
    resets = np.arange(len(U)) % 20 > 14
    if reset == "rising":
        root.add("Inport", "r", Port=3)
        system.add("Inport", "r", Port=2)
        wired(system, "r -> sum/2")
        wired(root, "r -> sub/2")
    inputs = {"u": U, "s": SIGNAL} | ({"r": resets.astype(float)} if reset == "rising" else {})
    y = run(made, inputs=inputs, step=0.5, stop_time=0.5 * (len(U) - 1))["y"]
    x, before, ran, level, shown, expected = 4.0, 0.0, None, None, 0.0, []
    for k, event in enumerate(fired("rising", SIGNAL)):
        if event:
            T = 0.0 if ran is None else 0.5 * (k - ran)
            again = reset == "rising" and level is not None and resets[k] and not level
            x = 4.0 if again else x
            u = {"Forward Euler": before, "Backward Euler": U[k], "Trapezoidal": (U[k] + before) / 2}[rule]
            if not (again and (setting == "Output" or rule == "Forward Euler")):
                x += 3 * T * u
            before, ran, level, shown = U[k], k, resets[k], x
        expected.append(shown)
    np.testing.assert_allclose(y, expected, rtol=1e-14)


def test_an_accumulation_counts_what_triggers() -> None:
    made = Model.new("m")
    root = outside(made)
    system = triggered(root)
    options = {"IntegratorMethod": "Accumulation: Backward Euler", "InitialConditionSetting": "Auto"}
    system.add("DiscreteIntegrator", "sum", InitialCondition=100, **options)
    wired(system, "in -> sum -> out")
    wired(root, "u -> sub", "s -> sub/trigger", "sub -> y")
    y = run(made, inputs={"u": U, "s": SIGNAL}, **steps(len(U)))["y"]
    assert y.tolist() == counted(fired("rising", SIGNAL))


def test_elapsed_time_starts_anew_where_an_enabled_subsystem_inside_does() -> None:
    made = Model.new("m")
    root = outside(made)
    system = triggered(root, TriggerType="either")
    inner = inside(system.add("SubSystem", "inner"))
    inner.add("EnablePort", "Enable")
    inner.add("Inport", "in")
    inner.add("Outport", "out")
    inner.add("DiscreteIntegrator", "sum", IntegratorMethod="Integration: Backward Euler")
    system.add("Bias", "bias", Bias=-20)
    wired(inner, "in -> sum -> out")
    wired(system, "in -> inner", "in -> bias -> inner/enable", "inner -> out")
    wired(root, "u -> sub", "s -> sub/trigger", "sub -> y")
    u = np.where(np.arange(len(U)) % 17 < 10, 30.0, 10.0)
    y = run(made, inputs={"u": u, "s": SIGNAL}, **steps(len(U)))["y"]
    x, shown, ran, expected = 0.0, 0.0, None, []
    for k, event in enumerate(fired("either", SIGNAL)):
        if event and u[k] > 20:
            x += (0 if ran is None else k - ran) * u[k]
            ran, shown = k, x
        elif event:
            ran = None
        expected.append(shown)
    assert y.tolist() == expected


CALLS = "simulink/Ports &\nSubsystems/Function-Call\nGenerator"


def called(**options: Any) -> Model:
    """A function-call subsystem that integrates, and shows what its Trigger port does."""
    made = Model.new("m")
    root = outside(made)
    root.add("Reference", "calls", SourceBlock=CALLS, **options)
    root.add("Outport", "z", Port=2)
    system = triggered(root, TriggerType="function-call", ShowOutputPort="on")
    system.add("DiscreteIntegrator", "sum", IntegratorMethod="Integration: Forward Euler")
    system.add("Outport", "event", Port=2)
    wired(system, "in -> sum -> out", "Trigger -> event")
    wired(root, "u -> sub", "calls -> sub/trigger", "sub -> y", "sub/2 -> z")
    return made


def test_a_function_call_subsystem_runs_at_the_sample_time_of_its_caller() -> None:
    recording = run(called(sample_time="[3 1]"), inputs={"u": U[:20]}, **steps(20), log=["sub/out"])
    x, before, ran, expected = 0.0, 0.0, None, []
    for k in range(1, 20, 3):
        x += (0 if ran is None else k - ran) * before
        before, ran = U[k], k
        expected.append(x)
    assert recording["y"].tolist() == expected
    assert recording.times["y"].tolist() == list(range(1, 20, 3))
    assert recording["z"].tolist() == [2] * 7


def test_a_caller_may_stand_in_a_subsystem_that_is_enabled() -> None:
    made = Model.new("m")
    root = outside(made)
    outer = inside(root.add("SubSystem", "outer"))
    outer.add("EnablePort", "Enable")
    outer.add("Inport", "in")
    outer.add("Outport", "out")
    outer.add("Reference", "calls", SourceBlock=CALLS, sample_time="2")
    system = triggered(outer, TriggerType="function-call")
    system.add("UnitDelay", "x")
    wired(system, "in -> x -> out")
    wired(outer, "in -> sub", "calls -> sub/trigger", "sub -> out")
    wired(root, "u -> outer", "s -> outer/enable", "outer -> y")
    on = np.array([1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1], float)
    y = run(made, inputs={"u": U[:12], "s": on}, **steps(12), log=["outer"])["outer"]
    x, shown, held, expected = 0.0, 0.0, 0.0, []
    for k, runs in enumerate(on):
        if runs:
            if k % 2 == 0:
                held, x = x, U[k]
            shown = held
        expected.append(shown)
    assert y.tolist() == expected


@pytest.mark.parametrize("states", ["held", "reset", "inherit"])
@pytest.mark.parametrize("outer_states", ["held", "reset"])
def test_states_of_a_called_subsystem_when_its_caller_is_enabled_again(states: str, outer_states: str) -> None:
    made = Model.new("m")
    root = outside(made)
    outer = inside(root.add("SubSystem", "outer"))
    outer.add("EnablePort", "Enable", StatesWhenEnabling=outer_states)
    outer.add("Inport", "in")
    outer.add("Outport", "out")
    outer.add("Reference", "calls", SourceBlock=CALLS, sample_time="1")
    system = triggered(outer, TriggerType="function-call", StatesWhenEnabling=states)
    system.add("Sum", "sum", Inputs="++")
    system.add("UnitDelay", "x")
    wired(system, "in -> sum/1", "x -> sum/2", "sum -> x", "sum -> out")
    wired(outer, "in -> sub", "calls -> sub/trigger", "sub -> out")
    wired(root, "u -> outer", "s -> outer/enable", "outer -> y")
    on = np.array([1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1], float)
    y = run(made, inputs={"u": U[:12], "s": on}, **steps(12))["y"]
    x, shown, ran, expected = 0.0, 0.0, False, []
    for k, runs in enumerate(on):
        if runs:
            again = not ran and "reset" in (states, outer_states)
            x = shown = (0.0 if again else x) + U[k]
        ran = bool(runs)
        expected.append(shown)
    assert y.tolist() == expected


def split(**lines: str) -> Model:
    """Subsystems a, b and c, each twice its input, that one call goes to in this order; wires into their inputs."""
    made = Model.new("m")
    root = outside(made)
    root.add("Reference", "calls", SourceBlock=CALLS, sample_time="1")
    for name in ("c", "a", "b"):
        system = triggered(root, name, TriggerType="function-call")
        system.add("Gain", "g", Gain=2)
        wired(system, "in -> g -> out")
    root.add("FunctionCallSplit", "split")
    root.add("FunctionCallSplit", "more", NumOutputPorts=2)
    wired(root, "calls -> split", "split/1 -> a/trigger", "split/2 -> more")
    wired(root, "more/1 -> b/trigger", "more/2 -> c/trigger")
    for name, source in lines.items():
        wired(root, f"{source} -> {name}")
    wired(root, "c -> y")
    return made


def test_a_call_that_is_split_runs_subsystems_in_order() -> None:
    y = run(split(a="u", b="a", c="b"), inputs={"u": U[:5]}, **steps(5))["y"]
    assert y.tolist() == (8 * U[:5]).tolist()
    with pytest.raises(AlgebraicLoop, match=r"m/[ab] -> m/[ab] -> m/[ab]"):
        run(split(a="b", b="u", c="u"), inputs={"u": U[:5]}, **steps(5))


def test_what_function_calls_do_not_do_is_refused() -> None:
    with pytest.raises(UnsupportedBlock, match=r"m/calls: .* with numberOfIterations = 3 is not supported"):
        run(called(numberOfIterations="3"), inputs={"u": U}, **steps(3))
    made = counting(TriggerType="function-call")
    with pytest.raises(ModelError, match=r"m/sub/Trigger: calls, .* must come in, not the output of 'm/s'"):
        run(made, inputs={"u": U, "s": SIGNAL}, **steps(3))


def test_inside_a_subsystem_that_shows_first_and_takes_in_later() -> None:
    """A loop outside leads from a delay inside back in: the enabled subsystem computes its outputs before its input.

    What is triggered inside by the delay must still run once in a step, with the delay's value of that step.
    """
    made = Model.new("m")
    root = outside(made)
    root.add("Inport", "on", Port=3)
    root.add("Outport", "z", Port=2)
    outer = inside(root.add("SubSystem", "outer"))
    outer.add("EnablePort", "Enable", StatesWhenEnabling="reset")
    outer.add("Inport", "in")
    outer.add("UnitDelay", "x", InitialCondition=-1)
    outer.add("Outport", "out")
    outer.add("Outport", "count", Port=2)
    system = triggered(outer, TriggerType="either")
    system.add("Sum", "sum", Inputs="++")
    system.add("UnitDelay", "n")
    outer.add("Constant", "one")
    wired(system, "in -> sum/1", "n -> sum/2", "sum -> n", "sum -> out")
    wired(outer, "in -> x -> out", "x -> sub/trigger", "one -> sub -> count")
    root.add("Sum", "sum", Inputs="+-")
    wired(root, "u -> sum/1", "outer/1 -> sum/2", "sum -> outer", "on -> outer/enable", "sum -> y", "outer/2 -> z")
    rng = np.random.default_rng(11)
    u, on = rng.integers(-2, 3, 80).astype(float), rng.random(80) > 0.25
    recording = run(made, inputs={"u": u, "on": on.astype(float)}, **steps(80))
    x, seen, n, shown, count, ran, y, z = -1.0, [], 0.0, 0.0, 0.0, False, [], []
    for value, runs in zip(u, on, strict=True):
        if runs:
            if not ran:
                x, seen, n = -1.0, [], 0.0
            shown = x
            seen.append(x)
            if fired("either", seen)[-1]:
                n += 1
                count = n
        y.append(value - shown)
        z.append(count)
        x = y[-1] if runs else x
        ran = bool(runs)
    assert recording["y"].tolist() == y
    assert recording["z"].tolist() == z
    assert len(set(z)) > 3


def test_what_is_logged_inside_is_held() -> None:
    made = counting()
    recording = run(made, inputs={"u": U, "s": SIGNAL}, **steps(len(U)), log=["sub/x", "sub/in"])
    x, shown, expected = 100.0, 0.0, []
    for value, event in zip(U, fired("rising", SIGNAL), strict=True):
        if event:
            shown, x = x, x + value
        expected.append(shown)
    assert recording["sub/x"].tolist() == expected
    assert recording["sub/in"].tolist() == U.tolist()


@pytest.mark.parametrize("name", ["LatchByDelayingOutsideSignal", "LatchInput"])
def test_an_inport_that_latches_gives_the_value_of_the_step_before(name: str) -> None:
    """*Latch input by delaying outside signal*: the loop is then none."""
    made = Model.new("m")
    root = outside(made)
    system = triggered(root)
    system.block("in").parameters[name] = "on"
    wired(system, "in -> out")
    root.add("Sum", "sum", Inputs="++")
    wired(root, "u -> sum/1", "sub -> sum/2", "sum -> sub", "s -> sub/trigger", "sum -> y")
    y = run(made, inputs={"u": U, "s": SIGNAL}, **steps(len(U)))["y"]
    shown, before, expected = 0.0, 0.0, []
    for value, event in zip(U, fired("rising", SIGNAL), strict=True):
        shown = before if event else shown
        before = value + shown
        expected.append(before)
    assert y.tolist() == expected


def test_a_sample_time_of_its_own_is_refused() -> None:
    made = counting()
    inside(made.root.block("sub")).block("x").parameters["SampleTime"] = "2"
    with pytest.raises(ModelError, match=r"m/sub/x: its sample time is 2 s, but what runs it is 'm/sub/Trigger'"):
        run(made, inputs={"u": U, "s": SIGNAL}, **steps(len(U)))


def test_a_block_that_needs_a_sample_time_is_refused_by_name() -> None:
    made = Model.new("m")
    root = outside(made)
    system = triggered(root)
    system.add("Reference", "derivative", SourceBlock="simulink/Discrete/Discrete Derivative")
    wired(system, "in -> derivative -> out")
    wired(root, "u -> sub", "s -> sub/trigger", "sub -> y")
    with pytest.raises(UnsupportedBlock, match=r"m/sub/derivative: .* needs a sample time, but is run by events"):
        run(made, inputs={"u": U, "s": SIGNAL}, **steps(len(U)))


def test_a_complex_signal_is_refused() -> None:
    with pytest.raises(ModelError, match="m/sub/Trigger: a complex signal does not cross zero"):
        run(counting(), inputs={"u": U, "s": SIGNAL + 1j}, **steps(len(U)))


def test_what_simulink_recorded(shared: Path) -> None:
    """Class of evidence `simulink`: recorded by sim() in R2012b, printed with five digits."""
    folder = shared / "corpus/oracles/CATIA-Systems__FMIKit-Simulink__TriggeredSubsystems"
    if not folder.is_dir():
        pytest.skip(f"the optional test data are not there: {folder}")
    model = read(folder / "TriggeredSubsystems.slx")
    assert isinstance(model, Model)
    with (folder / "output.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    recorded = dict(zip(head, np.array(rows, float).T, strict=True))
    times = recorded.pop("time")
    # At an event there are two rows of one time, before it and after it.
    after = np.append(np.diff(times) > 1e-9, True)
    ours = run(model, step=0.01, stop_time=times[-1])
    assert set(recorded) == {"yRising", "yFalling", "yEither"}
    for name, values in recorded.items():
        assert len(np.unique(values)) > 5
        there = ours[name].ravel()[np.round(times[after] / 0.01).astype(int)]
        np.testing.assert_allclose(there, values[after], rtol=0, atol=6e-6)
