"""The closed registry of operations: for each its type rule, its meaning as a numpy function, and its derivative.

`rule(types, attributes)` gives the types of the outputs or raises `ProgramError`; `kernel(attributes)` gives a
function of arrays, the definition that every engine is held against; `derivative(node, operands, result, gradient)`
emits the gradient with respect to each operand, given that with respect to the result (`derivatives`). Families
register theirs in modules beside this one; nothing else may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridge.errors import ProgramError
from bridge.program.types import Type

if TYPE_CHECKING:
    from bridge.program.form import Node, Value

Attributes = Mapping[str, Any]
Rule = Callable[[Sequence[Type], Attributes], tuple[Type, ...]]
Kernel = Callable[[Attributes], Callable[..., Any]]
# For each operand None where nothing flows back to it. Operands, result and gradient are values of the current region.
Derivative = Callable[["Node", Sequence["Value"], "Value", "Value"], Sequence["Value | None"]]


@dataclass(frozen=True)
class Op:
    """One operation. `kernel` is None for control flow, which engines interpret themselves.

    One that `refuses` ends the run for some operands, an index that leaves its array: it must not be computed where the
    program would not have computed it.
    """

    name: str
    rule: Rule
    kernel: Kernel | None = None
    refuses: bool = False


_registry: dict[str, Op] = {}
_derivatives: dict[str, Derivative] = {}


def register(name: str, rule: Rule, kernel: Kernel | None = None, *, refuses: bool = False) -> None:
    """Add an operation; a second one of the same name is a mistake."""
    if name in _registry:
        raise ProgramError(f"operation {name!r} is registered twice")
    _registry[name] = Op(name, rule, kernel, refuses)


def differentiate(name: str, derivative: Derivative) -> None:
    """Give a registered operation its derivative, once."""
    if name in _derivatives or operation(name).kernel is None:
        raise ProgramError(f"operation {name!r} has two derivatives, or is control flow")
    _derivatives[name] = derivative


def operation(name: str) -> Op:
    """Look an operation up."""
    if name not in _registry:
        _load()
    try:
        return _registry[name]
    except KeyError:
        raise ProgramError(f"there is no operation {name!r}") from None


def derivative(name: str) -> Derivative | None:
    """The derivative of an operation; None where there is none, and for control flow, which `reverse` takes apart."""
    # Loaded when they are first asked for: most programs are never differentiated.
    from bridge.program import derivatives, shaping_derivatives  # noqa: F401

    return _derivatives.get(name)


def operations() -> Mapping[str, Op]:
    """The whole registry."""
    _load()
    return _registry


def _load() -> None:
    # The families import `register` from here, so they are imported on first use.
    from bridge.program import control, elementwise, linear, shaping  # noqa: F401
