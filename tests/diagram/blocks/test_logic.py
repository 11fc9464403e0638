"""Comparisons and logic, against Python's own on exact numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block, run, single
from stored_integers import LONG_INTEGERS, edges, pairs

from bridge.errors import ParameterError, TypeMismatch, UnsupportedBlock
from bridge.simulation import simulate

INF, NAN = math.inf, math.nan
LIBRARY = "simulink/Logic and Bit Operations/"
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "~=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">=": operator.ge,
    ">": operator.gt,
}


@pytest.mark.parametrize("symbol", list(COMPARE))
def test_comparisons_of_floating_point_numbers(symbol: str) -> None:
    numbers = [-INF, -1.5, -0.0, 0.0, 1.5, INF, NAN]
    u, v = pairs(numbers, numbers, "float64")
    y = one_block("RelationalOperator", [u, v], Operator=symbol, exact=True)
    assert y.dtype == np.bool_
    assert y.tolist() == [COMPARE[symbol](a, b) for a, b in zip(u.tolist(), v.tolist(), strict=True)]


@pytest.mark.parametrize("symbol", list(COMPARE))
@pytest.mark.parametrize("dtype", [*LONG_INTEGERS, "bool"])
def test_comparisons_of_integers_and_booleans(symbol: str, dtype: str) -> None:
    numbers = [False, True] if dtype == "bool" else edges(dtype)
    u, v = pairs(numbers, numbers, dtype)
    y = one_block("RelationalOperator", [u, v], Operator=symbol, exact=True)
    assert y.tolist() == [COMPARE[symbol](a, b) for a, b in zip(u.tolist(), v.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("int8", "uint8"),
        ("int32", "uint32"),
        ("int16", "float64"),
        ("uint32", "float64"),
        ("bool", "int8"),
        ("float32", "float64"),
    ],
)
def test_numbers_of_two_types_are_compared_by_value(left: str, right: str) -> None:
    numbers = {"bool": [False, True], "float32": [-1.5, 0.1], "float64": [-1.5, 0, 0.1, 200.0, 3e9]}
    values = [numbers[dtype] if dtype in numbers else edges(dtype) for dtype in (left, right)]
    u, v = pairs(*values, left, right)
    y = one_block("RelationalOperator", [u, v], Operator="<", InputSameDT="off", exact=True)
    assert y.tolist() == [a < b for a, b in zip(u.tolist(), v.tolist(), strict=True)]
    with pytest.raises(TypeMismatch, match="InputSameDT is on"):
        one_block("RelationalOperator", [u, v], Operator="<")


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("isInf", [False, True, True, False]),
        ("isNaN", [False, False, False, True]),
        ("isFinite", [True, False, False, False]),
    ],
)
def test_kinds_of_numbers(symbol: str, expected: list[bool]) -> None:
    u = np.array([1.0, INF, -INF, NAN])
    assert one_block("RelationalOperator", [u], Operator=symbol, exact=True).tolist() == expected
    assert one_block("RelationalOperator", [np.float32(u)], Operator=symbol, exact=True).tolist() == expected
    whole = one_block("RelationalOperator", [np.int8([1, 0])], Operator=symbol, exact=True)
    assert whole.tolist() == [symbol == "isFinite"] * 2


def test_complex_numbers_are_equal_or_not_but_have_no_order() -> None:
    u, v = np.array([1 + 1j, 2j]), np.array([1 + 1j, 1 + 2j])
    recorded = simulate(single("RelationalOperator", 2, Operator="~="), inputs={"u1": u, "u2": v}, stop_time=1, step=1)
    assert recorded["y1"].tolist() == [False, True]
    with pytest.raises(TypeMismatch, match="complex numbers have no order"):
        simulate(single("RelationalOperator", 2, Operator="<"), inputs={"u1": u, "u2": v}, stop_time=1, step=1)


@pytest.mark.parametrize(
    ("written", "dtype"),
    [
        ({"OutDataTypeStr": "uint8"}, "uint8"),
        ({"OutDataTypeStr": "double"}, "float64"),
        ({"OutDataTypeStr": "fixdt(1,16)"}, "int16"),
        ({"OutDataTypeStr": "Inherit: Logical (see Configuration Parameters: Optimization)"}, "bool"),
        ({"OutDataTypeMode": "Boolean"}, "bool"),
        ({"OutDataTypeMode": "Specify via dialog", "LogicDataType": "uint(8)"}, "uint8"),
        ({"LogicOutDataTypeMode": "uint8"}, "uint8"),
    ],
)
def test_the_data_type_of_true_and_false(written: dict[str, str], dtype: str) -> None:
    y = one_block("RelationalOperator", [[1.0, 2.0], [2.0, 1.0]], Operator="<", exact=True, **written)
    assert (y.dtype, y.tolist()) == (dtype, [1, 0])


def test_the_model_may_say_that_logic_gives_double() -> None:
    model = single("Logic", 2, Operator="OR")
    model.parameters["BooleanDataType"] = "off"
    recorded = run(model, inputs={"u1": np.bool_([True, False]), "u2": np.bool_([False] * 2)}, stop_time=1, step=1)
    assert (recorded["y1"].dtype, recorded["y1"].tolist()) == (float, [1, 0])


GATES: dict[str, Callable[[list[bool]], bool]] = {
    "AND": all,
    "OR": any,
    "NAND": lambda x: not all(x),
    "NOR": lambda x: not any(x),
    "XOR": lambda x: sum(x) % 2 == 1,
    "NXOR": lambda x: sum(x) % 2 == 0,
}


@pytest.mark.parametrize("gate", list(GATES))
@pytest.mark.parametrize("count", [2, 3])
def test_gates_of_several_inputs_and_of_the_elements_of_one(gate: str, count: int) -> None:
    rows = np.array(list(product([False, True], repeat=count)))
    expected = [GATES[gate](list(row)) for row in rows]
    assert one_block("Logic", list(rows.T), Operator=gate, Inputs=count, exact=True).tolist() == expected
    assert one_block("Logic", [rows], Operator=gate, Inputs=1, exact=True).tolist() == expected


def test_gates_act_by_element_and_scalars_spread() -> None:
    u, v = np.bool_([[True, False, True]]), np.bool_([True])
    assert one_block("Logic", [u, v], Operator="XOR", exact=True).tolist() == [[False, True, False]]


@pytest.mark.parametrize("dtype", ["float64", "float32", *LONG_INTEGERS])
def test_what_is_not_zero_is_true(dtype: str) -> None:
    u = np.array([0, 1, 3, 0], dtype)
    assert one_block("Logic", [u], Operator="NOT", exact=True).tolist() == [True, False, False, True]


def test_nan_and_small_numbers_are_true_and_minus_zero_is_not() -> None:
    y = one_block("Logic", [[NAN, 1e-300, -0.0, INF]], Operator="NOT", exact=True)
    assert y.tolist() == [False, False, True, False]


def test_inputs_of_several_types_where_one_is_asked_for() -> None:
    inputs = [np.bool_([True]), np.ones(1)]
    assert one_block("Logic", inputs, AllPortsSameDT="off", exact=True).tolist() == [True]
    with pytest.raises(TypeMismatch, match=r"m/block: .*AllPortsSameDT is on.*boolean, double"):
        one_block("Logic", inputs)


def test_a_gate_that_is_not_known_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedBlock, match="Operator = 'IMPLIES'"):
        one_block("Logic", [np.bool_([True])] * 2, Operator="IMPLIES")


def test_a_truth_table() -> None:
    # The default table is a full adder: sum and carry of three bits, carry first.
    rows = np.array(list(product([False, True], repeat=3)))
    y = one_block("CombinatorialLogic", [rows], exact=True)
    assert y.dtype == np.bool_
    assert y.tolist() == [[sum(row) >= 2, sum(row) % 2 == 1] for row in rows.tolist()]
    numbers = one_block("CombinatorialLogic", [rows[:, :2].astype(float)], TruthTable="[1;2.5;-3;4]", exact=True)
    assert numbers.tolist() == [1, 1, 2.5, 2.5, -3, -3, 4, 4]


@pytest.mark.parametrize("symbol", list(COMPARE))
def test_comparisons_with_a_constant(symbol: str) -> None:
    u = [1.0, 3.0, 5.0, NAN]
    y = one_block(LIBRARY + "Compare To Constant", [u], relop=symbol, const="3.0", exact=True)
    assert (y.dtype, y.tolist()) == (np.bool_, [COMPARE[symbol](x, 3.0) for x in u])
    options = {"relop": symbol, "OutDataTypeStr": "uint8", "exact": True}
    zero = one_block(LIBRARY + "Compare To Zero", [np.int8([-1, 0, 1])], **options)
    assert (zero.dtype, zero.tolist()) == (np.uint8, [COMPARE[symbol](x, 0) for x in (-1, 0, 1)])


def test_a_constant_to_compare_with_takes_the_inputs_type() -> None:
    name = "simulink/Logic and Bit\nOperations/Compare\nTo Constant"
    y = one_block(name, [np.uint8([2, 3, 255])], relop="==", const="[2.5]", exact=True)
    assert y.tolist() == [False, True, False]
    limit = one_block(name, [np.uint8([2, 3, 255])], relop="==", const="300", exact=True)
    assert limit.tolist() == [False, False, True]


@pytest.mark.parametrize("closed", list(product(["on", "off"], repeat=2)))
def test_intervals(closed: tuple[str, str]) -> None:
    u = [-1.5, -1.0, 0.0, 2.0, 2.5]
    left, right = (operator.le if side == "on" else operator.lt for side in closed)
    options = {"IntervalClosedLeft": closed[0], "IntervalClosedRight": closed[1], "exact": True}
    expected = [left(-1.0, x) and right(x, 2.0) for x in u]
    y = one_block(LIBRARY + "Interval Test", [u], lowlimit="-1", uplimit="2", **options)
    assert y.tolist() == expected
    dynamic = one_block(LIBRARY + "Interval Test Dynamic", [[2.0] * 5, u, [-1.0] * 5], **options)
    assert dynamic.tolist() == expected


SIGNAL = [0.0, 0.0, 2.0, 1.0, 1.0, -1.0, -1.0, 0.0, 3.0, 3.0]


@pytest.mark.parametrize(("name", "symbol"), [("Change", "~="), ("Increase", ">"), ("Decrease", "<")])
@pytest.mark.parametrize("first", [0.0, 5.0])
def test_changes_from_one_sample_to_the_next(name: str, symbol: str, first: float) -> None:
    y = one_block(f"{LIBRARY}Detect {name}", [SIGNAL], vinit=first, exact=True)
    assert y.tolist() == [COMPARE[symbol](now, before) for before, now in pairwise([first, *SIGNAL])]
    whole = one_block(f"{LIBRARY}Detect {name}", [np.int8(SIGNAL)], vinit=first, exact=True)
    assert whole.tolist() == y.tolist()


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("Rise Positive", ">"), ("Rise Nonnegative", ">="), ("Fall Negative", "<"), ("Fall Nonpositive", "<=")],
)
@pytest.mark.parametrize("first", [0, 1])
def test_crossings_of_zero(name: str, symbol: str, first: int) -> None:
    holds = [COMPARE[symbol](x, 0) for x in SIGNAL]
    y = one_block(f"{LIBRARY}Detect {name}", [SIGNAL], vinit=first, OutDataTypeStr="uint8", exact=True)
    assert (y.dtype, y.tolist()) == (np.uint8, [now and not before for before, now in pairwise([bool(first), *holds])])


def test_frames_are_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="InputProcessing = 'Columns as channels"):
        one_block(LIBRARY + "Detect Change", [[1.0]], InputProcessing="Columns as channels (frame based)")


def test_the_number_of_inputs_must_be_whole() -> None:
    with pytest.raises(ParameterError, match="m/block: parameter Inputs: one whole number"):
        one_block("Logic", [np.bool_([True])], Inputs="2.5")
