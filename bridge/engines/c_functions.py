"""The exponential and the hyperbolic tangent in C without branches, so that compilers compute several at once.

Both reduce by multiples of log 2 and sum a Taylor series. The error is at most 1 unit in the last place
(exp) and 3 (tanh), which a test holds them to, against results in extended precision.
"""

from __future__ import annotations

import math

from bridge.engines.c_types import is_single
from bridge.program.types import DType

# log 2 in two parts, the first with so few bits that its product with any exponent is exact.
_DOUBLE = {
    "of": "double", "bits": "uint64_t", "width": 52, "bias": 1023, "f": "", "top": "710.0", "bottom": "-746.0",
    "high": "0x1.62e42feep-1", "low": "0x1.a39ef35793c76p-33", "magic": "0x1.8p52", "tanh_top": "22.0",
}  # fmt: skip
_SINGLE = {
    "of": "float", "bits": "uint32_t", "width": 23, "bias": 127, "f": "f", "top": "89.0f", "bottom": "-104.0f",
    "high": "0x1.62e4p-1f", "low": "0x1.7f7d1cp-20f", "magic": "0x1.8p23f", "tanh_top": "10.0f",
}  # fmt: skip
_TERMS = {"double": 13, "float": 7}

_POWER = """\
/* 2 to the power n, a whole number: its place in the exponent of {of}. */
static inline {of} power_of_two_{of}({of} n)
{{
    const {of} shifted = n + ({magic} + {bias}.0{f});
    {bits} word;
    {of} result;
    memcpy(&word, &shifted, sizeof word);
    word <<= {width};
    memcpy(&result, &word, sizeof result);
    return result;
}}"""

_EXP = """\
/* exp(x) = 2^n exp(r), |r| <= log(2) / 2; the power in two factors, for results below the smallest normal number. */
static inline {of} exp_{of}({of} x)
{{
    const {of} below = x > {top} ? {top} : x;
    const {of} y = below < {bottom} ? {bottom} : below;
    const {of} n = (y * 0x1.71547652b82fep0{f} + {magic}) - {magic};
    const {of} r = (y - n * {high}) - n * {low};
    const {of} half = (n * 0.5{f} + {magic}) - {magic};
    const {of} series = {series};
    return (1.0{f} + (r + r * r * series)) * power_of_two_{of}(half) * power_of_two_{of}(n - half);
}}"""

_TANH = """\
/* tanh(x) = e / (e + 2) with e = exp(2 |x|) - 1, which is accurate near zero, too. */
static inline {of} tanh_{of}({of} x)
{{
    const {of} size = {fabs}(x) > {tanh_top} ? {tanh_top} : {fabs}(x);
    const {of} y = 2.0{f} * size;
    const {of} n = (y * 0x1.71547652b82fep0{f} + {magic}) - {magic};
    const {of} high = y - n * {high};
    const {of} low = n * {low};
    const {of} r = high - low;
    const {of} rest = (high - r) - low;
    const {of} series = {series};
    const {of} power = power_of_two_{of}(n);
    const {of} e = power * (r + (rest + r * r * series)) + (power - 1.0{f});
    return {copysign}(e / (e + 2.0{f}), x);
}}"""


def _series(of: str, f: str) -> str:
    """1/2! + r/3! + r^2/4! + … by Horner's rule."""
    terms = [f"{1 / math.factorial(k)!r}{f}" for k in range(2, _TERMS[of] + 1)]
    text = terms.pop()
    for term in reversed(terms):
        text = f"({text} * r + {term})"
    return text


def own_function(name: str, dtype: DType, helpers: dict[str, str]) -> str:
    """`exp` or `tanh` for the data type: the name of the C function, whose text goes to `helpers`."""
    words = dict(_SINGLE if is_single(dtype) else _DOUBLE)
    of, f = str(words["of"]), str(words["f"])
    words |= {"series": _series(of, f), "fabs": f"fabs{f}", "copysign": f"copysign{f}"}
    helpers.setdefault(f"power_of_two_{of}", _POWER.format(**words))
    helpers.setdefault(f"{name}_{of}", (_EXP if name == "exp" else _TANH).format(**words))
    return f"{name}_{of}"
