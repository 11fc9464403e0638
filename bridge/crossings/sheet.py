"""A sheet to draw a diagram on: blocks at coordinates, and lines of right angles between their ports.

Simulink stores a line as a tree: corners relative to the one before, branches where it parts. Here every destination
is given its own way from the source; what the ways have in common becomes the trunk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bridge.errors import UsageError
from bridge.model import Block, Branch, Endpoint, Line, Model, PortProperties

Point = tuple[float, float]

PORT = 5
"""Lines begin and end this many pixels outside of a block."""


def port_position(block: Block, kind: str, number: int = 1) -> Point:
    """Where a line meets port `number` (from 1) of `kind` ``in`` or ``out``, in pixels.

    Ports share the height of the block evenly. Inputs are on the left and outputs on the right, or the other way round
    in a mirrored block.
    """
    position = block.position
    if position is None:
        raise UsageError(f"block {block.name!r} has no position")
    left, top, right, bottom = position
    count = (block.ports or {}).get(kind, 1)
    y = top + (bottom - top) * (2 * number - 1) / (2 * count)
    on_the_right = (kind == "out") != (block.get("BlockMirror") == "on")
    return (right + PORT, y) if on_the_right else (left - PORT, y)


def way(start: Point, end: Point, rails: Sequence[float]) -> list[Point]:
    """The corners from `start` to `end`, both included, over `rails`: an x, then a y, then an x, … in turn.

    ``[x]`` goes sideways to x, then up or down to the height of the end, then sideways again.
    """
    x, y = start
    points = [start]
    for number, rail in enumerate(rails):
        x, y = (rail, y) if number % 2 == 0 else (x, rail)
        points.append((x, y))
    points += [(x, end[1]) if len(rails) % 2 else (end[0], y), end]
    return _without_stops(points)


def _without_stops(points: Sequence[Point]) -> list[Point]:
    """The same way without repeated points and without points in the middle of a straight piece."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and _straight(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return kept


def _straight(a: Point, b: Point, c: Point) -> bool:
    return _between(a, c, b)


def _between(a: Point, b: Point, point: Point) -> bool:
    """Whether `point` lies on the straight piece from `a` to `b`."""
    (ax, ay), (bx, by), (x, y) = a, b, point
    if ax == bx == x:
        return min(ay, by) <= y <= max(ay, by)
    return ay == by == y and min(ax, bx) <= x <= max(ax, bx)


@dataclass(eq=False)
class _Stop:
    """A point of the tree of ways: where it goes on, and the port if a way ends here."""

    point: Point
    onward: list[_Stop] = field(default_factory=list)
    port: Endpoint | None = None


def branches(ways: Sequence[tuple[Endpoint, Sequence[Point]]]) -> Branch:
    """The tree of the ways that begin at one source port: its corners, its junctions and where it ends."""
    everywhere = [point for _, points in ways for point in points]
    first = ways[0][1][0]
    root = _Stop(first)
    for port, points in ways:
        if any(a[0] != b[0] and a[1] != b[1] for a, b in pairwise(points)):
            raise UsageError(f"the way to {port} is not made of right angles: {points}")
        stop = root
        for point in list(_stations(points, everywhere))[1:]:
            following = next((each for each in stop.onward if each.point == point), None)
            if following is None:
                following = _Stop(point)
                stop.onward.append(following)
            stop = following
        stop.port = port
    return _piece(root, first)


def _stations(points: Sequence[Point], everywhere: Sequence[Point]) -> Iterator[Point]:
    """The way with a stop wherever another way has one, so that two ways that run together stop together."""
    yield points[0]
    for a, b in pairwise(points):
        on = {point for point in everywhere if point != a and _between(a, b, point)}
        yield from sorted(on, key=lambda point: abs(point[0] - a[0]) + abs(point[1] - a[1]))


def _piece(stop: _Stop, start: Point) -> Branch:
    """The piece of line that leaves `start` by way of `stop`, and all after it."""
    trail = [start] if stop.point == start else [start, stop.point]
    while len(stop.onward) == 1 and stop.port is None:
        stop = stop.onward[0]
        trail.append(stop.point)
    trail = _without_stops(trail)
    piece = Branch(stop.port)
    if stop.port is not None:
        trail = trail[:-1]  # the last straight piece to a port goes without saying
    if len(trail) > 1:
        text = "; ".join(f"{b[0] - a[0]:g}, {b[1] - a[1]:g}" for a, b in pairwise(trail))
        piece.parameters["Points"] = f"[{text}]"
    if stop.onward:
        piece.branches = [_piece(each, stop.point) for each in stop.onward]
    return piece


class Sheet:
    """The root of a model, to be drawn on."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.system = model.root

    def block(
        self, kind: str, name: str, box: Sequence[float], ports: dict[str, int] | None = None, **parameters: object
    ) -> Block:
        """Place a block at `box`: left, top, width, height."""
        left, top, width, height = box
        return self.system.add(kind, name, (left, top, left + width, top + height), ports, **parameters)

    def line(self, source: Block, *ends: tuple[Block, int, Sequence[float]], label: str = "") -> Line:
        """Draw the line from a block's output to each end: a block, its input port, and the rails (see `way`)."""
        start = port_position(source, "out")
        ways = [
            (Endpoint(block.name, "in", port), way(start, port_position(block, "in", port), rails))
            for block, port, rails in ends
        ]
        tree = branches(ways)
        line = Line(tree.destination, tree.branches, tree.parameters, source=Endpoint(source.name, "out"))
        if label:
            line.parameters = {"Name": label, "Labels": "[0, 0]", **line.parameters}
            source.port_properties.append(PortProperties("out", 1, {"Name": label}))
        self.system.lines.append(line)
        return line
