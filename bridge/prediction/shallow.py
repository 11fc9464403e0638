"""`predict` of a shallow network: MATLAB's ``net(X)`` and ``net(X, Xi, Ai)``.

Inside, a signal is `T x R` or, with several sequences, `T x R x Q`; a static network takes all its observations as
columns of one step.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.engines import Runner, Schedule, engine
from bridge.layers import shallow
from bridge.network import Processing, ShallowNetwork
from bridge.program import Program
from bridge.program.types import DOUBLE, SINGLE

Array = npt.NDArray[Any]
_KEPT = 16
_BLOCK = 1024
"""How many observations of a static network are computed side by side, which bounds what distances need in memory."""


class _Cache(threading.local):
    """Loaded programs; their arrays are arguments, so that they serve every network of one structure."""

    def __init__(self) -> None:
        self.entries: OrderedDict[Hashable, tuple[Program, Runner]] = OrderedDict()


_cache = _Cache()


def _prepared(network: ShallowNetwork, columns: int | None, precision: str, engine_name: str) -> tuple[Program, Runner]:
    key = (engine_name, columns, precision, structure(network))
    if key not in _cache.entries:
        program = shallow.compile(network, columns=columns, dtype=SINGLE if precision == "single" else DOUBLE)
        _cache.entries[key] = program, engine(engine_name).load(program)
        while len(_cache.entries) > _KEPT:
            _cache.entries.popitem(last=False)
    _cache.entries.move_to_end(key)
    return _cache.entries[key]


def structure(network: ShallowNetwork) -> Hashable:
    """All that a program depends on: everything but the numbers in arrays."""
    return (
        tuple((each.size, _chain(each.processing)) for each in network.inputs),
        tuple((each.size, each.transferFcn, each.netInputFcn, each.b is None) for each in network.layers),
        tuple((each.layer, _chain(each.processing)) for each in network.outputs),
        tuple((name, weight.delays, weight.weightFcn) for name, (_, weight) in network.weights.items()),
    )


def _chain(chain: Sequence[Processing]) -> Hashable:
    return tuple(
        (each.function, tuple((k, tuple(each.rows(k)) if _lists(k) else v.shape) for k, v in each.settings.items()))
        for each in chain
    )


def _lists(setting: str) -> bool:
    return setting in ("keep", "remove", "unknown")


def run(
    network: ShallowNetwork, xs: Sequence[Array], first: Mapping[str, Array], steps: int, precision: str, engine: str
) -> tuple[list[Array], dict[str, Array]]:
    """Outputs in order and the final ``Xi{…}``, ``Ai{…}``; `xs` by input and `first` are `T x R` or `T x R x Q`."""
    if not network.dynamic:
        return _observations(network, xs, precision, engine), {}
    columns = next((array.shape[2] for array in (*xs, *first.values()) if array.ndim == 3), None)
    program, runner = _prepared(network, columns, precision, engine)
    parameters = {**shallow.values(network, program), **{k: first[k] for k in program.parameters if k in first}}
    fed = {f"x{k}": x for k, x in enumerate(xs, 1)}
    done = runner.run(Schedule.of(program, steps), parameters, fed)
    last = {name: np.asarray(value) for name, value in done.state.items() if name.startswith("Ai")}
    for k, x in enumerate(xs, 1):
        if depth := network.delays_of_input(k):  # as given, where the slots hold what was made of it
            last[f"Xi{{{k}}}"] = np.concatenate([first[f"Xi{{{k}}}"], x])[-depth:]
    return [np.asarray(done.outputs[f"y{k}"]) for k in range(1, len(network.outputs) + 1)], last


def _observations(network: ShallowNetwork, xs: Sequence[Array], precision: str, engine: str) -> list[Array]:
    """A static network's outputs, whose observations may stand as steps, as sequences, or as both."""
    shape = (xs[0].shape[0], *xs[0].shape[2:]) if xs else (1,)
    flat = [np.moveaxis(x, 1, 0).reshape(x.shape[1], -1) for x in xs]
    count = flat[0].shape[1] if flat else 1
    parts: list[list[Array]] = []
    for start in range(0, count, _BLOCK):
        columns = min(_BLOCK, count - start)
        program, runner = _prepared(network, columns, precision, engine)
        fed = {f"x{k}": x[None, :, start : start + columns] for k, x in enumerate(flat, 1)}
        outputs = runner.run(Schedule.of(program, 1), shallow.values(network, program), fed).outputs
        parts.append([np.asarray(outputs[f"y{k}"])[0] for k in range(1, len(network.outputs) + 1)])
    found = []
    for k, output in enumerate(network.outputs):
        rows = [part[k] for part in parts] or [np.zeros((output.size, 0))]
        found.append(np.moveaxis(np.concatenate(rows, axis=1).reshape(output.size, *shape), 0, 1))
    return found
