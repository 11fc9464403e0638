"""A diagram from inside: every output of every block, run once more with all of them logged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bridge.cases.case import Case, Side
from bridge.cases.origins.inner import Inner, Point, on_steps
from bridge.cases.sides import simulated
from bridge.diagram.graph import Group, Unit, Wire
from bridge.model import Model

Key = tuple[Unit, int]


def inner(case: Case, side: Side) -> Inner:
    """Every block's outputs and what they are computed from. Raises what running the side raises."""
    prepared, recorded = simulated(case, replace(side, options={**side.options, "log": ["*"]}))
    root = prepared.diagram.root
    keys = [(unit, port) for unit in root.units() for port in range(unit.outputs)]
    place = {key: k for k, key in enumerate(keys)}
    labels = _labels(prepared.model)
    points = []
    for unit, port in keys:
        name = f"{unit.path}:{port + 1}"
        direct, delayed = _inputs(unit)
        inside = unit.path.partition("/")[2]
        points.append(
            Point(
                inside,
                on_steps(recorded[name], recorded.times[name], recorded.time),
                f"output {port + 1}" if unit.outputs > 1 else "",
                tuple(place[key] for key in direct),
                tuple(place[key] for key in delayed),
                labels.get((inside, port + 1), ()),
                unit.site.source,
            )
        )
    units = {unit.path: unit for unit in root.units()}
    sinks = {name: units[path] for name, path in prepared.diagram.sinks.items()}
    return Inner(
        recorded.time,
        tuple(points),
        {name: tuple(place[key] for key in _behind(unit.inputs)) for name, unit in sinks.items()},
        {name: unit.path.partition("/")[2] for name, unit in sinks.items()},
        prepared.model,
        prepared.variables,
    )


def _inputs(unit: Unit) -> tuple[list[Key], list[Key]]:
    """What a unit's output depends on in the same step, and what only in later ones."""
    direct = [wire for port, wire in enumerate(unit.inputs) if unit.feeds_through(port)]
    delayed = [wire for port, wire in enumerate(unit.inputs) if not unit.feeds_through(port)]
    group: Group | None = unit.group
    while group is not None:
        direct += [*group.conditions(), *group.resets()]
        group = group.parent
    return list(_behind(direct)), list(_behind(delayed))


def _behind(wires: list[Wire | None]) -> Iterator[Key]:
    """The units that make signals, also those of subsystems that run under a condition."""
    for wire in wires:
        while wire is not None and isinstance(wire.source, Group):
            wire = wire.source.exits[wire.port].wire
        if wire is not None:
            assert isinstance(wire.source, Unit)
            yield wire.source, wire.port


def _labels(model: Model) -> dict[tuple[str, int], tuple[str, ...]]:
    """The label of the line that leaves each port, by block and port."""
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for path, system in [("", model.root), *((path, block.subsystem) for path, block in model.all_blocks())]:
        for line in system.lines if system is not None else ():
            if line.name and line.source is not None and line.source.kind == "out":
                from bridge.model import join_path

                name = join_path(line.source.block)
                found[f"{path}/{name}" if path else name, line.source.number] = (line.name,)
    return found
