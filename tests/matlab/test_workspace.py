"""Scripts of assignments as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bridge.errors import FileError, LimitExceeded, MatlabError, UnsupportedContent
from bridge.matlab.evaluate import evaluate, run_script
from bridge.matlab.limits import Limits
from bridge.matlab.values import Cell, Char, String, Struct, class_of, same
from bridge.matlab.workspace import decode, literal, read_script, script_of, write_script

VALUES = {
    "a": np.array([[0.1, -2.5e-300], [np.inf, np.nan]]),
    "b": np.array([[1, -128]], np.int8),
    "c": np.array([[2**63 - 1, -(2**63)]], np.int64),
    "d": np.array([[2**64 - 1]], np.uint64),
    "e": np.array([[0.1]], np.float32),
    "f": np.array([[True, False]]),
    "g": np.array([[1 + 2j, -0.0 - 1j]]),
    "h": Char("it's"),
    "i_": Char(""),
    "j_": Char(["ab", "c'"]),
    "k": Char("é\n"),
    "l": String('say "x"'),
    "m": Cell([[np.array([[1.0]]), Char("x")], [Cell([[np.zeros((0, 0))]]), np.zeros((0, 3))]]),
    "n": Struct({"p": np.array([[1.0]]), "q": Cell([[np.array([[1.0]]), np.array([[2.0]])]])}),
    "o": Struct.array([{"v": np.array([[1.0]])}, {"v": Char("b")}], (1, 2)),
    "p": np.arange(24.0).reshape(2, 3, 4),
    "q": Cell(),
    "r": np.zeros((0, 0)),
    "s": np.array([[-0.0]]),
}


def test_writing_and_reading_gives_the_same_values(tmp_path: Path) -> None:
    path = tmp_path / "parameters.m"
    write_script(VALUES, path)
    found = read_script(path)
    assert list(found) == list(VALUES)
    for name, value in VALUES.items():
        assert class_of(found[name]) == class_of(value), name
        assert same(found[name], value), name
    assert [entry.name for entry in tmp_path.iterdir()] == ["parameters.m"]


@given(arrays.arrays(np.float64, arrays.array_shapes(min_dims=2, max_dims=3, max_side=3)))
def test_doubles_are_written_exactly(array: np.ndarray) -> None:
    found = evaluate(literal(array))
    assert found.shape == array.shape or array.shape[2:] == (1,)
    assert np.array_equal(found.ravel(order="F"), array.ravel(order="F"), equal_nan=True)


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_text_is_written_exactly(text: str) -> None:
    assert evaluate(literal(Char(text))) == text


def test_a_script_can_use_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "more.m"
    path.write_text("% gains\nKp = 2 * K;\n", encoding="utf-8")
    assert read_script(path, {"K": 3})["Kp"][0, 0] == 6.0


def test_objects_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "object.m"
    with pytest.raises(UnsupportedContent, match="variable 'x'"):
        write_script({"x": object()}, path)
    assert not path.exists()


def test_errors_name_the_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.m"
    path.write_text("a = 1;\nb = [1 2;\n", encoding="utf-8")
    with pytest.raises(MatlabError) as caught:
        read_script(path)
    assert caught.value.where == f"{path}, line 2"
    path.write_text("b = c;", encoding="utf-8")
    with pytest.raises(MatlabError) as caught:
        read_script(path)
    assert caught.value.where == str(path)
    with pytest.raises(FileError, match="no such file"):
        read_script(tmp_path / "absent.m")
    with pytest.raises(LimitExceeded):
        read_script(path, limits=Limits(length=3))


def test_encodings() -> None:
    assert decode("\ufeffé".encode()) == "é"
    assert decode("é".encode("cp1252")) == "é"
    assert run_script(decode(b"\xef\xbb\xbfx = 1;"))["x"][0, 0] == 1.0


def test_script_of_reads_well() -> None:
    assert script_of({"Ts": 0.1, "K": [1, 2], "name": "x"}) == "Ts = 0.1;\nK = [1, 2];\nname = 'x';\n"
