"""The block that computes an expression written in it: C's operators and functions on the elements of one input."""

from __future__ import annotations

import re
from collections.abc import Callable

from bridge.diagram.block import Block
from bridge.diagram.blocks import real_functions as real
from bridge.diagram.blocks.functions import sign
from bridge.diagram.parameters import SampleTime, Text
from bridge.diagram.registry import register
from bridge.errors import ParameterError
from bridge.limits import current
from bridge.program import trace as t
from bridge.program.form import Value

# How tightly operators bind: the page of the block lists them in this order.
_LEVELS = (("||",), ("&&",), ("==", "!=", "~="), (">", "<", "<=", ">="), ("+", "-"), ("*", "/"), (), (), ("^",))
_BINDS = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_NOT, _SIGN = 6, 7

_NUMBER, _NAME = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_TOKEN = re.compile(rf"\s*({_NUMBER}|{_NAME}|&&|\|\||[<>=!~]=|[-+*/^()<>!~,\[\]])", re.ASCII)


def _numeric(condition: Value, like: Value) -> Value:
    return t.where(condition, t.constant(1.0, like.dtype), t.constant(0.0, like.dtype))


def _compared(relation: Callable[[Value, Value], Value]) -> Callable[[Value, Value], Value]:
    return lambda x, y: _numeric(relation(x, y), x)


def _true(x: Value) -> Value:
    return t.not_equal(x, 0)


_BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "||": _compared(lambda x, y: _true(x) | _true(y)),
    "&&": _compared(lambda x, y: _true(x) & _true(y)),
    "==": _compared(t.equal),
    "!=": _compared(t.not_equal),
    "~=": _compared(t.not_equal),
    ">": _compared(lambda x, y: x > y),
    "<": _compared(lambda x, y: x < y),
    "<=": _compared(lambda x, y: x <= y),
    ">=": _compared(lambda x, y: x >= y),
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "^": real.power,
}

_FUNCTIONS: dict[str, tuple[int, Callable[..., Value]]] = {
    **{name: (1, getattr(t, name)) for name in ("acos", "asin", "atan", "ceil", "cos", "cosh", "exp", "floor")},
    **{name: (1, getattr(t, name)) for name in ("log", "log10", "sin", "sinh", "sqrt", "tan", "tanh")},
    "abs": (1, t.absolute),
    "fabs": (1, t.absolute),
    "ln": (1, t.log),
    "sgn": (1, sign),
    "sign": (1, sign),
    "atan2": (2, real.arctangent),
    "hypot": (2, real.hypot),
    "pow": (2, real.power),
    "power": (2, real.power),
    "rem": (2, real.remainder),
}


@register("Fcn")
class Fcn(Block):
    """y = Expr, an expression in the elements of the input ``u`` (Simulink, *Fcn*).

    Operators as C has them, with ``^`` for powers, and functions: `abs`, `acos`, `asin`, `atan`, `atan2`, `ceil`,
    `cos`, `cosh`, `exp`, `fabs`, `floor`, `hypot`, `ln`, `log`, `log10`, `pow`, `power`, `rem`, `sgn`, `sin`, `sinh`,
    `sqrt`, `tan`, `tanh`. ``u(2)`` or ``u[2]`` is the second element, ``u`` the first. Every other name is a workspace
    variable, of which one element is named, as in ``A(1,2)`` or ``p.gain``.
    """

    Expr = Text("sin(u(1)*exp(2.3*(-u(2))))")
    SampleTime = SampleTime("-1")

    def output(self, u: Value) -> Value:
        if not u.dtype.is_float:
            raise self.mistyped(f"an expression takes double or single, not {u.dtype}")
        return _Reader(self, t.column_major(u, (u.type.size,))).whole()


class _Reader:
    """Reads an expression once, from left to right, and traces it."""

    def __init__(self, block: Fcn, u: Value) -> None:
        self._block, self._u, self._text = block, u, block.Expr
        if len(self._text) > current().length:
            raise block.wrong("Expr", f"is longer than the limit `length` of {current().length:,} characters")
        self._at = self._depth = 0

    def whole(self) -> Value:
        """The value of the expression."""
        value = self._expression()
        if self._rest():
            raise self._wrong("an operator is expected")
        return value

    def _rest(self) -> str:
        return self._text[self._at :].strip()

    def _wrong(self, cause: str) -> ParameterError:
        start = max(self._at - 30, 0)
        near = "…" * (start > 0) + self._text[start : self._at + 30] + "…" * (self._at + 30 < len(self._text))
        return self._block.wrong("Expr", f"{cause} at column {self._at + 1}: {near!r}")

    def _peek(self) -> str:
        found = _TOKEN.match(self._text, self._at)
        return found[1] if found else ""

    def _take(self, expected: str = "") -> str:
        found = _TOKEN.match(self._text, self._at)
        if found is None or (expected and found[1] != expected):
            raise self._wrong(f"{expected!r} is expected" if expected else "a number, a name or '(' is expected")
        self._at = found.end()
        return found[1]

    def _expression(self, lowest: int = 0) -> Value:
        """Operands joined by operators that bind at least as tightly as `lowest`; from left to right at one level."""
        self._depth += 1
        if self._depth > current().depth:
            raise self._wrong(f"is nested deeper than the limit `depth` of {current().depth}")
        value = self._operand()
        while (binds := _BINDS.get(self._peek(), -1)) >= lowest:
            operator = self._take()
            value = _BINARY[operator](value, self._expression(binds + 1))
        self._depth -= 1
        return value

    def _operand(self) -> Value:
        token = self._take()
        if token in "+-":
            value = self._expression(_SIGN)
            return -value if token == "-" else value
        if token in "!~":
            return _numeric(~_true(self._expression(_NOT)), self._u)
        if token == "(":
            value = self._expression()
            self._take(")")
            return value
        if token[0].isdigit() or token[0] == ".":
            return t.constant(float(token), self._u.dtype)
        if not token[0].isidentifier():
            self._at -= len(token)
            raise self._wrong("a number, a name or '(' is expected")
        return self._named(token)

    def _named(self, name: str) -> Value:
        if name == "u":
            return self._element()
        if name in _FUNCTIONS:
            count, function = _FUNCTIONS[name]
            self._take("(")
            arguments = [self._expression()]
            while self._peek() == ",":
                self._take()
                arguments.append(self._expression())
            self._take(")")
            if len(arguments) != count:
                raise self._wrong(f"{name} takes {count} argument{'s' * (count > 1)}, not {len(arguments)}, before")
            return function(*arguments)
        written = name + (f"({self._enclosed()})" if self._peek() == "(" else "")
        value = self._block.site.symbolic(f"Expr, {written}", written, False)
        if value.type.size != 1 or value.dtype.kind == "complex":
            raise self._wrong(f"{written} is no single real number; name one element, before")
        return t.storage(t.column_major(value, ()), self._u.dtype)

    def _element(self) -> Value:
        """An element of the input; the first where none is named."""
        index, size = 1, self._u.type.size
        if self._peek() in ("(", "["):
            text = self._enclosed()
            found = self._block.site.array(f"Expr, u({text})", text)
            if found.size != 1 or not 1 <= (number := found.reshape(-1)[0].real) <= size or number % 1:
                raise self._wrong(f"u({text}) is none of the {size} elements of the input, before")
            index = int(number)
        return t.reshape(t.cut(self._u, (index - 1, index)), ())

    def _enclosed(self) -> str:
        """The text between a bracket and its partner."""
        before = self._at
        self._take()
        start, depth = self._at, 1
        for place in range(start, len(self._text)):
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(self._text[place], 0)
            if not depth:
                self._at = place + 1
                return self._text[start:place]
        self._at = before
        raise self._wrong("a bracket is not closed")
