"""The entry to .mat files: which version, which variables, what comes back, and what reading costs to start."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import FileError, UnknownFormat, UnsupportedContent, UsageError
from bridge.files import mat
from bridge.matlab.values import Cell, Char, Struct, same

EVERYTHING = {
    "scalar": 1.5,
    "whole": 7,
    "yes": True,
    "text": "héllo, wörld",
    "no_text": "",
    "rows": Char(["one  ", "three"]),
    "column": np.arange(4.0),
    "matrix": np.arange(6.0).reshape(2, 3),
    "cube": np.arange(24, dtype=np.int16).reshape(2, 3, 4),
    "single": np.array([[1.5, np.nan, np.inf]], np.float32),
    "complex": np.array([[1 + 2j, -3.25j]]),
    "complex_single": np.array([[1 + 2j]], np.complex64),
    "logical": np.array([[True, False], [False, True]]),
    "big": np.array([[2**63 - 1, -(2**63)]], np.int64),
    "unsigned": np.array([[2**64 - 1]], np.uint64),
    "bytes": np.arange(256, dtype=np.uint8).reshape(16, 16),
    "empty": np.zeros((0, 3)),
    "nothing": None,
    "numbers": [1, 2, 3],
    "cells": ["a", 1.0, ["b", {"c": 2}]],
    "no_cells": Cell(),
    "wide_cells": Cell([[1.0, "x"], [True, None]]),
    "record": {"a": 1.0, "inner": {"b": "c"}, "list": [1.0, 2.0]},
    "no_fields": {},
    "records": Struct.array([{"x": 1.0, "y": "a"}, {"x": np.zeros((2, 2)), "y": ""}], (1, 2)),
    "no_records": Struct.array([], (0, 1), ["x", "y"]),
    "table": np.array([(1, 2.5), (3, 4.5)], dtype=[("n", "i4"), ("v", "f8")]),
    "words": np.array(["ab", "cde"]),
}
"""One of each kind of value that can be written."""

VERSIONS = ("6", "7", "7.3")


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_is_written_is_read(tmp_path: Path, version: str) -> None:
    path = tmp_path / "a.mat"
    mat.write(EVERYTHING, path, version)
    found = mat.read(path)
    assert found.keys() == EVERYTHING.keys()
    assert same(found["scalar"], np.array([[1.5]]))
    assert same(found["whole"], np.array([[7.0]]))
    assert same(found["yes"], np.array([[True]]))
    assert same(found["text"], Char("héllo, wörld"))
    assert same(found["no_text"], Char(""))
    assert same(found["rows"], EVERYTHING["rows"])
    assert same(found["column"], np.arange(4.0).reshape(4, 1))
    for name in (
        "matrix",
        "cube",
        "single",
        "complex",
        "complex_single",
        "logical",
        "big",
        "unsigned",
        "bytes",
        "empty",
    ):
        assert same(found[name], EVERYTHING[name]), name
    assert same(found["nothing"], np.zeros((0, 0)))
    assert same(found["numbers"], np.array([[1.0], [2.0], [3.0]]))
    inner = Cell.column([Char("b"), Struct({"c": np.array([[2.0]])})])
    assert same(found["cells"], Cell.column([Char("a"), np.array([[1.0]]), inner]))
    assert same(found["no_cells"], Cell())
    assert same(found["wide_cells"], Cell([[np.array([[1.0]]), Char("x")], [np.array([[True]]), np.zeros((0, 0))]]))
    assert list(found["record"]) == ["a", "inner", "list"]
    assert same(found["record"]["inner"], Struct({"b": Char("c")}))
    assert same(found["no_fields"], Struct())
    assert found["records"].shape == (1, 2)
    assert same(found["records"].all("y")[0], Char("a"))
    assert same(found["no_records"], EVERYTHING["no_records"])
    assert found["table"].shape == (2, 1)
    assert same(found["table"].all("n")[1], np.array([[3]], np.int32))
    assert same(found["words"], Cell.column([Char("ab"), Char("cde")]))


def test_equal_values_make_equal_bytes(tmp_path: Path, version: str) -> None:
    first, second = tmp_path / "a.mat", tmp_path / "b.mat"
    mat.write(EVERYTHING, first, version)
    mat.write(EVERYTHING, second, version)
    assert first.read_bytes() == second.read_bytes()


def test_the_list_of_variables_agrees_with_the_values(tmp_path: Path, version: str) -> None:
    from bridge.matlab.values import class_of, shape_of

    path = tmp_path / "a.mat"
    mat.write(EVERYTHING, path, version)
    values = mat.read(path)
    listed = mat.whos(path)
    assert [entry.name for entry in listed] == list(values) == mat.names(path)
    for entry in listed:
        value = values[entry.name]
        assert entry.class_name == class_of(value), entry
        assert entry.shape == shape_of(value), entry
        assert entry.is_complex == (isinstance(value, np.ndarray) and value.dtype.kind == "c"), entry


def test_some_variables(tmp_path: Path, version: str) -> None:
    path = tmp_path / "a.mat"
    mat.write(EVERYTHING, path, version)
    assert mat.read(path, ["record", "scalar"]).keys() == {"record", "scalar"}
    assert mat.read(path, "scalar").keys() == {"scalar"}
    with pytest.raises(UsageError, match=r"no variable nowhere; it has .*scalar"):
        mat.read(path, ["scalar", "nowhere"])


def test_content_decides_the_version(tmp_path: Path, version: str) -> None:
    path = tmp_path / "a.dat"
    mat.write(EVERYTHING, path, version)
    head = path.read_bytes()[:4096]
    assert mat.matches(head, path)
    assert mat.version(head) == ("7.3" if version == "7.3" else "5")
    assert mat.read_bytes(path.read_bytes())["scalar"] == 1.5


@pytest.mark.parametrize(
    "head", [b"", b"MATLAB", b"Model {\n", b"PK\x03\x04" + bytes(600), bytes(600), b"\x89HDF\r\n\x1a\n" + bytes(600)]
)
def test_other_files_do_not_match(head: bytes, tmp_path: Path) -> None:
    assert not mat.matches(head, "model.slx")
    path = tmp_path / "a.txt"
    path.write_bytes(head)
    with pytest.raises(UnknownFormat, match=r"a\.txt: is not a \.mat file"):
        mat.read(path)


def test_a_missing_file_is_a_file_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        mat.read(tmp_path / "nowhere.mat")
    with pytest.raises(FileError, match="cannot be written"):
        mat.write({}, tmp_path / "nowhere" / "a.mat")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, version: str) -> None:
    path = tmp_path / "a.mat"
    mat.write({"x": 1}, path, version)
    before = path.read_bytes()
    with pytest.raises(UnsupportedContent):
        mat.write({"x": 1, "y": object()}, path, version)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.mat"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "x: is a object, which cannot be written"),
        ({"a": {"b": [1.0, object()]}}, r"x\.a\.b\{2\}: is a object"),
        (np.array([1], np.float16), "float16, which has no class"),
        (np.array(["2024-01-01"], "datetime64[D]"), "datetime64"),
        ({"2nd": 1}, "'2nd' is no name for a field"),
        ({"a" * 64: 1}, "is no name for a field"),
        (2**53 + 1, "which a double cannot hold exactly"),
        ([np.int8(1), 2.0], "several classes"),
        ("\ud800", None),
    ],
)
def test_values_without_a_form_are_refused_by_place(value: object, message: str | None, tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    if message is None:  # a lone surrogate is a MATLAB character like any other
        mat.write({"x": value}, path)
        assert mat.read(path)["x"].codes.tolist() == [[0xD800]]
        return
    with pytest.raises(UnsupportedContent, match=message):
        mat.write({"x": value}, path)
    assert not path.exists()


def test_names_and_versions_are_checked(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedContent, match="'a b' is no name for a variable"):
        mat.write({"a b": 1}, tmp_path / "a.mat")
    with pytest.raises(UsageError, match='has version "6"'):
        mat.write({"a": 1}, tmp_path / "a.mat", "5")
    with pytest.raises(UsageError, match="a mapping of names"):
        mat.write([1], tmp_path / "a.mat")  # type: ignore[arg-type]


def test_a_value_within_itself_is_refused(tmp_path: Path) -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(FileError, match="in a circle"):
        mat.write({"x": circle}, tmp_path / "a.mat")


def test_the_arrays_are_the_callers_own(tmp_path: Path, version: str) -> None:
    path = tmp_path / "a.mat"
    mat.write({"x": np.eye(3)}, path, version)
    found = mat.read(path)["x"]
    found[0, 0] = 5
    assert mat.read(path)["x"][0, 0] == 1


def test_an_mxarray_part() -> None:
    """The model workspace of an .slx package: 8 bytes of header, one structure; the bytes of a real one's layout."""
    number = struct.pack("<IIIIIIII", 6, 8, 6, 0, 5, 8, 1, 1) + struct.pack("<IIIId", 1, 0, 9, 8, 0.5)
    field = struct.pack("<II", 14, len(number)) + number
    body = struct.pack("<IIIIIIII", 6, 8, 2, 0, 5, 8, 1, 1) + struct.pack("<IIHHi", 1, 0, 5, 4, 7)
    body += struct.pack("<II", 1, 7) + b"h_samp\0\0" + field
    data = b"\x00\x01IM" + bytes(4) + struct.pack("<II", 14, len(body)) + body
    assert same(mat.read_mxarray(data), Struct({"h_samp": np.array([[0.5]])}))
    assert mat.read_bytes(data, "model.slx: workspace")["h_samp"] == 0.5
    with pytest.raises(FileError, match=r"model\.slx: the array: is cut short"):
        mat.read_bytes(data[:-4], "model.slx")


def test_a_parameter_object_is_its_value_in_a_workspace() -> None:
    from bridge.files.mat_signals import Parameter

    values = {"gain": Parameter(np.array([[2.0]])), "name": Char("x")}
    assert mat.workspace(values) == {"gain": np.array([[2.0]]), "name": Char("x")}


@pytest.mark.parametrize("version", ["7", "7.3"])
def test_reading_imports_little(tmp_path: Path, version: str) -> None:
    path = tmp_path / "a.mat"
    mat.write({"x": 1.0, "c": [{"f": "text"}]}, path, version)
    code = (
        "import sys; from bridge.files import mat; mat.read(sys.argv[1]);"
        "print(sorted({'scipy', 'h5py', 'torch', 'tree_sitter', 'asyncio', 'pickle'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, cwd=root, check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    numpy_only = subprocess.run(
        [sys.executable, "-c", "import sys, numpy; print(sorted({'pickle', 'asyncio'} & set(sys.modules)))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == numpy_only.stdout
