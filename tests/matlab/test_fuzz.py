"""Texts broken in every way raise `MatlabError` and nothing else, soon."""

from __future__ import annotations

import random
import re
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bridge.errors import MatlabError
from bridge.matlab.evaluate import evaluate, names, run_script
from bridge.matlab.functions import function_names
from bridge.matlab.limits import Limits

LIMITS = Limits(steps=20_000, elements=20_000, depth=30)
SEEDS = [
    line
    for line in Path(__file__).with_name("octave_expressions.txt").read_text(encoding="utf-8").splitlines()
    if line and line[0] != "#"
]
SETUP = """
a = [1 2; 3 4]; r = [1 -2 3.5]; k = 3; z = 1 + 2i; g = {1, 'two', [3 4]}; q.x = 1.5; p(1).v = 1; p(2).v = 'b';
f = @(x, y) x + 2*y; t = 'hello';
"""
_VALUES = """
a r k z g q p f t 0 -1 NaN Inf [] {} '' 'abc' "s" 1e308 1e9 0.5 zeros(0,3) true single(2) int64(5) uint8([1,2]) 'all'
'rows' 'stable' 'like' 'int8' @(x)x struct('a',{1,2}) 1i ones(2,2,2) {'a','b'} ':' 1:3 (1:3)' 2^53 'UniformOutput' false
"""
VALUES = _VALUES.split()
SYMBOLS = "()[]{}'\",;:.+-*/\\^&|~<>= \n%@!0123456789eij\t\r#$`?é\u2028\U0001d11e"
_OPERATORS = "+ - * .* / ./ ^ .^ \\ .\\ == < & | && : ~= ' ,"
OPERATORS = _OPERATORS.split()


def mutated(text: str, draw: random.Random) -> str:
    for _ in range(draw.randint(1, 3)):
        place = draw.randint(0, len(text))
        choice = draw.randrange(6)
        if choice == 0:
            text = text[:place] + draw.choice(SYMBOLS) + text[place:]
        elif choice == 1:
            text = text[:place] + text[place + 1 :]
        elif choice == 2:
            text = text + draw.choice(OPERATORS) + draw.choice(SEEDS)
        elif choice == 3:
            text = f"{draw.choice(FUNCTIONS)}({text}, {draw.choice(VALUES)})"
        else:
            words = list(re.finditer(r"[A-Za-z]\w*|\d+", text))
            if words:
                word = draw.choice(words)
                text = text[: word.start()] + draw.choice(VALUES) + text[word.end() :]
    return text


FUNCTIONS = function_names()
WORKSPACE = run_script(SETUP)


def error_of(run: Callable[[], object]) -> MatlabError | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            run()
        except MatlabError as error:
            return error
    return None


def attempt(text: str) -> None:
    started = time.perf_counter()
    for error in (error_of(lambda: evaluate(text, WORKSPACE, limits=LIMITS)), error_of(lambda: names(text))):
        if error is not None:
            assert str(error)
            assert 1 <= error.column <= len(text) + 1, text
    # Milliseconds are normal; seconds only for the longest texts on a loaded machine.
    assert time.perf_counter() - started < 5, text


@pytest.mark.parametrize("seed", range(4))
def test_mutated_expressions(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(1500):
        attempt(mutated(draw.choice(SEEDS), draw))


@pytest.mark.parametrize("seed", range(4))
def test_functions_and_operators_on_any_values(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(1500):
        values = [draw.choice(VALUES) for _ in range(draw.randint(0, 4))]
        if draw.random() < 0.8:
            attempt(f"{draw.choice(FUNCTIONS)}({', '.join(values)})")
        else:
            attempt(draw.choice(OPERATORS).join(values or ["1"]))


@pytest.mark.parametrize("seed", range(2))
def test_broken_scripts(seed: int) -> None:
    draw = random.Random(seed)
    script = Path(__file__).with_name("test_syntax.py").read_text(encoding="utf-8")
    statements = script[script.index('STATEMENTS = """') + 16 : script.index('"""\n\n\ndef test_statements')]
    for _ in range(400):
        broken = mutated(statements, draw)
        error = error_of(partial(run_script, broken, limits=LIMITS))
        assert error is None or str(error)


@pytest.mark.parametrize(
    "text",
    [
        *("(" * 100_000, "[" * 100_000, "{" * 50_000, "'" * 100_001, "-" * 100_000 + "1", "a" + "'" * 10_000),
        *(" " * 500_000, "(" * 50_000 + "1" + ")" * 50_000, "..." * 50_000, "a." * 10_000 + "b", "1" * 200_000),
        *("[" + "11 " * 20_000 + "x]", "@()" * 20_000 + "1", "~" * 100_000 + "a", "1" + "+1" * 10_000, "f(" * 20_000),
        *("\x00", "a\x00b", "\ud800", "[1\n" * 10_000),
    ],
    ids=lambda text: f"{text[:6]!r}-{len(text)}",
)  # fmt: skip
def test_long_and_deep_texts(text: str) -> None:
    attempt(text)
