"""MATLAB code over signals: the interpreter's walk, with values of which some are known only when the model runs.

A `Signal` is a symbolic value with MATLAB's two dimensions. Operators and functions of signals emit nodes; everything
else stays a number, and is evaluated while the program is traced. Of a condition that depends on signals both branches
are traced, and each variable is selected from what they leave; a loop has to know its count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.blocks import real_functions as real
from bridge.diagram.signal_functions import ELEMENTWISE, PLACED, REDUCTIONS, SHAPING, SIZES, SPELLED
from bridge.errors import MatlabError, ProgramError
from bridge.matlab import tree
from bridge.matlab.execution import Execution, Interruption
from bridge.matlab.indexing import COLON
from bridge.matlab.operators import Operations
from bridge.matlab.values import Cell, class_of, same
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT32, SINGLE, DType

CLASSES = (DOUBLE, SINGLE, BOOLEAN)
"""Data types that signals in code may have."""
_COMPARED: dict[str, Callable[[Value, Value], Value]] = {
    "<": lambda x, y: x < y, "<=": lambda x, y: x <= y, ">": lambda x, y: y < x, ">=": lambda x, y: y <= x,
    "==": t.equal, "~=": t.not_equal, "!=": t.not_equal,
}  # fmt: skip
_COMPUTED: dict[str, Callable[[Value, Value], Value]] = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, ".*": lambda x, y: x * y, "./": lambda x, y: x / y,
    ".\\": lambda x, y: y / x, ".^": real.power,
}  # fmt: skip
_JOINED: dict[str, Callable[[Value, Value], Value]] = {"&": lambda x, y: x & y, "|": lambda x, y: x | y}
_HIGHEST_POWER = 16


@dataclass(frozen=True, eq=False)
class Signal:
    """A value that is known when the model runs: `value` has two dimensions, of one of `CLASSES`."""

    value: Value

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape


@dataclass(frozen=True, eq=False)
class Kept(Signal):
    """A persistent variable as the step finds it; `empty`, 1 x 1, tells that it has no value yet."""

    empty: Value


def _open(what: str) -> MatlabError:
    return MatlabError(f"{what} is known only when the model runs")


class SignalOperations(Operations):
    """MATLAB's operations where some values are signals."""

    def __init__(self, text: str, kept: Mapping[str, Kept] | None = None) -> None:
        super().__init__()
        self.text_of_code = text
        self.kept = kept
        """The persistent variables; None in the first step of all, in which they are empty."""
        self.persistent: dict[str, Any] = {}
        """Those that were met, with their values so far."""
        self._homes: dict[str, int] = {}
        self.conditions = 0
        """How many conditions of signals stand around what is traced."""

    # What the walk asks ----------------------------------------------------------------------------------------------

    def execution(self, variables: dict[str, Any], functions: Mapping[str, tree.FunctionDefinition]) -> Execution:
        """The statements of one function."""
        return SignalExecution(variables, self, self.text_of_code, functions)

    def key(self, name: str, line: int) -> str:
        """What a persistent variable is called among those of all functions, by the line that declares it."""
        return name if self._homes.setdefault(name, line) == line else f"{name}@{line}"

    def found(self, key: str) -> Any:
        """A persistent variable as the step finds it."""
        return np.zeros((0, 0)) if self.kept is None else self.kept[key]

    def decided(self, value: Any) -> bool:
        """Whether a value is known already."""
        return not isinstance(value, Signal)

    def concrete(self, value: Any) -> Any:
        """The plain value; a signal has none."""
        if isinstance(value, Signal):
            raise _open("a value that decides here")
        return value

    def shape(self, value: Any) -> tuple[int, ...]:
        """The size, which is fixed."""
        return value.shape if isinstance(value, Signal) else super().shape(value)

    def lifted(self, value: Any, dtype: DType | None = None) -> Value:
        """A signal or a numeric array as a symbolic value."""
        if not isinstance(value, Signal):
            if not isinstance(value, np.ndarray) or value.dtype not in (np.float64, np.float32, np.bool_):
                raise MatlabError(f"a signal does not go together with a value of class '{class_of(value)}'")
            if value.ndim != 2:
                raise MatlabError("a signal does not go together with an array of more than two dimensions")
            own = BOOLEAN if value.dtype == np.bool_ else SINGLE if value.dtype == np.float32 else DOUBLE
            value = Signal(t.constant(value, own))
        return value.value if dtype is None else cast(value.value, dtype)

    def numeric(self, *values: Any) -> list[Value]:
        """Operands of arithmetic, of one floating-point type: single where one of them is."""
        symbols = [self.lifted(value) for value in values]
        dtype = SINGLE if any(symbol.dtype == SINGLE for symbol in symbols) else DOUBLE
        return [cast(symbol, dtype) for symbol in symbols]

    def condition(self, value: Any) -> Signal:
        """Whether all elements are true, 1 x 1."""
        symbol = cast(self.lifted(value), BOOLEAN)
        if not symbol.type.size:
            return Signal(t.constant(np.zeros((1, 1), bool), BOOLEAN))
        return Signal(t.reshape(t.reduce("all", symbol), (1, 1)))

    def short_circuit(self, operator: str, a: Any, b: Any) -> Any:
        """``&&`` and ``||`` where an operand is a signal; both sides are computed."""
        return self.binary(operator[0], self.condition(a), self.condition(b))

    # Operators -------------------------------------------------------------------------------------------------------

    def binary(self, operator: str, a: Any, b: Any) -> Any:
        """An operator of two operands."""
        if not (isinstance(a, Signal) or isinstance(b, Signal)):
            return super().binary(operator, a, b)
        return _checked(lambda: self._binary(operator, a, b))

    def _binary(self, operator: str, a: Any, b: Any) -> Signal:
        if operator in _JOINED:
            return Signal(_JOINED[operator](self.lifted(a, BOOLEAN), self.lifted(b, BOOLEAN)))
        if operator in _COMPARED:
            return Signal(_COMPARED[operator](*self.numeric(a, b)))
        one = [self.shape(operand) == (1, 1) for operand in (a, b)]
        if (any(one) and operator == "*") or (one[1] and operator == "/") or (one[0] and operator == "\\") or all(one):
            operator = f".{operator.lstrip('.')}" if operator not in "+-" else operator
        if operator in _COMPUTED:
            return Signal(_COMPUTED[operator](*self.numeric(a, b)))
        if operator == "^":
            return self._power(a, b)
        x, y = self.numeric(a, b)
        if operator == "*":
            return Signal(x @ y)
        if operator == "\\":
            return Signal(t.linear_solve(x, y))
        return Signal(t.transpose(t.linear_solve(t.transpose(y), t.transpose(x))))

    def _power(self, a: Any, b: Any) -> Signal:
        """A whole power of a square matrix."""
        exponent = self.concrete(b)
        count = int(exponent.item()) if np.size(exponent) == 1 and float(exponent.item()).is_integer() else 0
        if not 1 <= count <= _HIGHEST_POWER:
            raise MatlabError(f"a matrix of signals has powers from 1 to {_HIGHEST_POWER} here")
        (x,) = self.numeric(a)
        found = x
        for _ in range(count - 1):
            found = found @ x
        return Signal(found)

    def unary(self, operator: str, a: Any) -> Any:
        """A sign or ``~``."""
        if not isinstance(a, Signal):
            return super().unary(operator, a)
        if operator in ("~", "!"):
            return Signal(~self.lifted(a, BOOLEAN))
        (x,) = self.numeric(a)
        return Signal(-x if operator == "-" else x)

    def transpose(self, a: Any, conjugate: bool) -> Any:
        """``'`` and ``.'``; alike for real numbers."""
        return Signal(t.transpose(a.value)) if isinstance(a, Signal) else super().transpose(a, conjugate)

    def concat(self, rows: Sequence[Sequence[Any]]) -> Any:
        """``[a, b; c]``."""
        if all(self.decided(value) for row in rows for value in row):
            return super().concat(rows)
        flat = [value for row in rows for value in row]
        lengths = np.cumsum([len(row) for row in rows])[:-1].tolist()

        def joined(*places: NDArray[Any]) -> Any:
            return super(SignalOperations, self).concat(_split(places, lengths))

        return self.rearranged(flat, joined)

    def colon(self, start: Any, step: Any, stop: Any) -> Any:
        """``start:step:stop``, whose length depends on its numbers."""
        if not (self.decided(start) and self.decided(stop) and (step is None or self.decided(step))):
            raise _open("the length of a range")
        return super().colon(start, step, stop)

    def field(self, a: Any, name: str) -> list[Any]:
        """``a.name``: a signal in code is no structure."""
        if isinstance(a, Signal):
            raise MatlabError(f"a signal has no field '{name}': buses are not supported in code")
        return super().field(a, name)

    # Indexing --------------------------------------------------------------------------------------------------------

    def rearranged(self, parts: Sequence[Any], place: Callable[..., Any], dtype: DType | None = None) -> Signal:
        """What `place` makes of arrays that hold, for each part, the numbers of its elements; 0 stands for a zero."""
        symbols = [self.lifted(part) for part in parts]
        if dtype is None:
            kinds = {symbol.dtype for symbol in symbols if symbol.type.size} or {DOUBLE}
            dtype = kinds.pop() if len(kinds) == 1 else SINGLE if SINGLE in kinds else DOUBLE
        pools, numbers, begun = [t.zeros(t.constant(np.zeros(1), dtype).type)], [], 1
        for symbol in symbols:
            size = symbol.type.size
            numbers.append(np.arange(begun, begun + size, dtype=float).reshape(symbol.shape, order="F"))
            if size:
                pools.append(t.column_major(cast(symbol, dtype), (size,)))
            begun += size
        places = np.asarray(place(*numbers))
        if places.ndim != 2:
            raise MatlabError("signals in code have two dimensions")
        if not places.size:
            return Signal(t.constant(np.zeros(places.shape), dtype))
        taken = t.take(t.concat(pools), places.astype(int).ravel(order="F").tolist())
        return Signal(t.column_major(taken, places.shape))

    def index(self, a: Any, subscripts: Sequence[Any]) -> Any:
        """``a(i, j)``."""
        if not all(self.decided(subscript) for subscript in subscripts):
            return _checked(lambda: self._gathered(a, subscripts))
        if not isinstance(a, Signal):
            return super().index(a, subscripts)
        return self.rearranged([a], lambda places: super(SignalOperations, self).index(places, subscripts))

    def _gathered(self, a: Any, subscripts: Sequence[Any]) -> Signal:
        if len(subscripts) > 1 or self.shape(subscripts[0]) != (1, 1) or self.conditions:
            raise _open("an index other than a scalar outside of conditions")
        symbol, index = self.lifted(a), self.lifted(subscripts[0])
        if index.dtype == BOOLEAN:
            raise _open("the size of what a logical index chooses")
        taken = t.gather(t.column_major(symbol, (symbol.type.size,)), _counted(index))
        return Signal(t.reshape(taken, (1, 1)))

    def assign(self, a: Any, subscripts: Sequence[Any], value: Any) -> Any:
        """``a(i) = value``."""
        if not all(subscript is COLON or self.decided(subscript) for subscript in subscripts):
            return _checked(lambda: self._placed(a, subscripts, value))
        if not (isinstance(a, Signal) or isinstance(value, Signal)):
            return super().assign(a, subscripts, value)
        if a is None:
            return self.rearranged([value], lambda new: super(SignalOperations, self).assign(None, subscripts, new))
        assigned = super().assign
        dtype = self.lifted(a).dtype if np.prod(self.shape(a)) else None
        return self.rearranged([a, value], lambda old, new: assigned(old, subscripts, new), dtype)

    def _placed(self, a: Any, subscripts: Sequence[Any], value: Any) -> Signal:
        """``a(mask) = scalar``, or ``a(k) = scalar`` outside of conditions, in the class of `a`."""
        if a is None or len(subscripts) > 1 or self.shape(value) != (1, 1):
            raise _open("the place of what is assigned")
        old, index = self.lifted(a), self.lifted(subscripts[0])
        new = self.lifted(value, old.dtype)
        if index.dtype == BOOLEAN and index.shape == old.shape:
            return Signal(t.where(index, t.broadcast(new, old.shape), old))
        if index.dtype == BOOLEAN or index.shape != (1, 1) or self.conditions:
            raise _open("a place of what is assigned other than a mask, or a scalar outside of conditions,")
        flat = t.column_major(old, (old.type.size,))
        return Signal(t.column_major(t.scatter(flat, _counted(index), t.reshape(new, ())), old.shape))

    def call(self, name: str, arguments: Sequence[Any], nargout: int = 1) -> tuple[Any, ...]:
        """A function of the table."""
        if all(self.decided(argument) for argument in arguments):
            return super().call(name, arguments, nargout)
        if nargout == 2 and name in PLACED and len(arguments) == 1:
            extreme, place = _checked(lambda: PLACED[name](self, arguments))
            return Signal(extreme), Signal(place)
        return (_checked(lambda: self._called(name, arguments, nargout)),)

    def _called(self, name: str, arguments: Sequence[Any], nargout: int) -> Any:
        if name == "isempty" and isinstance(arguments[0], Kept):
            return Signal(arguments[0].empty)
        if name in SIZES:
            shown = [np.zeros(a.shape) if isinstance(a, Signal) else a for a in arguments]
            found = super().call(name, shown, nargout)
            if len(found) == 1:
                return found[0]
        if nargout <= 1:
            if name in SPELLED and len(arguments) == 2:
                return self.binary(SPELLED[name], *arguments)
            if name in SHAPING:
                parts = len(arguments) if SHAPING[name] else 1
                rest = list(arguments[parts:])
                place = super().call
                return self.rearranged(arguments[:parts], lambda *given: place(name, [*given, *rest], 1)[0])
            if name in ("double", "single", "logical") and len(arguments) == 1:
                return Signal(self.lifted(arguments[0], {"double": DOUBLE, "single": SINGLE}.get(name, BOOLEAN)))
            if name in ELEMENTWISE and len(arguments) == ELEMENTWISE[name][0]:
                return Signal(ELEMENTWISE[name][1](*self.numeric(*arguments)))
            if name in REDUCTIONS:
                return Signal(REDUCTIONS[name](self, arguments))
        raise MatlabError(f"{name!r} of these arguments is not supported where one of them is a signal")


def cast(x: Value, dtype: DType) -> Value:
    """A value in another class: true is 1, and what is not zero is true."""
    if x.dtype == dtype:
        return x
    return t.not_equal(x, 0.0) if dtype == BOOLEAN else t.storage(x, dtype)


def _counted(index: Value) -> Value:
    """The place from 0 of a scalar index from 1."""
    return t.storage(t.reshape(t.trunc(index) - 1.0, ()), INT32)


def _checked(make: Callable[[], Any]) -> Any:
    """What `make` makes, with the form's refusals as MATLAB's."""
    try:
        return make()
    except ProgramError as error:
        raise MatlabError(str(error)) from error


def _split(values: Sequence[Any], ends: Sequence[int]) -> list[list[Any]]:
    starts = [0, *ends]
    return [list(values[start:end]) for start, end in zip(starts, [*ends, len(values)], strict=True)]


class SignalExecution(Execution):
    """Statements where conditions may depend on signals."""

    operations: SignalOperations

    def _statement(self, node: tree.Statement) -> None:
        if not isinstance(node, tree.Persistent):
            super()._statement(node)
            return
        operations = self.operations
        for name in node.names:
            key = self._persistent[name] = operations.key(name, node.line)
            if key not in operations.persistent:
                operations.persistent[key] = operations.found(key)
            self.variables[name] = operations.persistent[key]

    def _expression(self, node: tree.ExpressionStatement) -> None:
        if not (_is_directive(node.expression) and getattr(node.expression, "name", "") not in self.variables):
            super()._expression(node)

    @cached_property
    def _persistent(self) -> dict[str, str]:
        """The persistent variables of this function, with their keys."""
        return {}

    def finish(self) -> None:
        """Hand the persistent variables on."""
        self.operations.persistent |= {key: self.variables[name] for name, key in self._persistent.items()}

    def _if(self, node: tree.If) -> None:
        branches = [(lambda c=condition: self.interpreter.value(c), body) for condition, body in node.branches]
        self._choose(branches, node.otherwise)

    def _switch(self, node: tree.Switch) -> None:
        subject = self.interpreter.value(node.subject)
        values = [self.interpreter.value(value) for value, _ in node.cases]
        if all(self.operations.decided(value) for value in (subject, *values)):
            super()._switch(node)
            return

        def matches(case: Any) -> Any:
            found: Any = self.operations.logical(False)
            for item in case if isinstance(case, Cell) else [case]:
                found = self.operations.binary("|", found, self.operations.binary("==", subject, item))
            return found

        branches = [(lambda v=value: matches(v), body) for value, (_, body) in zip(values, node.cases, strict=True)]
        self._choose(branches, node.otherwise)

    def _choose(
        self,
        branches: Sequence[tuple[Callable[[], Any], Sequence[tree.Statement]]],
        otherwise: Sequence[tree.Statement],
    ) -> None:
        """The first branch whose condition holds."""
        if not branches:
            self.run(otherwise)
            return
        (ask, body), *rest = branches
        asked = ask()
        if self.operations.decided(asked):
            if self.operations.truth(asked):
                self.run(body)
            else:
                self._choose(rest, otherwise)
            return
        condition = self.operations.condition(asked)
        if _only_fails(body):  # an assertion, which is not checked
            self._choose(rest, otherwise)
            return
        before = self._all()
        taken = self._left(lambda: self.run(body))
        self._restore(before)
        other = self._left(lambda: self._choose(rest, otherwise))
        for key in taken[1].keys() | other[1].keys():  # of functions that one branch alone calls
            for left in (taken, other):
                left[1].setdefault(key, self.operations.found(key))
        chosen = []
        for one, another in zip(taken, other, strict=True):
            both = [name for name in one if name in another]
            chosen.append({name: self._select(condition, name, one[name], another[name]) for name in both})
        self._restore(chosen)

    def _all(self) -> list[dict[str, Any]]:
        """The variables, and the persistent ones of functions that were called."""
        return [dict(self.variables), dict(self.operations.persistent)]

    def _left(self, run: Callable[[], None]) -> list[dict[str, Any]]:
        """The variables after one branch."""
        self.operations.conditions += 1
        try:
            run()
        except Interruption:
            cause = "'return', 'break' and 'continue' are not supported under a condition that depends on signals"
            raise MatlabError(cause) from None
        finally:
            self.operations.conditions -= 1
        return self._all()

    def _restore(self, all_variables: Sequence[Mapping[str, Any]]) -> None:
        for now, then in zip((self.variables, self.operations.persistent), all_variables, strict=True):
            now.clear()
            now.update(then)

    def _select(self, condition: Signal, name: str, taken: Any, other: Any) -> Any:
        decided = self.operations.decided
        if taken is other or (decided(taken) and decided(other) and same(taken, other)):
            return taken
        if self.operations.kept is None and 0 in (np.size(taken), np.size(other)):
            return other if np.size(taken) == 0 else taken  # a persistent variable that only a branch begins
        x, y = self.operations.lifted(taken), self.operations.lifted(other)
        if x.shape != y.shape or x.dtype != y.dtype:
            sizes = (f"{'x'.join(map(str, each.shape))} {each.dtype}" for each in (x, y))
            raise MatlabError(f"{name!r} is {' or '.join(sizes)}, by a condition that depends on signals")
        chosen = t.where(t.broadcast(condition.value, x.shape), x, y)
        if not (isinstance(taken, Kept) or isinstance(other, Kept)):
            return Signal(chosen)
        begun = t.constant(np.zeros((1, 1), bool), BOOLEAN)
        empty = [each.empty if isinstance(each, Kept) else begun for each in (taken, other)]
        return Kept(chosen, t.where(condition.value, *empty))


def _only_fails(body: Sequence[tree.Statement]) -> bool:
    """Whether a branch does nothing but raise an error."""
    expressions = [node.expression for node in body if isinstance(node, tree.ExpressionStatement)]
    return len(expressions) == len(body) == 1 and getattr(expressions[0], "name", "") == "error"


def _is_directive(expression: tree.Expression) -> bool:
    """Whether a statement only tells a code generator what to do: ``coder.extrinsic('disp')``, once ``eml``."""
    if not isinstance(expression, tree.Access) or expression.name not in ("coder", "eml"):
        return False
    first = expression.accessors[0]
    return isinstance(first, tree.Field) and first.name in ("allowpcode", "extrinsic", "inline")
