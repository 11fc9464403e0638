"""Dropping what nobody reads: nodes, results of regions, and slots that nothing but themselves depends on."""

from __future__ import annotations

from bridge.program.form import Node, Program, Region, Value


def prune(program: Program, *, keep_slots: bool = False) -> None:
    """Keep what outputs need, and all slots where those are to stay.

    A slot is needed when something needed reads it; then its next value is needed too. Each value is followed to what
    it alone depends on, so that a slot which an enabled region merely carries along is dropped even where the region's
    other results are read.
    """
    reads: dict[Value, tuple[Value, ...]] = {}
    _connect(program.init, reads)
    _connect(program.step, reads)
    for slot in program.slots:
        reads[slot.current] = (slot.initial,) if slot.next is None else (slot.initial, slot.next)
    live: set[Value] = set()
    waiting = [output.value for output in program.outputs]
    if keep_slots:
        waiting += [slot.current for slot in program.slots]
    while waiting:
        value = waiting.pop()
        if value not in live:
            live.add(value)
            waiting.extend(reads.get(value, ()))
    program.slots[:] = [slot for slot in program.slots if slot.current in live]
    _sweep(program.init, live)
    _sweep(program.step, live)


def _connect(region: Region, reads: dict[Value, tuple[Value, ...]]) -> None:
    """For every value defined in a region, the values that it is computed from."""
    for node in region.nodes:
        for nested in node.regions:
            _connect(nested, reads)
        if node.op == "loop":
            (body,) = node.regions
            count, *starts = node.inputs
            carried = zip(node.outputs, starts, body.parameters[1:], body.results, strict=True)
            for output, start, parameter, result in carried:
                reads[output] = (count, start, result)
                reads[parameter] = (start, result)
            continue
        for number, output in enumerate(node.outputs):
            reads[output] = (*node.inputs, *(nested.results[number] for nested in node.regions))


def _sweep(region: Region, live: set[Value]) -> None:
    kept: list[Node] = []
    for node in region.nodes:
        if any(value in live for value in node.outputs):
            for nested in node.regions:
                _sweep(nested, live)
            kept.append(_narrowed(node, live) if node.regions else node)
    region.nodes = kept


def _narrowed(node: Node, live: set[Value]) -> Node:
    """The node without the results that nobody reads."""
    carried = node.regions[0].parameters[1:] if node.op == "loop" else ()
    wanted = [
        output in live or (node.op == "loop" and carried[number] in live) for number, output in enumerate(node.outputs)
    ]
    if all(wanted):
        return node
    places = [number for number, is_wanted in enumerate(wanted) if is_wanted]
    for nested in node.regions:
        nested.results = [nested.results[number] for number in places]
    inputs, attributes = node.inputs, node.attributes
    if node.op == "loop":
        (body,) = node.regions
        body.parameters = [body.parameters[0], *(carried[number] for number in places)]
        inputs = (inputs[0], *(inputs[1 + number] for number in places))
    else:
        attributes = {**attributes, "types": tuple(attributes["types"][number] for number in places)}
    outputs = tuple(node.outputs[number] for number in places)
    return Node(node.op, inputs, outputs, attributes, node.regions, node.origin)
