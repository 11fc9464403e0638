"""Merge: several subsystems that run in turn write one signal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.diagram.block import Block, State
from bridge.diagram.graph import Exit
from bridge.diagram.parameters import Choice, Integer, Tunable
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import Type


@register("Merge")
class Merge(Block):
    """The signal that a subsystem wrote last; one that does not run in a step writes nothing (Simulink, *Merge*).

    After the signals come booleans that tell of each whether it is written in this step, unless it always is. Both are
    in the order of execution: of several that are written in one step the last one counts.
    """

    inputs = None
    every_step = True
    minor = True
    restrictions = "inputs of equal size, without offsets"
    Inputs = Integer("2")
    InitialOutput = Tunable("[]")
    AllowUnequalInputPortWidths = Choice("off")
    #: Of each signal, whether an input tells when it is written; the others are in every step. Set by `merges`.
    told: Sequence[bool] = ()
    #: The Outports from which it takes its initial output if it has none, the last that has one. Set by `merges`.
    sources: Sequence[Exit] = ()

    def count_ports(self) -> tuple[int, int]:
        return self.Inputs, 1

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        known = [type for type in inputs[: len(self.told)] if type is not None]
        if len(set(known)) > 1:
            raise self.misshapen("the inputs must have one size and one data type")
        return known[:1] or [None]

    def states(self, *inputs: Type) -> Mapping[str, State]:
        if self.InitialOutput.type.size:
            return {"x": State(self.InitialOutput, like=inputs[0], kind="held output")}
        told = [initial for leave in self.sources if (initial := leave.initial(inputs[0])) is not None]
        return {"x": State(told[-1] if told else t.zeros(inputs[0]), kind="held output")}

    def output(self, *inputs: Value) -> Value:
        y = self.state("x")
        written = iter(inputs[len(self.told) :])
        for signal, told in zip(inputs, self.told, strict=False):
            y = t.where(next(written), signal, y) if told else signal
        return y

    def update(self, *inputs: Value) -> Mapping[str, Value]:
        return {"x": self.output(*inputs)}
