"""Discrete transfer functions and filters, in direct form II and the order of MathWorks' generated code::

w[n] = (u[n] - a1 w[n-1] - a2 w[n-2] - …) / a0
y[n] = b0 w[n] + b1 w[n-1] + …
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np

from bridge.diagram.block import Block, State, as_parameter
from bridge.diagram.blocks.history import literal, refuse_frames
from bridge.diagram.parameters import Choice, Flag, Matrix, SampleTime, Text, Tunable
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DOUBLE, Shape, Type


class LinearFilter(Block):
    """A filter of every element of its input. The state holds w[n-1], w[n-2], … along axis 0."""

    restrictions = "floating-point signals; coefficients from the dialog; frames of one row only; no external reset"
    InitialStates = Tunable("0")
    InitialStatesSource = Choice("Dialog")
    ExternalReset = Choice("None")
    ShowEnablePort = Flag("off")
    InputProcessing = Text("Elements as channels (sample based)")
    SampleTime = SampleTime("-1")

    # What a kind says of its coefficients ------------------------------------------------------------------------

    @property
    def b(self) -> Value:
        """The numerator, one row for each output."""
        raise NotImplementedError

    @property
    def a(self) -> Value | None:
        """The denominator, a vector; None stands for 1."""
        return None

    @property
    def lead(self) -> int:
        """How many powers of z the numerator is shorter than the denominator."""
        return 0

    @property
    def count(self) -> int:
        """The number of states of each channel."""
        return self.b.shape[1] - 1

    # What follows from them --------------------------------------------------------------------------------------

    @property
    def feedthrough(self) -> bool:
        numbers = literal(self.b)
        # A leading zero that is written out makes the system strictly proper; a variable may become anything.
        return self.lead == 0 and (numbers is None or bool(np.any(numbers[:, 0] != 0)))

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        (u,) = inputs
        if u is None:
            return [None]
        refuse_frames(self, self.InputProcessing, u)
        if not u.dtype.is_float:
            raise self.mistyped(f"an input of type {u.dtype} is not supported, only double and single")
        rows = self.b.shape[0]
        if rows > 1 and u.size != 1:
            raise self.misshapen(f"a numerator with {rows} rows takes a scalar input, not {u}")
        return [u if rows == 1 else u.with_shape((rows,))]

    def assume(self) -> Sequence[Type | None]:
        rows = self.b.shape[0]
        return [Type((rows,) if rows > 1 else (), DOUBLE)]

    def states(self, u: Type) -> Mapping[str, State]:
        if self.ShowEnablePort:
            raise self.unsupported("ShowEnablePort = on")
        if not self.count:
            return {}
        channels = u.shape if self.b.shape[0] == 1 else ()
        return {"x": State(self._first(channels), like=Type((self.count, *channels), u.dtype))}

    def _first(self, channels: Shape) -> Value:
        """One number, one for each delay, or in MATLAB's layout one for each delay and channel."""
        given = self.InitialStates
        width = Type(channels, DOUBLE).size
        if given.type.size == self.count and width > 1:
            rows = t.reshape(given, (self.count, *(1 for _ in channels)))
            return t.broadcast(rows, (self.count, *channels))
        if given.type.size not in (1, self.count * width):
            needed = f"{self.count} numbers for each of {width} channels"
            raise self.wrong("InitialStates", f"{needed} are needed, not {given.type}")
        return given if given.type.size == 1 else t.column_major(given, (self.count, *channels))

    def _past(self) -> list[Value]:
        if not self.count:
            return []
        x = self.state("x")
        return [t.reshape(t.cut(x, (k, k + 1)), x.shape[1:]) for k in range(self.count)]

    def _newest(self, u: Value, past: Sequence[Value]) -> Value:
        """w[n]."""
        if self.a is None:
            return u
        size = self.a.type.size
        a = as_parameter(t.column_major(self.a, (size,)), u.dtype)
        coefficients = [t.reshape(t.cut(a, (k, k + 1)), ()) for k in range(size)]
        terms = [c * w for c, w in zip(coefficients[1:], past, strict=False)]
        return reduce(lambda rest, term: rest - term, terms, u) / coefficients[0]

    def output(self, u: Value) -> Value:
        past = self._past()
        rows, columns = self.b.shape
        single = rows > 1
        by_age = {age + 1: w for age, w in enumerate(past)}
        if self.feedthrough:
            by_age = {0: self._newest(t.reshape(u, ()) if single else u, past), **by_age}
        used = {age - self.lead: w for age, w in by_age.items() if 0 <= age - self.lead < columns}
        outputs = [self._weighted(row, used, u) for row in range(rows)]
        return t.concat([t.reshape(y, (1,)) for y in outputs]) if single else outputs[0]

    def _weighted(self, row: int, samples: Mapping[int, Value], u: Value) -> Value:
        b = as_parameter(self.b, u.dtype)
        terms = [t.reshape(t.cut(b, (row, row + 1), (k, k + 1)), ()) * w for k, w in samples.items()]
        return reduce(lambda total, term: total + term, terms) if terms else t.zeros(u.type)

    def update(self, u: Value) -> Mapping[str, Value]:
        past = self._past()
        if not past:
            return {}
        x = self.state("x")
        newest = t.reshape(self._newest(t.reshape(u, x.shape[1:]), past), (1, *x.shape[1:]))
        return {"x": newest if len(past) == 1 else t.concat([newest, t.cut(x, (0, len(past) - 1))])}


def _row(block: Block, name: str, value: Value) -> Value:
    """A coefficient matrix that has at least one column."""
    if value.type.rank != 2 or not value.type.size:
        raise block.wrong(name, f"coefficients are needed, not {value.type}")
    return value


class Fraction(LinearFilter):
    """What the blocks with a numerator and a denominator share."""

    Numerator = Matrix("[1]")
    Denominator = Matrix("[1 0.5]")
    NumeratorSource = Choice("Dialog")
    DenominatorSource = Choice("Dialog")
    InitialDenominatorStates = Tunable("0")
    FilterStructure = Choice("Direct form II")

    @property
    def b(self) -> Value:
        return _row(self, "Numerator", self.Numerator)

    @property
    def a(self) -> Value:
        a = _row(self, "Denominator", self.Denominator)
        if 1 not in a.shape:
            raise self.wrong("Denominator", f"a vector is needed, not {a.type}")
        return a


@register("DiscreteTransferFcn")
class DiscreteTransferFcn(Fraction):
    """y = B(z)/A(z) u, coefficients from the highest power of z on (Simulink, *Discrete Transfer Fcn*)."""

    @property
    def lead(self) -> int:
        lead = self.a.type.size - self.b.shape[1]
        if lead < 0:
            raise self.wrong("Numerator", f"its order is higher than the denominator's ({self.b.type}, {self.a.type})")
        return lead

    @property
    def count(self) -> int:
        return self.a.type.size - 1


@register("DiscreteFilter")
class DiscreteFilter(Fraction):
    """y = B(z^-1)/A(z^-1) u, coefficients from z^0 on (Simulink, *Discrete Filter*)."""

    @property
    def count(self) -> int:
        return max(self.a.type.size, self.b.shape[1]) - 1


@register("DiscreteFir")
class DiscreteFir(LinearFilter):
    """y[n] = b0 u[n] + b1 u[n-1] + … (Simulink, *Discrete FIR Filter*)."""

    CoefSource = Choice("Dialog parameters")
    Coefficients = Matrix("[0.5 0.5]")
    FilterStructure = Choice("Direct form", "Direct form symmetric", "Direct form antisymmetric")

    @property
    def b(self) -> Value:
        return _row(self, "Coefficients", self.Coefficients)
