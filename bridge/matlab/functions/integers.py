"""Whole numbers: divisors, primes, combinations, bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import aligned, broadcast_shape, is_integer, result_dtype
from bridge.matlab.functions.arguments import column, numeric, scalar, text, whole
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.values import Array, Value

FUNCTIONS: dict[str, Function] = {}


def _whole_numbers(value: Value) -> Array:
    array = numeric(value)
    if array.dtype.kind == "c" or (array.dtype.kind == "f" and not (array == np.trunc(array)).all()):
        raise MatlabError("whole numbers are needed")
    if array.dtype.kind == "f" and array.size and not np.isfinite(array).all():
        raise MatlabError("finite whole numbers are needed")
    return array


def _pairs(call: Call, x: Value, y: Value, function: Callable[[int, int], int]) -> Array:
    a, b = _whole_numbers(x), _whole_numbers(y)
    dtype = result_dtype(a.ravel()[:1] if a.size == 1 else a, b.ravel()[:1] if b.size == 1 else b, call.name)
    call.allocate(broadcast_shape(a.shape, b.shape))
    a, b = aligned(a, b)
    shape = np.broadcast_shapes(a.shape, b.shape)
    left, right = np.broadcast_to(a, shape).ravel(), np.broadcast_to(b, shape).ravel()
    call.operations.budget.spend(left.size)
    results = [function(int(p), int(q)) for p, q in zip(left.tolist(), right.tolist(), strict=True)]
    return np.array(results, dtype=object).astype(dtype).reshape(shape)


@register(FUNCTIONS, "gcd lcm", 2, 2)
def divisors(call: Call, x: Value, y: Value) -> Array:
    """Greatest common divisor and least common multiple."""
    return _pairs(call, x, y, math.gcd if call.name == "gcd" else math.lcm)


@register(FUNCTIONS, "factorial", 1, 1)
def factorial(call: Call, x: Value) -> Array:
    """n!, Inf beyond 170."""
    array = _whole_numbers(x)
    if (array < 0).any():
        raise MatlabError("the numbers must not be negative")
    table = np.array([math.factorial(n) for n in range(171)] + [math.inf], dtype=np.float64)
    found = table[np.minimum(array, 171).astype(np.int64)]
    if is_integer(array):
        from bridge.matlab.arithmetic import saturate

        return saturate(found, array.dtype)
    return found


@register(FUNCTIONS, "nchoosek", 2, 2)
def nchoosek(call: Call, x: Value, k: Value) -> Array:
    """Binomial coefficient, or all choices of k elements of a vector, one in each row."""
    count = whole(k, "number to choose")
    array = numeric(x)
    if array.size == 1:
        n = whole(x, "number to choose from")
        if count < 0 or count > n:
            raise MatlabError("the number to choose must be between 0 and n")
        call.operations.budget.spend(min(count, n - count))
        if min(count, n - count) > 2000:
            return np.array([[np.inf]])
        chosen = math.comb(n, count)
        return np.array([[float(chosen) if chosen < 2**1023 else np.inf]])
    from itertools import combinations

    flat = column(array)
    if not 0 <= count <= flat.size:
        raise MatlabError("the number to choose must be between 0 and the number of elements")
    call.allocate((math.comb(flat.size, count), count))
    call.operations.budget.spend(math.comb(flat.size, count))
    return np.array(list(combinations(flat.tolist(), count)), dtype=array.dtype).reshape(-1, count)


@register(FUNCTIONS, "primes", 1, 1)
def primes(call: Call, limit: Value) -> Array:
    """All primes up to a limit."""
    top = scalar(limit)
    n = int(top) if top >= 2 else 0
    call.allocate((1, n))
    sieve = np.ones(n + 1, np.bool_)
    sieve[:2] = False
    for k in range(2, math.isqrt(n) + 1):
        if sieve[k]:
            sieve[k * k :: k] = False
    return np.flatnonzero(sieve).astype(np.float64).reshape(1, -1)


def _factors(call: Call, n: int) -> list[int]:
    found: list[int] = []
    k = 2
    while k * k <= n:
        while n % k == 0:
            found.append(k)
            n //= k
        k += 1 if k == 2 else 2
        if k % 1024 == 1:
            call.operations.budget.spend(32)
    return [*found, n] if n > 1 or not found else found


@register(FUNCTIONS, "factor", 1, 1)
def factor(call: Call, x: Value) -> Array:
    """Prime factors, ascending."""
    n = whole(x)
    if n < 0 or n > 2**53:
        raise MatlabError("a whole number from 0 to 2^53 is needed")
    return np.array([_factors(call, n)], dtype=np.float64)


@register(FUNCTIONS, "isprime", 1, 1)
def isprime(call: Call, x: Value) -> Array:
    """Which elements are prime."""
    array = _whole_numbers(x)
    call.operations.budget.spend(array.size)
    flat = [n > 1 and len(_factors(call, n)) == 1 for n in (int(item) for item in array.ravel().tolist())]
    return np.array(flat, dtype=np.bool_).reshape(array.shape)


@register(FUNCTIONS, "bitand bitor bitxor", 2, 2)
def bits(call: Call, x: Value, y: Value) -> Array:
    """Bitwise operations on non-negative whole numbers."""
    if (numeric(x) < 0).any() or (numeric(y) < 0).any():
        raise MatlabError("the numbers must not be negative")
    function: Callable[[int, int], int] = {
        "bitand": lambda p, q: p & q,
        "bitor": lambda p, q: p | q,
        "bitxor": lambda p, q: p ^ q,
    }[call.name]
    return _pairs(call, x, y, function)


def _width(array: Array) -> int:
    return array.dtype.itemsize * 8 if is_integer(array) else 53


@register(FUNCTIONS, "bitshift", 2, 2)
def bitshift(call: Call, x: Value, places: Value) -> Array:
    """Shifted left by some bits, right by negative ones; bits beyond the class's width are lost."""
    array = _whole_numbers(x)
    if (array < 0).any():
        raise MatlabError("the numbers must not be negative")
    mask = 2 ** (_width(array) - (array.dtype.kind == "i")) - 1

    def shift(p: int, q: int) -> int:
        q = max(min(q, 64), -64)
        return (p << q) & mask if q >= 0 else p >> -q

    b = numeric(places)
    return _pairs(
        call, array, b.astype(array.dtype) if is_integer(array) and b.size == 1 and (b >= 0).all() else b, shift
    )


@register(FUNCTIONS, "bitcmp", 1, 2)
def bitcmp(call: Call, x: Value, kind: Value = None) -> Array:
    """All bits of the class inverted."""
    array = _whole_numbers(x)
    width = _width(array)
    if kind is not None and text(kind) in ("uint8", "uint16", "uint32"):
        width = int(text(kind)[4:])
    if array.dtype.kind == "i":
        return np.invert(array)
    top: Any = 2**width - 1
    return np.asarray(top - array.astype(object)).astype(array.dtype)
