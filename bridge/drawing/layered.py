"""A directed graph in rows: every node below those that feed it, few crossings, and nodes above what they feed.

The usual steps: rows by the longest way from a source, stand-ins where an edge passes a row, an order within rows by
barycentres, then places by least squares under the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Key = str | tuple[str, str, int]
"""A node, or what stands in for an edge at a row that it passes."""
_SWEEPS = 12


@dataclass(frozen=True)
class Layout:
    """`x` of the middle of each node, its `row`, and for each edge the `x` at the rows that it passes."""

    x: Mapping[str, float]
    row: Mapping[str, int]
    passing: Mapping[tuple[str, str], Sequence[float]]


def layered(widths: Mapping[str, float], edges: Iterable[tuple[str, str]], gap: float = 24.0) -> Layout:
    """Places for nodes of these widths. Edges must form no circle; nodes that nothing joins stand in the first row."""
    pairs = list(dict.fromkeys((a, b) for a, b in edges if a != b))
    row = _rows(list(widths), pairs)
    size: dict[Key, float] = dict(widths.items())
    chains: dict[tuple[str, str], list[Key]] = {}
    steps: list[tuple[Key, Key]] = []
    for a, b in pairs:
        chains[a, b] = [(a, b, level) for level in range(row[a] + 1, row[b])]
        for level, stand_in in enumerate(chains[a, b], row[a] + 1):
            row[stand_in], size[stand_in] = level, 8.0
        steps += zip([a, *chains[a, b]], [*chains[a, b], b], strict=True)
    rows: list[list[Key]] = [[] for _ in range(max(row.values(), default=-1) + 1)]
    for node, level in row.items():
        rows[level].append(node)
    above: dict[Key, list[Key]] = {node: [] for node in row}
    below: dict[Key, list[Key]] = {node: [] for node in row}
    for upper, lower in steps:
        above[lower].append(upper)
        below[upper].append(lower)
    rows = _ordered(rows, above, below)
    x = _placed(rows, above, below, size, gap)
    return Layout(
        {node: x[node] for node in widths},
        {node: row[node] for node in widths},
        {edge: [x[node] for node in chain] for edge, chain in chains.items()},
    )


def _rows(nodes: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[Key, int]:
    following: dict[str, list[str]] = {node: [] for node in nodes}
    waiting = dict.fromkeys(nodes, 0)
    for a, b in pairs:
        following[a].append(b)
        waiting[b] += 1
    row: dict[Key, int] = dict.fromkeys(nodes, 0)
    ready = [node for node in nodes if not waiting[node]]
    for node in ready:  # grows while it is read
        for after in following[node]:
            row[after] = max(row[after], row[node] + 1)
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
    return row


def _ordered(rows: list[list[Key]], above: Mapping[Key, list[Key]], below: Mapping[Key, list[Key]]) -> list[list[Key]]:
    """The order with the fewest crossings that sweeping up and down finds."""
    best, fewest = rows, _crossings(rows, below)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        neighbours = above if down else below
        now = [list(row) for row in rows]
        for level in range(1, len(now)) if down else range(len(now) - 2, -1, -1):
            place = {node: k for k, node in enumerate(now[level - 1 if down else level + 1])}
            own = {node: k for k, node in enumerate(now[level])}
            wanted = {node: _mean([place[other] for other in neighbours[node]], own[node]) for node in now[level]}
            now[level].sort(key=wanted.__getitem__)
        rows, count = now, _crossings(now, below)
        if count < fewest:
            best, fewest = now, count
    return best


def _mean(numbers: Sequence[float], default: float) -> float:
    return sum(numbers) / len(numbers) if numbers else default


def _crossings(rows: list[list[Key]], below: Mapping[Key, list[Key]]) -> int:
    count = 0
    for upper, lower in pairwise(rows):
        place = {node: k for k, node in enumerate(lower)}
        ends = [place[other] for node in upper for other in sorted(below[node], key=place.__getitem__)]
        count += sum(1 for k, end in enumerate(ends) for earlier in ends[:k] if earlier > end)
    return count


def _placed(
    rows: list[list[Key]],
    above: Mapping[Key, list[Key]],
    below: Mapping[Key, list[Key]],
    size: Mapping[Key, float],
    gap: float,
) -> dict[Key, float]:
    x: dict[Key, float] = {}
    for row in rows:
        edge = 0.0
        for node in row:
            x[node] = edge + size[node] / 2
            edge += size[node] + gap
        for node in row:
            x[node] -= (edge - gap) / 2
    for sweep in range(_SWEEPS):
        neighbours = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [_mean([x[other] for other in neighbours[node]], x[node]) for node in row]
            for node, place in zip(row, _apart(wanted, [size[node] for node in row], gap), strict=True):
                x[node] = place
    return x


def _apart(wanted: Sequence[float], sizes: Sequence[float], gap: float) -> list[float]:
    """The places nearest to the wanted ones, in least squares, that keep the order and the gaps."""
    offsets = [0.0]
    for before, after in pairwise(sizes):
        offsets.append(offsets[-1] + (before + after) / 2 + gap)
    # Less their offsets the places must not fall: neighbours that would are pooled at their mean.
    pools: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=False):
        mean, count = place - offset, 1
        while pools and pools[-1][0] > mean:
            before, others = pools.pop()
            mean, count = (mean * count + before * others) / (count + others), count + others
        pools.append((mean, count))
    flat = [mean for mean, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(flat, offsets, strict=False)]
