"""What blocks share that combine their inputs, or the elements of a single one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from bridge.diagram.block import Block
from bridge.diagram.blocks.arithmetic import Arithmetic, elements, same_as_others
from bridge.diagram.parameters import Choice, Flag, Integer, Text
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DType, Type


def signs_of(block: Block, text: str, allowed: str) -> str:
    """``|+-`` as ``+-``, and a number of ports as so many of the first sign."""
    signs = text.replace("|", "").replace(" ", "")
    if signs and set(signs) <= set(allowed):
        return signs
    number = block.site.array("Inputs", text)
    if number.size != 1 or not 1 <= float(number.reshape(())) <= 10_000 or float(number.reshape(())) % 1:
        raise block.wrong("Inputs", f"{text!r} is neither a list of {' and '.join(allowed)} nor a number of ports")
    return allowed[0] * int(number.reshape(()))


class Collapsing(Arithmetic):
    """A block that combines its inputs, or the elements of a single one."""

    inputs = None
    spreads = True
    Inputs = Text("++")
    CollapseMode = Choice("All dimensions", "Specified dimension")
    CollapseDim = Integer("1")
    InputSameDT = Flag("off")
    signs_allowed = "+-"

    @property
    def signs(self) -> str:
        """One sign per input port; bars only space the ports of the icon."""
        return signs_of(self, self.Inputs, self.signs_allowed)

    def count_ports(self) -> tuple[int, int]:
        return len(self.signs), 1

    def demand(self, port: int, inputs: Sequence[Type | None]) -> DType | None:
        return same_as_others(self.InputSameDT, port, inputs)

    def collapse(self, kind: str, x: Value, step: Callable[[Value, Value], Value]) -> Value:
        """The elements of x combined: over all of them in MATLAB's order, or over one dimension, which stays as 1.

        Saturating integers are combined one by one by `step`, as each step saturates.
        """
        one_by_one = x.dtype.is_integer and self.SaturateOnIntegerOverflow
        if self.CollapseMode == "All dimensions":
            flat = t.column_major(x, (x.type.size,))
            return reduce(step, elements(x)) if one_by_one else t.reduce(kind, flat, [0])
        axis = self.CollapseDim - 1
        if not 0 <= axis < max(x.type.rank, 1):
            raise self.wrong("CollapseDim", f"a signal of {x.type} has no dimension {self.CollapseDim}")
        if x.type.rank == 0:
            return x
        shape = tuple(1 if k == axis else size for k, size in enumerate(x.shape)) if x.type.rank > 1 else ()
        if not one_by_one:
            return t.reshape(t.reduce(kind, x, [axis]), shape)
        ranges = [(0, size) for size in x.shape]
        slices = [t.cut(x, *ranges[:axis], (k, k + 1), *ranges[axis + 1 :]) for k in range(x.shape[axis])]
        return t.reshape(reduce(step, slices), shape)
