"""A fault planted in each block of the LSTM diagram is found at that block or its direct neighbour."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from planted_faults import Fault, faults, neighbours

import bridge
from bridge.cases.check import check
from bridge.cases.example import example
from bridge.cases.report import Pair
from bridge.cases.reproduce.first_network import first_network
from bridge.crossings.example import example_model
from bridge.model import Endpoint, Model
from bridge.recording import Recording

ALL = faults()
BLOCKS = [path for path, _ in bridge.load(example_model()).all_blocks()]
REFERENCES = {
    "diagram": 'model = "lstm_sim.mdl"',
    "disguised diagram": 'model = "disguised.mdl"',
    "network": 'network = "network.mat"\nprecision = "double"',
    "recording of inner lines": 'recording = "lines.csv"\nevidence = "simulink"',
}


def disguised() -> Model:
    """The same diagram with other names, SIDs and order of blocks."""
    model = bridge.load(example_model())
    chance = random.Random(3)
    blocks = model.root.blocks
    names = {block.name: f"B{k}" for k, block in enumerate(chance.sample(blocks, len(blocks)))}
    for line in model.root.lines:
        for piece in line.walk():
            if piece.destination is not None:
                end = piece.destination
                piece.destination = Endpoint(names[end.block], end.kind, end.number)
        if line.source is not None:
            line.source = Endpoint(names[line.source.block], line.source.kind, line.source.number)
    for k, block in enumerate(blocks):
        block.name, block.sid = names[block.name], str(1000 + k)
    chance.shuffle(blocks)
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("faults")
    data = example()
    bridge.save(data.workspace, place / "weights.mat")
    bridge.save(bridge.load(example_model()), place / "lstm_sim.mdl")
    bridge.save(disguised(), place / "disguised.mdl")
    bridge.save(first_network(data), place / "network.mat")
    right = bridge.simulate(example_model(), data.workspace, log=["*"])
    signals = {name.replace("lstm_sim/", "").removesuffix(":1"): array for name, array in right.items()}
    bridge.save(Recording(signals, right.time, evidence="simulink"), place / "lines.csv")
    return place


def searched(folder: Path, fault: Fault, reference: str) -> tuple[Pair, Model]:
    model = bridge.load(example_model())
    fault.plant(model)
    bridge.save(model, folder / "faulty.mdl")
    signals = "" if "recording" not in reference else '[signals]\ny = { faulty = "y", right = "y" }\n'
    (folder / "case.toml").write_text(
        f'workspace = "weights.mat"\n{signals}[sides.faulty]\nmodel = "faulty.mdl"\n'
        f"[sides.right]\n{REFERENCES[reference]}\n"
    )
    (pair,) = check(folder).pairs
    return pair, model




def chosen() -> list[tuple[Fault, str]]:
    """Faults until every block has had one, each against another kind of reference."""
    tried: set[str] = set()
    found: list[tuple[Fault, str]] = []
    for fault in ALL:
        if set(fault.blocks) - tried:
            tried |= set(fault.blocks)
            found.append((fault, list(REFERENCES)[len(found) % len(REFERENCES)]))
    return found


PLANTED = chosen()


@pytest.mark.parametrize(("fault", "reference"), PLANTED, ids=[f"{fault}, {kind}" for fault, kind in PLANTED])
def test_a_fault_is_found_where_it_is(folder: Path, fault: Fault, reference: str) -> None:
    pair, model = searched(folder, fault, reference)
    assert not pair.agrees
    assert pair.origin is not None
    assert pair.origin.place in neighbours(model, fault.blocks), pair.origin.lines()


def test_every_block_has_a_fault_and_is_tried() -> None:
    tried = {block for fault, _ in PLANTED for block in fault.blocks}
    # What To Workspace writes is compared as it is: its only faults are in its name, which is a missing signal.
    assert tried == set(BLOCKS) - {"To Workspace"}


def test_the_message_says_what_differs_there(folder: Path) -> None:
    (sign,) = (fault for fault in ALL if fault.name == "sum f: Inputs ++-")
    pair, _ = searched(folder, sign, "diagram")
    assert pair.origin is not None
    text = "\n".join(pair.origin.lines())
    assert "block 'sum f' at step 0, time 0 s: its inputs agree, its result (element 2) does not" in text
    assert "~ parameter sum f: Inputs: '+++' -> '++-'" in text
    assert "faulty does not draw the network" not in text


def test_a_diagram_that_draws_no_network_any_more_is_told_where(folder: Path) -> None:
    (sign,) = (fault for fault in ALL if fault.name == "sum f: Inputs ++-")
    pair, _ = searched(folder, sign, "network")
    assert pair.origin is not None
    assert pair.origin.place == "sum f"
    assert "faulty does not draw the network of right: faulty/sum f: subtracts" in pair.origin.remark
