"""MATLAB's operator precedence, applied to a flat chain of operands and operators.

The grammar of tree-sitter separates the tokens rightly but binds unary minus closer than power (``-2^2``), a
transpose closer than the power before it (``2^3'``), and power to the right. So its operator nodes are
flattened, and the chain is put together again here.

From high to low: transpose and power (left to right, a sign behind a power belongs to its exponent); signs and
``~``; ``* / \\`` and their element-wise kin; ``+ -``; ``:``; comparisons; ``&``; ``|``; ``&&``; ``||``.
Source: the MathWorks page "Operator Precedence".
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.matlab import tree

LEVELS: dict[str, int] = {
    **dict.fromkeys(("||",), 1),
    **dict.fromkeys(("&&",), 2),
    **dict.fromkeys(("|",), 3),
    **dict.fromkeys(("&",), 4),
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "~="), 5),
    **dict.fromkeys((":",), 6),
    **dict.fromkeys(("+", "-"), 7),
    **dict.fromkeys(("*", "/", "\\", ".*", "./", ".\\"), 8),
    **dict.fromkeys(("^", ".^"), 10),
}
_UNARY_LEVEL = 9
_LAMBDA = "@"
POSTFIX = ("'", ".'")


@dataclass(slots=True)
class Token:
    """An operand (`node`) or an operator (`text`) of a chain, and where it stands.

    `kind`: "operand", "prefix", "infix", "postfix", or "lambda" for ``@(…)``, which takes all that follows.
    """

    kind: str
    text: str
    line: int
    column: int
    node: tree.Expression | None = None
    parameters: tuple[str, ...] = ()


def combine(tokens: list[Token]) -> tree.Expression:
    """The tree of a chain; operators and operands alternate as the grammar guarantees.

    An operator-precedence parser with explicit stacks, so that long chains need no recursion.
    """
    operands: list[tree.Expression] = []
    operators: list[Token] = []

    def level(token: Token) -> int:
        if token.kind == "lambda":
            return 0
        if token.kind == "prefix":
            return _UNARY_LEVEL
        return LEVELS[token.text]

    def reduce() -> None:
        token = operators.pop()
        place = {"line": token.line, "column": token.column}
        right = operands.pop()
        if token.kind == "lambda":
            operands.append(tree.AnonymousFunction(token.parameters, right, token.text, **place))
        elif token.kind == "prefix":
            operands.append(tree.Unary(token.text, right, **place))
        elif token.text == ":":
            left = operands.pop()
            if operators and operators[-1].text == ":" and operators[-1].kind == "infix":
                # Two colons in a row belong to one range; a third starts a new one around it.
                first = operators.pop()
                start = operands.pop()
                operands.append(tree.Range(start, left, right, line=first.line, column=first.column))
            else:
                operands.append(tree.Range(left, None, right, **place))
        elif token.text in ("&&", "||"):
            operands.append(tree.ShortCircuit(token.text, operands.pop(), right, **place))
        else:
            operands.append(tree.Binary(token.text, operands.pop(), right, **place))

    exponent = False
    for token in tokens:
        if token.kind == "operand":
            assert token.node is not None
            operands.append(token.node)
            if exponent:
                while operators[-1].kind == "prefix":
                    reduce()
                exponent = False
        elif token.kind == "lambda":
            operators.append(token)
            exponent = False
        elif token.kind == "prefix":
            operators.append(token)
        elif token.kind == "postfix":
            while operators and operators[-1].kind == "infix" and level(operators[-1]) >= 10:
                reduce()
            operands.append(tree.Transpose(operands.pop(), token.text == "'", line=token.line, column=token.column))
        else:
            own = level(token)
            while operators and level(operators[-1]) >= own and not _continues_range(operators, token):
                reduce()
            operators.append(token)
            exponent = own == 10
    while operators:
        reduce()
    return operands[0]


def _continues_range(operators: list[Token], token: Token) -> bool:
    """Whether `token` is the second colon of ``a:b:c``, which must not close ``a:b`` first."""
    if token.text != ":" or operators[-1].text != ":" or operators[-1].kind != "infix":
        return False
    return not (len(operators) > 1 and operators[-2].text == ":" and operators[-2].kind == "infix")
