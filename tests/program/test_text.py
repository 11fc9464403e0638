"""Programs as text."""

from __future__ import annotations

import numpy as np

from bridge.program import Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.text import text
from bridge.program.types import BOOLEAN, DOUBLE


def made() -> Program:
    program = Program("counter")
    k = program.parameters["k"] = Value(Type((2,), DOUBLE), "k")
    p = program.inputs["p"] = Value(Type((), BOOLEAN), "p")
    with t.tracing(program.init), t.origin("counter/Delay"):
        initial = t.constant(np.zeros(2))
        table = t.constant(np.zeros(100))
    slot = Slot("counter/Delay", "discrete", initial, Value(k.type))
    with t.tracing(program.step):
        with t.origin("counter/Enabled"):
            (slot.next,) = t.branch(p, lambda: slot.current + k, lambda: slot.current)
        total = t.reduce("sum", slot.next, [0]) + t.reduce("sum", table)
        (called,) = t.host(np.sin, [total], [total.type], "sine")
    program.slots, program.outputs = [slot], [Output("y", called, "outport")]
    program.seal()
    return program


def test_text() -> None:
    assert text(made()) == "\n".join(
        [
            "program counter",
            "init:",
            "  %3: double[2] = constant [0., 0.]    # counter/Delay",
            "  %4: double[100] = constant (100 elements)    # counter/Delay",
            "step:",
            "  %5: double[2] = if p    # counter/Enabled",
            "    region 0():",
            "      %6: double[2] = add [counter/Delay] k    # counter/Enabled",
            "      -> %6",
            "    region 1():",
            "      -> [counter/Delay]",
            "  %7: double = sum %5 axes=(0,)",
            "  %8: double = sum %4 axes=(0,)",
            "  %9: double = add %7 %8",
            "  %10: double = host %9 function=sin name=sine",
            "  output y = %10",
            "  [counter/Delay] := %5, at first %3",
        ]
    )


def test_the_same_program_has_the_same_text() -> None:
    assert text(finish(made())) == text(finish(made()))
