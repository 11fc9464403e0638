"""Sources without a pattern over time: constants, root inports, clocks, steps and ramps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from bridge.diagram.block import Block, Results, as_parameter
from bridge.diagram.parameters import Array, DataTypeName, Flag, Matrix, SampleTime
from bridge.diagram.registry import register
from bridge.program import form
from bridge.program import trace as t
from bridge.program.types import DOUBLE, DType, Type

CONTINUOUS = (0.0, 0.0)
CONSTANT = (math.inf, 0.0)


class Source(Block):
    """A block without inputs. Its vector parameters are 1-D signals, unless VectorParams1D is off."""

    inputs: ClassVar[int | None] = 0
    VectorParams1D = Flag("on")

    def signal(self, parameter: form.Value) -> form.Value:
        """A matrix parameter as the signal that it makes: a scalar, a vector or a matrix."""
        size = parameter.type.size
        if size == 1:
            return t.column_major(parameter, ())
        if self.VectorParams1D and parameter.type.rank == 2 and 1 in parameter.shape:
            return t.column_major(parameter, (size,))
        return parameter

    def signals(self, *parameters: form.Value) -> list[form.Value]:
        """Parameters as double signals of one shape: scalars spread."""
        return self.aligned(*(as_parameter(self.signal(parameter), DOUBLE) for parameter in parameters))


@register("Constant")
class Constant(Source):
    """y = Value (Simulink, *Constant*)."""

    Value = Matrix("1")
    OutDataTypeStr = DataTypeName("Inherit: Inherit from 'Constant value'")
    SampleTime = SampleTime("inf")

    def output(self) -> Results:
        y = self.signal(self.Value)
        dtype = self.OutDataTypeStr if isinstance(self.OutDataTypeStr, DType) else self.site.demanded
        return y if dtype is None else as_parameter(y, dtype)


@register("Ground")
class Ground(Block):
    """y = 0 (Simulink, *Ground*)."""

    inputs = 0

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return CONSTANT

    def output(self) -> Results:
        return t.zeros(Type((), DOUBLE))


@register("Inport")
class Inport(Block):
    """A root Inport: what the caller feeds in. Without data it is zero (Simulink, *Inport*)."""

    inputs = 0
    PortDimensions = Array("-1")
    OutDataTypeStr = DataTypeName("Inherit: auto")
    SampleTime = SampleTime("-1")

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        given = self.site.external
        dtype = self.OutDataTypeStr if isinstance(self.OutDataTypeStr, DType) else (given or Type((), DOUBLE)).dtype
        sizes = tuple(int(size) for size in np.atleast_1d(self.PortDimensions).ravel())
        if sizes == (-1,):
            return [Type(given.shape if given else (), dtype)]
        shape = () if sizes == (1,) else sizes
        if given is not None and given.shape != shape:
            said = f"its PortDimensions say {shape or 1}"
            raise self.misshapen(f"the data given for it has size {given.shape or 1}, {said}")
        return [Type(shape, dtype)]

    def output(self) -> Results:
        (type,) = self.infer(())
        assert type is not None
        return self.site.feed(type)


@register("Clock")
class Clock(Block):
    """y = t in seconds (Simulink, *Clock*)."""

    inputs = 0

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return CONTINUOUS

    def output(self) -> Results:
        return self.site.time


@register("DigitalClock")
class DigitalClock(Block):
    """y = t at the sample hits, held between them (Simulink, *Digital Clock*)."""

    inputs = 0
    SampleTime = SampleTime("1")

    def output(self) -> Results:
        return self.site.time


@register("Step")
class Step(Source):
    """y = Before while t < Time, then After (Simulink, *Step*)."""

    Time = Matrix("1")
    Before = Matrix("0")
    After = Matrix("1")
    SampleTime = SampleTime("0")

    def output(self) -> Results:
        at, before, after = self.signals(self.Time, self.Before, self.After)
        return t.where(self.site.time < at, before, after)


@register("simulink/Sources/Ramp")
class Ramp(Source):
    """y = InitialOutput before `start`, then slope (t - start) + InitialOutput (Simulink, *Ramp*)."""

    slope = Matrix("1")
    start = Matrix("0")
    InitialOutput = Matrix("0")
    X0 = Matrix("0")  # as older files call the initial output

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return CONTINUOUS

    def output(self) -> Results:
        newer = self.site.text("InitialOutput", "")
        slope, start, first = self.signals(self.slope, self.start, self.InitialOutput if newer else self.X0)
        # The library block multiplies a step by the time that has passed since.
        rate = t.where(self.site.time < start, 0.0, slope)
        return rate * (self.site.time - start) + first
