"""MATLAB's random streams: `rng(0).rand(3, 1)` gives the numbers that MATLAB gives after `rng(0)`.

Streams consume their words exactly as MATLAB's do, so that a script's later draws agree too.
"""

from __future__ import annotations

from typing import Any, Protocol, overload

import numpy as np
import numpy.typing as npt

from bridge.errors import UsageError
from bridge.matlab import rng_permutation
from bridge.matlab.rng_simulink import SimulinkGenerator
from bridge.matlab.rng_twister import Doubles, Twister, Words, uniforms
from bridge.matlab.rng_ziggurat import normals

__all__ = ["SimulinkGenerator", "Stream", "rng"]

Array = npt.NDArray[Any]
_DEFAULT_SEED = 5489
_CLASSES = ("double", "single")
_KEYWORDS = {
    "twister": "twister",
    "mt19937ar": "twister",
    "simdTwister": "simdTwister",
    "dsfmt19937": "simdTwister",
    "v4": "v4",
}


class _Source(Protocol):
    """What a generator does for a stream: the next numbers, and a state to keep and set."""

    @property
    def state(self) -> Words: ...
    @state.setter
    def state(self, value: Words) -> None: ...
    def uniform(self, count: int) -> Doubles: ...
    def normal(self, count: int) -> Doubles: ...


def rng(seed: float | str = 0, generator: str = "twister") -> Stream:
    """A new stream as after MATLAB's `rng(seed, generator)`; seeds 0 to 2^32 - 1.

    "default" is seed 0, which MATLAB turns into 5489 for the twister. Unlike MATLAB's, the call changes nothing
    global. `generator` is "twister", "simdTwister" (seeds from 1, no normal draws) or "v4", the numbers that follow
    `rand('seed', seed)` and `randn('seed', seed)`. UsageError for others: their seeding is not known.
    """
    if generator not in _KEYWORDS:
        known = ", ".join(_KEYWORDS)
        raise UsageError(f"the generator '{generator}' is not implemented; {known} are")
    if seed == "default":
        seed = 0
    if isinstance(seed, str) or not 0 <= seed < 2**32 or int(seed) != seed:
        raise UsageError(f"a seed is a whole number from 0 to 2^32 - 1 or 'default', not {seed!r}")
    return Stream(int(seed), _KEYWORDS[generator])


class _Mersenne:
    """The twister as a source: rand takes two words, randn two where the first try is accepted."""

    def __init__(self, seed: int) -> None:
        self._words = Twister(seed or _DEFAULT_SEED)

    @property
    def state(self) -> Words:
        return self._words.state

    @state.setter
    def state(self, value: Words) -> None:
        self._words.state = value

    def uniform(self, count: int) -> Doubles:
        return uniforms(self._words, count)

    def normal(self, count: int) -> Doubles:
        return normals(self._words, count)


def _source(seed: int, generator: str) -> _Source:
    if generator == "twister":
        return _Mersenne(seed)
    from bridge.matlab.rng_other import V4, SimdTwister

    return SimdTwister(seed) if generator == "simdTwister" else V4(seed)


class Stream:
    """A stream with MATLAB's draws: `rand`, `randn`, `randi`, `randperm`.

    Sizes are given as in MATLAB: `rand()` is one number, `rand(n)` is n x n, `rand(m, n)` and `rand([m, n])` are
    m x n, filled column by column. `dtype="single"` draws the same numbers and rounds them.
    """

    def __init__(self, seed: int = 0, generator: str = "twister") -> None:
        self.seed = seed
        self.generator = generator
        self._source = _source(seed, generator)

    def __repr__(self) -> str:
        return f"rng({self.seed}, {self.generator!r})"

    @property
    def state(self) -> Words:
        """The 625 words of `State` in MATLAB's `s = rng`; set them to continue a stream that MATLAB began."""
        return self._source.state

    @state.setter
    def state(self, value: npt.ArrayLike) -> None:
        self._source.state = np.asarray(value)

    def uniform(self, count: int) -> Doubles:
        """The next `count` numbers in (0, 1), as a vector."""
        return self._source.uniform(count)

    @overload
    def rand(self, *, dtype: str = ...) -> float: ...
    @overload
    def rand(self, *size: npt.ArrayLike, dtype: str = ...) -> Array: ...
    def rand(self, *size: npt.ArrayLike, dtype: str = "double") -> float | Array:
        """Uniform in (0, 1); the numbers of MATLAB's `rand(size, dtype)`."""
        return _shaped(self.uniform(_count(size)), size, dtype)

    @overload
    def randn(self, *, dtype: str = ...) -> float: ...
    @overload
    def randn(self, *size: npt.ArrayLike, dtype: str = ...) -> Array: ...
    def randn(self, *size: npt.ArrayLike, dtype: str = "double") -> float | Array:
        """Standard normal by the ziggurat method; the numbers of MATLAB's `randn(size, dtype)`."""
        return _shaped(self._source.normal(_count(size)), size, dtype)

    @overload
    def randi(self, limits: npt.ArrayLike, *, dtype: str = ...) -> float: ...
    @overload
    def randi(self, limits: npt.ArrayLike, *size: npt.ArrayLike, dtype: str = ...) -> Array: ...
    def randi(self, limits: npt.ArrayLike, *size: npt.ArrayLike, dtype: str = "double") -> float | Array:
        """Whole numbers low + floor((high - low + 1) u); `limits` is [low, high], or high with low = 1."""
        bounds = np.asarray(limits, dtype=np.float64).reshape(-1).tolist()
        low, high = (1.0, bounds[0]) if len(bounds) == 1 else (bounds[0], bounds[-1])
        if len(bounds) not in (1, 2) or low > high or low % 1 or high % 1:
            raise UsageError(f"randi needs a largest value or [smallest, largest], whole numbers, not {limits!r}")
        return _shaped(low + np.floor((high - low + 1.0) * self.uniform(_count(size))), size, dtype)

    def randperm(self, n: int, k: int | None = None) -> Doubles:
        """A random order of 1..n, or k of them without repetition: 1 x n or 1 x k.

        `randperm(n)` and `randperm(n, n)` use the stream differently and give different results, as in MATLAB.
        """
        if n < 0 or not (k is None or 0 <= k <= n):
            raise UsageError(f"randperm(n, k) needs 0 <= k <= n, not n = {n}, k = {k}")
        if k is None:
            return rng_permutation.by_sorting(n, self.uniform).reshape(1, -1)
        return rng_permutation.some_of(n, k, self.uniform).reshape(1, -1)


def _dimensions(size: tuple[npt.ArrayLike, ...]) -> tuple[int, ...]:
    """MATLAB's size arguments as a shape: one n is n x n, negative sizes are 0."""
    given = np.asarray(size[0] if len(size) == 1 else size)
    if given.ndim > 1 or not np.array_equal(given, np.floor(given)):
        raise UsageError(f"sizes are whole numbers, not {size!r}")
    whole = [max(int(n), 0) for n in given.reshape(-1)]
    return (whole[0], whole[0]) if len(whole) == 1 else tuple(whole)


def _count(size: tuple[npt.ArrayLike, ...]) -> int:
    return int(np.prod(_dimensions(size), dtype=np.int64)) if size else 1


def _shaped(values: Doubles, size: tuple[npt.ArrayLike, ...], dtype: str) -> float | Array:
    if dtype not in _CLASSES:
        raise UsageError(f"dtype is 'double' or 'single', not {dtype!r}")
    typed: Array = values.astype(np.float32) if dtype == "single" else values
    if not size:
        scalar: float = typed[0]
        return scalar
    return typed.reshape(_dimensions(size), order="F")
