"""Scripts: control flow, functions, commands, errors with their line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridge.errors import EvaluationLimit, MatlabError, UndefinedName
from bridge.matlab.evaluate import run_script
from bridge.matlab.limits import Limits
from bridge.matlab.syntax import parse_script

SCRIPTS: list[tuple[str, Any]] = [
    ("x = 0; for k = 1:3, x = x + k; end", 6),
    ("x = 0; for k = [1 2; 3 4], x = x + k(1) * k(2); end", 11),
    ("x = 5; for k = [], x = 1; end", 5),
    ("x = 0; for k = {1, 2}, x = x + k{1}; end", 3),
    ("x = 0; while x < 10, x = x + 3; end", 12),
    ("x = 0; while true, x = x + 1; if x == 4, break, end, end", 4),
    ("x = 0; for k = 1:5, if mod(k, 2), continue, end, x = x + k; end", 6),
    ("x = 0; for i = 1:3, for j = 1:3, if j == 2, break; end, x = x + 1; end, end", 3),
    ("if [], x = 1; else, x = 2; end", 2),
    ("if [1 1 0], x = 1; elseif 'a', x = 2; else, x = 3; end", 2),
    ("switch 'two', case {'one', 'two'}, x = 1; otherwise, x = 2; end", 1),
    ("switch 3, case 1, x = 1; case {2, 3}, x = 2; end", 2),
    ("switch 'a', case 97, x = 1; otherwise, x = 2; end", 2),
    ("x = 1; switch 9, case 1, x = 2; end", 1),
    ("try, error('own:id', 'value %d', 3); catch e, x = strcmp(e.message, 'value 3'); end", True),
    ("try, x = 1; catch, x = 2; end", 1),
    ("try, undefined_thing; catch, x = 2; end", 2),
    ("[m, k] = max([3 9 2]); x = m + k;", 11),
    ("[~, x] = min([3 9 2]);", 3),
    ("[a, b] = deal(1, 2); x = a + b;", 3),
    ("c = {4, 5}; [a, b] = c{:}; x = a * b;", 20),
    ("3 + 4; x = ans;", 7),
    ("x = 1; return; x = 2;", 1),
    ("x = f(3);\nfunction y = f(u)\ny = u^2;\nend", 9),
    (
        "[p, q] = f(1, 2); x = p + 10*q;\nfunction varargout = f(varargin)\n"
        "for k = 1:nargout, varargout{k} = varargin{k} + nargin; end\nend",
        43,
    ),
    ("x = f(5);\nfunction y = f(n)\nif n <= 1, y = 1; return, end\ny = n * f(n - 1);\nend", 120),
    ("h = @g; x = h(2) + feval(@g, 1);\nfunction y = g(u)\ny = 10 * u;\nend", 30),
    ("k = 3; h = @(u) g(u) + k; k = 100; x = h(1);\nfunction y = g(u)\ny = 10 * u;\nend", 13),
    ("x = cellfun(@(u) g(u), {1, 2});\nfunction y = g(u)\ny = 10 * u;\nend\n", np.array([[10.0, 20.0]])),
    ("clear all; close all; clc; format long\nx = 1;\ndisp(x), fprintf('%d', x); figure; plot(1:3); hold on", 1),
    ("a = 1; b = 2; clear a; x = b;", 2),
    ("x = 1; % comment\n%{\nx = 2;\n%}\n", 1),
    ("x = [1, 2, ... and\n 3];", np.array([[1.0, 2, 3]])),
    ("rng(0); x = rand(1, 3);", np.array([[0.814723686393179, 0.905791937075619, 0.126986816293506]])),
    ("rng('default'); x = randn(2, 1);", np.array([[0.537667139546100], [1.833885014595086]])),
]  # fmt: skip


@pytest.mark.parametrize(("script", "value"), SCRIPTS, ids=[script[:40] for script, _ in SCRIPTS])
def test_script(script: str, value: Any) -> None:
    found = run_script(script)["x"]
    # The random numbers above are printed with 15 digits.
    np.testing.assert_allclose(found, np.atleast_2d(value), rtol=1e-13)


def test_variables_that_exist_are_kept_and_the_mapping_is_not_changed() -> None:
    before = {"a": 1.0, "b": [1, 2]}
    after = run_script("c = a + b(2); a = 5;", before)
    assert before == {"a": 1.0, "b": [1, 2]}
    assert sorted(after) == ["a", "b", "c"]
    assert (after["a"][0, 0], after["c"][0, 0]) == (5.0, 3.0)


def test_clear_removes_variables() -> None:
    assert list(run_script("x1 = 1; x2 = 2; y = 3; clear x*")) == ["y"]
    assert run_script("a = 1; clear", {"b": 2}) == {}


def test_statements_already_parsed() -> None:
    assert run_script(parse_script("a = 2; b = a^2;"))["b"][0, 0] == 4.0


ERRORS: list[tuple[str, type[MatlabError], str, int, str]] = [
    ("a = 1;\nb = a + q;\n", UndefinedName, "b = a + q;", 9, "line 2"),
    ("a = 1;\nfor k = 1:3\n  a(k) = a(0);\nend", MatlabError, "  a(k) = a(0);", 11, "line 3"),
    ("a = b", UndefinedName, "a = b", 5, ""),
    ("x = 1;\n\ny = f(1);\nfunction z = f(u)\nz = u + nothing;\nend", UndefinedName, "y = f(1);", 5, "line 3"),
    ("[a, b] = sin(1);", MatlabError, "[a, b] = sin(1);", 1, ""),
    ("x = 1;\nif x, y = {1} + 1; end", MatlabError, "if x, y = {1} + 1; end", 15, "line 2"),
    ("x = f();\nfunction y = f()\nend", MatlabError, "x = f();", 5, "line 1"),
    ("global g", MatlabError, "global g", 1, ""),
    ("load data.mat", UndefinedName, "load data.mat", 1, ""),
    ("break", MatlabError, "break", 1, ""),
    ("assert(1 == 2, 'not equal')", MatlabError, "assert(1 == 2, 'not equal')", 1, ""),
]


@pytest.mark.parametrize(("script", "kind", "expression", "column", "where"), ERRORS, ids=[e[0][:30] for e in ERRORS])
def test_errors_show_the_line(script: str, kind: type[MatlabError], expression: str, column: int, where: str) -> None:
    with pytest.raises(kind) as caught:
        run_script(script)
    error = caught.value
    assert (error.expression, error.where) == (expression, where)
    assert error.column == column


@pytest.mark.parametrize(
    "script",
    [
        "while true, x = 1; end",
        "x = 'a'; while true, x = [x x]; end",
        "x = {1}; while true, x = {x x}; end",
        "for k = 1:1e9, x = k; end",
        "x = f(1);\nfunction y = f(u)\ny = f(u);\nend",
        "f = @(g) g(g); f(f);",
        "try, while true, end, catch, end",
        "x = 1; for k = 1:1e6, x(k) = k; end",
    ],
)
def test_scripts_without_end_are_stopped(script: str) -> None:
    with pytest.raises(EvaluationLimit):
        run_script(script, limits=Limits(steps=20_000, elements=100_000))
