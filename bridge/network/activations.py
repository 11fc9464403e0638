"""Activations beside those of `bridge.network.feedforward`: one number in, one number out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.network.layer import Layer, Shape, Signal
from bridge.network.option import Option, choice, declare, factors, number, whole

_INFINITE = float("inf")


class ELU(Layer):
    """x where it is positive, else `Alpha` (exp(x) - 1): MATLAB's `eluLayer`."""

    Type = "eluLayer"
    title = "ELU"
    default_name = "elu"
    positional = ("Alpha",)
    declared = declare(Alpha=Option(number(-_INFINITE, _INFINITE), 1.0))

    def summary(self) -> str:
        return f"ELU with Alpha {self.Alpha:g}"


class Swish(Layer):
    """x / (1 + exp(-x)): MATLAB's `swishLayer`."""

    Type = "swishLayer"
    title = "Swish"
    default_name = "swish"


class GELU(Layer):
    """x (1 + erf(x / sqrt 2)) / 2, or with `Approximation` ``tanh`` the usual formula with tanh: `geluLayer`."""

    Type = "geluLayer"
    title = "GELU"
    default_name = "gelu"
    declared = declare(Approximation=Option(choice("none", "tanh"), "none"))


class ClippedReLU(Layer):
    """min(max(x, 0), `Ceiling`): MATLAB's `clippedReluLayer`."""

    Type = "clippedReluLayer"
    title = "Clipped ReLU"
    default_name = "clippedrelu"
    positional = ("Ceiling",)
    declared = declare(Ceiling=Option(number(0, _INFINITE)))

    def summary(self) -> str:
        return f"Clipped ReLU with ceiling {self.Ceiling:g}"


class Softplus(Layer):
    """log(1 + exp(x)): the Reinforcement Learning Toolbox's `softplusLayer`."""

    Type = "softplusLayer"
    title = "Softplus"
    default_name = "softplus"


class PReLU(Layer):
    """x where it is positive, else `Alpha` x with a learnable factor for each channel, or one: `preluLayer`."""

    Type = "preluLayer"
    title = "PReLU"
    default_name = "prelu"
    learnable_names = ("Alpha",)
    declared = declare(NumChannels=Option(whole(), None), **factors({"Alpha": "zeros"}))

    def shapes(self) -> Mapping[str, Shape]:
        return {"Alpha": (self.NumChannels, 1)}

    @staticmethod
    def _agree(shape: tuple[int, ...], wanted: Shape) -> bool:
        return shape == (1, 1) or Layer._agree(shape, wanted)

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        if inputs[0] is not None:
            self._take_size("NumChannels", inputs[0].size)
        return inputs[0]


class Scaling(Layer):
    """`Scale` x + `Bias`, numbers or one for each channel: the Reinforcement Learning Toolbox's `scalingLayer`."""

    Type = "scalingLayer"
    title = "Scaling"
    default_name = "scaling"
    statistic_names = ("Scale", "Bias")

    def shapes(self) -> Mapping[str, Shape]:
        return {"Scale": (None, 1), "Bias": (None, 1)}


class Identity(Layer):
    """Hands on what it is given: MATLAB's `identityLayer`."""

    Type = "identityLayer"
    title = "Identity"
    default_name = "identity"
