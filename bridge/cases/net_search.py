"""The search for recorded predictions: which array, put into the network how, gives which other array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.cases import net_candidates as candidates
from bridge.cases.net_candidates import Candidate, Recorded
from bridge.cases.net_matching import TOLERANCE, Match, match
from bridge.cases.net_options import paddings
from bridge.cases.net_scalings import Scaling, scalings
from bridge.errors import BridgeError
from bridge.layers import takes_whole_sequences
from bridge.network import BiLSTM, Network, Signal
from bridge.prediction import predict

Array = npt.NDArray[Any]
_WORK = 4_000_000
"""Steps that the search computes at most."""
_LONG = 2000
"""Longer inputs are computed by onnxruntime, which is faster, where it is installed."""
_CLOSED = 40
_PAIRS = 60
_COLUMNS = 20_000
_TOGETHER = 64
"""Of sequences of unequal lengths, so many are computed side by side."""
_MEMBERS = 20
"""Of a cell array of sequences, so many are tried alone."""
_TRIMMED = 24
"""At most so many first or last steps are left out of an input."""


@dataclass(frozen=True, eq=False)
class How:
    """How predictions are made: from which state, with padded mini-batches or each sequence alone."""

    state: str = "reset"
    batch: int = 0
    side: str = "right"
    closed: int = 0
    """After the input, so many steps that each take what the network said last."""

    def __str__(self) -> str:
        said = ["from the saved state"] if self.state == "saved" else []
        said += ["then fed with its own predictions"] if self.closed else []
        left = " on the left" if self.side == "left" else ""
        return ", ".join(said + ([f"mini-batches of {self.batch} padded with zeros{left}"] if self.batch else []))


@dataclass(frozen=True, eq=False)
class Claim:
    """`recorded` are predictions from `candidate`, scaled back with `scaling`; `match` says how nearly."""

    recorded: Recorded
    candidate: Candidate
    how: How
    scaling: Scaling | None
    match: Match

    @property
    def changes(self) -> int:
        """How much had to be done to the arrays: the fewer, the likelier that MATLAB's user did it."""
        way = bool(self.how.batch or self.how.closed) + (self.how.state == "saved")
        return self.candidate.changes + (self.scaling is not None) + way

    @property
    def reason(self) -> str:
        """Why the tolerance is what it is."""
        return f"{TOLERANCE:g} of the recorded values' range, and their rounding to single precision"

    def expression(self, network: str) -> str:
        """The claim in MATLAB's language."""
        call = f"{network}({self.candidate.expression})"
        if self.scaling is not None:
            call = self.scaling.backward.format(call)
        recorded = self.recorded.expression
        if len(self.recorded.values) == 1:  # then a row and a column say the same
            recorded = recorded.removesuffix("'")
        return f"{recorded} = {call}"

    def again(self, network: Any, engine: str) -> Match | None:
        """The same on another engine."""
        predicted = outputs(network, self.candidate, self.how, engine)
        return match(_scaled(_joined(predicted), self.scaling), self.recorded.values)


def signals(network: Network) -> tuple[Signal, Signal] | None:
    """What enters and leaves, where the network has one known input and one known output."""
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        return None
    given, handed = network.signal(network.inputs[0]), network.signal(network.outputs[0])
    return None if given is None or handed is None else (given, handed)


def search(network: Network, variables: Mapping[str, Any]) -> Iterator[Claim]:
    """For each input that is tried, the recorded array that comes nearest. Agreeing or not."""
    ends = signals(network)
    if ends is None:
        return
    given, handed = ends
    wanted = candidates.recorded(variables, handed.size)
    pairs = scalings(variables)
    back: list[Scaling | None] = [None, *(pair for pair in pairs if pair.fits(handed.size))]
    work, agreed = 0, False
    for candidate, how in _attempts(network, variables, given, wanted, pairs):
        if agreed and (how.closed or candidate.joined):
            continue
        work += sum(x.shape[1] for x in candidate.sequences) + how.closed
        if work > _WORK:
            return
        predicted = _predicted(network, candidate, how)
        if predicted is None:
            continue
        for each in wanted:
            if each.lengths and not (candidate.several and handed.time):
                continue
            for scaling in back:
                found = match(_scaled(predicted, scaling), each.values, whole=candidate.several)
                if found is not None:
                    agreed = agreed or found.agrees
                    yield Claim(each, candidate, how, scaling, found)


def _predicted(network: Network, candidate: Candidate, how: How) -> Array | None:
    """What the network says, by the engine that is fast enough; None where it refuses."""
    long = sum(x.shape[1] for x in candidate.sequences) > _LONG
    for engine in ("onnxruntime", "numpy") if long else ("numpy",):
        try:
            return _joined(outputs(network, candidate, how, engine))
        except BridgeError:
            continue
    return None


def _attempts(
    network: Network, variables: Mapping[str, Any], given: Signal, wanted: Sequence[Recorded], pairs: Sequence[Scaling]
) -> Iterator[tuple[Candidate, How]]:
    """Inputs and ways of predicting from them; last, networks that are fed with what they said."""
    tried = []
    for candidate in _tried(network, variables, given, wanted, pairs):
        tried.append(candidate)
        for how in _ways(network, candidate, variables):
            yield candidate, how
    ends = signals(network)
    if ends is None or ends[0] != ends[1] or not _causal(network):
        return
    longest = min(max((each.values.shape[1] for each in wanted if each.single), default=0), _CLOSED)
    if longest:
        whole = [each for each in tried if not each.several and not each.part]
        for candidate in whole[:_PAIRS]:
            yield candidate, How(closed=longest)


def _tried(
    network: Network, variables: Mapping[str, Any], given: Signal, wanted: Sequence[Recorded], pairs: Sequence[Scaling]
) -> Iterator[Candidate]:
    """Inputs as they are, then standardized, then without some first or last steps."""
    plain = candidates.inputs(variables, given.size)
    scaled = [x.scaled(pair) for x in plain for pair in pairs if pair.fits(given.size)]
    yield from plain
    yield from scaled
    if not given.time:
        return
    if any(layer.state_names for layer in network):
        yield from (x.each_step() for x in (*plain, *scaled) if not x.several and x.sequences[0].shape[1] <= _COLUMNS)
    lengths = {each.values.shape[1] for each in wanted}
    alone = {each.values.shape[1] for each in wanted if not each.lengths}
    members = [one for x in plain if x.several for one in islice(x.members(alone), _MEMBERS)]
    yield from members
    yield from (one.scaled(pair) for one in members for pair in pairs if pair.fits(given.size))
    for candidate in (*plain, *scaled):
        if candidate.several:
            continue
        steps = candidate.sequences[0].shape[1]
        for count in sorted({1, *(steps - length for length in lengths)}):
            if 0 < count <= _TRIMMED and steps - count >= 3:
                yield candidate.without_first(count)
                if not _causal(network):
                    yield candidate.up_to(steps - count)
    yield from _continued(plain, lengths)
    for pair in pairs:
        if pair.fits(given.size):
            yield from _continued([x.scaled(pair) for x in plain], lengths)


def _continued(tried: Sequence[Candidate], lengths: set[int]) -> Iterator[Candidate]:
    """One input after another, as stateful prediction has it; and an input with the last step of its targets."""
    alone = [x for x in tried if not x.several]
    count = 0
    for first in alone:
        for second in alone:
            if first is second or count == _PAIRS:
                continue
            steps = second.sequences[0].shape[1]
            joined = np.concatenate([first.sequences[0], second.sequences[0]], 1)
            if steps in lengths:
                count += 1
                yield Candidate(f"[{first.expression}, {second.expression}]", [joined], first.changes + 1, joined=True)
            if steps == first.sequences[0].shape[1] and np.array_equal(joined[:, 1:steps], joined[:, steps:-1]):
                ahead = np.concatenate([first.sequences[0], second.sequences[0][:, -1:]], 1)
                text = f"[{first.expression}, {second.expression}(:,end)]"
                yield Candidate(text, [ahead], first.changes + 1, joined=True)


def _causal(network: Network) -> bool:
    """Whether a step of the output depends on no later step of the input."""
    ends = signals(network)
    mixes = any(isinstance(layer, BiLSTM) for layer in network) or takes_whole_sequences(network)
    return ends is not None and ends[1].time and not mixes


def _ways(network: Network, candidate: Candidate, variables: Mapping[str, Any]) -> Iterator[How]:
    states = ["reset"]
    for layer in network:
        if any((layer.start(name) != layer.start(name, reset=True)).any() for name in layer.state_names):
            states = ["reset", "saved"]
    manners = [(0, "right")]
    if candidate.several and not _causal(network) and len({x.shape[1] for x in candidate.sequences}) > 1:
        manners += paddings(variables, len(candidate.sequences))
    for state in states:
        for batch, side in manners:
            yield How(state, batch, side)


def outputs(network: Network, candidate: Candidate, how: How, engine: str) -> list[Array]:
    """Predictions `channels x steps` for each sequence, or `channels x 1`, in single precision."""
    ends = signals(network)
    assert ends is not None
    if not ends[0].time:
        return [np.asarray(predict(network, x, layout="CB", engine=engine)) for x in candidate.sequences]
    state: Any = how.state if any(layer.state_names for layer in network) else None
    if how.closed:
        return [_closed(network, candidate.sequences[0], how.closed, state, engine)]
    results: list[Array] = [np.zeros((0, 0))] * len(candidate.sequences)
    for members in _groups(candidate.sequences, how, _causal(network)):
        # Of one length, or mini-batches that are padded. A result without time is a column.
        given, size = [candidate.sequences[k] for k in members], how.batch or len(members)
        said = predict(network, given, layout="CT", state=state, engine=engine, mini_batch_size=size, padding=how.side)
        for k, y in zip(members, said, strict=True):
            results[k] = np.asarray(y) if np.ndim(y) == 2 else np.asarray(y).reshape(-1, 1)
    return results


def _closed(network: Network, x: Array, steps: int, state: Any, engine: str) -> Array:
    """The last prediction of a sequence, and `steps` more, each from the one before."""
    y, state = predict(network, x, layout="CT", state=state, engine=engine, return_state=True)
    said = [np.asarray(y)[:, -1:]]
    for _ in range(steps):
        y, state = predict(network, said[-1], layout="CT", state=state, engine=engine, return_state=True)
        said.append(np.asarray(y))
    return np.concatenate(said, 1)


def _groups(sequences: Sequence[Array], how: How, causal: bool) -> Iterator[list[int]]:
    """All sequences in order, or without mini-batches those that can be computed side by side.

    These are the ones of each length; where no step depends on a later one, those of about the same length.
    """
    lengths = [x.shape[1] for x in sequences]
    if how.batch:
        yield list(range(len(sequences)))
        return
    if causal:
        order = sorted(range(len(lengths)), key=lengths.__getitem__)
        yield from (order[first : first + _TOGETHER] for first in range(0, len(order), _TOGETHER))
        return
    for length in sorted(set(lengths)):
        yield [k for k, own in enumerate(lengths) if own == length]


def _joined(parts: Sequence[Array]) -> Array:
    return np.concatenate(parts, 1).astype(np.float64)


def _scaled(predicted: Array, scaling: Scaling | None) -> Array:
    return predicted if scaling is None else scaling.reverse(predicted)
