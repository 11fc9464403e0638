"""`slbridge diff` on neighbouring saves: a seeded script changes a model, and exactly these changes are listed.

The script works on every model of the optional test data, and on the LSTM diagram, which is always there.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

import bridge
from bridge.comparing.models import compare_models
from bridge.crossings.example import example_model
from bridge.errors import FileError
from bridge.model import Block, Branch, Endpoint, Model, System, join_path

Script = Callable[[Model, random.Random], "list[str] | None"]


def systems(model: Model) -> list[tuple[str, System]]:
    """Every system with its path; those of linked libraries too, as the file has them."""
    inside = [(path, block.subsystem) for path, block in model.all_blocks() if block.subsystem is not None]
    return [("", model.root), *inside]


def inside(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def ends_of(system: System, name: str) -> list[tuple[str, Branch | None, Endpoint]]:
    """Every endpoint of a block: ``source`` of a line, or the piece that leads to it."""
    found: list[tuple[str, Branch | None, Endpoint]] = []
    for line in system.lines:
        if line.source is not None and line.source.block == name:
            found.append(("source", line, line.source))
        for piece in line.walk():
            if piece.destination is not None and piece.destination.block == name:
                found.append(("destination", piece, piece.destination))
    return found


def alone(system: System) -> list[Block]:
    """Blocks whose names no other block of the system could be mistaken for."""
    names = [" ".join(block.name.split()) for block in system.blocks]
    return [block for block, name in zip(system.blocks, names, strict=True) if names.count(name) == 1]


def change_parameter(model: Model, chance: random.Random) -> list[str] | None:
    places = [
        (inside(path, join_path(block.name)), block, name)
        for path, system in systems(model)
        for block in alone(system)
        for name in block.parameters
        if name in ("Gain", "Value", "SampleTime", "InitialCondition", "Inputs", "Threshold", "Description")
    ]
    if not places:
        return None
    path, block, name = chance.choice(places)
    block.parameters[name] += " "
    block.parameters[name] += str(chance.randrange(100, 999))
    return [f"~ parameter {path}: {name}"]


def add_block(model: Model, chance: random.Random) -> list[str] | None:
    path, system = chance.choice([one for one in systems(model) if one[1].owner is None or one[1].blocks or not one[0]])
    system.add("Gain", "quite new", Gain="7")
    return [f"+ block {inside(path, 'quite new')} (Gain)"]


def remove_block(model: Model, chance: random.Random) -> list[str] | None:
    places = [
        (path, system, block)
        for path, system in systems(model)
        for block in alone(system)
        if not (block.subsystem or ends_of(system, block.name) or block.kind in ("Inport", "Outport"))
    ]
    if not places:
        return None
    path, system, block = chance.choice(places)
    system.blocks.remove(block)
    return [f"- block {inside(path, join_path(block.name))} ({block.kind})"]


def remove_line(model: Model, chance: random.Random) -> list[str] | None:
    places = [
        (path, system, line)
        for path, system in systems(model)
        for line in system.lines
        if line.source is not None and line.destination is not None
    ]
    if not places:
        return None
    path, system, line = chance.choice(places)
    system.lines.remove(line)
    return [f"- line {inside(path, f'{line.source} -> {line.destination}')}"]


def rewire(model: Model, chance: random.Random) -> list[str] | None:
    """Two lines exchange their destinations."""
    for path, system in chance.sample(systems(model), len(systems(model))):
        lines = [line for line in system.lines if line.source is not None and line.destination is not None]
        pairs = [
            (a, b)
            for a in lines
            for b in lines
            if a is not b and a.source != b.source and not a.branches and not b.branches
        ]
        if pairs:
            a, b = chance.choice(pairs)
            told = [f"- line {inside(path, f'{one.source} -> {one.destination}')}" for one in (a, b)]
            a.destination, b.destination = b.destination, a.destination
            return told + [f"+ line {inside(path, f'{one.source} -> {one.destination}')}" for one in (a, b)]
    return None


def rename_block(model: Model, chance: random.Random) -> list[str] | None:
    """A block with an SID takes another name, and its lines go along."""
    places = [
        (path, system, block)
        for path, system in systems(model)
        for block in alone(system)
        if block.sid and block.subsystem is None
    ]
    if not places:
        return None
    path, system, block = chance.choice(places)
    for what, piece, end in ends_of(system, block.name):
        moved = Endpoint("quite another", end.kind, end.number)
        if what == "source":
            piece.source = moved  # type: ignore[union-attr]
        else:
            assert piece is not None
            piece.destination = moved
    block.name = "quite another"
    return [f"~ name of block {inside(path, 'quite another')}"]


def label_line(model: Model, chance: random.Random) -> list[str] | None:
    places = [
        (path, line)
        for path, system in systems(model)
        for line in system.lines
        if line.source is not None and line.destination is not None
    ]
    if not places:
        return None
    path, line = chance.choice(places)
    line.parameters["Name"] = "quite_a_label"
    return [f"~ name of line {inside(path, f'{line.source} -> {line.destination}')}"]


def move_block(model: Model, chance: random.Random) -> list[str] | None:
    places = [(path, b) for path, system in systems(model) for b in alone(system) if "Position" in b.parameters]
    if not places:
        return None
    path, block = chance.choice(places)
    block.parameters["Position"] = "[1001, 1002, 1031, 1032]"
    return [f"~ parameter {inside(path, join_path(block.name))}: Position"]


SCRIPTS: list[Script] = [
    change_parameter, add_block, remove_block, remove_line, rewire, rename_block, label_line, move_block,
]  # fmt: skip


SCRIPTS_PER_MODEL = 1
"""More of them take long: there are many models, of which some are large."""


def listed(before: Path, after: Path) -> list[str]:
    """What differs, but for what the changed value is."""
    found = compare_models(bridge.load(before), bridge.load(after)).counted
    return sorted(str(change) for change in found)


def check(model_file: Path, folder: Path, seed: str) -> None:
    """Save a model as it is, and once changed, in one form; the difference is exactly the script's."""
    try:
        model = bridge.load(model_file)
    except FileError:
        pytest.skip("holds no model that can be read")
    ending = ".slx" if model_file.suffix == ".slx" else ".mdl"
    chance = random.Random(seed)
    before, after = folder / f"before{ending}", folder / f"after{ending}"
    bridge.save(model, before)
    tried = 0
    for script in chance.sample(SCRIPTS, len(SCRIPTS)):
        if tried == SCRIPTS_PER_MODEL:
            break
        changed = bridge.load(before)
        expected = script(changed, chance)
        if expected is None:
            continue
        tried += 1
        bridge.save(changed, after)
        found = listed(before, after)
        assert len(found) == len(expected), (script.__name__, expected, found)
        for line, wanted in zip(found, sorted(expected), strict=True):
            assert line.startswith(wanted), (script.__name__, expected, found)
        assert listed(after, after) == []
    assert listed(before, before) == []
    assert tried or len(list(model.all_blocks())) < 2


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
@pytest.mark.parametrize("ending", [".mdl", ".slx"])
def test_the_lstm_diagram(script: Script, ending: str, tmp_path: Path) -> None:
    bridge.save(bridge.load(example_model()), tmp_path / f"before{ending}")
    changed = bridge.load(tmp_path / f"before{ending}")
    expected = script(changed, random.Random(script.__name__))
    if script is remove_block:
        assert expected is None  # every block has a line
        return
    assert expected is not None
    bridge.save(changed, tmp_path / f"after{ending}")
    found = listed(tmp_path / f"before{ending}", tmp_path / f"after{ending}")
    assert [line[: len(wanted)] for line, wanted in zip(found, sorted(expected), strict=True)] == sorted(expected)


def test_a_model_of_the_test_data(model_file: Path, tmp_path: Path) -> None:
    check(model_file, tmp_path, model_file.name)
