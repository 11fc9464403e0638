"""Mutated network files end in one `FileError` or in a network, never in another exception."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from random_networks import branched, filled

import bridge
from bridge.errors import BridgeError
from bridge.files import network_onnx


def mutated(data: bytes, draw: random.Random) -> bytes:
    """The bytes with a few of them changed, removed, inserted, or cut off."""
    changed = bytearray(data)
    for _ in range(draw.choice([1, 2, 5])):
        place = draw.randrange(len(changed))
        kind = draw.randrange(4)
        if kind == 0:
            changed[place] = draw.randrange(256)
        elif kind == 1 and len(changed) > 40:
            del changed[place : place + draw.randrange(1, 20)]
        elif kind == 2:
            changed[place:place] = draw.randbytes(draw.randrange(1, 9))
        elif place:
            del changed[place:]
    return bytes(changed)


@pytest.mark.parametrize("ending", [".mat", ".onnx", ".pt", ".m", "foreign.onnx"])
def test_a_mutated_file_is_refused_or_read(ending: str, tmp_path: Path) -> None:
    if ending == ".pt":
        pytest.importorskip("torch", reason="the package torch is not installed")
    network, path = filled(branched(), 0), tmp_path / f"x{ending}"
    if ending == "foreign.onnx":
        model = network_onnx.model(network)
        model.ClearField("metadata_props")
        path.write_bytes(model.SerializeToString())
    else:
        bridge.save(network, path)
    data, draw = path.read_bytes(), random.Random(ending)
    messages = []
    for _ in range(60):
        path.write_bytes(mutated(data, draw))
        try:
            bridge.load(path)
        except BridgeError as error:
            messages.append(str(error))
    assert len(messages) > 10
    assert all("\n" not in message for message in messages)
