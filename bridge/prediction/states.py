"""The states that a prediction starts from and ends with, by layer and name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import NetworkError, UsageError
from bridge.network import Network, identical
from bridge.suggestions import offered

Array = npt.NDArray[Any]
State = dict[str, dict[str, Array]]
"""Layer -> ``HiddenState``, ``CellState`` -> H x 1, or H x B with a column for each sequence."""


def stateful(network: Network) -> list[str]:
    """The layers that have states."""
    return [layer.Name for layer in network if layer.held_states]


def first_state(network: Network, given: Any, batch: int | None) -> State:
    """The state to start from, complete.

    `given` is None (what the network holds), ``"saved"``, ``"reset"``, a mapping from layers to states, or for a
    network with one recurrent layer simply h, or (h, c).
    """
    if given is None or isinstance(given, str):
        return _held(network, given, batch)
    chosen = _held(network, "saved", batch)
    for name, states in _by_layer(network, given).items():
        layer = network[name]
        for state, value in states.items():
            if state not in layer.held_states:
                raise NetworkError(name, f"has no state {state!r}{offered(state, layer.held_states, 'it has')}")
            chosen[name][state] = _column(network, name, state, value, batch)
    return chosen


def _held(network: Network, which: str | None, batch: int | None) -> State:
    if which not in (None, "saved", "reset"):
        raise UsageError(f"state is 'saved', 'reset', or the states themselves, not {which!r}")
    found: State = {}
    for name in stateful(network):
        layer = network[name]
        found[name] = {}
        for state in layer.state_names:
            saved, reset = layer.start(state), layer.start(state, reset=True)
            if which is None and not identical(saved, reset):
                raise UsageError(
                    f"layer '{name}': {state} was saved in another state than the one after a reset; "
                    'choose state="saved" or state="reset"'
                )
            found[name][state] = reset if which == "reset" else saved
    return found


def _by_layer(network: Network, given: Any) -> Mapping[str, Mapping[str, Any]]:
    names = stateful(network)
    if isinstance(given, Mapping):
        if set(given) & {"HiddenState", "CellState"}:
            given = {_only(names): given}
        return {str(name): dict(states) for name, states in given.items()}
    name = _only(names)
    parts = given if isinstance(given, tuple) else (given,)
    states = network[name].state_names
    if len(parts) != len(states):
        raise UsageError(f"layer '{name}' has the states {', '.join(states)}, but {len(parts)} are given")
    return {name: dict(zip(states, parts, strict=True))}


def _only(names: Sequence[str]) -> str:
    if len(names) != 1:
        listed = ", ".join(names) or "none"
        raise UsageError(f"states without a layer's name need a network with one recurrent layer; there are {listed}")
    return names[0]


def _column(network: Network, name: str, state: str, value: Any, batch: int | None) -> Array:
    array = np.asarray(value.detach().cpu().numpy() if hasattr(value, "detach") else value)
    rows = network[name].shapes()[state][0]
    column = array.reshape(-1, 1) if array.ndim < 2 else array
    if column.ndim != 2 or column.shape[0] != rows or column.shape[1] not in (1, batch or 1):
        columns = "1" if batch is None else f"1 or {batch}"
        raise NetworkError(name, f"{state} must be {rows} x {columns}, not {' x '.join(map(str, array.shape))}")
    return column
