"""The neural library (``neural/…``): transfer, net input and weight functions.

The content of these library blocks is not in a diagram's file. Formulas: Deep Learning Toolbox documentation of the
functions of the same name (``logsig``, ``tansig``, …). Input and output are the vector of one layer.
"""

from __future__ import annotations

from functools import reduce

from bridge.diagram.block import Block
from bridge.diagram.blocks.arithmetic import as_real
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import INT32

_TRANSFER = "neural/Transfer Functions/"
_NET_INPUT = "neural/Net Input Functions/"
_WEIGHT = "neural/Weight Functions/"


class Transfer(Block):
    """A function of the net input n."""

    def output(self, u: Value) -> Value:
        return self.transfer(as_real(self, u, "a transfer function"))

    def transfer(self, n: Value) -> Value:
        """The function itself."""
        raise NotImplementedError


@register(_TRANSFER + "logsig")
class LogSig(Transfer):
    """y = 1 / (1 + exp(-n))."""

    def transfer(self, n: Value) -> Value:
        return t.logistic(n)


@register(_TRANSFER + "tansig")
class TanSig(Transfer):
    """y = 2 / (1 + exp(-2 n)) - 1: tanh, but for the last bits."""

    def transfer(self, n: Value) -> Value:
        # Twice the logistic is the same number as 2 / (…): doubling is exact.
        return 2 * t.logistic(2 * n) - 1


@register(_TRANSFER + "purelin")
class PureLin(Transfer):
    """y = n."""

    def transfer(self, n: Value) -> Value:
        return n


@register(_TRANSFER + "poslin")
class PosLin(Transfer):
    """y = max(0, n)."""

    def transfer(self, n: Value) -> Value:
        return t.where(n < 0, 0.0, n)


@register(_TRANSFER + "satlin")
class SatLin(Transfer):
    """y = n between 0 and 1."""

    def transfer(self, n: Value) -> Value:
        return t.where(n < 0, 0.0, t.where(n > 1, 1.0, n))


@register(_TRANSFER + "satlins")
class SatLins(Transfer):
    """y = n between -1 and 1."""

    def transfer(self, n: Value) -> Value:
        return t.where(n < -1, -1.0, t.where(n > 1, 1.0, n))


@register(_TRANSFER + "hardlim")
class HardLim(Transfer):
    """y = 1 for n >= 0, else 0."""

    def transfer(self, n: Value) -> Value:
        return t.storage(n >= 0, n.dtype)


@register(_TRANSFER + "hardlims")
class HardLims(Transfer):
    """y = 1 for n >= 0, else -1."""

    def transfer(self, n: Value) -> Value:
        return 2 * t.storage(n >= 0, n.dtype) - 1


@register(_TRANSFER + "radbas")
class RadBas(Transfer):
    """y = exp(-n^2)."""

    def transfer(self, n: Value) -> Value:
        return t.exp(-(n * n))


@register(_TRANSFER + "radbasn")
class RadBasN(Transfer):
    """y = exp(-n^2) divided by its sum over all elements; the exponents are shifted, so that no sum is zero."""

    def transfer(self, n: Value) -> Value:
        return normalised(-(n * n))


@register(_TRANSFER + "tribas")
class TriBas(Transfer):
    """y = max(0, 1 - abs(n))."""

    def transfer(self, n: Value) -> Value:
        y = 1 - t.absolute(n)
        return t.where(y < 0, 0.0, y)


@register(_TRANSFER + "softmax")
class SoftMax(Transfer):
    """y = exp(n) divided by its sum over all elements."""

    def transfer(self, n: Value) -> Value:
        return normalised(n)


@register(_TRANSFER + "compet")
class Compet(Transfer):
    """y = 1 at the first largest element, else 0."""

    def transfer(self, n: Value) -> Value:
        flat = t.column_major(n, (n.type.size,))
        places = t.constant(list(range(n.type.size)), INT32)
        return t.column_major(t.storage(t.equal(places, t.argmax(flat)), n.dtype), n.shape)


@register(_TRANSFER + "elliotsig")
class ElliotSig(Transfer):
    """y = n / (1 + abs(n))."""

    def transfer(self, n: Value) -> Value:
        return n / (1 + t.absolute(n))


@register(_TRANSFER + "elliot2sig")
class Elliot2Sig(Transfer):
    """y = sign(n) n^2 / (1 + n^2)."""

    def transfer(self, n: Value) -> Value:
        square = n * n
        return t.where(n < 0, -square, square) / (1 + square)


@register(_TRANSFER + "netinv", _NET_INPUT + "netinv")
class NetInv(Transfer):
    """y = 1 / n."""

    def transfer(self, n: Value) -> Value:
        return 1 / n


def normalised(exponents: Value) -> Value:
    """exp(x) divided by its sum over all elements, without overflow."""
    powers = t.exp(exponents - t.reduce("max", exponents))
    return powers / t.reduce("sum", powers)


@register(_NET_INPUT + "netsum")
class NetSum(Block):
    """n = z1 + z2 + …, the bias among them, by element."""

    inputs = None
    spreads = True

    def output(self, *z: Value) -> Value:
        return reduce(lambda x, y: x + y, self.aligned(*z))


@register(_NET_INPUT + "netprod")
class NetProd(Block):
    """n = z1 z2 …, by element."""

    inputs = None
    spreads = True

    def output(self, *z: Value) -> Value:
        return reduce(lambda x, y: x * y, self.aligned(*z))


class Weight(Block):
    """A function of weights and the layer's input p (R): of a vector w (R) to a scalar, of a matrix S x R to (S)."""

    inputs = 2

    def rows(self, w: Value, p: Value) -> tuple[Value, Value]:
        """The weights as S x R or (R,), and p as (R,)."""
        flat = t.column_major(p, (p.type.size,))
        if sum(size > 1 for size in w.shape) <= 1 and w.type.size == flat.type.size:
            return t.column_major(w, (w.type.size,)), flat
        if w.type.rank != 2 or w.shape[1] != flat.shape[0]:
            raise self.misshapen(f"weights of {w.type} do not fit an input of {p.type}")
        return w, flat


@register(_WEIGHT + "dotprod")
class DotProd(Weight):
    """z = w' p."""

    def output(self, w: Value, p: Value) -> Value:
        w, p = self.rows(w, p)
        return w @ p if w.type.rank == 2 else t.reduce("sum", w * p)


@register(_WEIGHT + "dist")
class Dist(Weight):
    """z = the Euclidean length of w - p."""

    def output(self, w: Value, p: Value) -> Value:
        return self.distance(w, p)

    def distance(self, w: Value, p: Value) -> Value:
        """sqrt(sum((w - p)^2)) over the input's elements."""
        w, p = self.rows(w, p)
        difference = w - p
        return t.sqrt(t.reduce("sum", difference * difference, [w.type.rank - 1]))


@register(_WEIGHT + "negdist")
class NegDist(Dist):
    """z = minus the Euclidean length of w - p."""

    def output(self, w: Value, p: Value) -> Value:
        return -self.distance(w, p)


@register(_WEIGHT + "normprod")
class NormProd(DotProd):
    """z = w' p / sum(abs(p))."""

    def output(self, w: Value, p: Value) -> Value:
        return super().output(w, p) / t.reduce("sum", t.absolute(p))
