"""How much an evaluation may cost, so that text from a file cannot exhaust the machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.errors import EvaluationLimit
from bridge.limits import current


@dataclass(frozen=True)
class Limits:
    """What one evaluation may spend; what is not given is as `bridge.limits` allows now.

    `steps`: evaluated tree nodes (2 to 5 microseconds each), plus one for every 1000 floating-point operations
    of linear algebra and for every 1000 array elements made (100 in arrays of more than 100,000, which bounds
    the memory that a script can hold). `elements`: elements of one array. `depth`: nesting of
    brackets, blocks and calls. `length`: characters of source text.
    """

    steps: int = field(default_factory=lambda: current().steps)
    elements: int = field(default_factory=lambda: current().elements)
    depth: int = field(default_factory=lambda: current().depth)
    length: int = field(default_factory=lambda: current().length)


class Budget:
    """The running account of one evaluation against its `limits`."""

    __slots__ = ("depth", "left", "limits")

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.left = self.limits.steps
        self.depth = 0

    def spend(self, steps: int = 1) -> None:
        """Take `steps` from the account; `EvaluationLimit` when it is used up."""
        self.left -= steps
        if self.left < 0:
            raise EvaluationLimit(f"evaluation stopped after {self.limits.steps} steps (steps in bridge.allow)")

    def work(self, operations: float) -> None:
        """Account for `operations` floating-point operations before they are done."""
        self.spend(int(min(operations / 1000, 1e18)))

    def allocate(self, shape: Sequence[int]) -> None:
        """Refuse an array of `shape` before it is made if it has too many elements."""
        elements = product = 1
        for length in shape:
            elements *= max(int(length), 0)
            product *= max(int(length), 1)
        # An empty array may have a long side, but numpy wants the product of the others to fit, too.
        if elements > self.limits.elements or product > 2**40:
            size = "x".join(str(length) for length in shape)
            raise EvaluationLimit(f"an array of size {size} has more elements than the limit of {self.limits.elements}")
        if elements > 1000:
            self.spend(elements // (1000 if elements <= 100_000 else 100))

    def enter(self) -> None:
        """Go one level of calls or nesting deeper; pair it with `leave`."""
        self.depth += 1
        if self.depth > self.limits.depth:
            raise EvaluationLimit(f"nested more than {self.limits.depth} levels deep")

    def leave(self) -> None:
        """Come back from `enter`."""
        self.depth -= 1
