"""Sample times: which blocks run when, what they show in between, and the base step that all of them divide."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_diagrams import inside, run, wired

from bridge.errors import ModelError, UsageError
from bridge.model import Model, System
from bridge.recording import Recording


def counters(*sample_times: object) -> tuple[Model, System]:
    """Clocks c1, c2, … that are read at the given sample times, each into an Outport y1, y2, …"""
    made = Model.new("m")
    for k, time in enumerate(sample_times, 1):
        made.root.add("DigitalClock", f"c{k}", SampleTime=time)
        made.root.add("Outport", f"y{k}", Port=k)
        wired(made.root, f"c{k} -> y{k}")
    return made, made.root


def hits(recording: Recording, name: str) -> list[float]:
    return [round(float(time), 9) for time in recording.times[name]]


@pytest.mark.parametrize(
    ("times", "base"),
    [((0.2, 0.3), 0.1), ((0.5,), 0.5), ((0.1, 0.25), 0.05), ((1, 2, 3), 1), ((0.7, 0.1), 0.1), ((1 / 3, 1), 1 / 3)],
)
def test_the_base_step_is_the_greatest_common_divisor(times: tuple[float, ...], base: float) -> None:
    made, _ = counters(*times)
    recording = run(made, stop_time=6 * max(times))
    np.testing.assert_allclose(np.diff(recording.time), base, rtol=1e-9)
    for k, period in enumerate(times, 1):
        assert hits(recording, f"y{k}") == [round(j * period, 9) for j in range(round(6 * max(times) / period) + 1)]
        np.testing.assert_allclose(recording[f"y{k}"], recording.times[f"y{k}"], rtol=1e-15)


def test_an_offset_shifts_the_hits_and_divides_the_base_step() -> None:
    made, _ = counters("[0.4 0.1]", 0.4)
    recording = run(made, stop_time=1)
    assert hits(recording, "y1") == [0.1, 0.5, 0.9]
    assert hits(recording, "y2") == [0, 0.4, 0.8]
    np.testing.assert_allclose(np.diff(recording.time), 0.1, rtol=1e-9)


def test_ten_thousand_steps_lose_no_hit() -> None:
    made, _ = counters(0.1, 0.3)
    recording = run(made, stop_time=1000)
    assert len(recording["y1"]) == 10001
    assert len(recording["y2"]) == 3334
    np.testing.assert_array_equal(recording.times["y2"], recording.time[::3])


def test_the_last_step_is_not_lost_to_rounding() -> None:
    made, _ = counters(0.1)
    for steps in range(1, 60):
        assert len(run(made, stop_time=steps * 0.1)["y1"]) == steps + 1
    assert len(run(made, stop_time=0.29999)["y1"]) == 3


def test_a_sample_time_that_the_step_does_not_divide_is_named() -> None:
    made, _ = counters(0.25)
    with pytest.raises(ModelError, match=r"m/c1: sample time 0\.25 s is no multiple of the step 0\.1 s"):
        run(made, step=0.1, stop_time=1)


@pytest.mark.parametrize("time", ["-2", "[1 2]", "[1 2 3]"])
def test_what_is_no_sample_time_is_named(time: str) -> None:
    made, _ = counters(time)
    with pytest.raises(ModelError, match="m/c1: parameter SampleTime"):
        run(made, stop_time=1)


def test_a_block_inherits_the_rate_of_its_input() -> None:
    made, root = counters(0.2)
    root.add("Gain", "double", Gain=2)
    root.add("Outport", "y2", Port=2)
    wired(root, "c1 -> double -> y2")
    recording = run(made, step=0.1, stop_time=1)
    assert hits(recording, "y2") == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    np.testing.assert_array_equal(recording["y2"], 2 * recording["y1"])


def test_of_several_inputs_the_fastest_decides() -> None:
    made, root = counters(0.2, 0.4)
    root.add("Sum", "sum", Inputs="++")
    root.add("Outport", "y3", Port=3)
    wired(root, "c1 -> sum/1", "c2 -> sum/2", "sum -> y3")
    recording = run(made, stop_time=0.8)
    assert hits(recording, "y3") == [0, 0.2, 0.4, 0.6, 0.8]
    # The slow clock shows its last reading in between.
    np.testing.assert_allclose(recording["y3"], [0, 0.2, 0.8, 1.0, 1.6], rtol=1e-15)


def test_rates_that_do_not_divide_each_other_meet_at_their_common_divisor() -> None:
    made, root = counters(0.2, 0.3)
    root.add("Sum", "sum", Inputs="+-")
    root.add("Outport", "y3", Port=3)
    wired(root, "c1 -> sum/1", "c2 -> sum/2", "sum -> y3")
    recording = run(made, stop_time=0.6)
    assert hits(recording, "y3") == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    np.testing.assert_allclose(recording["y3"], [0, 0, 0.2, -0.1, 0.1, 0.1, 0], rtol=0, atol=1e-15)


def test_a_constant_does_not_slow_its_neighbours_down() -> None:
    made, root = counters(0.5)
    root.add("Constant", "one")
    root.add("Sum", "sum", Inputs="++")
    root.add("Outport", "y2", Port=2)
    wired(root, "one -> sum/1", "c1 -> sum/2", "sum -> y2")
    recording = run(made, step=0.25, stop_time=1)
    assert hits(recording, "y2") == [0, 0.5, 1]
    np.testing.assert_array_equal(recording["y2"], [1, 1.5, 2])


def test_a_constant_alone_is_recorded_at_every_step() -> None:
    made = Model.new("m")
    made.root.add("Constant", "one")
    made.root.add("Outport", "y")
    wired(made.root, "one -> y")
    assert run(made, step=0.5, stop_time=1)["y"].tolist() == [1, 1, 1]


def test_a_slow_delay_takes_the_sample_at_its_own_hit() -> None:
    """u = 0, 1, 2, … at steps of 1 into a delay of period 3: at 3 it shows u(0), at 6 u(3)."""
    made = Model.new("m")
    root = made.root
    root.add("Clock", "clock")
    root.add("UnitDelay", "slow", SampleTime=3, InitialCondition=-1)
    root.add("UnitDelay", "fast", SampleTime=1, InitialCondition=-1)
    root.add("Outport", "y")
    wired(root, "clock -> slow -> fast -> y")
    recording = run(made, step=1, stop_time=8, log=["slow"])
    assert recording["slow"].tolist() == [-1, 0, 3]
    assert recording["y"].tolist() == [-1, -1, -1, -1, 0, 0, 0, 3, 3]


def test_a_rate_reaches_through_subsystems() -> None:
    made, root = counters(0.2)
    sub = inside(root.add("SubSystem", "sub"))
    sub.add("Inport", "in")
    sub.add("Gain", "gain", Gain=3)
    sub.add("Outport", "out")
    wired(sub, "in -> gain -> out")
    root.add("Outport", "y2", Port=2)
    wired(root, "c1 -> sub -> y2")
    assert hits(run(made, step=0.1, stop_time=0.6), "y2") == [0, 0.2, 0.4, 0.6]


def test_a_rate_reaches_around_a_loop() -> None:
    made = Model.new("m")
    root = made.root
    root.add("Sum", "sum", Inputs="++")
    root.add("UnitDelay", "delay")
    root.add("DigitalClock", "clock", SampleTime=0.5)
    root.add("Outport", "y")
    wired(root, "clock -> sum/1", "delay -> sum/2", "sum -> delay", "sum -> y")
    recording = run(made, step=0.25, stop_time=1.5)
    np.testing.assert_allclose(recording["y"], [0, 0.5, 1.5, 3.0], rtol=1e-15)


def test_without_any_sample_time_a_step_is_a_fiftieth() -> None:
    made = Model.new("m")
    made.root.add("Clock", "clock")
    made.root.add("Outport", "y")
    wired(made.root, "clock -> y")
    made.configure(StopTime=5)
    assert len(run(made)["y"]) == 51


def test_the_models_own_step_is_kept() -> None:
    made, _ = counters(0.5)
    made.configure(SolverName="FixedStepDiscrete", FixedStep="h/2")
    recording = run(made, stop_time=1, workspace={"h": 0.25})
    np.testing.assert_array_equal(recording.time, 0.125 * np.arange(9))
    assert hits(recording, "y1") == [0, 0.5, 1]


def test_times_that_cannot_be_run() -> None:
    made, _ = counters(0.5)
    with pytest.raises(UsageError, match="infinite"):
        run(made, stop_time=math.inf)
    with pytest.raises(UsageError, match="before start"):
        run(made, stop_time=-1)
    for step in (0, -0.5, math.nan):
        with pytest.raises(UsageError, match="positive"):
            run(made, step=step, stop_time=1)


def test_a_start_time_shifts_the_clock_and_not_the_hits() -> None:
    made, _ = counters(0.5)
    made.configure(StartTime=2)
    recording = run(made, step=0.25, stop_time=3)
    np.testing.assert_array_equal(recording["y1"], [2, 2.5, 3])
    np.testing.assert_array_equal(recording.time, [2, 2.25, 2.5, 2.75, 3])


def test_an_atomic_subsystem_gives_its_sample_time_to_the_blocks_inside() -> None:
    made = Model.new("m")
    root = made.root
    root.add("Inport", "u")
    block = root.add("SubSystem", "sub", TreatAsAtomicUnit="on", SystemSampleTime="[Ts 1]")
    sub = inside(block)
    sub.add("Inport", "in")
    sub.add("UnitDelay", "x")
    sub.add("ZeroOrderHold", "own", SampleTime=1)
    sub.add("Outport", "out")
    sub.add("Outport", "out2", Port=2)
    wired(sub, "in -> x -> out", "in -> own -> out2")
    root.add("Outport", "y")
    root.add("Outport", "y2", Port=2)
    wired(root, "u -> sub", "sub/1 -> y", "sub/2 -> y2")
    recording = run(made, inputs={"u": np.arange(9.0)}, step=1, stop_time=8, workspace={"Ts": 3.0})
    assert hits(recording, "y") == [1, 4, 7]
    assert recording["y"].tolist() == [0, 1, 4]
    assert len(recording["y2"]) == 9
    block.parameters["TreatAsAtomicUnit"] = "off"  # then it is a drawing only
    recording = run(made, inputs={"u": np.arange(9.0)}, step=1, stop_time=8, workspace={"Ts": 3.0})
    assert recording["y"].tolist() == [0, *range(8)]
    block.parameters.update(TreatAsAtomicUnit="on", SystemSampleTime="-2")
    with pytest.raises(ModelError, match="m/sub: parameter SystemSampleTime"):
        run(made, inputs={"u": np.arange(9.0)}, step=1, stop_time=8)


COUNTER = "simulink/Sources/Counter Limited"


def counting(*sample_times: float) -> Model:
    """A counter without a sample time of its own, past another such block to holds h1, h2, … at the given ones."""
    made = Model.new("m")
    root = made.root
    root.add("Reference", "count", SourceBlock=COUNTER, uplimit=99)
    root.add("Reshape", "same")
    wired(root, "count -> same")
    for k, time in enumerate(sample_times, 1):
        root.add("ZeroOrderHold", f"h{k}", SampleTime=time)
        root.add("Outport", f"y{k}", Port=k)
        wired(root, f"same -> h{k} -> y{k}")
    return made


def test_a_source_counts_the_samples_of_what_it_drives() -> None:
    assert run(counting(3), step=1, stop_time=9)["y1"].tolist() == [0, 1, 2, 3]


def test_a_source_that_drives_several_rates_counts_steps() -> None:
    recording = run(counting(3, 2), step=1, stop_time=9)
    assert recording["y1"].tolist() == [0, 3, 6, 9]
    assert recording["y2"].tolist() == [0, 2, 4, 6, 8]
