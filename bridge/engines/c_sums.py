"""Long sums in C: in pieces, whose sums are then added up, so that rounding grows with the root of the length.

One term after the other would be off by as many roundings as there are terms. Libraries of linear algebra and numpy add
up in pieces, too, each in its own way; sums of up to 8 terms stay in plain order.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.engines.c_writer import Writer

SHORT = 8  # terms that are added up one after the other


def piece(count: int) -> int:
    """How many of so many terms make a piece: about as many as there are pieces."""
    length = SHORT
    while length * length < count:
        length *= 2
    return length


def summed(
    w: Writer,
    count: int,
    empty: Callable[[], str],
    take: Callable[[str, str], None],
    join: Callable[[str, str], None],
) -> str:
    """Statements that add up so many terms; returns the name of the sum.

    `empty` declares a sum of nothing and returns its name, ``take(total, k)`` adds term k to it, ``join(total, part)``
    a sum to another.
    """
    total, length = empty(), piece(count)
    if count <= length:
        with w.loops((count,)) as (k,):
            take(total, k)
        return total
    start, stop, k = (f"{name}{w.unit.number()}" for name in ("start_", "stop_", "i"))
    with w.block(f"for (int {start} = 0; {start} < {count}; {start} += {length})"):
        end = f"{start} + {length}"
        w.put(f"const int {stop} = {end if count % length == 0 else f'{end} < {count} ? {end} : {count}'};")
        part = empty()
        with w.block(f"for (int {k} = {start}; {k} < {stop}; ++{k})"):
            take(part, k)
        join(total, part)
    return total
