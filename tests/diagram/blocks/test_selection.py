"""Selector and Assignment, against numpy's indexing."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import one_block

from bridge.errors import BridgeError, DimensionMismatch, ParameterError, TypeMismatch, UnsupportedBlock

V = np.arange(12.0).reshape(3, 4)
M = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("options", "places"),
    [
        ({"Indices": "[1 3]"}, [0, 2]),
        ({"Indices": "[4 4 1]"}, [3, 3, 0]),
        ({"Indices": "[0 2]", "IndexMode": "Zero-based"}, [0, 2]),
        ({"Indices": "[true false true false]"}, [0, 2]),
        ({"Indices": "2", "IndexOptions": "Starting index (dialog)", "OutputSizes": "2"}, [1, 2]),
        ({"Indices": "1", "IndexOptions": "Select all"}, [0, 1, 2, 3]),
    ],
)
def test_elements_of_a_vector(options: dict[str, str], places: list[int]) -> None:
    np.testing.assert_array_equal(one_block("Selector", [V], exact=True, **options), V[:, places])


def test_one_element_is_a_scalar() -> None:
    np.testing.assert_array_equal(one_block("Selector", [V], Indices="3"), V[:, 2])


@pytest.mark.parametrize("shape", [(1, 4), (4, 1)])
def test_a_row_or_column_is_a_vector_to_a_selector_of_one_dimension(shape: tuple[int, ...]) -> None:
    np.testing.assert_array_equal(one_block("Selector", [V.reshape(3, *shape)], Indices="[2 1]"), V[:, [1, 0]])


@pytest.mark.parametrize(
    ("options", "indices", "rows", "columns"),
    [
        ("Index vector (dialog),Index vector (dialog)", "[1 3],[4 2]", [0, 2], [3, 1]),
        ("Index vector (dialog),Select all", "[2 1],1", [1, 0], [0, 1, 2, 3]),
        ("Select all,Starting index (dialog)", "1,2", [0, 1, 2], [1, 2]),
        ("Starting index (dialog),Index vector (dialog)", "2,[1 4]", [1, 2], [0, 3]),
        ("Index vector (dialog),Index vector (dialog)", "2,3", [1], [2]),
    ],
)
def test_rows_and_columns(options: str, indices: str, rows: list[int], columns: list[int]) -> None:
    given = {"NumberOfDimensions": 2, "IndexOptions": options, "Indices": indices, "OutputSizes": "2,2"}
    expected = M[:, rows][:, :, columns]
    y = one_block("Selector", [M], **given)
    np.testing.assert_array_equal(y, expected[:, 0, 0] if len(rows) == len(columns) == 1 else expected)


def test_three_dimensions() -> None:
    u = np.arange(48.0).reshape(2, 2, 3, 4)
    options = "Index vector (dialog),Select all,Index vector (dialog)"
    y = one_block("Selector", [u], NumberOfDimensions=3, IndexOptions=options, Indices="2,1,[4 1]")
    np.testing.assert_array_equal(y, u[:, [1]][..., [3, 0]])


@pytest.mark.parametrize("dtype", ["float64", "int8", "uint32"])
def test_an_index_from_a_port(dtype: str) -> None:
    index = np.array([[1, 2], [4, 4], [3, 1]], dtype)
    expected = np.stack([v[i] for v, i in zip(V, index.astype(int) - 1, strict=True)])
    np.testing.assert_array_equal(one_block("Selector", [V, index], IndexOptions="Index vector (port)"), expected)
    zero_based = (index - 1).astype(dtype)
    options = {"IndexOptions": "Index vector (port)", "IndexMode": "Zero-based"}
    np.testing.assert_array_equal(one_block("Selector", [V, zero_based], **options), expected)


def test_a_scalar_index_from_a_port() -> None:
    y = one_block("Selector", [V, [1.0, 4.0, 2.0]], IndexOptions="Index vector (port)")
    assert y.tolist() == [V[0, 0], V[1, 3], V[2, 1]]


def test_a_starting_index_from_a_port() -> None:
    options = {"IndexOptions": "Starting index (port)", "OutputSizes": "2"}
    y = one_block("Selector", [V, [1.0, 3.0, 2.0]], **options)
    np.testing.assert_array_equal(y, [V[0, 0:2], V[1, 2:4], V[2, 1:3]])


def test_indices_of_both_dimensions_from_ports() -> None:
    rows, columns = np.array([[3, 1], [2, 2]]), np.array([2, 4])
    options = "Index vector (port),Starting index (port)"
    y = one_block("Selector", [M, rows, columns], NumberOfDimensions=2, IndexOptions=options, OutputSizes="1,1")
    expected = [m[r - 1][:, [c - 1]] for m, r, c in zip(M, rows, columns, strict=True)]
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize(
    ("old", "places"),
    [
        ({"Elements": "[2 4]"}, [1, 3]),
        ({"Elements": "-1"}, [0, 1, 2, 3]),
        ({"Elements": "[0 1]", "IndexMode": "Zero-based"}, [0, 1]),
    ],
)
def test_the_words_of_older_files(old: dict[str, str], places: list[int]) -> None:
    np.testing.assert_array_equal(one_block("Selector", [V], **old), V[:, places])


def test_the_words_of_older_files_for_matrices_and_ports() -> None:
    old = {"Elements": "1", "InputType": "Matrix", "Rows": "[3 1]", "Columns": "-1"}
    np.testing.assert_array_equal(one_block("Selector", [M], **old), M[:, [2, 0]])
    old = {"Elements": "1", "ElementSrc": "External", "IndexIsStartValue": "on", "OutputPortSize": "3"}
    np.testing.assert_array_equal(one_block("Selector", [V, [1.0, 2.0, 1.0]], **old)[1], V[1, 1:4])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DimensionMismatch, match=r"index 5 leaves 1\.\.4 of dimension 1"):
        one_block("Selector", [V], Indices="[1 5]")
    with pytest.raises(DimensionMismatch, match=r"index 0 leaves 1\.\.4"):
        one_block("Selector", [V], Indices="0")
    with pytest.raises(DimensionMismatch, match="NumberOfDimensions is 2"):
        one_block("Selector", [np.zeros((1, 2, 2, 2))], NumberOfDimensions=2, IndexOptions="Select all,Select all")
    with pytest.raises(ParameterError, match="1 options are given for 2 dimensions"):
        one_block("Selector", [M], NumberOfDimensions=2, Indices="1,1")
    with pytest.raises(UnsupportedBlock, match="Starting and ending indices"):
        one_block("Selector", [V, [1.0] * 3], IndexOptions="Starting and ending indices (port)")


def test_an_index_that_leaves_the_signal_while_it_runs() -> None:
    from small_diagrams import single

    from bridge.simulation import simulate

    model = single("Selector", 2, IndexOptions="Index vector (port)")
    with pytest.raises(BridgeError, match=r"m/block: index 4 leaves 0\.\.3"):
        simulate(model, inputs={"u1": V, "u2": [1.0, 5.0, 1.0]}, step=1, stop_time=2)


def replaced(base: np.ndarray, places: tuple[object, ...], values: np.ndarray) -> np.ndarray:
    result = base.copy()
    for k in range(len(base)):
        result[(k, *places)] = values[k]
    return result


def test_assignment_replaces_elements_of_a_vector() -> None:
    u = -np.arange(1.0, 7.0).reshape(3, 2)
    y = one_block("Assignment", [V, u], Indices="[4 2]", exact=True)
    np.testing.assert_array_equal(y, replaced(V, ([3, 1],), u))


def test_assignment_of_a_scalar_fills_the_places() -> None:
    u = -np.arange(1.0, 4.0)
    options = {"Indices": "2", "IndexOptions": "Starting index (dialog)", "OutputSizes": "3"}
    np.testing.assert_array_equal(one_block("Assignment", [V, u], **options), replaced(V, (slice(1, 4),), u))


def test_assignment_to_a_block_of_a_matrix() -> None:
    u = -np.arange(1.0, 9.0).reshape(2, 2, 2)
    options = {"NumberOfDimensions": 2, "IndexOptions": "Index vector (dialog),Index vector (dialog)"}
    y = one_block("Assignment", [M, u], Indices="[3 1],[2 4]", **options)
    np.testing.assert_array_equal(y, replaced(M, (np.ix_([2, 0], [1, 3])), u))


def test_assignment_to_whole_columns_by_a_port() -> None:
    u, column = -np.arange(1.0, 7.0).reshape(2, 3), np.array([4, 1])
    options = {"NumberOfDimensions": 2, "IndexOptions": "Assign all,Index vector (port)", "Indices": "1,1"}
    y = one_block("Assignment", [M, u, column], **options)
    expected = M.copy()
    for k in range(2):
        expected[k][:, column[k] - 1] = u[k]
    np.testing.assert_array_equal(y, expected)


def test_assignment_into_zeros_of_a_given_size() -> None:
    options = {"OutputInitialize": "Specify size for each dimension in table", "OutputSizes": "4", "Indices": "[2 3]"}
    y = one_block("Assignment", [np.array([[5, 6]], np.int16)], **options)
    assert (y.dtype, y.tolist()) == (np.int16, [[0, 5, 6, 0]])


def test_assignments_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DimensionMismatch, match="3 elements are assigned to 2 places"):
        one_block("Assignment", [V, np.zeros((3, 3))], Indices="[1 2]")
    with pytest.raises(TypeMismatch, match="Y0 is double, but U is int8"):
        one_block("Assignment", [V, np.zeros(3, np.int8)], Indices="1")
    with pytest.raises(DimensionMismatch, match="index 5 leaves"):
        one_block("Assignment", [V, np.zeros(3)], Indices="5")
