"""Expressions and their values, beyond what Octave can confirm; names; errors; the plain path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import EvaluationLimit, MatlabError, MatlabSyntaxError, UndefinedName
from bridge.matlab.evaluate import evaluate, names
from bridge.matlab.literals import CONSTANTS, plain
from bridge.matlab.matrix import MatlabWarning
from bridge.matlab.syntax import parse_expression
from bridge.matlab.values import Cell, Char, FunctionHandle, String, Struct, class_of, same

WORKSPACE: dict[str, Any] = {
    "a": [[1, 2], [3, 4]],
    "r": [1, -2, 3.5],
    "Ts": 0.1,
    "n8": np.array([[100, -100, 7]], np.int8),
    "s": {"x": 1.5, "y": {"z": [10, 20, 30]}},
    "g": [1, "two", [3, 4, 5]],
    "t": "hello",
}

VALUES = [
    # Integers round half away from zero and saturate ("Integers", MathWorks).
    ("int8(100) + 100", np.int8(127)),
    ("uint8(3) - 5", np.uint8(0)),
    ("int16(5) / 2", np.int16(3)),
    ("int16(-5) / 2", np.int16(-3)),
    ("int8(1) / 0", np.int8(127)),
    ("int8(-1) / 0", np.int8(-128)),
    ("int8(0) / 0", np.int8(0)),
    ("-int8(-128)", np.int8(127)),
    ("-uint8(3)", np.uint8(0)),
    ("abs(int8(-128))", np.int8(127)),
    ("intmax('int64') - int64(1)", np.int64(2**63 - 2)),
    ("intmax('uint64') / 2", np.uint64(2**63)),
    ("int64(9007199254740993) * int64(3)", np.int64(9007199254740992 * 3)),
    ("uint64(18446744073709551615)", np.uint64(2**64 - 1)),
    ("0xFFFFFFFFFFFFFFFF - 0", np.uint64(2**64 - 1)),
    ("int8(5) * true", np.int8(5)),
    ("int8('a')", np.int8(97)),
    ("2.5 * int32(3)", np.int32(8)),
    ("int32(7) ^ 2", np.int32(49)),
    ("mod(int8(-7), int8(3))", np.int8(2)),
    ("bitshift(uint8(255), 1)", np.uint8(254)),
    # Single takes over.
    ("class(single(1) + 1)", "single"),
    ("single(0.1) * 3", np.float32(np.float32(0.1) * np.float32(3))),
    # Logical, char and their arithmetic.
    ("true + true", 2.0),
    ("class(true & 1)", "logical"),
    ("'a' + 1", 98.0),
    ("class(+true)", "double"),
    ("class(['a' 66])", "char"),
    ("['a' 66]", Char("aB")),
    # Sums of integers are double unless 'native' is asked for ("sum", MathWorks).
    ("class(sum(int8([100 100])))", "double"),
    ("sum(int8([100 100]), 'native')", np.int8(127)),
    # Strings.
    ('"a" + 1.5', String("a1.5")),
    ('"a" + "b"', String("ab")),
    ("\"abc\" == 'abc'", True),
    ('strlength("abc")', 3.0),
    ('["a" 1]', String(np.array([["a", "1"]], dtype=object))),
    ('strcat("a", "b")', String("ab")),
    ('double("3.5")', 3.5),
    # Values that Octave has differently or not at all.
    ("--3", 3.0),
    ("uint8(3):-1:uint8(1)", np.array([[3, 2, 1]], np.uint8)),
    ("10.^(0:2)", np.array([[1.0, 10.0, 100.0]])),
    ("asin(2)", np.pi / 2 - 1j * np.arccosh(2.0)),
    ("acos(2)", 1j * np.arccosh(2.0)),
    ("round(2.345, 2)", 2.35),
    ("round(1234, -2)", 1200.0),
    ("round(0.0012345, 2, 'significant')", 0.0012),
    ("mod(5, 0)", 5.0),
    ("mod(-1, 3)", 2.0),
    ("rem(-1, 3)", -1.0),
    ("bitshift(1, 3)", 8.0),
    ("sum([1 2; 3 4], 'all')", 10.0),
    ("max([1 5; 7 2], [], 'all')", 7.0),
    ("sum([1 NaN 2], 'omitnan')", 3.0),
    ("mean([1 NaN 3], 'omitnan')", 2.0),
    ('isstring("a")', True),
    ("contains('abc', 'b')", True),
    ("startsWith({'ab', 'cd'}, 'a')", np.array([[True, False]])),
    ("0b101", np.uint8(5)),
    ("0x1FFs16", np.int16(511)),
    ("numel({})", 0.0),
    ("1e400", np.inf),
    ("isequal(NaN, NaN)", False),
    ("isequaln(NaN, NaN)", True),
    # end, nested and with several subscripts.
    ("r(end)", 3.5),
    ("a(end, 1)", 3.0),
    ("a(end)", 4.0),
    ("r(a(end, 1))", 3.5),
    ("r(min(end, 7))", 3.5),
    ("g{end}(end)", 5.0),
    ("g{end}(end - 1)", 4.0),
    ("s.y.z(end)", 30.0),
    ("s.('y').z(end - 1)", 20.0),
    ("a(end, end) + r(end)", 7.5),
    ("feval(@(v) v(end), r)", 3.5),
    # Closures and handles.
    ("feval(@(x) x * Ts, 2)", 0.2),
    ("feval(@plus, 1, 2)", 3.0),
    ("cellfun(@(f) f(2), {@(x) x, @(x) x^2})", np.array([[2.0, 4.0]])),
    ("func2str(@(x) x + 1)", "@(x) x + 1"),
    # Short circuit: what is not needed is not evaluated.
    ("true || undefined_name", True),
    ("false && undefined_name", False),
    ("~isempty(r) && r(1) == 1", True),
]


def expected(value: Any) -> Any:
    if isinstance(value, str):
        return Char(value)
    if isinstance(value, (Char, String, np.ndarray)):
        return value
    return np.array([[value]])


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_value(text: str, value: Any) -> None:
    found = evaluate(text, WORKSPACE)
    wanted = expected(value)
    assert class_of(found) == class_of(wanted)
    if isinstance(wanted, np.ndarray) and wanted.dtype.kind in "fc":
        # One rounding apart at most: the formulas here and in the table are not written alike.
        np.testing.assert_allclose(found, wanted, rtol=2**-50)
    else:
        assert same(found, wanted), found


ERRORS: list[tuple[str, type[MatlabError], int, str]] = [
    ("1 + nothing", UndefinedName, 5, "undefined variable or function 'nothing'"),
    ("2 * Tss", UndefinedName, 5, "did you mean 'Ts'?"),
    ("cosh2(1)", UndefinedName, 1, "'cosh'"),
    ("Simulink.Parameter(5)", UndefinedName, 1, "'Simulink'"),
    ("eval('1')", UndefinedName, 1, "not available"),
    ("[1 2] + [1 2 3]", MatlabError, 7, "incompatible sizes for this operation: 1x2 and 1x3"),
    ("[1 2] * [3 4]", MatlabError, 7, "inner sizes differ"),
    ("r(4)", MatlabError, 2, "index 4 exceeds the bound 3"),
    ("a(3, 1)", MatlabError, 2, "index 3 in position 1 exceeds the bound 2"),
    ("a(0)", MatlabError, 2, "positive integers"),
    ("a(1.5)", MatlabError, 2, "1.5"),
    ("1 + a(1i)", MatlabError, 6, "real"),
    ("int8(1) + int16(1)", MatlabError, 9, "int8 + int16"),
    ("int8([1 2]) .* [1 2]", MatlabError, 13, "scalar doubles"),
    ("int8(1) + single(1)", MatlabError, 9, "scalar doubles"),
    ("{1} + 1", MatlabError, 5, "class 'cell'"),
    ("s.q", MatlabError, 3, "'q'"),
    ("Ts.q", MatlabError, 4, "no field 'q'"),
    ("g{4}", MatlabError, 2, "index 4"),
    ("r{1}", MatlabError, 2, "braces"),
    ("[g{:}] + {}", MatlabError, 8, "cell"),
    ("1 + g{:}", MatlabError, 5, "gives 3"),
    ("[1 2; 3]", MatlabError, 1, "cannot be joined"),
    ("zeros(1, 2, 'nothing')", MatlabError, 1, "'nothing'"),
    ("sin()", MatlabError, 1, "takes 1 argument, not 0"),
    ("sin(1, 2)", MatlabError, 1, "takes 1 argument, not 2"),
    ("inv([1 2 3])", MatlabError, 1, "square"),
    ("feval(@(x) x, 1, 2)", MatlabError, 1, "takes 1 arguments, not 2"),
    ("feval(@(x) x + q, 1)", UndefinedName, 1, "(in @(x) x + q)"),
    ("end", MatlabSyntaxError, 1, "end"),
    ("sin(end)", MatlabError, 5, "'end' has no meaning"),
    ("NaN && 1", MatlabError, 5, "NaN"),
    ("if1 +", MatlabSyntaxError, 6, "missing"),
    ("é", MatlabSyntaxError, 1, ""),
    ("'é' + nothing", UndefinedName, 7, ""),
    ("zeros(1e9)", EvaluationLimit, 1, "1000000000x1000000000"),
    ("1:1e12", EvaluationLimit, 2, "limit"),
    ("1:Inf", EvaluationLimit, 2, "limit"),
    ("-1:uint8(3)", MatlabError, 3, "within its class"),
]


@pytest.mark.parametrize(("text", "kind", "column", "cause"), ERRORS, ids=[case[0] for case in ERRORS])
def test_error(text: str, kind: type[MatlabError], column: int, cause: str) -> None:
    with pytest.raises(kind) as caught:
        evaluate(text, WORKSPACE)
    assert type(caught.value) is kind
    assert cause in caught.value.cause
    assert caught.value.expression == text
    assert caught.value.column == column
    assert caught.value.where == ""


def test_an_undefined_name_is_a_lookup_error_that_names_it() -> None:
    with pytest.raises(LookupError) as caught:
        evaluate("K*2")
    assert isinstance(caught.value, UndefinedName)
    assert caught.value.name == "K"


def test_a_singular_matrix_warns_and_gives_inf() -> None:
    with pytest.warns(MatlabWarning, match="singular to working precision"):
        assert np.isinf(evaluate("inv([1 2; 2 4])")).all()
    with pytest.warns(MatlabWarning, match="singular"):
        assert np.isinf(evaluate("[0 0; 0 0] \\ [1; 1]")).all()
    with pytest.warns(MatlabWarning, match="close to singular"):
        evaluate("inv([1 1; 1 1+eps])")


# The plain path


PLAIN = [
    *("0.5", "-1", "+3", "1e3", "1E-3", ".5", "5.", "1d2", " 7 ", "\t7", "007", "1e400", "-0"),
    *("[1 2 3]", "[1,2,3]", "[1 -2]", "[1, -2; 3 4]", "[ 1 2 ]", "[1;2]", "[1 , 2]", "[-1 -2]", "[1  2\t3]", "[.5 5.]"),
    *("[1]", "[+1 2]", "[1 2 ; 3 4]"),
    *CONSTANTS,
    *("Ts", " Ts ", "r", "t"),
]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_texts_have_the_value_that_the_parser_gives(text: str) -> None:
    assert plain(text) is not None
    quick, slow = evaluate(text, WORKSPACE), evaluate(parse_expression(text), WORKSPACE)
    assert class_of(quick) == class_of(slow)
    assert same(quick, slow)
    assert not isinstance(quick, np.ndarray) or np.array_equal(np.signbit(quick.real), np.signbit(slow.real))


@pytest.mark.parametrize(
    "text",
    ["[1 - 2]", "[1-2]", "1 2", "[1 2; 3]", "end", "if", "1i", "0x10", "[]", "- 1", "1e", "[1,,2]", "a.b", "é", "''"],
)
def test_other_texts_are_left_to_the_parser(text: str) -> None:
    assert plain(text) is None


_NUMBERS = st.from_regex(r"[+-]?([0-9]{1,3}\.?[0-9]{0,3}|\.[0-9]{1,2})([eE][+-]?[0-9]{1,2})?", fullmatch=True)


@given(st.lists(st.tuples(_NUMBERS, st.sampled_from([" ", ", ", ",", ";", " ; ", "  "])), min_size=1, max_size=6))
def test_plain_matrices_agree_with_the_parser(parts: list[tuple[str, str]]) -> None:
    text = "[" + "".join(number + separator for number, separator in parts[:-1]) + parts[-1][0] + "]"
    quick = plain(text)
    try:
        slow = evaluate(parse_expression(text))
    except MatlabError:
        # Rows of different lengths.
        assert quick is None
        return
    assert isinstance(quick, np.ndarray)
    assert same(quick, slow)


def test_a_variable_hides_a_function() -> None:
    for text in ("pi", "pi + 0", "i", "e0"):
        assert evaluate(text, {"pi": 3.0, "i": 3.0, "e0": 3.0})[0, 0] == 3.0


def test_plain_texts_do_not_load_the_parser() -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom bridge.matlab.evaluate import evaluate, names\n"
        "evaluate('0.5'); evaluate('[1 2;3 4]'); evaluate('Ts', {'Ts': 1}); evaluate('inf'); names('K')\n"
        "heavy = ('tree_sitter', 'scipy', 'bridge.matlab.syntax', 'bridge.matlab.tree')\n"
        "print(','.join(m for m in heavy if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# Workspaces and names


class Counting(Mapping[str, Any]):
    def __init__(self, values: dict[str, Any]) -> None:
        self.values_read: list[str] = []
        self._values = values

    def __getitem__(self, name: str) -> Any:
        self.values_read.append(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def test_any_mapping_is_a_workspace_and_only_used_names_are_read() -> None:
    workspace = Counting({"a": 1.0, "b": 2.0, "c": 3.0})
    assert evaluate("a + c", workspace)[0, 0] == 4.0
    assert workspace.values_read == ["a", "c"]


@pytest.mark.parametrize(
    ("text", "free", "all_names"),
    [
        ("a * sin(b) + pi", {"a", "b"}, {"a", "b", "sin", "pi"}),
        ("s.x(k).y + g{end}", {"s", "k", "g"}, {"s", "k", "g"}),
        ("@(x) x + y", {"y"}, {"y"}),
        ("@(x) cellfun(@(z) z + x + w, g)", {"w", "g"}, {"w", "g", "cellfun"}),
        ("@outside", {"outside"}, {"outside"}),
        ("Ts", {"Ts"}, {"Ts"}),
        ("pi", set(), {"pi"}),
        ("0.5", set(), set()),
        ("'text'", set(), set()),
        ("s.(name)", {"s", "name"}, {"s", "name"}),
    ],
)
def test_names(text: str, free: set[str], all_names: set[str]) -> None:
    assert names(text) == free
    assert names(text, functions=True) == all_names
    assert names(parse_expression(text)) == free


def test_names_of_a_script() -> None:
    from bridge.matlab.syntax import parse_script

    script = parse_script(
        "a = K; b(n) = a + 1;\nfor k = 1:m, c = k; end\n[p, q] = f(b);\nfunction y = f(x)\ny = x*G;\nend"
    )
    assert names(script) == {"K", "n", "m", "G"}


def test_foreign_objects_pass_through() -> None:
    thing = object()
    workspace = {"net": thing, "s": {"layer": thing}, "g": [thing, 1]}
    for text in ("net", "(net)", "s.layer", "g{1}", "[net]", "feval(@(x) x, net)", "getfield(s, 'layer')"):
        assert evaluate(text, workspace) is thing, text
    assert evaluate("{net}", workspace).values[0, 0] is thing
    for text in ("net + 1", "net(1)", "net.x", "-net", "net'", "[net 1]"):
        with pytest.raises(MatlabError, match="object"):
            evaluate(text, workspace)


def test_containers() -> None:
    assert evaluate("{1, 'a'}") == Cell([[np.array([[1.0]]), Char("a")]])
    assert evaluate("struct('a', 1)") == Struct({"a": np.array([[1.0]])})
    handle = evaluate("@(x) x + Ts", WORKSPACE)
    assert isinstance(handle, FunctionHandle)
    assert list(handle.captured) == ["Ts"]
    assert evaluate("f(2)", {"f": handle})[0, 0] == 2.1


def test_evaluating_changes_nothing() -> None:
    array = np.array([[1.0, 2.0]])
    evaluate("a' + sort(a, 'descend')", {"a": array})
    result = evaluate("a", {"a": array})
    assert array.tolist() == [[1.0, 2.0]]
    assert result is array
