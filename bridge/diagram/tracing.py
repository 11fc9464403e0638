"""Evaluating parameter expressions twice at once: to numbers, and to nodes of the program over workspace variables.

Each numeric workspace variable becomes a `Traced`: its number, and the symbolic value of a program parameter.
Arithmetic, indexing and a few functions keep both. Anything else goes on with the number alone; the variables that it
came from are then `structural`: another value of theirs needs another program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.matlab.indexing import COLON
from bridge.matlab.operators import Operations
from bridge.program import Program
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DOUBLE, Type, from_numpy


@dataclass(frozen=True)
class Traced:
    """A number with its origin: `number` is the array, `value` the same as a symbolic value, `names` the variables."""

    number: NDArray[Any]
    value: Value
    names: frozenset[str]


_BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    ".*": lambda a, b: a * b,
    "./": lambda a, b: a / b,
    ".\\": lambda a, b: b / a,
    ".^": t.power,
}
_FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "exp": t.exp, "log": t.log, "sqrt": t.sqrt, "sin": t.sin, "cos": t.cos, "tan": t.tan,
    "tanh": t.tanh, "abs": t.absolute, "double": lambda a: a,
}  # fmt: skip
# Arguments for which these leave the real numbers are evaluated to numbers alone.
_DOMAIN: dict[str, Callable[[NDArray[Any]], bool]] = {
    "sqrt": lambda a: bool((a >= 0).all()),
    "log": lambda a: bool((a >= 0).all()),
}


class TracingOperations(Operations):
    """MATLAB's operations on values of which some are `Traced`."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program
        self.values: dict[str, NDArray[Any]] = {}
        self.structural: set[str] = set()

    def parameter(self, name: str, number: NDArray[Any]) -> Traced:
        """Make a variable a parameter of the program."""
        value = Value(Type(number.shape, from_numpy(number.dtype)), name)
        self.program.parameters[name] = value
        self.values[name] = number
        return Traced(number, value, frozenset({name}))

    def concrete(self, value: Any) -> Any:
        """The plain value. A traced one's variables are structural from then on."""
        if isinstance(value, Traced):
            self.structural |= value.names
            return value.number
        return value

    def shape(self, value: Any) -> tuple[int, ...]:
        """The size of a value, which is fixed whatever its numbers are."""
        return super().shape(value.number if isinstance(value, Traced) else value)

    def _numbers(self, *values: Any) -> list[Any]:
        return [value.number if isinstance(value, Traced) else value for value in values]

    def _keep(self, number: Any, operands: Sequence[Any], emit: Callable[..., Value]) -> Any:
        """Pair a number with the node that computes it, if all operands are real doubles; else the number alone."""
        arrays = self._numbers(*operands)
        if not all(isinstance(a, np.ndarray) and a.dtype == np.float64 for a in (*arrays, number)):
            return self._untraced(number, operands)
        with t.tracing(self.program.init):
            symbols = [o.value if isinstance(o, Traced) else t.constant(o, DOUBLE) for o in operands]
            value = emit(*symbols)
        names = frozenset[str]().union(*(o.names for o in operands if isinstance(o, Traced)))
        return Traced(number, value, names)

    def _untraced(self, number: Any, operands: Sequence[Any]) -> Any:
        for operand in operands:
            self.concrete(operand)
        return number

    def binary(self, operator: str, a: Any, b: Any) -> Any:
        """An operator of two operands."""
        op = operator
        number = super().binary(op, *self._numbers(a, b))
        if not (isinstance(a, Traced) or isinstance(b, Traced)):
            return number
        sizes = [operand.size for operand in self._numbers(a, b)]
        if op in ("*", "/", "^") and (1 in sizes if op == "*" else sizes[1] == 1):
            op = "." + op if op != "^" or sizes[0] == 1 else op
        if op == "*":
            return self._keep(number, (a, b), lambda x, y: x @ y)
        if op in _BINARY:
            return self._keep(number, (a, b), _BINARY[op])
        return self._untraced(number, (a, b))

    def unary(self, operator: str, a: Any) -> Any:
        """A sign or ``~``."""
        number = super().unary(operator, *self._numbers(a))
        if not isinstance(a, Traced):
            return number
        if operator in ("-", "+"):
            return self._keep(number, (a,), (lambda x: -x) if operator == "-" else (lambda x: x))
        return self._untraced(number, (a,))

    def transpose(self, a: Any, conjugate: bool) -> Any:
        """``'`` and ``.'``; alike for real numbers."""
        number = super().transpose(a.number if isinstance(a, Traced) else a, conjugate)
        return self._keep(number, (a,), t.transpose) if isinstance(a, Traced) else number

    def index(self, a: Any, subscripts: Sequence[Any]) -> Any:
        """``a(i, j)``: the subscripts are numbers, the elements keep their trace."""
        if not isinstance(a, Traced):
            return super().index(a, subscripts)
        plain = [s if s is COLON else self.concrete(s) for s in subscripts]
        number = super().index(a.number, plain)
        places = super().index(np.arange(float(a.number.size)).reshape(a.number.shape, order="F"), plain)
        return self._keep(number, (a,), lambda value: _pick(value, places.astype(int)))

    def field(self, a: Any, name: str) -> list[Any]:
        """``a.name``: a number has none, whatever its trace."""
        return super().field(self.concrete(a), name)

    def assign_field(self, a: Any, name: str, value: Any) -> Any:
        """``a.name = value``: what goes into a structure loses its trace."""
        return super().assign_field(self.concrete(a), name, self.concrete(value))

    def colon(self, start: Any, step: Any, stop: Any) -> Any:
        """``start:step:stop``, whose length depends on its numbers."""
        return super().colon(self.concrete(start), self.concrete(step), self.concrete(stop))

    def cell(self, rows: Sequence[Sequence[Any]]) -> Any:
        """``{a, b}``: what goes into a cell loses its trace."""
        return super().cell([[self.concrete(value) for value in row] for row in rows])

    def assign(self, a: Any, subscripts: Sequence[Any], value: Any) -> Any:
        """``a(i) = value`` in a mask's initialization."""
        return super().assign(self.concrete(a), subscripts, self.concrete(value))

    def assign_brace(self, a: Any, subscripts: Sequence[Any], value: Any) -> Any:
        """``a{i} = value`` in a mask's initialization."""
        return super().assign_brace(self.concrete(a), subscripts, self.concrete(value))

    def concat(self, rows: Sequence[Sequence[Any]]) -> Any:
        """``[a, b; c]``."""
        operands = [operand for row in rows for operand in row]
        number = super().concat([self._numbers(*row) for row in rows])
        if not any(isinstance(operand, Traced) for operand in operands):
            return number
        if any(np.size(array) == 0 or np.ndim(array) != 2 for array in self._numbers(*operands)):
            return self._untraced(number, operands)

        def join(*symbols: Value) -> Value:
            parts = iter(symbols)
            return t.concat([t.concat([next(parts) for _ in row], axis=1) for row in rows], axis=0)

        return self._keep(number, operands, join)

    def call(self, name: str, arguments: Sequence[Any], nargout: int = 1) -> tuple[Any, ...]:
        """A function of the table."""
        results = super().call(name, self._numbers(*arguments), nargout)
        if not any(isinstance(argument, Traced) for argument in arguments):
            return results
        if len(arguments) == 1 and name in _FUNCTIONS and _is_real(name, self._numbers(*arguments)[0]):
            return (self._keep(results[0], arguments, _FUNCTIONS[name]),)
        if name not in ("size", "numel", "length", "ndims", "isempty"):  # sizes are fixed anyway
            self._untraced(None, arguments)
        return results


def _is_real(name: str, argument: NDArray[Any]) -> bool:
    """Whether the function stays within the real numbers for this argument."""
    return name not in _DOMAIN or _DOMAIN[name](argument)


def _pick(value: Value, places: NDArray[np.int_]) -> Value:
    """The elements at column-major `places`; a rectangle of rows and columns is cut out, which engines do fast."""
    if value.type.rank == 2 and places.ndim == 2 and places.size:
        height = value.shape[0]
        rows, columns = places[:, 0] % height, places[0, :] // height
        if np.array_equal(places, rows[:, None] + height * columns[None, :]):
            return _along(_along(value, rows, 0), columns, 1)
    flat = t.column_major(value, (value.type.size,))
    return t.column_major(t.take(flat, places.ravel(order="F").tolist()), places.shape)


def _along(value: Value, indices: NDArray[np.int_], axis: int) -> Value:
    steps = np.diff(indices)
    if not steps.size or (steps == 1).all():
        ranges = [(0, size) for size in value.shape]
        ranges[axis] = (int(indices[0]), int(indices[-1]) + 1)
        return t.cut(value, *ranges)
    return t.take(value, indices.tolist(), axis)
