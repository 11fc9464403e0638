"""What recorded outputs of a shallow network are claimed to be: a call of it, and what a script did around the call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.cases.net_candidates import Recorded
from bridge.cases.net_matching import Match, match
from bridge.cases.net_scalings import Scaling
from bridge.cases.net_search import Claim
from bridge.matlab.values import Cell
from bridge.network import Processing, ShallowInput, ShallowLayer, ShallowNetwork, ShallowOutput, Weight
from bridge.prediction import predict

Array = npt.NDArray[Any]
TOLERANCE = 1e-9
"""Of the recorded values' range: both sides compute in double precision."""
_ROUNDING = 16 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Call:
    """One call of the network: arguments, MATLAB's expression of them, and how much was done to the arrays."""

    expression: str
    u: Any
    steps: int
    state: Any = None
    changes: int = 0

    @property
    def names(self) -> set[str]:
        """The variables in the expression: none of them is also what the network said."""
        return set(re.findall(r"[A-Za-z][\w.]*", self.expression))

    def outputs(self, network: ShallowNetwork, engine: str) -> list[Array]:
        """Each output as `rows x steps`."""
        y = predict(network, self.u, state=self.state, engine=engine, layout="CT" if network.dynamic else "CB")
        if isinstance(y, Cell):
            return [np.concatenate([y[k, step] for step in range(y.shape[1])], 1) for k in range(y.shape[0])]
        return [np.asarray(each) for each in (y.values() if isinstance(y, Mapping) else [y])]


@dataclass(frozen=True, eq=False)
class ShallowClaim(Claim):
    """A claim with the call that it is about; `back` undoes by hand what was done to the targets."""

    call: Call | None = None
    output: int = 0
    back: tuple[str, Processing] | None = None

    @property
    def changes(self) -> int:
        assert self.call is not None
        return self.call.changes + (self.scaling is not None) + (self.back is not None)

    @property
    def reason(self) -> str:
        return super().reason if self.recorded.single else f"{TOLERANCE:g} of the recorded values' range: double"

    def expression(self, network: str) -> str:
        assert self.call is not None
        said = f"{network}({self.call.expression})"
        if self.back is not None:
            said = f"{self.back[1].function}('reverse', {said}, {self.back[0]})"
        if self.scaling is not None:
            said = self.scaling.backward.format(said)
        recorded = self.recorded.expression
        return f"{recorded.removesuffix(chr(39)) if len(self.recorded.values) == 1 else recorded} = {said}"

    def again(self, network: Any, engine: str) -> Match | None:
        assert self.call is not None
        y = self.call.outputs(network, engine)[self.output]
        return matched(undone(y, self.back, self.scaling), self.recorded)


def matched(predicted: Array, recorded: Recorded) -> Match | None:
    """Where both agree best, by the tolerance for the recorded array's precision."""
    if recorded.single:
        return match(predicted, recorded.values)
    return match(predicted, recorded.values, tolerance=TOLERANCE, rounding=_ROUNDING)


def undone(y: Array, back: tuple[str, Processing] | None, scaling: Scaling | None) -> Array:
    """An output as a script scaled it back."""
    if back is not None:
        y = reverse(back[1], y)
    return y if scaling is None else scaling.reverse(y)


def apply(each: Processing, x: Array) -> Array:
    """What a processing function makes of `x`, rows by observations."""
    rows = x.shape[0]
    return np.asarray(predict(_plain(rows, [each], []), x, layout="CB"))


def reverse(each: Processing, y: Array) -> Array:
    """What a processing function made `y` of."""
    return np.asarray(predict(_plain(y.shape[0], [], [each]), y, layout="CB"))


def processed(output: ShallowOutput, y: Array) -> Array:
    """An output's values as its layer gives them."""
    chain = list(output.processing)
    return np.asarray(predict(_plain(y.shape[0], chain, []), y, layout="CB"))


def _plain(rows: int, before: Sequence[Processing], after: Sequence[Processing]) -> ShallowNetwork:
    """A network that does nothing but the processing."""
    given = ShallowInput(rows, before)
    size = given.processedSize
    return ShallowNetwork(
        [given],
        [ShallowLayer(size, "purelin")],
        [ShallowOutput(1, rows if after else size, after)],
        {(1, 1): Weight(np.eye(size))},
    )
