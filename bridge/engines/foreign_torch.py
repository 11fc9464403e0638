"""A network made of torch's own layers: `torch.nn.LSTM`, `GRU`, `Linear`, … share no code with ours, so their results
are evidence of their own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.engines import foreign_torch_layers
from bridge.errors import UnsupportedLayer
from bridge.network import (
    GRU,
    AveragePooling1D,
    BatchNormalization,
    BiLSTM,
    Dropout,
    FullyConnected,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    Indexing1D,
    Input,
    Layer,
    LayerNormalization,
    LeakyReLU,
    MaxPooling1D,
    Network,
    Recurrent,
)
from bridge.packages import required

Tensor = Any
_OVER_TIME = (MaxPooling1D, AveragePooling1D, GlobalAveragePooling1D, GlobalMaxPooling1D, Indexing1D)


def module(network: Network, entries: Mapping[str, Any], keys: Mapping[str, str], dtype: Any = None) -> Any:
    """The network as a `torch.nn.Module` in evaluation mode.

    entries  the state dict of its weights
    keys     for each layer the name of its submodule
    dtype    ``torch.float32`` (the default) or ``torch.float64``

    ``module(x)`` takes `T x B x C` (or `T x C`; `B x C` without time) and starts from the states that the network
    holds; ``module.run(inputs, states)`` takes and returns states by layer as MATLAB has them, H x B.
    Raises `UnsupportedLayer` for options that torch's layers lack.
    """
    torch = _torch()
    dtype = torch.float32 if dtype is None else dtype
    made = _module_class()(network, keys).to(dtype)
    made.load_state_dict(entries, strict=True)
    made.eval()
    return made


def submodule(layer: Layer) -> Any:
    """Torch's layer of the same meaning; None for those that torch has none of. Raises `UnsupportedLayer`."""
    nn = _torch().nn
    if isinstance(layer, Recurrent):
        return _recurrent(nn, layer)
    if isinstance(layer, FullyConnected):
        return nn.Linear(layer.InputSize, layer.OutputSize)
    if isinstance(layer, LayerNormalization) and not _over_time(layer):
        return nn.LayerNorm(layer.NumChannels, layer.Epsilon)
    if isinstance(layer, BatchNormalization):
        return nn.BatchNorm1d(layer.NumChannels, layer.Epsilon, momentum=layer.MeanDecay)
    if isinstance(layer, Dropout):
        return nn.Dropout(layer.Probability)
    if isinstance(layer, LeakyReLU):
        return nn.LeakyReLU(layer.Scale)
    simple = {"reluLayer": nn.ReLU, "tanhLayer": nn.Tanh, "sigmoidLayer": nn.Sigmoid}
    if layer.Type in simple:
        return simple[layer.Type]()
    return nn.Softmax(-1) if layer.Type == "softmaxLayer" else foreign_torch_layers.submodule(_torch(), layer)


def _over_time(layer: Layer) -> bool:
    """Whether a layer normalization takes its statistics over time too."""
    return bool(layer.OperationDimension == "batch-excluded")


def _recurrent(nn: Any, layer: Layer) -> Any:
    state, gate = layer.StateActivationFunction, layer.GateActivationFunction
    if (state, gate) != ("tanh", "sigmoid"):
        raise UnsupportedLayer(layer.label, f"has the activations {state} and {gate}; torch's has tanh and sigmoid")
    if isinstance(layer, GRU):
        if layer.ResetGateMode == "before-multiplication":
            raise UnsupportedLayer(layer.label, "has the reset gate mode before-multiplication; torch's is the other")
        return nn.GRU(layer.InputSize, layer.NumHiddenUnits)
    return nn.LSTM(layer.InputSize, layer.NumHiddenUnits, bidirectional=isinstance(layer, BiLSTM))


def _joined(torch: Any, layer: Layer, inputs: Sequence[Tensor]) -> Tensor:
    """What layers without a torch counterpart do."""
    if layer.Type == "concatenationLayer":
        return torch.cat(list(inputs), -1)
    if layer.Type == "additionLayer":
        return functools.reduce(torch.add, inputs)
    if layer.Type == "multiplicationLayer":
        return functools.reduce(torch.mul, inputs)
    if layer.Type == "scalingLayer":
        scale, bias = (torch.tensor(layer.arrays[n].reshape(-1), dtype=inputs[0].dtype) for n in ("Scale", "Bias"))
        return inputs[0] * scale + bias
    if layer.Type in ("flattenLayer", "regressionLayer", "classificationLayer"):
        return inputs[0]
    if isinstance(layer, _OVER_TIME):
        return foreign_torch_layers.apply(torch, layer, None, inputs[0])
    raise UnsupportedLayer(layer.label, f"is a {layer.Type}, which torch.nn has no counterpart of")


def _normalized(torch: Any, layer: Layer, x: Tensor) -> Tensor:
    how = layer.Normalization
    if how == "none":
        return x

    def of(name: str) -> Tensor:
        array = layer.arrays.get(name)
        if array is None:
            raise UnsupportedLayer(layer.label, f"{name} is not set")
        return torch.tensor(array.reshape(-1), dtype=x.dtype, device=x.device)

    if how == "zerocenter":
        return x - of("Mean")
    if how == "zscore":
        return (x - of("Mean")) / of("StandardDeviation")
    share = (x - of("Min")) / (of("Max") - of("Min"))
    return 2 * share - 1 if how == "rescale-symmetric" else share


@functools.cache
def _module_class() -> Any:
    torch = _torch()

    class TorchNetwork(torch.nn.Module):  # type: ignore[name-defined, misc]  # torch is untyped here
        """Torch's layers under the names of the network's, joined as they are there."""

        def __init__(self, network: Network, keys: Mapping[str, str]) -> None:
            super().__init__()
            self.network = network.copy()
            self.keys = dict(keys)
            for layer in self.network:
                made = None if isinstance(layer, Input) else submodule(layer)
                if made is not None:
                    self.add_module(self.keys[layer.Name], made)

        def forward(self, *inputs: Tensor, states: Mapping[str, Mapping[str, Tensor]] | None = None) -> Tensor:
            """The outputs for inputs in the order of the input layers; one output alone, several as a mapping."""
            outputs, _ = self.run(dict(zip(self.network.inputs, inputs, strict=True)), states)
            return outputs if len(outputs) > 1 else next(iter(outputs.values()))

        def run(
            self, inputs: Mapping[str, Tensor], states: Mapping[str, Mapping[str, Tensor]] | None = None
        ) -> tuple[dict[str, Tensor], dict[str, dict[str, Tensor]]]:
            """Outputs by output layer and final states by layer, each H x B."""
            values: dict[str, Tensor] = {}
            final: dict[str, dict[str, Tensor]] = {}
            for name in self.network.order:
                layer = self.network[name]
                given = [values[source] for source in self.network.feeding(name)]
                own: Any = getattr(self, self.keys[name], None)
                if isinstance(layer, Input):
                    values[name] = _normalized(torch, layer, inputs[name])
                elif isinstance(layer, Recurrent):
                    first = (states or {}).get(name, {})
                    if layer.fed_states:
                        first = {
                            k: v.T if v.dim() == 2 else v.unsqueeze(1)
                            for k, v in zip(layer.state_names, given[1:], strict=True)
                        }
                    fed = self.network.signal(self.network.feeding(name)[0])
                    timed = fed is None or fed.time
                    x = given[0] if timed else given[0].unsqueeze(0)  # a sequence of one step
                    y, last = self._sequence(layer, own, x, first)
                    values[name] = y if timed or layer.OutputMode == "last" else y[0]
                    if not layer.fed_states:
                        final[name] = last
                    for port, column in zip(layer.output_ports[1:], last.values(), strict=False):
                        values[f"{name}/{port}"] = column.T if x.dim() == 3 else column[:, 0]
                elif isinstance(layer, BatchNormalization):
                    values[name] = own(given[0].reshape(-1, layer.NumChannels)).reshape(given[0].shape)
                else:
                    apply = foreign_torch_layers.apply
                    values[name] = _joined(torch, layer, given) if own is None else apply(torch, layer, own, given[0])
            return {name: values[name] for name in self.network.outputs}, final

        def _sequence(
            self, layer: Layer, own: Callable[..., Any], x: Tensor, states: Mapping[str, Tensor]
        ) -> tuple[Tensor, dict[str, Tensor]]:
            alone = x.dim() == 2
            x = x.unsqueeze(1) if alone else x
            first = [self._first(layer, name, states.get(name), x) for name in layer.state_names]
            y, last = own(x, tuple(first) if len(first) > 1 else first[0])
            after = dict(zip(layer.state_names, last if isinstance(last, tuple) else (last,), strict=True))
            if layer.OutputMode == "last":  # of each direction its own last step, which is its state
                y = torch.cat(list(after["HiddenState"]), -1)
                y = y[0] if alone else y
            elif alone:
                y = y.squeeze(1)
            return y, {name: torch.cat([part.T for part in value]) for name, value in after.items()}

        def _first(self, layer: Layer, name: str, given: Tensor | None, x: Tensor) -> Tensor:
            directions = 2 if isinstance(layer, BiLSTM) else 1
            column = torch.tensor(layer.start(name)) if given is None else torch.as_tensor(given)
            column = column.to(dtype=x.dtype, device=x.device).expand(-1, x.shape[1])
            return torch.stack([half.T.contiguous() for half in column.chunk(directions)])

    return TorchNetwork


def _torch() -> Any:
    return required("torch", "torch.nn")
