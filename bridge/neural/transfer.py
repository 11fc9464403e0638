"""Transfer functions: a layer's output from its net input n. Those that compare neurons do so down the rows.

Formulas: Deep Learning Toolbox documentation of the functions of the same name.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import INT32


def logsig(n: Value) -> Value:
    """y = 1 / (1 + exp(-n))."""
    return t.logistic(n)


def tansig(n: Value) -> Value:
    """y = 2 / (1 + exp(-2 n)) - 1: tanh, but for the last bits."""
    # Twice the logistic is the same number as 2 / (…): doubling is exact.
    return 2 * t.logistic(2 * n) - 1


def purelin(n: Value) -> Value:
    """y = n."""
    return n


def poslin(n: Value) -> Value:
    """y = max(0, n)."""
    return t.where(n < 0, 0.0, n)


def satlin(n: Value) -> Value:
    """y = n between 0 and 1."""
    return t.where(n < 0, 0.0, t.where(n > 1, 1.0, n))


def satlins(n: Value) -> Value:
    """y = n between -1 and 1."""
    return t.where(n < -1, -1.0, t.where(n > 1, 1.0, n))


def hardlim(n: Value) -> Value:
    """y = 1 for n >= 0, else 0."""
    return t.storage(n >= 0, n.dtype)


def hardlims(n: Value) -> Value:
    """y = 1 for n >= 0, else -1."""
    return 2 * t.storage(n >= 0, n.dtype) - 1


def radbas(n: Value) -> Value:
    """y = exp(-n^2)."""
    return t.exp(-(n * n))


def radbasn(n: Value) -> Value:
    """y = exp(-n^2) divided by its sum over the layer; the exponents are shifted, so that no sum is zero."""
    return _normalised(-(n * n))


def tribas(n: Value) -> Value:
    """y = max(0, 1 - abs(n))."""
    y = 1 - t.absolute(n)
    return t.where(y < 0, 0.0, y)


def softmax(n: Value) -> Value:
    """y = exp(n) divided by its sum over the layer."""
    return _normalised(n)


def compet(n: Value) -> Value:
    """y = 1 at the first largest element of the layer, else 0."""
    rows = n.shape[0]
    places = t.constant(list(range(rows)), INT32)
    return t.storage(t.equal(t.reshape(places, (rows,) + (1,) * (n.type.rank - 1)), t.argmax(n)), n.dtype)


def elliotsig(n: Value) -> Value:
    """y = n / (1 + abs(n))."""
    return n / (1 + t.absolute(n))


def elliot2sig(n: Value) -> Value:
    """y = sign(n) n^2 / (1 + n^2)."""
    square = n * n
    return t.where(n < 0, -square, square) / (1 + square)


def netinv(n: Value) -> Value:
    """y = 1 / n."""
    return 1 / n


def _normalised(exponents: Value) -> Value:
    """exp(x) divided by its sum over the layer, without overflow."""
    powers = t.exp(exponents - t.reduce("max", exponents, [0]))
    return powers / t.reduce("sum", powers, [0])


TRANSFER: dict[str, Callable[[Value], Value]] = {
    each.__name__: each
    for each in (
        *(logsig, tansig, purelin, poslin, satlin, satlins, hardlim, hardlims, radbas, radbasn, tribas, softmax),
        *(compet, elliotsig, elliot2sig, netinv),
    )
}
