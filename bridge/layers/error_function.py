"""erf as rational functions of three ranges (W. J. Cody, 1969), since not every engine has it in double precision."""

from __future__ import annotations

from math import pi, sqrt

from bridge.program import Value
from bridge.program.trace import absolute, exp, where

_SMALL, _LARGE = 0.46875, 4.0
# Numerators and denominators, the highest power first; denominators begin with 1.
_NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
_MIDDLE = (
    (
        *(2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1),
        *(2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3),
        1.23033935479799725e3,
    ),
    (
        *(1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3),
        *(3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
    ),
)
_FAR = (
    (
        *(1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1),
        *(1.60837851487422766e-2, 6.58749161529837803e-4),
    ),
    (
        *(1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2),
        2.33520497626869185e-3,
    ),
)


def _ratio(x: Value, parts: tuple[tuple[float, ...], tuple[float, ...]]) -> Value:
    above, below = (_polynomial(x, coefficients) for coefficients in parts)
    return above / below


def _polynomial(x: Value, coefficients: tuple[float, ...]) -> Value:
    total = coefficients[0] * x + coefficients[1]
    for coefficient in coefficients[2:]:
        total = total * x + coefficient
    return total


def erf(x: Value) -> Value:
    """The error function, within a few units in the last place of 1; NaN stays."""
    size = absolute(x)
    small = size < _SMALL
    near = where(small, x, 0)
    inner = near * _ratio(near * near, _NEAR)
    # What the other ranges do not need stays away from where they overflow.
    middle = where(size < _SMALL, 1, where(size > _LARGE, 1, size))
    far = where(size > _LARGE, where(size < 10, size, 10), _LARGE)
    inverse = 1 / (far * far)
    tail = where(
        size > _LARGE,
        exp(-far * far) / far * (1 / sqrt(pi) - inverse * _ratio(inverse, _FAR)),
        exp(-middle * middle) * _ratio(middle, _MIDDLE),
    )
    outer = where(x < 0, tail - 1, 1 - tail)
    return where(small, inner, outer)
