"""Products and quotients, against exact arithmetic in plain Python and numpy's linear algebra."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block
from stored_integers import INTEGERS, ROUND, edges, pairs, stored

from bridge.errors import DimensionMismatch, TypeMismatch, UnsupportedBlock

RANDOM = np.random.default_rng(2)
# Solving a system of three equations: a few digits more than the rounding of a product.
SOLVED = {"rtol": 1e-12, "atol": 1e-12}


@pytest.mark.parametrize("signs", ["**", "*/", "/*", "//", "*/*", "*//*"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_factors_are_taken_from_left_to_right(signs: str, dtype: str) -> None:
    factors = [RANDOM.normal(size=20).astype(dtype) for _ in signs]
    # onnxruntime computes (1 / x) y as y / x.
    y = one_block("Product", factors, Inputs=signs, exact=signs != "/*")
    expected = factors[0] if signs[0] == "*" else 1 / factors[0]
    for sign, x in zip(signs[1:], factors[1:], strict=True):
        expected = expected * x if sign == "*" else expected / x
    np.testing.assert_array_equal(y, expected)
    assert y.dtype == dtype


def test_division_by_zero_of_floating_point_numbers() -> None:
    y = one_block("Product", [[1.0, -1.0, 0.0, np.inf], [0.0, 0.0, 0.0, np.inf]], Inputs="*/", exact=True)
    np.testing.assert_array_equal(y, [np.inf, -np.inf, np.nan, np.nan])


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("saturate", ["off", "on"])
def test_a_product_of_integers_wraps_or_saturates(dtype: str, saturate: str) -> None:
    u, v = pairs(edges(dtype), edges(dtype), dtype)
    options = {"OutDataTypeStr": "Inherit: Same as first input", "SaturateOnIntegerOverflow": saturate}
    y = one_block("Product", [u, v], exact=True, **options)
    expected = [stored(int(a) * int(b), dtype, saturate=saturate == "on") for a, b in zip(u, v, strict=True)]
    assert (y.dtype, y.tolist()) == (dtype, expected)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("rounding", list(ROUND))
def test_a_quotient_of_integers_is_rounded_as_told(dtype: str, rounding: str) -> None:
    u, v = pairs(edges(dtype), [x for x in edges(dtype) if x], dtype)
    options = {"OutDataTypeStr": "Inherit: Same as first input", "RndMeth": rounding, "Inputs": "*/"}
    expected = [stored(Fraction(int(a), int(b)), dtype, rounding) for a, b in zip(u, v, strict=True)]
    assert one_block("Product", [u, v], exact=True, **options).tolist() == expected


def test_the_simplest_rounding_of_a_quotient_is_that_of_c() -> None:
    u, v = np.int16([7, -7, 7, -7]), np.int16([2, 2, -2, -2])
    y = one_block("Product", [u, v], Inputs="*/", OutDataTypeStr="int16", RndMeth="Simplest", exact=True)
    assert y.tolist() == [3, -3, -3, 3]


def test_the_most_negative_integer_divided_by_minus_one() -> None:
    u, v = np.int8([-128]), np.int8([-1])
    options = {"Inputs": "*/", "OutDataTypeStr": "int8", "exact": True}
    assert one_block("Product", [u, v], **options).tolist() == [-128]
    assert one_block("Product", [u, v], SaturateOnIntegerOverflow="on", **options).tolist() == [127]


@pytest.mark.parametrize(("dtype", "expected"), [("int8", [127, -128, 0]), ("uint16", [65535, 65535, 0])])
def test_division_by_integer_zero_gives_the_limit(dtype: str, expected: list[int]) -> None:
    u = np.array([5, -5 if dtype == "int8" else 9, 0], dtype)
    y = one_block("Product", [u, u * 0], Inputs="*/", OutDataTypeStr=dtype, exact=True)
    assert y.tolist() == expected


@pytest.mark.parametrize(
    ("given", "result"),
    [
        (("int8", "int8"), "int16"),  # as Simulink reports it for R2014a
        (("uint8", "uint8"), "uint16"),
        (("uint8", "int8"), "int16"),
        (("int8", "int16"), "int32"),  # documented for Gain: 24 bits on a 32-bit processor
        (("int16", "uint16"), "int32"),
        (("float32", "int16"), "float32"),
        (("float32", "float64"), "float64"),
    ],
)
def test_the_internal_rule_of_a_product(given: tuple[str, str], result: str) -> None:
    factors = [np.array([100], dtype) for dtype in given]
    y = one_block("Product", factors, exact=True)
    assert (y.dtype, y.tolist()) == (result, [10000])


def test_products_whose_internal_rule_is_not_known_are_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="m/block: Product with int32 and int32 by the internal rule"):
        one_block("Product", [np.int32([1]), np.int32([1])])
    with pytest.raises(UnsupportedBlock, match="a quotient of integers by the internal rule"):
        one_block("Product", [np.int8([1]), np.int8([1])], Inputs="*/")
    with pytest.raises(TypeMismatch, match="booleans alone"):
        one_block("Product", [np.bool_([True]), np.bool_([True])])


def test_a_quotient_with_a_floating_point_factor_is_rounded_once() -> None:
    # As generated code of R2022b: (uint8)round((double)u / 2.0).
    u, v = np.uint8([7, 8, 255, 1]), np.array([2.0, 0.5, 2.0, 4.0])
    y = one_block("Product", [u, v], Inputs="*/", OutDataTypeStr="uint8", RndMeth="Round", exact=True)
    assert (y.dtype, y.tolist()) == (np.uint8, [4, 16, 128, 0])


def test_integer_factors_and_a_floating_point_output() -> None:
    u, v = np.int8([7, 100]), np.int8([2, 100])
    assert one_block("Product", [u, v], OutDataTypeStr="double", exact=True).tolist() == [14, 10000]
    assert one_block("Product", [u, v], Inputs="*/", OutDataTypeStr="double", exact=True).tolist() == [3.5, 1]


def test_factors_of_several_types_are_refused_where_one_is_asked_for() -> None:
    with pytest.raises(TypeMismatch, match="InputSameDT is on"):
        one_block("Product", [np.ones(1), np.int8([1])], InputSameDT="on")


def test_the_product_of_the_elements_of_one_input() -> None:
    u = RANDOM.integers(-4, 5, size=(3, 2, 3)).astype(float)
    np.testing.assert_array_equal(one_block("Product", [u], Inputs="*", exact=True), u.prod((1, 2)))
    options = {"Inputs": "*", "CollapseMode": "Specified dimension", "exact": True}
    np.testing.assert_array_equal(one_block("Product", [u], CollapseDim=1, **options), u.prod(1, keepdims=True))
    np.testing.assert_array_equal(one_block("Product", [u], CollapseDim=2, **options), u.prod(2, keepdims=True))


def test_one_divided_by_the_elements_of_one_input() -> None:
    u = np.array([[3.0, 7.0, 0.1]])
    assert one_block("Product", [u], Inputs="/", exact=True).tolist() == [1 / 3.0 / 7.0 / 0.1]
    assert one_block("Product", [[4.0, -0.5]], Inputs="/", exact=True).tolist() == [0.25, -2.0]


def test_saturation_acts_on_every_factor_of_one_input() -> None:
    u = np.int8([[100, 100, 0, 1]])
    v = np.int8([[100, -2, -1, 1]])
    options = {"Inputs": "*", "OutDataTypeStr": "int8", "SaturateOnIntegerOverflow": "on", "exact": True}
    assert one_block("Product", [u], **options).tolist() == [0]
    assert one_block("Product", [v], **options).tolist() == [127]


@pytest.mark.parametrize(
    ("left", "right", "result"),
    [
        ((2, 3), (3, 4), (2, 4)),
        ((2, 3), (3,), (2,)),
        ((3,), (3, 4), (4,)),
        ((3,), (1, 4), (3, 4)),
        ((2, 3), (), (2, 3)),
    ],
)
def test_products_of_matrices_and_vectors(left: Any, right: Any, result: Any) -> None:
    u, v = RANDOM.integers(-5, 6, (2, *left)).astype(float), RANDOM.integers(-5, 6, (2, *right)).astype(float)
    y = one_block("Product", [u, v], Multiplication="Matrix(*)")
    assert y.shape == (2, *result)
    for k in range(2):
        a = u[k][:, None] if left == (3,) and right == (1, 4) else u[k]
        np.testing.assert_array_equal(y[k], a @ v[k] if right else a * v[k])


def test_division_of_matrices() -> None:
    A, B = RANDOM.normal(size=(2, 3, 3)), RANDOM.normal(size=(2, 3, 3)) + 3 * np.eye(3)
    right = one_block("Product", [A, B], Inputs="*/", Multiplication="Matrix(*)")
    np.testing.assert_allclose(right, A @ np.linalg.inv(B), **SOLVED)
    left = one_block("Product", [B, A], Inputs="/*", Multiplication="Matrix(*)")
    np.testing.assert_allclose(left, np.linalg.inv(B) @ A, **SOLVED)
    inverse = one_block("Product", [B], Inputs="/", Multiplication="Matrix(*)")
    np.testing.assert_allclose(inverse, np.linalg.inv(B), **SOLVED)
    scaled = one_block("Product", [A, [4.0, -2.0]], Inputs="*/", Multiplication="Matrix(*)", exact=True)
    np.testing.assert_array_equal(scaled, A / np.array([4.0, -2.0])[:, None, None])


def test_integer_matrices() -> None:
    A, B = np.int8([[[100, 2], [3, 4]]]), np.int8([[[2, 1], [0, 1]]])
    options = {"Multiplication": "Matrix(*)", "exact": True}
    wrapped = one_block("Product", [A, B], OutDataTypeStr="int8", **options)
    assert wrapped.tolist() == [[[-56, 102], [6, 7]]]
    limited = one_block("Product", [A, B], OutDataTypeStr="int8", SaturateOnIntegerOverflow="on", **options)
    assert limited.tolist() == [[[127, 102], [6, 7]]]
    with pytest.raises(UnsupportedBlock, match="division of integer matrices"):
        one_block("Product", [A, B], Inputs="*/", OutDataTypeStr="int8", **options)


def test_matrices_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DimensionMismatch, match="m/block"):
        one_block("Product", [np.ones((1, 2, 3)), np.ones((1, 2, 3))], Multiplication="Matrix(*)")


@pytest.mark.parametrize("shape", [(), (4,), (1, 4), (4, 1)])
def test_the_dot_product_of_two_vectors(shape: tuple[int, ...]) -> None:
    u, v = RANDOM.integers(-9, 9, (3, *shape)).astype(float), RANDOM.integers(-9, 9, (3, *shape)).astype(float)
    y = one_block("DotProduct", [u, v], exact=True)
    np.testing.assert_array_equal(y, (u * v).reshape(3, -1).sum(1))


def test_the_dot_product_of_integers_wraps_at_the_output() -> None:
    u = np.int8([[100, 100, -100]])
    assert one_block("DotProduct", [u, np.int8([[1, 1, 1]])], exact=True).tolist() == [100]
    internal = one_block("DotProduct", [u, u], OutDataTypeStr="Inherit: Inherit via internal rule", exact=True)
    assert (internal.dtype, internal.tolist()) == (np.int16, [30000])


def test_the_dot_product_conjugates_its_first_input() -> None:
    from small_diagrams import single

    from bridge.simulation import simulate

    u, v = np.array([[1 + 2j, 3j], [1, 1]]), np.array([[2, 1 - 1j], [1j, 1]])
    recorded = simulate(single("DotProduct", 2), inputs={"u1": u, "u2": v}, stop_time=1, step=1)
    np.testing.assert_array_equal(recorded["y1"], [np.vdot(u[0], v[0]), np.vdot(u[1], v[1])])


def test_the_dot_product_of_matrices_is_refused() -> None:
    with pytest.raises(DimensionMismatch, match=r"vectors are needed, not double\[2x2\]"):
        one_block("DotProduct", [np.ones((1, 2, 2))] * 2)
