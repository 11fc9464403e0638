"""Running a network on our engines, from the one definition of its mathematics."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge import layers
from bridge.engines import Runner, Schedule, engine
from bridge.engines.choice import compiling_pays, say_once
from bridge.errors import EngineError, EngineMissing
from bridge.layers import Plan, Stage
from bridge.network import Layer, Network, UnknownLayer
from bridge.prediction.states import State
from bridge.program.types import DOUBLE, SINGLE

Array = npt.NDArray[Any]
Prepared = tuple[Plan, dict[tuple[str, int], Runner]]  # runners by engine and stage, made when they are needed
_KEPT = 16


class _Cache(threading.local):
    """Plans and loaded programs; their arrays are arguments, so that they serve every network of one structure."""

    def __init__(self) -> None:
        self.entries: OrderedDict[Hashable, Prepared] = OrderedDict()


_cache = _Cache()


def _structure(network: Network) -> Hashable:
    return (
        tuple(
            (layer.Type, layer.Name, _options(layer), tuple((k, a.shape) for k, a in layer.arrays.items()))
            for layer in network
        ),
        network.connections,
    )


def _options(layer: Layer) -> Hashable:
    """The options; of a layer that is not computed, what it is suffices for the refusal."""
    return layer.Kind if isinstance(layer, UnknownLayer) else tuple(layer.options.items())


def _prepared(network: Network, batch: int | None, precision: str, steps: int) -> Prepared:
    length = steps if layers.takes_whole_sequences(network) else None  # other plans serve sequences of any length
    key = (batch, precision, length, _structure(network))
    if key not in _cache.entries:
        plan = layers.plan(network, batch=batch, dtype=SINGLE if precision == "single" else DOUBLE, steps=steps)
        _cache.entries[key] = plan, {}
        while len(_cache.entries) > _KEPT:
            _cache.entries.popitem(last=False)
    _cache.entries.move_to_end(key)
    return _cache.entries[key]


def _runner(runners: dict[tuple[str, int], Runner], stage: Stage, steps: int, engine_name: str) -> Runner:
    """The stage on an engine; ``auto`` is the compiled one where that pays and goes, else numpy."""
    if engine_name == "auto":
        operations = sum(1 for node in stage.program.step.walk() if node.op != "constant")
        engine_name = "numpy"
        if compiling_pays(operations, steps):
            try:
                return _runner(runners, stage, steps, "compiled")
            except EngineMissing as error:
                say_once(str(error))
            except EngineError:
                pass
    key = engine_name, id(stage)
    if key not in runners:
        runners[key] = engine(engine_name).load(stage.program)
    return runners[key]


def run(
    network: Network,
    inputs: Mapping[str, Array],
    steps: int,
    batch: int | None,
    state: State,
    precision: str,
    engine_name: str,
) -> tuple[dict[str, Array], State]:
    """Outputs by output layer, `T x C (x B)` or without T, and the final states."""
    plan, runners = _prepared(network, batch, precision, steps)

    def stage_run(
        stage: Stage, fed: Mapping[str, Any], count: int, starts: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        parameters = layers.values(network, stage.program, state, starts=starts)
        done = _runner(runners, stage, count, engine_name).run(Schedule.of(stage.program, count), parameters, fed)
        return done.outputs, done.state

    done = layers.execute(plan, stage_run, inputs, steps)
    final = {layer: dict(states) for layer, states in state.items()}
    for path, parts in done.states.items():
        layer, _, slot = path.rpartition("/")
        if layer not in final:  # its first states came in by ports
            continue
        columns = [np.asarray(part).reshape(len(part), -1) for part in parts]
        final[layer][slot] = np.concatenate(columns)
    return {name: np.asarray(value) for name, value in done.outputs.items()}, final
