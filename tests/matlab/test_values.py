"""MATLAB's values, and Python's on their way in."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.errors import MatlabError
from bridge.matlab.values import Cell, Char, FunctionHandle, String, Struct, class_of, same, shape_of, to_matlab


@pytest.mark.parametrize(
    ("value", "kind", "shape"),
    [
        (1.5, "double", (1, 1)),
        (3, "double", (1, 1)),
        (2**70, "double", (1, 1)),
        (10**400, "double", (1, 1)),
        (True, "logical", (1, 1)),
        (1 + 2j, "double", (1, 1)),
        ("abc", "char", (1, 3)),
        ("", "char", (0, 0)),
        ([1, 2, 3], "double", (1, 3)),
        ((1, 2), "double", (1, 2)),
        (range(4), "double", (1, 4)),
        ([True, False], "logical", (1, 2)),
        ([[1, 2], [3, 4]], "double", (2, 2)),
        ([], "double", (0, 0)),
        ([1, "a"], "cell", (1, 2)),
        (["a", "b"], "cell", (1, 2)),
        ([[1, 2], [3]], "cell", (1, 2)),
        ({"a": 1}, "struct", (1, 1)),
        (np.float32(1), "single", (1, 1)),
        (np.int16(1), "int16", (1, 1)),
        (np.bool_(True), "logical", (1, 1)),
        (np.str_("ab"), "char", (1, 2)),
        (np.array(3.0), "double", (1, 1)),
        (np.array([1.0, 2.0]), "double", (1, 2)),
        (np.zeros((3, 1), np.uint8), "uint8", (3, 1)),
        (np.zeros((2, 3, 4), np.complex64), "single", (2, 3, 4)),
        (np.array([1, 2], dtype=">i4"), "int32", (1, 2)),
        (np.array(["a", "b"]), "cell", (1, 2)),
        (np.array([1, "a"], dtype=object), "cell", (1, 2)),
    ],
)
def test_to_matlab(value: object, kind: str, shape: tuple[int, ...]) -> None:
    made = to_matlab(value)
    assert class_of(made) == kind
    assert shape_of(made) == shape
    again = to_matlab(made)
    assert again is made


def test_values_are_kept() -> None:
    assert to_matlab([[1, 2], [3, 4]]).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert to_matlab(np.array([1, 2], dtype=">i4")).tolist() == [[1, 2]]
    assert to_matlab({"a": {"b": [1, 2]}})["a"]["b"].tolist() == [[1.0, 2.0]]


def test_foreign_objects_pass() -> None:
    thing = object()
    assert to_matlab(thing) is thing
    assert to_matlab(None) is None
    assert to_matlab([1, thing]).values[0, 1] is thing


@pytest.mark.parametrize("array", [np.zeros(2, np.float16), np.array(["2020-01-01"], dtype="datetime64[D]")])
def test_a_dtype_without_class_is_an_error(array: np.ndarray) -> None:
    with pytest.raises(MatlabError, match="no class in MATLAB"):
        to_matlab(array)


def test_char() -> None:
    assert Char("abc") == "abc"
    assert Char("abc") == Char("abc")
    assert Char("abc") != Char("abd")
    assert hash(Char("abc")) == hash("abc")
    assert Char(["ab", "cd"]).shape == (2, 2)
    assert Char(["ab", "cd"]).rows == ["ab", "cd"]
    assert Char("é€").text == "é€"
    # Characters beyond the basic plane take two code units, as in MATLAB.
    assert Char("𝄞").shape == (1, 2)
    assert Char("𝄞").text == "𝄞"
    with pytest.raises(MatlabError, match="equal lengths"):
        Char(["a", "bc"])
    with pytest.raises(MatlabError, match="one row"):
        _ = Char(["ab", "cd"]).text


def test_containers() -> None:
    cell = Cell([[1.0, "a"], [2.0, "b"]])
    assert (cell.shape, len(cell), cell[1], cell[0, 1]) == ((2, 2), 4, 2.0, "a")
    assert list(cell) == [1.0, 2.0, "a", "b"]
    assert Cell.column([1, 2]).shape == (2, 1)
    assert Cell.row([np.zeros((2, 2))]).shape == (1, 1)
    with pytest.raises(MatlabError, match="equal lengths"):
        Cell([[1], [1, 2]])
    assert String("x") == "x"
    assert String("x").shape == (1, 1)


def test_structures() -> None:
    scalar = Struct({"a": 1.0, "b": "x"})
    assert (scalar["a"], list(scalar), dict(scalar)) == (1.0, ["a", "b"], {"a": 1.0, "b": "x"})
    several = Struct.array([{"v": 1.0}, {"v": 2.0}], (1, 2))
    assert several.all("v") == [1.0, 2.0]
    assert several.element(1)["v"] == 2.0
    with pytest.raises(MatlabError, match="1x2"):
        several["v"]
    with pytest.raises(MatlabError, match="'w'"):
        several.all("w")
    assert Struct.array([], (0, 0), ["v"]).names == ["v"]


def test_sameness() -> None:
    assert same(np.array([[np.nan]]), np.array([[np.nan]]))
    assert not same(np.array([[1.0]]), np.array([[1]], np.int8))
    assert same(Cell([[np.array([[1.0]])]]), Cell([[np.array([[1.0]])]]))
    assert Struct({"a": np.zeros((1, 1))}) == Struct({"a": np.zeros((1, 1))})
    assert FunctionHandle("sin") == FunctionHandle("sin")
    assert FunctionHandle("sin") != FunctionHandle("cos")
