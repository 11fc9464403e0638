"""MAT 4 files, of which scipy's test data hold examples that MATLAB wrote (see test_mat5), here made byte by byte."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.errors import MalformedFile, UnknownFormat
from bridge.files import mat
from bridge.matlab.values import Char, same


def record(
    mopt: int, rows: int, columns: int, data: bytes, *, imaginary: int = 0, name: str = "x", order: str = "<"
) -> bytes:
    return struct.pack(order + "5i", mopt, rows, columns, imaginary, len(name) + 1) + name.encode() + b"\0" + data


def read(data: bytes) -> dict[str, Any]:
    return mat.read_bytes(data, "a.mat")


@pytest.mark.parametrize(("precision", "code"), [(0, "d"), (1, "f"), (2, "i"), (3, "h"), (4, "H"), (5, "B")])
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_precision_in_both_orders(precision: int, code: str, order: str) -> None:
    """Whatever the precision, the class is double; the numbers lie column by column."""
    data = struct.pack(f"{order}4{code}", 1, 2, 3, 4)
    found = read(record((1000 if order == ">" else 0) + precision * 10, 2, 2, data, order=order))
    assert same(found["x"], np.array([[1.0, 3.0], [2.0, 4.0]]))


def test_text_complex_numbers_and_several_variables(tmp_path: Path) -> None:
    text = record(51, 2, 2, b"acbd", name="t")
    number = record(0, 1, 2, struct.pack("<4d", 1, 2, 3, 4), imaginary=1, name="z")
    path = tmp_path / "a.mat"
    path.write_bytes(text + number)
    found = mat.read(path)
    assert same(found["t"], Char(["ab", "cd"]))
    assert same(found["z"], np.array([[1 + 3j, 2 + 4j]]))
    assert [(v.name, v.shape, v.class_name) for v in mat.whos(path)] == [("t", (2, 2), "char"), ("z", (1, 2), "double")]


def test_a_sparse_matrix_comes_full() -> None:
    entries = np.array([[1, 1, 5.0], [3, 2, 6.0], [3, 2, 0]]).ravel(order="F")
    found = read(record(2, 3, 3, entries.tobytes()))
    assert same(found["x"], np.array([[5.0, 0], [0, 0], [0, 6]]))


def test_only_a_mat_ending_makes_version_4(tmp_path: Path) -> None:
    data = record(0, 1, 1, struct.pack("<d", 1))
    assert mat.matches(data, "a.mat")
    assert not mat.matches(data, "a.bin")
    with pytest.raises(UnknownFormat):
        mat.read_bytes(b"\0" * 600, "a.mat")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (record(0, 1, 2, bytes(8)), "cut short: 8 bytes are missing"),
        (record(0, 1, 1, bytes(8)) + b"\xff" * 20, "byte 30: has no header"),
        (record(0, 1, 1, bytes(8)) + b"\0" * 10, "byte 30: has no header"),
        (record(1, 1, 1, struct.pack("<d", 1e9)), "are not characters"),
        (record(2, 1, 3, struct.pack("<3d", 1e12, 1, 0)), "an entry outside of it"),
        (record(2, 2, 3, struct.pack("<6d", 4, 3, 1, 3, 1, 0)), "an entry outside of it"),
        (record(2, 2, 3, struct.pack("<6d", float("nan"), 3, 1, 3, 1, 0)), "an entry outside of it"),
    ],
)
def test_broken_records(data: bytes, message: str) -> None:
    with pytest.raises(MalformedFile, match=message):
        read(data)
