"""Normal draws by the ziggurat method (Marsaglia and Tsang 2000), as MATLAB draws `randn`.

256 layers of equal area V under f(x) = exp(-x^2/2). MATLAB's tables have 15 significant digits, so the derived
ones are rounded to as many: with more digits the published values of `randn` differ in their last bits.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from bridge.matlab.rng_twister import Doubles, Twister, pairs_to_uniforms

LAYERS = 256
TAIL = 3.654152885361009
"""R, where the tail begins: the edge of the lowest layer, so that 256 layers of equal area fill the curve."""
_TAIL_15 = 3.65415288536101
_INVERSE_TAIL_15 = 0.273661237329758
_LARGEST_CHUNK = 1 << 18


@lru_cache(maxsize=1)
def tables() -> tuple[Doubles, Doubles]:
    """The layer edges x and their ordinates y, 257 numbers each, from the top (x[0] = 0) to the base x[256] = V/f(R).

    y grows layer by layer by V/x, summed up, and x follows from it: x[k] = sqrt(-2 ln y[k]).
    """
    density = math.exp(-0.5 * TAIL * TAIL)
    area = TAIL * density + math.sqrt(math.pi / 2) * math.erfc(TAIL / math.sqrt(2))
    x = [0.0] * (LAYERS + 1)
    y = [1.0] * (LAYERS + 1)
    x[LAYERS], x[LAYERS - 1], y[LAYERS - 1] = area / density, TAIL, density
    y[LAYERS] = math.exp(-0.5 * x[LAYERS] ** 2)
    for k in range(LAYERS - 2, 0, -1):
        y[k] = y[k + 1] + area / x[k + 1]
        x[k] = math.sqrt(-2.0 * math.log(y[k]))
    return np.array([float(f"{v:.15g}") for v in x]), np.array([float(f"{v:.15g}") for v in y])


def normals(words: Twister, count: int) -> Doubles:
    """`count` standard normal draws, in the order and from the very words of one-by-one drawing.

    Of two words a, b the top 8 bits of b choose the layer, the other bits the place in it. 98.9 % of the draws
    lie inside the layer and are computed all at once; the others are visited one by one.
    """
    out = np.empty(count)
    done = 0
    margin = 32
    while done < count:
        wanted = min(count - done, _LARGEST_CHUNK)
        drawn, taken = _chunk(words, wanted, margin)
        out[done : done + drawn.size] = drawn
        words.advance(2 * taken)
        done += drawn.size
        margin = margin if taken else 2 * margin
    return out


def _chunk(words: Twister, wanted: int, margin: int) -> tuple[Doubles, int]:
    """At most `wanted` draws, and how many pairs of words they take."""
    x, _ = tables()
    size = wanted + wanted // 32 + margin
    seen = words.peek(2 * size)
    first, second = seen[0::2], seen[1::2]
    layer = (second >> np.uint32(24)).astype(np.intp)
    place = (first >> np.uint32(3)) * 16777216.0 + (second & np.uint32(0xFFFFFF))
    values = (place * 2.0**-52 - 1.0) * x[layer + 1]
    kept = np.abs(values) <= x[layer]
    uniform: list[float] | None = None
    after: dict[int, int] = {}
    cursor, end = 0, size
    for at in np.flatnonzero(~kept).tolist():
        if at < cursor:
            continue
        if uniform is None:
            uniform = pairs_to_uniforms(seen).tolist()
        try:
            value, cursor = _outside(float(values[at]), int(layer[at]), uniform, at + 1)
        except IndexError:
            end = at
            break
        kept[at + 1 : cursor] = False
        after[at] = cursor
        if value is not None:
            kept[at], values[at] = True, value
    taken = np.flatnonzero(kept[:end])[:wanted]
    if taken.size == wanted:
        last = int(taken[-1])
        return values[taken], after.get(last, last + 1)
    return values[taken], max(cursor, end)


def _outside(r: float, layer: int, uniform: list[float], at: int) -> tuple[float | None, int]:
    """A draw outside its layer's inner part: the value (None if rejected) and the place of the next draw.

    `uniform[at]` is the next number of the stream; running past the end raises IndexError.
    """
    while uniform[at] == 0.0:
        at += 1
    if layer + 1 < LAYERS:
        _, y = tables()
        height = y[layer + 1] + uniform[at] * (y[layer] - y[layer + 1])
        return (r if height < math.exp(-0.5 * r * r) else None), at + 1
    while True:
        drawn: list[float] = []
        while len(drawn) < 2:
            if uniform[at] != 0.0:
                drawn.append(uniform[at])
            at += 1
        beyond = math.log(drawn[0]) * _INVERSE_TAIL_15
        if -2.0 * math.log(drawn[1]) > beyond * beyond:
            return (beyond - _TAIL_15 if r < 0 else _TAIL_15 - beyond), at
