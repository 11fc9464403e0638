"""Linear algebra on matrices: product, inverse, solution of a linear system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridge.errors import ProgramError
from bridge.program.operations import Attributes, register
from bridge.program.types import Type


def _matmul_rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
    left, right = types
    if left.dtype != right.dtype or left.dtype.kind == "bool":
        raise ProgramError(f"matmul does not take {left} and {right}")
    if left.rank != 2 or right.rank not in (1, 2) or left.shape[1] != right.shape[0]:
        raise ProgramError(f"inner sizes of {left} and {right} differ")
    return (left.with_shape((left.shape[0], *right.shape[1:])),)


register("matmul", _matmul_rule, lambda _: np.matmul)


def _square(type: Type) -> None:
    if type.rank != 2 or type.shape[0] != type.shape[1] or type.dtype.kind not in ("float", "complex"):
        raise ProgramError(f"a square floating-point matrix is needed, not {type}")


def _inverse_rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
    _square(types[0])
    return (types[0],)


def _inverse(matrix: Any) -> Any:
    try:
        return np.linalg.inv(matrix)
    except np.linalg.LinAlgError:  # MATLAB warns and gives Inf
        return np.full_like(matrix, np.inf)


register("inverse", _inverse_rule, lambda _: _inverse)


def _solve_rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
    """X of A X = B."""
    _square(types[0])
    if types[1].rank != 2 or types[1].shape[0] != types[0].shape[0] or types[1].dtype != types[0].dtype:
        raise ProgramError(f"solve does not take {types[0]} and {types[1]}")
    return (types[1],)


def _solve(matrix: Any, right: Any) -> Any:
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return np.full_like(right, np.inf)


register("linear_solve", _solve_rule, lambda _: _solve)
