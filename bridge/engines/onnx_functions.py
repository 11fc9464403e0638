"""Functions that onnxruntime lacks in double precision, composed of those that it has.

The compositions are the textbook ones that keep full relative precision: Kahan's quotients for exp(x) - 1 and
log(1 + x) (Higham, *Accuracy and Stability of Numerical Algorithms*, 1.14.1), half angles, and for the arctangent one
step from single precision, exact by the addition theorem. The sign of a zero is not kept: onnxruntime's Where loses it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bridge.engines.onnx_graph import DOUBLE, FLOAT, Graph

_HALF_PI_LOW = 6.123233995736766e-17  # pi/2 beyond its double
_LARGE = 2.0**28  # where 1 + x**2 == x**2
# pi/2 in three parts (fdlibm's), the first two of 33 bits, so that their products with small whole numbers are exact.
_QUARTER = (1.57079632673412561417e00, 6.07710050630396597660e-11, 2.02226624879595063154e-21)
_TURNED = 1000.0  # beyond, onnxruntime calls the C library, which turns angles back itself


@dataclass(frozen=True)
class Term:
    """A double or boolean value in a graph, with the operators that Python writes."""

    graph: Graph
    name: str

    def apply(self, op: str, *others: Term | float) -> Term:
        """A node of this value and others; numbers become constants."""
        names = [self.name, *(self.of(other).name for other in others)]
        return Term(self.graph, self.graph(op, *names))

    def of(self, other: Term | float) -> Term:
        """The operand as a term of the same graph."""
        return other if isinstance(other, Term) else Term(self.graph, self.graph.constant(other, np.float64))

    def __add__(self, other: Term | float) -> Term:
        return self.apply("Add", other)

    def __radd__(self, other: float) -> Term:
        return self.of(other).apply("Add", self)

    def __sub__(self, other: Term | float) -> Term:
        return self.apply("Sub", other)

    def __rsub__(self, other: float) -> Term:
        return self.of(other).apply("Sub", self)

    def __mul__(self, other: Term | float) -> Term:
        return self.apply("Mul", other)

    def __rmul__(self, other: float) -> Term:
        return self.of(other).apply("Mul", self)

    def __truediv__(self, other: Term | float) -> Term:
        return self.apply("Div", other)

    def __rtruediv__(self, other: float) -> Term:
        return self.of(other).apply("Div", self)

    def __neg__(self) -> Term:
        return self.apply("Neg")

    def __lt__(self, other: Term | float) -> Term:
        return self.apply("Less", other)

    def __gt__(self, other: Term | float) -> Term:
        return self.apply("Greater", other)

    def __or__(self, other: Term) -> Term:
        return self.apply("Or", other)

    def equals(self, other: Term | float) -> Term:
        """Element-wise equality."""
        return self.apply("Equal", other)

    def choose(self, then: Term | float, otherwise: Term | float) -> Term:
        """`then` where this boolean holds, else `otherwise`."""
        return self.apply("Where", then, otherwise)


def exp(x: Term) -> Term:
    return x.apply("Exp")


def log(x: Term) -> Term:
    return x.apply("Log")


def sqrt(x: Term) -> Term:
    return x.apply("Sqrt")


def absolute(x: Term) -> Term:
    return x.apply("Abs")


def with_sign(size: Term, x: Term) -> Term:
    """`size` with the sign of x."""
    return (x < 0.0).choose(-size, size)


def log1p(x: Term) -> Term:
    """log(1 + x)."""
    w = 1.0 + x
    small, large = w.equals(1.0), w.equals(x)
    return (small | large).choose(small.choose(x, log(w)), log(w) * x / (w - 1.0))


def _log_by(x: Term, base: float) -> Term:
    """Exact at whole powers of the base, where a quotient of logarithms would be off by a digit."""
    y = log(x) / math.log(base)
    whole = y.apply("Round")
    near = absolute(y - whole) < 1e-9  # else the power has lost its digits below the smallest normal number
    return near.choose(x.of(base).apply("Pow", whole).equals(x).choose(whole, y), y)


def log2(x: Term) -> Term:
    return _log_by(x, 2.0)


def log10(x: Term) -> Term:
    return _log_by(x, 10.0)


def _turned(x: Term) -> tuple[Term, Term, Term]:
    """How many quarters of a turn x is, and sine and cosine of the rest, at most an eighth of a turn.

    onnxruntime's own lose digits where they are near zero, far from zero angles.
    """
    count = (x * (2 / math.pi)).apply("Round")
    rest = x
    for part in _QUARTER:
        rest = rest - count * part
    return count, rest.apply("Sin"), rest.apply("Cos")


def _after(count: Term, period: float) -> Term:
    return count - period * (count / period).apply("Floor")


def _wave(x: Term, own: str, ahead: float) -> Term:
    """The sine, so many quarters of a turn ahead."""
    count, sine, cosine = _turned(x)
    size = _after(count + ahead, 2.0).equals(1.0).choose(cosine, sine)
    return (absolute(x) > _TURNED).choose(x.apply(own), (_after(count + ahead, 4.0) > 1.5).choose(-size, size))


def sin(x: Term) -> Term:
    return _wave(x, "Sin", 0.0)


def cos(x: Term) -> Term:
    return _wave(x, "Cos", 1.0)


def tan(x: Term) -> Term:
    count, sine, cosine = _turned(x)
    near = _after(count, 2.0).equals(1.0).choose(-cosine / sine, sine / cosine)
    return (absolute(x) > _TURNED).choose(x.apply("Sin") / x.apply("Cos"), near)


def atan(x: Term) -> Term:
    """With y near atan(z): atan(z) - y = atan(t), t = (z cos y - sin y) / (cos y + z sin y); beyond 1 by 1/x."""
    large = absolute(x) > 1.0
    z = large.choose(1.0 / x, x)
    graph = x.graph
    y = Term(graph, graph.cast(graph("Atan", graph.cast(z.name, FLOAT)), DOUBLE))
    sine, cosine = y.apply("Sin"), y.apply("Cos")
    y = y + (z * cosine - sine) / (cosine + z * sine)
    right = (math.pi / 2 - y) + _HALF_PI_LOW
    left = (-math.pi / 2 - y) - _HALF_PI_LOW
    return large.choose((x > 0.0).choose(right, left), y)


def asin(x: Term) -> Term:
    return atan(x / sqrt((1.0 - x) * (1.0 + x)))


def acos(x: Term) -> Term:
    return 2.0 * atan(sqrt((1.0 - x) / (1.0 + x)))


def sinh(x: Term) -> Term:
    a = absolute(x)
    u = exp(a)
    less_one = u.equals(1.0).choose(a, (u - 1.0) * a / log(u))  # exp(a) - 1
    half = exp(0.5 * a)
    return with_sign((a > 22.0).choose(0.5 * half * half, 0.5 * (less_one + less_one / u)), x)


def cosh(x: Term) -> Term:
    half = exp(0.5 * absolute(x))
    return 0.5 * half * half + 0.5 / half / half


def tanh(x: Term) -> Term:
    """onnxruntime's own where that is accurate: it is up to 8 units in the last place off beside 1."""
    a = absolute(x)
    return (a > 0.55).choose(with_sign(1.0 - 2.0 / (exp(2.0 * a) + 1.0), x), x.apply("Tanh"))


def asinh(x: Term) -> Term:
    a = absolute(x)
    near = log1p(a + a * a / (1.0 + sqrt(1.0 + a * a)))
    return with_sign((a > _LARGE).choose(log(a) + math.log(2), near), x)


def acosh(x: Term) -> Term:
    t = x - 1.0
    near = log1p(t + sqrt(t * (x + 1.0)))
    return (x < 1.0).choose(math.nan, (x > _LARGE).choose(log(x) + math.log(2), near))


def atanh(x: Term) -> Term:
    a = absolute(x)
    return with_sign(0.5 * log1p(2.0 * a / (1.0 - a)), x)


def _is_negative(x: Term) -> Term:
    """Whether the sign bit is set, that of a zero included."""
    return x.equals(0.0).choose(1.0 / x, x) < 0.0


def atan2(y: Term, x: Term) -> Term:
    """The angle of the point (x, y), by the octant: the smaller coordinate over the larger one."""
    up, across = absolute(y), absolute(x)
    steep = up > across
    smaller, larger = steep.choose(across, up), steep.choose(up, across)
    quotient = smaller.equals(math.inf).choose(1.0, smaller / larger)
    angle = atan(larger.equals(0.0).choose(0.0, quotient))
    angle = steep.choose((math.pi / 2 - angle) + _HALF_PI_LOW, angle)
    angle = _is_negative(x).choose((math.pi - angle) + 2 * _HALF_PI_LOW, angle)
    angle = _is_negative(y).choose(-angle, angle)
    return (x.apply("IsNaN") | y.apply("IsNaN")).choose(math.nan, angle)


def hypot(a: Term, b: Term) -> Term:
    """The length of (a, b) without overflow in between; infinite if either is, even beside NaN."""
    a, b = absolute(a), absolute(b)
    first = a > b
    larger, smaller = first.choose(a, b), first.choose(b, a)
    quotient = larger.equals(0.0).choose(smaller, smaller / larger)
    length = larger * sqrt(1.0 + quotient * quotient)
    return (a.equals(math.inf) | b.equals(math.inf)).choose(math.inf, length)


FUNCTIONS: dict[str, Callable[..., Term]] = {
    function.__name__: function
    for function in (log2, log10, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, atan2, hypot)
}
