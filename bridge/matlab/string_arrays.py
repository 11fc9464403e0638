"""Values as string arrays, and joining them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.values import Cell, Char, String, Value, class_of


def strings(value: Value) -> String:
    """A value as a string array: a character row is one string, each number is printed."""
    if isinstance(value, String):
        return value
    if isinstance(value, Char):
        lines = value.rows or [""]
        return String(np.array(lines, dtype=object).reshape(-1, 1))
    if isinstance(value, Cell):
        flat = np.array([strings(item).text for item in value] or [""], dtype=object)[: value.size]
        return String(flat.reshape(value.shape, order="F"))
    if isinstance(value, np.ndarray):
        flat = np.empty(value.size, dtype=object)
        for k, item in enumerate(value.ravel()):
            flat[k] = number_text(item)
        return String(flat.reshape(value.shape))
    raise MatlabError(f"a value of class '{class_of(value)}' cannot be converted to a string")


def number_text(item: Any) -> str:
    """One number as ``string(x)`` prints it: up to 15 significant digits, shortest form."""
    if isinstance(item, np.bool_):
        return "true" if item else "false"
    if isinstance(item, np.integer):
        return str(int(item))
    if isinstance(item, np.complexfloating):
        imaginary = float(item.imag)
        sign = "-" if math.copysign(1.0, imaginary) < 0 else "+"
        return f"{number_text(item.real)}{sign}{number_text(np.float64(abs(imaginary)))}i"
    value = float(item)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    if value == math.trunc(value) and abs(value) < 1e15:
        return str(int(value))
    digits = 5 if abs(value) < 1e5 else 15
    text = f"{value:.{digits}g}"
    return text
