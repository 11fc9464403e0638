"""Update rules of the solvers, as MATLAB writes them, on torch tensors.

Each differs from torch.optim's in a detail that shows within a few steps: see the classes. Formulas: Deep Learning
Toolbox documentation, *trainingOptions*, section on algorithms; order and epsilon as observed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

from bridge.training.options import TrainingOptions

Tensor = Any


class Update(Protocol):
    """Changes each parameter in place by its gradient; `rates` are the learn rates of each."""

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor], rates: Sequence[float]) -> None:
        """Take one step."""


class Adam:
    """w -= rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon).

    Epsilon meets the uncorrected second moment; torch corrects first, so that its epsilon is larger in the first steps
    (by 31.6 at t = 1 with the default decay).
    """

    def __init__(self, options: TrainingOptions) -> None:
        self.first, self.second = options.GradientDecayFactor, options.squared_decay
        self.epsilon = options.Epsilon
        self.count = 0
        self.moments: list[tuple[Tensor, Tensor]] = []

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor], rates: Sequence[float]) -> None:
        """Take one step."""
        if not self.moments:
            self.moments = [(p.new_zeros(p.shape), p.new_zeros(p.shape)) for p in parameters]
        self.count += 1
        correction = math.sqrt(1 - self.second**self.count) / (1 - self.first**self.count)
        for parameter, gradient, rate, (m, v) in zip(parameters, gradients, rates, self.moments, strict=True):
            m.mul_(self.first).add_(gradient, alpha=1 - self.first)
            v.mul_(self.second).addcmul_(gradient, gradient, value=1 - self.second)
            parameter.addcdiv_(m, v.sqrt().add_(self.epsilon), value=-rate * correction)


class RMSProp:
    """v = d v + (1 - d) g^2; w -= rate g / (sqrt(v) + epsilon), without bias correction."""

    def __init__(self, options: TrainingOptions) -> None:
        self.decay, self.epsilon = options.squared_decay, options.Epsilon
        self.squares: list[Tensor] = []

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor], rates: Sequence[float]) -> None:
        """Take one step."""
        if not self.squares:
            self.squares = [parameter.new_zeros(parameter.shape) for parameter in parameters]
        for parameter, gradient, rate, v in zip(parameters, gradients, rates, self.squares, strict=True):
            v.mul_(self.decay).addcmul_(gradient, gradient, value=1 - self.decay)
            parameter.addcdiv_(gradient, v.sqrt().add_(self.epsilon), value=-rate)


class SGDM:
    """v = momentum v - rate g; w += v: the rate is inside the velocity, where torch multiplies the whole buffer."""

    def __init__(self, options: TrainingOptions) -> None:
        self.momentum = options.Momentum
        self.velocities: list[Tensor] = []

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor], rates: Sequence[float]) -> None:
        """Take one step."""
        if not self.velocities:
            self.velocities = [parameter.new_zeros(parameter.shape) for parameter in parameters]
        for parameter, gradient, rate, v in zip(parameters, gradients, rates, self.velocities, strict=True):
            v.mul_(self.momentum).add_(gradient, alpha=-rate)
            parameter.add_(v)


def solver(options: TrainingOptions) -> Update:
    """A new solver of the kind that the options name."""
    made: dict[str, type[Adam] | type[RMSProp] | type[SGDM]] = {"adam": Adam, "rmsprop": RMSProp, "sgdm": SGDM}
    return made[options.solver](options)


def regularized(
    parameters: Sequence[Tensor], gradients: Sequence[Tensor], decays: Sequence[float], options: TrainingOptions
) -> list[Tensor]:
    """Gradients with L2 regularization added, then cut at the threshold: MATLAB's order, so the threshold sees both."""
    summed = [g.add(w, alpha=decay) if decay else g for w, g, decay in zip(parameters, gradients, decays, strict=True)]
    threshold = options.GradientThreshold
    if math.isinf(threshold):
        return summed
    if options.GradientThresholdMethod == "absolute-value":
        return [gradient.clamp(-threshold, threshold) for gradient in summed]
    norms = [gradient.norm() for gradient in summed]
    if options.GradientThresholdMethod == "global-l2norm":
        whole = math.sqrt(sum(float(norm) ** 2 for norm in norms))
        return [gradient * (threshold / whole) for gradient in summed] if whole > threshold else summed
    return [g * (threshold / n) if float(n) > threshold else g for g, n in zip(summed, norms, strict=True)]
