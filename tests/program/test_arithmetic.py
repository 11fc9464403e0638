"""Conversions and integer arithmetic against exact rational arithmetic in Python."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import ProgramError
from bridge.program import DType, Value
from bridge.program import arithmetic as a
from bridge.program.types import BOOLEAN, BUILT_IN, DOUBLE, INT8, INT16, INT32, INT64, SINGLE, UINT8, UINT64

Evaluate = Callable[..., Any]
INTEGERS = [dtype for dtype in BUILT_IN.values() if dtype.is_integer]
NARROW = [dtype for dtype in INTEGERS if dtype.bits <= 32]
FLOATS = [DOUBLE, SINGLE]
HALF = Fraction(1, 2)


def away(x: Fraction) -> int:
    return math.floor(x + HALF) if x >= 0 else math.ceil(x - HALF)


EXACT: dict[str, Callable[[Fraction], int]] = {
    "Zero": math.trunc,
    "Floor": math.floor,
    "Ceiling": math.ceil,
    "Round": away,
    "Nearest": lambda x: math.floor(x + HALF),
    "Convergent": round,
    "Simplest": math.floor,
}


def fit(x: int, dtype: DType, saturate: bool) -> int:
    """An exact integer in the type: at its limit, or modulo 2**bits."""
    low, high = dtype.limits
    if saturate:
        return min(max(x, low), high)
    return (x - low) % (1 << dtype.bits) + low


def exact_conversion(x: float, dtype: DType, rounding: str, saturate: bool) -> int:
    if math.isnan(x) or (math.isinf(x) and not saturate):
        return 0
    if math.isinf(x):
        return dtype.limits[x > 0]
    return fit(EXACT[rounding](Fraction(x)), dtype, saturate)


def numbers(dtype: DType, target: DType) -> st.SearchStrategy[float]:
    """Floating-point numbers, more often near halves and near the target's limits than anywhere else."""
    low, high = target.limits
    width = 32 if dtype == SINGLE else 64
    near = st.sampled_from([low, high, 0, 2 * low, 2 * high, 1 << (target.bits - 1)])
    close = st.builds(lambda base, step: float(dtype.numpy.type(base + step / 4)), near, st.integers(-9, 9))
    return st.floats(width=width) | close | st.sampled_from([0.49999999999999994, -0.49999999999999994, -0.0, 1e300])


def pairs(dtype: DType) -> st.SearchStrategy[list[tuple[int, int]]]:
    low, high = dtype.limits
    edge = [x for x in (low, low + 1, -1, 0, 1, 2, 3, high // 2, high - 1, high) if low <= x <= high]
    one = st.sampled_from(edge) | st.integers(low, high)
    return st.lists(st.tuples(one, one), min_size=12, max_size=12)


def columns(given_pairs: list[tuple[int, int]], dtype: DType) -> list[np.ndarray]:
    return [np.array(column, dtype.numpy) for column in zip(*given_pairs, strict=True)]


@settings(deadline=None, max_examples=40)
@given(data=st.data(), saturate=st.booleans())
@pytest.mark.parametrize("rounding", sorted(a.ROUNDING))
def test_floating_point_to_integer(evaluate: Evaluate, rounding: str, data: st.DataObject, saturate: bool) -> None:
    dtype, target = data.draw(st.sampled_from(FLOATS)), data.draw(st.sampled_from(INTEGERS))
    with np.errstate(over="ignore"):
        x = np.array(data.draw(st.lists(numbers(dtype, target), min_size=16, max_size=16))).astype(dtype.numpy)
    result = evaluate(lambda v: a.convert(v, target, rounding, saturate), x)
    assert result.dtype == target.numpy
    assert result.tolist() == [exact_conversion(float(each), target, rounding, saturate) for each in x]


@settings(deadline=None, max_examples=40)
@given(data=st.data())
@pytest.mark.parametrize("saturate", [True, False])
def test_integer_to_integer(evaluate: Evaluate, saturate: bool, data: st.DataObject) -> None:
    given_type, target = data.draw(st.sampled_from(INTEGERS)), data.draw(st.sampled_from(INTEGERS))
    x, _ = columns(data.draw(pairs(given_type)), given_type)
    result = evaluate(lambda v: a.convert(v, target, saturate=saturate), x)
    assert result.tolist() == [fit(int(each), target, saturate) for each in x]


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
@pytest.mark.parametrize("target", [DOUBLE, SINGLE], ids=str)
def test_integer_to_floating_point_rounds_to_nearest(evaluate: Evaluate, dtype: DType, target: DType) -> None:
    low, high = dtype.limits
    x = np.array([low, high, high // 3, high - 1, 7], dtype.numpy)
    expected = [target.numpy.type(int(each)) for each in x]
    np.testing.assert_array_equal(evaluate(lambda v: a.convert(v, target), x), expected)


@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE, INT8, UINT64], ids=str)
def test_to_boolean_is_a_comparison_with_zero(evaluate: Evaluate, dtype: DType) -> None:
    x = np.array([0, 1, 3], dtype.numpy)
    assert evaluate(lambda v: a.convert(v, BOOLEAN), x).tolist() == [False, True, True]
    assert evaluate(lambda v: a.convert(v, dtype), np.array([False, True])).tolist() == [0, 1]
    if dtype.is_float:
        x = np.array([0.25, -0.0, np.nan, -np.inf], dtype.numpy)
        assert evaluate(lambda v: a.convert(v, BOOLEAN), x).tolist() == [True, False, True, True]


OPERATIONS: dict[str, tuple[Callable[..., Value], Callable[[int, int], int]]] = {
    "add": (a.add, lambda x, y: x + y),
    "subtract": (a.subtract, lambda x, y: x - y),
    "multiply": (a.multiply, lambda x, y: x * y),
    "negate": (lambda x, y, saturate: a.negate(x, saturate), lambda x, y: -x),
    "magnitude": (lambda x, y, saturate: a.magnitude(x, saturate), lambda x, y: abs(x)),
}


@settings(deadline=None, max_examples=40)
@given(data=st.data())
@pytest.mark.parametrize("saturate", [True, False])
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_integer_arithmetic(evaluate: Evaluate, name: str, saturate: bool, data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(NARROW if saturate else INTEGERS))
    traced, exact = OPERATIONS[name]
    operands = columns(data.draw(pairs(dtype)), dtype)
    result = evaluate(lambda x, y: traced(x, y, saturate=saturate), *operands)
    assert result.dtype == dtype.numpy
    expected = [fit(exact(int(x), int(y)), dtype, saturate) for x, y in zip(*operands, strict=True)]
    assert result.tolist() == expected


def exact_quotient(x: int, y: int, dtype: DType, rounding: str, saturate: bool) -> int:
    if y == 0:
        return 0 if x == 0 else dtype.limits[x > 0]
    return fit(EXACT[rounding](Fraction(x, y)), dtype, saturate)


@settings(deadline=None, max_examples=40)
@given(data=st.data(), saturate=st.booleans())
@pytest.mark.parametrize("rounding", sorted(a.ROUNDING))
def test_integer_division(evaluate: Evaluate, rounding: str, data: st.DataObject, saturate: bool) -> None:
    dtype = data.draw(st.sampled_from(NARROW))
    operands = columns(data.draw(pairs(dtype)), dtype)
    result = evaluate(lambda x, y: a.divide(x, y, rounding, saturate), *operands)
    quotients = [exact_quotient(int(x), int(y), dtype, rounding, saturate) for x, y in zip(*operands, strict=True)]
    assert result.tolist() == quotients


@settings(deadline=None, max_examples=40)
@given(st.lists(numbers(DOUBLE, INT64), min_size=16, max_size=16))
def test_round_goes_away_from_zero(evaluate: Evaluate, x: list[float]) -> None:
    for value, result in zip(x, evaluate(a.round_half_away, np.array(x)).tolist(), strict=True):
        if math.isfinite(value):
            assert Fraction(result) == away(Fraction(value))
        else:
            np.testing.assert_equal(result, value)


@pytest.mark.parametrize(
    "operation", [a.add, a.subtract, a.multiply, lambda x, y, saturate: a.divide(x, y), lambda x, y, saturate: -x]
)
def test_floating_point_is_left_alone(evaluate: Evaluate, operation: Callable[..., Value]) -> None:
    x, y = np.array([1.0, -2.5, np.inf]), np.array([3.0, 0.0, np.inf])
    plain = {a.add: np.add, a.subtract: np.subtract, a.multiply: np.multiply}
    with np.errstate(all="ignore"):
        expected = plain[operation](x, y) if operation in plain else None
    result = evaluate(lambda v, w: operation(v, w, saturate=True), x, y)
    if expected is not None:
        np.testing.assert_array_equal(result, expected)
    assert evaluate(a.magnitude, np.array([-0.5, -np.inf])).tolist() == [0.5, np.inf]


def test_what_is_not_supported_says_so(evaluate: Evaluate) -> None:
    x = np.array([1], np.int64)
    for operation in (a.add, a.subtract, a.multiply, a.divide):
        with pytest.raises(ProgramError, match="int64 is not supported"):
            evaluate(lambda v, w, f=operation: f(v, w, saturate=True), x, x)
    fixed = DType("fixed", 16, slope=0.5)
    with pytest.raises(ProgramError, match="fixed point has no engine yet"):
        evaluate(lambda v: a.convert(v, fixed), x)


SAMPLES = np.array(
    [
        *(0.5, -0.5, 1.5, 2.5, -2.5, 126.5, 127.5, -128.5, 255.5, 300.25, -300.25, 65535.5, 1e5, 1e10, -1e10),
        *(2147483647.5, 2.0**31, -(2.0**31) - 1, 2.0**32, 2.0**63, 2.0**63 + 2048, 2.0**64, 2.0**64 + 4096),
        *(-1.0, -3.0, 1e19, 1e300, np.nan, np.inf, -np.inf, -0.0, 0.49999999999999994),
    ]
)


@pytest.mark.parametrize("name", ["torch", "onnx"])
@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_every_engine_converts_alike(evaluate: Evaluate, dtype: DType, name: str) -> None:
    if name == "torch":
        pytest.importorskip("torch")
    modes = list(itertools.product(sorted(a.ROUNDING), [True, False]))

    def function(x: Value) -> list[Value]:
        return [a.convert(x, dtype, rounding, saturate) for rounding, saturate in modes]

    for samples in (SAMPLES, SAMPLES[np.abs(SAMPLES) < 1e30].astype(np.float32)):
        for (rounding, saturate), result in zip(modes, evaluate(function, samples, name=name), strict=True):
            expected = [exact_conversion(float(x), dtype, rounding, saturate) for x in samples]
            assert result.tolist() == expected, (rounding, saturate)


@pytest.mark.parametrize("name", ["torch", "onnx"])
@pytest.mark.parametrize("dtype", NARROW, ids=str)
def test_every_engine_computes_alike(evaluate: Evaluate, dtype: DType, name: str) -> None:
    if name == "torch":
        pytest.importorskip("torch")
    low, high = dtype.limits
    edge = [x for x in (low, low + 1, -7, -1, 0, 1, 2, 3, 100, high // 2, high - 1, high) if low <= x <= high]
    operands = columns(list(itertools.product(edge, edge)), dtype)
    targets = [target for target in INTEGERS if target != dtype]

    def function(x: Value, y: Value) -> list[Value]:
        computed = [traced(x, y, saturate=saturate) for traced, _ in OPERATIONS.values() for saturate in (True, False)]
        divided = [a.divide(x, y, rounding) for rounding in EXACT]
        return [*computed, *divided, *(a.convert(x, target, saturate=True) for target in targets)]

    rows = list(zip(*(operand.tolist() for operand in operands), strict=True))
    expected = [
        [fit(exact(x, y), dtype, saturate) for x, y in rows]
        for _, exact in OPERATIONS.values()
        for saturate in (True, False)
    ]
    expected += [[exact_quotient(x, y, dtype, rounding, False) for x, y in rows] for rounding in EXACT]
    expected += [[fit(x, target, True) for x, _ in rows] for target in targets]
    for result, wanted in zip(evaluate(function, *operands, name=name), expected, strict=True):
        assert result.tolist() == wanted


def test_conversion_to_the_same_type_is_nothing(evaluate: Evaluate) -> None:
    assert evaluate(lambda x: a.convert(x, INT16), np.array([1], np.int16)).tolist() == [1]
    assert evaluate(lambda x: a.convert(x, INT32), np.array([200], np.uint8)).tolist() == [200]
    assert evaluate(lambda x: a.convert(x, UINT8), np.array([200], np.uint8)).tolist() == [200]
