"""Indexing and assignment: against numpy for random arrays and subscripts, and MATLAB's own rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MatlabError
from bridge.matlab.assignment import assign, delete
from bridge.matlab.evaluate import run_script
from bridge.matlab.indexing import COLON, end, folded_shape, index
from bridge.matlab.values import Cell, Char, class_of, same

SHAPES = st.lists(st.integers(1, 4), min_size=2, max_size=4)


def subscript_for(length: int) -> st.SearchStrategy[Any]:
    """A colon, whole numbers, or a mask, with the positions that it stands for."""
    numbers = st.lists(st.integers(1, length), min_size=0, max_size=5).map(
        lambda items: (np.array([items], dtype=float).reshape(1, -1), [item - 1 for item in items])
    )
    masks = st.lists(st.booleans(), min_size=length, max_size=length).map(
        lambda flags: (np.array([flags]), [k for k, flag in enumerate(flags) if flag])
    )
    return st.one_of(st.just((COLON, list(range(length)))), numbers, masks)


@given(st.data())
def test_as_many_subscripts_as_dimensions(data: st.DataObject) -> None:
    shape = data.draw(SHAPES)
    array = np.arange(float(np.prod(shape))).reshape(shape)
    chosen = [data.draw(subscript_for(length)) for length in shape]
    found = index(array, [subscript for subscript, _ in chosen])
    expected = array[np.ix_(*[places for _, places in chosen])]
    assert found.ravel(order="F").tolist() == expected.ravel(order="F").tolist()
    trimmed = list(expected.shape)
    while len(trimmed) > 2 and trimmed[-1] == 1:
        trimmed.pop()
    assert list(found.shape) == trimmed


@given(st.data())
def test_one_subscript_counts_down_the_columns(data: st.DataObject) -> None:
    shape = data.draw(SHAPES)
    array = np.arange(float(np.prod(shape))).reshape(shape)
    rows, columns = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    places = np.array(
        data.draw(st.lists(st.integers(1, array.size), min_size=rows * columns, max_size=rows * columns))
    ).reshape(rows, columns)
    found = index(array, [places.astype(float)])
    assert found.ravel(order="F").tolist() == array.ravel(order="F")[places.ravel(order="F") - 1].tolist()
    source_is_vector = len(shape) == 2 and (shape[0] == 1) != (shape[1] == 1)
    if source_is_vector and 1 in (rows, columns) and (rows, columns) != (1, 1):
        # A vector keeps its orientation.
        assert (found.shape[0] == 1) == (shape[0] == 1)
    else:
        assert found.shape == (rows, columns)


@given(st.data())
def test_the_last_subscript_takes_the_remaining_dimensions(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 4), min_size=3, max_size=4))
    array = np.arange(float(np.prod(shape))).reshape(shape)
    folded = array.reshape((shape[0], -1), order="F")
    row, column = data.draw(st.integers(1, shape[0])), data.draw(st.integers(1, folded.shape[1]))
    assert index(array, [np.array([[row]]), np.array([[column]])])[0, 0] == folded[row - 1, column - 1]
    assert end(array.shape, 1, 2) == folded.shape[1]
    assert folded_shape((2, 3), 4) == (2, 3, 1, 1)


@given(st.data())
def test_assignment_writes_what_indexing_reads(data: st.DataObject) -> None:
    shape = data.draw(SHAPES)
    array = np.arange(float(np.prod(shape))).reshape(shape)
    chosen = [data.draw(subscript_for(length)) for length in shape]
    subscripts = [subscript for subscript, _ in chosen]
    # Each place once, so that reading gives back what was written.
    if any(len(set(places)) != len(places) for _, places in chosen):
        return
    values = -1 - np.arange(float(index(array, subscripts).size)).reshape(index(array, subscripts).shape)
    changed = assign(array, subscripts, values, lambda shape: None)
    assert same(index(changed, subscripts), values)
    untouched = np.ones(array.shape, bool)
    untouched[np.ix_(*[places for _, places in chosen])] = False
    assert (changed.reshape(array.shape)[untouched] == array[untouched]).all()


@given(st.data())
def test_deletion_leaves_the_rest(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    array = np.arange(float(rows * columns)).reshape(rows, columns)
    gone = sorted(data.draw(st.sets(st.integers(0, columns - 1), max_size=columns)))
    found = delete(array, [COLON, np.array([[g + 1.0 for g in gone]]).reshape(1, -1)])
    assert same(found, np.delete(array, gone, axis=1))


ASSIGNMENTS = [
    # New variables, growth, gaps.
    ("x(3) = 5;", np.array([[0.0, 0.0, 5.0]])),
    ("x(2, 3) = 1;", np.array([[0.0, 0, 0], [0, 0, 1]])),
    ("x = [1; 2]; x(4) = 9;", np.array([[1.0], [2], [0], [9]])),
    ("x = 1; x(3) = 2;", np.array([[1.0, 0, 2]])),
    ("x = []; x(end+1) = 4; x(end+1) = 5;", np.array([[4.0, 5]])),
    ("x = zeros(2); x(:, end+1) = [7; 8];", np.array([[0.0, 0, 7], [0, 0, 8]])),
    ("x = 1:3; x(:) = 0;", np.array([[0.0, 0, 0]])),
    ("x = zeros(2, 2); x(:) = 1:4;", np.array([[1.0, 3], [2, 4]])),
    ("x(:, 1) = [1 2 3];", np.array([[1.0], [2], [3]])),
    ("x(1, :) = [1 2 3];", np.array([[1.0, 2, 3]])),
    ("x = eye(2); x(2, :) = 5;", np.array([[1.0, 0], [5, 5]])),
    ("x = 1:5; x(x > 2) = 0;", np.array([[1.0, 2, 0, 0, 0]])),
    ("x = 1:5; x([1 1 2]) = [7 8 9];", np.array([[8.0, 9, 3, 4, 5]])),
    ("x = 1:4; x([true false true]) = -1;", np.array([[-1.0, 2, -1, 4]])),
    # Deletion.
    ("x = 1:5; x(2) = [];", np.array([[1.0, 3, 4, 5]])),
    ("x = 1:5; x([1 end]) = [];", np.array([[2.0, 3, 4]])),
    ("x = magic(3); x(2, :) = [];", np.array([[8.0, 1, 6], [4, 9, 2]])),
    ("x = 1:3; x([]) = [];", np.array([[1.0, 2, 3]])),
    ("x = 1:3; x(:) = [];", np.zeros((0, 0))),
    ("x = [1 2; 3 4]; x(1) = [];", np.array([[3.0, 2, 4]])),
    # The class of the array that is assigned into wins.
    ("x = int8([1 2]); x(2) = 300;", np.array([[1, 127]], np.int8)),
    ("x = zeros(1, 2); x(1) = int8(5);", np.array([[5.0, 0]])),
    ("x = zeros(1, 2); x(1) = single(0.5);", np.array([[0.5, 0]])),
    ("x = [true false]; x(1) = 0;", np.array([[False, False]])),
    ("x = 'abc'; x(2) = 'X';", Char("aXc")),
    ("x = 'abc'; x(2) = 66;", Char("aBc")),
    ("x = zeros(1, 2); x(1) = 1i;", np.array([[1j, 0]])),
    ("x = []; x(2) = int8(3);", np.array([[0, 3]], np.int8)),
    ("x = []; x(1) = 'a';", Char("a")),
    # Cells and structures.
    ("x{2} = 'b';", Cell([[np.zeros((0, 0)), Char("b")]])),
    ("x = {1, 2, 3}; x(2) = [];", Cell([[np.array([[1.0]]), np.array([[3.0]])]])),
    ("x = {1}; x(3) = {7}; x = x{3};", np.array([[7.0]])),
    ("c = {1, 2}; c{1}(3) = 4; x = c{1};", np.array([[1.0, 0, 4]])),
    ("s.a.b(2).c = 5; x = s.a.b(2).c;", np.array([[5.0]])),
    ("s(2).a = 1; s(1).a = 7; x = [s.a];", np.array([[7.0, 1]])),
    ("s.v = 1:3; s.v(2) = []; x = s.v;", np.array([[1.0, 3]])),
    ("n = 'key'; s.(n) = 3; x = s.key;", np.array([[3.0]])),
    ("s = struct('a', {1, 2}); s(3).a = 9; x = numel(s);", np.array([[3.0]])),
    ("s.c = {1}; s.c{2} = 8; x = s.c{2};", np.array([[8.0]])),
    ("s = struct('a', {1, 2, 3}); s(2) = []; x = [s.a];", np.array([[1.0, 3]])),
]


@pytest.mark.parametrize(("script", "value"), ASSIGNMENTS, ids=[script for script, _ in ASSIGNMENTS])
def test_assignment(script: str, value: Any) -> None:
    found = run_script(script)["x"]
    assert class_of(found) == class_of(value)
    assert same(found, value), found


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ("x = 1:3; x(0) = 1;", "positive"),
        ("x = 1:3; x(1:2) = [1 2 3];", "sizes of the two sides differ"),
        ("x = eye(2); x(7) = 1;", "cannot grow"),
        ("x = eye(2); x(:, 3) = [1 2 3];", "sizes of the two sides differ"),
        ("x = eye(2); x(1, 1) = [];", "one index that is not a colon"),
        ("x = 1:3; x(5) = [];", "exceeds"),
        ("x = 1; x{1} = 2;", "braces"),
        ("x = {1}; x(1) = 2;", "cell"),
        ("x = 1; x.a = 2;", "no fields"),
        ("y(1) = [];", "exists"),
        ("x = 1:3; x('a', 2) = 1e9; x(1e9, 1e9) = 1;", "elements"),
    ],
)
def test_assignments_that_cannot_be(script: str, cause: str) -> None:
    with pytest.raises(MatlabError, match=cause):
        run_script(script)


def test_the_array_that_was_assigned_is_not_changed() -> None:
    array = np.zeros((1, 3))
    cell = Cell([[1.0]])
    assert run_script("x(2) = 5; c{1} = 2;", {"x": array, "c": cell})["x"].tolist() == [[0, 5, 0]]
    assert array.tolist() == [[0, 0, 0]]
    assert cell[0] == 1.0
