"""The closed registry of operations: for each its type rule, and its meaning as a numpy function.

`rule(types, attributes)` gives the types of the outputs or raises `ProgramError`; `kernel(attributes)` gives a
function of arrays, the definition that every engine is held against. Families register theirs in modules beside this
one; nothing else may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.errors import ProgramError
from bridge.program.types import Type

Attributes = Mapping[str, Any]
Rule = Callable[[Sequence[Type], Attributes], tuple[Type, ...]]
Kernel = Callable[[Attributes], Callable[..., Any]]


@dataclass(frozen=True)
class Op:
    """One operation. `kernel` is None for control flow, which engines interpret themselves."""

    name: str
    rule: Rule
    kernel: Kernel | None = None


_registry: dict[str, Op] = {}


def register(name: str, rule: Rule, kernel: Kernel | None = None) -> None:
    """Add an operation; a second one of the same name is a mistake."""
    if name in _registry:
        raise ProgramError(f"operation {name!r} is registered twice")
    _registry[name] = Op(name, rule, kernel)


def operation(name: str) -> Op:
    """Look an operation up."""
    _load()
    try:
        return _registry[name]
    except KeyError:
        raise ProgramError(f"there is no operation {name!r}") from None


def operations() -> Mapping[str, Op]:
    """The whole registry."""
    _load()
    return _registry


def _load() -> None:
    # The families import `register` from here, so they are imported on first use.
    from bridge.program import control, elementwise, linear, shaping  # noqa: F401
