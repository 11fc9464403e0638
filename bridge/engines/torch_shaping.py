"""Operations that build, move and pick elements, reductions and linear algebra, as torch computes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from bridge.engines.torch_types import Tensor, ordered, to_carrier, wrap
from bridge.errors import EngineError
from bridge.program import Node

Kernel = Callable[..., Tensor]
Builder = Callable[[Node], Kernel]


def shaping(torch: Any) -> dict[str, Builder]:
    """The builders of this family."""
    return {**_moving(torch), **_picking(torch), **_reductions(torch), **_linear(torch)}


def _moving(torch: Any) -> dict[str, Builder]:
    def constant(node: Node) -> Kernel:
        tensor = to_carrier(torch, node.attributes["value"], node.outputs[0].dtype)
        return lambda: tensor

    def concat(node: Node) -> Kernel:
        axis = node.attributes["axis"]
        return lambda *parts: torch.cat(parts, axis)

    def cut(node: Node) -> Kernel:
        ranges = tuple(slice(*bounds) for bounds in node.attributes["ranges"])
        return lambda x: x[ranges]

    def reshape(node: Node) -> Kernel:
        shape = node.outputs[0].shape
        return lambda x: x.reshape(shape)

    def broadcast(node: Node) -> Kernel:
        shape = node.outputs[0].shape
        return lambda x: x.expand(shape)

    def transpose(node: Node) -> Kernel:
        axes = tuple(node.attributes["axes"])
        return lambda x: x.permute(axes)

    return {
        "constant": constant,
        "concat": concat,
        "slice": cut,
        "reshape": reshape,
        "broadcast": broadcast,
        "transpose": transpose,
    }


def _picking(torch: Any) -> dict[str, Builder]:
    def take(node: Node) -> Kernel:
        axis, places = node.attributes["axis"], torch.tensor(node.attributes["indices"], dtype=torch.int64)
        return lambda x: torch.index_select(x, axis, places.to(x.device))

    def check(node: Node, index: Tensor) -> None:
        """torch counts negative places from the end; here, as in the reference, they are errors."""
        length = node.inputs[0].shape[0]
        outside = (index < 0) | (index >= length)
        if bool(outside.any()):
            place = int(index[outside][0])
            raise EngineError(f"{node.origin or 'program'}: index {place} leaves 0..{length - 1}")

    def gather(node: Node) -> Kernel:
        def kernel(x: Tensor, index: Tensor) -> Tensor:
            check(node, index)
            return x[index]

        return kernel

    def scatter(node: Node) -> Kernel:
        count = node.inputs[1].type.size

        def kernel(x: Tensor, index: Tensor, rows: Tensor) -> Tensor:
            check(node, index)
            return x.index_put((index,), rows)

        def last_of_each(x: Tensor, index: Tensor, rows: Tensor) -> Tensor:
            # Of rows with one index the last counts; index_put would let gradients flow back to the others, too.
            check(node, index)
            order, nobody = torch.arange(count, device=x.device), torch.full((len(x),), -1, device=x.device)
            writer = nobody.scatter_reduce(0, index.reshape(-1), order, "amax")
            written = (writer >= 0).reshape(-1, *(1 for _ in x.shape[1:]))
            return torch.where(written, rows.reshape(count, *x.shape[1:])[writer.clamp(min=0)], x)

        return last_of_each if count > 1 else kernel

    def search(node: Node) -> Kernel:
        dtype = node.inputs[0].dtype

        def kernel(points: Tensor, x: Tensor) -> Tensor:
            points, x = (ordered(dtype, values).detach().contiguous() for values in (points, x))
            return torch.searchsorted(points, x, right=True)

        return kernel

    return {"take": take, "gather": gather, "scatter": scatter, "search": search}


def _reductions(torch: Any) -> dict[str, Builder]:
    def reduction(function: Callable[[Tensor, tuple[int, ...]], Tensor]) -> Builder:
        def build(node: Node) -> Kernel:
            dtype, axes = node.inputs[0].dtype, tuple(node.attributes["axes"])
            if not axes:  # which torch would take for all of them
                return lambda x: x
            return lambda x: wrap(dtype, function(x, axes))

        return build

    def extremum(function: Callable[[Tensor, tuple[int, ...]], Tensor]) -> Builder:
        def build(node: Node) -> Kernel:
            dtype = node.inputs[0].dtype
            plain = reduction(function)(node)
            return lambda x: ordered(dtype, plain(ordered(dtype, x)))

        return build

    def product(x: Tensor, axes: tuple[int, ...]) -> Tensor:
        for axis in sorted(axes, reverse=True):
            x = torch.prod(x, axis)
        return x

    def argmax(node: Node) -> Kernel:
        dtype, axis = node.inputs[0].dtype, node.attributes["axis"]
        return lambda x: torch.argmax(ordered(dtype, x), axis)

    return {
        "sum": reduction(torch.sum),
        "prod": reduction(product),
        "max": extremum(torch.amax),
        "min": extremum(torch.amin),
        "any": reduction(torch.any),
        "all": reduction(torch.all),
        "argmax": argmax,
    }


def _linear(torch: Any) -> dict[str, Builder]:
    def matmul(node: Node) -> Kernel:
        dtype, vector = node.outputs[0].dtype, node.inputs[1].type.rank == 1
        if not dtype.is_integer:
            return torch.matmul  # type: ignore[no-any-return]  # torch is untyped here

        def kernel(a: Tensor, b: Tensor) -> Tensor:
            products = a * b if vector else a[:, :, None] * b
            return wrap(dtype, products.sum(1))

        return kernel

    def inverse(node: Node) -> Kernel:
        def kernel(a: Tensor) -> Tensor:
            result, info = torch.linalg.inv_ex(a)
            return result if int(info) == 0 else torch.full_like(a, math.inf)

        return kernel

    def solve(node: Node) -> Kernel:
        def kernel(a: Tensor, b: Tensor) -> Tensor:
            result, info = torch.linalg.solve_ex(a, b)
            return result if int(info) == 0 else torch.full_like(b, math.inf)

        return kernel

    return {"matmul": matmul, "inverse": inverse, "linear_solve": solve}
