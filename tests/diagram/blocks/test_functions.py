"""Functions of one signal or two, against Python's exact numbers, `math`, and the values of documented tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from small_diagrams import ROUNDING, one_block, single
from stored_integers import INTEGERS, ROUND, edges, pairs, stored

from bridge.errors import TypeMismatch, UnsupportedBlock
from bridge.simulation import simulate

INF, NAN = math.inf, math.nan
RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("saturate", ["off", "on"])
def test_bias_minus_and_absolute_value_of_integers(dtype: str, saturate: str) -> None:
    u = edges(dtype)
    options = {"SaturateOnIntegerOverflow": saturate, "exact": True}

    def expected(function: Callable[[int], int]) -> list[int]:
        return [stored(function(int(x)), dtype, saturate=saturate == "on") for x in u]

    assert one_block("Bias", [u], Bias=100, **options).tolist() == expected(lambda x: x + 100)
    assert one_block("UnaryMinus", [u], **options).tolist() == expected(lambda x: -x)
    assert one_block("Abs", [u], **options).tolist() == expected(abs)


def test_bias_minus_and_absolute_value_of_floating_point_numbers() -> None:
    u = np.array([0.0, -0.0, 1.5, -2.5, INF, -INF, NAN])
    np.testing.assert_array_equal(one_block("Bias", [u], Bias=0.25, exact=True), u + 0.25)
    minus = one_block("UnaryMinus", [u], exact=True)
    np.testing.assert_array_equal(minus, -u)
    assert np.signbit(minus[:2]).tolist() == [True, False]
    np.testing.assert_array_equal(one_block("Abs", [u], exact=True), np.abs(u))
    assert one_block("Abs", [np.float32([-1.5])], exact=True).dtype == np.float32


def test_whether_integers_saturate_where_a_file_says_nothing() -> None:
    # The defaults that Simulink's files list for these kinds.
    lowest = np.int8([-128])
    assert one_block("Abs", [lowest], exact=True).tolist() == [127]
    assert one_block("Bias", [lowest], Bias=-1, exact=True).tolist() == [-128]
    assert one_block("UnaryMinus", [lowest], exact=True).tolist() == [-128]
    assert one_block("Math", [lowest], Operator="square", exact=True).tolist() == [127]
    assert one_block("MinMax", [[300.0]], OutDataTypeStr="int8", exact=True).tolist() == [127]


def test_a_bias_for_every_element_is_rounded_to_the_signals_type() -> None:
    y = one_block("Bias", [np.int8([[1, 2]])], Bias="[2.5 -300]", exact=True)
    assert y.tolist() == [[4, -126]]


@pytest.mark.parametrize("kind", ["UnaryMinus", "Abs", "Signum"])
def test_booleans_have_no_sign(kind: str) -> None:
    with pytest.raises(TypeMismatch, match="m/block"):
        one_block(kind, [np.bool_([True])])


def test_an_absolute_value_in_another_type() -> None:
    y = one_block("Abs", [np.int8([-128, -3])], OutDataTypeStr="uint8", exact=True)
    assert (y.dtype, y.tolist()) == (np.uint8, [128, 3])
    rounded = one_block("Abs", [[-2.75]], OutDataTypeStr="int8", RndMeth="Ceiling", exact=True)
    assert (rounded.dtype, rounded.tolist()) == (np.int8, [3])


def test_the_absolute_value_of_a_complex_number() -> None:
    recorded = simulate(single("Abs", 1), inputs={"u1": np.array([3 + 4j, -1j])}, stop_time=1, step=1)
    assert recorded["y1"].tolist() == [5, 1]


@pytest.mark.parametrize("dtype", ["float64", "float32", *INTEGERS])
def test_the_sign(dtype: str) -> None:
    u = edges(dtype) if dtype in INTEGERS else np.array([0.0, -0.0, 1e-30, -1e-30, INF, -INF], dtype)
    y = one_block("Signum", [u], exact=True)
    assert (y.dtype, y.tolist()) == (dtype, [(x > 0) - (x < 0) for x in u.tolist()])


def test_the_sign_of_nan_is_nan() -> None:
    assert np.isnan(one_block("Signum", [[NAN]], exact=True)).all()


@pytest.mark.parametrize(
    ("operator", "function"),
    [("floor", math.floor), ("ceil", math.ceil), ("fix", math.trunc), ("round", ROUND["Round"])],
)
def test_rounding(operator: str, function: Callable[[Any], int]) -> None:
    # Among them the largest number below a half, and the first halves that are lost above 2**52.
    u = [0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, -0.49999999999999994, 2.0**52 + 1, 2.0**51 + 0.5, -7.2]
    y = one_block("Rounding", [u], Operator=operator, exact=True)
    assert y.tolist() == [float(function(Fraction(x))) for x in u]
    special = one_block("Rounding", [[INF, -INF, NAN]], Operator=operator, exact=True)
    np.testing.assert_array_equal(special, [INF, -INF, NAN])


def test_rounding_takes_no_integers() -> None:
    with pytest.raises(TypeMismatch, match="floor takes double or single, not int8"):
        one_block("Rounding", [np.int8([1])])


@pytest.mark.parametrize("name", ["coefs", "Coefs"])
def test_a_polynomial_by_horners_rule(name: str) -> None:
    u = RANDOM.normal(size=(5, 3))
    y = one_block("Polyval", [u], exact=True, **{name: "[2 -1 0.5 3]"})
    np.testing.assert_array_equal(y, ((2 * u - 1) * u + 0.5) * u + 3)
    assert one_block("Polyval", [[7.0]], exact=True, **{name: "4"}).tolist() == [4]


# Extremes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("function", "pick"), [("min", min), ("max", max)])
def test_the_extreme_of_several_inputs(function: str, pick: Callable[..., Any]) -> None:
    terms = [RANDOM.normal(size=9) for _ in range(3)]
    y = one_block("MinMax", terms, Function=function, Inputs=3, exact=True)
    assert y.tolist() == [pick(row) for row in zip(*terms, strict=True)]


@pytest.mark.parametrize(("function", "pick"), [("min", min), ("max", max)])
@pytest.mark.parametrize("dtype", ["float64", *INTEGERS])
def test_the_extreme_of_the_elements_of_one_input(function: str, pick: Callable[..., Any], dtype: str) -> None:
    u = edges(dtype).reshape(1, -1) if dtype in INTEGERS else np.array([[3.0, -INF, 7.0], [2.0, INF, 0.0]])
    y = one_block("MinMax", [u], Function=function, Inputs=1, exact=True)
    assert (y.dtype, y.tolist()) == (dtype, [pick(row) for row in u.tolist()])
    matrix = one_block("MinMax", [u.reshape(len(u), 1, -1)], Function=function, Inputs=1, exact=True)
    assert matrix.tolist() == y.tolist()


@pytest.mark.parametrize("function", ["min", "max"])
def test_nan_counts_only_where_there_is_nothing_else(function: str) -> None:
    u, v = [NAN, 1.0, NAN, INF], [2.0, NAN, NAN, NAN]
    y = one_block("MinMax", [u, v], Function=function, Inputs=2, exact=True)
    np.testing.assert_array_equal(y, [2, 1, NAN, INF])
    vector = one_block("MinMax", [np.array([u, v]).T], Function=function, Inputs=1, exact=True)
    np.testing.assert_array_equal(vector, [2, 1, NAN, INF])


def test_extremes_of_several_types() -> None:
    y = one_block("MinMax", [np.int8([-3]), np.uint8([200])], Function="max", Inputs=2, InputSameDT="off", exact=True)
    assert (y.dtype, y.tolist()) == (np.int16, [200])
    limited = one_block("MinMax", [[300.0]], OutDataTypeStr="int8", SaturateOnIntegerOverflow="on", exact=True)
    assert (limited.dtype, limited.tolist()) == (np.int8, [127])
    with pytest.raises(TypeMismatch, match="InputSameDT is on"):
        one_block("MinMax", [np.int8([-3]), np.uint8([200])], Inputs=2)


# Math Function -------------------------------------------------------------------------------------------------------

POINTS = [-30.0, -2.5, -1.0, -1e-9, 0.0, 1e-9, 0.3, 1.0, 2.0, 17.3]


@pytest.mark.parametrize(
    ("operator", "function", "points"),
    [
        ("exp", math.exp, POINTS),
        ("log", math.log, [1e-300, 0.3, 1.0, math.e, 1e300]),
        ("10^u", lambda x: 10.0**x, POINTS),
        ("log10", math.log10, [1e-300, 0.3, 1.0, 10.0, 1000.0, 1e300]),
        ("square", lambda x: x * x, POINTS),
        ("magnitude^2", lambda x: x * x, POINTS),
        ("reciprocal", lambda x: 1 / x, [-3.0, 0.1, 7.0, 1e300]),
        ("conj", lambda x: x, POINTS),
        ("sqrt", math.sqrt, [0.0, 2.0, 1e300]),
        ("rSqrt", lambda x: 1 / math.sqrt(x), [0.3, 2.0, 1e300]),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_functions_of_one_number(
    operator: str, function: Callable[[float], float], points: list[float], dtype: str
) -> None:
    u = np.array([x for x in points if x == 0 or 1e-37 < abs(x) < 1e37 or dtype == "float64"], dtype)
    y = one_block("Math", [u], Operator=operator)
    expected = np.array([function(float(x)) for x in u]).astype(dtype)
    np.testing.assert_allclose(y, expected, rtol=ROUNDING if dtype == "float64" else ROUNDING * 2.0**29)
    assert y.dtype == dtype


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        ("exp", [INF, -INF, NAN, 710.0, -750.0], [INF, 0, NAN, INF, 0]),
        ("log", [0.0, -1.0, INF, NAN], [-INF, NAN, INF, NAN]),
        ("log10", [0.0, -1.0, INF], [-INF, NAN, INF]),
        ("10^u", [400.0, -400.0, NAN, 2.0], [INF, 0, NAN, 100]),
        ("reciprocal", [0.0, INF, -INF], [INF, 0, 0]),
        ("sqrt", [-1.0, INF, NAN], [NAN, INF, NAN]),
    ],
)
def test_functions_of_one_number_at_the_edges(operator: str, given: list[float], expected: list[float]) -> None:
    np.testing.assert_array_equal(one_block("Math", [given], Operator=operator, exact=True), expected)


# As the run-time function for powers in generated code has them; C's pow differs in the first three and the last two.
POWERS = [
    (1.0, NAN, NAN), (NAN, 0.0, NAN), (-INF, 0.5, NAN), (-8.0, 1 / 3, NAN), (-1.0, INF, 1.0), (0.5, INF, 0.0),
    (-2.0, -INF, 0.0), (0.0, 0.0, 1.0), (INF, 0.0, 1.0), (3.0, -1.0, 1 / 3.0), (0.0, -1.0, INF), (-3.0, 2.0, 9.0),
    (2.0, 0.5, math.sqrt(2)), (-2.0, 3.0, -8.0), (10.0, -2.0, 0.01), (INF, 1.5, INF), (0.1, 2.0, 0.1 * 0.1),
    (-INF, 1.5, NAN), (-INF, -0.5, NAN),
]  # fmt: skip


def test_powers() -> None:
    u, v, expected = (list(column) for column in zip(*POWERS, strict=True))
    y = one_block("Math", [u, v], Operator="pow")
    np.testing.assert_allclose(y, expected, rtol=2.0**-52)


@pytest.mark.parametrize(
    ("u", "v", "expected"),
    [(3.0, 4.0, 5.0), (1e300, 1e300, math.sqrt(2) * 1e300), (0.0, 0.0, 0.0), (-5.0, 0.0, 5.0), (INF, 1.0, INF),
     (INF, INF, INF), (NAN, 1.0, NAN), (INF, NAN, NAN), (1e-320, 0.0, 1e-320)],
)  # fmt: skip
def test_the_length_of_two_numbers(u: float, v: float, expected: float) -> None:
    y = one_block("Math", [[u], [v]], Operator="hypot")
    np.testing.assert_allclose(y, [expected], rtol=2.0**-51)


def exact_modulus(x: float, y: float, toward: Callable[[Fraction], int]) -> float:
    """x - n y with the whole number n of the quotient, rounded once at the end."""
    return float(Fraction(x) - toward(Fraction(x) / Fraction(y)) * Fraction(y))


@pytest.mark.parametrize(("operator", "toward"), [("mod", math.floor), ("rem", math.trunc)])
def test_remainders_of_floating_point_numbers(operator: str, toward: Callable[[Fraction], int]) -> None:
    u, v = pairs([-7.5, -3.0, -0.7, 0.0, 0.3, 2.0, 5.25, 1e10 + 0.25], [-3.0, -0.75, 0.4375, 2.0, 360.0], "float64")
    y = one_block("Math", [u, v], Operator=operator, exact=True)
    np.testing.assert_array_equal(y, [exact_modulus(a, b, toward) for a, b in zip(u, v, strict=True)])


@pytest.mark.parametrize(
    ("operator", "u", "v", "expected"),
    [
        # 0.3 and 1.1 are no multiples of 0.1 in binary, but their quotients are whole up to the last digit.
        ("mod", 0.3, 0.1, 0.0), ("mod", 1.1, -0.1, 0.0), ("rem", 0.3, 0.1, 0.0), ("rem", -1.1, 0.1, 0.0),
        ("mod", 5.0, 0.0, 5.0), ("rem", 5.0, 0.0, NAN), ("mod", INF, 2.0, NAN), ("rem", INF, 2.0, NAN),
        ("mod", 5.0, INF, 5.0), ("mod", -5.0, INF, INF), ("mod", 0.0, -INF, 0.0), ("rem", -5.0, INF, -5.0),
        ("mod", NAN, 2.0, NAN), ("mod", 2.0, NAN, NAN), ("rem", NAN, 2.0, NAN), ("rem", 2.0, NAN, NAN),
        ("mod", 0.0, 0.0, 0.0), ("rem", 0.0, 0.0, NAN),
    ],
)  # fmt: skip
def test_remainders_at_the_edges(operator: str, u: float, v: float, expected: float) -> None:
    np.testing.assert_array_equal(one_block("Math", [[u], [v]], Operator=operator, exact=True), [expected])


@pytest.mark.parametrize("dtype", INTEGERS)
def test_remainders_of_integers(dtype: str) -> None:
    u, v = pairs(edges(dtype), [x for x in edges(dtype) if x], dtype)
    modulus = one_block("Math", [u, v], Operator="mod", exact=True)
    assert (modulus.dtype, modulus.tolist()) == (dtype, [int(a) % int(b) for a, b in zip(u, v, strict=True)])
    remainder = one_block("Math", [u, v], Operator="rem", exact=True)
    expected = [int(a) - int(b) * math.trunc(Fraction(int(a), int(b))) for a, b in zip(u, v, strict=True)]
    assert (remainder.dtype, remainder.tolist()) == (dtype, expected)
    assert one_block("Math", [u, u * 0], Operator="mod", exact=True).tolist() == u.tolist()


@pytest.mark.parametrize("saturate", ["off", "on"])
def test_the_square_and_reciprocal_of_integers(saturate: str) -> None:
    u = np.int8([-128, -12, -2, -1, 1, 2, 11, 127])
    options = {"SaturateOnIntegerOverflow": saturate, "RndMeth": "Zero", "exact": True}
    square = one_block("Math", [u], Operator="square", **options)
    assert square.tolist() == [stored(int(x) ** 2, "int8", saturate=saturate == "on") for x in u]
    wide = one_block("Math", [u], Operator="magnitude^2", OutDataTypeStr="int16", **options)
    assert wide.tolist() == [int(x) ** 2 for x in u]
    reciprocal = one_block("Math", [u], Operator="reciprocal", **options)
    assert reciprocal.tolist() == [stored(Fraction(1, int(x)), "int8", "Zero") for x in u]


@pytest.mark.parametrize("operator", ["transpose", "hermitian"])
@pytest.mark.parametrize("dtype", ["float64", "int8", "bool"])
def test_transposes(operator: str, dtype: str) -> None:
    u = RANDOM.integers(0, 2, (2, 2, 3)).astype(dtype)
    y = one_block("Math", [u], Operator=operator, exact=True)
    np.testing.assert_array_equal(y, u.transpose(0, 2, 1))
    assert y.dtype == dtype
    # A 1-D vector counts as a column.
    assert one_block("Math", [u[:, 0]], Operator=operator, exact=True).shape == (2, 1, 3)


@pytest.mark.parametrize(
    ("operator", "function"),
    [
        ("exp", np.exp), ("log", np.log), ("conj", np.conj), ("magnitude^2", lambda x: (x * x.conj()).real),
        ("square", lambda x: x * x), ("reciprocal", lambda x: 1 / x), ("sqrt", np.sqrt),
    ],
)  # fmt: skip
def test_functions_of_a_complex_number(operator: str, function: Callable[[Any], Any]) -> None:
    u = np.array([1 + 2j, -0.5 + 0.25j, 3 - 1j])
    recorded = simulate(single("Math", 1, Operator=operator), inputs={"u1": u}, stop_time=2, step=1)
    np.testing.assert_allclose(recorded["y1"], function(u), rtol=ROUNDING)


def test_the_hermitian_transpose_conjugates() -> None:
    u = np.array([[[1 + 2j, 3j]]])
    recorded = simulate(single("Math", 1, Operator="hermitian"), inputs={"u1": u}, stop_time=0, step=1)
    assert recorded["y1"].tolist() == [[[1 - 2j], [-3j]]]


def test_a_complex_output_of_a_real_number() -> None:
    model = single("Math", 1, Operator="log", OutputSignalType="complex")
    recorded = simulate(model, inputs={"u1": np.array([-1.0, 1.0])}, stop_time=1, step=1)
    np.testing.assert_allclose(recorded["y1"], [math.pi * 1j, 0], rtol=ROUNDING)


@pytest.mark.parametrize("operator", ["exp", "log", "pow", "hypot", "sqrt"])
def test_functions_of_real_numbers_take_no_integers(operator: str) -> None:
    with pytest.raises(TypeMismatch, match="m/block"):
        one_block("Math", [np.int8([1])] * (2 if operator in ("pow", "hypot") else 1), Operator=operator)


def test_a_function_that_is_not_known_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedBlock, match="m/block: Math with Operator = 'erf'"):
        one_block("Math", [[1.0]], Operator="erf")


# Square roots --------------------------------------------------------------------------------------------------------


def test_square_roots() -> None:
    u = [0.0, 2.0, -4.0, INF, NAN]
    np.testing.assert_array_equal(one_block("Sqrt", [u], exact=True), [0, math.sqrt(2), NAN, INF, NAN])
    signed = one_block("Sqrt", [u], Operator="signedSqrt", exact=True)
    np.testing.assert_array_equal(signed, [0, math.sqrt(2), -2, INF, NAN])
    reciprocal = one_block("Sqrt", [u], Operator="rSqrt", exact=True)
    np.testing.assert_array_equal(reciprocal, [INF, 1 / math.sqrt(2), NAN, 0, NAN])


@pytest.mark.parametrize("rounding", ["Floor", "Ceiling", "Nearest"])
def test_the_square_root_of_an_integer(rounding: str) -> None:
    u = [0, 1, 2, 3, 4, 8, 99, 65535, 2**31 - 1, 46340**2]
    y = one_block("Sqrt", [np.int32(u)], OutDataTypeStr="uint16", RndMeth=rounding, exact=True)
    down = [math.isqrt(x) for x in u]
    expected = {
        "Floor": down,
        "Ceiling": [r + (r * r < x) for r, x in zip(down, u, strict=True)],
        # The root is above r + 1/2 where x is above r**2 + r + 1/4.
        "Nearest": [r + (x > r * r + r) for r, x in zip(down, u, strict=True)],
    }
    assert y.tolist() == expected[rounding]


def test_options_of_the_square_root() -> None:
    with pytest.raises(UnsupportedBlock, match="AlgorithmType = 'Newton-Raphson'"):
        one_block("Sqrt", [[1.0]], Operator="rSqrt", AlgorithmType="Newton-Raphson")
    with pytest.raises(TypeMismatch, match="signed root of an integer"):
        one_block("Sqrt", [np.int8([1])], Operator="signedSqrt")
    model = single("Sqrt", 1, OutputSignalType="complex")
    recorded = simulate(model, inputs={"u1": np.array([-4.0])}, stop_time=0, step=1)
    assert recorded["y1"].tolist() == [2j]
    model = single("Sqrt", 1, OutputSignalType="complex", Operator="signedSqrt")
    recorded = simulate(model, inputs={"u1": np.array([-4.0])}, stop_time=0, step=1)
    assert recorded["y1"].dtype == complex
    assert recorded["y1"].tolist() == [-2]
