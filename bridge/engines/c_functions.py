"""The exponential, the hyperbolic tangent and the logistic function in C without branches, several at once.

Each is a fixed sequence of roundings, in which a product and a sum are rounded together where the processor does that
in one instruction: one element at a time or many in vector registers give the same bits. The error is below 1 unit in
the last place for exp, below 2 for tanh, below 2.5 for the logistic function 1 / (1 + exp(-x)), in single and in double
precision, whether other products and sums are contracted or not; a test holds them to it. The logistic function is 0
where it is no normal number.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.engines.c_types import is_single
from bridge.program.types import DType

# log 2 in two parts, the first with so few bits that its product with any exponent is exact.
_DOUBLE = {
    "of": "double", "bits": "uint64_t", "width": 52, "f": "", "top": "710.0", "bottom": "-746.0",
    "high": "0x1.62e42feep-1", "low": "0x1.a39ef35793c76p-33", "magic": "0x1.8p52", "biased": "(0x1.8p52 + 1023.0)",
    "tanh_top": "22.0", "zero": "709.0",
}  # fmt: skip
_SINGLE = {
    "of": "float", "bits": "uint32_t", "width": 23, "f": "f", "top": "89.0f", "bottom": "-104.0f",
    "high": "0x1.62e4p-1f", "low": "0x1.7f7d1cp-20f", "magic": "0x1.8p23f", "biased": "(0x1.8p23f + 127.0f)",
    "tanh_top": "10.0f", "zero": "88.0f",
}  # fmt: skip

# (exp(r) - 1 - r) / r^2 for |r| <= log(2) / 2, interpolated at Chebyshev's points: off by less than 2^-55 and 2^-32 of
# exp(r).
_EXP_TERMS = {
    "double": (
        *("0x1.0000000000001p-1", "0x1.5555555555556p-3", "0x1.5555555553d68p-5", "0x1.11111111109b5p-7"),
        *("0x1.6c16c17889ef1p-10", "0x1.a01a01a7c2efep-13", "0x1.a019b9149a41cp-16", "0x1.71de0db2f6b19p-19"),
        *("0x1.28917c89a43a7p-22", "0x1.af389ecfc4b9cp-26"),
    ),
    "float": ("0.5f", "0.16666667f", "0.041666463f", "0.0083333105f", "0.0013933686f", "0.0001989103f"),
}

# exp(r) = (h + r) / (h - r), h = r coth(r / 2), which is a series in r^2; for |r| <= log(2) / 2, interpolated at
# Chebyshev's points but for the first term: off by less than 2^-58 and 2^-27 of exp(r).
_RATIO_TERMS = {
    "double": (
        *("2.0", "0x1.5555555555553p-3", "-0x1.6c16c16c0ab48p-9", "0x1.1566ab5bcf73bp-14"),
        *("-0x1.bbd5311697a6ap-20", "0x1.63f1d4d490c22p-25"),
    ),
    "float": ("2.0f", "0.16666655f", "-0.0027698467f"),
}

# Lambert's continued fraction tanh(x) / x = 1 / (1 + z / (3 + z / (5 + ...))), z = x^2, up to 15 and up to 9:
# tanh(x) / x - 1 = -z P(z) / Q(z), off by less than 2^-60 and 2^-32 below the limit.
_TANH_TERMS = {
    "double": ((675675, 45045, 594, 1), (2027025, 945945, 51975, 630, 1)),
    "float": ((315, 14), (945, 420, 15)),
}

_MULTIPLY_ADD = """\
/* x y + z, rounded once where the processor does it in one instruction. */
static inline {of} multiply_add_{of}({of} x, {of} y, {of} z)
{{
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return fma{f}(x, y, z);
#else
    return x * y + z;
#endif
}}"""

_POWER = """\
/* 2 to the power n, a whole number, whose sum with {biased} is given: its place in the exponent. */
static inline {of} power_of_two_{of}({of} sum)
{{
    {bits} word;
    {of} result;
    memcpy(&word, &sum, sizeof word);
    word <<= {width};
    memcpy(&result, &word, sizeof result);
    return result;
}}"""

# exp(-y) = bottom / top for y from 0 to `zero`, where bottom becomes 0: no division yet.
_RATIO = """\
    const {of} place = multiply_add_{of}(y, -0x1.71547652b82fep0{f}, {biased});
    const {of} n = place - {biased};
    const {of} r = multiply_add_{of}(n, {low}, multiply_add_{of}(n, {high}, y));
    const {of} r2 = r * r;
    const {of} h = {ratio_series};
    const {of} top = h + r;
    const {of} bottom = (h - r) * power_of_two_{of}(place);
"""

_EXP = """\
/* exp(x) = 2^n exp(r), |r| <= log(2) / 2; the power in two factors, for results below the smallest normal number. */
static inline {of} exp_{of}({of} x)
{{
    const {of} below = x > {top} ? {top} : x;
    const {of} y = below < {bottom} ? {bottom} : below;
    const {of} n = multiply_add_{of}(y, 0x1.71547652b82fep0{f}, {magic}) - {magic};
    const {of} near = multiply_add_{of}(-n, {high}, y);
    const {of} low = n * {low};
    const {of} r = near - low;
    const {of} rest = (near - r) - low;
    const {of} half = multiply_add_{of}(n, 0.5{f}, {magic}) - {magic};
    const {of} r2 = r * r;
    const {of} series = {exp_series};
    const {of} first = 1.0{f} + r;
    const {of} remainder = (1.0{f} - first) + r;
    const {of} sum = first + (remainder + multiply_add_{of}(r2, series, rest));
    return sum * power_of_two_{of}(half + {biased}) * power_of_two_{of}(n - half + {biased});
}}"""

_LOGISTIC = """\
/* 1 / (1 + exp(-x)), below zero as exp(x) / (1 + exp(x)), by one division. */
static inline {of} logistic_{of}({of} x)
{{
    const {of} y = {fabs}(x) > {zero} ? {zero} : {fabs}(x);
{ratio}    return (x < 0.0{f} ? bottom : top) / (top + bottom);
}}"""

_TANH = """\
/* tanh(x) = x - x z P(z) / Q(z), z = x^2, where that is accurate, else 1 - 2 / (exp(2 x) + 1), by one division. */
static inline {of} tanh_{of}({of} x)
{{
    const {of} size = {fabs}(x) > {tanh_top} ? {tanh_top} : {fabs}(x);
    const {of} y = 2.0{f} * size;
{ratio}    const {of} z = size * size;
    const {of} p = z * ({p_series});
    const {of} q = {q_series};
    const bool small = size < 0.55{f};
    const {of} part = (small ? p : 2.0{f} * bottom) / (small ? q : top + bottom);
    return {copysign}((small ? size : 1.0{f}) - (small ? size * part : part), x);
}}"""

_TEXTS = {"exp": _EXP, "tanh": _TANH, "logistic": _LOGISTIC}


def _horner(terms: Sequence[str], x: str, of: str) -> str:
    """``t0 + x (t1 + x (t2 + …))``."""
    text = terms[-1]
    for term in reversed(terms[:-1]):
        text = f"multiply_add_{of}({text}, {x}, {term})"
    return text


def _series(terms: Sequence[str], x: str, of: str) -> str:
    """``t0 + t1 x + t2 x^2 + …``, even and odd powers each by themselves: neither waits for the other."""
    even, odd = _horner(terms[::2], f"{x}2", of), _horner(terms[1::2], f"{x}2", of)
    return f"multiply_add_{of}({odd}, {x}, {even})"


def own_function(name: str, dtype: DType, helpers: dict[str, str]) -> str:
    """`exp`, `tanh` or `logistic` for the data type: the name of the C function, whose text goes to `helpers`."""
    words = dict(_SINGLE if is_single(dtype) else _DOUBLE)
    of, f = str(words["of"]), str(words["f"])
    p, q = ([f"{term}.0{f}" for term in part] for part in _TANH_TERMS[of])
    words |= {"exp_series": _series(_EXP_TERMS[of], "r", of), "ratio_series": _horner(_RATIO_TERMS[of], "r2", of)}
    words |= {"p_series": _horner(p, "z", of), "q_series": _horner(q, "z", of)}
    words["ratio"] = _RATIO.format(**words)
    words |= {"fabs": f"fabs{f}", "copysign": f"copysign{f}"}
    helpers.setdefault(f"multiply_add_{of}", _MULTIPLY_ADD.format(**words))
    helpers.setdefault(f"power_of_two_{of}", _POWER.format(**words))
    helpers.setdefault(f"{name}_{of}", _TEXTS[name].format(**words))
    return f"{name}_{of}"
