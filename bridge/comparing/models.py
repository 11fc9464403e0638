"""Two models: blocks, parameters and lines that were added, removed or changed, by path."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.comparing.changes import Change, Changes, Sort
from bridge.model import (
    Block,
    Branch,
    Endpoint,
    Line,
    Model,
    System,
    join_path,
    mask_differences,
    section_differences,
    settings_differences,
)

# What every save changes, in the settings of a model.
_MINOR = (
    "property ",
    "section GraphicalInterface",
    "section WindowsInfo",
    "section Object",
    "section ExplorerBar",
    "part metadata/",
    "part simulink/windowsInfo",
)
_MINOR_PARAMETERS = {
    *("Created", "Creator", "ModifiedBy", "LastModifiedBy", "LastModifiedDate", "ModifiedDate", "ModifiedComment"),
    *("ModelVersion", "Version", "RTWModifiedTimeStamp", "UpdateHistory", "ComputedModelVersion", "SavedSinceLoaded"),
    *("ModifiedByFormat", "ModifiedDateFormat", "ModelVersionFormat", "ModelUUID", "PreviousSave"),
}
_LAYOUT = {"Position", "ZOrder", "Points", "Location", "ZoomFactor", "SIDHighWatermark", "Labels", "ScrollbarOffset"}
_MINOR_SYSTEM = {"SIDHighWatermark", "SIDPrevWatermark", "Open", "ModelBrowserVisibility", "ModelBrowserWidth"}

Edges = dict[tuple[str, str], tuple[str, str, str]]


def compare_models(a: Model, b: Model) -> Changes:
    """What makes `b` of `a`. A block of the same SID and kind under another name was renamed.

    Parameters equal what the file's block defaults say where a block does not; the order of blocks does not count.
    """
    changes = [*_settings(a, b), *_systems("", a.root, b.root)]
    return Changes("model", tuple(changes))


def model_lines(model: Model) -> Iterator[str]:
    """A model as sorted lines of text, one per block, parameter and line: what a version control system compares."""
    for path, block in sorted(model.all_blocks(), key=lambda one: one[0]):
        yield f"block {path} ({block.kind})"
        values = {**block.parameters, **block.instance_data}
        yield from (f"  {name}: {_text(value)}" for name, value in sorted(values.items()) if name not in _LAYOUT)
    systems = [("", model.root), *((path, block.subsystem) for path, block in model.all_blocks())]
    for path, system in sorted(((path, s) for path, s in systems if s is not None), key=lambda one: one[0]):
        yield from (f"line {_inside(path, edge)}" for edge in sorted(map(_arrow, _edges(system, {}))))
    yield from (f"setting {name}: {_text(value)}" for name, value in sorted(model.parameters.items()))


def _settings(a: Model, b: Model) -> Iterator[Change]:
    for place, before, after in settings_differences(a, b):
        named = place.rpartition(" ")[2] in _MINOR_PARAMETERS
        minor = named or place == "name" or place.startswith(_MINOR)
        yield Change("changed", "setting", place, before, after, minor=minor)


def _systems(path: str, a: System, b: System) -> Iterator[Change]:
    pairs = _paired(a, b)
    renamed = {one.name: other.name for one, other in pairs if one is not None and other is not None}
    for one, other in pairs:
        if one is None or other is None:
            there = other if one is None else one
            assert there is not None
            yield from _whole("added" if one is None else "removed", path, there)
            continue
        where = _inside(path, join_path(other.name))
        if one.name != other.name:
            yield Change("changed", "name of block", where, _shown(one.name), _shown(other.name))
        yield from _block(where, one, other)
    yield from _values("system", path or "/", a.parameters, b.parameters, {}, {})
    yield from _lines(path, _edges(a, renamed), _edges(b, {}))
    for place, before, after in section_differences("", a.sections, b.sections):
        yield Change("changed", "system", f"{path or '/'}: {place.strip()}", before, after)
    notes = [[note.text for note in system.annotations] for system in (a, b)]
    for text in notes[0]:
        if text not in notes[1]:
            yield Change("removed", "note", path or "/", before=_shown(text))
    yield from (Change("added", "note", path or "/", after=_shown(text)) for text in notes[1] if text not in notes[0])


def _paired(a: System, b: System) -> list[tuple[Block | None, Block | None]]:
    """Blocks by name, then by SID and kind, then alone; in the order of a, then of b."""
    theirs = {block.name: block for block in b.blocks}
    ours = {block.name for block in a.blocks}
    free = {(block.sid or "", block.kind): block for block in b.blocks if block.sid and block.name not in ours}
    pairs: list[tuple[Block | None, Block | None]] = []
    for block in a.blocks:
        other = theirs.get(block.name) or free.pop((block.sid or "", block.kind), None)
        pairs.append((block, other))
    taken = {id(other) for _, other in pairs}
    return [*pairs, *((None, block) for block in b.blocks if id(block) not in taken)]


def _whole(sort: Sort, path: str, block: Block) -> Iterator[Change]:
    """A block that only one side has, with all that is inside."""
    pending = [(_inside(path, join_path(block.name)), block)]
    while pending:
        where, each = pending.pop()
        before, after = (each.kind, "") if sort == "removed" else ("", each.kind)
        yield Change(sort, "block", where, before, after)
        if each.subsystem is not None:
            pending += [(_inside(where, join_path(inner.name)), inner) for inner in reversed(each.subsystem.blocks)]


def _block(where: str, a: Block, b: Block) -> Iterator[Change]:
    if a.kind != b.kind:
        yield Change("changed", "kind of block", where, a.kind, b.kind)
    models = [block.parent.model if block.parent is not None else None for block in (a, b)]
    of_a, of_b = ({} if m is None else m.defaults.get(x.kind, {}) for m, x in zip(models, (a, b), strict=True))
    ours, theirs = ({**block.parameters, **block.instance_data} for block in (a, b))
    yield from _values("parameter", where, ours, theirs, dict(of_a), dict(of_b))
    for place, before, after in mask_differences("mask", a.own_mask, b.own_mask):
        yield Change("changed", "mask", f"{where}: {place}", before, after)
    yield from _values("attribute", where, a.attributes, b.attributes, {}, {})
    for place, before, after in section_differences("", a.sections, b.sections):
        yield Change("changed", "parameter", f"{where}: {place.strip()}", before, after)
    if a.ports is not None and b.ports is not None and a.ports != b.ports:
        yield Change("changed", "ports of block", where, str(a.ports), str(b.ports))
    names = [{(p.kind, p.number): p.parameters for p in block.port_properties} for block in (a, b)]
    for kind, number in sorted(names[0].keys() | names[1].keys()):
        port = f"{where}, {kind} {number}"
        yield from _values("port", port, names[0].get((kind, number), {}), names[1].get((kind, number), {}), {}, {})
    if a.subsystem is not None and b.subsystem is not None:
        yield from _systems(where, a.subsystem, b.subsystem)
    elif a.subsystem is not b.subsystem:
        sides = ["nothing" if block.subsystem is None else "a system" for block in (a, b)]
        yield Change("changed", "inside of block", where, sides[0], sides[1])


def _values(
    what: str, where: str, a: dict[str, str], b: dict[str, str], of_a: dict[str, str], of_b: dict[str, str]
) -> Iterator[Change]:
    for name in dict.fromkeys((*a, *b)):
        before, after = a.get(name, of_a.get(name)), b.get(name, of_b.get(name))
        if before == after:
            continue
        minor, layout, place = what == "system" and name in _MINOR_SYSTEM, name in _LAYOUT, f"{where}: {name}"
        sort: Sort = "added" if before is None else "removed" if after is None else "changed"
        old, new = ("" if value is None else _shown(value) for value in (before, after))
        yield Change(sort, what, place, old, new, minor=minor, layout=layout)


def _edges(system: System, renamed: dict[str, str]) -> Edges:
    """Source and destination of every connection -> the signal's name, the line's corners, and what else it says."""
    found: Edges = {}
    for line in system.lines:
        source = "nowhere" if line.source is None else _end(line.source, renamed)
        for end, pieces in _ways(line):
            corners = " ".join(piece.parameters.get("Points", "") for piece in pieces).strip()
            said = [{**piece.parameters, **piece.attributes} for piece in pieces]
            rest = [f"{k} {v}" for one in said for k, v in one.items() if k not in _LAYOUT | {"Name"}]
            found[source, "nowhere" if end is None else _end(end, renamed)] = (line.name, corners, "; ".join(rest))
    return found


def _ways(line: Line) -> Iterator[tuple[Endpoint | None, list[Branch]]]:
    """Every end of a line with the pieces that lead there."""
    pending: list[list[Branch]] = [[line]]
    while pending:
        pieces = pending.pop()
        last = pieces[-1]
        if last.destination is not None or not last.branches:
            yield last.destination, pieces
        pending += [[*pieces, branch] for branch in reversed(last.branches)]


def _end(end: Endpoint, renamed: dict[str, str]) -> str:
    return str(Endpoint(renamed.get(end.block, end.block), end.kind, end.number))


def _arrow(edge: tuple[str, str]) -> str:
    return f"{edge[0]} -> {edge[1]}"


def _lines(path: str, a: Edges, b: Edges) -> Iterator[Change]:
    for edge, (name, corners, rest) in a.items():
        where = _inside(path, _arrow(edge))
        if edge not in b:
            yield Change("removed", "line", where)
            continue
        if name != b[edge][0]:
            yield Change("changed", "name of line", where, _shown(name), _shown(b[edge][0]))
        if rest != b[edge][2]:
            yield Change("changed", "line", where, _shown(rest), _shown(b[edge][2]))
        if corners != b[edge][1]:
            before, after = corners or "straight", b[edge][1] or "straight"
            yield Change("changed", "corners of line", where, before, after, layout=True)
    yield from (Change("added", "line", _inside(path, _arrow(edge))) for edge in b if edge not in a)


def _inside(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _text(value: str) -> str:
    return value.replace("\n", "\\n")
