"""MATLAB source text as a tree: `parse_expression` and `parse_script`.

The text is parsed with tree-sitter-matlab, imported on first use, and its concrete tree is rebuilt as the
nodes of `bridge.matlab.tree`. The grammar separates elements of ``[a' -b]`` as MATLAB does; precedence is
put right in `bridge.matlab.precedence`, errors are placed by `bridge.matlab.diagnosis`.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bridge.errors import EvaluationLimit, MatlabError, MatlabSyntaxError
from bridge.matlab import tree
from bridge.matlab.limits import Limits
from bridge.matlab.literals import number
from bridge.matlab.precedence import LEVELS, POSTFIX, Token, combine

if TYPE_CHECKING:
    import tree_sitter

_EXTRAS = frozenset(("comment", "line_continuation"))
_CHAINED = frozenset(
    (
        "binary_operator",
        "comparison_operator",
        "boolean_operator",
        "unary_operator",
        "not_operator",
        "postfix_operator",
        "range",
        "lambda",
        "_expression",  # around the operand of "~" among arguments, and wider than it
    )
)
_PREFIX = "x="
_LANGUAGE: Any = None


def parse_expression(text: str, *, limits: Limits | None = None) -> tree.Expression:
    """The tree of one expression; a semicolon or comment may follow it.

    `MatlabSyntaxError` with the column if the text is anything else, `EvaluationLimit` if it is too long or
    nested too deeply.
    """
    parse = _remembered if len(text) < 1000 else _parse_expression
    return parse(text, limits or Limits())


@lru_cache(maxsize=2048)
def _remembered(text: str, limits: Limits) -> tree.Expression:
    return _parse_expression(text, limits)


def _parse_expression(text: str, limits: Limits) -> tree.Expression:
    stripped = text.lstrip()
    # Behind "x=" the grammar cannot take "a -1" for a command.
    builder = Builder(text, stripped, _PREFIX, limits)
    nodes = [node for node in builder.root.children if node.type not in _EXTRAS]
    if not nodes or nodes[0].type != "assignment" or not stripped:
        raise MatlabSyntaxError("an expression is expected", text, 1)
    for node in nodes[1:]:
        if node.is_named or (node.text not in (b"\n", b";", b"\r\n") and (node.text or b"").strip()):
            raise MatlabSyntaxError("one expression is expected, but more follows", *builder.error_place(node))
    right = nodes[0].child_by_field_name("right")
    if right is None:
        raise MatlabSyntaxError("an expression is expected", text, 1)
    return builder.expression(right)


def parse_script(text: str, *, limits: Limits | None = None) -> list[tree.Statement]:
    """The statements of a script, or the functions of a function file.

    `MatlabSyntaxError` (its `expression` is the offending line) if the text is not MATLAB, or defines a class.
    """
    from bridge.matlab.syntax_statements import statements

    builder = Builder(text, text, "", limits or Limits())
    return list(statements(builder, builder.root.children))


def _parse(source: bytes) -> tree_sitter.Tree:
    import tree_sitter

    global _LANGUAGE
    if _LANGUAGE is None:
        import tree_sitter_matlab

        _LANGUAGE = tree_sitter.Language(tree_sitter_matlab.language())
    return tree_sitter.Parser(_LANGUAGE).parse(source)


class Builder:
    """Rebuilds one concrete tree. `text` is the user's, `parsed` its end that is parsed, behind `prefix`."""

    def __init__(self, text: str, parsed: str, prefix: str, limits: Limits) -> None:
        if len(text) > limits.length:
            raise EvaluationLimit(f"the text has {len(text)} characters, more than the limit of {limits.length}")
        self.text = text
        self.limits = limits
        self.expression_only = bool(prefix)
        self._depth = 0
        skipped = text[: len(text) - len(parsed)]
        self._first_line = 1 + skipped.count("\n")
        # tree-sitter counts columns in bytes of the line; the prefix shifts the first line.
        self._shift = len(skipped) - (skipped.rfind("\n") + 1) - len(prefix)
        self._source = (prefix + parsed + "\n").encode("utf-8", "replace")
        self._ascii = text.isascii()
        self.root = _parse(self._source).root_node
        if self.root.has_error:
            from bridge.matlab.diagnosis import diagnose

            raise diagnose(self)

    def place(self, node: tree_sitter.Node) -> dict[str, Any]:
        """Line and column of a node, 1-based, in characters of the user's text."""
        row, column = node.start_point
        if not self._ascii:
            start = node.start_byte - column
            column = len(self._source[start : node.start_byte].decode("utf-8", "replace"))
        return {"line": row + self._first_line, "column": max(column + 1 + (self._shift if row == 0 else 0), 1)}

    def error_place(self, node: tree_sitter.Node) -> tuple[str, int, str]:
        """What an error needs beside its cause: the line's text, the column, and the line if there are several."""
        place = self.place(node)
        return located(self.text, place["line"], place["column"])

    def written(self, node: tree_sitter.Node) -> str:
        """The source text of a node."""
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def child(self, node: tree_sitter.Node, *kinds: str) -> tree_sitter.Node:
        """The first child of one of some kinds; an error where the grammar has none."""
        for part in node.children:
            if part.type in kinds:
                return part
        raise MatlabSyntaxError(f"this form is not supported: '{self.written(node)[:40]}'", *self.error_place(node))

    def enter(self, node: tree_sitter.Node) -> None:
        """One level of nesting deeper; pair it with `leave`."""
        self._depth += 1
        if self._depth > self.limits.depth:
            raise EvaluationLimit(f"nested more than {self.limits.depth} levels deep", *self.error_place(node))

    def leave(self) -> None:
        """Come back from `enter`."""
        self._depth -= 1

    def expression(self, node: tree_sitter.Node) -> tree.Expression:
        """The expression that a concrete node stands for."""
        self.enter(node)
        if node.type in _CHAINED:
            tokens = self._tokens(node)
            if tokens[-1].kind != "operand" and tokens[-1].kind != "postfix":
                raise MatlabSyntaxError(f"something is missing behind '{tokens[-1].text}'", *self.error_place(node))
            made = combine(tokens)
        else:
            made = self._operand(node)
        self.leave()
        return made

    def _tokens(self, node: tree_sitter.Node) -> list[Token]:
        """The operands and operators of an expression in the order of the text, however the grammar nested them."""
        tokens: list[Token] = []
        stack: list[Token | tree_sitter.Node] = [node]
        prefixes = 0
        while stack:
            item = stack.pop()
            if isinstance(item, Token):
                tokens.append(item)
                prefixes = prefixes + 1 if item.kind in ("prefix", "lambda") else 0
                if prefixes > self.limits.depth:
                    raise EvaluationLimit(f"nested more than {self.limits.depth} levels deep", self.text, item.column)
            elif item.type == "ignored_argument":
                tokens.append(Token("prefix", "~", **self.place(item)))
            elif item.type not in _CHAINED:
                tokens.append(Token("operand", "", 0, 0, self._operand(item)))
                prefixes = 0
            else:
                parts = [part for part in item.children if part.type not in _EXTRAS]
                if item.type == "lambda":
                    stack.append(parts[-1])
                    parameters = tuple(self._parameters(parts))
                    stack.append(Token("lambda", self.written(item), **self.place(item), parameters=parameters))
                    continue
                kind = {"unary_operator": "prefix", "not_operator": "prefix", "postfix_operator": "postfix"}.get(
                    item.type, "infix"
                )
                for part in reversed(parts):
                    stack.append(part if part.is_named else self._operator(kind, part))
        return tokens

    def _operator(self, kind: str, node: tree_sitter.Node) -> Token:
        place = self.place(node)
        before = node.start_byte - 1
        if node.type in ("*", "/", "\\", "^", "'") and self._source[before : before + 1] == b".":
            # The grammar takes "2.^x" for "2." and "^x"; to MATLAB it is "2" and ".^x".
            return Token(kind, "." + node.type, place["line"], place["column"] - 1)
        if node.type not in {"prefix": ("+", "-", "~"), "postfix": POSTFIX}.get(kind, LEVELS):
            raise MatlabSyntaxError(f"'{node.type}' is not an operator", *self.error_place(node))
        return Token(kind, node.type, **place)

    def _parameters(self, parts: list[tree_sitter.Node]) -> list[str]:
        arguments = [part for part in parts[:-1] if part.type == "arguments"]
        return [
            self.written(name)
            for part in arguments
            for name in part.children
            if name.is_named and name.type not in _EXTRAS
        ]

    def _operand(self, node: tree_sitter.Node) -> tree.Expression:
        kind = node.type
        place = self.place(node)
        if kind == "number":
            try:
                value, class_name = number(self.written(node))
            except MatlabError as error:
                raise MatlabSyntaxError(error.cause, *self.error_place(node)) from None
            return tree.Number(value, class_name, **place)
        if kind == "identifier":
            return tree.Name(self.written(node), **place)
        if kind == "string":
            quoted = self.written(node)
            quote = quoted[0]
            return tree.Text(quoted[1:-1].replace(quote * 2, quote), quote == '"', **place)
        if kind == "parenthesis":
            inside = [part for part in node.children if part.is_named and part.type not in _EXTRAS]
            return self.expression(inside[0])
        if kind in ("matrix", "cell"):
            rows = tuple(self._row(row) for row in node.children if row.type == "row")
            return tree.Matrix(rows, **place) if kind == "matrix" else tree.CellArray(rows, **place)
        if kind in ("function_call", "field_expression"):
            return self.access(node)
        if kind == "handle_operator":
            return tree.FunctionReference(self.written(node).lstrip("@ \t"), **place)
        if kind == "end_keyword":
            return tree.End(**place)
        if kind == "spread_operator":
            return tree.Colon(**place)
        what = {"metaclass_operator": "'?'", "ignored_argument": "'~' without an operand"}.get(kind, f"this ({kind})")
        raise MatlabSyntaxError(f"{what} is not an expression", *self.error_place(node))

    def _row(self, node: tree_sitter.Node) -> tuple[tree.Expression, ...]:
        elements: list[tree.Expression] = []
        waiting: list[Token] = []
        for part in node.children:
            if part.type in _EXTRAS or (not part.is_named and not part.text):
                continue
            if not part.is_named:
                if waiting:
                    raise MatlabSyntaxError("something is missing behind '~'", *self.error_place(part))
            elif waiting or part.type == "ignored_argument" or part.type in _CHAINED:
                # The grammar cuts "[~ a]" in two at the blank; to MATLAB it is one element.
                self.enter(part)
                waiting += self._tokens(part)
                self.leave()
                if waiting[-1].kind != "prefix":
                    elements.append(combine(waiting))
                    waiting = []
            else:
                elements.append(self.expression(part))
        if waiting:
            raise MatlabSyntaxError("something is missing behind '~'", *self.error_place(node))
        return tuple(elements)

    def access(self, node: tree_sitter.Node) -> tree.Name | tree.Access:
        """``a(1).b{2}``: the grammar nests calls and fields; here the accessors follow one another."""
        name = ""
        accessors: list[tree.Accessor] = []
        stack: list[tuple[tree_sitter.Node, bool, bool]] = [(node, False, False)]
        while stack:
            item, is_field, is_call = stack.pop()
            place = self.place(item)
            if is_call:
                opening = self.child(item, "(", "{")
                accessors.append(self._call(item, opening))
            elif item.type == "function_call":
                called = item.child_by_field_name("name")
                if called is None or any(part.type == "@" for part in item.children):
                    raise MatlabSyntaxError("this is not a call that a script can make", *self.error_place(item))
                stack += [(item, False, True), (called, is_field, False)]
            elif item.type == "field_expression":
                parts = [part for part in item.children if part.is_named and part.type not in _EXTRAS]
                stack += [(part, is_field or part is not parts[0], False) for part in reversed(parts)]
            elif item.type == "identifier" and is_field:
                accessors.append(tree.Field(self.written(item), **place))
            elif item.type == "identifier" and not name:
                name = self.written(item)
            elif item.type == "indirect_access":
                inside = [part for part in item.children if part.is_named and part.type not in _EXTRAS]
                accessors.append(tree.DynamicField(self.expression(inside[0]), **place))
            else:
                raise MatlabSyntaxError("only a name can be indexed", *self.error_place(item))
        for accessor, after in pairwise(accessors):
            if isinstance(accessor, tree.Parentheses) and not isinstance(after, (tree.Field, tree.DynamicField)):
                raise MatlabSyntaxError(
                    "indexing with parentheses '()' must be the last operation",
                    *located(self.text, after.line, after.column),
                )
        place = self.place(node)
        return tree.Access(name, tuple(accessors), **place) if accessors else tree.Name(name, **place)

    def _call(self, node: tree_sitter.Node, opening: tree_sitter.Node) -> tree.Parentheses | tree.Braces:
        arguments: list[tree.Expression] = []
        for group in node.children:
            if group.type != "arguments":
                continue
            parts = [part for part in group.children if part.type not in _EXTRAS and part.type != ","]
            for k, part in enumerate(parts):
                if part.type == "=":
                    # f(name=value) is f('name', value).
                    keyword = arguments[-1]
                    assert isinstance(keyword, tree.Name)
                    arguments[-1] = tree.Text(keyword.name, True, line=keyword.line, column=keyword.column)
                elif k + 1 < len(parts) and parts[k + 1].type == "=":
                    arguments.append(tree.Name(self.written(part), **self.place(part)))
                else:
                    arguments.append(self.expression(part))
        kind = tree.Parentheses if opening.type == "(" else tree.Braces
        return kind(tuple(arguments), **self.place(opening))


def located(text: str, line: int, column: int) -> tuple[str, int, str]:
    """The expression, column and place of an error: of several lines only the one with the error is shown."""
    lines = text.split("\n")
    if len(lines) <= 1:
        return text, column, ""
    return (lines[line - 1].rstrip("\r") if line <= len(lines) else ""), column, f"line {line}"
