"""Random numbers: MATLAB's own streams, starting as MATLAB starts, with ``rng('default')``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridge.errors import MatlabError
from bridge.matlab.functions.arguments import class_like, column, is_text, real_array, scalar, sizes, text, whole
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.values import Array, Value, to_matlab

if TYPE_CHECKING:
    from bridge.matlab.rng import Stream

FUNCTIONS: dict[str, Function] = {}


def _stream(call: Call) -> Stream:
    from bridge.matlab.rng import rng as new_stream

    if call.operations.stream is None:
        call.operations.stream = new_stream(0)
    found: Stream = call.operations.stream
    return found


@register(FUNCTIONS, "rng", 0, 2)
def rng(call: Call, seed: Value = None, generator: Value = None) -> Any:
    """Seed the stream: ``rng(seed)``, ``rng('default')``, ``rng(seed, 'twister')``."""
    from bridge.matlab.rng import rng as new_stream

    if seed is None:
        raise MatlabError("the state of the stream cannot be read here")
    if is_text(seed):
        if text(seed) != "default":
            raise MatlabError(f"rng('{text(seed)}') gives other numbers each time; use a seed")
        call.operations.stream = new_stream(0)
    else:
        call.operations.stream = new_stream(scalar(seed), "twister" if generator is None else text(generator))
    return ()


@register(FUNCTIONS, "rand randn", 0, None)
def draws(call: Call, *arguments: Value) -> Array:
    """Uniform in (0, 1), or standard normal, in the order in which MATLAB draws them."""
    rest, kind = class_like(list(arguments))
    if kind in ("seed", "state", "twister") or (arguments and is_text(arguments[0])):
        raise MatlabError("the seed is set with rng(seed)")
    shape = sizes(rest)
    call.allocate(shape)
    call.operations.budget.spend(1 + _count(shape) // 10)
    return to_matlab(getattr(_stream(call), call.name)(list(shape), dtype=kind))  # type: ignore[no-any-return]


@register(FUNCTIONS, "randi", 1, None)
def randi(call: Call, limits: Value, *arguments: Value) -> Array:
    """Whole numbers from 1, or from the lower limit, to the upper limit."""
    rest, kind = class_like(list(arguments))
    shape = sizes(rest)
    call.allocate(shape)
    call.operations.budget.spend(1 + _count(shape) // 10)
    bounds = column(real_array(limits)).tolist()
    return to_matlab(_stream(call).randi(bounds, list(shape), dtype=kind))  # type: ignore[no-any-return]


@register(FUNCTIONS, "randperm", 1, 2)
def randperm(call: Call, n: Value, k: Value = None) -> Array:
    """A random order of 1..n, or k of them."""
    count = whole(n)
    call.allocate((1, count))
    call.operations.budget.spend(1 + count // 10)
    return to_matlab(_stream(call).randperm(count, None if k is None else whole(k)))  # type: ignore[no-any-return]


def _count(shape: tuple[int, ...]) -> int:
    total = 1
    for length in shape:
        total *= length
    return total
