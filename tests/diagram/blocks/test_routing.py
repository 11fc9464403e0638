"""Joining, parting and reshaping signals, against numpy's own ways."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import one_block

from bridge.errors import DimensionMismatch, ParameterError, TypeMismatch, UnsupportedBlock

T = 3
RANDOM = np.random.default_rng(5)


def signal(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=(T, *shape))


def test_mux_puts_scalars_and_vectors_in_a_row() -> None:
    a, b, c = signal(), signal(3), signal(2, 1)
    y = one_block("Mux", [a, b, c], Inputs=3, exact=True)
    np.testing.assert_array_equal(y, np.concatenate([a[:, None], b, c[:, :, 0]], axis=1))


@pytest.mark.parametrize("inputs", ["2", "[1 3]", "[-1 3]", "a,b", "{'a','b'}"])
def test_mux_counts_its_inputs(inputs: str) -> None:
    assert one_block("Mux", [signal(), signal(3)], Inputs=inputs).shape == (T, 4)


def test_mux_of_a_width_that_it_does_not_have() -> None:
    with pytest.raises(DimensionMismatch, match="input 2 has 3 elements, Inputs says 2"):
        one_block("Mux", [signal(), signal(3)], Inputs="[1 2]")


def test_mux_takes_one_data_type_and_no_matrix() -> None:
    with pytest.raises(TypeMismatch, match="input 1 is double, but input 2 is int8"):
        one_block("Mux", [signal(), np.zeros(T, np.int8)])
    with pytest.raises(DimensionMismatch, match="2x2"):
        one_block("Mux", [signal(), signal(2, 2)])


@pytest.mark.parametrize("dtype", ["int16", "float32", "bool"])
def test_mux_keeps_the_data_type(dtype: str) -> None:
    u = np.ones(T, dtype)
    assert one_block("Mux", [u, u], Inputs=2).dtype == u.dtype


def test_mux_and_demux_have_four_parts_where_a_file_says_nothing() -> None:
    """Files of newer releases leave out what built-in blocks begin with, and these begin with four ports."""
    y = one_block("Mux", [[1.0], [2.0], [3.0], [4.0]])
    assert y.tolist() == [[1, 2, 3, 4]]
    assert [part.tolist() for part in one_block("Demux", [y], outputs=4)] == [[1], [2], [3], [4]]


@pytest.mark.parametrize(
    ("width", "outputs", "parts"),
    [
        (4, "2", [2, 2]),
        (3, "3", [1, 1, 1]),
        (7, "3", [3, 2, 2]),  # what does not divide evenly makes the first ones longer
        (5, "[2 3]", [2, 3]),
        (5, "[-1 2]", [3, 2]),
        (7, "[-1 1 -1]", [3, 1, 3]),
        (1, "1", [1]),
    ],
)
def test_demux(width: int, outputs: str, parts: list[int]) -> None:
    u = signal(width)
    found = one_block("Demux", [u], outputs=len(parts), Outputs=outputs, exact=True)
    expected = np.split(u, np.cumsum(parts)[:-1], axis=1)
    for given, part in zip([found] if len(parts) == 1 else found, expected, strict=True):
        np.testing.assert_array_equal(given, part[:, 0] if part.shape[1] == 1 else part)


@pytest.mark.parametrize("outputs", ["4", "[1 1]", "[2 2]", "[3 -1]"])
def test_demux_of_a_width_that_does_not_fit(outputs: str) -> None:
    with pytest.raises(DimensionMismatch, match="3 elements are not divided"):
        one_block("Demux", [signal(3)], outputs=4 if outputs == "4" else 2, Outputs=outputs)


def test_demux_of_a_bus_is_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="BusSelectionMode"):
        one_block("Demux", [signal(2)], outputs=2, BusSelectionMode="on")


@pytest.mark.parametrize(
    ("shapes", "result"),
    [([(2,), (3,)], (5,)), ([(), ()], (2,)), ([(1, 2), (3,)], (1, 5)), ([(2, 1), (), (1, 1)], (4, 1))],
)
def test_vectors_are_joined_end_to_end(shapes: list[tuple[int, ...]], result: tuple[int, ...]) -> None:
    u = [signal(*shape) for shape in shapes]
    y = one_block("Concatenate", u, NumInputs=len(u))
    np.testing.assert_array_equal(y, np.concatenate([x.reshape(T, -1) for x in u], axis=1).reshape(T, *result))


def test_a_row_and_a_column_are_not_joined() -> None:
    with pytest.raises(DimensionMismatch, match="row and column"):
        one_block("Concatenate", [signal(1, 2), signal(2, 1)])


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_arrays_are_joined_along_a_dimension(dimension: int) -> None:
    a, b = signal(2, 3), signal(2, 3)
    options = {"Mode": "Multidimensional array", "ConcatenateDimension": dimension}
    y = one_block("Concatenate", [a, b], **options)
    if dimension < 3:
        np.testing.assert_array_equal(y, np.concatenate([a, b], axis=dimension))
    else:
        np.testing.assert_array_equal(y, np.stack([a, b], axis=3))


def test_a_vector_among_arrays_is_a_column() -> None:
    a, b = signal(2), signal(2, 3)
    options = {"Mode": "Multidimensional array", "ConcatenateDimension": 2}
    y = one_block("Concatenate", [a, b], **options)
    np.testing.assert_array_equal(y, np.concatenate([a[:, :, None], b], axis=2))
    with pytest.raises(DimensionMismatch, match="m/block: cannot join"):
        one_block("Concatenate", [signal(3), b], **options)


@pytest.mark.parametrize(
    ("dimensionality", "dimensions", "shape"),
    [
        ("1-D array", "1", (6,)),
        ("Column vector (2-D)", "1", (6, 1)),
        ("Row vector (2-D)", "1", (1, 6)),
        ("Customize", "[3,2]", (3, 2)),
        ("Customize", "6", (6,)),
        ("Customize", "[1,2,3]", (1, 2, 3)),
    ],
)
def test_reshape_goes_down_the_columns(dimensionality: str, dimensions: str, shape: tuple[int, ...]) -> None:
    u = signal(2, 3)
    y = one_block("Reshape", [u], OutputDimensionality=dimensionality, OutputDimensions=dimensions, exact=True)
    np.testing.assert_array_equal(y, [x.reshape(shape, order="F") for x in u])


def test_reshape_to_the_size_of_another_signal() -> None:
    u = signal(4)
    y = one_block("Reshape", [u, signal(2, 2)], OutputDimensionality="Derive from reference input port")
    np.testing.assert_array_equal(y, [x.reshape(2, 2, order="F") for x in u])


def test_reshape_to_another_number_of_elements_is_refused() -> None:
    with pytest.raises(DimensionMismatch, match="6 elements do not fill 2x2"):
        one_block("Reshape", [signal(2, 3)], OutputDimensionality="Customize", OutputDimensions="[2,2]")


@pytest.mark.parametrize(("shape", "order"), [((2, 3), [2, 1]), ((2, 3, 4), [3, 1, 2]), ((2, 3), [3, 2, 1])])
def test_permute_dimensions(shape: tuple[int, ...], order: list[int]) -> None:
    u = signal(*shape)
    axes = [0, *order]
    padded = u.reshape(T, *shape, *(1,) * (len(order) - len(shape)))
    np.testing.assert_array_equal(one_block("PermuteDimensions", [u], Order=order), np.transpose(padded, axes))


@pytest.mark.parametrize("order", [[1, 1], [1], [0, 1]])
def test_an_order_that_is_none(order: list[int]) -> None:
    with pytest.raises(ParameterError, match="Order"):
        one_block("PermuteDimensions", [signal(2, 3)], Order=order)


@pytest.mark.parametrize(
    ("shape", "result"), [((1, 3), (1, 3)), ((2, 1, 3), (2, 3)), ((1, 1, 3), (3,)), ((2, 3, 1), (2, 3))]
)
def test_squeeze_leaves_vectors_and_matrices_alone(shape: tuple[int, ...], result: tuple[int, ...]) -> None:
    u = signal(*shape)
    np.testing.assert_array_equal(one_block("Squeeze", [u]), u.reshape(T, *result))
