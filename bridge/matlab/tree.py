"""The tree of MATLAB's language: expressions, the targets of assignments, and statements.

Every node is a frozen dataclass with its `line` and `column` (1-based, in characters of the source; they take
no part in equality). Chains of left-associative operators are left-deep and may be thousands of nodes deep:
walk the `left` side in a loop, as `walk` does. All other nesting is bounded by ``Limits.depth``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias, TypeVar, dataclass_transform

_NodeType = TypeVar("_NodeType", bound="Node")
_NAMES: dict[type, tuple[str, ...]] = {}


class Node:
    """Construction, equality, hash, representation and immutability of all nodes.

    Written once here, because generating five methods for each of some forty classes would cost as much as
    importing the parser.
    """

    line: int
    column: int

    def __init__(self, *values: Any, line: int = 1, column: int = 1, **named: Any) -> None:
        names = _NAMES[type(self)]
        state = self.__dict__
        state.update(zip(names, values, strict=False))
        state.update(named, line=line, column=column)
        for name in names[len(values) :]:
            if name not in state:
                state[name] = getattr(type(self), name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"cannot assign to '{name}': nodes of the tree are frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"cannot delete '{name}': nodes of the tree are frozen")

    def __eq__(self, other: object) -> bool:
        pairs: list[tuple[Any, Any]] = [(self, other)]
        while pairs:
            a, b = pairs.pop()
            if type(a) is not type(b):
                return False
            if isinstance(a, Node):
                pairs.extend((getattr(a, name), getattr(b, name)) for name in _NAMES[type(a)])
            elif isinstance(a, tuple):
                if len(a) != len(b):
                    return False
                pairs.extend(zip(a, b, strict=True))
            elif a is not b and a != b:
                return False
        return True

    def __hash__(self) -> int:
        return hash((type(self).__name__, *(v for v in self.children(plain=True) if isinstance(v, (str, float, int)))))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(repr(getattr(self, name)) for name in _NAMES[type(self)])})"

    def children(self, plain: bool = False) -> Iterator[Any]:
        """The values of the fields: nodes and tuples only, or with `plain` every one."""
        for name in _NAMES[type(self)]:
            value = getattr(self, name)
            if plain or isinstance(value, (Node, tuple)):
                yield value


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def _node(kind: type[_NodeType]) -> type[_NodeType]:
    made = dataclass(init=False, repr=False, eq=False)(kind)
    _NAMES[made] = tuple(f.name for f in fields(made) if f.name not in ("line", "column"))  # type: ignore[arg-type]
    return made


@_node
class Expression(Node):
    """The base of all expressions."""

    line: int = field(default=1, kw_only=True)
    column: int = field(default=1, kw_only=True)


@_node
class Number(Expression):
    """A numeric literal: the value (complex for ``2i``) and its class (``double``, or ``uint8`` … for ``0x1F``)."""

    value: complex
    kind: str = "double"


@_node
class Text(Expression):
    """``'char'`` or ``"string"``: the text without quotes, and which."""

    text: str
    string: bool = False


@_node
class Name(Expression):
    """A variable, or a function called without arguments."""

    name: str


@_node
class Colon(Expression):
    """``:`` alone among arguments."""


@_node
class End(Expression):
    """``end`` inside an index."""


@_node
class Unary(Expression):
    """``-a``, ``+a``, ``~a``."""

    operator: str
    operand: Expression


@_node
class Binary(Expression):
    """``a + b``, ``a == b``, ``a & b`` …; `operator` as written in MATLAB, ``~=`` for not equal."""

    operator: str
    left: Expression
    right: Expression


@_node
class ShortCircuit(Expression):
    """``a && b``, ``a || b``."""

    operator: str
    left: Expression
    right: Expression


@_node
class Transpose(Expression):
    """``a'`` (conjugate) and ``a.'``."""

    operand: Expression
    conjugate: bool


@_node
class Range(Expression):
    """``start:stop`` or ``start:step:stop``."""

    start: Expression
    step: Expression | None
    stop: Expression


@_node
class Matrix(Expression):
    """``[1 2; 3 4]``: rows of elements."""

    rows: tuple[tuple[Expression, ...], ...]


@_node
class CellArray(Expression):
    """``{1, 'a'; 2, 'b'}``: rows of elements."""

    rows: tuple[tuple[Expression, ...], ...]


@_node
class FunctionReference(Expression):
    """``@sin``, ``@package.name``."""

    name: str


@_node
class AnonymousFunction(Expression):
    """``@(x, y) x + y``; an ignored parameter is ``~``, `source` the text as written."""

    parameters: tuple[str, ...]
    body: Expression
    source: str = ""


@_node
class Parentheses(Node):
    """``(1, :)`` behind a name."""

    arguments: tuple[Expression, ...]
    line: int = field(default=1, kw_only=True)
    column: int = field(default=1, kw_only=True)


@_node
class Braces(Node):
    """``{1, :}`` behind a name."""

    arguments: tuple[Expression, ...]
    line: int = field(default=1, kw_only=True)
    column: int = field(default=1, kw_only=True)


@_node
class Field(Node):
    """``.name`` behind a name."""

    name: str
    line: int = field(default=1, kw_only=True)
    column: int = field(default=1, kw_only=True)


@_node
class DynamicField(Node):
    """``.(expression)`` behind a name."""

    expression: Expression
    line: int = field(default=1, kw_only=True)
    column: int = field(default=1, kw_only=True)


Accessor: TypeAlias = Parentheses | Braces | Field | DynamicField


@_node
class Access(Expression):
    """``name(1).field{2}``: indexing a variable or calling a function, with all its accessors in order."""

    name: str
    accessors: tuple[Accessor, ...]


@_node
class Statement(Node):
    """The base of all statements."""

    line: int = field(default=1, kw_only=True)
    column: int = field(default=1, kw_only=True)


@_node
class Assignment(Statement):
    """``x = v``, ``x(2).f = v``, ``[a, ~] = v``: `targets` are `Name`, `Access` or None for ``~``.

    `bracketed` tells ``[a] = v`` from ``a = v``; `printed` that no semicolon follows.
    """

    targets: tuple[Name | Access | None, ...]
    value: Expression
    bracketed: bool = False
    printed: bool = False


@_node
class ExpressionStatement(Statement):
    """An expression alone; its value becomes ``ans``."""

    expression: Expression
    printed: bool = False


@_node
class Command(Statement):
    """Command syntax, ``hold on``: a name and words."""

    name: str
    words: tuple[str, ...]


@_node
class If(Statement):
    """``if``/``elseif`` branches, each a condition and a body, and what ``else`` holds."""

    branches: tuple[tuple[Expression, tuple[Statement, ...]], ...]
    otherwise: tuple[Statement, ...] = ()


@_node
class For(Statement):
    """``for target = iterable``: once for each column."""

    target: Name | Access
    iterable: Expression
    body: tuple[Statement, ...]


@_node
class While(Statement):
    """``while condition``."""

    condition: Expression
    body: tuple[Statement, ...]


@_node
class Switch(Statement):
    """``switch subject``: cases of a value (a cell array for several) and a body, and ``otherwise``."""

    subject: Expression
    cases: tuple[tuple[Expression, tuple[Statement, ...]], ...]
    otherwise: tuple[Statement, ...] = ()


@_node
class Try(Statement):
    """``try … catch error``; `error` is empty when the error is not named."""

    body: tuple[Statement, ...]
    error: str = ""
    handler: tuple[Statement, ...] = ()


@_node
class Break(Statement):
    """``break``."""


@_node
class Continue(Statement):
    """``continue``."""


@_node
class Return(Statement):
    """``return``."""


@_node
class Global(Statement):
    """``global a b``."""

    names: tuple[str, ...]


@_node
class Persistent(Statement):
    """``persistent a b``."""

    names: tuple[str, ...]


@_node
class FunctionDefinition(Statement):
    """``function [outputs] = name(inputs)``; an ignored input is ``~``."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    body: tuple[Statement, ...]


def walk(*roots: Node | Iterable[Any]) -> Iterator[Node]:
    """Every node at or below `roots`, parents first, in the order of the source; without recursion."""
    pending: list[Any] = list(reversed(roots))
    while pending:
        item = pending.pop()
        if isinstance(item, Node):
            yield item
            pending.extend(reversed(list(item.children())))
        elif isinstance(item, (tuple, list)):
            pending.extend(reversed(item))
