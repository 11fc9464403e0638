"""The words of the Mersenne Twister mt19937ar (Matsumoto and Nishimura 1998), whole blocks at a time.

Written in numpy, because importing `numpy.random` would cost more than a small simulation.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridge.errors import UsageError

Words = npt.NDArray[np.uint32]
Doubles = npt.NDArray[np.float64]

LENGTH = 624
SHIFT = 397
_GAP = LENGTH - SHIFT
_UPPER = np.uint32(0x80000000)
_LOWER = np.uint32(0x7FFFFFFF)
_ODD = np.uint32(0x9908B0DF)
_ONE = np.uint32(1)


def initial_key(seed: int) -> Words:
    """`init_genrand(seed)`: k[i] = 1812433253 (k[i-1] xor k[i-1] >> 30) + i, modulo 2^32; 624 words."""
    key = [seed & 0xFFFFFFFF]
    for i in range(1, LENGTH):
        previous = key[-1]
        key.append((1812433253 * (previous ^ (previous >> 30)) + i) & 0xFFFFFFFF)
    return np.array(key, dtype=np.uint32)


def next_key(key: Words) -> Words:
    """The following 624 words: k[n+624] = k[n+397] xor twist(upper bit of k[n], lower bits of k[n+1])."""
    mixed = (key[:-1] & _UPPER) | (key[1:] & _LOWER)
    twisted = (mixed >> _ONE) ^ ((mixed & _ONE) * _ODD)
    new = np.empty_like(key)
    new[:_GAP] = key[SHIFT:] ^ twisted[:_GAP]
    new[_GAP : 2 * _GAP] = new[:_GAP] ^ twisted[_GAP : 2 * _GAP]
    new[2 * _GAP : -1] = new[_GAP : SHIFT - 1] ^ twisted[2 * _GAP :]
    # The last word meets the first of the new block, which is why it cannot be computed with the others.
    last = (int(key[-1]) & 0x80000000) | (int(new[0]) & 0x7FFFFFFF)
    new[-1] = int(new[SHIFT - 1]) ^ (last >> 1) ^ (0x9908B0DF if last & 1 else 0)
    return new


def temper(key: Words) -> Words:
    """The output function of the twister, element by element."""
    y = key ^ (key >> np.uint32(11))
    y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
    y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
    y ^= y >> np.uint32(18)
    return y


class Twister:
    """A source of 32-bit words that can be looked at before they are taken.

    `peek(n)` shows the next n words, `advance(n)` takes them: a sampler that rejects some draws looks at many
    and takes exactly the words that a sampler working one by one would have taken.
    """

    def __init__(self, seed: int) -> None:
        self._set(initial_key(seed), LENGTH)

    def _set(self, key: Words, index: int) -> None:
        self._keys = [key]
        self._words = temper(key)
        self._index = index

    def peek(self, count: int) -> Words:
        """The next `count` words, without taking them."""
        if self._index + count > self._words.size:
            while self._index + count > LENGTH * len(self._keys):
                self._keys.append(next_key(self._keys[-1]))
            fresh = self._keys[self._words.size // LENGTH :]
            self._words = np.concatenate([self._words, temper(np.concatenate(fresh))])
        return self._words[self._index : self._index + count]

    def advance(self, count: int) -> None:
        """Take `count` words."""
        self.peek(count)
        self._index += count
        # An index of 624 in block k and of 0 in block k+1 are the same place; MATLAB's state shows the first.
        done = (self._index - 1) // LENGTH
        if done > 0:
            del self._keys[:done]
            self._words = self._words[done * LENGTH :].copy()
            self._index -= done * LENGTH

    def take(self, count: int) -> Words:
        """The next `count` words, taken."""
        words = self.peek(count).copy()
        self.advance(count)
        return words

    @property
    def state(self) -> Words:
        """625 words, as the `State` of MATLAB's `rng` struct: the block of 624, then how many of it are used."""
        return np.append(self._keys[0], np.uint32(self._index))

    @state.setter
    def state(self, value: npt.ArrayLike) -> None:
        words = np.asarray(value).reshape(-1)
        if words.size != LENGTH + 1 or not np.issubdtype(words.dtype, np.number):
            raise UsageError(f"the state of the twister has {LENGTH + 1} words, not {words.size}")
        if not np.array_equal(words, words.astype(np.uint32)) or not 1 <= words[-1] <= LENGTH:
            raise UsageError(f"the state of the twister is {LENGTH} words of 32 bits and an index from 1 to {LENGTH}")
        self._set(words[:-1].astype(np.uint32), int(words[-1]))


def uniforms(words: Twister, count: int) -> Doubles:
    """`count` doubles in (0, 1) of 53 bits, ((a >> 5) 2^26 + (b >> 6)) / 2^53 of two words a, b; zero is redrawn."""
    out = pairs_to_uniforms(words.take(2 * count))
    while out.size and not out.all():
        out = out[out != 0]
        out = np.concatenate([out, pairs_to_uniforms(words.take(2 * (count - out.size)))])
    return out


def pairs_to_uniforms(words: Words) -> Doubles:
    """Doubles in [0, 1) from an even number of words, two for each."""
    high = (words[0::2] >> np.uint32(5)).astype(np.float64)
    low = (words[1::2] >> np.uint32(6)).astype(np.float64)
    result: Doubles = (high * 67108864.0 + low) * 2.0**-53
    return result
