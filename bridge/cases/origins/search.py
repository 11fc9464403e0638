"""Walking back from an output that differs to where the difference first arises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.cases.origins.agreement import NEVER
from bridge.cases.origins.inner import Inner, Point


@dataclass(frozen=True)
class Root:
    """A point that differs although all that it is computed from agrees: its place in `Inner.points`, and the step.

    `unknown` are points between it and what agrees, of which nothing is known: the cause may be any of them.
    """

    point: int
    step: int
    unknown: tuple[int, ...] = ()


def roots(inner: Inner, steps: Sequence[int | None], sinks: Sequence[int]) -> list[Root]:
    """The origins of a difference at some points, the earliest first, then in the order of execution.

    `steps` tells for every point from which step on it differs (`bridge.cases.origins.agreement.first_steps`).
    Empty where all that leads to the sinks agrees.
    """
    found: dict[int, Root] = {}
    pending = [k for k in sinks if _differs(steps[k])]
    unseen = [k for k in sinks if steps[k] is None]
    for k in unseen:
        pending += _known_before(inner, steps, k, NEVER - 1)[0]
    seen: set[int] = set()
    while pending:
        place = pending.pop()
        if place in seen:
            continue
        seen.add(place)
        step = steps[place]
        assert step is not None
        earlier, unknown = _known_before(inner, steps, place, step)
        if earlier:
            pending += earlier
        else:
            found[place] = Root(place, step, tuple(unknown))
    first = min((root.step for root in found.values()), default=0)
    return sorted((root for root in found.values() if root.step == first), key=lambda root: root.point)


def _differs(step: int | None) -> bool:
    return step is not None and step != NEVER


def _known_before(inner: Inner, steps: Sequence[int | None], place: int, step: int) -> tuple[list[int], list[int]]:
    """What a point is computed from and differed in time for it; and the points on the way of which nothing is known.

    A signal that goes through a delay counts only from an earlier step.
    """
    point = inner.points[place]
    pending = _inputs(point, step)
    differing: list[int] = []
    unknown: list[int] = []
    seen: set[int] = set()
    while pending:
        k, latest = pending.pop()
        if k in seen:
            continue
        seen.add(k)
        own = steps[k]
        if own is None:
            unknown.append(k)
            pending += _inputs(inner.points[k], latest)
        elif own <= latest:
            differing.append(k)
    return differing, sorted(unknown)


def _inputs(point: Point, step: int) -> list[tuple[int, int]]:
    """The points that a signal at a step is computed from, each with the latest step that counts."""
    if point.whole:
        return [(k, NEVER - 1) for k in (*point.inputs, *point.delayed)]
    return [(k, step) for k in point.inputs] + [(k, step - 1) for k in point.delayed]
