"""Delays by any number of samples, against a list that is shifted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block, run

from bridge.errors import AlgebraicLoop, DimensionMismatch, ParameterError, UnsupportedBlock
from bridge.model import Model


def shifted(first: list[Any], u: Any) -> list[Any]:
    """Those that were there at first, oldest first, then `u`; as many as `u` has."""
    return [*first, *np.asarray(u).tolist()][: len(u)]


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int8", "uint16", "bool"])
def test_delays_by_its_length(length: int, dtype: str) -> None:
    u = (np.arange(8) % 3).astype(dtype)
    y = one_block("Delay", [u], DelayLength=length, InitialCondition=1, exact=True)
    assert y.dtype == u.dtype
    assert y.tolist() == shifted([np.ones((), dtype).item()] * length, u)


def test_the_default_length_is_two() -> None:
    assert one_block("Delay", [[1.0, 2.0, 3.0]]).tolist() == [0, 0, 1]


def test_no_delay_at_all_lets_the_signal_through() -> None:
    u = np.arange(3.0)
    assert one_block("Delay", [u], DelayLength=0).tolist() == u.tolist()


def test_an_initial_condition_for_every_sample() -> None:
    y = one_block("Delay", [np.arange(1.0, 5.0)], DelayLength=3, InitialCondition="[10 20 30]")
    assert y.tolist() == [10, 20, 30, 1]


def test_an_initial_condition_for_every_element_and_sample() -> None:
    u = np.arange(8.0).reshape(4, 2)
    y = one_block("Delay", [u], DelayLength=3, InitialCondition="[1 2 3; 10 20 30]")
    np.testing.assert_array_equal(y, [[1, 10], [2, 20], [3, 30], u[0]])


def test_an_initial_condition_for_every_sample_of_a_matrix() -> None:
    u = np.arange(12.0).reshape(3, 2, 2)
    y = one_block("Delay", [u], DelayLength=2, InitialCondition="cat(3, [1 2; 3 4], [5 6; 7 8])")
    np.testing.assert_array_equal(y, [[[1, 2], [3, 4]], [[5, 6], [7, 8]], u[0]])


def test_an_initial_condition_of_the_signals_size_counts_for_all_samples() -> None:
    y = one_block("Delay", [np.zeros((3, 4))], DelayLength=2, InitialCondition="[1;2;3;4]")
    np.testing.assert_array_equal(y, [[1, 2, 3, 4], [1, 2, 3, 4], [0, 0, 0, 0]])


def test_other_initial_conditions_are_refused() -> None:
    with pytest.raises(DimensionMismatch, match="initial condition of size 1x3"):
        one_block("Delay", [np.zeros((3, 4))], DelayLength=2, InitialCondition="[1 2 3]")


@pytest.mark.parametrize("length", [-1, 1.5])
def test_a_length_that_is_no_number_of_samples(length: float) -> None:
    with pytest.raises(ParameterError, match="DelayLength"):
        one_block("Delay", [[1.0]], DelayLength=length)


def test_the_initial_condition_from_a_port_is_read_once() -> None:
    x0 = np.array([7.0, 8.0, 9.0, 6.0])
    y = one_block("Delay", [np.arange(4.0), x0], DelayLength=2, InitialConditionSource="Input port")
    assert y.tolist() == [7, 7, 0, 1]


def test_the_initial_condition_from_a_port_for_every_sample() -> None:
    x0 = np.array([[[7.0, 8.0]], [[0.0, 0.0]], [[0.0, 0.0]]])
    y = one_block("Delay", [np.arange(3.0), x0], DelayLength=2, InitialConditionSource="Input port")
    assert y.tolist() == [7, 8, 0]


@pytest.mark.parametrize(
    ("kind", "resets"),
    [
        ("Rising", [0, 0, 1, 0, 0, 0]),
        ("Falling", [0, 0, 0, 0, 1, 0]),
        ("Either", [0, 0, 1, 0, 1, 0]),
        ("Level", [0, 0, 1, 1, 1, 0]),
        ("Level hold", [0, 0, 1, 1, 0, 0]),
    ],
)
@pytest.mark.parametrize("dtype", ["bool", "float64"])
def test_a_reset_puts_all_samples_back(kind: str, resets: list[int], dtype: str) -> None:
    u = np.arange(1.0, 7.0)
    signal = np.array([0, 0, 1, 1, 0, 0], dtype)
    line, expected = [-1.0, -2.0], []
    for sample, reset in zip(u, resets, strict=True):
        line = [-1.0, -2.0] if reset else line
        expected.append(line[0])
        line = [line[1], sample]
    y = one_block("Delay", [u, signal], InitialCondition="[-1 -2]", ExternalReset=kind)
    assert y.tolist() == expected


def test_a_reset_takes_the_initial_condition_from_its_port() -> None:
    u, reset, x0 = np.arange(1.0, 6.0), np.array([0, 0, 1, 0, 0], bool), np.arange(10.0, 60.0, 10.0)
    options = {"DelayLength": 1, "ExternalReset": "Level hold", "InitialConditionSource": "Input port"}
    assert one_block("Delay", [u, reset, x0], **options).tolist() == [10, 1, 30, 3, 4]


def test_an_enable_port_holds_output_and_samples() -> None:
    u, enable = np.arange(1.0, 8.0), np.array([1, 1, 0, 0, 1, 1, 1], bool)
    line, shown, expected = [0.0, 0.0], 0.0, []
    for sample, on in zip(u, enable, strict=True):
        if on:
            shown, line = line[0], [line[1], sample]
        expected.append(shown)
    assert one_block("Delay", [u, enable], ShowEnablePort="on").tolist() == expected
    assert one_block("Delay", [u, -2.0 * enable], ShowEnablePort="on").tolist() == expected  # nonzero is enabled


@pytest.mark.parametrize("dtype", ["float64", "int8", "uint32"])
def test_a_length_from_a_port(dtype: str) -> None:
    u, length = np.arange(1.0, 7.0), np.array([0, 1, 2, 3, 9, 2], dtype)
    samples = [-5.0] * 4 + u.tolist()
    expected = [samples[4 + k - min(int(d), 4)] for k, d in enumerate(length)]
    options = {"DelayLengthSource": "Input port", "DelayLengthUpperLimit": 4, "InitialCondition": -5}
    assert one_block("Delay", [u, length], **options).tolist() == expected


def test_a_length_from_a_port_may_be_kept_above_zero() -> None:
    options = {"DelayLengthSource": "Input port", "DelayLengthUpperLimit": 2, "PreventDirectFeedthrough": "on"}
    assert one_block("Delay", [[1.0, 2.0, 3.0], [-3.0, 0.0, 1.9]], **options).tolist() == [0, 1, 2]


def test_a_length_of_none_may_be_kept_above_zero() -> None:
    options = {"DelayLength": 0, "PreventDirectFeedthrough": "on", "InitialCondition": 5}
    assert one_block("Delay", [[1.0, 2.0]], **options).tolist() == [5, 1]


def test_enable_beside_reset_is_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="Enable port beside"):
        one_block("Delay", [[1.0], [1.0], [0.0]], ShowEnablePort="on", ExternalReset="Rising")


def loop(**parameters: object) -> Model:
    model = Model.new("m")
    root = model.root
    root.add("Constant", "one")
    root.add("Sum", "sum")
    root.add("Delay", "delay", **parameters)
    root.add("Outport", "y")
    for start, end in (("one", "sum/1"), ("delay", "sum/2"), ("sum", "delay"), ("sum", "y")):
        root.connect(start, end)
    return model


def test_a_loop_needs_at_least_one_sample() -> None:
    assert run(loop(DelayLength=2), step=1, stop_time=4)["y"].tolist() == [1, 1, 2, 2, 3]
    with pytest.raises(AlgebraicLoop, match=r"m/sum -> m/delay|m/delay -> m/sum"):
        run(loop(DelayLength=0), step=1, stop_time=4)


def test_the_initial_condition_tells_a_loop_how_wide_it_is() -> None:
    y = run(loop(DelayLength=2, InitialCondition="[1 2; 10 20; 100 200]"), step=1, stop_time=2)["y"]
    np.testing.assert_array_equal(y, [[2, 11, 101], [3, 21, 201], [3, 12, 102]])


def test_an_integer_delay() -> None:
    y = one_block("simulink/Discrete/Integer Delay", [np.arange(1.0, 5.0)], NumDelays=3, vinit=-1)
    assert y.tolist() == [-1, -1, -1, 1]
    with pytest.raises(ParameterError, match="NumDelays"):
        one_block("simulink/Discrete/Integer Delay", [[1.0]], NumDelays=0)


@pytest.mark.parametrize("order", ["Oldest", "Newest"])
@pytest.mark.parametrize("current", ["on", "off"])
def test_a_tapped_delay_shows_the_last_samples(order: str, current: str) -> None:
    u = np.arange(1.0, 6.0)
    options = {"NumDelays": 3, "vinit": -1, "DelayOrder": order, "includeCurrent": current}
    y = one_block("simulink/Discrete/Tapped Delay", [u], **options)
    samples = [-1.0] * 3 + u.tolist()
    rows = [samples[k : k + 3 + (current == "on")] for k in range(5)]
    np.testing.assert_array_equal(y, [row if order == "Oldest" else row[::-1] for row in rows])


def test_a_tapped_delay_starts_from_a_value_for_each_sample() -> None:
    y = one_block("simulink/Discrete/Tapped Delay", [[9.0, 8.0]], NumDelays=3, vinit="[1 2 3]")
    np.testing.assert_array_equal(y, [[1, 2, 3], [2, 3, 9]])
    with pytest.raises(UnsupportedBlock, match="2 elements"):
        one_block("simulink/Discrete/Tapped Delay", [np.zeros((2, 2))])
