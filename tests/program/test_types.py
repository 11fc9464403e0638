"""Data types and types."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bridge.errors import ProgramError
from bridge.program.types import (
    BOOLEAN,
    BUILT_IN,
    COMPLEX,
    DOUBLE,
    INT8,
    INT32,
    SINGLE,
    UINT16,
    UINT64,
    DType,
    Type,
    broadcast_shapes,
    from_numpy,
)


@pytest.mark.parametrize("dtype", BUILT_IN.values(), ids=str)
def test_a_data_type_and_its_numpy_type_are_each_others(dtype: DType) -> None:
    assert from_numpy(dtype.numpy) == dtype
    assert dtype.numpy.itemsize * 8 == dtype.bits
    assert dtype.name == str(dtype)


@pytest.mark.parametrize(
    ("dtype", "name", "numpy"),
    [
        (DOUBLE, "double", "float64"),
        (SINGLE, "single", "float32"),
        (BOOLEAN, "boolean", "bool"),
        (INT8, "int8", "int8"),
        (UINT64, "uint64", "uint64"),
        (COMPLEX, "double complex", "complex128"),
        (DType("float", 16), "half", "float16"),
        (DType("fixed", 12, False, 0.5, 1.0), "fixdt(0,12,0.5,1.0)", "uint16"),
        (DType("fixed", 33), "fixdt(1,33,1.0,0.0)", "int64"),
    ],
)
def test_names(dtype: DType, name: str, numpy: str) -> None:
    assert (dtype.name, dtype.numpy.name) == (name, numpy)


@pytest.mark.parametrize("dtype", [dtype for dtype in BUILT_IN.values() if dtype.is_integer], ids=str)
def test_limits_are_those_of_numpy(dtype: DType) -> None:
    info = np.iinfo(dtype.numpy)
    assert dtype.limits == (info.min, info.max)


def test_limits_of_stored_integers() -> None:
    assert DType("fixed", 12).limits == (-2048, 2047)
    assert DType("fixed", 12, signed=False).limits == (0, 4095)
    for dtype in (DOUBLE, BOOLEAN, COMPLEX):
        with pytest.raises(ProgramError, match=dtype.name):
            dtype.limits  # noqa: B018


def test_a_numpy_type_without_counterpart_is_refused() -> None:
    for given in (np.dtype("datetime64[s]"), np.dtype("U3"), np.dtype(np.float16)):
        with pytest.raises(ProgramError, match=re.escape(str(given))):
            from_numpy(given)


def test_types() -> None:
    matrix = Type((2, 3), UINT16)
    assert (matrix.size, matrix.rank, str(matrix)) == (6, 2, "uint16[2x3]")
    assert (Type((), INT32).size, str(Type((), INT32))) == (1, "int32")
    assert matrix.with_shape((6,)) == Type((6,), UINT16)
    assert matrix.with_dtype(DOUBLE) == Type((2, 3), DOUBLE)
    assert len({matrix, Type((2, 3), UINT16)}) == 1


def test_shapes_that_do_not_fit_are_named() -> None:
    assert broadcast_shapes((3,), (2, 1), ()) == (2, 3)
    with pytest.raises(ProgramError, match="2x3 and scalar and 2 do not fit"):
        broadcast_shapes((2, 3), (), (2,))
