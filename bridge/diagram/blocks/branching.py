"""Blocks that call subsystems: If, Switch Case, Function-Call Generator, Function-Call Split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.block import Block
from bridge.diagram.blocks.logic import COMPARISONS, compare, truth
from bridge.diagram.conditions import Cases, Question, Questions, input_number
from bridge.diagram.parameters import Flag, Integer, SampleTime
from bridge.diagram.registry import register
from bridge.matlab import tree
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, Type


class Calling(Block):
    """A block whose outputs are calls."""

    inputs: ClassVar[int | None] = None
    outputs: ClassVar[int | None] = None
    calls = True
    momentary = True
    SampleTime = SampleTime("-1")

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        return [Type((), BOOLEAN)] * self.count_ports()[1]


def first_of(conditions: Sequence[Value], otherwise: bool) -> list[Value]:
    """Which condition is the first that holds: each but the first only where none before does, and at last none."""
    chosen, none = list(conditions[:1]), ~conditions[0]
    for condition in conditions[1:]:
        chosen.append(none & condition)
        none = none & ~condition
    return [*chosen, none] if otherwise else chosen


@register("If")
class If(Calling):
    """Calls the first output whose expression of u1, u2, … is true, else the last one (Simulink, *If*)."""

    restrictions = "conditions of comparisons, &, |, ~, signs, elements of inputs, and what the workspace has"
    NumInputs = Integer("1")
    IfExpression = Questions("u1 > 0")
    ElseIfExpressions = Questions("")
    ShowElse = Flag("on")

    def count_ports(self) -> tuple[int, int]:
        if len(self.IfExpression) != 1:
            raise self.wrong("IfExpression", "one condition is needed")
        return self.NumInputs, 1 + len(self.ElseIfExpressions) + self.ShowElse

    def output(self, *u: Value) -> Sequence[Value]:
        questions = [*self.IfExpression, *self.ElseIfExpressions]
        return first_of([self._answer(question, u) for question in questions], self.ShowElse)

    def _answer(self, question: Question, u: Sequence[Value]) -> Value:
        try:
            return t.reduce("all", truth(self._value(question, question.expression, u)))
        except RecursionError:
            raise self.wrong(question.parameter, "it is nested too deeply") from None

    def _value(self, question: Question, node: tree.Expression, u: Sequence[Value]) -> Value:
        """A condition, or a part of it; all the elements of a vector must fulfil it."""
        if not question.reads(node):
            return self.site.evaluated(question.parameter, node)
        match node:
            case tree.Name(name=name):
                return self._input(question, name, u)
            case tree.Access(name=name, accessors=(tree.Parentheses(arguments=indices),)) if input_number(name):
                return self._element(question, self._input(question, name, u), indices)
            case tree.Unary(operator="~", operand=operand):
                return ~truth(self._value(question, operand, u))
            case tree.Unary(operator=sign, operand=operand):
                value = self._value(question, operand, u)
                return a.negate(value) if sign == "-" else value
            case tree.Binary(operator=operator, left=left, right=right) if operator in COMPARISONS:
                return compare(self, operator, self._value(question, left, u), self._value(question, right, u))
            case (
                tree.Binary(operator=operator, left=left, right=right)
                | tree.ShortCircuit(operator=operator, left=left, right=right)
            ) if operator[0] in "&|":
                x, y = self.aligned(truth(self._value(question, left, u)), truth(self._value(question, right, u)))
                return x & y if operator[0] == "&" else x | y
        raise self.wrong(question.parameter, f"{_said(node)} of an input is not supported")

    def _input(self, question: Question, name: str, u: Sequence[Value]) -> Value:
        number = input_number(name)
        if number is None or number > len(u):
            raise self.wrong(question.parameter, f"there is no input {name}; NumInputs is {len(u)}")
        return u[number - 1]

    def _element(self, question: Question, x: Value, indices: Sequence[tree.Expression]) -> Value:
        """``u1(2)`` and ``u1(1, 2)``, by numbers alone."""
        given = [node.value if isinstance(node, tree.Number) else 0 for node in indices]
        places = [int(number) if isinstance(number, int | float) and number % 1 == 0 else 0 for number in given]
        flat = t.column_major(x, (x.type.size,))
        shape = x.shape if len(places) == x.type.rank else (x.type.size,)
        if len(places) != len(shape) or not all(1 <= k <= size for k, size in zip(places, shape, strict=True)):
            raise self.wrong(question.parameter, f"an input of size {x.type} has no such element")
        place = int(np.ravel_multi_index([k - 1 for k in places], shape, order="F"))
        return t.reshape(t.cut(flat, (place, place + 1)), ())


def _said(node: tree.Expression) -> str:
    return f"the operator {node.operator}" if isinstance(node, tree.Unary | tree.Binary) else type(node).__name__


@register("SwitchCase")
class SwitchCase(Calling):
    """Calls the output whose case holds the integer part of the input, else the default (Simulink, *Switch Case*)."""

    restrictions = "no enumerations"
    CaseConditions = Cases("{1}")
    ShowDefaultCase = Flag("on")

    def count_ports(self) -> tuple[int, int]:
        return 1, len(self.CaseConditions) + self.ShowDefaultCase

    def output(self, u: Value) -> Sequence[Value]:
        if u.type.size != 1 or u.dtype.kind not in ("float", "int"):
            raise self.mistyped(f"one real number chooses the case, not {u.type}")
        x = t.trunc(t.reshape(u, ())) if u.dtype.is_float else t.reshape(u, ())
        return first_of([self._among(x, case) for case in self.CaseConditions], self.ShowDefaultCase)

    @staticmethod
    def _among(x: Value, case: NDArray[Any]) -> Value:
        """Whether `x` is one of the numbers; those that its data type does not have it never is."""
        found = t.constant(False, BOOLEAN)
        for number in case:
            if x.dtype.is_float or x.dtype.limits[0] <= number <= x.dtype.limits[1]:
                found = found | t.equal(x, float(number) if x.dtype.is_float else int(number))
        return found


@register("simulink/Ports & Subsystems/Function-Call Generator")
class FunctionCallGenerator(Calling):
    """Calls a function-call subsystem at its sample time (Simulink, *Function-Call Generator*)."""

    inputs = 0
    outputs = 1
    restrictions = "one call in a step"
    # So the file names it.
    sample_time = SampleTime("1")
    numberOfIterations = Integer("1")

    def output(self) -> Value:
        if self.numberOfIterations != 1:
            raise self.unsupported(f"numberOfIterations = {self.numberOfIterations}")
        return t.true()


@register("FunctionCallSplit")
class FunctionCallSplit(Calling):
    """Passes a call on to several subsystems, in the order of its ports (Simulink, *Function-Call Split*)."""

    inputs = 1
    splits_calls = True
    every_step = True
    NumOutputPorts = Integer("2")

    def count_ports(self) -> tuple[int, int]:
        return 1, self.NumOutputPorts

    def output(self, call: Value) -> Sequence[Value]:
        if call.dtype != BOOLEAN:
            raise self.mistyped("a call must come in, as of a Function-Call Generator block")
        return [call] * self.NumOutputPorts
