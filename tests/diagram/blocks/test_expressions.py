"""Expressions of the Fcn block, against Python's `math` (class of evidence: the block's documentation)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_diagrams import one_block

import bridge
from bridge.errors import BridgeError, ParameterError, TypeMismatch

U = [1.5, -2.0, 3.0]


def value(expression: str, u: list[float] = U, **workspace: object) -> float:
    """What the expression is for one input, on every engine."""
    (y,) = one_block("Fcn", [[u]], Expr=expression, workspace=workspace)
    assert np.shape(y) == ()
    return float(y)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("u", 1.5),
        ("u(1) + u[2]*u( 3 )", -4.5),
        ("1 - 2 - 3", -4.0),
        ("12/2/3", 2.0),
        ("2*3^2", 18.0),
        ("-2^2", -4.0),
        ("2^-1", 0.5),
        ("2^3^2", 64.0),
        ("-u(2)^2", -4.0),
        ("!0*5", 5.0),
        ("!(u(1) > 1)", 0.0),
        ("!-1 + 1", 1.0),
        ("1 + 2 > 2 == 1", 1.0),
        ("1 < 2 < 3 && 0 || 1", 1.0),
        ("0 && 1 || 0", 0.0),
        ("u(3) != 3", 0.0),
        ("u(3) ~= 2", 1.0),
        ("(u(1) >= 1.5)*10 + (u(2) <= -3)", 10.0),
        (".5e1 + 1e-1", 5.1),
        ("((((2))))", 2.0),
    ],
)
def test_operators_bind_as_documented(expression: str, expected: float) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sin(u(1)*exp(2.3*(-u(2))))", math.sin(1.5 * math.exp(4.6))),
        ("abs(u(2)) + fabs(u(2))", 4.0),
        ("acos(0.5) + asin(0.5) + atan(2)", math.acos(0.5) + math.asin(0.5) + math.atan(2)),
        ("atan2(u(2), u(1))", math.atan2(-2.0, 1.5)),
        ("ceil(1.2) + floor(-1.2)", 0.0),
        ("cos(1) + cosh(1) + sinh(1)", math.cos(1) + math.cosh(1) + math.sinh(1)),
        ("tan(1) + tanh(1)", math.tan(1) + math.tanh(1)),
        ("hypot(3, 4)", 5.0),
        ("ln(2) + log(2) + log10(100)", 2 * math.log(2) + 2),
        ("pow(2, 10) - power(3, 2)", 1015.0),
        ("rem(-7, 3) + sgn(-4)", -2.0),
        ("sqrt(2)", math.sqrt(2)),
    ],
)
def test_functions(expression: str, expected: float) -> None:
    assert value(expression) == pytest.approx(expected, rel=1e-14)


def test_workspace_variables_and_what_matlab_knows() -> None:
    assert value("a*u + A(1,2) - p.gain", a=2.0, A=np.array([[1.0, 5.0]]), p={"gain": 1.0}) == 7.0
    assert value("cos(pi)") == -1.0
    assert value("u(k)", k=3.0) == 3.0


def test_single_precision_stays_single() -> None:
    y = one_block("Fcn", [np.float32([[0.1, 0.2]])], Expr="u(1)*3 + (u(2) > 0)", exact=True)
    assert y.dtype == np.float32
    assert y[0] == np.float32(0.1) * np.float32(3) + np.float32(1)


def test_outside_of_a_functions_range_is_no_error() -> None:
    assert math.isnan(value("sqrt(-1)"))
    assert math.isnan(value("log(-1)"))
    assert value("1/0") == math.inf


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ("", "a number, a name"),
        ("u +", "a number, a name"),
        ("u u", "an operator is expected"),
        ("(u", "')' is expected"),
        ("u(1", "a bracket is not closed"),
        ("u(4)", "none of the 3 elements"),
        ("u(0)", "none of the 3 elements"),
        ("u(1.5)", "none of the 3 elements"),
        ("u(1:2)", "none of the 3 elements"),
        ("atan2(1)", "atan2 takes 2 arguments, not 1"),
        ("sin(1, 2)", "sin takes 1 argument, not 2"),
        ("A + 1", "A is no single real number"),
        ("1 $ 2", "an operator is expected"),
        ("(" * 100 + "u" + ")" * 100, "nested deeper than the limit `depth`"),
        ("-" * 500 + "u", "nested deeper than the limit `depth`"),
    ],
)
def test_what_is_no_expression_is_refused_at_its_column(expression: str, cause: str) -> None:
    with pytest.raises(ParameterError, match="parameter Expr") as raised:
        value(expression, A=np.ones((2, 2)))
    assert cause in str(raised.value)


def test_an_unknown_name_and_a_type_that_it_does_not_take() -> None:
    with pytest.raises(BridgeError, match="round"):
        value("round(u)")
    with pytest.raises(TypeMismatch, match="double or single"):
        one_block("Fcn", [np.int8([1])], Expr="u")


def test_a_long_chain_is_one_loop_and_no_recursion() -> None:
    assert value("u" + "+u" * 300) == 1.5 * 301
    with bridge.allow(length=100), pytest.raises(ParameterError, match="limit `length`"):
        value("u" + "+u" * 300)
