"""Broken Simulink files: one clear error each, of one kind, and soon."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from bridge import files
from bridge.errors import FileError
from bridge.model import Model, differences
from tests.hostile.model_files import model

SEED = 20
ROUNDS = 800
# What turns up where formats are fragile: brackets, quotes, escapes, numbers, names of things that refer to others.
PIECES = [
    *(
        b'"',
        b"{",
        b"}",
        b"\\",
        b"[",
        b"]",
        b"<",
        b">",
        b"</P>",
        b'<P Name="x">',
        b"&",
        b"&#0;",
        b"\0",
        b"\xff\xfe",
        b"\n",
    ),
    *(b"Block {\n", b'<Block BlockType="a" Name="b">', b'<System Ref="system_root"/>', b"<!DOCTYPE a>", b"<Branch>"),
    *(b'\n"', b"#", b"\n__MWOPC_PART_BEGIN__ /x\n", b"Branch {\n", b"99999999999999999999", b"-1", b"Array {\n", b"$"),
]
WORDS = [b"Name", b"SID", b"BlockType", b"out:1", b"in:", b"System", b"Ref", b"id", b"linkNode", b"Ports", b"PropName"]


def mutated(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0 and data:
            data[min(at, len(data) - 1)] = chance.randrange(256)
        elif kind == 1:
            del data[at : at + chance.choice([1, 3, 20, 200])]
        elif kind == 2:
            start = chance.randrange(len(data) + 1)
            data[at:at] = data[start : start + chance.choice([1, 5, 50, 300])]
        elif kind == 3:
            data[at:at] = chance.choice(PIECES)
        elif kind == 4:
            word = chance.choice(WORDS)
            found = data.find(word, at)
            if found >= 0:
                data[found : found + len(word)] = chance.choice([b"", b"X", word + word, *WORDS])
        elif chance.random() < 0.2:
            del data[at:]
    return bytes(data)


def mutated_package(content: bytes, chance: random.Random) -> bytes:
    """A zip that is whole, with one part that is not."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w") as new:
        broken = chance.choice(old.namelist())
        for name in old.namelist():
            new.writestr(name, mutated(old.read(name), chance) if name == broken else old.read(name))
    return result.getvalue()


@pytest.mark.parametrize("form", ["mdl", "opc", "slx", "parts of slx"])
def test_mutated_files_give_file_errors_only(tmp_path: Path, form: str) -> None:
    """What can still be read can also be written, and says the same again."""
    chance = random.Random(SEED)
    path, again = tmp_path / "m.file", tmp_path / "m.again"
    files.write(model(), path, form.split()[-1])
    content = path.read_bytes()
    read = 0
    for _ in range(ROUNDS // 4):
        path.write_bytes((mutated_package if form.startswith("parts") else mutated)(content, chance))
        read += survives(path, again)
    assert read >= (0 if form == "slx" else 5)  # a zip notices nearly every change


def survives(path: Path, again: Path) -> bool:
    """Whether a file can still be read. Then what it says can be written, and be read again."""
    try:
        found = files.read(path)
        if not isinstance(found, Model):
            return False
        files.write(found, again, "slx")
    except FileError:
        return False
    written = files.read(again)
    written.name = found.name
    assert differences(found, written) == []
    return True


@pytest.mark.parametrize("size", [1, 3, 100, 5000])
@pytest.mark.parametrize("name", ["a.mdl", "a.slx"])
def test_noise(tmp_path: Path, name: str, size: int) -> None:
    path = tmp_path / name
    path.write_bytes(random.Random(SEED).randbytes(size))
    with pytest.raises(FileError):
        files.read(path)
    from bridge.files import mdl, opc, slx

    for module in (mdl, opc, slx):
        with pytest.raises(FileError):
            module.read(path)
