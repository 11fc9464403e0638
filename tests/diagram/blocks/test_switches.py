"""Switches, against Python's own conditions."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import one_block

from bridge.errors import DimensionMismatch, ParameterError, TypeMismatch, UnsupportedBlock

CONTROL = np.array([-1.0, 0.0, 0.5, 1.0, 1.5, np.nan])
FIRST, THIRD = np.arange(6.0), -np.arange(6.0) - 1
CRITERIA = {
    "u2 >= Threshold": lambda u, threshold: u >= threshold,
    "u2 > Threshold": lambda u, threshold: u > threshold,
    "u2 ~= 0": lambda u, threshold: u != 0,
}


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_switch(criterion: str, threshold: float) -> None:
    y = one_block("Switch", [FIRST, CONTROL, THIRD], Criteria=criterion, Threshold=threshold, exact=True)
    expected = np.where(CRITERIA[criterion](CONTROL, threshold), FIRST, THIRD)
    np.testing.assert_array_equal(y, expected)


def test_the_default_passes_the_first_input_from_zero_on() -> None:
    assert one_block("Switch", [FIRST, CONTROL, THIRD])[:3].tolist() == [-1, 1, 2]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_switch_on_a_boolean(criterion: str) -> None:
    control = np.array([True, False])
    y = one_block("Switch", [[1.0, 2.0], control, [3.0, 4.0]], Criteria=criterion, Threshold=0.5)
    assert y.tolist() == [1, 4]


def test_the_threshold_is_rounded_to_an_integer_control() -> None:
    """Simulink stores the threshold in the control's data type, rounded to the nearest and saturated."""
    control = np.array([2, 3, 4], np.int8)
    options = {"Criteria": "u2 >= Threshold"}
    assert one_block("Switch", [np.ones(3), control, np.zeros(3)], Threshold=2.5, **options).tolist() == [0, 1, 1]
    assert one_block("Switch", [np.ones(3), control, np.zeros(3)], Threshold=1000, **options).tolist() == [0, 0, 0]


def test_every_element_is_switched_for_itself() -> None:
    first, third = np.arange(6.0).reshape(2, 3), -np.ones((2, 3))
    control = np.array([[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]])
    np.testing.assert_array_equal(one_block("Switch", [first, control, third]), np.where(control >= 0, first, third))
    y = one_block("Switch", [first, control, third], Threshold="[2 -2 0]")
    np.testing.assert_array_equal(y, np.where(control >= [2, -2, 0], first, third))


def test_scalars_spread() -> None:
    control = np.array([[1.0, -1.0, 1.0]])
    np.testing.assert_array_equal(one_block("Switch", [[5.0], control, [6.0]]), [[5, 6, 5]])
    np.testing.assert_array_equal(one_block("Switch", [[[1.0, 2.0]], [1.0], [6.0]]), [[1, 2]])
    np.testing.assert_array_equal(one_block("Switch", [[[1.0, 2.0]], [-1.0], [6.0]]), [[6, 6]])
    np.testing.assert_array_equal(one_block("Switch", [[5.0], [1.0], [6.0]], Threshold="[0 2]"), [[5, 6]])


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DimensionMismatch, match="size"):
        one_block("Switch", [np.zeros((1, 2)), [1.0], np.zeros((1, 3))])


def test_the_output_is_converted() -> None:
    first, third = np.array([1.6, -1.6]), np.array([300.0, 300.0])
    control = [1.0, -1.0]
    y = one_block("Switch", [first, control, third], OutDataTypeStr="int8")
    assert (y.dtype, y.tolist()) == (np.int8, [1, 44])  # floor, and 300 modulo 256
    options = {"RndMeth": "Ceiling", "SaturateOnIntegerOverflow": "on"}
    assert one_block("Switch", [first, control, third], OutDataTypeStr="int8", **options).tolist() == [2, 127]


def test_the_same_data_type_may_be_asked_for() -> None:
    with pytest.raises(TypeMismatch, match="int8"):
        one_block("Switch", [[1.0], [1.0], np.zeros(1, np.int8)], InputSameDT="on")
    assert one_block("Switch", [[1.0], [1.0], np.zeros(1, np.int8)]).dtype == np.float64


NUMBERS = np.array([0.0, 1.0, 1.9, 2.0, 3.0, 7.0, -1.0])
DATA = [np.full(7, 10.0), np.full(7, 20.0), np.full(7, 30.0)]


def chosen(first: int, default: int, ports: int = 3) -> list[float]:
    return [10.0 * (int(number) - first + 1 if 0 <= int(number) - first < ports else default) for number in NUMBERS]


@pytest.mark.parametrize("inputs", [{"DataPortOrder": "Zero-based contiguous"}, {"zeroidx": "on"}])
def test_a_multiport_switch_from_zero_on(inputs: dict[str, str]) -> None:
    assert one_block("MultiPortSwitch", [NUMBERS, *DATA], Inputs=3, **inputs).tolist() == chosen(0, 3)


def test_a_multiport_switch_from_one_on() -> None:
    assert one_block("MultiPortSwitch", [NUMBERS, *DATA], Inputs=3).tolist() == chosen(1, 3)


def test_a_multiport_switch_with_a_port_for_all_other_numbers() -> None:
    options = {"Inputs": 2, "DataPortForDefault": "Additional data port"}
    assert one_block("MultiPortSwitch", [NUMBERS, *DATA], **options).tolist() == chosen(1, 3, ports=2)


def test_a_multiport_switch_with_numbers_of_its_own() -> None:
    options = {"DataPortOrder": "Specify indices", "DataPortIndices": "{-1,[2 0],7}"}
    y = one_block("MultiPortSwitch", [NUMBERS, *DATA], **options)
    assert y.tolist() == [20, 30, 30, 20, 30, 30, 10]
    with pytest.raises(ParameterError, match="DataPortIndices"):
        one_block("MultiPortSwitch", [NUMBERS, *DATA], DataPortOrder="Specify indices", DataPortIndices="[1 2 3]")


@pytest.mark.parametrize("dtype", ["uint8", "int32", "bool", "float32"])
def test_a_multiport_switch_on_every_data_type(dtype: str) -> None:
    control = np.array([0, 1, 1, 0], dtype)
    data = [np.full(4, value) for value in (5.0, 6.0)]
    options = {"Inputs": 2, "DataPortOrder": "Zero-based contiguous"}
    assert one_block("MultiPortSwitch", [control, *data], **options).tolist() == [5, 6, 6, 5]


def test_a_number_beyond_the_controls_data_type_names_nothing() -> None:
    options = {"DataPortOrder": "Specify indices", "DataPortIndices": "{300,44,2}", "Inputs": 3}
    control = np.array([44, 2], np.uint8)  # 300 modulo 256 is 44
    assert one_block("MultiPortSwitch", [control, *(data[:2] for data in DATA)], **options).tolist() == [20, 30]


def test_data_of_several_sizes() -> None:
    y = one_block("MultiPortSwitch", [[1.0, 2.0], np.array([[1.0, 2.0]] * 2), [9.0, 9.0]], Inputs=2)
    np.testing.assert_array_equal(y, [[1, 2], [9, 9]])


def test_one_data_input_is_a_vector_to_choose_from() -> None:
    data = np.array([[1.0, 2.0, 3.0]] * 3)
    assert one_block("MultiPortSwitch", [[1.0, 3.0, 2.0], data], Inputs=1).tolist() == [1, 3, 2]
    options = {"Inputs": 1, "DataPortOrder": "Zero-based contiguous"}
    assert one_block("MultiPortSwitch", [[1.0, 0.0, 2.9], data], **options).tolist() == [2, 1, 3]


def test_a_vector_control_is_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="control signal of 2 elements"):
        one_block("MultiPortSwitch", [np.ones((1, 2)), [1.0], [2.0]], Inputs=2)


@pytest.mark.parametrize(
    ("kind", "option", "expected"),
    [
        ("ManualSwitch", {}, 1),
        ("ManualSwitch", {"CurrentSetting": "1"}, 1),
        ("ManualSwitch", {"CurrentSetting": "0"}, 2),
        ("simulink/Signal\nRouting/Manual Switch", {"sw": "1"}, 1),
        ("simulink/Signal\nRouting/Manual Switch", {"sw": "0"}, 2),
    ],
)
def test_a_manual_switch(kind: str, option: dict[str, str], expected: float) -> None:
    assert one_block(kind, [[1.0], [2.0]], **option).tolist() == [expected]


def test_a_manual_switch_in_between_is_refused() -> None:
    with pytest.raises(ParameterError, match="CurrentSetting"):
        one_block("ManualSwitch", [[1.0], [2.0]], CurrentSetting="2")


@pytest.mark.parametrize(
    ("first", "third", "output"),
    [
        ("int8", "int8", "int8"),
        ("int8", "uint8", "uint8"),  # of the two the one that holds the larger numbers
        ("int16", "uint8", "int16"),
        ("bool", "int8", "int8"),
        ("bool", "bool", "bool"),
        ("float32", "int32", "float32"),
        ("float32", "float64", "float64"),
    ],
)
def test_the_data_type_of_the_output_by_the_internal_rule(first: str, third: str, output: str) -> None:
    data = [np.array([1, 0], first), np.array([0, 1], third)]
    assert one_block("Switch", [data[0], [1.0, -1.0], data[1]]).dtype == np.dtype(output)
    assert one_block("MultiPortSwitch", [[1.0, 2.0], *data], Inputs=2).dtype == np.dtype(output)


def test_a_constant_takes_the_data_type_of_its_neighbour() -> None:
    """By the rule of back propagation a switch and a mux ask for the data type of their other inputs."""
    from small_diagrams import run, wired

    from bridge.model import Model

    made = Model.new("m")
    root = made.root
    root.add("Inport", "u", Port=1)
    root.add("Inport", "on", Port=2)
    root.add("Constant", "c", Value=300, OutDataTypeStr="Inherit: Inherit via back propagation")
    root.add("Constant", "d", Value=2.5, OutDataTypeStr="Inherit: Inherit via back propagation")
    root.add("Switch", "switch")
    root.add("Mux", "mux", Inputs=2)
    root.add("Outport", "y")
    wired(root, "u -> switch/1", "on -> switch/2", "c -> switch/3", "switch -> mux/1", "d -> mux/2", "mux -> y")
    inputs = {"u": np.array([1, 2], np.int8), "on": np.array([1.0, -1.0])}
    y = run(made, inputs=inputs, step=1, stop_time=1)["y"]
    assert (y.dtype, y.tolist()) == (np.int8, [[1, 3], [127, 3]])
