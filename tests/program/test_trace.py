"""Tracing: constants, operators, the functions that build, and the refusals of the type rules."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from bridge.errors import ProgramError
from bridge.program import DType, Region, Type, Value
from bridge.program import trace as t
from bridge.program.operations import operation, operations, register
from bridge.program.types import BOOLEAN, COMPLEX, DOUBLE, INT8, INT64, SINGLE, UINT8, UINT64

Evaluate = Callable[..., Any]


@pytest.fixture
def region() -> Iterator[Region]:
    with t.tracing(Region()) as region:
        yield region


def value(*shape: int, dtype: DType = DOUBLE) -> Value:
    return Value(Type(shape, dtype))


def test_outside_a_region_nothing_is_traced() -> None:
    with pytest.raises(ProgramError, match="no region"):
        t.constant(1.0)
    with pytest.raises(ProgramError, match="no region"):
        value() + value()


def test_a_symbolic_value_has_no_truth(region: Region) -> None:
    with pytest.raises(ProgramError, match=r"where\(\) or branch\(\)"):
        bool(value() < 1)
    with pytest.raises(ProgramError, match="truth"):
        1 < value() < 2  # noqa: B015


def test_nodes_carry_their_origin(region: Region) -> None:
    with t.origin("a"):
        t.constant(1)
        with t.origin("a/b"):
            t.constant(2)
        t.constant(3)
    t.constant(4)
    assert [node.origin for node in region.nodes] == ["a", "a/b", "a", ""]
    result = region.nodes[1].outputs[0]
    assert result.node is region.nodes[1]


def test_threads_trace_apart(region: Region) -> None:
    failures: list[Exception] = []

    def other() -> None:
        try:
            t.constant(1)
        except ProgramError as error:
            failures.append(error)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert len(failures) == 1
    assert region.nodes == []


def test_an_error_leaves_the_state_as_it_was(region: Region) -> None:
    with pytest.raises(ZeroDivisionError), t.tracing(Region()), t.origin("lost"):
        raise ZeroDivisionError
    t.constant(1)
    assert [node.origin for node in region.nodes] == [""]


@pytest.mark.parametrize(
    ("given", "dtype"),
    [(1.5, DOUBLE), (1, INT64), (True, BOOLEAN), (1j, COMPLEX), (np.float32(1), SINGLE), (2**63, UINT64)],
)
def test_a_constant_has_its_own_type(region: Region, given: Any, dtype: DType) -> None:
    assert t.constant(given).type == Type((), dtype)


def test_a_constant_is_a_copy_that_nobody_writes(region: Region) -> None:
    array = np.array([1.0, 2.0])
    node = t.constant(array).node
    array[:] = 9
    assert node is not None
    assert node.attributes["value"].tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        node.attributes["value"][0] = 1


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (0.5, INT8),
        (np.nan, INT64),
        (np.inf, UINT64),
        (128, INT8),
        (-1, UINT8),
        (2**64, UINT64),
        (2.0**63, INT64),
        (-(2**63) - 1, INT64),
        ([1, 300], UINT8),
        (2, BOOLEAN),
        (1j, DOUBLE),
        ("1", DOUBLE),
    ],
)
def test_a_constant_that_does_not_fit_is_refused(region: Region, given: Any, dtype: DType) -> None:
    with pytest.raises(ProgramError, match="constant"):
        t.constant(given, dtype)


@pytest.mark.parametrize(
    ("given", "dtype"),
    [(2**64 - 1, UINT64), (-(2**63), INT64), (3.0, INT8), (0.1, SINGLE), (1e300, SINGLE), (1, BOOLEAN), ([], INT8)],
)
def test_a_constant_that_fits_is_kept(region: Region, given: Any, dtype: DType) -> None:
    node = t.constant(given, dtype).node
    assert node is not None
    with np.errstate(over="ignore"):
        expected = np.asarray(given).astype(dtype.numpy)
    np.testing.assert_array_equal(node.attributes["value"], expected)


def test_numbers_take_the_type_of_the_value_beside_them(region: Region) -> None:
    x = value(3, dtype=UINT8)
    for result in (x + 1, 1 + x, x - 1, 1 - x, x * 2, 2 * x):
        assert result.type == x.type
    for result in (x < 1, x <= 1, x > 1, x >= 1):
        assert result.type == Type((3,), BOOLEAN)
    with pytest.raises(ProgramError, match=r"0\.5 does not fit uint8"):
        x * 0.5
    with pytest.raises(ProgramError, match="-1 does not fit uint8"):
        x + -1
    with pytest.raises(ProgramError, match="none of the operands"):
        t.equal(1, 2)


def test_operators(evaluate: Evaluate) -> None:
    x, y, p, q = np.array([5.0, -3.0]), np.array([2.0, 7.0]), np.array([True, True]), np.array([False, True])
    results = evaluate(
        lambda x, y: [x + y, 1 + x, x - y, 1 - x, x * y, x / y, 1 / x, -x, x < y, x <= y, x > y, x >= 4], x, y
    )
    expected = [x + y, 1 + x, x - y, 1 - x, x * y, x / y, 1 / x, -x, x < y, x <= y, x > y, x >= 4]
    for result, wanted in zip(results, expected, strict=True):
        np.testing.assert_array_equal(result, wanted)
    logic = evaluate(lambda p, q: [p & q, p | q, p ^ q, ~p], p, q)
    for result, wanted in zip(logic, [p & q, p | q, p ^ q, ~p], strict=True):
        np.testing.assert_array_equal(result, wanted)
    A = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(evaluate(lambda a, v: a @ v, A, x), A @ x)


def test_moving_elements(evaluate: Evaluate) -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    cases: list[tuple[Callable[[Value], Value], np.ndarray]] = [
        (lambda v: t.cut(v, (1, 2)), x[1:2]),
        (lambda v: t.cut(v, (0, 2), (0, 3, 2)), x[:, 0:3:2]),
        (lambda v: t.take(v, [2, 0], axis=1), x[:, [2, 0]]),
        (lambda v: t.transpose(v), x.T),
        (lambda v: t.transpose(v, (1, 0, 2)), x.transpose(1, 0, 2)),
        (lambda v: t.reshape(v, (6, 4)), x.reshape(6, 4)),
        (lambda v: t.column_major(v, (4, 6)), x.reshape((4, 6), order="F")),
        (lambda v: t.column_major(v, (24,)), x.ravel(order="F")),
        (lambda v: t.concat([v, v], axis=2), np.concatenate([x, x], axis=2)),
        (lambda v: t.broadcast(t.cut(v, (0, 1)), (2, 3, 4)), np.broadcast_to(x[:1], x.shape)),
        (lambda v: t.reduce("sum", v), x.sum()),
        (lambda v: t.reduce("max", v, [0, 2]), x.max(axis=(0, 2))),
    ]
    for function, expected in cases:
        np.testing.assert_array_equal(evaluate(function, x), expected)


def test_what_changes_nothing_emits_nothing(region: Region) -> None:
    x = value(2, 3)
    same = [t.reshape(x, (2, 3)), t.broadcast(x, (2, 3)), t.transpose(x, (0, 1)), t.cut(x, (0, 2))]
    same += [t.storage(x, DOUBLE), t.concat([x]), t.column_major(x, (2, 3))]
    assert all(result is x for result in same)
    scalar = value()
    assert t.reduce("sum", scalar) is scalar
    assert region.nodes == []


def test_a_part_of_what_was_joined_is_cut_from_where_it_came(region: Region) -> None:
    left, right = value(4, 1), value(4, 2)
    both = t.concat([left, right], axis=1)
    assert t.cut(both, (0, 4), (0, 1)) is left
    assert t.cut(both, (0, 4), (1, 3)) is right
    part = t.cut(both, (1, 3), (2, 3)).node
    assert part is not None
    assert (part.inputs, part.attributes["ranges"]) == ((right,), ((1, 3, 1), (1, 2, 1)))
    across = t.cut(both, (0, 4), (0, 2)).node
    assert across is not None
    assert across.inputs == (both,)


def test_control_flow(evaluate: Evaluate) -> None:
    def function(x: Value, p: Value) -> list[Value]:
        (larger,) = t.branch(p, lambda: x + 1, lambda: x - 1)
        (total,) = t.loop(t.constant(3), lambda k, s: s * 2 + t.storage(k, DOUBLE), [t.constant(1.0)])
        (rows,) = t.map_rows(lambda row: row * total, [x])
        return [larger, total, rows]

    larger, total, rows = evaluate(function, np.array([1.0, 2.0]), np.array(False))
    np.testing.assert_array_equal(larger, [0.0, 1.0])
    assert total == ((1 * 2 + 0) * 2 + 1) * 2 + 2
    np.testing.assert_array_equal(rows, [12.0, 24.0])


def test_the_sides_of_a_branch_have_the_same_types(region: Region) -> None:
    p = value(dtype=BOOLEAN)
    with pytest.raises(ProgramError, match="two sides"):
        t.branch(p, lambda: t.constant(1.0), lambda: t.constant(1))
    with pytest.raises(ProgramError, match="condition"):
        t.branch(value(1, dtype=BOOLEAN), lambda: t.constant(1.0), lambda: t.constant(1.0))
    with pytest.raises(ProgramError, match="changes the types"):
        t.loop(t.constant(1), lambda k, x: t.storage(x, SINGLE), [value()])
    with pytest.raises(ProgramError, match="count"):
        t.loop(t.constant(1.0), lambda k, x: x, [value()])
    with pytest.raises(ProgramError, match="different lengths"):
        t.map_rows(lambda a, b: a, [value(2), value(3)])
    with pytest.raises(ProgramError, match="at least one row"):
        t.map_rows(lambda a: a, [value(0)])
    assert [node.op for node in region.nodes if node.regions] == []


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("mixed data types", lambda: value() + value(dtype=SINGLE)),
    ("mixed shapes", lambda: value(2) + value(3)),
    ("integer division", lambda: value(dtype=INT8) / value(dtype=INT8)),
    ("arithmetic on booleans", lambda: value(dtype=BOOLEAN) + value(dtype=BOOLEAN)),
    ("order of booleans", lambda: value(dtype=BOOLEAN) < value(dtype=BOOLEAN)),
    ("order of complex numbers", lambda: value(dtype=COMPLEX) < value(dtype=COMPLEX)),
    ("logic on numbers", lambda: value() & value()),
    ("exp of an integer", lambda: t.exp(value(dtype=INT8))),
    ("isnan of an integer", lambda: t.isnan(value(dtype=INT8))),
    ("bits of a double", lambda: t.bitand(value(), value())),
    ("select by a number", lambda: t.where(value(), value(), value())),
    ("select of mixed data types", lambda: t.where(value(dtype=BOOLEAN), value(), value(dtype=INT8))),
    ("complex to real", lambda: t.storage(value(dtype=COMPLEX), DOUBLE)),
    ("fixed point storage", lambda: t.storage(value(), DType("fixed", 16))),
    ("real part of a real number", lambda: t.real(value())),
    ("reshape to another size", lambda: t.reshape(value(6), (4,))),
    ("broadcast to fewer", lambda: t.broadcast(value(3), (1,))),
    ("broadcast that would grow the target", lambda: t.broadcast(value(2, 3), (3,))),
    ("axes that are not there", lambda: t.transpose(value(2, 3), (0, 2))),
    ("join of different widths", lambda: t.concat([value(2, 3), value(2, 2)])),
    ("join of scalars", lambda: t.concat([value(), value()])),
    ("join of different types", lambda: t.concat([value(2), value(2, dtype=SINGLE)])),
    ("range beyond the axis", lambda: t.cut(value(3), (1, 4))),
    ("range backwards", lambda: t.cut(value(3), (2, 1))),
    ("range without a step", lambda: t.cut(value(3), (0, 3, 0))),
    ("too many ranges", lambda: t.cut(value(3), (0, 2), (0, 1))),
    ("take beyond the axis", lambda: t.take(value(3), [3])),
    ("take of a negative place", lambda: t.take(value(3), [-1])),
    ("take along a missing axis", lambda: t.take(value(3), [0], axis=1)),
    ("take of a scalar", lambda: t.take(value(), [0])),
    ("gather by a double", lambda: t.gather(value(3), value())),
    ("gather from a scalar", lambda: t.gather(value(), value(dtype=INT64))),
    ("scatter of a wrong shape", lambda: t.scatter(value(3), value(2, dtype=INT64), value(3))),
    ("scatter of a wrong type", lambda: t.scatter(value(3), value(dtype=INT64), value(dtype=INT8))),
    ("scatter by a double", lambda: t.scatter(value(3), value(), value())),
    ("sum of booleans", lambda: t.reduce("sum", value(2, dtype=BOOLEAN))),
    ("any of numbers", lambda: t.reduce("any", value(2))),
    ("largest of complex numbers", lambda: t.reduce("max", value(2, dtype=COMPLEX))),
    ("largest of nothing", lambda: t.reduce("max", value(0))),
    ("reduction of a missing axis", lambda: t.reduce("sum", value(2), [1])),
    ("argmax of nothing", lambda: t.argmax(value(0))),
    ("argmax of booleans", lambda: t.argmax(value(2, dtype=BOOLEAN))),
    ("argmax along a missing axis", lambda: t.argmax(value(2), 1)),
    ("search in a matrix", lambda: t.search(value(2, 2), value())),
    ("search of another type", lambda: t.search(value(2), value(dtype=SINGLE))),
    ("inner sizes", lambda: t.matmul(value(2, 3), value(2))),
    ("product of vectors", lambda: t.matmul(value(2), value(2))),
    ("inverse of a rectangle", lambda: t.inverse(value(2, 3))),
    ("inverse of integers", lambda: t.inverse(value(2, 2, dtype=INT8))),
    ("solution of another size", lambda: t.linear_solve(value(2, 2), value(3, 1))),
]


@pytest.mark.parametrize(("what", "function"), REFUSED, ids=[what for what, _ in REFUSED])
def test_type_rules_refuse(region: Region, what: str, function: Callable[[], Any]) -> None:
    with pytest.raises(ProgramError):
        function()
    assert all(node.op == "constant" for node in region.nodes)


def test_the_registry_is_closed() -> None:
    before = set(operations())
    with pytest.raises(ProgramError, match="'no such'"):
        operation("no such")
    with pytest.raises(ProgramError, match="'add' is registered twice"):
        register("add", lambda types, attributes: tuple(types))
    assert set(operations()) == before


def test_indices_that_leave_the_array_are_errors(evaluate: Evaluate) -> None:
    """numpy alone would count negative ones from the end. Every integer type is an index."""
    from bridge.errors import EngineError

    x = np.arange(3.0)
    for dtype in ("int8", "uint8", "int64", "uint64"):
        assert evaluate(t.gather, x, np.array(2, dtype)) == 2.0
        with pytest.raises(EngineError, match="3 leaves"):
            evaluate(t.gather, x, np.array([0, 3], dtype))
    with pytest.raises(EngineError, match="-1 leaves"):
        evaluate(t.gather, x, np.array(-1))
    with pytest.raises(EngineError, match="18446744073709551615 leaves"):
        evaluate(t.gather, x, np.array(2**64 - 1, np.uint64))
    with pytest.raises(EngineError, match="-1 leaves"):
        evaluate(t.scatter, x, np.array(-1), np.array(1.0))


def test_complex_numbers_keep_infinite_parts(evaluate: Evaluate) -> None:
    """real + 1j * imag would be NaN + Inf j."""
    result = evaluate(t.make_complex, np.array([1.0, 2.0]), np.array([np.inf, -0.0]))
    assert result.real.tolist() == [1.0, 2.0]
    assert result.imag.tolist() == [np.inf, 0.0]
    assert np.signbit(result.imag[1])
    single = evaluate(t.make_complex, np.float32(1), np.ones(2, np.float32))
    assert single.dtype == np.complex64
