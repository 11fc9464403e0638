"""Two models compared: content and meaning, not the form of the file they came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bridge.model.line import Branch, Line
from bridge.model.paths import join_path
from bridge.model.section import Entry, Parameter, Section

if TYPE_CHECKING:
    from bridge.model.block import Block
    from bridge.model.mask import Mask
    from bridge.model.model import Model, Part
    from bridge.model.system import System


def differences(a: Model, b: Model) -> list[str]:
    """What two models say differently, one line each: the place, then both sides. Empty when they say the same.

    Where the files put things does not count: their form, the order of parameters and of blocks, the groups of model
    parameters. SIDs count where both models have them, as do releases.
    """
    return [f"{place}: {before} -> {after}" for place, before, after in _model(a, b)]


_Found = Iterator[tuple[str, str, str]]


def settings_differences(a: Model, b: Model) -> _Found:
    """What two models say differently beside their blocks, lines and notes: the place, and both sides as text."""
    yield from _values("name", {"": a.name}, {"": b.name})
    yield from _values("kind", {"": a.kind}, {"": b.kind})
    if a.release and b.release:
        yield from _values("release", {"": a.release}, {"": b.release})
    yield from _values("parameter", a.parameters, b.parameters)
    for kind in sorted(a.defaults.keys() | b.defaults.keys()):
        yield from _values(f"defaults of {kind}", a.defaults.get(kind, {}), b.defaults.get(kind, {}))
    yield from section_differences("defaults", a.other_defaults, b.other_defaults)
    yield from section_differences("configuration", a.configurations, b.configurations)
    yield from _values("active configuration", {"": str(a.active_configuration)}, {"": str(b.active_configuration)})
    yield from section_differences("charts", _listed(a.stateflow), _listed(b.stateflow))
    yield from _values("property", a.properties, b.properties)
    yield from section_differences("section", a.sections, b.sections)
    for name in sorted(a.parts.keys() | b.parts.keys()):
        one, other = a.parts.get(name), b.parts.get(name)
        if one is None or other is None or one.content != other.content:
            yield f"part {name}", _size(one), _size(other)


def _model(a: Model, b: Model) -> _Found:
    yield from settings_differences(a, b)
    yield from _system("", a.root, b.root)


def _listed(section: Section | None) -> list[Section]:
    return [section] if section is not None else []


def _size(part: Part | None) -> str:
    return "nothing" if part is None else f"{len(part.content)} bytes"


def _values(place: str, a: dict[str, str], b: dict[str, str]) -> _Found:
    for name in [*a, *(name for name in b if name not in a)]:
        if a.get(name) != b.get(name):
            where = f"{place} {name}".strip()
            yield where, _shown(a.get(name)), _shown(b.get(name))


def _shown(text: str | None) -> str:
    if text is None:
        return "nothing"
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _system(path: str, a: System, b: System) -> _Found:
    where = f"system {path or '/'}"
    yield from _values(where, a.parameters, b.parameters)
    yield from section_differences(where, a.sections, b.sections)
    ours, theirs = ({block.name: block for block in system.blocks} for system in (a, b))
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        inside = f"{path}/{join_path(name)}" if path else join_path(name)
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None:
            yield f"block {inside}", "nothing" if one is None else one.kind, "nothing" if other is None else other.kind
        else:
            yield from _block(inside, one, other)
    yield from _lines(where, a.lines, b.lines)
    notes = [[(note.parameters, note.attributes, note.sections, note.sid) for note in s.annotations] for s in (a, b)]
    if notes[0] != notes[1]:
        yield f"{where} annotations", f"{len(notes[0])}", f"{len(notes[1])}, not all equal"


def _block(path: str, a: Block, b: Block) -> _Found:
    where = f"block {path}"
    yield from _values(f"{where} kind", {"": a.kind}, {"": b.kind})
    if a.sid is not None and b.sid is not None:
        yield from _values(f"{where} SID", {"": a.sid}, {"": b.sid})
    yield from _values(f"{where} attribute", a.attributes, b.attributes)
    yield from _values(f"{where} parameter", a.parameters, b.parameters)
    yield from _values(f"{where} instance data", a.instance_data, b.instance_data)
    if a.ports != b.ports:
        yield f"{where} ports", str(a.ports), str(b.ports)
    if a.port_properties != b.port_properties:
        yield f"{where} port properties", str(a.port_properties), str(b.port_properties)
    yield from mask_differences(f"{where} mask", a.own_mask, b.own_mask)
    yield from section_differences(where, a.sections, b.sections)
    if a.subsystem is not None and b.subsystem is not None:
        yield from _system(path, a.subsystem, b.subsystem)
    elif a.subsystem is not b.subsystem:
        yield (
            f"{where} inside",
            "nothing" if a.subsystem is None else "a system",
            ("nothing" if b.subsystem is None else "a system"),
        )


def mask_differences(where: str, a: Mask | None, b: Mask | None) -> _Found:
    if a is None or b is None:
        if a is not b:
            yield where, "nothing" if a is None else "a mask", "nothing" if b is None else "a mask"
        return
    for name in ("type", "description", "help", "initialization", "display"):
        yield from _values(where, {name: getattr(a, name)}, {name: getattr(b, name)})
    yield from _values(f"{where} option", {**a.options, **a.attributes}, {**b.options, **b.attributes})
    if a.parameters != b.parameters:
        yield f"{where} parameters", str([p.name for p in a.parameters]), str([p.name for p in b.parameters])
    yield from section_differences(where, a.sections, b.sections)


def _lines(where: str, a: list[Line], b: list[Line]) -> _Found:
    ours, theirs = [_line_key(line) for line in a], [_line_key(line) for line in b]
    for line, key in zip(a, ours, strict=True):
        if key in theirs:
            theirs.remove(key)
        else:
            yield f"{where} line from {line.source}", ", ".join(map(str, line.destinations)) or "nowhere", "nothing"
    if theirs:
        yield f"{where} lines", "nothing", f"{len(theirs)} more"


def _line_key(line: Line) -> list[object]:
    """Everything that a line says, flat, so that deep branches are compared without recursion."""
    key: list[object] = [line.source]
    pending: list[Branch | None] = [line]
    while pending:
        piece = pending.pop()
        if piece is None:
            key.append("end")
            continue
        key += [piece.destination, piece.parameters, piece.attributes, piece.sections]
        pending += [None, *reversed(piece.branches)]
    return key


def section_differences(place: str, a: list[Section] | list[Entry], b: list[Section] | list[Entry]) -> _Found:
    """Trees of values compared where they stand; of those with one name, in order. The place, and both sides."""
    for name, ours, theirs in _paired(a, b):
        where = f"{place} {name}"
        if isinstance(ours, Section) and isinstance(theirs, Section):
            one, other = ({**section.attributes, "text": section.text} for section in (ours, theirs))
            if "ObjectID" not in one or "ObjectID" not in other:  # numbers, given where a form needs them
                one.pop("ObjectID", None)
                other.pop("ObjectID", None)
            yield from _values(where, one, other)
            yield from section_differences(where, ours.entries, theirs.entries)
        elif isinstance(ours, Parameter) and isinstance(theirs, Parameter):
            yield from _values(where, {"": ours.value, **ours.attributes}, {"": theirs.value, **theirs.attributes})
        else:
            yield (
                where,
                "nothing" if ours is None else type(ours).__name__,
                ("nothing" if theirs is None else type(theirs).__name__),
            )


def _paired(
    a: list[Section] | list[Entry], b: list[Section] | list[Entry]
) -> Iterator[tuple[str, Entry | None, Entry | None]]:
    by_name: dict[str, tuple[list[Entry], list[Entry]]] = {}
    for side, entries in enumerate((a, b)):
        for entry in entries:
            name = entry.name
            if isinstance(entry, Section):
                keys = ("PropName", "ClassName", "BlockType", "Name", "ListType")
                name = next((entry.attributes[key] for key in keys if key in entry.attributes), name)
            by_name.setdefault(name, ([], []))[side].append(entry)
    for name, (ours, theirs) in by_name.items():
        for number in range(max(len(ours), len(theirs))):
            label = name if number == 0 else f"{name} ({number + 1})"
            yield label, ours[number] if number < len(ours) else None, theirs[number] if number < len(theirs) else None
