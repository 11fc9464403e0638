"""Element-wise operations: arithmetic, comparison, logic, functions, choice and conversion.

Integer arithmetic wraps modulo 2**bits; saturation and rounding are composed of these in `arithmetic`.
All follow numpy's broadcasting, and both operands have one data type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bridge.errors import ProgramError
from bridge.program.operations import Attributes, Kernel, Rule, register
from bridge.program.types import BOOLEAN, DType, Type, broadcast_shapes

NUMERIC = frozenset({"float", "int", "complex"})
REAL = frozenset({"float", "int"})


def _same(name: str, count: int, kinds: frozenset[str]) -> Callable[[Sequence[Type]], DType]:
    def check(types: Sequence[Type]) -> DType:
        if len(types) != count:
            raise ProgramError(f"{name} takes {count} operands, not {len(types)}")
        dtype = types[0].dtype
        if any(type.dtype != dtype for type in types) or dtype.kind not in kinds:
            raise ProgramError(f"{name} does not take {' and '.join(str(type) for type in types)}")
        return dtype

    return check


def _arithmetic(name: str, count: int, kinds: frozenset[str]) -> Rule:
    check = _same(name, count, kinds)

    def rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
        dtype = check(types)
        return (Type(broadcast_shapes(*(type.shape for type in types)), dtype),)

    return rule


def _predicate(name: str, count: int, kinds: frozenset[str]) -> Rule:
    check = _same(name, count, kinds)

    def rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
        check(types)
        return (Type(broadcast_shapes(*(type.shape for type in types)), BOOLEAN),)

    return rule


def _fixed(function: Callable[..., Any]) -> Kernel:
    return lambda _: function


def logistic(x: Any) -> Any:
    """1 / (1 + exp(-x)), as MATLAB's `logsig` computes it."""
    return 1 / (1 + np.exp(-x))


FLOAT = frozenset({"float"})
ANALYTIC = frozenset({"float", "complex"})

Table = tuple[tuple[str, Callable[..., Any], frozenset[str]], ...]

UNARY: Table = (
    ("neg", np.negative, NUMERIC),
    ("floor", np.floor, FLOAT),
    ("ceil", np.ceil, FLOAT),
    ("trunc", np.trunc, FLOAT),
    ("rint", np.rint, FLOAT),
    ("sqrt", np.sqrt, ANALYTIC),
    ("exp", np.exp, ANALYTIC),
    ("log", np.log, ANALYTIC),
    ("log2", np.log2, FLOAT),
    ("log10", np.log10, FLOAT),
    ("sin", np.sin, ANALYTIC),
    ("cos", np.cos, ANALYTIC),
    ("tan", np.tan, ANALYTIC),
    ("asin", np.arcsin, FLOAT),
    ("acos", np.arccos, FLOAT),
    ("atan", np.arctan, FLOAT),
    ("sinh", np.sinh, FLOAT),
    ("cosh", np.cosh, FLOAT),
    ("tanh", np.tanh, ANALYTIC),
    ("asinh", np.arcsinh, FLOAT),
    ("acosh", np.arccosh, FLOAT),
    ("atanh", np.arctanh, FLOAT),
    ("logistic", logistic, FLOAT),
    ("conj", np.conjugate, frozenset({"complex"})),
    ("bitnot", np.invert, frozenset({"int"})),
    ("abs", np.abs, REAL),
)

BINARY: Table = (
    ("add", np.add, NUMERIC),
    ("sub", np.subtract, NUMERIC),
    ("mul", np.multiply, NUMERIC),
    ("div", np.true_divide, ANALYTIC),
    ("pow", np.power, ANALYTIC),
    ("atan2", np.arctan2, FLOAT),
    ("hypot", np.hypot, FLOAT),
    ("fmod", np.fmod, FLOAT),  # the remainder with the sign of the dividend, as C's fmod
    ("bitand", np.bitwise_and, frozenset({"int"})),
    ("bitor", np.bitwise_or, frozenset({"int"})),
    ("bitxor", np.bitwise_xor, frozenset({"int"})),
    # A count that is negative, or not less than the number of bits, shifts everything out.
    ("shift_left", np.left_shift, frozenset({"int"})),
    ("shift_right", np.right_shift, frozenset({"int"})),  # arithmetic for signed integers
    ("and", np.logical_and, frozenset({"bool"})),
    ("or", np.logical_or, frozenset({"bool"})),
    ("xor", np.logical_xor, frozenset({"bool"})),
)

COMPARISONS: Table = (
    ("lt", np.less, REAL),
    ("le", np.less_equal, REAL),
    ("eq", np.equal, NUMERIC | {"bool"}),
    ("ne", np.not_equal, NUMERIC | {"bool"}),
)

for _name, _function, _kinds in UNARY:
    register(_name, _arithmetic(_name, 1, _kinds), _fixed(_function))
for _name, _function, _kinds in BINARY:
    register(_name, _arithmetic(_name, 2, _kinds), _fixed(_function))
for _name, _function, _kinds in COMPARISONS:
    register(_name, _predicate(_name, 2, _kinds), _fixed(_function))
register("not", _arithmetic("not", 1, frozenset({"bool"})), _fixed(np.logical_not))
register("isnan", _predicate("isnan", 1, FLOAT), _fixed(np.isnan))
register("isinf", _predicate("isinf", 1, FLOAT), _fixed(np.isinf))


def _select_rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
    if len(types) != 3 or types[0].dtype != BOOLEAN or types[1].dtype != types[2].dtype:
        raise ProgramError(f"select does not take {', '.join(map(str, types))}")
    return (Type(broadcast_shapes(*(type.shape for type in types)), types[1].dtype),)


register("select", _select_rule, _fixed(np.where))


def _parts_rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
    if len(types) != 1 or types[0].dtype.kind != "complex":
        raise ProgramError(f"a complex operand is needed, not {', '.join(map(str, types))}")
    return (types[0].with_dtype(DType("float", types[0].dtype.bits // 2)),)


register("real", _parts_rule, _fixed(np.real))
register("imag", _parts_rule, _fixed(np.imag))


def _complex_rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
    dtype = _same("complex", 2, FLOAT)(types)
    return (Type(broadcast_shapes(*(type.shape for type in types)), DType("complex", 2 * dtype.bits)),)


def _complex(real: Any, imag: Any) -> Any:
    # real + 1j * imag would make a NaN of an infinite imaginary part.
    real, imag = np.broadcast_arrays(real, imag)
    result = np.empty(real.shape, np.result_type(real.dtype, np.complex64))
    result.real, result.imag = real, imag
    return result


register("complex", _complex_rule, _fixed(_complex))


def _convert_rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
    dtype: DType = attributes["dtype"]
    if types[0].dtype.kind == "complex" and dtype.kind != "complex":
        raise ProgramError("a complex value has no real conversion")
    if "fixed" in (types[0].dtype.kind, dtype.kind):
        raise ProgramError(f"{types[0].dtype} is not stored as {dtype} by a change of storage alone")
    return (types[0].with_dtype(dtype),)


def _convert_kernel(attributes: Attributes) -> Callable[..., Any]:
    """Change the storage type. Integers wrap; a floating-point value must be integral and in the integer's range."""
    dtype = attributes["dtype"].numpy
    return lambda x: np.asarray(x).astype(dtype)


register("convert", _convert_rule, _convert_kernel)
