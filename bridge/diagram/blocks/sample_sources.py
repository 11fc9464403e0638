"""Sources that put out stored samples one after the other, whatever the time."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.diagram.block import Block, Results, State
from bridge.diagram.parameters import Choice, Integer, Matrix, SampleTime
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import INT64


@register("dspsrcs4/Signal From Workspace")
class SignalFromWorkspace(Block):
    """Sample k of X at the k-th hit: of a vector its elements, of a matrix its rows (*Signal From Workspace*)."""

    inputs = 0
    restrictions = "one sample per frame; X with at most two dimensions"
    X = Matrix("(1:10).'")
    Ts = SampleTime("1")
    nsamps = Integer("1")
    OutputAfterFinalValue = Choice("Setting to zero", "Holding final value", "Cyclic repetition")

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return self.Ts

    def states(self) -> Mapping[str, State]:
        if self.nsamps != 1:
            raise self.unsupported(f"nsamps = {self.nsamps}")
        return {"count": State(t.constant(0, INT64))}

    def _samples(self) -> Value:
        """One sample along axis 0."""
        x = self.X
        if x.type.rank > 2 or not x.type.size:
            raise self.wrong("X", f"a vector or a matrix of samples is needed, not {'x'.join(map(str, x.shape))}")
        if 1 in x.shape:
            return t.column_major(x, (x.type.size,))
        return t.reshape(x, (x.shape[0], 1, x.shape[1]))

    def output(self) -> Results:
        samples, count = self._samples(), self.state("count")
        length = samples.shape[0]
        if self.OutputAfterFinalValue == "Setting to zero":
            samples = t.concat([samples, t.zeros(samples.type.with_shape((1, *samples.shape[1:])))])
            return t.gather(samples, count)
        return t.gather(samples, t.where(count >= length, length - 1, count))

    def update(self) -> Mapping[str, Value]:
        length, count = self._samples().shape[0], self.state("count")
        if self.OutputAfterFinalValue == "Cyclic repetition":
            return {"count": t.where(count >= length - 1, 0, count + 1)}
        return {"count": t.where(count >= length, length, count + 1)}
