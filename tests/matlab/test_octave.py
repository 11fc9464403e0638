"""Hundreds of expressions, computed here and by GNU Octave in one process.

Octave is not MATLAB: expressions on which the two are documented to differ are not in the list.
"""

from __future__ import annotations

import math
import random
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.errors import MatlabError
from bridge.matlab.evaluate import evaluate, run_script
from bridge.matlab.values import Cell, Char, Struct, class_of, shape_of

SETUP = """
a = [1 2; 3 4]; b = [5 6; 7 8]; r = [1 -2 3.5]; c = [2; -1; 4]; k = 3; z = 1 + 2i; w = [1+1i 2-3i; 4 -5i];
n8 = int8([100 -100 7]); u8 = uint8(200); s1 = single(0.1); t = 'hello'; g = {1, 'two', [3 4 5]};
q.x = 1.5; q.y.z = [10 20 30]; q.name = 'Ts'; p(1).v = 1; p(2).v = 'b'; p(3).v = [1 2]; f = @(x, y) x + 2*y;
h = @sin; e0 = []; m3 = reshape(1:24, 2, 3, 4); L = [true false true]; big = magic(4); v10 = 1:10; i8 = int8(5);
"""

# One expression for each line, with \\n for a line break; a line that starts with # is a comment.
EXPRESSIONS = (Path(__file__).with_name("octave_expressions.txt")).read_text(encoding="utf-8")

DUMP = r"""
1;
function dump(v)
  if iscell(v)
    printf('cell %s\n', mat2str(size(v)));
    for k = 1:numel(v), dump(v{k}); end
  elseif isstruct(v)
    names = fieldnames(v);
    printf('struct %s %d\n', mat2str(size(v)), numel(names));
    for n = 1:numel(names)
      printf('%s\n', names{n});
      for k = 1:numel(v), dump(v(k).(names{n})); end
    end
  elseif is_function_handle(v)
    printf('function_handle [1 1]\n');
  elseif isinteger(v)
    printf('%s %s', class(v), mat2str(size(v))); printf(' %d', v(:)); printf('\n');
  else
    kind = class(v);
    x = full(double(v(:)));
    if iscomplex(x)
      printf('%s %s', kind, mat2str(size(v))); printf(' %.17g,%.17g', [real(x) imag(x)].'); printf('\n');
    else
      printf('%s %s', kind, mat2str(size(v))); printf(' %.17g', x); printf('\n');
    end
  end
end
warning('off', 'all');
"""


_OPERANDS = "k|3|0.5|2.|r|r'|r(2)|q.x|q.y.z(2)|g{1}|r(end)|h(2)|r(1 ,2)|r(end -1)|(k)|(k -1)|[k 2]|-k|~k|k'|k.'|c"
OPERANDS = _OPERANDS.split("|")
_OPERATORS = "+ - * .* / ./ ^ .^ == ~= < >= & | && ||"
OPERATORS = _OPERATORS.split()


def random_matrices(count: int) -> list[str]:
    """Matrix literals with blanks in all places, to compare how the elements are told apart."""
    draw = random.Random(1)
    made: set[str] = set()
    while len(made) < count:
        elements = []
        for _ in range(draw.randint(1, 3)):
            text = draw.choice(["", "", "-", "~", "+ ", "~ "]) + draw.choice(OPERANDS)
            for _ in range(draw.choice([0, 0, 1, 2])):
                blanks = [draw.choice(["", " ", "  "]) for _ in range(2)]
                text += blanks[0] + draw.choice(OPERATORS) + blanks[1] + draw.choice(OPERANDS)
            elements.append(text)
        separators = [draw.choice([" ", ", ", " ,", "; "]) for _ in elements[1:]] + [""]
        text = "[" + "".join(map("".join, zip(elements, separators, strict=True))) + "]"
        if "--" not in text and "++" not in text:  # Octave's increments
            made.add(text)
    return sorted(made)


def cases() -> list[str]:
    listed = [line.replace("\\n", "\n") for line in EXPRESSIONS.splitlines() if line.strip() and line[0] != "#"]
    return list(dict.fromkeys([*listed, *random_matrices(400)]))


@pytest.fixture(scope="module")
def octave_results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    octave = shutil.which("octave-cli") or shutil.which("octave")
    if octave is None:
        pytest.skip("GNU Octave is not installed")
    lines = [DUMP, SETUP]
    for number, expression in enumerate(cases()):
        quoted = expression.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        lines.append(
            f"printf('@{number}\\n'); try, dump(eval(\"{quoted}\")); catch err, printf('error %s\\n', "
            "strrep(err.message, \"\\n\", ' ')); end"
        )
    script = tmp_path_factory.mktemp("octave") / "compare.m"
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run(
        [octave, "--norc", "--no-gui", "--quiet", str(script)], capture_output=True, text=True, timeout=120, check=False
    )
    blocks = done.stdout.split("@")[1:]
    found: dict[str, Any] = {}
    listed = cases()
    for block in blocks:
        head, _, body = block.partition("\n")
        found[listed[int(head)]] = _read(body.splitlines())
    return found


def _read(lines: list[str]) -> Any:
    return _value(iter(lines))


def _value(lines: Any) -> Any:
    line = next(lines)
    if line.startswith("error"):
        return line
    kind, _, rest = line.partition(" ")
    size, _, data = rest.partition("]")
    shape = tuple(int(n) for n in size.strip("[").split())
    count = math.prod(shape)
    if kind == "cell":
        return kind, shape, [_value(lines) for _ in range(count)]
    if kind == "struct":
        fields = [(next(lines), [_value(lines) for _ in range(count)]) for _ in range(int(data))]
        return kind, shape, fields
    if kind == "function_handle":
        return kind, shape, []
    items = [
        complex(*map(float, word.split(","))) if "," in word else float(word)
        for word in (word.replace("NA", "nan") for word in data.split())
    ]
    return kind, shape, items[:count]


def _ours(value: Any) -> Any:
    kind, shape = class_of(value), shape_of(value)
    if isinstance(value, Cell):
        return kind, shape, [_ours(item) for item in value]
    if isinstance(value, Struct):
        return kind, shape, [(name, [_ours(item) for item in value.all(name)]) for name in value.names]
    if isinstance(value, Char):
        return kind, shape, value.codes.astype(float).ravel(order="F").tolist()
    if isinstance(value, np.ndarray):
        items = value.ravel(order="F")
        return kind, shape, [complex(x) if np.iscomplexobj(value) else float(x) for x in items]
    return kind, shape, []


def _agree(ours: Any, theirs: Any, tolerance: float) -> bool:
    if ours[0] != theirs[0] or ours[1] != theirs[1] or len(ours[2]) != len(theirs[2]):
        return False
    if ours[0] == "cell":
        return all(_agree(x, y, tolerance) for x, y in zip(ours[2], theirs[2], strict=True))
    if ours[0] == "struct":
        return all(
            x[0] == y[0] and all(_agree(p, q, tolerance) for p, q in zip(x[1], y[1], strict=True))
            for x, y in zip(ours[2], theirs[2], strict=True)
        )
    x, y = np.array(ours[2], dtype=complex), np.array(theirs[2], dtype=complex)
    scale = max(1.0, float(np.abs(y[np.isfinite(y)]).max(initial=0.0)))
    return bool(np.allclose(x, y, rtol=tolerance, atol=tolerance * scale, equal_nan=True))


@pytest.fixture(scope="module")
def workspace() -> dict[str, Any]:
    return run_script(SETUP)


def _result(expression: str, workspace: dict[str, Any]) -> Any:
    """Our value in the form of `_value`, or the error's text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _ours(evaluate(expression, workspace))
        except MatlabError as error:
            return str(error)


@pytest.mark.parametrize("expression", cases())
def test_agrees_with_octave(expression: str, octave_results: dict[str, Any], workspace: dict[str, Any]) -> None:
    theirs = octave_results[expression]
    ours = _result(expression, workspace)
    if isinstance(ours, str) or isinstance(theirs, str):
        assert isinstance(ours, str), f"here {ours}; Octave: {theirs}"
        assert isinstance(theirs, str), f"here {ours}; Octave: {theirs}"
        return
    # The two libraries' elementary functions and factorisations differ in the last bits; single has 24 bits.
    tolerance = 1e-6 if "single" in (ours[0], theirs[0]) else 2e-13
    assert _agree(ours, theirs, tolerance), f"here {ours}; Octave {theirs}"
