"""Control flow, slots, rates and time: one program with all of them, equal on every engine and against a plain loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridge.engines import Schedule, engine
from bridge.errors import EngineError, UnsupportedOperation, UsageError
from bridge.program import Output, Program, Rate, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.types import BOOLEAN, DOUBLE, INT8, INT64, UINT16, UINT64

ENGINES = ["numpy", "torch", "onnx"]


@pytest.fixture(params=ENGINES)
def name(request: pytest.FixtureRequest) -> str:
    if request.param == "torch":
        pytest.importorskip("torch")
    return str(request.param)


def slot(program: Program, path: str, first: Any, type: Type) -> tuple[Slot, Value]:
    """A slot that starts at a constant."""
    with t.tracing(program.init):
        initial = t.constant(first, type.dtype)
    made = Slot(path, "discrete", initial, Value(type, path))
    program.slots.append(made)
    return made, made.current


def everything() -> Program:
    """An enabled region with held output and a counter in it, a loop with a computed count, a map, two rates, time."""
    program = Program("everything", period=0.1, start=0.5)
    gain = program.parameters["gain"] = Value(Type((), DOUBLE), "gain")
    rows = program.inputs["rows"] = Value(Type((3, 2), DOUBLE), "rows")
    enable = program.inputs["enable"] = Value(Type((), BOOLEAN), "enable")
    program.time = Value(Type((), DOUBLE), "time")
    program.rates, program.hits = [Rate(1), Rate(3, 1)], [Value(Type((), BOOLEAN)) for _ in range(2)]
    held, held_now = slot(program, "Enabled/held", -1.0, Type((), DOUBLE))
    counter, count = slot(program, "Enabled/count", 250, Type((), UINT16))
    ticks, tick = slot(program, "ticks", 2**63, Type((), UINT64))
    with t.tracing(program.step):
        with t.origin("everything/Enabled"):
            held.next, counter.next, in_branch = t.branch(
                enable,
                lambda: (gain * held_now + t.cut(rows, (0, 1), (0, 1)).__class__ and gain * held_now + 1, count + 13, enable),
                lambda: (held_now, count, enable),
            )
        with t.origin("everything/Loop"):
            repeats = t.storage(count, INT64)
            total, index = t.loop(
                t.storage(t.constant(4, INT64), INT64) + repeats - repeats,
                lambda k, total, index: (total + t.storage(k, DOUBLE) * gain, index + t.storage(k, INT8)),
                [program.time, t.constant(120, INT8)],
            )
        with t.origin("everything/ForEach"):
            (sums,) = t.map_rows(lambda row: t.reduce("sum", row) * total, [rows])
        (ticks.next,) = t.branch(program.hits[1], lambda: tick + 1, lambda: tick)
    program.outputs = [
        Output("held", held.next, "outport"),
        Output("count", count, "outport"),
        Output("total", total, "outport"),
        Output("index", index, "outport"),
        Output("sums", sums, "outport"),
        Output("ticks", ticks.next, "outport"),
        Output("enabled", in_branch, "outport"),
        Output("gain", gain, "outport"),
    ]
    return finish(program)
