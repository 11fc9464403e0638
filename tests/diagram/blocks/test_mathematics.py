"""Gain and sum, against exact arithmetic in plain Python and numpy's products of matrices."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block, run, single
from stored_integers import INTEGERS, ROUND, edges, pairs, stored

from bridge.errors import DimensionMismatch, ParameterError, TypeMismatch, UnsupportedBlock
from bridge.model import Model
from bridge.simulation import simulate

RANDOM = np.random.default_rng(1)
# A product or sum of a few terms in another order than numpy's.
CLOSE = {"rtol": 1e-14, "atol": 1e-14}


@pytest.mark.parametrize("gain", ["-2.5", "[1 2 3]", "[1;2;3]"])
@pytest.mark.parametrize("shape", [(), (3,), (1, 3), (3, 1)])
def test_a_gain_by_element_spreads_over_the_signal(gain: str, shape: tuple[int, ...]) -> None:
    u = RANDOM.normal(size=(2, *shape))
    y = one_block("Gain", [u], Gain=gain, exact=True)
    k = -2.5 if gain == "-2.5" else np.array([1.0, 2.0, 3.0])
    expected = u * (k.reshape(shape) if shape and np.ndim(k) else k) if shape else u[:, None] * k
    np.testing.assert_array_equal(y.reshape(2, -1), expected.reshape(2, -1))
    assert y.shape == (2, *(shape or np.shape(k)))


def test_a_gain_by_element_on_a_matrix() -> None:
    u = RANDOM.normal(size=(2, 2, 3))
    K = np.array([[1.0, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(one_block("Gain", [u], Gain="[1 2 3; 4 5 6]", exact=True), u * K)


@pytest.mark.parametrize("mode", ["Matrix(K*u)", "Matrix(K*u) (u vector)"])
def test_a_matrix_times_a_vector(mode: str) -> None:
    u = RANDOM.normal(size=(4, 3))
    K = np.array([[1.0, 2, 3], [4, 5, 6]])
    y = one_block("Gain", [u], Gain="[1 2 3; 4 5 6]", Multiplication=mode)
    np.testing.assert_allclose(y, u @ K.T, **CLOSE)


def test_matrix_products_on_either_side() -> None:
    u = RANDOM.normal(size=(2, 3, 3))
    K = np.array([[1.0, 2, 0], [0, 1, 5], [2, 0, 1]])
    left = one_block("Gain", [u], Gain="[1 2 0; 0 1 5; 2 0 1]", Multiplication="Matrix(K*u)")
    right = one_block("Gain", [u], Gain="[1 2 0; 0 1 5; 2 0 1]", Multiplication="Matrix(u*K)")
    np.testing.assert_allclose(left, K @ u, **CLOSE)
    np.testing.assert_allclose(right, u @ K, **CLOSE)


def test_a_vector_is_a_column_so_that_a_row_to_its_right_gives_a_matrix() -> None:
    # As generated code of R2014a has it: u (2) times [3 5] is 2 x 2.
    y = one_block("Gain", [[[1.0, 2.0]]], Gain="[3 5]", Multiplication="Matrix(u*K)", exact=True)
    np.testing.assert_array_equal(y, [[[3, 5], [6, 10]]])


def test_a_matrix_gain_that_does_not_fit_names_the_block_and_the_sizes() -> None:
    with pytest.raises(DimensionMismatch, match=r"m/block: .*2x3.*\[4\]"):
        one_block("Gain", [np.zeros((1, 4))], Gain="[1 2 3; 4 5 6]", Multiplication="Matrix(K*u)")


def test_a_gain_in_single_precision_rounds_its_parameter_first() -> None:
    u = np.float32([0.1, 3.3, -7.7])
    y = one_block("Gain", [u], Gain="0.3", exact=True)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, np.float32(0.3) * u)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("saturate", ["off", "on"])
@pytest.mark.parametrize("gain", [3, -2])
def test_an_integer_gain_wraps_or_saturates(dtype: str, saturate: str, gain: int) -> None:
    u = edges(dtype)
    y = one_block(
        "Gain", [u], exact=True, Gain=gain, ParamDataTypeStr="Inherit: Same as input",
        OutDataTypeStr="Inherit: Same as input", SaturateOnIntegerOverflow=saturate,
    )  # fmt: skip
    assert y.dtype == dtype
    k = stored(gain, dtype, "Nearest", saturate=True)
    assert y.tolist() == [stored(k * int(x), dtype, saturate=saturate == "on") for x in u]


def test_a_parameter_of_the_inputs_type_is_rounded_to_the_nearest() -> None:
    options = {"ParamDataTypeStr": "Inherit: Same as input", "OutDataTypeStr": "int16"}
    assert one_block("Gain", [np.int8([1, -4])], Gain="2.5", exact=True, **options).tolist() == [3, -12]


@pytest.mark.parametrize(
    ("dtype", "gain", "word", "exponent"),
    # 0.1 * 2**11 = 204.8 is the largest product with a power of two that a uint8 holds; -0.3 * 2**16 for an int16.
    [("uint8", 0.1, 205, 11), ("int16", -0.3, -19661, 16), ("int8", 100, 100, 0), ("uint16", 65535, 65535, 0)],
)
@pytest.mark.parametrize("rounding", list(ROUND))
def test_by_the_internal_rule_the_parameter_keeps_the_inputs_word_length(
    dtype: str, gain: float, word: int, exponent: int, rounding: str
) -> None:
    from fractions import Fraction

    u = edges(dtype)
    y = one_block("Gain", [u], Gain=gain, OutDataTypeStr=dtype, RndMeth=rounding, exact=True)
    assert y.tolist() == [stored(Fraction(word * int(x), 2**exponent), dtype, rounding) for x in u]


def test_an_integer_gain_by_the_internal_rule_is_fixed_point_and_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="m/block: Gain with int8 input and output by the internal rule"):
        one_block("Gain", [np.int8([1])], Gain=2)


def test_integers_of_a_matrix_gain_are_summed_before_they_overflow() -> None:
    u = np.int8([[100, 100, -100]])
    options = {"ParamDataTypeStr": "int8", "Multiplication": "Matrix(K*u)", "exact": True}
    assert one_block("Gain", [u], Gain="[2 1 2]", OutDataTypeStr="int8", **options).tolist() == [100]
    assert one_block("Gain", [u], Gain="[2 1 1]", OutDataTypeStr="int16", **options).tolist() == [200]


def test_an_integer_input_and_a_floating_point_output() -> None:
    options = {"ParamDataTypeStr": "double", "OutDataTypeStr": "double"}
    y = one_block("Gain", [np.int8([3, -7])], Gain="0.5", exact=True, **options)
    assert y.dtype == float
    assert y.tolist() == [1.5, -3.5]


def test_a_floating_point_input_and_an_integer_output() -> None:
    options = {"OutDataTypeStr": "int8", "SaturateOnIntegerOverflow": "on"}
    y = one_block("Gain", [[1.3, -1.3, 90.0]], Gain="2", exact=True, **options)
    assert y.tolist() == [2, -3, 127]


def test_a_complex_gain() -> None:
    recorded = simulate(single("Gain", 1, Gain="1+2i"), inputs={"u1": np.array([2.0, -1.0])}, stop_time=1, step=1)
    np.testing.assert_array_equal(recorded["y1"], [2 + 4j, -1 - 2j])


def test_older_files_spell_the_data_types_differently() -> None:
    old = {"OutDataTypeMode": "Same as input", "ParameterDataTypeMode": "Same as input"}
    assert one_block("Gain", [np.int8([50, 100])], Gain=2, exact=True, **old).tolist() == [100, -56]
    dialog = {"OutDataTypeMode": "Specify via dialog", "OutDataType": "sfix(16)", "OutScaling": "2^0"}
    y = one_block("Gain", [[100.7]], Gain=2, exact=True, **dialog)
    assert (y.dtype, y.tolist()) == (np.int16, [201])
    with pytest.raises(UnsupportedBlock, match=r"sfix\(16\) scaled by 2\^-4"):
        one_block("Gain", [[1.0]], Gain=2, **{**dialog, "OutScaling": "2^-4"})


@pytest.mark.parametrize(
    ("kind", "parameters", "factor"),
    [
        ("simulink/Math Operations/Slider Gain", {"gain": "0.7"}, 0.7),
        ("simulink_extras/Transformations/Radians to Degrees", {}, 57.29577951308232),
        ("simulink_extras/Transformations/Degrees to Radians", {}, 0.017453292519943295),
    ],
)
def test_library_blocks_that_are_gains(kind: str, parameters: dict[str, str], factor: float) -> None:
    u = np.array([1.0, -2.5, 1e10])
    np.testing.assert_array_equal(one_block(kind, [u], exact=True, **parameters), factor * u)


# Sum -----------------------------------------------------------------------------------------------------------------


def documented_sum(signs: str, terms: list[Any]) -> Any:
    """The first term with a plus, then the others in order; without one, zero minus them all."""
    first = signs.find("+")
    total = terms[first] if first >= 0 else terms[0] * 0
    for k, (sign, term) in enumerate(zip(signs, terms, strict=True)):
        if k != first:
            total = total + term if sign == "+" else total - term
    return total


@pytest.mark.parametrize("signs", ["++", "+-", "-+", "--", "+--", "--+", "-+-+", "---"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_sum_adds_in_the_documented_order(signs: str, dtype: str) -> None:
    # Numbers of different size, so that the order shows in the last digits.
    terms = [(RANDOM.normal(size=20) * 10.0**k).astype(dtype) for k in range(len(signs))]
    y = one_block("Sum", terms, Inputs=signs, exact=True)
    np.testing.assert_array_equal(y, documented_sum(signs, terms))
    assert y.dtype == dtype


def test_the_order_of_the_terms_matters_in_that_test() -> None:
    a, b, c = 1e16, 1.0, 1e16
    assert documented_sum("--+", [a, b, c]) != c - (a + b)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("saturate", ["off", "on"])
@pytest.mark.parametrize("signs", ["++", "+-", "--"])
def test_a_sum_of_integers_wraps_or_saturates_at_every_step(dtype: str, saturate: str, signs: str) -> None:
    u, v = pairs(edges(dtype), edges(dtype), dtype)
    y = one_block("Sum", [u, v], Inputs=signs, SaturateOnIntegerOverflow=saturate, exact=True)
    assert y.dtype == dtype

    def expected(x: int, y: int) -> int:
        terms = [x if signs[0] == "+" else -x, y if signs[1] == "+" else -y]
        return reduce(lambda total, term: stored(total + term, dtype, saturate=saturate == "on"), terms, 0)

    assert y.tolist() == [expected(int(a), int(b)) for a, b in zip(u, v, strict=True)]


def test_saturation_acts_on_intermediate_sums() -> None:
    u = [np.int8([100]), np.int8([100]), np.int8([100])]
    assert one_block("Sum", u, Inputs="++-", SaturateOnIntegerOverflow="on", exact=True).tolist() == [27]
    assert one_block("Sum", u, Inputs="++-", exact=True).tolist() == [100]


@pytest.mark.parametrize(
    ("given", "result"),
    [
        (("uint8", "uint8"), "uint8"),  # as generated code of R2022b has it
        (("int16", "int16"), "int16"),
        (("int8", "uint8"), "int16"),
        (("uint8", "uint16"), "uint16"),
        (("int32", "uint16"), "int32"),
        (("int32", "float32"), "float32"),
        (("float32", "float64"), "float64"),
        (("int8", "bool"), "int8"),
    ],
)
def test_the_internal_rule_of_a_sum(given: tuple[str, str], result: str) -> None:
    y = one_block("Sum", [np.ones(1, dtype) for dtype in given], exact=True)
    assert (y.dtype, y.tolist()) == (result, [2])


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (("int32", "uint32"), UnsupportedBlock, "int32 and uint32 by the internal rule"),
        (("bool", "bool"), TypeMismatch, "booleans alone decide no data type"),
    ],
)
def test_sums_whose_internal_rule_is_not_known_are_refused(given: tuple[str, str], error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        one_block("Sum", [np.ones(1, dtype) for dtype in given])


@pytest.mark.parametrize("rounding", list(ROUND))
@pytest.mark.parametrize("saturate", ["off", "on"])
def test_floating_point_terms_are_rounded_once_to_an_integer_output(rounding: str, saturate: str) -> None:
    u, v = pairs([-90.6, -2.6, -0.25, 0.0, 1.75, 2.6, 90.6], [-90.6, -1.9, -0.25, 0.75, 2.9, 90.6], "float64")
    options = {"OutDataTypeStr": "int8", "RndMeth": rounding, "SaturateOnIntegerOverflow": saturate, "exact": True}
    y = one_block("Sum", [u, v], **options)
    assert y.tolist() == [stored(a + b, "int8", rounding, saturate == "on") for a, b in zip(u, v, strict=True)]


def test_an_accumulator_type_is_what_the_terms_are_converted_to() -> None:
    u = [np.int16([300]), np.int16([1])]
    wide = one_block("Sum", u, AccumDataTypeStr="int32", OutDataTypeStr="double", exact=True)
    narrow = one_block("Sum", u, AccumDataTypeStr="int8", OutDataTypeStr="double", exact=True)
    first = one_block("Sum", [np.uint8([200]), np.uint16([100])], AccumDataTypeStr="Inherit: Same as first input",
                      OutDataTypeStr="uint16", exact=True)  # fmt: skip
    assert (wide.tolist(), narrow.tolist(), first.tolist()) == ([301], [45], [44])


def test_an_output_wider_than_the_inputs_holds_the_sum() -> None:
    u = [np.uint8([200]), np.uint8([200])]
    assert one_block("Sum", u, OutDataTypeStr="uint16", exact=True).tolist() == [400]
    assert one_block("Sum", u, OutDataTypeStr="double", exact=True).tolist() == [400]


def test_inputs_of_several_types_are_refused_where_one_is_asked_for() -> None:
    with pytest.raises(TypeMismatch, match=r"m/block: its inputs must have one data type .*, not double, single"):
        one_block("Sum", [np.ones(1), np.ones(1, np.float32)], InputSameDT="on")


@pytest.mark.parametrize("signs", ["+", "-"])
def test_the_sum_of_the_elements_of_one_input(signs: str) -> None:
    sign = 1 if signs == "+" else -1
    u = RANDOM.integers(-9, 9, size=(3, 2, 4)).astype(float)
    options = {"Inputs": signs, "exact": True}
    np.testing.assert_array_equal(one_block("Sum", [u], **options), sign * u.sum((1, 2)))
    rows = one_block("Sum", [u], CollapseMode="Specified dimension", CollapseDim=1, **options)
    np.testing.assert_array_equal(rows, sign * u.sum(1, keepdims=True))
    columns = one_block("Sum", [u], CollapseMode="Specified dimension", CollapseDim=2, **options)
    np.testing.assert_array_equal(columns, sign * u.sum(2, keepdims=True))
    np.testing.assert_array_equal(one_block("Sum", [u[:, 0]], **options), sign * u[:, 0].sum(1))


def test_the_elements_of_one_input_saturate_one_after_the_other() -> None:
    u = np.int8([[100, 100, -100, 1]])
    saturating = {"SaturateOnIntegerOverflow": "on", "Inputs": "+", "exact": True}
    assert one_block("Sum", [u], **saturating).tolist() == [28]
    assert one_block("Sum", [u], Inputs="+", exact=True).tolist() == [101]
    matrix = u.reshape(1, 2, 2)  # rows 100 100 and -100 1
    y = one_block("Sum", [matrix], CollapseMode="Specified dimension", CollapseDim=2, **saturating)
    assert y.tolist() == [[[127], [-99]]]


def test_a_dimension_that_a_signal_lacks_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"m/block: parameter CollapseDim: .* has no dimension 3"):
        one_block("Sum", [np.ones((1, 2, 2))], Inputs="+", CollapseMode="Specified dimension", CollapseDim=3)


@pytest.mark.parametrize(("left", "right"), [((), (3,)), ((3,), ()), ((1, 3), (3,)), ((3,), (3, 1)), ((2, 3), ())])
def test_scalars_spread_and_vectors_take_the_orientation_of_the_other(left: Any, right: Any) -> None:
    u, v = RANDOM.normal(size=(2, *left)), RANDOM.normal(size=(2, *right))
    y = one_block("Sum", [u, v], Inputs="+-", exact=True)
    shape = max(left, right, key=lambda shape: (np.prod(shape), len(shape)))
    a = u.reshape(2, *shape) if u[0].size > 1 else u.reshape(2, *(1 for _ in shape))
    b = v.reshape(2, *shape) if v[0].size > 1 else v.reshape(2, *(1 for _ in shape))
    np.testing.assert_array_equal(y, a - b)


@pytest.mark.parametrize("shapes", [((3,), (4,)), ((2, 3), (3, 2)), ((1, 3), (3, 1))])
def test_sizes_that_do_not_fit_are_refused(shapes: Any) -> None:
    with pytest.raises(DimensionMismatch, match="m/block"):
        one_block("Sum", [np.ones((1, *shape)) for shape in shapes])


@pytest.mark.parametrize(("text", "count", "expected"), [("|++-", 3, -1), ("+|-|+", 3, 3), ("3", 3, 7), ("+|+", 2, 3)])
def test_the_list_of_signs_may_hold_bars_or_be_a_number(text: str, count: int, expected: float) -> None:
    y = one_block("Sum", [[1.0], [2.0], [4.0]][:count], Inputs=text, exact=True)
    assert y.tolist() == [expected]


def test_a_list_of_signs_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError, match="m/block: parameter Inputs"):
        one_block("Sum", [[1.0]], Inputs="0.5")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.0])
def test_special_numbers_go_through(value: float) -> None:
    y = one_block("Sum", [[value, 1.0], [0.0, value]], exact=True)
    np.testing.assert_array_equal(y, [value + 0.0, value + 1.0])


@pytest.mark.parametrize("same", ["on", "off"])
@pytest.mark.parametrize("order", [("u", "delay"), ("delay", "u")])
def test_a_running_sum_takes_the_type_of_what_it_adds(same: str, order: tuple[str, str]) -> None:
    model = Model.new("m")
    root = model.root
    root.add("Inport", "u")
    root.add("Sum", "sum", InputSameDT=same)
    root.add("UnitDelay", "delay")
    root.add("Outport", "y")
    for port, source in enumerate(order):
        root.connect(source, f"sum/{port + 1}")
    root.connect("sum", "delay")
    root.connect("sum", "y")
    recorded = run(model, exact=True, inputs={"u": np.int16([20000, 20000, 1])}, step=1, stop_time=2)
    assert (recorded["y"].dtype, recorded["y"].tolist()) == (np.int16, [20000, -25536, -25535])


def test_real_beside_complex_is_one_data_type() -> None:
    inputs = {"u1": np.array([1 + 1j, 2j]), "u2": np.array([1.0, 2.0])}
    recorded = simulate(single("Sum", 2, InputSameDT="on", Inputs="+-"), inputs=inputs, stop_time=1, step=1)
    assert recorded["y1"].tolist() == [1j, -2 + 2j]
