"""Numbers as MATLAB prints them: `format short`, `num2str`, `mat2str`, `sprintf`.

A comparison with a published number compares what MATLAB would show, so that every printed digit counts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import UsageError
from bridge.matlab.formatted_text import sprintf
from bridge.matlab.short_format import format_short

__all__ = ["format_like", "format_short", "mat2str", "num2str", "sprintf"]

Array = npt.NDArray[Any]


def num2str(x: npt.ArrayLike, precision: int | str | None = None) -> str:
    """MATLAB's `num2str(x)`, `num2str(x, digits)` or `num2str(x, format)`; rows are separated by line breaks.

    Without a precision whole numbers are shown as such, others with max(floor(log10(max|x|)) + 5, 5) significant
    digits, at most 16. A matrix has columns of one width, and the blanks that all its rows share at the left go.
    """
    if isinstance(x, str):
        return x
    array = np.asarray(x)
    if array.dtype.kind not in "biufc":
        raise UsageError(f"num2str shows numbers, logical values and text, not an array of {array.dtype}")
    if array.size == 0:
        return ""
    array = np.atleast_2d(array)
    if array.ndim > 2:
        array = array.reshape(array.shape[0], -1, order="F")
    if isinstance(precision, str):
        return _trimmed(sprintf(precision, row).rstrip("\n") for row in _whole(array))
    if np.iscomplexobj(array):
        if array.size > 1:
            raise UsageError("num2str of a complex matrix is not implemented; of a complex number it is")
        return _complex(complex(array.item()), precision)
    values = array.astype(np.float64)
    finite = np.abs(values[np.isfinite(values)])
    largest = float(finite.max()) if finite.size else 0.0
    negative = bool((values < 0).any())
    if precision is not None:
        width, spec = precision + 7 + negative, f".{precision}g"
    elif bool((np.isfinite(values) <= (values == np.floor(values))).all()):
        digits = _digits(largest) if largest else 1
        digits = max(digits, 3) if finite.size < values.size else digits
        width, spec = min(digits, 15) + negative + 2, "d"
    else:
        digits = min(max(_digits(largest) if largest else 1, 1), 12) + 4
        width, spec = digits + 7 + negative, f".{digits}g"
    if values.size == 1:
        return sprintf(f"%{spec}", values)
    return _trimmed(sprintf(f"%{width}{spec}" * values.shape[1], row) for row in values)


def mat2str(x: npt.ArrayLike, precision: int = 15) -> str:
    """MATLAB's `mat2str`: text that MATLAB reads as the same matrix, such as ``[1 2;3 4.5]``."""
    if isinstance(x, str):
        return "'" + x.replace("'", "''") + "'"
    array = np.asarray(x)
    array = array.reshape(0, 0) if array.ndim == 1 and not array.size else np.atleast_2d(array)
    if array.ndim > 2:
        raise UsageError(f"mat2str shows matrices, not an array of {array.ndim} dimensions")
    if array.size == 0:
        return f"zeros({array.shape[0]},{array.shape[1]})"

    def element(value: Any) -> str:
        if array.dtype.kind == "b":
            return "true" if value else "false"
        if array.dtype.kind == "c":
            imaginary = sprintf(f"%.{precision}g", value.imag)
            return sprintf(f"%.{precision}g", value.real) + ("" if imaginary[0] == "-" else "+") + imaginary + "i"
        return sprintf(f"%.{precision}g", value)

    rows = ";".join(" ".join(element(value) for value in row) for row in array)
    return rows if array.size == 1 else f"[{rows}]"


def format_like(value: float, printed: str, *, significant: int | None = None) -> str:
    """`value` in the style of `printed`, a number that was published, so that the two can be compared as text.

    With an exponent as many digits as the mantissa has, else as many decimals; a whole number as `format short`
    shows it. `significant` says that it was printed by %.Ng, as training logs (N = 5) and `zpk` systems are;
    trailing zeros are missing from such numbers, and a style cannot be read from their text.
    """
    value = float(value)
    if significant is not None:
        return sprintf(f"%.{significant}g", value)
    if not math.isfinite(value):
        return sprintf("%g", value)
    mantissa, exponent, _ = printed.strip().lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    if exponent:
        return f"{value:.{decimals}e}"
    if not decimals:
        return format_short(value)
    return f"{value:.{decimals}f}"


def _digits(value: float) -> int:
    """Digits before the decimal point, floor(log10(value)) + 1."""
    return math.floor(math.log10(value)) + 1


def _whole(array: Array) -> Array:
    return array.astype(np.float64) if array.dtype.kind == "b" else array


def _complex(value: complex, precision: int | None) -> str:
    imaginary = num2str(value.imag, precision)
    return num2str(value.real, precision) + ("" if imaginary.startswith("-") else "+") + imaginary + "i"


def _trimmed(rows: Any) -> str:
    """The rows without the blanks that all share at the left, and without any at the right."""
    lines = [row.rstrip() for row in rows]
    shared = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[shared:] for line in lines)
