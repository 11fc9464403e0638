"""Sinks: root outports, workspace variables, files, displays."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.diagram.block import Block
from bridge.diagram.parameters import Choice, DataTypeName, Flag, Integer, SampleTime, Scalar, Text
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Output, Value
from bridge.program.types import BOOLEAN, DType, Type


@register("Outport")
class Outport(Block):
    """A root Outport: recorded under the block's name (Simulink, *Outport*)."""

    outputs = 0
    records = True
    OutDataTypeStr = DataTypeName("Inherit: auto")
    SampleTime = SampleTime("-1")

    def demand(self, port: int, inputs: Sequence[Type | None]) -> DType | None:
        return self.OutDataTypeStr if isinstance(self.OutDataTypeStr, DType) else None

    def record(self, u: Value) -> Sequence[Output]:
        return [Output(self.site.source.name.replace("\n", " "), u, "outport")]


class Storing(Block):
    """What sinks share that keep samples: every `Decimation`-th of them."""

    outputs = 0
    records = True
    SampleTime = SampleTime("-1")
    Decimation = Integer("1")

    def decimation(self) -> int:
        """Every how many samples one is kept."""
        if self.Decimation < 1:
            raise self.wrong("Decimation", f"{self.Decimation} is no number of samples from 1 on")
        return self.Decimation


@register("ToWorkspace")
class ToWorkspace(Storing):
    """Writes the signal to a workspace variable (Simulink, *To Workspace*).

    The last MaxDataPoints samples are kept. What MATLAB would find in the variable is up to SaveFormat and
    Save2DSignal, which travel along in the output's options.
    """

    VariableName = Text("simout")
    MaxDataPoints = Scalar("inf")
    SaveFormat = Choice("Timeseries", "Structure With Time", "Structure", "Array", "StructureWithTime", "Matrix")
    Save2DSignal = Text("3-D array (concatenate along third dimension)")

    def record(self, u: Value) -> Sequence[Output]:
        if not self.MaxDataPoints >= 1:
            raise self.wrong("MaxDataPoints", f"{self.MaxDataPoints:g} is no number of samples from 1 on")
        older = {"StructureWithTime": "Structure With Time", "Matrix": "Array"}
        options = {
            "format": older.get(self.SaveFormat, self.SaveFormat),
            "matrices": self.Save2DSignal,
            "limit": self.MaxDataPoints,
            "decimation": self.decimation(),
        }
        return [Output(self.VariableName.strip(), u, "workspace", None, options)]


@register("ToFile")
class ToFile(Storing):
    """Records the signal under the variable's name; no file is written (Simulink, *To File*)."""

    Filename = Text("untitled.mat")
    MatrixName = Text("ans")
    SaveFormat = Choice("Timeseries", "Array")

    def record(self, u: Value) -> Sequence[Output]:
        options = {"format": self.SaveFormat, "file": self.Filename, "decimation": self.decimation()}
        return [Output(self.MatrixName.strip(), u, "workspace", None, options)]


@register("Terminator")
class Terminator(Block):
    """Takes a signal that nobody needs (Simulink, *Terminator*)."""

    outputs = 0


@register("Scope", "Display", "FloatingScope", "simulink/Sinks/XY Graph", "simulink/Sinks/Floating Scope")
class Scope(Block):
    """Shows signals; it computes nothing (Simulink, *Scope*, *Display*)."""

    inputs = None
    outputs = 0
    restrictions = "nothing is saved to the workspace"


@register("Stop")
class Stop(Block):
    """Ends the simulation after the step in which an element of its input is not zero (Simulink, *Stop Simulation*)."""

    outputs = 0
    records = True
    restrictions = "a `Simulator` that is stepped by hand only shows it, as an output of the block's path"

    def record(self, u: Value) -> Sequence[Output]:
        nonzero = u if u.dtype == BOOLEAN else t.not_equal(u, 0)
        return [Output(self.path, t.reduce("any", nonzero), "stop")]


@register("Assertion")
class Assertion(Block):
    """Takes a signal that should not become zero (Simulink, *Assertion*)."""

    outputs = 0
    restrictions = "an assertion that fails neither warns nor ends the simulation"
    Enabled = Flag("on")
