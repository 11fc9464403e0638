"""The text of classic files, on the cases that other readers get wrong."""

from __future__ import annotations

import pytest

from bridge.errors import LimitExceeded, MalformedFile
from bridge.files.mdl_syntax import DEPTH_LIMIT, Node, Value, decode, parse, spell


def values(text: str) -> list[tuple[str, str]]:
    (node,) = parse(f"Model {{\n{text}\n}}\n", "a.mdl")
    return [(entry.name, entry.text) for entry in node.entries if isinstance(entry, Value)]


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        (r'A "x"', "x"),
        (r'A ""', ""),
        (r'A "line\nbreak \"quoted\" back\\slash"', 'line\nbreak "quoted" back\\slash'),
        (r'A "not a line break: \\n"', r"not a line break: \n"),
        (r'A "a tab \t and %s stay"', r"a tab \t and %s stay"),
        ('A "one wo"\n"rd, in thr"\n\t\t"ee pieces"', "one word, in three pieces"),
        ('A "{ no section }"', "{ no section }"),
        ('A "# no comment"', "# no comment"),
        ("A\t\t  on", "on"),
        ("A   [1, 2; 3, 4]  ", "[1, 2; 3, 4]"),
        ("A [1 2\n  3 4]", "[1 2\n  3 4]"),
        ("A -1.5e-3", "-1.5e-3"),
        ("A", ""),
        ('# "comment"\nA 1 # no comment', "1 # no comment"),
    ],
)
def test_values(spelled: str, meant: str) -> None:
    assert values(spelled) == [("A", meant)]


def test_names_repeat() -> None:
    assert values('Cell "a"\nCell "b"\nCell "a"') == [("Cell", "a"), ("Cell", "b"), ("Cell", "a")]


def test_line_ends_of_other_systems() -> None:
    (node,) = parse('Model {\r\n  A "x"\r\n  "y"\r\n  B on\r\n}\r\n', "a.mdl")
    assert [(entry.name, entry.text) for entry in node.entries if isinstance(entry, Value)] == [
        ("A", "xy"),
        ("B", "on"),
    ]


def test_a_string_that_goes_on_for_long_is_not_slow() -> None:
    """Quadratic time would take minutes here."""
    lines = "\n".join(['"' + "x" * 50 + '"'] * 40_000)
    assert len(values(f'A ""\n{lines}')[0][1]) == 2_000_000


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Model {\n  A 1\n", "line 3: the section Model, begun in line 1, is not closed"),
        ("Model {\n}\n}\n", "line 3: a brace closes no section"),
        ('Model {\n  A "x\n}\n', "line 2: .* is neither a value nor a section"),
        ('Model {\n  A 1\n  "x"\n}\n', "line 3: a string goes on where none began"),
        ('Model {\n  System {\n  }\n  "x"\n}\n', "line 4: a string goes on where none began"),
        ("Model {\n  { }\n}\n", "line 2: .* is neither a value nor a section"),
    ],
)
def test_errors_name_the_line(text: str, cause: str) -> None:
    with pytest.raises(MalformedFile, match=f"^a.mdl: {cause}"):
        parse(text, "a.mdl")


def test_nesting_has_a_limit() -> None:
    with pytest.raises(LimitExceeded, match="nested more than"):
        parse("A {\n" * (DEPTH_LIMIT + 2), "a.mdl")


@pytest.mark.parametrize(
    ("named", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("windows-1252", "cp1252"),
        ("ISO-8859-1", "latin-1"),
        ("ibm-5348_P100-1997", "cp1252"),
        ("Shift_JIS", "shift_jis"),
        ("GBK", "gbk"),
        ("windows-1252", "utf-8"),  # the name lies
        ("UTF-8", "cp1252"),
        ("no-such-thing", "utf-8"),
        ("no-such-thing", "cp1252"),
    ],
)
def test_encodings(named: str, codec: str) -> None:
    word = {"shift_jis": "速度", "gbk": "转速"}.get(codec, "Größe")
    content = f'Model {{\n  SavedCharacterEncoding "{named}"\n  A "{word}"\n}}\n'.encode(codec)
    text, encoding = decode(content)
    assert encoding == named
    assert word in text


def test_a_byte_order_mark_is_no_text() -> None:
    assert decode(b"\xef\xbb\xbfModel {\n}\n")[0].startswith("Model")


def test_what_is_written_is_read_again() -> None:
    text = 'back\\slash "quote" \n line \\n' * 40 + "\\" * 201
    node = Node("Model", [Value("A", text), Value("B", "on", False), Value("C", "a\nb", False), Node("Empty")])
    (again,) = parse(spell([node]), "a.mdl")
    assert [(entry.name, entry.text) for entry in again.entries if isinstance(entry, Value)] == [
        ("A", text),
        ("B", "on"),
        ("C", "a\nb"),
    ]
    assert max(map(len, spell([node]).splitlines())) <= 122
    assert spell([again]) == spell([node])


def test_names_that_cannot_stand_in_a_file_are_left_out() -> None:
    node = Node(
        "Model", [Value("a b", "1"), Value('"', "1"), Value("", "1"), Value("#x", "1"), Value("ok", "1"), Node("{")]
    )
    (again,) = parse(spell([node]), "a.mdl")
    assert [entry.name for entry in again.entries] == ["ok"]
