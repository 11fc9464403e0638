"""Weight functions: weighted inputs z (S, or S x Q) from weights w (S x R) and an input p (R, or R x Q).

Formulas: Deep Learning Toolbox documentation of the functions of the same name.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.program import trace as t
from bridge.program.form import Value


def dotprod(w: Value, p: Value) -> Value:
    """z = w p."""
    return w @ p


def normprod(w: Value, p: Value) -> Value:
    """z = w p / sum(abs(p))."""
    return w @ p / t.reduce("sum", t.absolute(p), [0])


def dist(w: Value, p: Value) -> Value:
    """z = the Euclidean length of each row of w less p."""
    difference = _differences(w, p)
    return t.sqrt(t.reduce("sum", difference * difference, [1]))


def negdist(w: Value, p: Value) -> Value:
    """z = minus the Euclidean length of each row of w less p."""
    return -dist(w, p)


def mandist(w: Value, p: Value) -> Value:
    """z = the sum of abs(w - p) along each row of w."""
    return t.reduce("sum", t.absolute(_differences(w, p)), [1])


def _differences(w: Value, p: Value) -> Value:
    """S x R, or S x R x Q: every row of the weights less every observation."""
    return (w if p.type.rank == 1 else t.reshape(w, (*w.shape, 1))) - p


WEIGHT: dict[str, Callable[[Value, Value], Value]] = {
    each.__name__: each for each in (dotprod, normprod, dist, negdist, mandist)
}
