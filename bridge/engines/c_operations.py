"""Element-wise operations as C expressions, in the meaning that the numpy kernels give them.

Integers are computed as unsigned numbers and wrap; nothing here is undefined in C, whatever the operands are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.engines.c_functions import own_function
from bridge.engines.c_types import c_type, is_single, unsigned
from bridge.program import Node, Value
from bridge.program.types import BOOLEAN, DType

Helpers = dict[str, str]

_LIBM = {
    **{op: op for op in ("floor", "ceil", "trunc", "rint", "sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan")},
    **{op: op for op in ("asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh")},
    **{op: op for op in ("pow", "atan2", "hypot", "fmod")},
}
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "bitand": "&", "bitor": "|", "bitxor": "^"}
_LOGIC = {"and": "&&", "or": "||", "xor": "!=", "lt": "<", "le": "<=", "eq": "==", "ne": "!="}

_COMPARED = {"lt": "less", "le": "at_most", "eq": "same", "ne": "differ", "xor": "either"}

ELEMENTWISE = frozenset(
    {*_LIBM, *_SIGNS, *_LOGIC}
    | {"neg", "abs", "logistic", "bitnot", "shift_left", "shift_right", "not", "isnan", "isinf", "select", "convert"}
)


def function(name: str, dtype: DType) -> str:
    """A function of the C library in single or double precision."""
    return f"{name}f" if is_single(dtype) else name


def expression(node: Node, operands: Sequence[str], helpers: Helpers) -> str:
    """One element of the node's result from one element of each operand, every operand written once."""
    dtype = node.inputs[0].dtype
    op = node.op
    if op in ("exp", "tanh", "logistic"):
        return f"{own_function(op, dtype, helpers)}({operands[0]})"
    if op in _LIBM:
        return f"{function(_LIBM[op], dtype)}({', '.join(operands)})"
    if op in _COMPARED and (operands[0] == operands[1] or any(map(_is_limit, node.inputs))):
        return _guarded(op, dtype, operands, helpers)
    if op in _LOGIC:
        return f"{operands[0]} {_LOGIC[op]} {operands[1]}"
    if op in _SIGNS:
        return _sign(_SIGNS[op], dtype, operands)
    return _OTHERS[op](node, dtype, operands, helpers)


def _is_limit(value: Value) -> bool:
    """Whether it is the smallest or the largest number of an integer type."""
    if value.node is None or value.node.op != "constant" or not value.dtype.is_integer or value.type.size != 1:
        return False
    return int(value.node.attributes["value"].item()) in value.dtype.limits


def _guarded(op: str, dtype: DType, operands: Sequence[str], helpers: Helpers) -> str:
    """A comparison with a limit of the type, or of a value with itself, within a function: outside, compilers warn."""
    name, of = f"{_COMPARED[op]}_{dtype.name}", c_type(dtype)
    helpers[name] = f"static inline bool {name}({of} x, {of} y)\n{{\n    return x {_LOGIC[op]} y;\n}}"
    return f"{name}({', '.join(operands)})"


def _sign(sign: str, dtype: DType, operands: Sequence[str]) -> str:
    if not dtype.is_integer:
        return f"{operands[0]} {sign} {operands[1]}"
    wide = unsigned(dtype)
    return f"({c_type(dtype)})(({wide}){operands[0]} {sign} ({wide}){operands[1]})"


def addition(dtype: DType, left: str, right: str) -> str:
    """``left + right``, wrapping."""
    return _sign("+", dtype, (left, right))


def product(dtype: DType, left: str, right: str) -> str:
    """``left * right``, wrapping."""
    return _sign("*", dtype, (left, right))


def _neg(_: Node, dtype: DType, operands: Sequence[str], __: Helpers) -> str:
    if not dtype.is_integer:
        return f"-{operands[0]}"
    return f"({c_type(dtype)})(0u - ({unsigned(dtype)}){operands[0]})"


def _abs(_: Node, dtype: DType, operands: Sequence[str], helpers: Helpers) -> str:
    if not dtype.is_integer:
        return f"{function('fabs', dtype)}({operands[0]})"
    if not dtype.signed:
        return operands[0]
    name, of = f"abs_{dtype.name}", c_type(dtype)
    # The smallest integer has no positive counterpart and stays, as in numpy.
    body = f"return x < 0 ? ({of})(0u - ({unsigned(dtype)})x) : x;"
    helpers[name] = f"static inline {of} {name}({of} x)\n{{\n    {body}\n}}"
    return f"{name}({operands[0]})"


def _bitnot(_: Node, dtype: DType, operands: Sequence[str], __: Helpers) -> str:
    return f"({c_type(dtype)})~({unsigned(dtype)}){operands[0]}"


def _shift(node: Node, dtype: DType, operands: Sequence[str], helpers: Helpers) -> str:
    of, left = c_type(dtype), node.op == "shift_left"
    name = f"{node.op}_{dtype.name}"
    within = f"{'n >= 0 && ' if dtype.signed else ''}n < {dtype.bits}"
    if left:
        body = f"return {within} ? ({of})(({unsigned(dtype)})x << n) : 0;"
    elif dtype.signed:
        # Shifting the complement keeps the sign without shifting a negative number, which C leaves open.
        wide = unsigned(dtype)
        shifted = f"x < 0 ? ({of})~(~({wide})x >> n) : ({of})(({wide})x >> n)"
        body = f"if (!({within})) {{\n        return x < 0 ? -1 : 0;\n    }}\n    return {shifted};"
    else:
        body = f"return {within} ? ({of})(x >> n) : 0;"
    helpers[name] = f"static inline {of} {name}({of} x, {of} n)\n{{\n    {body}\n}}"
    return f"{name}({', '.join(operands)})"


def _select(_: Node, __: DType, operands: Sequence[str], ___: Helpers) -> str:
    return f"{operands[0]} ? {operands[1]} : {operands[2]}"


def _convert(node: Node, dtype: DType, operands: Sequence[str], helpers: Helpers) -> str:
    wanted: DType = node.attributes["dtype"]
    of = c_type(wanted, node.origin)
    if dtype == wanted:
        return operands[0]
    if wanted == BOOLEAN:
        return f"{operands[0]} != 0"
    if not (dtype.is_float and wanted.is_integer):
        return f"({of}){operands[0]}"
    given, name = c_type(dtype), f"{wanted.name}_of_{dtype.name}"
    low, high = (float(limit) for limit in (wanted.limits[0], wanted.limits[1] + 1))
    # The form promises a whole number in range; C would leave the rest undefined.
    body = f"return (double)x >= {low!r} && (double)x < {high!r} ? ({of})x : 0;"
    helpers[name] = f"static inline {of} {name}({given} x)\n{{\n    {body}\n}}"
    return f"{name}({operands[0]})"


_OTHERS: dict[str, Callable[[Node, DType, Sequence[str], Helpers], str]] = {
    "neg": _neg,
    "abs": _abs,
    "bitnot": _bitnot,
    "shift_left": _shift,
    "shift_right": _shift,
    "not": lambda _, __, operands, ___: f"!{operands[0]}",
    "isnan": lambda _, __, operands, ___: f"isnan({operands[0]}) != 0",
    "isinf": lambda _, __, operands, ___: f"isinf({operands[0]}) != 0",
    "select": _select,
    "convert": _convert,
}
