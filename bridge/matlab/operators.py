"""`Operations`: everything that an evaluation does with values.

The evaluator walks the tree and never looks into a value itself; it asks the `Operations` object. A subclass
can therefore carry more than numbers, for example (number, symbolic node) pairs, by overriding the methods
that compute and `concrete`, which says what the plain value is where the evaluator needs one: conditions,
subscripts, sizes for ``end``, field names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.errors import EvaluationLimit, MatlabError, UndefinedName
from bridge.linear_system import LinearSystem
from bridge.matlab import arithmetic, assignment, concatenation, indexing, matrix
from bridge.matlab.colon import colon, colon_integer, intervals
from bridge.matlab.indexing import COLON
from bridge.matlab.limits import Budget, Limits
from bridge.matlab.string_arrays import strings
from bridge.matlab.values import (
    Array,
    Cell,
    Char,
    FunctionHandle,
    String,
    Struct,
    Value,
    class_of,
    object_array,
    shape_of,
    to_matlab,
)
from bridge.suggestions import meant

if TYPE_CHECKING:
    from bridge.matlab.execution import Execution
    from bridge.matlab.tree import FunctionDefinition

# Functions that are left out on purpose, for which no similar name should be suggested.
_UNREACHABLE = frozenset(
    (
        *("addpath", "assignin", "cd", "delete", "dos", "eval", "evalc", "evalin", "exist", "fclose", "fopen", "fread"),
        *("getenv", "importdata", "input", "keyboard", "load", "load_system", "open_system", "readmatrix", "readtable"),
        *("run", "save", "set_param", "get_param", "sim", "system", "unix", "which", "xlsread"),
    )
)
# Properties of a state-space model are found in capitals and in small letters (*ss*).
_MATRICES = ("A", "B", "C", "D")


class Operations:
    """Plain MATLAB values. Every method takes and returns values; none changes its arguments.

    `budget` accounts for what an evaluation costs, `stream` holds the random numbers that ``rand`` draws, which
    start as MATLAB starts. `evaluate` runs the methods with numpy's floating-point warnings off; do so too
    (``np.errstate``) where they are called directly.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.budget = Budget(limits)
        self.stream: Any = None  # of random numbers, made when first needed

    # Values in and out

    def load(self, value: Any) -> Value:
        """A workspace variable as a value; foreign objects pass unchanged."""
        return to_matlab(value)

    def concrete(self, value: Value) -> Value:
        """The plain value that the evaluator may look at."""
        return value

    def scalar(self, number: complex, kind: str = "double") -> Value:
        """A number as a 1x1 value of class `kind`."""
        if kind == "double":
            return np.array([[number]], dtype=np.complex128 if np.iscomplexobj(number) else np.float64)
        return np.array([[number]], dtype=arithmetic.dtype_of_class(kind))

    def logical(self, truth: bool) -> Value:
        """A logical scalar."""
        return np.array([[truth]])

    def text(self, text: str, string: bool = False) -> Value:
        """A character row, or with `string` a string scalar."""
        return String(text) if string else Char(text)

    def truth(self, value: Value) -> bool:
        """Whether a condition holds."""
        return arithmetic.truth(self.concrete(value))

    def shape(self, value: Value) -> tuple[int, ...]:
        """The size of a value."""
        return shape_of(self.concrete(value))

    def decided(self, value: Value) -> bool:
        """Whether a condition on the value can be decided now."""
        return True

    def execution(self, variables: dict[str, Any], functions: Mapping[str, FunctionDefinition]) -> Execution:
        """What runs the statements of a function of the script, over its own variables."""
        from bridge.matlab.execution import Execution

        return Execution(variables, self, functions=functions)

    def short_circuit(self, operator: str, a: Value, b: Value) -> Value:
        """``&&`` or ``||`` of two values that are not decided both."""
        raise MatlabError(f"'{operator}' needs values that are known")

    def is_handle(self, value: Value) -> bool:
        """Whether parentheses call `value` instead of indexing it."""
        return isinstance(value, FunctionHandle)

    # Operators

    def binary(self, operator: str, a: Value, b: Value) -> Value:
        """``a operator b`` for ``+ - * / \\ ^ .* ./ .\\ .^ == ~= < <= > >= & |``."""
        self._allocate_broadcast(operator, a, b)
        if operator in arithmetic.ELEMENTWISE:
            return arithmetic.elementwise(operator, a, b)
        if operator in arithmetic.COMPARISONS:
            return arithmetic.compare(operator, a, b)
        if operator == "*":
            return matrix.multiply(a, b)
        if operator == "/":
            return matrix.divide_right(a, b)
        if operator == "\\":
            return matrix.divide_left(a, b)
        if operator == "^":
            return matrix.power(a, b)
        if operator in ("&", "|"):
            x, y = arithmetic.logical(a, operator), arithmetic.logical(b, operator)
            arithmetic.broadcast_shape(x.shape, y.shape)
            x, y = arithmetic.aligned(x, y)
            return np.logical_and(x, y) if operator == "&" else np.logical_or(x, y)
        raise MatlabError(f"unknown operator '{operator}'")

    def unary(self, operator: str, a: Value) -> Value:
        """``-a``, ``+a``, ``~a``."""
        if operator == "~":
            return ~arithmetic.logical(a, operator)
        x = arithmetic.numbers(a, operator)
        if x.dtype.kind == "b":
            x = x.astype(np.float64)
        if operator == "+":
            return x
        if arithmetic.is_integer(x):
            limits = np.iinfo(x.dtype)
            if limits.min == 0:
                return np.zeros_like(x)
            return np.where(x == limits.min, limits.max, -np.maximum(x, -limits.max)).astype(x.dtype)
        return np.negative(x)

    def transpose(self, a: Value, conjugate: bool) -> Value:
        """``a.'``, or with `conjugate` ``a'``."""
        arrays, rebuild = indexing.plain_arrays(a)
        if arrays[0].ndim > 2:
            raise MatlabError(
                f"only matrices can be transposed, not an array of size {'x'.join(map(str, arrays[0].shape))}"
            )
        turned = [array.T for array in arrays]
        if conjugate and turned[0].dtype.kind == "c":
            turned[0] = np.conj(turned[0])
        return rebuild(turned)

    def colon(self, start: Value, step: Value | None, stop: Value) -> Value:
        """``start:stop`` or ``start:step:stop``, a row."""
        operands = [start, stop] if step is None else [start, step, stop]
        arrays = [arithmetic.numbers(operand, ":") for operand in operands]
        if any(array.size == 0 for array in arrays):
            return np.zeros((1, 0))
        dtype = arithmetic.DOUBLE
        for array in arrays:
            dtype = arithmetic.result_dtype(np.zeros((1, 1), dtype), array.ravel()[:1].real.reshape(1, 1), ":")
        first, second, last = (float(array.flat[0].real) for array in (arrays[0], arrays[1], arrays[-1]))
        if step is None:
            second = 1.0
        count = intervals(first, second, last)
        self.budget.allocate((1, (count or 0) + 1))
        if dtype.kind in "iu":
            if count is None:
                raise MatlabError("a range of integers needs finite bounds")
            whole = [_whole(array) for array in arrays]
            limits: Any = np.iinfo(dtype.type)
            if any(not limits.min <= bound <= limits.max for bound in (whole[0], whole[-1])):
                raise MatlabError(f"the bounds of a range must be within its class, {dtype}")
            return colon_integer(whole[0], 1 if step is None else whole[1], whole[-1], dtype)
        row = colon(first, second, last)
        if all(isinstance(operand, Char) for operand in (start, stop)):
            return Char(row.astype(np.uint16))
        return row.astype(dtype) if dtype != arithmetic.DOUBLE else row

    # Building

    def horzcat(self, values: Sequence[Value]) -> Value:
        """``[a, b, c]``."""
        return self.cat(values, 1)

    def vertcat(self, values: Sequence[Value]) -> Value:
        """``[a; b; c]``."""
        return self.cat(values, 0)

    def cat(self, values: Sequence[Value], axis: int) -> Value:
        """The values joined along `axis`, counted from 0."""
        self.budget.allocate(concatenation.concatenated_shape(values, axis))
        return concatenation.concatenate(values, axis)

    def concat(self, rows: Sequence[Sequence[Value]]) -> Value:
        """A matrix literal."""
        if len(rows) == 1 and len(rows[0]) == 1:
            only = rows[0][0]
            return only
        texts = any(isinstance(value, String) for row in rows for value in row)
        cells = not texts and any(isinstance(value, Cell) for row in rows for value in row)
        if texts:
            rows = [[strings(value) for value in row if shape_of(value) != (0, 0)] for row in rows]
        elif cells:
            rows = [[v if isinstance(v, Cell) else Cell([[v]]) for v in row if not _nothing(v)] for row in rows]
        joined = [self.horzcat(row) for row in rows]
        return self.vertcat(joined)

    def cell(self, rows: Sequence[Sequence[Value]]) -> Value:
        """A cell literal; an element that is a cell array of a row with others is nested, as MATLAB does."""
        if not any(rows):
            return Cell()
        lines = [Cell(object_array(list(row), (1, len(row)))) for row in rows if row]
        return self.vertcat(lines)

    # Indexing

    def end(self, value: Value, position: int, count: int) -> Value:
        """``end`` as subscript `position` (from 0) of `count` of `value`."""
        return self.scalar(float(indexing.end(self.shape(value), position, count)))

    def index(self, a: Value, subscripts: Sequence[Value]) -> Value:
        """``a(subscripts)``; `COLON` stands for ``:``."""
        plain = [subscript if subscript is COLON else self.concrete(subscript) for subscript in subscripts]
        if plain:
            self.budget.allocate(indexing.result_shape(shape_of(a), plain))
        result = indexing.index(a, plain)
        return arithmetic.narrow(result) if isinstance(result, np.ndarray) else result

    def brace(self, a: Value, subscripts: Sequence[Value]) -> list[Value]:
        """``a{subscripts}``: the contents of the chosen cells."""
        return indexing.contents(a, [s if s is COLON else self.concrete(s) for s in subscripts])

    def field(self, a: Value, name: str) -> list[Value]:
        """``a.name``: one value for each element of a structure array."""
        if isinstance(a, Struct):
            return a.all(name)
        if isinstance(a, LinearSystem) and name.upper() in _MATRICES:
            return [getattr(a, name.upper())]
        if isinstance(a, LinearSystem) and name.lower() == "ts":
            return [to_matlab(0.0 if a.Ts is None else a.Ts)]
        raise MatlabError(f"a value of class '{class_of(a)}' has no field '{name}'")

    def has_field(self, a: Value, name: str) -> bool:
        """Whether ``a.name`` can be read."""
        if isinstance(a, LinearSystem):
            return name.upper() in (*_MATRICES, "TS")
        return isinstance(a, Struct) and name in a.fields

    def assign(self, a: Value | None, subscripts: Sequence[Value], value: Value) -> Value:
        """`a` after ``a(subscripts) = value``; `a` is None for a new variable."""
        plain = [s if s is COLON else self.concrete(s) for s in subscripts]
        self.budget.spend(1 + _count(shape_of(a)) // 1000)
        return assignment.assign(a, plain, value, self.budget.allocate)

    def delete(self, a: Value, subscripts: Sequence[Value]) -> Value:
        """`a` after ``a(subscripts) = []``."""
        return assignment.delete(a, [s if s is COLON else self.concrete(s) for s in subscripts])

    def assign_brace(self, a: Value | None, subscripts: Sequence[Value], value: Value) -> Value:
        """`a` after ``a{subscripts} = value``."""
        plain = [s if s is COLON else self.concrete(s) for s in subscripts]
        self.budget.spend(1 + _count(shape_of(a)) // 1000)
        return assignment.assign_content(a, plain, value, self.budget.allocate)

    def assign_field(self, a: Value | None, name: str, value: Value) -> Value:
        """`a` after ``a.name = value``."""
        return assignment.assign_field(a, name, value)

    # Functions

    def has_function(self, name: str) -> bool:
        """Whether `name` is in the table of functions."""
        from bridge.matlab.functions import has_function

        return has_function(name)

    def call(self, name: str, arguments: Sequence[Value], nargout: int = 1) -> tuple[Value, ...]:
        """``[…] = name(arguments)``: up to `nargout` values, at least one where the function has one."""
        from bridge.matlab.functions import call

        return call(self, name, list(arguments), nargout)

    def apply(self, handle: Value, arguments: Sequence[Value], nargout: int = 1) -> tuple[Value, ...]:
        """Call a function handle, or a function by name."""
        if isinstance(handle, (Char, String)):
            handle = FunctionHandle(handle.text)
        if not isinstance(handle, FunctionHandle):
            raise MatlabError(f"a function handle is expected, not a value of class '{class_of(handle)}'")
        from bridge.matlab.interpreter import call_handle

        return call_handle(self, handle, arguments, nargout)

    def undefined(self, name: str, known: Sequence[str]) -> UndefinedName:
        """The error for a name that is neither variable nor function, with the closest known names."""
        from bridge.matlab.functions import function_names

        if name in _UNREACHABLE:
            return UndefinedName(
                name, f"'{name}' is not available: expressions reach no files, no system and no other scope"
            )
        hint = meant(name, [*known, *function_names()])
        return UndefinedName(name, f"undefined variable or function '{name}'{hint}")

    def _allocate_broadcast(self, operator: str, a: Value, b: Value) -> None:
        left, right = shape_of(a), shape_of(b)
        if left == (1, 1) and right == (1, 1):
            return
        matrices = left != (1, 1) and right != (1, 1)
        if operator in ("*", "/", "\\", "^") and (matrices or operator == "^"):
            if len(left) == 2 and len(right) == 2:
                rows, inner = left if operator != "\\" else (left[1], left[0])
                columns = right[1] if operator != "/" else right[0]
                self.budget.allocate((rows, columns))
                heavy = 64 if operator == "^" else 1
                self.budget.work(heavy * float(max(rows, columns)) * inner * max(columns, 1))
                if operator != "*":
                    self.budget.work(heavy * float(max(*left, *right)) ** 2 * min(max(left), max(right)))
            return
        rank = max(len(left), len(right))
        left += (1,) * (rank - len(left))
        right += (1,) * (rank - len(right))
        self.budget.allocate([max(m, n) if min(m, n) else 0 for m, n in zip(left, right, strict=True)])


def _whole(array: Array) -> int:
    value = array.flat[0]
    if arithmetic.is_integer(array):
        return int(value)
    if not np.isfinite(value) or float(value.real) != int(value.real):
        raise MatlabError("a range of an integer class needs whole numbers")
    return int(value.real)


def _nothing(value: Value) -> bool:
    return isinstance(value, np.ndarray) and value.shape == (0, 0)


def _count(shape: Sequence[int]) -> int:
    count = 1
    for length in shape:
        count *= length
    return count


__all__ = ["COLON", "EvaluationLimit", "Operations"]
