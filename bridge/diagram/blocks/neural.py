"""The neural library (``neural/…``): transfer, net input and weight functions.

The content of these library blocks is not in a diagram's file. Formulas: `bridge.neural`. Input and output are the
vector of one layer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from bridge.diagram.block import Block
from bridge.diagram.blocks.arithmetic import as_real
from bridge.diagram.registry import register
from bridge.neural import NET_INPUT, TRANSFER, WEIGHT
from bridge.program import trace as t
from bridge.program.form import Value

_TRANSFER = "neural/Transfer Functions/"
_NET_INPUT = "neural/Net Input Functions/"
_WEIGHT = "neural/Weight Functions/"


class Transfer(Block):
    """A function of the net input n, whatever the shape of the signal that carries the layer's vector."""

    function: ClassVar[Callable[[Value], Value]]

    def output(self, u: Value) -> Value:
        n = as_real(self, u, "a transfer function")
        return t.column_major(type(self).function(t.column_major(n, (n.type.size,))), n.shape)


class NetInput(Block):
    """A function of the weighted inputs, the bias among them, by element."""

    inputs = None
    spreads = True
    function: ClassVar[Callable[..., Value]]

    def output(self, *z: Value) -> Value:
        return type(self).function(*self.aligned(*z))


class Weight(Block):
    """A function of weights and the layer's input p (R): of a vector w (R) to a scalar, of a matrix S x R to (S)."""

    inputs = 2
    function: ClassVar[Callable[[Value, Value], Value]]

    def output(self, w: Value, p: Value) -> Value:
        flat = t.column_major(p, (p.type.size,))
        if sum(size > 1 for size in w.shape) <= 1 and w.type.size == flat.type.size:
            return t.reshape(type(self).function(t.column_major(w, (1, w.type.size)), flat), ())
        if w.type.rank != 2 or w.shape[1] != flat.shape[0]:
            raise self.misshapen(f"weights of {w.type} do not fit an input of {p.type}")
        return type(self).function(w, flat)


def _register(family: type[Block], path: str, functions: dict[str, Callable[..., Value]]) -> None:
    """A class of the family for each function, documented as the function is."""
    for name, function in functions.items():
        members = {"function": staticmethod(function), "__doc__": function.__doc__, "__module__": __name__}
        register(path + name)(type(name, (family,), members))


_register(Transfer, _TRANSFER, TRANSFER)
_register(Transfer, _NET_INPUT, {"netinv": TRANSFER["netinv"]})
_register(NetInput, _NET_INPUT, NET_INPUT)
_register(Weight, _WEIGHT, {name: WEIGHT[name] for name in ("dotprod", "normprod", "dist", "negdist")})
