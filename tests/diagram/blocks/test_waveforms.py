"""Periodic sources, against their formulas and the recurrences of generated code."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_diagrams import one_block, run

from bridge.errors import UnsupportedBlock
from bridge.model import Model

T = 0.1 * np.arange(31)
# sin and cos of numpy, torch and onnxruntime differ in the last bits, and so do ours from those of a formula.
CLOSE = {"rtol": 1e-13, "atol": 1e-14}


def over_time(kind: str, **parameters: object) -> np.ndarray:
    return np.asarray(one_block(kind, steps=31, step=0.1, **parameters))


def test_a_sine_over_time() -> None:
    y = over_time("Sin", Amplitude=2, Bias=0.5, Frequency=3, Phase=0.7, SampleTime=0)
    np.testing.assert_allclose(y, 2 * np.sin(3 * T + 0.7) + 0.5, **CLOSE)


def test_a_sampled_sine_is_turned_by_one_sample_in_every_step() -> None:
    w, p, h = 3.0, 0.7, 0.1
    y = one_block("Sin", steps=300, step=h, Amplitude=2, Bias=0.5, Frequency=w, Phase=p, SampleTime=h)
    s, c, expected = math.sin(0.0), math.cos(0.0), []
    p_sin, p_cos, h_sin, h_cos = math.sin(p - w * h), math.cos(p - w * h), math.sin(w * h), math.cos(w * h)
    for _ in range(300):
        expected.append(((s * p_cos + c * p_sin) * h_cos + (c * p_cos - s * p_sin) * h_sin) * 2 + 0.5)
        s, c = s * h_cos + c * h_sin, c * h_cos - s * h_sin
    # 300 turns, each off by a rounding or two in the last place.
    np.testing.assert_allclose(y, expected, rtol=0, atol=300 * 2.0**-51)
    np.testing.assert_allclose(y, 2 * np.sin(w * h * np.arange(300) + p) + 0.5, rtol=0, atol=300 * 2.0**-51)


def test_a_sampled_sine_starts_afresh_after_a_pause() -> None:
    """In an enabled subsystem the samples that were left out do not count."""
    model = Model.new("m")
    root = model.root
    root.add("Inport", "on")
    inside = root.add("SubSystem", "sub")
    assert inside.subsystem is not None
    inside.subsystem.add("EnablePort", "Enable")
    inside.subsystem.add("Sin", "sine", Frequency=2, Phase=0.3, SampleTime=0.1)
    inside.subsystem.add("Outport", "out")
    inside.subsystem.connect("sine", "out")
    root.add("Outport", "y")
    root.connect("on", "sub/enable")
    root.connect("sub", "y")
    on = np.array([1, 1, 1, 0, 0, 0, 1, 1], float)
    y = run(model, inputs={"on": on}, step=0.1, stop_time=0.7)["y"]
    t = 0.1 * np.array([0, 1, 2, 2, 2, 2, 6, 7])
    np.testing.assert_allclose(y, np.sin(2 * t + 0.3), **CLOSE)


def test_a_sine_over_samples() -> None:
    y = one_block("Sin", steps=25, SineType="Sample based", Amplitude=2, Bias=1, Samples=10, Offset=3, SampleTime=1)
    np.testing.assert_allclose(y, 2 * np.sin(2 * np.pi * (np.arange(25) + 3) / 10) + 1, **CLOSE)
    # The counter starts again, so that the periods are equal to the last bit.
    np.testing.assert_array_equal(y[:10], y[10:20])


def test_sines_of_several_elements() -> None:
    y = over_time("Sin", Amplitude="[1 2]", Frequency="[1;2]", SampleTime=0)
    np.testing.assert_allclose(y, [1, 2] * np.sin(T[:, None] * [1, 2]), **CLOSE)


def test_a_sine_of_a_time_that_comes_in() -> None:
    t = np.array([0.0, 1.0, 0.5])
    y = one_block("Sin", [t], TimeSource="Use external signal", Frequency=2)
    np.testing.assert_allclose(y, np.sin(2 * t), **CLOSE)


@pytest.mark.parametrize(("period", "width", "delay"), [(1, 50, 0), (0.5, 20, 0.3), (0.3, 100 / 3, 0.1), (1, 5, 0)])
def test_pulses_over_time(period: float, width: float, delay: float) -> None:
    y = over_time("DiscretePulseGenerator", Amplitude=3, Period=period, PulseWidth=width, PhaseDelay=delay)
    ticks = np.arange(31)  # in whole steps, where nothing is rounded
    n, on, first = round(period * 10), round(period * width / 10), round(delay * 10)
    if period * width / 10 < 1:
        on = 1  # a pulse that is shorter than a step shows in the step where it begins
    expected = np.where((ticks >= first) & ((ticks - first) % n < on), 3.0, 0.0)
    np.testing.assert_array_equal(y, expected)


def test_edges_of_pulses_stay_in_place_for_long() -> None:
    y = one_block("DiscretePulseGenerator", steps=20001, step=0.1, Period=0.7, PulseWidth=300 / 7)
    np.testing.assert_array_equal(y, np.where(np.arange(20001) % 7 < 3, 1.0, 0.0))


@pytest.mark.parametrize("delay", [0, 3])
def test_pulses_over_samples(delay: int) -> None:
    options = {"PulseType": "Sample based", "Amplitude": 2, "Period": 5, "PulseWidth": 2, "PhaseDelay": delay}
    y = one_block("DiscretePulseGenerator", steps=15, SampleTime=1, **options)
    counter, expected = -delay, []
    for _ in range(15):
        expected.append(2.0 if 0 <= counter < 2 else 0.0)
        counter = 0 if counter >= 4 else counter + 1
    assert y.tolist() == expected


def test_pulses_of_a_time_that_comes_in() -> None:
    time = np.array([0.0, 0.5, 0.9, 1.2, -0.1, 3.0])
    options = {"TimeSource": "Use external signal", "Period": 1, "PulseWidth": 60}
    assert one_block("DiscretePulseGenerator", [time], **options).tolist() == [1, 1, 0, 1, 0, 1]
    with pytest.raises(UnsupportedBlock, match="external signal"):
        one_block("DiscretePulseGenerator", [time], PulseType="Sample based", **options)


def test_pulses_of_several_elements() -> None:
    y = over_time("DiscretePulseGenerator", Amplitude="[1 2]", Period="[0.2 1]", PulseWidth=50)
    ticks = np.arange(31)
    np.testing.assert_array_equal(y, np.stack([ticks % 2 < 1, 2 * (ticks % 10 < 5)], axis=1))


@pytest.mark.parametrize("units", ["Hertz", "rad/sec"])
def test_a_signal_generator(units: str) -> None:
    frequency = 0.7 if units == "Hertz" else 0.7 * 2 * math.pi
    options = {"Amplitude": 2, "Frequency": repr(frequency), "Units": units}
    part = 0.7 * T - np.floor(0.7 * T)
    # At a jump, which is at whole and half periods, the last bit of the time decides: leave these out.
    inside = np.abs(part * 2 - np.round(part * 2)) > 1e-9
    for form, expected in {
        "sine": 2 * np.sin(2 * np.pi * 0.7 * T),
        "square": np.where(part >= 0.5, 2.0, -2.0),
        "sawtooth": 2 * (1 - 2 * part),
    }.items():
        y = over_time("SignalGenerator", WaveForm=form, **options)
        np.testing.assert_allclose(y[inside], expected[inside], rtol=1e-12, atol=1e-12)
    assert inside.sum() > 20


def test_a_square_wave_starts_low_and_a_sawtooth_high() -> None:
    assert over_time("SignalGenerator", WaveForm="square", Frequency=0.5)[[0, 12]].tolist() == [-1, 1]
    assert over_time("SignalGenerator", WaveForm="sawtooth", Frequency=0.5)[0] == 1


def test_a_random_wave_is_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="WaveForm = 'random'"):
        over_time("SignalGenerator", WaveForm="random")


def test_a_chirp_reaches_its_target() -> None:
    y = over_time("simulink/Sources/Chirp Signal", f1=0.5, T=2, f2=1.5)
    np.testing.assert_allclose(y, np.sin(2 * np.pi * (0.5 + (1.5 - 0.5) / (2 * 2) * T) * T), rtol=0, atol=1e-13)
