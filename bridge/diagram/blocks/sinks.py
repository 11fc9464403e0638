"""Sinks: root outports, workspace variables, displays."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.diagram.block import Block
from bridge.diagram.parameters import Choice, Integer, SampleTime, Scalar, Text
from bridge.diagram.registry import register
from bridge.program.form import Output, Value


@register("Outport")
class Outport(Block):
    """A root Outport: recorded under the block's name (Simulink, *Outport*)."""

    outputs = 0
    records = True
    SampleTime = SampleTime("-1")

    def record(self, u: Value) -> Sequence[Output]:
        return [Output(self.site.source.name.replace("\n", " "), u, "outport")]


@register("ToWorkspace")
class ToWorkspace(Block):
    """Writes the signal to a workspace variable (Simulink, *To Workspace*)."""

    outputs = 0
    records = True
    VariableName = Text("simout")
    SampleTime = SampleTime("-1")
    MaxDataPoints = Scalar("inf")
    Decimation = Integer("1")
    SaveFormat = Choice("Timeseries", "Structure With Time", "Structure", "Array", "StructureWithTime")

    def record(self, u: Value) -> Sequence[Output]:
        options = {"format": self.SaveFormat, "limit": self.MaxDataPoints, "decimation": self.Decimation}
        return [Output(self.VariableName.strip(), u, "workspace", None, options)]


@register("Terminator")
class Terminator(Block):
    """Takes a signal that nobody needs (Simulink, *Terminator*)."""

    outputs = 0


@register("Scope", "Display", "FloatingScope")
class Scope(Block):
    """Shows signals; it computes nothing (Simulink, *Scope*, *Display*)."""

    inputs = None
    outputs = 0
