"""MATLAB's initializers, drawn from MATLAB's random stream.

Sources: the Deep Learning Toolbox's "Initialize Learnable Parameters for Model Function" and the properties of its
layers. Draws are single, in the order of the layers and, within a layer, of its learnables. The sizes in the formulas
are those of the whole stacked matrix, over all gates and directions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import UnsupportedLayer
from bridge.matlab.rng import Stream, rng
from bridge.network import Layer, Network, Recurrent

Array = npt.NDArray[Any]
Shape = tuple[int, ...]


def _fans(shape: Shape) -> tuple[int, int]:
    """Inputs and outputs of one element: of weights O x I, or of a convolution's K x C x F, which reach K steps."""
    if len(shape) == 2:
        return shape[1], shape[0]
    size, channels, filters = shape
    return size * channels, size * filters


def glorot(stream: Stream, shape: Shape) -> Array:
    """Uniform between ±sqrt(6 / (inputs + outputs)): variance 2 / (inputs + outputs)."""
    bound = np.float32(np.sqrt(6 / sum(_fans(shape))))
    return np.asarray(bound * (2 * stream.rand(*shape, dtype="single") - 1), np.float32)


def he(stream: Stream, shape: Shape) -> Array:
    """Normal with variance 2 / inputs."""
    return np.asarray(np.float32(np.sqrt(2 / _fans(shape)[0])) * stream.randn(*shape, dtype="single"), np.float32)


def narrow_normal(stream: Stream, shape: Shape) -> Array:
    """Normal with standard deviation 0.01."""
    return np.asarray(np.float32(0.01) * stream.randn(*shape, dtype="single"), np.float32)


def orthogonal(stream: Stream, shape: Shape) -> Array:
    """Q of Z = Q R for a normal Z, columns signed so that R has a positive diagonal; of a wide matrix, its rows."""
    drawn = np.asarray(stream.randn(*shape, dtype="single"), np.float32)
    wide = shape[0] < shape[1]
    q, r = np.linalg.qr(drawn.T if wide else drawn)
    q = q * np.sign(np.diag(r))
    return np.ascontiguousarray(q.T if wide else q, np.float32)


_DRAWN: dict[str, Callable[[Stream, Shape], Array]] = {
    "glorot": glorot,
    "he": he,
    "narrow-normal": narrow_normal,
    "orthogonal": orthogonal,
    "zeros": lambda _, shape: np.zeros(shape, np.float32),
    "ones": lambda _, shape: np.ones(shape, np.float32),
}


def unit_forget_gate(layer: Layer) -> Array:
    """Zeros, and ones in the rows of the forget gate of each direction."""
    assert isinstance(layer, Recurrent)
    bias = np.zeros((layer.directions, layer.gates, layer.NumHiddenUnits), np.float32)
    bias[:, 1] = 1
    return bias.reshape(-1, 1)


def initialize(network: Network, stream: Stream | int | None = None) -> None:
    """Draw every learnable that is not set, in place. Raises `UnsupportedLayer` where sizes are not known."""
    if not isinstance(stream, Stream):
        stream = rng(0 if stream is None else stream)
    for layer in network:
        for name in layer.learnable_names:
            if name not in layer.arrays:
                setattr(layer, name, _draw(layer, name, stream))


def _draw(layer: Layer, name: str, stream: Stream) -> Array:
    how = getattr(layer, f"{name}Initializer")
    shape = tuple(size for size in layer.shapes()[name] if size is not None)
    if len(shape) < len(layer.shapes()[name]):
        raise UnsupportedLayer(layer.label, f"the size of {name} is not known, as an unknown layer comes before")
    return unit_forget_gate(layer) if how == "unit-forget-gate" else _DRAWN[how](stream, shape)
