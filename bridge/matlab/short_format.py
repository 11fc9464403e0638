"""What MATLAB's `disp` shows under `format short`: five significant digits, a common factor, columns.

A matrix without whole numbers only is shown with four decimals if its largest magnitude lies above 0.001 and
below 1000; else with a common factor 10^floor(log10 max) above and 10^ceil(log10 max) below that range. The
factors of small numbers are those of the published weights of size 1e-3 and 1e-4.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import UsageError

Array = npt.NDArray[Any]
_LARGE = 1000.0
_SMALL = 0.001
_LINE = 80


def format_short(x: npt.ArrayLike, *, wrap: bool = False) -> str:
    """`x` as `disp(x)` shows it: a number without blanks around it, a matrix as lines with MATLAB's columns.

    Real and complex numbers, integers and logical values; at most two dimensions. Python's own whole numbers are
    doubles, as MATLAB's literals are; arrays of numpy's integer types are of MATLAB's integer classes, with
    narrower columns. `wrap` breaks a matrix wider than 80 characters into groups of columns, headed as MATLAB's
    command window heads them.
    """
    array = np.asarray(x)
    if array.dtype.kind in "iu" and not isinstance(x, np.ndarray | np.generic):
        array = array.astype(np.float64)
    if array.dtype.kind not in "biufc":
        raise UsageError(f"format short shows numbers, not an array of {array.dtype}")
    if array.ndim > 2:
        raise UsageError(f"format short shows a matrix, not an array of {array.ndim} dimensions")
    if array.size == 1:
        return _scalar(array.item(), array.dtype.kind)
    if array.size == 0:
        return ""
    array = np.atleast_2d(array)
    head, cells, width = _matrix(array)
    lines = _columns(cells, width, wrap)
    return "\n".join([head, "", *lines] if head else lines)


def _scalar(value: Any, kind: str) -> str:
    if kind != "c":
        return _number(float(value)) if kind == "f" else str(int(value))
    real, imaginary = value.real, value.imag
    if _common_exponent(np.array([real, imaginary])):
        return f"{real:.4e} {_sign(imaginary)} {abs(imaginary):.4e}i"
    return f"{_decimal(real)} {_sign(imaginary)}{_decimal(abs(imaginary)):>7}i"


def _number(value: float) -> str:
    if not math.isfinite(value) or value.is_integer():
        return _bare(value) if abs(value) < 1e9 or not math.isfinite(value) else f"{value:.4e}"
    if _SMALL < abs(value) < _LARGE:
        return f"{value:.4f}"
    return f"{value:.4e}"


def _bare(value: float) -> str:
    """A whole number, Inf or NaN."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return str(int(value))


def _fixed(value: float) -> str:
    """Four decimals; an exact zero is bare."""
    return _bare(value) if value == 0 or not math.isfinite(value) else f"{value:.4f}"


def _sign(value: float) -> str:
    return "-" if math.copysign(1.0, value) < 0 else "+"


def _decimal(value: float) -> str:
    """Four decimals, of a zero too: beside an imaginary part zeros are not bare."""
    return f"{value:.4f}" if math.isfinite(value) else _bare(value)


def _whole(values: Array) -> bool:
    finite = values[np.isfinite(values)]
    return bool((finite == np.floor(finite)).all())


def _largest(values: Array) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size else 0.0


def _common_exponent(values: Array) -> int:
    """The power of ten that MATLAB takes out of a matrix, 0 for none."""
    largest = _largest(values)
    if largest == 0 or _SMALL < largest < _LARGE:
        return 0
    return math.floor(math.log10(largest)) if largest >= _LARGE else math.ceil(math.log10(largest))


def _matrix(array: Array) -> tuple[str, list[list[str]], int]:
    """The line with the common factor (or nothing), the cells, and the width of a column."""
    kind = array.dtype.kind
    if kind in "biu":
        cells = [[str(int(value)) for value in row] for row in array.tolist()]
        return "", cells, max(len(cell) for row in cells for cell in row) + 3
    if kind == "c":
        return _complex_matrix(array)
    values = array.astype(np.float64)
    largest = _largest(values)
    if _whole(values) and largest < 1e9:
        cells = [[_bare(value) for value in row] for row in values.tolist()]
        return "", cells, 6 if largest < _LARGE else 12
    exponent = _common_exponent(values)
    cells = [[_fixed(value) for value in row] for row in (values / 10.0**exponent).tolist()]
    return _factor(exponent), cells, 10


def _complex_matrix(array: Array) -> tuple[str, list[list[str]], int]:
    exponent = _common_exponent(np.stack([array.real, array.imag]))
    scaled = array / 10.0**exponent
    real = [[_decimal(value) for value in row] for row in scaled.real.tolist()]
    imaginary = [[_decimal(abs(value)) for value in row] for row in scaled.imag.tolist()]
    signs = [[_sign(value) for value in row] for row in scaled.imag.tolist()]
    left = max(9, *(len(cell) + 1 for row in real for cell in row))
    right = max(7, *(len(cell) for row in imaginary for cell in row))
    cells = [
        [f"{a:>{left}} {sign}{b:>{right}}i" for a, sign, b in zip(*row, strict=True)]
        for row in zip(real, signs, imaginary, strict=True)
    ]
    return _factor(exponent), cells, left + right + 3


def _factor(exponent: int) -> str:
    return f"   1.0e{exponent:+03d} *" if exponent else ""


def _columns(cells: list[list[str]], width: int, wrap: bool) -> list[str]:
    count = len(cells[0])
    group = max(_LINE // width, 1) if wrap else count
    if count <= group:
        return ["".join(cell.rjust(width) for cell in row) for row in cells]
    lines: list[str] = []
    for start in range(0, count, group):
        stop = min(start + group, count)
        title = f"Columns {start + 1} through {stop}" if stop > start + 1 else f"Column {stop}"
        lines += ["  " + title, "", *_columns([row[start:stop] for row in cells], width, False), ""]
    return lines[:-1]
