"""The evaluator computes only through `Operations`: a subclass that carries more than numbers sees everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from bridge.errors import EvaluationLimit, MatlabError
from bridge.matlab.evaluate import evaluate, run_script
from bridge.matlab.indexing import COLON
from bridge.matlab.limits import Limits
from bridge.matlab.operators import Operations


@dataclass(frozen=True)
class Traced:
    """A number and how it came about."""

    number: Any
    story: str


class Tracing(Operations):
    """Writes down every operation on traced values."""

    def load(self, value: Any) -> Any:
        return value if isinstance(value, Traced) else super().load(value)

    def concrete(self, value: Any) -> Any:
        return value.number if isinstance(value, Traced) else value

    def _story(self, value: Any) -> str:
        if isinstance(value, Traced):
            return value.story
        return ":" if value is COLON else str(np.asarray(value).tolist())

    def binary(self, operator: str, a: Any, b: Any) -> Any:
        number = super().binary(operator, self.concrete(a), self.concrete(b))
        return Traced(number, f"({self._story(a)} {operator} {self._story(b)})")

    def unary(self, operator: str, a: Any) -> Any:
        return Traced(super().unary(operator, self.concrete(a)), f"{operator}{self._story(a)}")

    def transpose(self, a: Any, conjugate: bool) -> Any:
        return Traced(super().transpose(self.concrete(a), conjugate), f"{self._story(a)}'")

    def index(self, a: Any, subscripts: Sequence[Any]) -> Any:
        number = super().index(self.concrete(a), subscripts)
        return Traced(number, f"{self._story(a)}({', '.join(self._story(s) for s in subscripts)})")

    def colon(self, start: Any, step: Any, stop: Any) -> Any:
        plain = [None if value is None else self.concrete(value) for value in (start, step, stop)]
        return Traced(super().colon(*plain), f"{self._story(start)}:{self._story(stop)}")

    def concat(self, rows: Sequence[Sequence[Any]]) -> Any:
        number = super().concat([[self.concrete(value) for value in row] for row in rows])
        return Traced(number, "; ".join(", ".join(self._story(value) for value in row) for row in rows))

    def call(self, name: str, arguments: Sequence[Any], nargout: int = 1) -> tuple[Any, ...]:
        numbers = super().call(name, [self.concrete(argument) for argument in arguments], nargout)
        story = f"{name}({', '.join(self._story(argument) for argument in arguments)})"
        return tuple(Traced(number, story) for number in numbers)


K = Traced(np.array([[2.0]]), "K")
V = Traced(np.array([[1.0, 2.0, 3.0]]), "V")


@pytest.mark.parametrize(
    ("text", "number", "story"),
    [
        ("K", [[2]], "K"),
        ("(K)", [[2]], "K"),
        ("s.inner.K", [[2]], "K"),
        ("-K + V(end)", [[1]], "(-K + V([[3.0]]))"),
        ("V(2)'", [[2]], "V([[2.0]])'"),
        ("V(:, K)", [[2]], "V(:, K)"),
        ("sin(K) * 0", [[0]], "(sin(K) * [[0.0]])"),
        ("[K V]", [[2, 1, 2, 3]], "K, V"),
        ("1:K", [[1, 2]], "[[1.0]]:K"),
        ("f(3)", [[6]], "(K * [[3.0]])"),
        ("g{K}", [[2]], "K"),
    ],
)
def test_traced_values_go_through_everything(text: str, number: list[list[float]], story: str) -> None:
    operations = Tracing()
    workspace: dict[str, Any] = {"K": K, "V": V}
    from bridge.matlab.values import Cell, Struct

    workspace["s"] = Struct({"inner": Struct({"K": K})})
    workspace["g"] = Cell([[1.0, K]])
    workspace["f"] = evaluate("@(x) K * x", workspace, operations=operations)
    found = evaluate(text, workspace, operations=operations)
    assert isinstance(found, Traced)
    assert found.number.tolist() == number
    assert found.story == story


def test_conditions_use_the_plain_value() -> None:
    found = run_script("if K > 1, y = K + 1; else, y = 0; end", {"K": K}, operations=Tracing())
    assert found["y"].story == "(K + [[1.0]])"
    assert evaluate("K > 1 && V(1)", {"K": K, "V": V}, operations=Tracing()).tolist() == [[True]]


def test_direct_use() -> None:
    operations = Operations()
    two, three = operations.scalar(2.0), operations.scalar(3.0)
    assert operations.binary("^", two, three).tolist() == [[8.0]]
    assert operations.scalar(7, "int8").dtype == np.int8
    assert operations.unary("-", two).tolist() == [[-2.0]]
    assert operations.colon(two, None, three).tolist() == [[2.0, 3.0]]
    assert operations.concat([[two, three], [three, two]]).tolist() == [[2.0, 3.0], [3.0, 2.0]]
    assert operations.call("max", [operations.concat([[two, three]])], 2)[1].tolist() == [[2.0]]
    assert operations.index(operations.concat([[two, three]]), [COLON]).shape == (2, 1)
    with pytest.raises(MatlabError, match="unknown operator"):
        operations.binary("**", two, three)


@pytest.mark.parametrize(
    "text",
    [
        *("zeros(1e9)", "ones(5e3)", "eye(1e5)", "repmat(1, 1e9, 1)", "1:1e9", "0:1e-9:1", "linspace(0, 1, 1e9)"),
        *("kron(ones(1e3), ones(1e3))", "ones(1e4, 1) * ones(1, 1e4)", "ones(1e4, 1) + ones(1, 1e4)", "cell(1e5)"),
        *("a(ones(1e5))", "blanks(1e9)", "primes(1e12)", "meshgrid(1:1e5)", "diag(1:1e5)", "toeplitz(1:1e5)"),
        *(
            "nchoosek(1:40, 20)",
            "char(ones(1e5))",
            "rand(1e5)",
            "cat(3, ones(3e3), ones(3e3))",
            "sprintf('%1000000000d', 1)",
        ),
        *("inv(ones(2e3))", "eig(ones(2e3))", "expm(ones(1e3))", "ones(1e3)^2.5", "factor(9007199254740881)"),
    ],
)
def test_large_work_is_refused_before_it_is_done(text: str) -> None:
    with pytest.raises(EvaluationLimit):
        evaluate(text, {"a": 1.0}, limits=Limits(steps=50_000, elements=4_100_000))
