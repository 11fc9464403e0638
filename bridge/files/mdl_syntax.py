r"""The text of classic .mdl files: sections in braces, names and values, one to a line.

Strings escape only ``\n``, ``\"`` and ``\\``. A string that ends on one line goes on in the quotes of the next,
without anything between, even in the middle of a word. Names repeat within a section, so that nothing here is a dict.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bridge.errors import LimitExceeded, MalformedFile

DEPTH_LIMIT = 2500  # branches nest deep
_MULTIBYTE = ("gb", "big5", "shift", "sjis", "euc", "iso-2022", "windows-31j", "cp932", "cp936", "cp949", "cp950")

_ENCODING = re.compile(rb'^[ \t]*SavedCharacterEncoding[ \t]+"?([\w.:+-]+)', re.MULTILINE)
_TOKEN = re.compile(
    r"""[ \t\r]*(?:
      (?P<close>\}) |
      "(?P<more>[^"\\\n]*(?:\\.[^"\\\n]*)*)" |
      (?P<comment>\#[^\n]*) |
      (?P<key>[^\s"{}]+)[ \t]*(?:
        (?P<open>\{) |
        "(?P<text>[^"\\\n]*(?:\\.[^"\\\n]*)*)" |
        (?P<array>\[[^\]"{}]*\]) |
        (?P<bare>[^\n"{}]*)
      )
    )?[ \t\r]*(?P<end>\n)?""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r'\\([n"\\])')
_ESCAPED = {"n": "\n", '"': '"', "\\": "\\"}


@dataclass(slots=True)
class Value:
    """A name and its value. `quoted` says how the value is spelled: ``"5"`` or ``5``."""

    name: str
    text: str
    quoted: bool = True


@dataclass(slots=True)
class Node:
    """A section: its name and what is inside, in order. `line` is where it begins, from 1."""

    name: str
    entries: list[Value | Node] = field(default_factory=list)
    line: int = 0

    def get(self, name: str, default: str = "") -> str:
        """The text of the last value called `name`."""
        for entry in reversed(self.entries):
            if isinstance(entry, Value) and entry.name == name:
                return entry.text
        return default


def decode(content: bytes) -> tuple[str, str]:
    """The text of a file and its encoding.

    `SavedCharacterEncoding` names it, but lies now and then. What can be read as UTF-8 and is not plain ASCII
    practically never is anything else, unless several bytes make up a character there too.
    """
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    match = _ENCODING.search(content)
    named = match[1].decode("ascii", "replace") if match is not None else "UTF-8"
    codec = codec_of(named)
    candidates = ["utf-8", codec] if not codec.startswith(_MULTIBYTE) else [codec, "utf-8"]
    for candidate in (*candidates, "cp1252"):
        try:
            return content.decode(candidate), named
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("latin-1"), named


def codec_of(encoding: str) -> str:
    """Python's name for an encoding as MATLAB names it."""
    name = encoding.lower()
    return "cp1252" if name.startswith("ibm-5348") else name


def parse(text: str, path: str) -> list[Node]:
    """The sections at the top of a file. Raises MalformedFile with the line, LimitExceeded for too deep nesting."""
    top = Node("")
    stack = [top]
    last: Value | None = None  # the value that a string on the next line would go on
    pieces: list[str] = []
    at, line = 0, 1
    match_token = _TOKEN.match
    while at < len(text):
        match = match_token(text, at)
        if match is None or match.end() == at:
            raise MalformedFile(path, f"{_excerpt(text, at)} is neither a value nor a section", f"line {line}")
        at = match.end()
        key, piece, spelled, array, bare, opened, closed, end = match.group(
            "key", "more", "text", "array", "bare", "open", "close", "end"
        )
        if piece is not None:
            if last is None or not last.quoted:
                raise MalformedFile(path, "a string goes on where none began", f"line {line}")
            pieces.append(_unescape(piece))
        elif key is not None or closed is not None:
            if last is not None and pieces:
                last.text += "".join(pieces)
                pieces.clear()
            last = None
            if opened is not None:
                node = Node(key, [], line)
                stack[-1].entries.append(node)
                stack.append(node)
                if len(stack) > DEPTH_LIMIT:
                    raise LimitExceeded(path, f"sections are nested more than {DEPTH_LIMIT} deep", f"line {line}")
            elif closed is not None:
                if len(stack) == 1:
                    raise MalformedFile(path, "a brace closes no section", f"line {line}")
                stack.pop()
            else:
                text_of_value = _unescape(spelled) if spelled is not None else (array or bare).rstrip()
                last = Value(key, text_of_value, spelled is not None)
                stack[-1].entries.append(last)
        if end is not None:
            line += 1 if array is None else 1 + array.count("\n")
    if len(stack) > 1:
        cause = f"the section {stack[-1].name}, begun in line {stack[-1].line}, is not closed: the file is cut short"
        raise MalformedFile(path, cause, f"line {line}")
    return [entry for entry in top.entries if isinstance(entry, Node)]


def _excerpt(text: str, at: int) -> str:
    return repr(text[at : at + 40].split("\n")[0].strip())


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED[match[1]], text) if "\\" in text else text


# -- and back

_LINE = 120  # columns, as `MaxMDLFileLineLength` has it by default
_COLUMN = 24  # where values begin, counted from their section
_NAME = re.compile(r'[^\s"{}#][^\s"{}]*')
_BARE = re.compile(r'\[[^\]"{}\n\r]*\]|[^\s"{}\[][^"{}\n\r]*(?<!\s)')


def spell(nodes: list[Node]) -> str:
    """The text of sections. What has a name that cannot stand there, such as one with spaces, is left out."""
    lines: list[str] = []
    pending: list[tuple[Node | Value | None, str]] = [(node, "") for node in reversed(nodes)]
    while pending:
        thing, indent = pending.pop()
        if thing is None:
            lines.append(f"{indent}}}")
        elif _NAME.fullmatch(thing.name) is None:
            continue
        elif isinstance(thing, Node):
            lines.append(f"{indent}{thing.name} {{")
            pending.append((None, indent))
            pending.extend((entry, indent + "  ") for entry in reversed(thing.entries))
        else:
            start = f"{indent}{thing.name}".ljust(_COLUMN + len(indent) - 1) + " "
            if not thing.quoted and _BARE.fullmatch(thing.text) is not None:
                lines.append(start + thing.text)
                continue
            first, *rest = _pieces(_escape(thing.text), max(_LINE - len(start), 40), max(_LINE - len(indent), 40))
            lines.append(f'{start}"{first}"')
            lines.extend(f'{indent}"{piece}"' for piece in rest)
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _pieces(text: str, first: int, others: int) -> list[str]:
    """Cut text in pieces that fit the lines, nowhere within an escape."""
    pieces, at, width = [], 0, first
    while len(text) - at > width:
        cut = at + width
        backslashes = 0
        while cut - backslashes > at and text[cut - backslashes - 1] == "\\":
            backslashes += 1
        cut -= backslashes % 2
        pieces.append(text[at:cut])
        at, width = cut, others
    return [*pieces, text[at:]]
