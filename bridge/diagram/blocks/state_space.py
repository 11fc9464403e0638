"""Linear systems in state space, in discrete and continuous time: from matrices, and from zeros and poles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.block import Block, State, as_parameter
from bridge.diagram.blocks.history import Renamed
from bridge.diagram.parameters import Array, Matrix
from bridge.program import trace as t
from bridge.program.form import SlotKind, Value
from bridge.program.types import DOUBLE, Type


class StateSpace(Block):
    """y = C x + D u, and what A x + B u is to the state the kinds say: the next one, or the derivative."""

    restrictions = "floating-point signals"
    state_kind: ClassVar[SlotKind] = "discrete"

    def system(self) -> tuple[Value, Value, Value, Value]:
        """A, B, C and D."""
        raise NotImplementedError

    def sizes(self) -> tuple[int, int, int]:
        """States, inputs and outputs."""
        raise NotImplementedError

    def start(self) -> Value:
        """The initial state."""
        raise NotImplementedError

    def check(self, u: Type) -> None:
        """Refuse inputs of a data type that does not fit."""
        if not u.dtype.is_float:
            raise self.mistyped(f"an input of type {u.dtype} is not supported, only double and single")

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        (u,) = inputs
        _, columns, rows = self.sizes()
        if u is None:
            return [None]
        self.check(u)
        if u.size != columns:
            raise self.misshapen(f"B has {columns} columns for an input of {u.size} elements")
        return [u.with_shape(() if rows == 1 else (rows,))]

    def assume(self) -> Sequence[Type | None]:
        rows = self.sizes()[2]
        return [Type(() if rows == 1 else (rows,), DOUBLE)]

    def states(self, u: Type) -> Mapping[str, State]:
        count = self.sizes()[0]
        return {"x": State(self.start(), like=u.with_shape((count,)), kind=self.state_kind)} if count else {}

    def output(self, u: Value) -> Value:
        _, columns, rows = self.sizes()
        _, _, C, D = (as_parameter(matrix, u.dtype) for matrix in self.system())
        parts = [C @ self.state("x")] if self.sizes()[0] else []
        if self.feedthrough:
            parts.append(D @ t.column_major(u, (columns,)))
        y = parts[0] if len(parts) == 1 else parts[0] + parts[1]
        return t.reshape(y, () if rows == 1 else (rows,))

    def moved(self, u: Value) -> Mapping[str, Value]:
        """A x + B u."""
        count, columns, _ = self.sizes()
        if not count:
            return {}
        A, B, _, _ = (as_parameter(matrix, u.dtype) for matrix in self.system())
        return {"x": A @ self.state("x") + B @ t.column_major(u, (columns,))}


class FromMatrices(StateSpace):
    """A, B, C and D as they stand in the dialog."""

    A = Matrix("1")
    B = Matrix("1")
    C = Matrix("1")
    D = Matrix("1")
    InitialCondition = Renamed("0", old="X0")

    def sizes(self) -> tuple[int, int, int]:
        shapes = {name: getattr(self, name).shape for name in "ABCD"}
        (rows, columns), states = shapes["D"], shapes["A"][0]
        expected = {"A": (states, states), "B": (states, columns), "C": (rows, states)}
        for name, shape in expected.items():
            if shapes[name] != shape:
                raise self.wrong(name, f"{'x'.join(map(str, shapes[name]))} does not fit A, B, C and D of {expected}")
        return states, columns, rows

    @property
    def feedthrough(self) -> bool:
        # Whether D vanishes decides about loops, so its zeros belong to the diagram's structure.
        return bool(np.any(self.site.array("D", type(self).D.text(self)) != 0)) or not self.sizes()[0]

    def system(self) -> tuple[Value, Value, Value, Value]:
        return self.A, self.B, self.C, self.D

    def start(self) -> Value:
        return self.InitialCondition


class FromRoots(StateSpace):
    """Gain (s - z1)(s - z2)… / (s - p1)(s - p2)…, from rest, in the controllable companion form."""

    restrictions = "floating-point signals; one output; real coefficients, so complex zeros and poles in pairs"
    Zeros = Array("[1]")
    Poles = Array("[0 0.5]")
    Gain = Matrix("1")

    def _polynomials(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Numerator, padded in front to the length of the denominator, and denominator, both monic."""
        found = []
        for name, roots in (("Zeros", self.Zeros), ("Poles", self.Poles)):
            if roots.ndim > 2 or (roots.size and 1 not in roots.shape):
                raise self.unsupported(f"a matrix for {name}")
            polynomial = np.atleast_1d(np.poly(roots.ravel()))
            if np.iscomplexobj(polynomial):
                raise self.wrong(name, "complex numbers must come in conjugate pairs")
            found.append(polynomial.astype(float))
        b, a = found
        if b.size > a.size:
            raise self.wrong("Zeros", f"{b.size - 1} zeros need at least as many poles, not {a.size - 1}")
        return np.concatenate([np.zeros(a.size - b.size), b]), a

    def sizes(self) -> tuple[int, int, int]:
        if self.Gain.type.size != 1:
            raise self.unsupported("a Gain of more than one number")
        return self._polynomials()[1].size - 1, 1, 1

    @property
    def feedthrough(self) -> bool:
        return bool(self._polynomials()[0][0] != 0)

    def system(self) -> tuple[Value, Value, Value, Value]:
        """The controllable companion form; the gain multiplies the output."""
        b, a = self._polynomials()
        count = a.size - 1
        A = np.zeros((count, count))
        A[:1] = -a[1:]
        A[1:, :-1] = np.eye(max(count - 1, 0), max(count - 1, 0))
        B = np.eye(count, 1)
        C = (b[1:] - b[0] * a[1:])[None, :]
        gain = t.column_major(self.Gain, ())
        return t.constant(A), t.constant(B), gain * t.constant(C), gain * t.constant(b[:1, None])

    def start(self) -> Value:
        return t.constant(0.0)
