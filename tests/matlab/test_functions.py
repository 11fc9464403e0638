"""The table of functions: complete, with the number of arguments and outputs held, and what MATLAB documents."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge.matlab.functions as functions
from bridge.errors import MatlabError
from bridge.matlab.evaluate import evaluate, run_script
from bridge.matlab.functions.registry import Function, register
from bridge.matlab.values import Cell


@pytest.mark.parametrize("module", functions.TABLE)
def test_the_table_lists_exactly_what_its_modules_define(module: str) -> None:
    defined = import_module(f"bridge.matlab.functions.{module}").FUNCTIONS
    assert set(functions.names_of(module)) == set(defined)
    for name, function in defined.items():
        assert function.name == name
        assert function.run.__doc__, f"{name} has no description"


def test_every_module_is_in_the_table() -> None:
    folder = Path(functions.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "registry", "arguments"}
    assert modules == set(functions.TABLE)


def test_registering_twice_is_an_error() -> None:
    table: dict[str, Function] = {}
    register(table, "one", 0, 0)(lambda call: None)
    with pytest.raises(RuntimeError, match="twice"):
        register(table, "one", 0, 0)(lambda call: None)


@pytest.mark.parametrize("name", functions.function_names())
def test_wrong_numbers_of_arguments_are_named(name: str) -> None:
    function = functions.function(name)
    if function.most is not None:
        with pytest.raises(MatlabError, match=f"'{name}' takes"):
            evaluate(f"{name}({', '.join(['1'] * (function.most + 1))})")
    if function.least:
        with pytest.raises(MatlabError, match=f"'{name}' takes"):
            evaluate(f"{name}()")


SEVERAL: list[tuple[str, dict[str, Any]]] = [
    ("[m, k] = max([3 9 2]);", {"m": 9, "k": 2}),
    ("[m, k] = min([3 9 2; 4 1 5], [], 2);", {"m": [[2], [1]], "k": [[3], [2]]}),
    ("[s, k] = sort([3 1 2], 'descend');", {"s": [[3, 2, 1]], "k": [[1, 3, 2]]}),
    ("[r, c] = size(zeros(2, 3, 4));", {"r": 2, "c": 12}),
    ("[r, c, v] = find([0 2; 3 0]);", {"r": [[2], [1]], "c": [[1], [2]], "v": [[3], [2]]}),
    ("[u, i, j] = unique([5 3 5]);", {"u": [[3, 5]], "i": [[2], [1]], "j": [[2], [1], [2]]}),
    ("[t, p] = ismember([1 9], [9 8]);", {"t": [[0, 1]], "p": [[0, 1]]}),
    ("[X, Y] = meshgrid(1:2, 1:3);", {"X": [[1, 2]] * 3, "Y": [[1, 1], [2, 2], [3, 3]]}),
    ("[X, Y] = ndgrid(1:2, 1:3);", {"X": [[1] * 3, [2] * 3], "Y": [[1, 2, 3]] * 2}),
    ("[q, r] = deconv([1 5 6], [1 2]);", {"q": [[1, 3]], "r": [[0, 0, 0]]}),
    ("[f, e] = log2(10);", {"f": 0.625, "e": 4}),
    ("[lo, hi] = bounds([3 1 2]);", {"lo": 1, "hi": 3}),
    ("[y, z] = filter(1, [1 -0.5], [1 1]);", {"y": [[1, 1.5]], "z": 0.75}),
    ("[a, b] = cellfun(@max, {[1 5], [7 2]});", {"a": [[5, 7]], "b": [[2, 1]]}),
    ("[a, b] = deal(7);", {"a": 7, "b": 7}),
    ("[L, U, P] = lu([1 2; 3 4]); x = norm(L*U - P*[1 2; 3 4]) < 1e-15;", {"x": 1}),
    ("[Q, R] = qr([1 2; 3 4]); x = norm(Q*R - [1 2; 3 4]) < 1e-14; y = R(2, 1);", {"x": 1, "y": 0}),
    ("[U, S, V] = svd([1 2; 3 4; 5 6]); x = norm(U*S*V' - [1 2; 3 4; 5 6]) < 1e-13;", {"x": 1}),
    ("[V, D] = eig([2 1; 1 2]); x = diag(D);", {"x": [[1], [3]]}),
    ("[R, p] = chol([1 2; 2 1]);", {"p": 1}),
    ("[r, c] = ind2sub([3 4], [5 12]);", {"r": [[2, 3]], "c": [[2, 4]]}),
]


@pytest.mark.parametrize(("script", "values"), SEVERAL, ids=[script for script, _ in SEVERAL])
def test_several_outputs(script: str, values: dict[str, Any]) -> None:
    found = run_script(script)
    for name, value in values.items():
        # Factorisations and eigenvalues of 2x2 matrices: a few roundings.
        np.testing.assert_allclose(found[name], np.atleast_2d(value), atol=1e-14)
        assert found[name].shape == np.atleast_2d(value).shape


def test_functions_that_hold_containers() -> None:
    assert evaluate("cellfun(@(x) [x x], {1, 'a'}, 'UniformOutput', false)").shape == (1, 2)
    assert isinstance(evaluate("struct('c', {{1, 2}})")["c"], Cell)
    assert evaluate("struct('v', {1, 2, 3})").shape == (1, 3)
    assert evaluate("numel(cellfun(@(x) error('no'), {1, 2}, 'ErrorHandler', @(e, x) -x))")[0, 0] == 2


def test_str2num_evaluates_only_literals_and_known_functions() -> None:
    assert evaluate("str2num('[1 2]*2')").tolist() == [[2.0, 4.0]]
    with pytest.raises(MatlabError, match="undefined"):
        evaluate("str2num('secret')", {"secret": 1})


def test_random_draws_continue_within_one_script() -> None:
    first = run_script("rng(7); a = rand(1, 2); b = rand(1, 2);")
    again = run_script("rng(7); c = rand(1, 4);")
    assert np.concatenate([first["a"], first["b"]], axis=1).tolist() == again["c"].tolist()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("median([])", np.nan),
        ("mode([])", np.nan),
        ("var([])", np.nan),
        ("mod(3, Inf)", 3),
        ("idivide(int32([7 -7]), int32(2))", [[3, -3]]),
        ("rms([3 4; 3 4])", [[3, 4]]),
        ("gamma(5)", 24),
        ("gamma(171)", 7.257415615307994e306),
        ("gamma(0)", np.inf),
        ("factorial(170)", 7.257415615307994e306),
        ("nchoosek(40, 20)", 137846528820),
        ("magic(4)", [[16, 2, 3, 13], [5, 11, 10, 8], [9, 7, 6, 12], [4, 14, 15, 1]]),
        ("magic(3)", [[8, 1, 6], [3, 5, 7], [4, 9, 2]]),
        ("toeplitz([1 2], [1 5 6])", [[1, 5, 6], [2, 1, 5]]),
        ("hankel([1 2 3])", [[1, 2, 3], [2, 3, 0], [3, 0, 0]]),
        ("vander([2 3])", [[2, 1], [3, 1]]),
        ("interp1([1 2 3], [4 5 6], [0 1.5 4])", [[np.nan, 4.5, np.nan]]),
        ("interp1([1 2 3], [4 5 6], 4, 'linear', 'extrap')", 7),
        ("interp1([1 2 3], [4 5 6], 1.5, 'nearest')", 5),
        ("interp1([1 2 3], [4 5 6], 1.5, 'previous')", 4),
        ("interp1([1 2 3], [4 5 6], 9, 'linear', -1)", -1),
        ("interp1([4 5 6], 2.5)", 5.5),
        ("conv([1 2 3], [1 1], 'same')", [[3, 5, 3]]),
        ("conv([1 2 3], [1 1], 'valid')", [[3, 5]]),
        ("accumarray([1 1; 2 2; 1 1], [1 2 3])", [[4, 0], [0, 2]]),
        ("cumsum([1 2 3], 'reverse')", [[6, 5, 3]]),
        ("unique([3 1 3], 'stable')", [[3, 1]]),
        ("unique([1 2; 1 2; 0 1], 'rows')", [[0, 1], [1, 2]]),
        ("str2double('1+2i')", 1 + 2j),
        ("str2double('1,000')", 1000),
        ("str2double('-Inf')", -np.inf),
        ("linspace(0, 1, 3)", [[0, 0.5, 1]]),
        ("sind([0 30 90 180 360])", [[0, 0.5, 1, 0, 0]]),
        ("cosd([0 60 90 180])", [[1, 0.5, 0, -1]]),
        ("tand([45 90])", [[1, np.inf]]),
        ("nthroot(-27, 3)", -3),
        ("bitcmp(uint8(5))", 250),
        ("typecast(single(1), 'uint32')", 1065353216),
        ("eps(single(1))", 2.0**-23),
        ("flintmax", 2.0**53),
        ("hypot(1e300, 1e300)", np.sqrt(2) * 1e300),
        ("dot([1i 2], [1i 2])", 5),
        ("logspace(0, 2, 3)", [[1, 10, 100]]),
        ("polyfit([0 1 2], [1 3 5], 1)", [[2, 1]]),
        ("roots([1 -6 11 -6])", [[3], [2], [1]]),
        ("null([1 1; 1 1])' * [1; 1]", 0),
    ],
)  # fmt: skip
def test_documented_values(text: str, value: Any) -> None:
    # Eigenvalues and least squares are good to some units in the last place; the rest is exact or one rounding off.
    np.testing.assert_allclose(evaluate(text), np.atleast_2d(value), rtol=1e-13, atol=1e-14)
