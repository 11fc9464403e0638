"""Regions as C: if, for, and the choice of how each operation is written."""

from __future__ import annotations

from collections.abc import Callable

from bridge.engines.c_linear import LINEAR
from bridge.engines.c_operations import ELEMENTWISE
from bridge.engines.c_products import waits, with_products
from bridge.engines.c_reductions import REDUCTIONS
from bridge.engines.c_shaping import SHAPING
from bridge.engines.c_types import c_type
from bridge.engines.c_writer import Writer
from bridge.errors import UnsupportedOperation
from bridge.program import Node, Region


def write(w: Writer, region: Region) -> None:
    """Every statement of a region, in order."""
    w.plan(region)
    for node in region.nodes:
        for value in (*node.inputs, *node.outputs):
            c_type(value.dtype, node.origin)
        if node.op == "constant":
            w.constant(node)
        elif node.op in ELEMENTWISE and (products := w.waiting(node)):
            with_products(w, node, products)
        elif node.op in ELEMENTWISE:
            w.elementwise(node)
        elif node.op == "matmul" and waits(w, node):
            continue
        elif node.op in _WRITERS:
            w.name_block(node.origin)
            _WRITERS[node.op](w, node)
        else:
            raise UnsupportedOperation(f"{node.origin or 'program'}: the compiled engine has no operation {node.op!r}")


def _outputs(w: Writer, node: Node) -> list[str]:
    names = [w.declare(value, node) for value in node.outputs]
    for name, value in zip(names, node.outputs, strict=True):
        if not w.unit.uses.get(value):
            w.put(f"(void){name};")
    return names


def _if(w: Writer, node: Node) -> None:
    names = _outputs(w, node)
    for head, region in zip((f"if ({w.element(node.inputs[0], '0')})", "else"), node.regions, strict=True):
        with w.block(head):
            write(w, region)
            w.hand_over(list(zip(names, region.results, strict=True)))
        w.forget_block()


def _loop(w: Writer, node: Node) -> None:
    (region,) = node.regions
    index, *carried = region.parameters
    names = _outputs(w, node)
    for name, value in zip(names, node.inputs[1:], strict=True):
        w.copy(name, value)
    w.unit.places.update(zip(carried, names, strict=True))
    counter = w.unit.places[index] = f"index_{w.unit.number()}"
    # The count may be a variable that the body does not change: values are assigned once.
    count = w.element(node.inputs[0], "0")
    with w.block(f"for (int64_t {counter} = 0; {counter} < {count}; ++{counter})"):
        write(w, region)
        w.hand_over(list(zip(names, region.results, strict=True)))
    w.forget_block()


def _map(w: Writer, node: Node) -> None:
    (region,) = node.regions
    length = node.inputs[0].shape[0]
    names = _outputs(w, node)
    row = f"row_{w.unit.number()}"
    with w.block(f"for (int {row} = 0; {row} < {length}; ++{row})"):
        for parameter, array in zip(region.parameters, node.inputs, strict=True):
            if not w.unit.uses.get(parameter):
                w.put(f"(void){w.unit.places[array]};")  # nobody else may read it
                continue
            size = parameter.type.size
            if size == 1:
                w.assign(parameter, node, w.element(array, row))
            elif length == 1 or not size:
                w.unit.places[parameter] = w.unit.places[array]
            else:
                w.view(parameter, node, w.unit.places[array], f"{row} * {size}")
        write(w, region)
        for name, value, whole in zip(names, region.results, node.outputs, strict=True):
            size = value.type.size
            if size == 1:
                target = f"{name}[{row}]" if whole.type.size > 1 else name
            else:
                target = name if length == 1 else f"({name} + {row} * {size})"
            w.copy(target, value)
        if length == 1:
            w.put(f"(void){row};")
    w.forget_block()


_WRITERS: dict[str, Callable[[Writer, Node], None]] = {
    **SHAPING,
    **REDUCTIONS,
    **LINEAR,
    "if": _if,
    "loop": _loop,
    "map": _map,
}
