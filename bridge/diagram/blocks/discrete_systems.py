"""Discrete systems in state space, and from zeros and poles."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.diagram.blocks.state_space import FromMatrices, FromRoots
from bridge.diagram.parameters import SampleTime
from bridge.diagram.registry import register
from bridge.program.form import Value


@register("DiscreteStateSpace")
class DiscreteStateSpace(FromMatrices):
    """x[n+1] = A x[n] + B u[n], y[n] = C x[n] + D u[n] (Simulink, *Discrete State-Space*)."""

    SampleTime = SampleTime("-1")

    def update(self, u: Value) -> Mapping[str, Value]:
        return self.moved(u)


@register("DiscreteZeroPole")
class DiscreteZeroPole(FromRoots):
    """y = Gain (z - z1)(z - z2)… / (z - p1)(z - p2)… u, from rest (Simulink, *Discrete Zero-Pole*)."""

    SampleTime = SampleTime("-1")

    def update(self, u: Value) -> Mapping[str, Value]:
        return self.moved(u)
