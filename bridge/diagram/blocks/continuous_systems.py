"""Linear systems in continuous time: state space, transfer functions, zeros and poles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from bridge.diagram.blocks.continuous import Continuous
from bridge.diagram.blocks.history import literal
from bridge.diagram.blocks.state_space import FromMatrices, FromRoots, StateSpace
from bridge.diagram.parameters import Array, Matrix
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import SlotKind, Value
from bridge.program.types import Type


class Flowing(Continuous, StateSpace):
    """A state space whose A x + B u is the derivative."""

    restrictions = "double signals"
    state_kind: ClassVar[SlotKind] = "continuous"

    def check(self, u: Type) -> None:
        self.doubles(u)

    def derivative(self, u: Value) -> Mapping[str, Value]:
        return self.moved(u)


@register("StateSpace")
class ContinuousStateSpace(Flowing, FromMatrices):
    """dx/dt = A x + B u, y = C x + D u (Simulink, *State-Space*)."""


@register("ZeroPole")
class ZeroPole(Flowing, FromRoots):
    """y = Gain (s - z1)(s - z2)… / (s - p1)(s - p2)… u, from rest (Simulink, *Zero-Pole*)."""

    restrictions = "double signals; one output; real coefficients, so complex zeros and poles in pairs"
    Zeros = Array("[1]")
    Poles = Array("[0 -1]")
    Gain = Matrix("[1]")


@register("TransferFcn")
class TransferFcn(Flowing):
    """y = B(s)/A(s) u, from rest, a numerator row for each output (Simulink, *Transfer Fcn*).

    The state is that of MathWorks' generated code: the controllable companion form, the highest derivative first.
    """

    Numerator = Matrix("[1]")
    Denominator = Matrix("[1 2 1]")

    def sizes(self) -> tuple[int, int, int]:
        a, b = self.Denominator, self.Numerator
        if a.type.rank != 2 or 1 not in a.shape or not a.type.size:
            raise self.wrong("Denominator", f"a vector is needed, not {a.type}")
        numbers = literal(a)
        if numbers is not None and numbers.ravel()[0] == 0:
            raise self.wrong("Denominator", "its first coefficient is zero")
        if b.type.rank != 2 or not 0 < b.shape[1] <= a.type.size:
            raise self.wrong("Numerator", f"its order must not be higher than the denominator's ({b.type}, {a.type})")
        return a.type.size - 1, 1, b.shape[0]

    @property
    def feedthrough(self) -> bool:
        states, _, _ = self.sizes()
        numbers = literal(self.Numerator)
        # A leading zero that is written out makes the system strictly proper; a variable may become anything.
        return self.Numerator.shape[1] > states and (numbers is None or bool(np.any(numbers[:, 0] != 0)))

    def _coefficients(self) -> tuple[Value, Value]:
        """Denominator (1, n) and numerators (outputs, n), divided by the first coefficient of the denominator."""
        states, _, rows = self.sizes()
        a = t.column_major(self.Denominator, (1, states + 1))
        lead, b = t.cut(a, (0, 1), (0, 1)), self.Numerator
        if (missing := states + 1 - b.shape[1]) > 0:
            b = t.concat([t.zeros(Type((rows, missing), b.dtype)), b], axis=1)
        return t.cut(a, (0, 1), (1, states + 1)) / lead, b / lead

    def output(self, u: Value) -> Value:
        states, _, rows = self.sizes()
        a, b = self._coefficients()
        D = t.cut(b, (0, rows), (0, 1))
        C = t.cut(b, (0, rows), (1, states + 1))
        parts = [(C - D * a if self.feedthrough else C) @ self.state("x")] if states else []
        if self.feedthrough:
            parts.append(D @ t.reshape(u, (1,)))
        y = parts[0] if len(parts) == 1 else parts[0] + parts[1]
        return t.reshape(y, () if rows == 1 else (rows,))

    def moved(self, u: Value) -> Mapping[str, Value]:
        states, _, _ = self.sizes()
        if not states:
            return {}
        x = self.state("x")
        a, _ = self._coefficients()
        highest = t.reshape(u, (1,)) - a @ x
        return {"x": highest if states == 1 else t.concat([highest, t.cut(x, (0, states - 1))])}

    def start(self) -> Value:
        return t.constant(0.0)
