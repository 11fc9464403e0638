"""`predict`: a network applied to sequences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.engines import engine_names
from bridge.errors import LayoutError, NetworkError, UsageError
from bridge.network import Input, Network, ShallowNetwork
from bridge.network.layout import Layout
from bridge.prediction import mini_batches, own, shallow, shallow_data
from bridge.prediction.arrays import real
from bridge.prediction.mini_batches import Padding
from bridge.prediction.states import State, first_state
from bridge.suggestions import offered

Array = npt.NDArray[Any]
PRECISIONS: dict[str, np.dtype[Any]] = {"single": np.dtype(np.float32), "double": np.dtype(np.float64)}
FOREIGN = ("torch.nn", "onnxruntime")


def predict(
    network: Network | ShallowNetwork,
    u: Any,
    *,
    layout: str | None = None,
    state: Any = None,
    precision: str | None = None,
    engine: str = "auto",
    return_state: bool = False,
    mini_batch_size: int | None = None,
    padding: str = "right",
    padding_value: float = 0.0,
    sequence_length: str | int = "longest",
) -> Any:
    """Apply a network to a sequence, a batch of sequences, or a list of sequences.

    network       a `Network` with every learnable set
    u             the sequence: an array as `layout` says, T steps, C channels, B sequences. A list of sequences, of any
                  lengths, gives a list of results. Several input layers: a mapping by name.
    layout        ``TC`` (the default), ``CT``, ``TCB``, ``CBT``, or any other order of these letters; ``BC`` (the
                  default) or ``CB`` for a network without time. The result lies the same way; where the network hands
                  on the last step only, without T. A square array needs it said.
    state         the states to start from: by layer, ``{"lstm": {"HiddenState": h, "CellState": c}}``, each H or
                  H x 1 or H x B; or (h, c) where there is one recurrent layer; ``"reset"`` or ``"saved"`` where a file
                  holds both and they differ. By default what the network holds, zeros if nothing.
    precision     ``single``, as a `dlnetwork` computes, or ``double``, as a shallow network does: each by default
    engine        ``numpy``, ``torch``, ``onnx``, ``compiled``: our own definition; ``auto`` takes numpy or compiled by
                  the lengths of sequence and network; ``torch.nn``, ``onnxruntime``:
                  foreign implementations, for evidence
    return_state  whether to return (result, final states); the states, given back as `state`, continue the sequence
    mini_batch_size  of a list of sequences, so many are computed side by side, padded as MATLAB pads them; without it
                  each is computed by itself. MATLAB's functions take 128. The other options say how:
    padding       ``right`` or ``left``: where steps are added or left out (`SequencePaddingDirection`)
    padding_value  what is added (`SequencePaddingValue`)
    sequence_length  ``longest``, ``shortest``, or a number of steps into which sequences are split (`SequenceLength`)

    Returns an array of the given precision; for several output layers a mapping by name.

    A `ShallowNetwork` is applied as MATLAB's ``net(X, Xi, Ai)`` does: `u` is features by observations, or by steps
    where the network has delays (``CB`` and ``CT``, the defaults here), or a cell array as MATLAB has it, inputs by
    steps, which gives a cell array; for several inputs a list or a mapping by name, for none the number of steps.
    `state` is (Xi, Ai): cell arrays, or lists with a matrix R x D for each input and layer, the oldest value first;
    zeros by default. Final states are such lists, ``{"Xi": …, "Ai": …}``.

    Raises `LayoutError` with the call that would fit, `NetworkError` naming the layer, `EngineMissing`.
    """
    precision = precision or ("double" if isinstance(network, ShallowNetwork) else "single")
    if precision not in PRECISIONS:
        raise UsageError(f"precision is 'single' or 'double', not {precision!r}")
    if engine not in ("auto", *engine_names(), *FOREIGN):
        raise UsageError(f"there is no engine {engine!r}{offered(engine, ('auto', *engine_names(), *FOREIGN))}")
    if isinstance(network, ShallowNetwork):
        return _shallow(network, u, layout, state, precision, engine, return_state)
    arrangement = Layout(layout, any(signal.time for signal in map(network.signal, network.inputs) if signal))
    manner = None if mini_batch_size is None else Padding(mini_batch_size, padding, padding_value, sequence_length)
    if _is_list(u):
        states = state if isinstance(state, list) else [state] * len(u)
        if len(states) != len(u):
            raise UsageError(f"{len(u)} sequences are given, but {len(states)} states")
        if manner is not None:
            pairs = _padded(network, u, arrangement, states, precision, engine, manner)
        else:
            pairs = [_one(network, x, arrangement, s, precision, engine) for x, s in zip(u, states, strict=True)]
        return ([y for y, _ in pairs], [s for _, s in pairs]) if return_state else [y for y, _ in pairs]
    if manner is not None:
        raise UsageError("mini_batch_size is for a list of sequences")
    result, final = _one(network, u, arrangement, state, precision, engine)
    return (result, final) if return_state else result


def _shallow(
    network: ShallowNetwork, u: Any, layout: str | None, state: Any, precision: str, engine: str, return_state: bool
) -> Any:
    if engine in FOREIGN:
        raise UsageError(f"{engine} has no implementation of shallow networks")
    if len(network.inputs) == 1 and _is_list(u):
        states = state if isinstance(state, list) else [state] * len(u)
        if len(states) != len(u):
            raise UsageError(f"{len(u)} sequences are given, but {len(states)} states")
        pairs = [_shallow(network, x, layout, s, precision, engine, True) for x, s in zip(u, states, strict=True)]
        return ([y for y, _ in pairs], [s for _, s in pairs]) if return_state else [y for y, _ in pairs]
    dtype = PRECISIONS[precision]
    given = shallow_data.Given(network, u, layout, dtype)
    first = shallow_data.first_values(network, state, given.columns, dtype)
    ys, last = shallow.run(network, given.xs, first, given.steps, precision, engine)
    result = given.left([np.asarray(y, dtype) for y in ys])
    return (result, shallow_data.final_values(network, last, dtype)) if return_state else result


def _is_list(u: Any) -> bool:
    """Whether it is a list of sequences, rather than one written as nested lists of numbers."""
    return isinstance(u, (list, tuple)) and (not u or all(isinstance(x, Mapping) or np.ndim(x) >= 2 for x in u))


def _entered(network: Network, u: Any, layout: Layout, precision: str) -> dict[str, Array]:
    """What a caller gives, by input layer, in the order T, C, B."""
    inputs: dict[str, Array] = {}
    for name, value in _by_input(network, u).items():
        layer, signal = network[name], network.signal(name)
        if not isinstance(layer, Input) or signal is None:
            raise NetworkError(name, "is not an input layer, but nothing feeds it")
        inputs[name] = layout.enter(name, signal.size, signal.time, real(name, value, PRECISIONS[precision]))
    return inputs


def _timed(network: Network, names: Iterable[str]) -> dict[str, bool]:
    return {name: bool(signal and signal.time) for name in names for signal in (network.signal(name),)}


def _one(network: Network, u: Any, layout: Layout, state: Any, precision: str, engine: str) -> tuple[Any, State]:
    inputs = _entered(network, u, layout, precision)
    timed = _timed(network, inputs)
    steps = _common("steps", {name: array.shape[0] for name, array in inputs.items() if timed[name]}, 1)
    sizes = {name: array.shape[-1] for name, array in inputs.items()}
    batch = _common("sequences", sizes, 1) if layout.batched else None
    if steps == 0 and not all(_timed(network, network.outputs).values()):
        raise LayoutError(next(iter(inputs)), "a sequence without steps has no last one")
    outputs, final = _run(network, inputs, steps, batch, first_state(network, state, batch), precision, engine)
    return _results(network, outputs, layout), _typed(final, precision)


def _padded(
    network: Network, u: Any, layout: Layout, states: Sequence[Any], precision: str, engine: str, padding: Padding
) -> list[tuple[Any, State]]:
    """Sequences side by side, in mini-batches."""
    if layout.batched:
        raise LayoutError("", f"a list holds sequences, which layout {layout.letters!r} is not of; use TC or CT")
    sequences = [_entered(network, x, layout, precision) for x in u]

    def compute(block: Mapping[str, Array], steps: int, state: Any) -> tuple[Mapping[str, Array], State]:
        batch = next(iter(block.values())).shape[-1]
        return _run(network, block, steps, batch, first_state(network, state, batch), precision, engine)

    first = [None if isinstance(s, str) or s is None else first_state(network, s, None) for s in states]
    named = next((s for s in states if isinstance(s, str)), None)
    if named is not None or any(s is None for s in first):
        held = first_state(network, named, None)
        first = [held if s is None else s for s in first]
    done = mini_batches.run(
        padding, sequences, _timed(network, network.inputs), _timed(network, network.outputs), first, compute
    )
    return [(_results(network, outputs, layout), _typed(final, precision)) for outputs, final in done]


def _results(network: Network, outputs: Mapping[str, Array], layout: Layout) -> Any:
    """Outputs in the caller's layout; one alone, several as a mapping."""
    timed = _timed(network, outputs)
    results = {name: layout.leave(timed[name], array) for name, array in outputs.items()}
    return results if len(results) > 1 else next(iter(results.values()))


def _typed(final: State, precision: str) -> State:
    dtype = PRECISIONS[precision]
    return {
        layer: {name: np.asarray(value, dtype) for name, value in states.items()} for layer, states in final.items()
    }


def _run(
    network: Network,
    inputs: Mapping[str, Array],
    steps: int,
    batch: int | None,
    state: State,
    precision: str,
    engine: str,
) -> tuple[Mapping[str, Array], State]:
    if engine in FOREIGN:
        from bridge.prediction import foreign

        return foreign.run(network, inputs, batch, state, precision, engine)
    return own.run(network, inputs, steps, batch, state, precision, engine)


def _by_input(network: Network, u: Any) -> dict[str, Any]:
    names = network.inputs
    if isinstance(u, Mapping):
        missing = [name for name in names if name not in u]
        unknown = [name for name in u if name not in names]
        if missing or unknown:
            if unknown:
                raise UsageError(f"{unknown[0]!r} is no input layer{offered(unknown[0], names)}")
            raise UsageError(f"input layer {missing[0]!r} is given nothing; there are {', '.join(names)}")
        return dict(u)
    if len(names) != 1:
        raise UsageError(f"the network has {len(names)} input layers, so that u is a mapping: {', '.join(names)}")
    return {names[0]: u}


def _common(what: str, counts: Mapping[str, int], default: int) -> int:
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise LayoutError("", f"the inputs have different numbers of {what}: {listed}")
    values: Sequence[int] = list(counts.values())
    return values[0] if values else default
