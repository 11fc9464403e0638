"""Torch's counterparts of layers that mix steps, and of the less usual activations.

Signals are `T x B x C` (`T x C`, and `B x C` or `C` without time), as in `foreign_torch`; torch's convolutions and
poolings want `B x C x T`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.errors import UnsupportedLayer
from bridge.network import (
    ELU,
    GELU,
    ClippedReLU,
    Convolution1D,
    GroupNormalization,
    InstanceNormalization,
    Layer,
    LayerNormalization,
    PositionEmbedding,
    PReLU,
    SelfAttention,
)

Tensor = Any


def submodule(torch: Any, layer: Layer) -> Any:
    """The layer of torch that holds its learnables; None for one without."""
    nn = torch.nn
    if isinstance(layer, Convolution1D):
        return nn.Conv1d(
            layer.NumChannels, layer.NumFilters, layer.FilterSize, stride=layer.Stride, dilation=layer.DilationFactor
        )
    if isinstance(layer, SelfAttention):
        return _attention(torch, layer)
    if isinstance(layer, PositionEmbedding):
        return nn.Embedding(layer.MaxPosition, layer.OutputSize)
    if isinstance(layer, PReLU):
        return nn.PReLU(1 if layer.Alpha is not None and layer.Alpha.size == 1 else layer.NumChannels)
    if isinstance(layer, GroupNormalization):
        return nn.GroupNorm(layer.groups(layer.NumChannels), layer.NumChannels, layer.Epsilon)
    if isinstance(layer, InstanceNormalization):
        return nn.InstanceNorm1d(layer.NumChannels, layer.Epsilon, affine=True)
    if isinstance(layer, LayerNormalization):  # over time too: all channels as one group
        return nn.GroupNorm(1, layer.NumChannels, layer.Epsilon)
    if isinstance(layer, ELU):
        return nn.ELU(layer.Alpha)
    if isinstance(layer, GELU):
        return nn.GELU(layer.Approximation)
    if isinstance(layer, ClippedReLU):
        return nn.Hardtanh(0.0, layer.Ceiling)
    simple = {"swishLayer": nn.SiLU, "softplusLayer": nn.Softplus, "identityLayer": nn.Identity}
    return simple[layer.Type]() if layer.Type in simple else None


def _snake(learnable: str) -> str:
    """``QueryWeights`` as the state dict has it: ``query_weight``."""
    return learnable.replace("Weights", "_weight").replace("Bias", "_bias").lower()


def _attention(torch: Any, layer: SelfAttention) -> Any:
    """Parameters alone; what is done with them is `apply`'s."""
    made = torch.nn.Module()
    for name, shape in layer.shapes().items():
        held = torch.zeros(shape[0] if name.endswith("Bias") else shape)
        made.register_parameter(_snake(name), torch.nn.Parameter(held))
    return made


def apply(torch: Any, layer: Layer, own: Any, x: Tensor) -> Tensor:
    """The layer's output for a signal, by torch's own functions."""
    if layer.Type not in _OVER_TIME or getattr(layer, "OperationDimension", "batch-excluded") != "batch-excluded":
        return own(x)
    alone = x.dim() == 2
    rows = (x.unsqueeze(1) if alone else x).permute(1, 2, 0)  # B x C x T
    y = _OVER_TIME[layer.Type](torch, layer, own, rows)
    y = y.permute(2, 0, 1) if y.dim() == 3 else y
    return y.squeeze(-2) if alone else y


def _padded(torch: Any, layer: Any, x: Tensor, value: float) -> Tensor:
    return torch.nn.functional.pad(x, layer.padding(x.shape[-1]), value=value)


def _convolution(torch: Any, layer: Any, own: Any, x: Tensor) -> Tensor:
    return own(_padded(torch, layer, x, 0.0))


def _largest(torch: Any, layer: Any, own: Any, x: Tensor) -> Tensor:
    return torch.nn.functional.max_pool1d(_padded(torch, layer, x, float("-inf")), layer.PoolSize, layer.Stride)


def _average(torch: Any, layer: Any, own: Any, x: Tensor) -> Tensor:
    return torch.nn.functional.avg_pool1d(_padded(torch, layer, x, 0.0), layer.PoolSize, layer.Stride)


def _self_attention(torch: Any, layer: Any, own: Any, x: Tensor) -> Tensor:
    functional, heads = torch.nn.functional, layer.NumHeads
    rows = x.transpose(1, 2)  # B x T x C

    def projected(what: str) -> Tensor:
        flat = functional.linear(rows, getattr(own, f"{what}_weight"), getattr(own, f"{what}_bias"))
        return flat.unflatten(-1, (heads, -1)).transpose(1, 2)

    query, key, value = (projected(what) for what in ("query", "key", "value"))
    causal = layer.AttentionMask == "causal"
    attended = functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
    joined = attended.transpose(1, 2).flatten(2)
    return functional.linear(joined, own.output_weight, own.output_bias).transpose(1, 2)


def _positions(torch: Any, layer: Any, own: Any, x: Tensor) -> Tensor:
    if x.shape[-1] > layer.MaxPosition:
        raise UnsupportedLayer(layer.label, f"knows {layer.MaxPosition} positions, but is given {x.shape[-1]} steps")
    return own(torch.arange(x.shape[-1])).T.expand(x.shape[0], -1, -1)


_OVER_TIME: Mapping[str, Callable[[Any, Any, Any, Tensor], Tensor]] = {
    "convolution1dLayer": _convolution,
    "maxPooling1dLayer": _largest,
    "averagePooling1dLayer": _average,
    "globalAveragePooling1dLayer": lambda torch, layer, own, x: x.mean(-1),
    "globalMaxPooling1dLayer": lambda torch, layer, own, x: torch.amax(x, -1),
    "selfAttentionLayer": _self_attention,
    "positionEmbeddingLayer": _positions,
    "indexing1dLayer": lambda torch, layer, own, x: x[..., 0 if layer.Index == "first" else -1],
    "instanceNormalizationLayer": lambda torch, layer, own, x: own(x) if x.shape[-1] > 1 else _alone(torch, own, x),
    "groupNormalizationLayer": lambda torch, layer, own, x: _grouped(torch, own, x),
    "layerNormalizationLayer": lambda torch, layer, own, x: _grouped(torch, own, x),
    "preluLayer": lambda torch, layer, own, x: own(x),
}


def _grouped(torch: Any, own: Any, x: Tensor) -> Tensor:
    """A group normalization, also of one number to the group, which torch refuses."""
    return own(x) if x.numel() > own.num_groups else _alone(torch, own, x)


def _alone(torch: Any, own: Any, x: Tensor) -> Tensor:
    """Of one step alone, which torch's layer refuses, nothing is left but the offset."""
    return own.bias.detach().reshape(1, -1, 1).expand_as(x)
