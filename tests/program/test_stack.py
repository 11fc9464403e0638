"""Stacking: fewer nodes, the same numbers bit for bit, and the original program as it was."""

from __future__ import annotations

import numpy as np

from bridge.engines import Schedule, engine
from bridge.program import Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.duplicate import duplicate
from bridge.program.passes import finish, verify
from bridge.program.passes.stack import stack
from bridge.program.text import text
from bridge.program.types import DOUBLE

UNITS = 3


def gates(order: str = "ifgo") -> Program:
    """Four gates of an LSTM, each of matrices of its own, as a diagram has them, drawn in some order."""
    program = Program("gates")
    names = [f"{kind}{gate}" for gate in "ifgo" for kind in "WRb"]
    shapes = {"W": (UNITS, 1), "R": (UNITS, UNITS), "b": (UNITS, 1)}
    program.parameters = {name: Value(Type(shapes[name[0]], DOUBLE), name) for name in names}
    x = program.inputs["x"] = Value(Type((), DOUBLE), "x")
    with t.tracing(program.init):
        zero = t.zeros(Type((UNITS, 1), DOUBLE))
    h, c = Value(zero.type, "h"), Value(zero.type, "c")
    p, z = program.parameters, {}
    with t.tracing(program.step):
        for gate in order:
            z[gate] = x * p[f"W{gate}"] + p[f"R{gate}"] @ h + p[f"b{gate}"]
        gate_i, gate_f, gate_o = (t.logistic(z[gate]) for gate in "ifo")
        cell = gate_f * c + gate_i * t.tanh(z["g"])
        hidden = gate_o * t.tanh(cell)
        (shown,) = t.branch(x > 0, lambda: z["f"], lambda: z["i"])
    program.slots = [Slot("h", "discrete", zero, h, hidden), Slot("c", "discrete", zero, c, cell)]
    program.outputs = [Output("y", hidden, "outport"), Output("shown", shown, "outport")]
    return finish(program)


def run(program: Program) -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    parameters = {name: random.normal(size=value.shape) for name, value in program.parameters.items()}
    return engine("numpy").load(program).run(Schedule.of(program, 7), parameters, {"x": np.linspace(-1, 1, 7)}).outputs


def test_gates_are_stacked_and_compute_the_same() -> None:
    for order in ("ifgo", "gfoi"):
        program = gates(order)
        before = text(program)
        stacked = duplicate(program)
        stack(stacked)
        verify(stacked)
        ops = [node.op for node in stacked.step.nodes]
        assert ops.count("matmul") == 1
        assert ops.count("logistic") == 1
        assert ops.count("add") == 3
        expected, actual = run(program), run(stacked)
        for name in expected:
            np.testing.assert_allclose(actual[name], expected[name], rtol=0, atol=1e-15)
        assert text(program) == before


def test_states_stay_though_no_output_reads_them() -> None:
    program = gates()
    program.outputs = []
    program.seal()
    stack(program)
    assert [slot.path for slot in program.slots] == ["h", "c"]
    assert [node.op for node in program.step.nodes].count("matmul") == 1


def test_what_members_share_may_be_fixed_or_a_member_of_another_stack() -> None:
    program = Program("layers")
    shapes = {"A": (3, 3), "B": (3, 3), "C": (3, 3), "D": (3, 3), "b": (3,)}
    program.parameters = {name: Value(Type(shape, DOUBLE), name) for name, shape in shapes.items()}
    x = program.inputs["x"] = Value(Type((3,), DOUBLE), "x")
    p = program.parameters
    with t.tracing(program.step):
        first, second = (t.tanh(p[name] @ x + p["b"]) for name in "AB")
        y = t.concat([first, p["C"] @ second, p["D"] @ second])
    program.outputs = [Output("y", y, "outport")]
    stacked = duplicate(finish(program))
    stack(stacked)
    verify(stacked)
    assert [node.op for node in stacked.step.nodes].count("matmul") == 2
    random = np.random.default_rng(6)
    given = {name: random.normal(size=value.shape) for name, value in p.items()}
    rows = {"x": random.normal(size=(4, 3))}
    expected, actual = (
        engine("numpy").load(each).run(Schedule.of(each, 4), given, rows).outputs["y"] for each in (program, stacked)
    )
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-14)


def test_what_shares_nothing_stays() -> None:
    program = Program("apart")
    A, B = (program.parameters.setdefault(name, Value(Type((2, 2), DOUBLE), name)) for name in "AB")
    x, y = (program.inputs.setdefault(name, Value(Type((2,), DOUBLE), name)) for name in "xy")
    with t.tracing(program.step):
        program.outputs = [Output("z", A @ x + B @ y, "outport")]
    finish(program)
    before = text(program)
    stack(program)
    assert text(program) == before


def test_the_second_of_two_products_may_need_the_first() -> None:
    """Members of a stack are computed together, which must not make one wait for itself."""
    program = Program("chain")
    A, B = (program.parameters.setdefault(name, Value(Type((2, 2), DOUBLE), name)) for name in "AB")
    x = program.inputs["x"] = Value(Type((2,), DOUBLE), "x")
    with t.tracing(program.step):
        first, second = t.tanh(A @ x), B @ x
        last = t.tanh(t.cut(first, (0, 1))) + t.cut(second, (1, 2)) + t.tanh(second + first)
    program.outputs = [Output("z", last, "outport")]
    finish(program)
    stack(program)
    verify(program)
