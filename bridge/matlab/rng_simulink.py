"""The generator behind Simulink's Random Number and Uniform Random Number blocks, and MATLAB's old `seed` streams.

Park and Miller's minimal standard (1988): s = 16807 s mod (2^31 - 1), u = s / (2^31 - 1).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bridge.matlab.rng_twister import Doubles

MULTIPLIER = 16807
MODULUS = 2**31 - 1
SCALE = 4.6566128752457969e-10
"""1 / (2^31 - 1), the factor that generated code uses: a multiplication, so that the last bits agree."""
SEED_IF_ZERO = 1144108930


def initial_state(seed: float) -> int:
    """A seed as Simulink turns it into a state in 1..2^31-2: the halves of its 32 bits change places, with care.

    Seeds below 2^15 give seed * 65536; a result of 0 gives 1144108930, and one above 2^31 - 2 gives 2^31 - 2.
    """
    whole = math.floor(seed) % 2**32
    high = whole >> 16
    bit = whole & 0x8000
    state = ((((whole - (high << 16)) + bit) << 16) + bit + high) % 2**32
    if state < 1:
        return SEED_IF_ZERO
    return min(state, MODULUS - 1)


def next_state(state: int) -> int:
    """16807 * state mod (2^31 - 1)."""
    return MULTIPLIER * state % MODULUS


def next_uniform(state: int) -> tuple[float, int]:
    """A draw in (0, 1) and the state after it."""
    state = next_state(state)
    return state * SCALE, state


def next_normal(state: int) -> tuple[float, int]:
    """A standard normal draw by the polar method and the state after it; the second of each pair is thrown away."""
    while True:
        first, state = next_uniform(state)
        second, state = next_uniform(state)
        a, b = 2.0 * first - 1.0, 2.0 * second - 1.0
        square = a * a + b * b
        if square <= 1.0:
            return math.sqrt(-2.0 * math.log(square) / square) * a, state


class SimulinkGenerator:
    """One stream for each element of `seed`: what a random block with that `Seed` puts out, sample by sample.

    `uniform(T)` and `normal(T)` return T x N arrays, N seeds, row k being the block's k-th sample. `state` holds
    the N integers that generated code keeps as `RandSeed`.
    """

    def __init__(self, seed: npt.ArrayLike = 0) -> None:
        self.state = [initial_state(s) for s in np.asarray(seed, dtype=np.float64).reshape(-1).tolist()]

    def uniform(self, samples: int, minimum: npt.ArrayLike = 0.0, maximum: npt.ArrayLike = 1.0) -> Doubles:
        """minimum + (maximum - minimum) u; T x N."""
        low, high = np.asarray(minimum, dtype=np.float64), np.asarray(maximum, dtype=np.float64)
        result: Doubles = low + (high - low) * self._draw(samples, normal=False)
        return result

    def normal(self, samples: int, mean: npt.ArrayLike = 0.0, variance: npt.ArrayLike = 1.0) -> Doubles:
        """mean + sqrt(variance) n; T x N."""
        deviation = np.sqrt(np.asarray(variance, dtype=np.float64))
        result: Doubles = np.asarray(mean, dtype=np.float64) + deviation * self._draw(samples, normal=True)
        return result

    def _draw(self, samples: int, normal: bool) -> Doubles:
        draw = next_normal if normal else next_uniform
        out = np.empty((samples, len(self.state)))
        for column, state in enumerate(self.state):
            for row in range(samples):
                out[row, column], state = draw(state)
            self.state[column] = state
        return out
