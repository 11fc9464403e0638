"""Octave's opinion on .mat files: it reads what we write, and we read what it writes, in every common version."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bridge.files import mat
from bridge.matlab.values import Cell, Char, Struct, same


def run(octave: str, script: str, folder: Path) -> None:
    """Run a script; Octave says why where one of its assertions fails."""
    done = subprocess.run(
        [octave, "--no-gui", "--norc", "--no-history", "--quiet", "--eval", script],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


CHECKS = """
s = load('ours.mat');
assert(s.d, [0 1 2; 3 4 5]); assert(class(s.d), 'double');
assert(s.f, single([1.5 NaN])); assert(s.z, [1+2i; -3i]);
assert(s.i, int64(9223372036854775807)); assert(class(s.u), 'uint8');
assert(islogical(s.b) && s.b); assert(s.t, 'text'); assert(ischar(s.e) && isempty(s.e));
assert(s.r, ['abc'; 'def']); assert(size(s.n), [2 0 3]); assert(size(s.k), [2 3 2]); assert(s.k(2,3,1), int16(6));
assert(iscell(s.c) && isequal(s.c, {1; 'x'; {[]}}));
assert(isequal(s.q, struct('a', 1, 'b', struct('c', 'd')))); assert(size(s.w), [1 2]); assert(s.w(2).v, [7; 8]);
assert(s.col, [1; 2; 3]);
"""


@pytest.mark.parametrize("version", ["6", "7"])
def test_octave_reads_what_we_write(version: str, tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    values = {
        "d": np.arange(6.0).reshape(2, 3), "f": np.array([[1.5, np.nan]], np.float32), "z": [1 + 2j, -3j],
        "i": np.int64(2**63 - 1), "u": np.uint8(3), "b": True, "t": "text", "e": "", "r": Char(["abc", "def"]),
        "n": np.zeros((2, 0, 3)), "k": np.arange(1, 13, dtype=np.int16).reshape((2, 3, 2), order="F"),
        "c": [1, "x", [None]], "q": {"a": 1, "b": {"c": "d"}}, "col": [1, 2, 3],
        "w": Struct.array([{"v": 5.0}, {"v": [7.0, 8.0]}], (1, 2)),
    }  # fmt: skip
    values["c"][2] = Cell([[np.zeros((0, 0))]])
    mat.write(values, tmp_path / "ours.mat", version)
    run(require_tool("octave"), CHECKS, tmp_path)


MADE = """
d = [0 1 2; 3 4 5]; f = single([1.5 NaN]); z = [1+2i; -3i]; i = int64(9223372036854775807); u = uint8(3);
b = true; t = 'text'; e = ''; r = ['abc'; 'def']; n = zeros(2,0,3); k = int16(reshape(1:12,2,3,2));
p = sparse([1 3],[2 1],[5 6],3,2);
"""
NESTED = "c = {1; 'x'; {[]}}; q = struct('a', 1, 'b', struct('c', 'd')); w = struct('v', {5, [7;8]}); ec = cell(0,2);"


@pytest.mark.parametrize("option", ["-v7", "-v6", "-v4"])
def test_we_read_what_octave_writes(option: str, tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    saved = MADE + ("clear n k b i;" if option == "-v4" else NESTED) + f"save('{option}', 'theirs.mat');"
    run(require_tool("octave"), saved, tmp_path)
    found = mat.read(tmp_path / "theirs.mat")
    if option == "-v4":  # knows doubles, text and sparse matrices only
        assert same(found["d"], np.arange(6.0).reshape(2, 3))
        assert same(found["z"], np.array([[1 + 2j], [-3j]]))
        assert same(found["r"], Char(["abc", "def"]))
        assert same(found["p"], np.array([[0, 5.0], [0, 0], [6, 0]]))
        return
    assert same(found["d"], np.arange(6.0).reshape(2, 3))
    assert same(found["f"], np.array([[1.5, np.nan]], np.float32))
    assert same(found["z"], np.array([[1 + 2j], [-3j]]))
    assert same(found["i"], np.array([[2**63 - 1]], np.int64))
    assert same(found["u"], np.array([[3]], np.uint8))
    assert same(found["b"], np.array([[True]]))
    assert same(found["t"], Char("text"))
    assert same(found["e"], Char(""))
    assert same(found["r"], Char(["abc", "def"]))
    assert found["n"].shape == (2, 0, 3)
    assert same(found["k"], np.arange(1, 13, dtype=np.int16).reshape((2, 3, 2), order="F"))
    assert same(found["p"], np.array([[0, 5.0], [0, 0], [6, 0]]))
    assert same(found["c"], Cell.column([np.array([[1.0]]), Char("x"), Cell([[np.zeros((0, 0))]])]))
    assert same(found["q"], Struct({"a": np.array([[1.0]]), "b": Struct({"c": Char("d")})}))
    assert same(found["w"].all("v")[1], np.array([[7.0], [8.0]]))
    assert found["ec"].shape == (0, 2)
