"""Transfer functions as MATLAB shows them: numerator over denominator, factors or polynomials.

Factors and coefficients have 4 significant digits, the gain of a zero-pole-gain system has 5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Complexes = npt.NDArray[np.complex128]


def fraction(numerator: str, denominator: str) -> str:
    """Three lines, the shorter one in the middle of the rule; the numerator alone over a denominator of 1."""
    if denominator == "1":
        return "  " + numerator
    width = max(len(numerator), len(denominator))
    lines = [" " * ((width - len(text)) // 2) + text for text in (numerator, denominator)]
    return "\n".join("  " + line for line in (lines[0], "-" * width, lines[1]))


def factored(gain: float, zeros: Complexes, poles: Complexes, variable: str) -> str:
    """The fraction of a zero-pole-gain system, in `variable` s or z."""
    top = _factors(zeros, variable)
    if not top:
        numerator = f"{gain:.5g}"
    elif abs(gain) == 1:
        numerator = ("- " if gain < 0 else "") + " ".join(top)
    else:
        numerator = " ".join([f"{gain:.5g}", *top])
    if gain == 0:
        return "  0"
    return fraction(numerator, " ".join(_factors(poles, variable)) or "1")


def polynomial(coefficients: Sequence[float], variable: str) -> str:
    """A polynomial, highest power first, such as ``s^2 + 13 s + 20``."""
    terms: list[str] = []
    degree = len(coefficients) - 1
    for power, value in zip(range(degree, -1, -1), coefficients, strict=True):
        if value == 0:
            continue
        size = f"{abs(value):.4g}"
        name = "" if power == 0 else variable if power == 1 else f"{variable}^{power}"
        shown = name if name and size == "1" else f"{size} {name}".rstrip()
        if terms:
            terms += ["-" if value < 0 else "+", shown]
        else:
            terms.append("-" + shown if value < 0 else shown)
    return " ".join(terms) or "0"


def closing(kind: str, sample_time: float | None, static: bool) -> str:
    """The lines below the fraction: sample time and kind of model."""
    lines = []
    if sample_time is not None:
        shown = "unspecified" if sample_time < 0 else f"{sample_time:.5g} seconds"
        lines.append(f"Sample time: {shown}")
    if static:
        lines.append("Static gain.")
    else:
        lines.append(f"{'Continuous' if sample_time is None else 'Discrete'}-time {kind}.")
    return "\n".join(lines)


def _factors(roots: Complexes, variable: str) -> list[str]:
    """Roots at the origin first, then the other real ones, then a quadratic factor for each conjugate pair."""
    real = [root for root in roots if root.imag == 0]
    ordered = [root for root in real if root == 0]
    ordered += [root for root in real if root != 0]
    ordered += [root for root in roots if root.imag > 0]
    counts: dict[complex, int] = {}
    for root in ordered:
        counts[complex(root)] = counts.get(complex(root), 0) + 1
    texts = []
    for root, count in counts.items():
        text = _linear(root.real, variable) if root.imag == 0 else _quadratic(root, variable)
        texts.append(text if count == 1 else f"{text}^{count}")
    return texts


def _linear(root: float, variable: str) -> str:
    if root == 0:
        return variable
    return f"({variable}{'-' if root > 0 else '+'}{abs(root):.4g})"


def _quadratic(root: complex, variable: str) -> str:
    middle, last = -2.0 * root.real, abs(root) ** 2
    term = ""
    if middle:
        size = f"{abs(middle):.4g}"
        term = f" {'-' if middle < 0 else '+'} {'' if size == '1' else size}{variable}"
    return f"({variable}^2{term} + {last:.4g})"
