"""How a function enters the table: `matlab_function` on it, in a module's own `FUNCTIONS`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridge.errors import MatlabError

if TYPE_CHECKING:
    from bridge.matlab.operators import Operations

Implementation = Callable[..., Any]


class Call:
    """One call: the `name` used, how many values are wanted, and the operations to compute with."""

    __slots__ = ("name", "nargout", "operations")

    def __init__(self, name: str, nargout: int, operations: Operations) -> None:
        self.name = name
        self.nargout = nargout
        self.operations = operations

    def allocate(self, shape: Sequence[int]) -> None:
        """Refuse a result of `shape` before it is made if it is too large."""
        self.operations.budget.allocate(shape)

    def work(self, count: float) -> None:
        """Account for `count` floating-point operations."""
        self.operations.budget.work(count)


@dataclass(frozen=True)
class Function:
    """A function of the table: what runs, and how many arguments it takes (`most` None: any number)."""

    name: str
    run: Implementation
    least: int
    most: int | None

    def check(self, count: int) -> None:
        """`MatlabError` unless `count` arguments are right."""
        if count < self.least or (self.most is not None and count > self.most):
            if self.most is None:
                wanted = f"at least {self.least}"
            elif self.least == self.most:
                wanted = str(self.least)
            else:
                wanted = f"{self.least} to {self.most}"
            raise MatlabError(f"'{self.name}' takes {wanted} argument{'' if wanted == '1' else 's'}, not {count}")


def register(
    functions: dict[str, Function], names: str, least: int, most: int | None
) -> Callable[[Implementation], Implementation]:
    """A decorator that enters an implementation into `functions` under `names`; twice is an error."""

    def enter(run: Implementation) -> Implementation:
        for name in names.split():
            if name in functions:
                raise RuntimeError(f"function '{name}' is registered twice")
            functions[name] = Function(name, run, least, most)
        return run

    return enter
