"""Running a network on foreign implementations: torch's own layers, onnxruntime's own kernels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import UnsupportedOperation
from bridge.network import Network
from bridge.packages import required
from bridge.prediction.states import State

Array = npt.NDArray[Any]


def to_torch(network: Network, dtype: Any = None) -> Any:
    """The network as a `torch.nn.Module`; what `Network.to_torch` does."""
    from bridge.engines import foreign_torch
    from bridge.files import network_torch

    require_set(network)
    # In double precision already, so that products of single weights are not rounded to single again.
    wide = network.with_({layer.Name: {k: a.astype(np.float64) for k, a in layer.arrays.items()} for layer in network})
    return foreign_torch.module(network, network_torch.state_dict(wide), network_torch.keys(network), dtype)


def require_set(network: Network) -> None:
    """Raise `NetworkError` for a learnable that is not set."""
    for layer in network:
        for name, array in layer.learnables.items():
            if array is None:
                raise layer.refuse(f"{name} is not set: initialize() draws it")


def run(
    network: Network, inputs: Mapping[str, Array], batch: int | None, state: State, precision: str, engine: str
) -> tuple[dict[str, Array], State]:
    """As `own.run`: outputs `T x C (x B)` or without T, and final states."""
    require_set(network)
    # torch and ONNX have time, sequences, channels, in this order.
    rows = {name: np.ascontiguousarray(np.moveaxis(_batched(array, batch), -1, -2)) for name, array in inputs.items()}
    states = {
        layer: {name: np.broadcast_to(value, (len(value), batch or 1)) for name, value in values.items()}
        for layer, values in state.items()
    }
    compute = _on_torch if engine == "torch.nn" else _on_onnxruntime
    outputs, final = compute(network, rows, batch or 1, states, precision)
    return {name: _unbatched(np.moveaxis(array, -1, -2), batch) for name, array in outputs.items()}, final


def _batched(array: Array, batch: int | None) -> Array:
    return array[..., None] if batch is None else array


def _unbatched(array: Array, batch: int | None) -> Array:
    return array[..., 0] if batch is None else array


def _on_torch(
    network: Network, rows: Mapping[str, Array], batch: int, states: State, precision: str
) -> tuple[dict[str, Array], State]:
    torch = required("torch", "torch.nn")
    dtype = torch.float32 if precision == "single" else torch.float64
    made = to_torch(network, dtype)
    with torch.no_grad():
        outputs, final = made.run(
            {name: torch.from_numpy(array) for name, array in rows.items()},
            {layer: {k: torch.from_numpy(np.array(v)) for k, v in each.items()} for layer, each in states.items()},
        )
    return (
        {name: value.numpy() for name, value in outputs.items()},
        {layer: {name: value.numpy() for name, value in each.items()} for layer, each in final.items()},
    )


def _on_onnxruntime(
    network: Network, rows: Mapping[str, Array], batch: int, states: State, precision: str
) -> tuple[dict[str, Array], State]:
    from bridge.engines import foreign_onnx
    from bridge.files import onnx_graph, onnx_weights

    if precision != "single":
        raise UnsupportedOperation("onnxruntime's LSTM and GRU compute in single precision only: precision='single'")
    exported = onnx_graph.export(network)
    session = foreign_onnx.session(exported.model.SerializeToString())
    fed = dict(rows)
    for layer, values in states.items():
        for name, value in values.items():
            fed[exported.state_inputs[layer, name]] = onnx_weights.state_in(value, directions(network, layer))
    wanted = [*exported.outputs.values(), *exported.state_outputs.values()]
    results = foreign_onnx.run(session, wanted, fed)
    outputs = dict(zip(exported.outputs, results, strict=False))
    final: State = {}
    for (layer, name), value in zip(exported.state_outputs, results[len(outputs) :], strict=True):
        final.setdefault(layer, {})[name] = onnx_weights.state_out(value)
    return outputs, final


def directions(network: Network, layer: str) -> int:
    """In how many directions a recurrent layer runs."""
    return int(getattr(network[layer], "directions", 1))
