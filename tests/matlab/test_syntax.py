"""The tree: precedence, blanks in matrices, accessors, statements, and the places of errors."""

from __future__ import annotations

import dataclasses

import pytest

from bridge.errors import EvaluationLimit, MatlabSyntaxError
from bridge.matlab import tree
from bridge.matlab.limits import Limits
from bridge.matlab.syntax import parse_expression, parse_script
from bridge.matlab.tree import Access, Binary, Braces, DynamicField, End, Field, Name, Number, Parentheses, Text, Unary

# Each pair must give the same tree; the right-hand side shows the grouping by parentheses.
SAME_TREE = [
    ("-2^2", "-(2^2)"),
    ("2^-2^2", "(2^(-2))^2"),
    ("2^3^2", "(2^3)^2"),
    ("2^3'", "(2^3)'"),
    ("2^-x'", "(2^(-x))'"),
    ("-x'", "-(x')"),
    ("a*b'", "a*(b')"),
    ("~a == b", "(~a) == b"),
    ("f(~a == b)", "f((~a) == b)"),
    ("f(~a(1) + 2)", "f((~(a(1))) + 2)"),
    ("-a*b", "(-a)*b"),
    ("a-b-c", "(a-b)-c"),
    ("a/b*c", "(a/b)*c"),
    ("1:n+1", "1:(n+1)"),
    ("1:2:n", "1:2:n"),
    ("a+1:b", "(a+1):b"),
    ("1:3 == x", "(1:3) == x"),
    ("a|b&c", "a|(b&c)"),
    ("a||b&&c", "a||(b&&c)"),
    ("a&b == c", "a&(b == c)"),
    ("a<b<c", "(a<b)<c"),
    ("a&&b|c", "a&&(b|c)"),
    ("2.^x", "2 .^ x"),
    ("10.^(0:3)", "10 .^ (0:3)"),
    ("1./x", "1 ./ x"),
    ("3.*x", "3 .* x"),
    ("2.'", "(2).'"),
    ("1.5.*x", "1.5 .* x"),
    ("1.e3", "1000"),
    ("a.^b'", "(a.^b)'"),
    ("a.^-b.^c", "(a.^(-b)).^c"),
    ("- -a", "-(-a)"),
    ("a--b", "a-(-b)"),
    ("a+ ...\n b", "a+b"),
    ("(a ... comment\n)", "a"),
    ("a % comment", "a"),
    ("a;", "a"),
    ("x.y (1)", "x.y(1)"),
    ("f(a=3)", 'f("a", 3)'),
]


@pytest.mark.parametrize(("text", "grouped"), SAME_TREE)
def test_precedence(text: str, grouped: str) -> None:
    assert parse_expression(text) == parse_expression(grouped)


BLANKS = [
    ("[1 -2]", "[1, (-2)]"),
    ("[1 - 2]", "[(1 - 2)]"),
    ("[1 -2 - 3]", "[1, ((-2) - 3)]"),
    ("[a' b']", "[(a'), (b')]"),
    ("[a ' b']", "[a, ' b']"),
    ("[a' 'b']", "[(a'), 'b']"),
    ("[f (1)]", "[f, (1)]"),
    ("[f(1) (2)]", "[f(1), (2)]"),
    ("[a (1)']", "[a, ((1)')]"),
    ("[a(1 ,2) 3]", "[a(1, 2), 3]"),
    ("[(1 -2) 3]", "[(1 - 2), 3]"),
    ("[a{1} -1]", "[a{1}, (-1)]"),
    ("[s.x -1]", "[s.x, (-1)]"),
    ("[s.x - 1]", "[(s.x - 1)]"),
    ("[a +b]", "[a, (+b)]"),
    ("[a+ b]", "[(a + b)]"),
    ("[a .* b]", "[(a .* b)]"),
    ("[a .*b]", "[(a .* b)]"),
    ("[a ~= b]", "[(a ~= b)]"),
    ("[a ~b]", "[a, (~b)]"),
    ("[~ a]", "[(~a)]"),
    ("[1 + ~ a b]", "[(1 + ~a), b]"),
    ("[a & b]", "[(a & b)]"),
    ("[1 : 3]", "[(1:3)]"),
    ("[1:3 -1]", "[(1:3), (-1)]"),
    ("[1 2\n3 4]", "[1, 2; 3, 4]"),
    ("[1 2 ... and\n3 4]", "[1, 2, 3, 4]"),
    ("[1 ... \n-2]", "[1, (-2)]"),
    ("[1 2 % one\n3 4]", "[1, 2; 3, 4]"),
    ("[1 2;\n\n3 4;\n]", "[1, 2; 3, 4]"),
    ("[1 2,\n3 4]", "[1, 2; 3, 4]"),
    ("[ 1 ]", "[1]"),
    ("[1 2\r\n3 4]", "[1, 2; 3, 4]"),
    ("{1 -2}", "{1, (-2)}"),
    ("{@(x) x + 1, 2}", "{(@(x) x + 1), 2}"),
    ("[1\t-2]", "[1, (-2)]"),
]


@pytest.mark.parametrize(("text", "separated"), BLANKS)
def test_blanks_separate_elements_as_in_matlab(text: str, separated: str) -> None:
    ours, expected = parse_expression(text), parse_expression(separated)
    assert _without_sources(ours) == _without_sources(expected)


def _without_sources(node: tree.Expression) -> str:
    import re

    return re.sub(r'"@[^"]*"|\'@[^\']*\'', "", repr(node))


def test_accessors_follow_one_another() -> None:
    assert parse_expression("a(1).b.(c){end}") == Access(
        "a",
        (Parentheses((Number(1.0),)), Field("b"), DynamicField(Name("c")), Braces((End(),))),
    )
    assert parse_expression("a.b.(c)(3)") == Access(
        "a", (Field("b"), DynamicField(Name("c")), Parentheses((Number(3.0),)))
    )


def test_numbers_and_text() -> None:
    assert parse_expression("0x1F") == Number(31, "uint8")
    assert parse_expression("0b101s16") == Number(5, "int16")
    assert parse_expression("0xFFFFFFFFFFFFFFFF") == Number(2**64 - 1, "uint64")
    assert parse_expression("0xFFs8") == Number(-1, "int8")
    assert parse_expression("2.5e1i") == Number(25j)
    assert parse_expression("1d2") == Number(100.0)
    assert parse_expression("'it''s'") == Text("it's", False)
    assert parse_expression('"say ""x"""') == Text('say "x"', True)
    assert parse_expression("'100% % of it'") == Text("100% % of it", False)


def test_functions() -> None:
    made = parse_expression("@(x, ~, varargin) -x'")
    assert isinstance(made, tree.AnonymousFunction)
    assert made.parameters == ("x", "~", "varargin")
    assert made.source == "@(x, ~, varargin) -x'"
    assert made.body == parse_expression("-(x')")
    assert parse_expression("@package.name") == tree.FunctionReference("package.name")


def test_places_are_columns_of_the_users_text() -> None:
    tree_of = parse_expression("  a +  b*'é' + c")
    assert isinstance(tree_of, Binary)
    assert (tree_of.line, tree_of.column) == (1, 14)
    assert tree_of.right == Name("c")
    assert (tree_of.right.line, tree_of.right.column) == (1, 16)
    below = parse_expression("\n\n [1\n  2 + x]")
    assert isinstance(below, tree.Matrix)
    inner = below.rows[1][0]
    assert isinstance(inner, Binary)
    assert (inner.line, inner.column, inner.right.column) == (4, 5, 7)


SYNTAX_ERRORS = [
    ("", 1, "an expression is expected"),
    ("  ", 1, "an expression is expected"),
    ("% nothing", 1, "an expression is expected"),
    ("1+", 3, "something is missing behind '+'"),
    ("1+*2", 3, "something is missing before '*'"),
    ("*2", 1, "something is missing before '*'"),
    ("(1", 1, "'(' is not closed"),
    ("[1 2", 1, "'[' is not closed"),
    ("f([1 2)", 3, "'[' is not closed before ')'"),
    ("1)", 2, "')' closes nothing"),
    ("1 2", 3, "an operator is missing before '2'"),
    ("a b", 3, "an operator is missing before 'b'"),
    ("'abc", 1, "the character vector is not closed"),
    ('f("abc)', 3, "the string is not closed"),
    ("f(1,,2)", 5, "something is missing before ','"),
    ("[1,,2]", 4, "something is missing before ','"),
    ("f(a b)", 5, "an operator or a comma is missing before 'b'"),
    ("x = 3", 3, "'=' cannot stand in an expression; '==' compares"),
    ("a; b", 4, "one expression is expected, but more follows"),
    ("a(1)(2)", 5, "indexing with parentheses '()' must be the last operation"),
    ("a(1){2}", 5, "indexing with parentheses '()' must be the last operation"),
    ("@", 2, "something is missing behind '@'"),
    ("!ls", 1, "'!' has no meaning here"),
    ("if", 1, "the keyword 'if' cannot stand here"),
    ("é + 1", 1, None),
    ("x$y", 2, "'$' has no meaning here"),
    ("'é' + *", 7, "something is missing before '*'"),
    ("?meta", 1, None),
    ("a .+ b", None, None),
    ("a@b(1)", None, None),
    ("0x1FFu8", 1, "the literal '0x1FFu8' has more than 8 bits"),
]


@pytest.mark.parametrize(("text", "column", "cause"), SYNTAX_ERRORS)
def test_syntax_errors_name_the_column(text: str, column: int | None, cause: str | None) -> None:
    with pytest.raises(MatlabSyntaxError) as caught:
        parse_expression(text)
    assert caught.value.expression == text
    assert caught.value.column == column if column else caught.value.column >= 1
    if cause:
        assert caught.value.cause == cause


def test_an_error_in_a_script_shows_its_line() -> None:
    with pytest.raises(MatlabSyntaxError) as caught:
        parse_script("a = 1;\nb = [a 2;\nc = 3\n")
    assert caught.value.where == "line 2"
    assert caught.value.expression == "b = [a 2;"
    assert caught.value.column == 5


STATEMENTS = """
% parameters
a = 1; b(2).c{3} = 'x'
[m, ~, k.n] = f(a);
if a > 1, b = 2; elseif a, b = 3; else b = 4; end
for i = 1:3
  if i == 2, continue; end  % skip
end
while true, break, end
switch a
  case {1, 2}
    x = 1;
  otherwise
    x = 2;
end
try
  y = 1;
catch problem
  y = 2;
end
hold on
global g1 g2
persistent n
z
return
function [p, q] = f(u, ~, varargin)
  p = u; q = 2;
end
"""


def test_statements() -> None:
    script = parse_script(STATEMENTS)
    kinds = [type(statement).__name__ for statement in script]
    assert kinds == [
        "Assignment", "Assignment", "Assignment", "If", "For", "While", "Switch", "Try", "Command", "Global",
        "Persistent", "ExpressionStatement", "Return", "FunctionDefinition",
    ]  # fmt: skip
    first, second, third, branch, loop, _, switch, attempt, command, shared, _, alone, _, function = script
    assert isinstance(first, tree.Assignment)
    assert (first.printed, first.line, first.column) == (False, 3, 1)
    assert isinstance(second, tree.Assignment)
    assert second.printed
    assert second.targets == (parse_expression("b(2).c{3}"),)
    assert isinstance(third, tree.Assignment)
    assert third.targets == (Name("m"), None, parse_expression("k.n"))
    assert third.bracketed
    assert isinstance(branch, tree.If)
    assert len(branch.branches) == 2
    assert len(branch.otherwise) == 1
    assert isinstance(loop, tree.For)
    assert loop.target == Name("i")
    assert loop.iterable == parse_expression("1:3")
    assert isinstance(switch, tree.Switch)
    assert switch.cases[0][0] == parse_expression("{1, 2}")
    assert isinstance(attempt, tree.Try)
    assert attempt.error == "problem"
    assert command == tree.Command("hold", ("on",))
    assert shared == tree.Global(("g1", "g2"))
    assert alone == tree.ExpressionStatement(Name("z"), True)
    assert isinstance(function, tree.FunctionDefinition)
    assert (function.name, function.inputs, function.outputs) == ("f", ("u", "~", "varargin"), ("p", "q"))


@pytest.mark.parametrize("text", ["classdef A\nend", "function f(x)\narguments\nx double\nend\nend", "spmd\nend"])
def test_unsupported_statements_say_so(text: str) -> None:
    with pytest.raises(MatlabSyntaxError, match="not supported"):
        parse_script(text)


def test_nodes_are_frozen_dataclasses() -> None:
    node = Unary("-", Name("a"), line=2, column=3)
    assert dataclasses.is_dataclass(node)
    assert node == Unary("-", Name("a"))
    assert hash(node) == hash(Unary("-", Name("a")))
    assert node != Unary("+", Name("a"))
    assert repr(node) == "Unary('-', Name('a'))"
    assert dataclasses.replace(node, operator="+") == Unary("+", Name("a"))
    with pytest.raises(AttributeError):
        node.operator = "+"  # type: ignore[misc]


def test_walk_visits_in_source_order() -> None:
    walked = tree.walk(parse_expression("f(a, [b c]) + d.(e)"))
    assert [node.name for node in walked if isinstance(node, (Name, Access))] == ["f", "a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    "text", ["(" * 200 + "1" + ")" * 200, "-" * 5000 + "1", "a(" * 99 + "1" + ")" * 99, "@()" * 90 + "1"]
)
def test_deep_nesting_is_an_error(text: str) -> None:
    with pytest.raises(EvaluationLimit, match="64 levels"):
        parse_expression(text)
    assert parse_expression("(" * 100 + "1" + ")" * 100, limits=Limits(depth=200)) == Number(1.0)


def test_long_chains_are_not_deep() -> None:
    node: tree.Expression = parse_expression("a" + "+a" * 5000 + "'" * 5000)
    assert sum(1 for _ in tree.walk(node)) == 5001 + 5000 + 5000


def test_the_text_has_a_length_limit() -> None:
    with pytest.raises(EvaluationLimit, match="characters"):
        parse_expression("1 + 1", limits=Limits(length=4))
