"""A torch module as a network, believed only when both compute the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import NetworkError, UsageError
from bridge.files import network_torch, torch_modules
from bridge.network import GlobalAveragePooling1D, GlobalMaxPooling1D, Indexing1D, Network, Recurrent
from bridge.prediction.run import predict

Array = npt.NDArray[Any]
_STEPS, _SEQUENCES = 5, 2


def from_torch(module: Any) -> Network:
    """The `Network` of a `torch.nn.Module` made of LSTM, GRU, Linear and activations, with its weights.

    Layers are taken in the order in which the module registers them (see `bridge.files.torch_modules`); an LSTM's Bias
    is bias_ih + bias_hh, a GRU gets the reset gate mode ``recurrent-bias-after-multiplication``. The module is then
    run on a short sequence in evaluation mode, and its results must be those of the network: of every step, of the
    last one, of the mean or of the largest of all steps. Raises `UnsupportedLayer` for a layer without counterpart,
    `NetworkError` where the results differ.
    """
    if hasattr(module, "network") and hasattr(module, "keys"):  # one that `to_torch` made
        return network_torch.from_own_module(module)
    if not hasattr(module, "named_children"):
        raise UsageError(f"from_torch takes a torch.nn.Module, not a {type(module).__name__}")
    found = torch_modules.from_module(module)
    x = _input(found)
    y = _forward(module, x)
    for candidate in _candidates(found):
        ours = predict(candidate, x, layout=_layout(found, module), precision=_precision(y))
        if ours.shape == y.shape and np.allclose(ours, y, rtol=0, atol=_tolerance(y)):
            return candidate
    raise NetworkError("", f"the forward of {type(module).__name__} does not compute what its layers compute in order")


def _candidates(found: Network) -> list[Network]:
    """The network with every step handed on, and with what may come of them behind its last recurrent layer."""
    recurrent = [layer.Name for layer in found if isinstance(layer, Recurrent)]
    if not recurrent:
        return [found]
    place = found.names.index(recurrent[-1]) + 1
    behind = (Indexing1D("last"), GlobalAveragePooling1D(), GlobalMaxPooling1D())
    pooled = [Network([*found.layers[:place], layer, *found.layers[place:]]) for layer in behind]
    return [found, found.with_({recurrent[-1]: {"OutputMode": "last"}}), *pooled]


def _input(found: Network) -> Array:
    """Numbers without a pattern that layers could hide; sequences are as many as there are steps, for either order."""
    (name,) = found.inputs
    channels = found[name].InputSize
    sequence = found.signal(name) is not None and any(isinstance(layer, Recurrent) for layer in found)
    shape = (_STEPS, _SEQUENCES, channels) if sequence else (_STEPS, channels)
    return np.sin(1.7 * np.arange(np.prod(shape)) ** 1.1).reshape(shape)


def _layout(found: Network, module: Any) -> str:
    if not any(isinstance(layer, Recurrent) for layer in found):
        return "BC"
    return "BTC" if any(getattr(each, "batch_first", False) for each in module.modules()) else "TBC"


def _precision(y: Array) -> str:
    return "double" if y.dtype == np.float64 else "single"


def _tolerance(y: Array) -> float:
    """A thousand roundings of the largest result."""
    return 1e3 * float(np.finfo(y.dtype).eps) * max(float(np.abs(y).max(initial=0.0)), 1.0)


def _forward(module: Any, x: Array) -> Array:
    import torch

    first = next(iter(module.parameters()))
    training = module.training
    module.eval()
    try:
        with torch.no_grad():
            y = module(torch.from_numpy(x).to(first.dtype).to(first.device))
    except Exception as error:  # whatever the module's own code raises
        line = (str(error).strip() or type(error).__name__).splitlines()[0]
        name = type(module).__name__
        raise NetworkError("", f"the forward of {name} does not take a sequence alone: {line}") from None
    finally:
        module.train(training)
    while isinstance(y, tuple | list) and len(y):
        y = y[0]
    if not isinstance(y, torch.Tensor):
        raise NetworkError("", f"the forward of {type(module).__name__} returns a {type(y).__name__}, not a tensor")
    result: Array = y.detach().cpu().numpy()
    return result
