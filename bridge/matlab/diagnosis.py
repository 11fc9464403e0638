"""Where and why a text is not MATLAB.

The grammar only says that somewhere it had to skip tokens. This reads the tokens again, left to right, and
names the first one that cannot stand where it does; if it finds none, the place where the grammar gave up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridge.errors import MatlabSyntaxError
from bridge.matlab.literals import KEYWORDS

if TYPE_CHECKING:
    import tree_sitter

    from bridge.matlab.syntax import Builder

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r]+|\.\.\.[^\n]*\n?)|(?P<comment>%[^\n]*)|(?P<newline>\n)"
    r"|(?P<number>0[xX][0-9a-fA-F]+(?:[us]\d+)?|0[bB][01]+(?:[us]\d+)?|(?:\d+\.?(?![*/\\^'])\d*|\d+|\.\d+)(?:[eEdD][+-]?\d+)?[ij]?)"
    r"|(?P<name>[^\W\d]\w*)|(?P<string>\"(?:[^\"\n]|\"\")*\"?)"
    r"|(?P<operator>\.\*|\./|\.\\|\.\^|\.'|==|~=|<=|>=|&&|\|\||[-+*/\\^<>&|:~=,;@()\[\]{}.'!?])|(?P<other>.)"
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_BEFORE_OPERAND = frozenset(("+", "-", "~", "@"))


def diagnose(builder: Builder) -> MatlabSyntaxError:
    """The error for a builder whose tree has errors."""
    text = builder.text
    found = _first_fault(text, expression=builder.expression_only)
    if found is None:
        node = _deepest_error(builder.root)
        what = "an expression is expected" if not text.strip() else "this is not MATLAB"
        return MatlabSyntaxError(what, *builder.error_place(node))
    cause, offset = found
    from bridge.matlab.syntax import located

    line = text.count("\n", 0, offset) + 1
    return MatlabSyntaxError(cause, *located(text, line, offset - (text.rfind("\n", 0, offset) + 1) + 1))


def _deepest_error(root: tree_sitter.Node) -> tree_sitter.Node:
    node = root
    while True:
        inside = [child for child in node.children if child.has_error or child.is_error or child.is_missing]
        if not inside:
            return node
        node = inside[0]


def _first_fault(text: str, expression: bool) -> tuple[str, int] | None:
    opened: list[tuple[str, int]] = []
    operand = False  # whether the last token ends an operand
    blank = True
    last: tuple[str, int] = ("", 0)
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        assert token is not None
        kind, word, start = token.lastgroup, token.group(), place
        place = token.end()
        in_matrix = bool(opened) and opened[-1][0] in "[{"
        if kind in ("blank", "comment"):
            blank = True
            continue
        if kind == "newline":
            if not opened and not operand and last[0] and last[0] not in (",", ";", "\n"):
                return f"something is missing behind '{last[0]}'", last[1] + len(last[0])
            operand, blank, last = False, True, ("\n", start)
            continue
        if word == "'" and not (operand and not (blank and in_matrix)):
            end = re.compile(r"'(?:[^'\n]|'')*'").match(text, start)
            if end is None:
                return "the character vector is not closed", start
            kind, word, place = "string", end.group(), end.end()
        if kind == "string" and word[0] == '"' and (len(word) == 1 or word.count('"') % 2):
            return "the string is not closed", start
        if kind == "other":
            return f"'{word}' has no meaning here", start
        if kind in ("number", "name", "string"):
            if operand and not (in_matrix and blank) and opened and last[0] != ".":
                return f"an operator or a comma is missing before '{word}'", start
            if operand and not opened and last[0] != "." and (kind != "name" or expression):
                return f"an operator is missing before '{word}'", start
            keyword = kind == "name" and word in KEYWORDS and last[0] != "."
            if keyword and (opened or expression) and (word != "end" or not opened):
                return f"the keyword '{word}' cannot stand here", start
            operand = not keyword or bool(opened)
        elif word in _CLOSING:
            if operand and not in_matrix and last[0] in (")", "]", "}") and opened:
                return f"'{word}' cannot follow '{last[0]}'", start
            opened.append((word, start))
            operand = False
        elif word in (")", "]", "}"):
            if not opened:
                return f"'{word}' closes nothing", start
            opening, opened_at = opened.pop()
            if _CLOSING[opening] != word:
                return f"'{opening}' is not closed before '{word}'", opened_at
            if not operand and last[0] not in ("(", "[", "{", ",", ";", "\n", ":") and last[0] not in KEYWORDS:
                return f"something is missing behind '{last[0]}'", start
            operand = True
        elif word in ("'", ".'"):
            operand = True
        elif word in (",", ";"):
            if (not operand and opened and last[0] in (",", "(")) or (
                not operand and last[0] in ("=", *_BEFORE_OPERAND)
            ):
                return f"something is missing before '{word}'", start
            operand = False
        elif word == "=" and expression:
            return "'=' cannot stand in an expression; '==' compares", start
        elif word == ".":
            if not operand:
                return "'.' has no meaning here", start
            operand = False
        elif word not in _BEFORE_OPERAND and word not in (":", "=", "?", "!") and not operand:
            return f"something is missing before '{word}'", start
        elif word in ("!", "?"):
            return f"'{word}' has no meaning here", start
        else:
            operand = False
        blank, last = False, (word, start)
    if opened:
        return f"'{opened[-1][0]}' is not closed", opened[-1][1]
    if expression and not last[0]:
        return "an expression is expected", 0
    if not operand and last[0] and last[0] not in (",", ";", "\n") and last[0] not in KEYWORDS:
        return f"something is missing behind '{last[0]}'", last[1] + len(last[0])
    return None
