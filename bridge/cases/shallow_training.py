"""What MATLAB's training noted of a network: the errors over its training, validation and test data.

`train` returns a record, usually called ``tr``, with ``best_perf``, ``best_vperf``, ``best_tperf``: the mean squared
errors of the network that it returns, over the columns ``trainInd``, ``valInd``, ``testInd``. Where inputs and targets
stand in the file too, the network must give these numbers again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.cases.net_candidates import Candidate, Recorded
from bridge.cases.net_matching import Match
from bridge.cases.net_search import Claim, How
from bridge.cases.shallow_claims import TOLERANCE, Call, ShallowClaim
from bridge.matlab.values import Struct

Array = npt.NDArray[Any]
_PARTS = (("trainInd", "best_perf"), ("valInd", "best_vperf"), ("testInd", "best_tperf"))
_DEPTH = 2


@dataclass(frozen=True, eq=False)
class Record:
    """A training record: its name and, for each part of the data, its columns from 0 and MATLAB's error over them."""

    name: str
    parts: tuple[tuple[str, Array, float], ...]

    @property
    def least(self) -> int:
        """The number of observations that there are at least."""
        return max(int(columns.max()) + 1 for _, columns, _ in self.parts)


@dataclass(frozen=True, eq=False)
class TrainingClaim(ShallowClaim):
    """The errors in a record are those of the network against `target`."""

    target: Recorded | None = None
    record: Record | None = None

    @property
    def reason(self) -> str:
        return f"{TOLERANCE:g} of the recorded errors: double"

    def expression(self, network: str) -> str:
        assert self.call is not None
        assert self.target is not None
        return f"{self.recorded.expression} = mse({self.target.expression}, {network}({self.call.expression}))"

    def again(self, network: Any, engine: str) -> Match | None:
        assert self.call is not None
        assert self.target is not None
        assert self.record is not None
        return _matched(self.call.outputs(network, engine)[self.output], self.target.values, self.record)


def records(variables: Mapping[str, Any], depth: int = 0) -> Iterator[Record]:
    """The records of trainings for least mean squared error, also in structures."""
    for name, value in variables.items():
        if not isinstance(value, Struct) or value.size != 1:
            continue
        if "best_perf" in value and "trainInd" in value:
            parts = tuple(_parts(value))
            if parts and str(value.get("performFcn", "mse")) == "mse":
                yield Record(name, parts)
        elif depth < _DEPTH:
            yield from records({f"{name}.{key}": item for key, item in value.items()}, depth + 1)


def _parts(record: Struct) -> Iterator[tuple[str, Array, float]]:
    for listed, error in _PARTS:
        columns, value = _numbers(record.get(listed)), _numbers(record.get(error))
        if columns.size and value.size == 1 and value[0] > 0 and (columns >= 1).all():
            yield error, columns.astype(np.int64) - 1, float(value[0])


def _numbers(value: Any) -> Array:
    """Finite numbers as a vector, none where it is something else."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf" or not np.isfinite(value).all():
        return np.zeros(0)
    return value.ravel()


def claims(
    call: Call, ys: Sequence[Array], targets: Sequence[Sequence[Recorded]], found: Sequence[Record]
) -> Iterator[Claim]:
    """For each record and each array that may be the targets, how near the network comes to the recorded errors."""
    for k, y in enumerate(ys):
        for target in targets[k]:
            for record in found:
                if target.values.shape == y.shape and record.least <= y.shape[1]:
                    said = ", ".join(f"{record.name}.{error}" for error, _, _ in record.parts)
                    recorded = Recorded(said, np.array([[error for _, _, error in record.parts]]))
                    match = _matched(y, target.values, record)
                    shown = Candidate(call.expression, [])
                    yield TrainingClaim(recorded, shown, How(), None, match, call, k, None, target, record)


def _matched(y: Array, target: Array, record: Record) -> Match:
    """All errors, held against each other by their shares."""
    ours = [float(np.mean((target[:, columns] - y[:, columns]) ** 2)) for _, columns, _ in record.parts]
    theirs = [error for _, _, error in record.parts]
    off = [abs(a - b) / b for a, b in zip(ours, theirs, strict=True)]
    scale = max(theirs)
    within = sum(each <= TOLERANCE for each in off)
    return Match(len(off), 0, max(off) * scale, scale, TOLERANCE * scale, within)
