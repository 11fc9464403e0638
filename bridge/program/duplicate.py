"""A program once more, of new values and nodes, so that a pass may change the copy in place."""

from __future__ import annotations

from dataclasses import replace

from bridge.program.copying import renewed, rewrite
from bridge.program.form import Program, Region, Slot, Value
from bridge.program.trace import tracing


def duplicate(program: Program) -> Program:
    """The same program; it shares no value, node or region with the original."""
    of: dict[Value, Value] = {}

    def new(value: Value) -> Value:
        return of.setdefault(value, renewed(value))

    parameters = {name: new(value) for name, value in program.parameters.items()}
    init, step = Region(), Region()
    with tracing(init):
        rewrite(program.init, of)
    inputs = {name: new(value) for name, value in program.inputs.items()}
    time = None if program.time is None else new(program.time)
    hits, current = [new(hit) for hit in program.hits], [new(slot.current) for slot in program.slots]
    with tracing(step):
        rewrite(program.step, of)
    result = replace(
        program,
        init=init,
        step=step,
        parameters=parameters,
        inputs=inputs,
        slots=[
            Slot(slot.path, slot.kind, of[slot.initial], now, None if slot.next is None else of[slot.next])
            for slot, now in zip(program.slots, current, strict=True)
        ],
        outputs=[replace(output, value=of[output.value]) for output in program.outputs],
        time=time,
        rates=list(program.rates),
        hits=hits,
    )
    result.seal()
    return result
