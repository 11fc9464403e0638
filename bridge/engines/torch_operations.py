"""Each operation of the form as torch computes it, on the carriers of `torch_types`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridge.engines.torch_gradients import guarded_functions
from bridge.engines.torch_shaping import shaping
from bridge.engines.torch_types import Tensor, carrier, is_wide, ordered, wrap
from bridge.program import Node

Kernel = Callable[..., Tensor]
Builder = Callable[[Node], Kernel]


_SAME_NAMES = (
    *("floor", "ceil", "trunc", "sin", "cos", "atan", "tanh", "asinh"),
    *("real", "imag", "complex", "isnan", "isinf"),
)
_OTHER_NAMES = {
    "rint": "round",
    "logistic": "sigmoid",
    "select": "where",
    "and": "logical_and",
    "or": "logical_or",
    "xor": "logical_xor",
    "not": "logical_not",
    "conj": "conj_physical",
}


def kernels(torch: Any, chooses: bool = True) -> dict[str, Builder]:
    """For every operation without regions, a function from the node to a function of tensors.

    `chooses` tells that the program has a `select`, whose zero gradients even products must then keep zero; without
    one, the products, of which there are most, are torch's own and several times faster.
    """
    return {
        **_functions(torch, chooses),
        **_integers(torch),
        **_comparisons(torch),
        **_conversions(torch),
        **shaping(torch),
    }


def _plain(function: Kernel) -> Builder:
    return lambda _: function


def _wrapped(function: Kernel) -> Builder:
    """The same function for floating-point numbers and, brought back into range, for integers."""

    def build(node: Node) -> Kernel:
        dtype = node.outputs[0].dtype
        if not dtype.is_integer or dtype.bits == 64:
            return function
        return lambda *operands: wrap(dtype, function(*operands))

    return build


def _functions(torch: Any, chooses: bool) -> dict[str, Builder]:
    table = {op: _plain(getattr(torch, _OTHER_NAMES.get(op, op))) for op in (*_SAME_NAMES, *_OTHER_NAMES)}
    for op, function in guarded_functions(torch).items():
        table[op] = _real(function, getattr(torch, op))
    if not chooses:
        table["mul"] = _wrapped(torch.mul)
    return table


def _real(guarded: Kernel, plain: Kernel) -> Builder:
    """The guarded function for real numbers; torch's own for complex numbers and for integers."""

    def build(node: Node) -> Kernel:
        return guarded if node.outputs[0].dtype.is_float else _wrapped(plain)(node)

    return build


def _integers(torch: Any) -> dict[str, Builder]:
    def absolute(node: Node) -> Kernel:
        dtype = node.outputs[0].dtype
        return (lambda x: x) if is_wide(dtype) else _wrapped(torch.abs)(node)

    def shift_left(node: Node) -> Kernel:
        dtype = node.outputs[0].dtype

        def kernel(x: Tensor, count: Tensor) -> Tensor:
            inside = (count >= 0) & (count < dtype.bits)
            return wrap(dtype, torch.where(inside, x << count.clamp(0, 63), 0))

        return kernel

    def shift_right(node: Node) -> Kernel:
        dtype = node.outputs[0].dtype

        def kernel(x: Tensor, count: Tensor) -> Tensor:
            inside = (count >= 0) & (count < dtype.bits)
            if not is_wide(dtype):
                return x >> torch.where(inside, count, 63)
            logical = ((x >> 1) & (2**63 - 1)) >> (count - 1).clamp(0, 63)
            return torch.where(inside, torch.where(count == 0, x, logical), 0)

        return kernel

    return {
        "add": _wrapped(torch.add),
        "sub": _wrapped(torch.sub),
        "neg": _wrapped(torch.neg),
        "abs": absolute,
        "bitand": _wrapped(torch.bitwise_and),
        "bitor": _wrapped(torch.bitwise_or),
        "bitxor": _wrapped(torch.bitwise_xor),
        "bitnot": _wrapped(torch.bitwise_not),
        "shift_left": shift_left,
        "shift_right": shift_right,
    }


def _comparisons(torch: Any) -> dict[str, Builder]:
    def comparison(function: Kernel) -> Builder:
        def build(node: Node) -> Kernel:
            dtype = node.inputs[0].dtype
            if not is_wide(dtype):
                return function
            return lambda a, b: function(ordered(dtype, a), ordered(dtype, b))

        return build

    return {
        "lt": comparison(torch.lt),
        "le": comparison(torch.le),
        "eq": _plain(torch.eq),
        "ne": _plain(torch.ne),
    }


def _conversions(torch: Any) -> dict[str, Builder]:
    def convert(node: Node) -> Kernel:
        given, wanted = node.inputs[0].dtype, node.outputs[0].dtype
        target = carrier(torch, wanted)
        if given.is_integer and wanted.is_integer:
            return lambda x: wrap(wanted, x)
        if is_wide(given) and wanted.kind in ("float", "complex"):
            return lambda x: x.view(torch.uint64).to(target)
        if given.is_float and is_wide(wanted):
            return lambda x: x.to(torch.uint64).view(torch.int64)
        return lambda x: x.to(target)

    return {"convert": convert}
