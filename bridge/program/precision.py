"""A program in single precision, as a transformation of the form.

Parameters, inputs, states and outputs become single, and with them everything that is computed from them. What depends
on time alone stays double up to the place where it meets the rest, as do the tables that it is looked up in: in single
precision the times of a long run are too coarse to tell samples apart. Doubles that integers go through on the way to
other integers stay double, too: they are part of exact arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.program.copying import Mapping, renewed
from bridge.program.form import Node, Output, Program, Region, Slot, Value
from bridge.program.passes import finish
from bridge.program.trace import emit, origin, storage, tracing
from bridge.program.types import COMPLEX, DOUBLE, SINGLE, SINGLE_COMPLEX, Type

_NARROW = {DOUBLE: SINGLE, COMPLEX: SINGLE_COMPLEX}


def in_single(program: Program) -> Program:
    """The same program in single precision; see above for what stays double."""
    return _Single(program).made


def _narrowed(value: Value) -> Value:
    return storage(value, _NARROW[value.dtype]) if value.dtype in _NARROW else value


def _type(type: Type) -> Type:
    return type.with_dtype(_NARROW.get(type.dtype, type.dtype))


class _Single:
    def __init__(self, program: Program) -> None:
        made = self.made = Program(program.name, rates=list(program.rates), period=program.period, start=program.start)
        kept = _looked_up_by_time(program)
        of: Mapping = {}
        for name, value in program.parameters.items():
            of[value] = renewed(value) if value in kept else Value(_type(value.type), value.name)
            made.parameters[name] = of[value]
        for name, value in program.inputs.items():
            of[value] = made.inputs[name] = Value(_type(value.type), value.name)
        for hit in program.hits:
            of[hit] = renewed(hit)
            made.hits.append(of[hit])
        if program.time is not None:
            made.time = of[program.time] = renewed(program.time)
        for slot in program.slots:
            of[slot.current] = Value(_type(slot.type), slot.current.name)
        with tracing(made.init):
            self._region(program.init, of)
            first = [_narrowed(of[slot.initial]) for slot in program.slots]
        with tracing(made.step):
            self._region(program.step, of)
            for slot, initial in zip(program.slots, first, strict=True):
                after = None if slot.next is None else _narrowed(of[slot.next])
                made.slots.append(Slot(slot.path, slot.kind, initial, of[slot.current], after))
            for output in program.outputs:
                value = _narrowed(of[output.value])
                made.outputs.append(Output(output.name, value, output.kind, output.rate, output.options))
        finish(made)

    def _region(self, region: Region, of: Mapping) -> list[Value]:
        for node in region.nodes:
            with origin(node.origin):
                of.update(zip(node.outputs, self._node(node, of), strict=True))
        return [of[value] for value in region.results]

    def _node(self, node: Node, of: Mapping) -> Sequence[Value]:
        operands = [of[value] for value in node.inputs]
        if node.op == "if":
            return self._if(node, operands, of)
        if node.op == "loop":
            return self._loop(node, operands, of)
        if node.op == "map":
            return self._map(node, operands, of)
        attributes = node.attributes
        narrow = [operand.dtype in (SINGLE, SINGLE_COMPLEX) for operand in operands]
        if node.op == "host":
            # A call of Python gets and gives what it was written for.
            given = [storage(x, old.dtype) for x, old in zip(operands, node.inputs, strict=True)]
            return emit("host", given, attributes)
        if any(narrow):
            operands = [_narrowed(operand) for operand in operands]
            if node.op == "convert" and attributes["dtype"] in _NARROW:
                attributes = {**attributes, "dtype": _NARROW[attributes["dtype"]]}
        return emit(node.op, operands, attributes)

    def _inner(self, region: Region, parameters: Sequence[Value], of: Mapping) -> Region:
        """A nested region; its results are single, so that branches agree and passes keep their types."""
        made = Region(list(parameters))
        inner = {**of, **dict(zip(region.parameters, parameters, strict=True))}
        with tracing(made):
            made.results = [_narrowed(value) for value in self._region(region, inner)]
        return made

    def _if(self, node: Node, operands: Sequence[Value], of: Mapping) -> Sequence[Value]:
        regions = [self._inner(region, [], of) for region in node.regions]
        return emit("if", operands, {"types": tuple(value.type for value in regions[0].results)}, regions)

    def _loop(self, node: Node, operands: Sequence[Value], of: Mapping) -> Sequence[Value]:
        count, *starts = operands
        starts = [_narrowed(start) for start in starts]
        (region,) = node.regions
        parameters = [renewed(region.parameters[0]), *(Value(start.type) for start in starts)]
        return emit("loop", [count, *starts], {}, [self._inner(region, parameters, of)])

    def _map(self, node: Node, operands: Sequence[Value], of: Mapping) -> Sequence[Value]:
        (region,) = node.regions
        parameters = [Value(operand.type.with_shape(operand.shape[1:])) for operand in operands]
        inner = self._inner(region, parameters, of)
        return emit("map", operands, {"types": tuple(value.type for value in inner.results)}, [inner])


def _looked_up_by_time(program: Program) -> set[Value]:
    """The parameters that are nothing but tables over time, and what `init` makes of them."""
    timely: set[Value] = set() if program.time is None else {program.time}
    constants = {node.outputs[0] for node in program.init.nodes if node.op == "constant"}
    fixed = {*program.parameters.values(), *(value for node in program.init.nodes for value in node.outputs)}
    others: set[Value] = {value for slot in program.slots for value in (slot.initial, slot.next) if value is not None}
    others.update(output.value for output in program.outputs)
    for node in program.step.nodes:
        read = [*node.inputs, *(value for region in node.regions for value in region.free())]
        from_time = any(value in timely for value in read) and not node.regions
        if from_time and all(value in timely or value in fixed for value in read):
            timely.update(node.outputs)
            if node.op in ("gather", "search"):
                read = read[1:]
        others.update(read)
    # Backwards through init: whatever something else reads, its operands serve something else.
    for node in reversed(program.init.nodes):
        if any(value in others for value in node.outputs):
            others.update(node.inputs)
            others.update(value for region in node.regions for value in region.free())
    return fixed - others - constants
