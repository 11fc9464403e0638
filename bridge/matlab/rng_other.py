"""Generators beside the Mersenne Twister, as far as published draws confirm them.

simdTwister is dSFMT-19937 (Saito and Matsumoto 2009), v4 the old `seed` streams. philox, threefry, mrg32k3a and
mlfg6331_64 are known algorithms, but how MATLAB turns a seed into their state is not.
"""

from __future__ import annotations

import numpy as np

from bridge.errors import UsageError
from bridge.matlab.rng_simulink import initial_state, next_normal, next_uniform
from bridge.matlab.rng_twister import Doubles, Words

_LANES = 191
_SHIFT = 117
_MASKS = (0x000FFAFFFFFFFB3F, 0x000FFDFFFC90FFFD)
_FIX = (0x90014964B32F4329, 0x3B8D12AC548A7C7A)
_PERIOD = (0x3D84E1AC0DC82880, 0x0000000000000001)
_WORD = (1 << 64) - 1


class SimdTwister:
    """dSFMT-19937: doubles in [1, 2) made without integers, less 1; what MATLAB calls simdTwister.

    The first five draws of seed 1 agree with MATLAB's. Not known: seed 0, the normal draws, the format of the
    state, and whether the last of the 52 bits is forced to one.
    """

    def __init__(self, seed: int) -> None:
        if seed == 0:
            raise UsageError("what MATLAB makes of seed 0 for simdTwister is not known; seeds from 1 on are")
        words = [seed]
        for i in range(1, 4 * (_LANES + 1)):
            words.append((1812433253 * (words[-1] ^ (words[-1] >> 30)) + i) & 0xFFFFFFFF)
        state = [words[i] | (words[i + 1] << 32) for i in range(0, len(words), 2)]
        self._state = [(s & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000 for s in state[:-2]]
        parity = ((state[-2] ^ _FIX[0]) & _PERIOD[0]) ^ ((state[-1] ^ _FIX[1]) & _PERIOD[1])
        certified = bin(parity).count("1") % 2
        self._lung = (state[-2], state[-1] ^ (1 - certified))
        self._index = len(self._state)

    def _next_block(self) -> None:
        state, (low, high) = self._state, self._lung
        for i in range(0, 2 * _LANES, 2):
            j = (i + 2 * _SHIFT) % (2 * _LANES)
            a, b = state[i], state[i + 1]
            low, high = (
                ((a << 19) & _WORD) ^ (high >> 32) ^ ((high << 32) & _WORD) ^ state[j],
                ((b << 19) & _WORD) ^ (low >> 32) ^ ((low << 32) & _WORD) ^ state[j + 1],
            )
            state[i] = (low >> 12) ^ (low & _MASKS[0]) ^ a
            state[i + 1] = (high >> 12) ^ (high & _MASKS[1]) ^ b
        self._lung = (low, high)
        self._index = 0

    def uniform(self, count: int) -> Doubles:
        """The next `count` numbers in [0, 1)."""
        drawn: list[int] = []
        while len(drawn) < count:
            if self._index == len(self._state):
                self._next_block()
            taken = self._state[self._index : self._index + count - len(drawn)]
            self._index += len(taken)
            drawn += taken
        result: Doubles = np.array(drawn, dtype=np.uint64).view(np.float64) - 1.0
        return result

    def normal(self, count: int) -> Doubles:
        """Not known."""
        raise UsageError("how MATLAB draws normal numbers from simdTwister is not known; the twister's are")

    @property
    def state(self) -> Words:
        """Not known in MATLAB's format."""
        raise UsageError("the format of MATLAB's state of simdTwister is not known")

    @state.setter
    def state(self, value: Words) -> None:
        raise UsageError("the format of MATLAB's state of simdTwister is not known")


class V4:
    """The streams of `rand('seed', s)` and `randn('seed', s)`, which have a state each: `state` is both."""

    def __init__(self, seed: int) -> None:
        self.state: Words = np.full(2, initial_state(seed), dtype=np.uint32)

    def uniform(self, count: int) -> Doubles:
        """The next `count` numbers in (0, 1)."""
        return self._draw(0, count)

    def normal(self, count: int) -> Doubles:
        """The next `count` standard normal numbers."""
        return self._draw(1, count)

    def _draw(self, which: int, count: int) -> Doubles:
        out = np.empty(count)
        state = int(self.state[which])
        for i in range(count):
            out[i], state = next_normal(state) if which else next_uniform(state)
        self.state[which] = state
        return out
