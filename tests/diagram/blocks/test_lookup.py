"""Lookup tables, against numpy's and scipy's interpolation and tables read by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from small_diagrams import one_block

from bridge.errors import DimensionMismatch, ParameterError, TypeMismatch, UnsupportedBlock

U = np.array([-6, -5, -1.25, 0, 0.5, 4.9, 5, 7.0])
POINTS = np.array([-5.0, -1.0, 0.0, 2.0, 5.0])
VALUES = np.array([3.0, -2.0, 0.5, 4.0, 1.0])
LINE = {
    "NumberOfTableDimensions": 1, "BreakpointsForDimension1": "[-5 -1 0 2 5]", "Table": "[3 -2 0.5 4 1]",
}  # fmt: skip
# A table of numbers of one magnitude, three operations a point.
CLOSE = {"rtol": 1e-14, "atol": 1e-14}


def extended(u: NDArray[Any]) -> NDArray[Any]:
    """VALUES over POINTS, the outer lines extended."""
    low = np.clip(np.searchsorted(POINTS, u, "right") - 1, 0, 3)
    slope = np.diff(VALUES) / np.diff(POINTS)
    return VALUES[low] + slope[low] * (u - POINTS[low])


def test_lines_are_extended_or_clipped() -> None:
    np.testing.assert_allclose(one_block("Lookup_n-D", [U], **LINE), extended(U), **CLOSE)
    clipped = one_block("Lookup_n-D", [U], ExtrapMethod="Clip", **LINE)
    np.testing.assert_allclose(clipped, np.interp(U, POINTS, VALUES), **CLOSE)


def test_the_last_value_stands_alone_where_that_is_asked_for() -> None:
    """0.1 + (0.3 - 0.1) is not 0.3 in floating point: the option decides on the last bit."""
    table = {**LINE, "BreakpointsForDimension1": "[0 1]", "Table": "[0.1 0.3]", "ExtrapMethod": "Clip"}
    assert one_block("Lookup_n-D", [[2.0, 1.0]], exact=True, **table).tolist() == [(0.3 - 0.1) + 0.1] * 2
    assert one_block("Lookup_n-D", [[2.0, 1.0]], UseLastTableValue="on", exact=True, **table).tolist() == [0.3, 0.3]


@pytest.mark.parametrize("method", ["Flat", "None - Flat"])
def test_flat_takes_the_breakpoint_below(method: str) -> None:
    y = one_block("Lookup_n-D", [U], InterpMethod=method, exact=True, **LINE)
    assert y.tolist() == [3, 3, 3, 0.5, 0.5, 4, 1, 1]


def test_nearest_takes_the_upper_one_of_two_equally_near() -> None:
    y = one_block("Lookup_n-D", [[-9.0, -3.0, -0.5, 0.9, 1.0, 9.0]], InterpMethod="Nearest", exact=True, **LINE)
    assert y.tolist() == [3, -2, 0.5, 0.5, 4, 1]


def test_even_spacing() -> None:
    even = {
        "NumberOfTableDimensions": 1, "BreakpointsSpecification": "Even spacing", "Table": "[1 3 2]",
        "BreakpointsForDimension1FirstPoint": "10", "BreakpointsForDimension1Spacing": "5",
    }  # fmt: skip
    assert one_block("Lookup_n-D", [[10.0, 12.5, 15.0, 17.5, 25.0]], **even).tolist() == [1, 2, 3, 2.5, 1]


def test_a_vector_is_looked_up_by_element() -> None:
    u = np.stack([U, U[::-1]], axis=1)
    np.testing.assert_allclose(one_block("Lookup_n-D", [u], **LINE), extended(u), **CLOSE)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_several_dimensions_agree_with_scipy(dimensions: int) -> None:
    interpolate = pytest.importorskip("scipy.interpolate")
    rng = np.random.default_rng(dimensions)
    axes = [np.cumsum(rng.uniform(0.5, 1.5, size)) for size in (3, 4, 2)[:dimensions]]
    table = rng.standard_normal([len(axis) for axis in axes])
    names = {f"BreakpointsForDimension{k + 1}": f"b{k + 1}" for k in range(dimensions)}
    workspace = {"T": table, **{f"b{k + 1}": axis for k, axis in enumerate(axes)}}
    inputs = [rng.uniform(axis[0] - 1, axis[-1] + 1, 20) for axis in axes]
    options = {"NumberOfTableDimensions": dimensions, "Table": "T", "workspace": workspace, **names}
    inside = np.column_stack([np.clip(u, axis[0], axis[-1]) for u, axis in zip(inputs, axes, strict=True)])
    clipped = one_block("Lookup_n-D", inputs, ExtrapMethod="Clip", **options)
    np.testing.assert_allclose(clipped, interpolate.interpn(axes, table, inside), **CLOSE)
    beyond = interpolate.interpn(axes, table, np.column_stack(inputs), bounds_error=False, fill_value=None)
    np.testing.assert_allclose(one_block("Lookup_n-D", inputs, **options), beyond, **CLOSE)


def test_flat_in_two_dimensions() -> None:
    u = ([10.0, 21.9, 22.0, 31.0, 40.0], [0.0, 22.0, 30.9, 31.0, 10.0])
    assert one_block("Lookup_n-D", u, InterpMethod="Flat", exact=True).tolist() == [4, 5, 19, 23, 10]


def test_the_table_may_be_single() -> None:
    y = one_block("Lookup_n-D", [U.astype(np.float32)], **LINE)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, extended(U), rtol=2e-6)  # a few units of single's last place


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"BreakpointsForDimension1": "[0 1]"}, "2 breakpoints do not fit 5 table values"),
        ({"BreakpointsForDimension1": "[0 1 1 2 3]"}, "each above the one before"),
        ({"NumberOfTableDimensions": 2, "Table": "zeros(2,2,2)"}, "2x2x2 has not 2 dimensions"),
    ],
)
def test_tables_that_do_not_fit(parameters: dict[str, Any], message: str) -> None:
    inputs = [U] * parameters.get("NumberOfTableDimensions", 1)
    with pytest.raises(ParameterError, match=message):
        one_block("Lookup_n-D", inputs, **{**LINE, **parameters})


@pytest.mark.parametrize(
    "parameters", [{"InterpMethod": "Akima spline"}, {"TableSource": "Input port"}, {"ExtrapMethod": "Cubic spline"}]
)
def test_other_methods_are_refused_by_name(parameters: dict[str, str]) -> None:
    with pytest.raises(UnsupportedBlock, match=next(iter(parameters))):
        one_block("Lookup_n-D", [U], **{**LINE, **parameters})


def test_integers_are_refused() -> None:
    with pytest.raises(TypeMismatch, match="int8"):
        one_block("Lookup_n-D", [U.astype(np.int8)], **LINE)


# The blocks up to R2010, and the table of signals --------------------------------------------------------------------

READ = {
    "Interpolation-Extrapolation": extended(U),
    "Interpolation-Use End Values": np.interp(U, POINTS, VALUES),
    "Use Input Nearest": [3, 3, -2, 0.5, 0.5, 1, 1, 1],
    "Use Input Below": [3, 3, 3, 0.5, 0.5, 4, 1, 1],
    "Use Input Above": [3, 3, -2, 0.5, 4, 1, 1, 1],
}


@pytest.mark.parametrize("method", READ)
def test_a_table_of_one_dimension(method: str) -> None:
    y = one_block("Lookup", [U], InputValues="[-5 -1 0 2 5]", Table="[3 -2 0.5 4 1]", LookUpMeth=method)
    np.testing.assert_allclose(y, READ[method], **CLOSE)
    old = one_block("Lookup", [U], InputValues="[-5 -1 0 2 5]", OutputValues="[3 -2 0.5 4 1]", LookUpMeth=method)
    np.testing.assert_array_equal(old, y)


def test_a_table_of_two_dimensions() -> None:
    u = ([1.0, 1.5, 3.0, 4.0], [1.0, 1.0, 3.0, 2.0])
    assert one_block("Lookup2D", u).tolist() == [4, 10, 23, 17]
    assert one_block("Lookup2D", u, LookUpMeth="Interpolation-Use End Values").tolist() == [4, 10, 23, 18]


@pytest.mark.parametrize("method", READ)
def test_a_table_of_signals(method: str) -> None:
    tables = [np.tile(row, (len(U), 1)) for row in (POINTS, VALUES)]
    y = one_block("simulink/Lookup Tables/Lookup Table Dynamic", [U, *tables], LookUpMeth=method)
    np.testing.assert_allclose(y, READ[method], **CLOSE)


def test_a_table_of_signals_of_two_sizes_is_refused() -> None:
    with pytest.raises(DimensionMismatch, match="2 breakpoints and 3 values"):
        one_block("simulink/Lookup Tables/Lookup Table Dynamic", [U, np.ones((8, 2)), np.ones((8, 3))])
