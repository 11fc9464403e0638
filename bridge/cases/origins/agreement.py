"""From which step on the inner signals of one side are no longer those of another.

Blocks that are the same on both sides, by path or SID, are compared directly. All others are looked up by their values:
an element of a signal is *found* as long as some element inside the other side has had the same values so far. How the
other side names its blocks, in which order it adds, and whether it computes its gates one by one or stacked, does not
matter then.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.cases.origins.inner import Array, Inner, Point, common_steps
from bridge.model import Model

NEVER = np.iinfo(np.int64).max
"""The step of a signal that agrees throughout."""
LARGEST = 4_000_000
"""At most so many elements times steps are looked up by their values; beyond it only named blocks are compared."""
_SORTED_STEPS = 24
_CANDIDATES = 16


def first_steps(a: Inner, b: Inner, margin: float) -> tuple[list[int | None], list[int | None]]:
    """For every point of `a`: the first of a's steps at which it is not what it is in `b`, and its counterpart in b.

    `NEVER` where it agrees throughout; None where it cannot be told, and where there is no single counterpart. Two
    values agree within `margin` of the signal's largest.
    """
    ours, theirs = common_steps(a, b)
    if not len(ours):
        return [None] * len(a.points), [None] * len(a.points)
    counterparts = _counterparts(a, b)
    found: list[int | None] = []
    lost: list[int] = []
    for k, (point, other) in enumerate(zip(a.points, counterparts, strict=True)):
        if other is None:
            found.append(None)
            lost.append(k)
        else:
            found.append(_direct(point.values[ours], b.points[other].values[theirs], margin))
    if lost and b.flows:
        x = [a.points[k].values[ours] for k in lost]
        y = [point.values[theirs] for point in b.points]
        if sum(part.size for part in (*x, *y)) <= LARGEST:
            for k, step in zip(lost, _looked_up(x, y, margin), strict=True):
                found[k] = step
    return [step if step in (None, NEVER) else int(ours[step]) for step in found], counterparts


def _counterparts(a: Inner, b: Inner) -> list[int | None]:
    """The point of `b` that is the same signal: by path and kind, by SID and kind, or by a name that both know."""
    if not b.flows:
        names = {name: k for k, point in enumerate(b.points) for name in (point.place, *point.names)}
        return [next((names[n] for n in _called(a, point) if n in names), None) for point in a.points]
    if not (isinstance(a.thing, Model) and isinstance(b.thing, Model)):
        # Two networks of one structure have the same results in the same order.
        places = [[(point.place, point.part) for point in inner.points] for inner in (a, b)]
        return list(range(len(a.points))) if places[0] == places[1] else [None] * len(a.points)
    by_place = {(point.place, point.part): k for k, point in enumerate(b.points)}
    found: list[int | None] = []
    for point in a.points:
        other = by_place.get((point.place, point.part))
        same = other is not None and _kind(point) == _kind(b.points[other])
        found.append(other if same else None)
    known = sum(other is not None for other in found)
    if 2 * known >= len(found):  # else the two were not made from each other, and equal SIDs mean nothing
        sids = {(_sid(point), _kind(point), point.part): k for k, point in enumerate(b.points) if _sid(point)}
        taken = {other for other in found if other is not None}
        for k, point in enumerate(a.points):
            other = sids.get((_sid(point), _kind(point), point.part)) if _sid(point) else None
            if found[k] is None and other is not None and other not in taken:
                found[k] = other
    return found


def _called(a: Inner, point: Point) -> list[str]:
    """What a recording may call a signal, the most telling name first."""
    model = getattr(a.thing, "name", "")
    port = point.part.rpartition(" ")[2] if point.part.startswith("output ") else "1"
    full = [point.place, f"{model}/{point.place}"]
    ported = [f"{name}:{port}" for name in full]
    last = point.place.rpartition("/")[2]
    alone = sum(other.place.rpartition("/")[2] == last for other in a.points) == 1
    return [*point.names, *ported, *(full if port == "1" else []), *([last] if alone and port == "1" else [])]


def _kind(point: Point) -> str:
    if point.block is None:
        return ""
    return point.block.source_type or point.block.kind


def _sid(point: Point) -> str | None:
    return None if point.block is None else point.block.sid


def _direct(x: Array, y: Array, margin: float) -> int:
    if x.shape != y.shape and 1 not in (x.shape[1], y.shape[1]):
        return 0
    with np.errstate(invalid="ignore"):
        apart = np.abs(x - y) > _reach(y, margin)[:, None]
    apart |= np.isnan(x) != np.isnan(y)
    apart |= np.isinf(x) & (x != y) & ~np.isnan(y)
    steps = np.flatnonzero(apart.any(axis=1))
    return int(steps[0]) if steps.size else NEVER


def _reach(values: Array, margin: float) -> NDArray[np.float64]:
    """How far apart equal values may be at each step: relative to the largest so far, since a fault may make a signal
    grow later; and at least what rounding of its usual size leaves where the signal begins with zeros."""
    sizes = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=1, initial=0.0)
    return np.asarray(np.maximum(margin * np.maximum.accumulate(sizes), 1e-15 * np.median(sizes)))


def _looked_up(x: Sequence[Array], y: Sequence[Array], margin: float) -> list[int]:
    """For each signal of x, the first step at which one of its elements is none of y's.

    What never changes in y is no sign that a changing signal of x is there: a zero at the beginning is too common.
    """
    ours, theirs = (np.concatenate([part.T for part in parts]) for parts in (x, y))
    reach = np.concatenate([np.tile(_reach(part, margin), (part.shape[1], 1)) for part in (*x, *y)])
    of_ours, of_theirs = reach[: len(ours)], reach[len(ours) :]
    still, resting = (~(rows != rows[:, :1]).any(axis=1) for rows in (ours, theirs))
    steps = np.full(len(ours), NEVER, np.int64)
    for mine, other in ((still, np.ones_like(resting)), (~still, ~resting)):
        near = np.concatenate([of_ours[mine], of_theirs[other]])
        steps[mine] = found_steps(ours[mine], theirs[other], near)
    ends = np.cumsum([part.shape[1] for part in x])
    return [int(piece.min()) if piece.size else NEVER for piece in np.split(steps, ends[:-1])]


def found_steps(ours: Array, theirs: Array, reach: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each row of `ours`, the first column at which no row of `theirs` has had the same values so far.

    `reach` is how far apart equal numbers may be, in the shape of both one upon the other. Rows are sorted into classes
    step after step; what is left in small classes after some steps is compared row by row.
    """
    count, length = ours.shape
    data = np.concatenate([ours, theirs])
    mine = np.arange(len(data)) < count
    result = np.full(count, NEVER, np.int64)
    alive = np.arange(len(data))
    classes = np.zeros(len(data), np.int64)
    step = 0
    while step < length and alive.size and (step < _SORTED_STEPS or _crowded(classes, mine[alive])):
        values = data[alive, step]
        order = np.lexsort((values.imag, values.real, classes))
        v, c, far = values[order], classes[order], reach[alive[order], step]
        with np.errstate(invalid="ignore"):
            cut = np.abs(v[1:] - v[:-1]) > np.maximum(far[1:], far[:-1])
        cut |= (c[1:] != c[:-1]) | (np.isnan(v[1:]) != np.isnan(v[:-1]))
        numbered = np.concatenate([[0], np.cumsum(cut)])
        alive = alive[order]
        both = np.ones(numbered[-1] + 1, bool)
        for side in (mine[alive], ~mine[alive]):
            there = np.zeros(len(both), bool)
            there[numbered[side]] = True
            both &= there
        gone = ~both[numbered] & mine[alive]
        result[alive[gone]] = step
        kept = both[numbered]
        alive, classes = alive[kept], numbered[kept]
        step += 1
    if step < length and alive.size:
        _row_by_row(data, alive, classes, mine, reach, step, result)
    return result


def _crowded(classes: NDArray[np.int64], mine: NDArray[np.bool_]) -> bool:
    """Whether some class holds too many of the other side to be compared one by one."""
    others = classes[~mine]
    return bool(others.size) and int(np.bincount(others).max()) > _CANDIDATES


def _row_by_row(
    data: Array,
    alive: NDArray[np.int64],
    classes: NDArray[np.int64],
    mine: NDArray[np.bool_],
    reach: NDArray[np.float64],
    step: int,
    result: NDArray[np.int64],
) -> None:
    members: dict[int, list[int]] = {}
    for row, group in zip(alive[~mine[alive]], classes[~mine[alive]], strict=True):
        members.setdefault(int(group), []).append(int(row))
    for row, group in zip(alive[mine[alive]], classes[mine[alive]], strict=True):
        others = data[members[int(group)], step:]
        with np.errstate(invalid="ignore"):
            apart = np.abs(others - data[row, step:]) > reach[row, step:]
        apart |= np.isnan(others) != np.isnan(data[row, step:])
        firsts = np.where(apart.any(axis=1), np.argmax(apart, axis=1), NEVER)
        last = int(firsts.max())
        result[row] = last if last == NEVER else step + last
