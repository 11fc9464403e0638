"""Numbers as MATLAB writes them, and the few texts so plain that no parser is needed for them.

Nine of ten block parameters read ``0.5``, ``-1``, ``[1 2 3]`` or ``Ts``. `plain` gives their value without
importing the grammar; whatever it does not claim, the parser decides. Both give equal results.
"""

from __future__ import annotations

import math
import re

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.values import Array

# Possessive throughout: a text that fails at its end must not be tried again in every other division.
_DECIMAL = r"(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eEdD][+-]?+\d++)?+"
_NUMBER = re.compile(rf"[ \t]*+([+-]?+)({_DECIMAL})[ \t]*+", re.ASCII)
_VECTOR = re.compile(
    rf"[ \t]*+\[[ \t]*+([+-]?+{_DECIMAL}(?:(?:[ \t]*+[,;][ \t]*+|[ \t]++)[+-]?+{_DECIMAL})*+)[ \t]*+\][ \t]*+", re.ASCII
)
_NAME = re.compile(r"[ \t]*([A-Za-z]\w*)[ \t]*", re.ASCII)

KEYWORDS = frozenset(
    (
        *("break", "case", "catch", "classdef", "continue", "else", "elseif", "end", "for", "function", "global"),
        *("if", "otherwise", "parfor", "persistent", "return", "spmd", "switch", "try", "while"),
    )
)

CONSTANTS: dict[str, float | complex] = {
    "pi": math.pi,
    "Inf": math.inf,
    "inf": math.inf,
    "NaN": math.nan,
    "nan": math.nan,
    "eps": 2.0**-52,
    "i": 1j,
    "j": 1j,
    "true": True,
    "false": False,
}
"""Functions that are read without arguments, as values; a variable of that name hides them."""


def plain(text: str) -> Array | str | None:
    """The value of a plain number or numeric matrix, the `str` of a plain name, or None for anything else."""
    found = _NAME.fullmatch(text)
    if found:
        name = found[1]
        return None if name in KEYWORDS else name
    found = _NUMBER.fullmatch(text)
    if found:
        value = _float(found[2])
        return np.array([[-value if found[1] == "-" else value]])
    if len(text) < 100_000:
        found = _VECTOR.fullmatch(text)
        if found:
            rows = [[_float(word) for word in row.replace(",", " ").split()] for row in found[1].split(";")]
            if all(len(row) == len(rows[0]) for row in rows):
                return np.array(rows)
    return None


def _float(text: str) -> float:
    return float(text.replace("d", "e").replace("D", "e"))


def number(text: str) -> tuple[complex, str]:
    """The value and class of a numeric literal: ``1e3``, ``2.5i``, ``0x1Fu16``, ``0b101``.

    Hexadecimal and binary literals have the smallest unsigned class that holds their digits, or the class
    that a suffix names (``u8`` … ``s64``). Source: "Hexadecimal and Binary Values", MathWorks.
    """
    if text[:2] in ("0x", "0X", "0b", "0B"):
        return _based(text)
    if text[-1:] in ("i", "j"):
        return complex(0.0, _float(text[:-1])), "double"
    return _float(text), "double"


def _based(text: str) -> tuple[int, str]:
    base = 16 if text[1] in "xX" else 2
    digits, suffix, width = re.fullmatch(r"([0-9a-fA-F]*?)(?:([us])(8|16|32|64))?", text[2:]).groups()  # type: ignore[union-attr]
    if base == 16 and suffix is None:
        digits = text[2:]
    value = int(digits, base)
    if width is None:
        needed = len(digits) * (4 if base == 16 else 1)
        width = next((w for w in (8, 16, 32, 64) if needed <= w), None)
        if width is None:
            raise MatlabError(f"the literal '{text}' has more than 64 bits")
    bits = int(width)
    if value >= 2**bits:
        raise MatlabError(f"the literal '{text}' has more than {bits} bits")
    if suffix == "s":
        return (value - 2**bits if value >= 2 ** (bits - 1) else value), f"int{bits}"
    return value, f"uint{bits}"
