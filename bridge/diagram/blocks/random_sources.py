"""Random sources, with Simulink's own generator: Park and Miller's minimal standard of 1988.

A draw is s = 16807 s mod (2^31 - 1), u = s / (2^31 - 1). All in double, where the products stay below 2^53 and `fmod`
is exact, so that every engine draws the same numbers. A value is drawn one sample ahead, as the generated code does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from bridge.diagram.block import Results, State, as_parameter
from bridge.diagram.blocks.sources import Source
from bridge.diagram.parameters import Array, Matrix, SampleTime
from bridge.diagram.registry import register
from bridge.limits import current
from bridge.matlab.rng_simulink import MODULUS, MULTIPLIER, SCALE, initial_state
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DOUBLE, INT32, Shape

# Pairs tried for a normal draw. All fail with a probability of (1 - pi/4)^40 = 2e-27; then the last one is taken.
PAIRS = 40


def seed_state(seed: float) -> float:
    """The state that a block's Seed stands for."""
    return float(initial_state(seed))


def draws(state: Value, count: int) -> Value:
    """The next `count` states behind a vector of states (n,): (n, count).

    State k is 16807^k s mod M. The factor is split at 16 bits, so that no product leaves 53 bits.
    """
    factors = [pow(MULTIPLIER, k, MODULUS) for k in range(1, count + 1)]
    high = t.constant(np.array([float(factor >> 16) for factor in factors]))
    low = t.constant(np.array([float(factor & 0xFFFF) for factor in factors]))
    column = t.reshape(state, (state.shape[0], 1))
    upper = t.fmod(column * high, float(MODULUS)) * 65536.0
    return t.fmod(upper + column * low, float(MODULUS))


def uniform(state: Value) -> tuple[Value, Value]:
    """A draw in (0, 1) for each state (n,), and the states after it."""
    state = t.fmod(state * float(MULTIPLIER), float(MODULUS))
    return state * SCALE, state


def normal(state: Value) -> tuple[Value, Value]:
    """A standard normal draw for each state (n,) by the polar method, and the states after it.

    Pairs are drawn until one falls into the unit circle; the second number of that pair is thrown away.
    """
    states = draws(state, 2 * PAIRS)
    count = state.shape[0]
    firsts = t.cut(states, (0, count), (0, 2 * PAIRS, 2))
    seconds = t.cut(states, (0, count), (1, 2 * PAIRS, 2))
    x, y = firsts * SCALE * 2.0 - 1.0, seconds * SCALE * 2.0 - 1.0
    square = x * x + y * y
    accepted = t.where(square <= 1.0, t.constant(1, INT32), 0)
    chosen = t.argmax(accepted, 1) + t.constant(np.arange(count, dtype=np.int32) * PAIRS)
    x, square, after = (t.gather(t.reshape(value, (count * PAIRS,)), chosen) for value in (x, square, seconds))
    return t.sqrt(t.log(square) * -2.0 / square) * x, after


class Random(Source):
    """One generator for each element of Seed. `value` is what the next step shows, `seed` the generators' states."""

    Seed = Array("0")
    SampleTime = SampleTime("0.1")

    def draw(self, state: Value) -> tuple[Value, Value]:
        """A draw for each generator, (n,), and the states after it."""
        raise NotImplementedError

    def scale(self) -> list[Value]:
        """The parameters that shape a draw."""
        raise NotImplementedError

    def shaped_draw(self, drawn: Value, scale: list[Value]) -> Value:
        """The block's value from a draw."""
        raise NotImplementedError

    def _shape(self) -> Shape:
        """That of the parameters and of Seed, whose scalars spread; each element has a generator of its own."""
        seed = self.signal(t.constant(self.Seed.astype(float)))
        return self.aligned(seed, *self.scale())[0].shape

    def _next(self, state: Value, shape: Shape) -> tuple[Value, Value]:
        drawn, after = self.draw(state)
        scale = [self.shaped(value, shape) for value in self.scale()]
        return self.shaped_draw(t.column_major(drawn, shape), scale), after

    def states(self) -> Mapping[str, State]:
        shape = self._shape()
        size = int(np.prod(shape))
        if self.Seed.size > (most := current().run_operations):
            raise self.wrong("Seed", f"asks for more than {most:,} generators (run_operations in bridge.allow)")
        seeds = [seed_state(seed) for seed in self.Seed.astype(float).ravel(order="F")]
        # One seed for several elements: they all run alike, as in Simulink.
        first = t.constant(np.array(seeds if len(seeds) == size else seeds * size, float))
        value, state = self._next(first, shape)
        return {"value": State(value), "seed": State(state, kind="random seed")}

    def output(self) -> Results:
        return self.state("value")

    def update(self) -> Mapping[str, Value]:
        value, state = self._next(self.state("seed"), self.state("value").shape)
        return {"value": value, "seed": state}


@register("UniformRandomNumber")
class UniformRandomNumber(Random):
    """y = Minimum + (Maximum - Minimum) u, u uniform in (0, 1) (Simulink, *Uniform Random Number*)."""

    Minimum = Matrix("-1")
    Maximum = Matrix("1")

    def draw(self, state: Value) -> tuple[Value, Value]:
        return uniform(state)

    def scale(self) -> list[Value]:
        return self.signals(self.Minimum, self.Maximum)

    def shaped_draw(self, drawn: Value, scale: list[Value]) -> Value:
        low, high = scale
        return (high - low) * drawn + low


@register("RandomNumber")
class RandomNumber(Random):
    """y = Mean + sqrt(Variance) n, n standard normal (Simulink, *Random Number*)."""

    Mean = Matrix("0")
    Variance = Matrix("1")

    def draw(self, state: Value) -> tuple[Value, Value]:
        return normal(state)

    def scale(self) -> list[Value]:
        return self.signals(self.Mean, self.Variance)

    def shaped_draw(self, drawn: Value, scale: list[Value]) -> Value:
        mean, variance = scale
        return drawn * t.sqrt(variance) + mean


@register("simulink/Sources/Band-Limited White Noise")
class BandLimitedWhiteNoise(Random):
    """y = sqrt(Cov / Ts) n, n standard normal (Simulink, *Band-Limited White Noise*)."""

    restrictions = "one noise power for each element, no covariance matrix"
    Cov = Matrix("[0.1]")
    Ts = SampleTime("0.1")
    seed = Array("[23341]")

    @property
    def Seed(self) -> np.ndarray:  # type: ignore[override]  # noqa: N802
        """The seeds; the library block has the parameter in lower case."""
        return self.seed

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return self.Ts

    def draw(self, state: Value) -> tuple[Value, Value]:
        return normal(state)

    def scale(self) -> list[Value]:
        power = self.signal(as_parameter(self.Cov, DOUBLE))
        if power.type.rank == 2:
            raise self.unsupported("a matrix for Cov")
        return [t.sqrt(power)]

    def shaped_draw(self, drawn: Value, scale: list[Value]) -> Value:
        # The library block multiplies by [sqrt(Cov)]/[sqrt(Ts)].
        return drawn * (scale[0] / math.sqrt(self.site.period))
