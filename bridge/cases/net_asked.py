"""A recording that the script of `bridge.cases.ask` made of a network with several inputs or outputs.

There nothing need be searched for: ``input_1``, ``input_2``, … go in, ``prediction_1``, … came out, in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.cases.net_candidates import Candidate, Recorded
from bridge.cases.net_matching import Match, match
from bridge.cases.net_search import Claim, How
from bridge.network import Network
from bridge.prediction import predict

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class AskedClaim(Claim):
    """One of several outputs, `inputs` by input layer as `steps x channels`."""

    inputs: Mapping[str, Array] | None = None
    output: str = ""

    def expression(self, network: str) -> str:
        return f"{self.recorded.expression} = output '{self.output}' of {network}({self.candidate.expression})"

    def again(self, network: Network, engine: str) -> Match | None:
        said = _outputs(network, self.inputs or {}, engine)[self.output]
        return match(np.asarray(said.T, np.float64), self.recorded.values)


def search(network: Network, variables: Mapping[str, Any]) -> Iterator[Claim]:
    """What the recorded arrays claim; nothing of a network with one input and one output."""
    if len(network.inputs) == len(network.outputs) == 1:
        return
    given = _numbered(variables, "input", len(network.inputs))
    said = _numbered(variables, "prediction", len(network.outputs))
    if given is None or said is None:
        return
    inputs = {name: array for name, (_, array) in zip(network.inputs, given, strict=True)}
    expression = ", ".join(place for place, _ in given)
    outputs = _outputs(network, inputs, "numpy")
    for name, (place, array) in zip(network.outputs, said, strict=True):
        recorded = Recorded(place, np.asarray(array.T, np.float64), (), array.dtype == np.float32)
        found = match(np.asarray(outputs[name].T, np.float64), recorded.values)
        if found is not None:
            yield AskedClaim(recorded, Candidate(expression, []), How(), None, found, inputs, name)


def _numbered(variables: Mapping[str, Any], name: str, count: int) -> Sequence[tuple[str, Array]] | None:
    places = [name] if count == 1 else [f"{name}_{k}" for k in range(1, count + 1)]
    found = [(place, variables.get(place)) for place in places]
    if any(not isinstance(array, np.ndarray) or array.ndim != 2 for _, array in found):
        return None
    return [(place, np.asarray(array)) for place, array in found]


def _outputs(network: Network, inputs: Mapping[str, Array], engine: str) -> dict[str, Array]:
    """Each output as a row for each step; of what has no time, for each beginning of the sequences."""
    timed = {name: bool(signal and signal.time) for name in inputs for signal in (network.signal(name),)}
    if not any(timed.values()):
        return _named(network, predict(network, _one_or_all(inputs), layout="BC", engine=engine))
    state = "reset" if any(layer.held_states for layer in network) else None

    def said(steps: int) -> dict[str, Array]:
        u = {name: array[:steps] if timed[name] else array[0] for name, array in inputs.items()}
        return _named(network, predict(network, _one_or_all(u), layout="TC", state=state, engine=engine))

    count = next(len(array) for name, array in inputs.items() if timed[name])
    found = said(count)
    partly = [name for name, array in found.items() if array.ndim == 1]
    if partly:
        beginnings = [*(said(steps) for steps in range(1, count)), found]
        found |= {name: np.stack([each[name] for each in beginnings]) for name in partly}
    return found


def _one_or_all(inputs: Mapping[str, Array]) -> Any:
    return dict(inputs) if len(inputs) > 1 else next(iter(inputs.values()))


def _named(network: Network, result: Any) -> dict[str, Array]:
    return dict(result) if isinstance(result, Mapping) else {network.outputs[0]: np.asarray(result)}
