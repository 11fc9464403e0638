"""Files made to hurt: sizes that lie, bombs, and thousands of mutations. The answer is a value or a FileError, soon."""

from __future__ import annotations

import os
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mat_subsystem import MARK, Name, Small, Subsystem

from bridge.errors import FileError, LimitExceeded, MalformedFile
from bridge.files import mat
from bridge.matlab.values import Cell, Char, Struct

MUTATIONS = int(os.environ.get("BRIDGE_MUTATIONS", "80"))
"""How many mutations of each file are tried; ten thousand in all take a minute or two."""
LIMITS = mat.Limits(bytes=1 << 22, parts=20_000)
MEGABYTE = 1 << 20


def file(*elements: bytes) -> bytes:
    return b"MATLAB 5.0 MAT-file".ljust(116) + bytes(8) + b"\x00\x01IM" + b"".join(elements)


def element(kind: int, data: bytes, says: int | None = None) -> bytes:
    return struct.pack("<II", kind, len(data) if says is None else says) + data + bytes(-len(data) % 8)


def array(kind: int, shape: tuple[int, ...], *content: bytes) -> bytes:
    sizes = element(5, struct.pack(f"<{len(shape)}I", *(size % 2**32 for size in shape)))
    return element(14, element(6, struct.pack("<II", kind, 0)) + sizes + element(1, b"x") + b"".join(content))


def packed(data: bytes) -> bytes:
    stream = zlib.compress(data)
    return struct.pack("<II", 15, len(stream)) + stream


@pytest.mark.parametrize(
    ("element_bytes", "error", "message"),
    [
        (array(6, (2**31 - 1, 2**31 - 1), element(2, b"\x01")), LimitExceeded, "x: needs"),
        (array(6, (3, 1), element(2, b"\x01")), MalformedFile, "x: is 3 x 1, but holds 1 numbers"),
        (array(6, (-1, 1), element(2, b"\x01")), MalformedFile, "negative dimension"),
        (array(6, (1,), element(2, b"\x01")), MalformedFile, "fewer than two dimensions"),
        (array(6, (1,) * 40, element(2, b"\x01")), LimitExceeded, "has 40 dimensions"),
        (array(6, (0, 2**31 - 1), element(2, b"")), None, ""),
        (array(1, (2**20, 2**20)), MalformedFile, "more than its 0 bytes can hold"),
        (array(1, (2**31 - 1, 0)), None, ""),
        (array(2, (2**15, 2**15), element(5, struct.pack("<i", 8)), element(1, b"")), LimitExceeded, "and objects"),
        (array(2, (1, 1), element(5, struct.pack("<i", 0)), element(1, b"a")), MalformedFile, "no length of"),
        (array(2, (1, 1), element(5, struct.pack("<i", 3)), element(1, b"ab")), MalformedFile, "2 bytes of"),
        (array(4, (1, 2**30), element(16, b"")), LimitExceeded, "x: needs"),
        (array(4, (1, 1), element(16, b"\xff\xfe")), MalformedFile, "cannot be decoded"),
        (array(4, (1, 1), element(9, bytes(8))), MalformedFile, "type 9 where characters should stand"),
        (array(5, (2**31 - 1, 1), element(5, b""), element(5, bytes(8)), element(9, b"")), LimitExceeded, "x: needs"),
        (array(5, (2, 1), element(5, bytes(4)), element(5, struct.pack("<2i", 0, 9)), element(9, bytes(8))),
         MalformedFile, "column starts do not fit"),
        (array(5, (2, 1), element(5, struct.pack("<i", 5)), element(5, struct.pack("<2i", 0, 1)), element(9, bytes(8))),
         MalformedFile, "an entry outside"),
        (array(99, (1, 1)), MalformedFile, "unknown array class 99"),
        (array(6, (1, 1), element(77, b"\x01")), MalformedFile, "element type 77 where numbers"),
        (array(6, (1, 1), element(9, bytes(8), says=2**32 - 1)), MalformedFile, "cut short"),
        (array(6, (1, 1), struct.pack("<HHI", 2, 9, 0)), MalformedFile, "small element of 9 bytes"),
        (struct.pack("<II", 14, 2**32 - 1), MalformedFile, "cut short"),
        (struct.pack("<II", 3, 8) + bytes(8), MalformedFile, "element type 3 where a variable should begin"),
        (b"\x0e\0\0\0", MalformedFile, "ends in the middle of a tag"),
        (struct.pack("<II", 15, 4) + b"\0\0\0\0", MalformedFile, "cannot be decompressed"),
        (struct.pack("<II", 15, 0), MalformedFile, "compressed variable is empty"),
        (packed(b"abc"), MalformedFile, "compressed variable is empty"),
        (packed(struct.pack("<II", 14, 2**30) + array(6, (1, 1), element(2, b"\x01"))[8:]), MalformedFile,
         "which .* compressed bytes cannot hold"),
        (packed(struct.pack("<II", 14, 200) + array(6, (1, 1), element(2, b"\x01"))[8:]), MalformedFile,
         "says 200 bytes, 64 are there"),
        (packed(array(6, (1, 1), element(2, b"\x01")) + bytes(100_000)), MalformedFile, "data after its end"),
    ],
)  # fmt: skip
def test_sizes_that_lie(element_bytes: bytes, error: type[FileError] | None, message: str) -> None:
    tracemalloc.start()
    try:
        if error is None:
            mat.read_bytes(file(element_bytes))
        else:
            with pytest.raises(error, match=message):
                mat.read_bytes(file(element_bytes))
        assert tracemalloc.get_traced_memory()[1] < 4 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """A megabyte that unpacks to a gigabyte and says so honestly."""
    stream = zlib.compressobj(9)
    size = 1 << 30
    head = array(9, (size, 1), struct.pack("<II", 2, size))
    pieces = [stream.compress(struct.pack("<II", 14, len(head) - 8 + size) + head[8:])]
    pieces += [stream.compress(bytes(MEGABYTE)) for _ in range(64)]  # the file need not be whole to be refused
    data = b"".join([*pieces, stream.flush()])
    data += bytes(size // 1000 - len(data))
    bomb = file(struct.pack("<II", 15, len(data)) + data)
    tracemalloc.start()
    try:
        with pytest.raises(LimitExceeded, match=r"x: needs 1,073,741,880 bytes, more than the limit of 1,073,741,824"):
            mat.read_bytes(bomb)
        assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
        assert [entry.shape for entry in _whos(bomb)] == [(size, 1)]
    finally:
        tracemalloc.stop()


def _whos(data: bytes) -> list[mat.Variable]:
    from io import BytesIO

    from bridge.files.mat5 import Mat5File
    from bridge.files.mat_limits import Budget

    return Mat5File(BytesIO(data), Budget(mat.Limits(), None)).whos()


def test_cells_in_cells_in_cells(tmp_path: Path) -> None:
    inner = element(14, b"")
    for _ in range(3000):
        inner = array(1, (1, 1), inner)
    with pytest.raises(LimitExceeded, match="x: is nested more than 100 levels deep"):
        mat.read_bytes(file(inner))
    with pytest.raises(LimitExceeded, match="nested"):
        mat.read_bytes(file(inner), limits=mat.Limits(depth=10_000))


def test_the_limits_can_be_raised_and_lowered(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    mat.write({"x": np.zeros(1000), "c": ["a"] * 100}, path)
    with pytest.raises(
        LimitExceeded, match=r"a\.mat: x: needs .* more than the limit of 5,000 \(mat_bytes in bridge\.allow\)"
    ):
        mat.read(path, limits=mat.Limits(bytes=5000))
    with pytest.raises(LimitExceeded, match=r"c: has .* more than the limit of 50 \(mat_parts in bridge\.allow\)"):
        mat.read(path, ["c"], limits=mat.Limits(parts=50))
    assert mat.read(path, ["c"])["c"].size == 100


# mutations


def seeds() -> dict[str, bytes]:
    """Small files with one of everything."""
    rng = np.random.default_rng(1)
    values = {
        "d": rng.random((3, 2)), "z": rng.random((2, 2)) + 1j, "i": np.arange(5, dtype=np.int16), "b": True,
        "t": "text ü", "r": Char(["ab", "cd"]), "c": Cell([[1.0, "x"], [None, ["y"]]]),
        "s": Struct.array([{"a": 1.0, "b": "x"}, {"a": 2.0, "b": {"c": 3}}], (1, 2)),
    }  # fmt: skip
    found = {}
    folder = Path(os.environ.get("TMPDIR", "/tmp"))
    for version in ("6", "7"):
        path = folder / f"seed-{os.getpid()}.mat"
        mat.write(values, path, version)
        found[f"version {version}"] = path.read_bytes()
        path.unlink()
    subsystem = Subsystem()
    handle = subsystem.reserve("p.H")
    words = subsystem.string("a", "bc", shape=(2, 1))
    stored = {
        "keys": Cell.row(["k"]),
        "values": Cell.row([words]),
        "uniformity": False,
        "keyType": "char",
        "valueType": "any",
    }
    held = subsystem.make("containers.Map", {"serialization": stored})
    function = Struct({"function": "sf%0@(x)a*x", "workspace": Cell.column([Struct({"a": 2.0})])})
    held_function = Cell.column([np.array([[MARK]], np.uint32), Struct({"function_handle": function})])
    properties = {"self": subsystem.column(handle), "m": held, "f": held_function, "n": Name("q"), "s": Small(3)}
    subsystem.fill(handle, properties)
    layers = subsystem.column(subsystem.add("p.A", {"any": {"v": 1.0}}), handle, shape=(2, 1), class_name="p.Base")
    found["objects"] = subsystem.mat5(
        {"x": ("p.H", subsystem.column(handle)), "y": ("p.Base", layers)}, plain={"w": 1.0}
    )
    sparse = array(
        5,
        (3, 2),
        element(5, struct.pack("<3i", 0, 2, 1)),
        element(5, struct.pack("<3i", 0, 2, 3)),
        element(9, bytes(24)),
    )
    found["sparse"] = file(sparse)
    found["version 4"] = struct.pack("<5i", 0, 2, 2, 0, 2) + b"x\0" + rng.random(4).tobytes()
    return found


INTERESTING = (0, 1, 2, 3, 4, 5, 9, 14, 15, 16, 17, 127, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 0xDD000000)


def mutated(data: bytes, rng: np.random.Generator, first: int) -> bytes:
    """`data` with a few changes after byte `first`: bits, words that matter, pieces lost, doubled or exchanged.

    Most keep the length, so that what follows is still reached.
    """
    out = bytearray(data)
    for _ in range(int(rng.choice([1, 1, 1, 2, 4]))):
        at = int(rng.integers(first, max(len(out), first + 1)))
        size = int(rng.integers(1, 33))
        match int(rng.choice([0, 0, 0, 1, 1, 1, 2, 3, 4, 5])):
            case 0 if at < len(out):
                out[at] ^= 1 << int(rng.integers(0, 8))
            case 1 if at + 4 <= len(out):
                at -= at % 4
                struct.pack_into("<I", out, at, INTERESTING[int(rng.integers(0, len(INTERESTING)))])
            case 2:
                del out[at : at + size]
            case 3:
                out[at:at] = out[at : at + size]
            case 4:
                del out[at:]
            case 5:
                other = int(rng.integers(first, max(len(out), first + 1)))
                out[at : at + size] = out[other : other + size]
    return bytes(out)


def repacked(data: bytes, rng: np.random.Generator) -> bytes:
    """A compressed file with mutations inside of one variable, whose checksum is right again."""
    inner, at = [], 128
    while at < len(data):
        _, size = struct.unpack_from("<II", data, at)
        inner.append(zlib.decompress(data[at + 8 : at + 8 + size]))
        at += 8 + size
    chosen = int(rng.integers(0, len(inner)))
    inner[chosen] = mutated(inner[chosen], rng, 0)
    return data[:128] + b"".join(packed(element) for element in inner)


def attempt(data: bytes) -> str:
    """What became of a file: "read", or the kind of its error. Anything but a FileError fails the test."""
    try:
        found = mat.read_bytes(data, "hostile.mat", limits=LIMITS)
    except FileError as error:
        answer: FileError = error
    else:
        assert all(isinstance(name, str) for name in found)
        return "read"
    assert "hostile.mat" in str(answer)
    assert len(str(answer)) < 600
    return type(answer).__name__


@pytest.mark.parametrize("kind", ["version 6", "version 7", "version 7, inside", "objects", "sparse", "version 4"])
def test_mutations(kind: str) -> None:
    rng = np.random.default_rng([7, *kind.encode()])
    seed = seeds()[kind.removesuffix(", inside")]
    outcomes: dict[str, int] = {}
    assert attempt(seed) == "read"
    tracemalloc.start()
    try:
        for number in range(MUTATIONS):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            if kind.endswith("inside"):
                data = repacked(seed, rng)
            else:
                data = mutated(seed, rng, 0 if kind == "version 4" else 124)
            outcome = attempt(data)
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            peak = tracemalloc.get_traced_memory()[1] - before
            assert peak < 16 * MEGABYTE, f"mutation {number} took {peak:,} bytes, four times its limit"
    finally:
        tracemalloc.stop()
    print(kind, outcomes)
    assert outcomes.get("read", 0) < MUTATIONS, "the mutations do not reach the reader"


def test_every_truncation_of_a_file_is_answered() -> None:
    data: Any = seeds()["objects"]
    for size in range(0, len(data), 7):
        attempt(data[:size])
