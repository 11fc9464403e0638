"""Scalars in generated Python: doubles, booleans and integers as Python's own numbers, much faster than numpy's.

Each spelling gives the bits that the numpy kernel gives: Python's floats are IEEE doubles, its integers are brought
back into range after each operation that may leave it, and what Python refuses (division by zero, the integer of a
NaN) goes to the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.program import Node, Type
from bridge.program.types import BOOLEAN, DOUBLE, DType

# Statements over the result's name and the operands' expressions; None where Python has nothing that is the same.
Spelling = Callable[[Node, str, Sequence[str]], list[str] | None]


def is_plain(type: Type) -> bool:
    """Whether values of a type are held as Python's numbers."""
    return type.shape == () and (type.dtype in (DOUBLE, BOOLEAN) or type.dtype.is_integer)


def number(value: float | int | bool) -> str | None:
    """A number as source, None for those without a literal."""
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return None
    return f"({text})" if text.startswith("-") else text


def wrapped(name: str, dtype: DType) -> str:
    """A statement that brings an integer back into its type's range, modulo 2**bits."""
    low, high = dtype.limits
    return f"if not {low} <= {name} <= {high}: {name} = ({name} - {low}) % {1 << dtype.bits} + {low}"


def _integer(form: str) -> Spelling:
    def spell(node: Node, name: str, x: Sequence[str]) -> list[str]:
        return [f"{name} = {form.format(*x)}", wrapped(name, node.outputs[0].dtype)]

    return spell


def _same(form: str) -> Spelling:
    return lambda _, name, x: [f"{name} = {form.format(*x)}"]


def _by_type(real: str, integer: Spelling | None = None) -> Spelling:
    """A form for doubles, and a spelling for integers."""

    def spell(node: Node, name: str, x: Sequence[str]) -> list[str] | None:
        dtype = node.inputs[0].dtype
        if dtype.is_integer:
            return integer(node, name, x) if integer else None
        return [f"{name} = {real.format(*x)}"]

    return spell


def _abs(node: Node, name: str, x: Sequence[str]) -> list[str]:
    statement = f"{name} = abs({x[0]})"
    return [statement, wrapped(name, node.outputs[0].dtype)] if node.outputs[0].dtype.is_integer else [statement]


def _bitnot(node: Node, name: str, x: Sequence[str]) -> list[str]:
    dtype = node.outputs[0].dtype
    return [f"{name} = ~{x[0]}" if dtype.signed else f"{name} = {dtype.limits[1]} ^ {x[0]}"]


def _shift_left(node: Node, name: str, x: Sequence[str]) -> list[str]:
    dtype = node.outputs[0].dtype
    shifted = f"{name} = {x[0]} << {x[1]} if 0 <= {x[1]} < {dtype.bits} else 0"
    return [shifted, wrapped(name, dtype)]


def _shift_right(node: Node, name: str, x: Sequence[str]) -> list[str]:
    bits = node.outputs[0].dtype.bits
    # Shifting everything out leaves the sign, as does shifting by all but one bit more.
    return [f"{name} = {x[0]} >> ({x[1]} if 0 <= {x[1]} < {bits} else {bits})"]


def _convert(node: Node, name: str, x: Sequence[str]) -> list[str] | None:
    given, wanted = node.inputs[0].dtype, node.outputs[0].dtype
    if given == wanted:
        return [f"{name} = {x[0]}"]
    if wanted == BOOLEAN:
        return [f"{name} = {x[0]} != 0"]
    if wanted == DOUBLE:
        return [f"{name} = float({x[0]})"]
    if not wanted.is_integer:
        return None
    if given == BOOLEAN:
        return [f"{name} = int({x[0]})"]
    if given.is_integer:
        return [f"{name} = {x[0]}", wrapped(name, wanted)]
    low, high = wanted.limits
    # Beyond 2**53 not every limit is a double, so the comparison is with the power of two above.
    return [f"{name} = int({x[0]}) if {low}.0 <= {x[0]} < {high + 1}.0 else beyond_{wanted.name}({x[0]})"]


def _div(_: Node, name: str, x: Sequence[str]) -> list[str]:
    return [f"{name} = {x[0]} / {x[1]} if {x[1]} else quotient({x[0]}, {x[1]})"]


def _functions(*names: str) -> dict[str, Spelling]:
    return {name: _same(f"float({name}({{0}}))") for name in names}


def _logistic(_: Node, name: str, x: Sequence[str]) -> list[str]:
    # At least 1 is divided by, so that Python has no reason to refuse.
    return [f"{name} = 1.0 / (1.0 + float(exp(-{x[0]})))"]


_WRAPPING = {"add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "neg": "-{0}"}

SCALAR: dict[str, Spelling] = {
    **{op: _by_type(form, _integer(form)) for op, form in _WRAPPING.items()},
    "div": _div,
    "abs": _abs,
    **{op: _same(f"{{0}} {sign} {{1}}") for op, sign in (("lt", "<"), ("le", "<="), ("eq", "=="), ("ne", "!="))},
    **{op: _same(f"{{0}} {sign} {{1}}") for op, sign in (("bitand", "&"), ("bitor", "|"), ("bitxor", "^"))},
    "and": _same("{0} and {1}"),
    "or": _same("{0} or {1}"),
    "xor": _same("{0} != {1}"),
    "not": _same("not {0}"),
    "bitnot": _bitnot,
    "shift_left": _shift_left,
    "shift_right": _shift_right,
    "isnan": _same("{0} != {0}"),
    "isinf": _same("{0} in infinities"),
    "select": _same("{1} if {0} else {2}"),
    "convert": _convert,
    "logistic": _logistic,
    **_functions("sqrt", "exp", "log", "log2", "log10", "floor", "ceil", "trunc", "rint", "sin", "cos", "tan"),
    **_functions("sinh", "cosh", "tanh"),
}
