"""A program by the kernels of its operations, and what other results are held against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bridge.engines import Schedule
from bridge.program import Node, Program, Region, Value
from bridge.program.operations import operation
from tests.engines.side_by_side.spans import Span

Arrays = dict[str, np.ndarray]


class Definition:
    """Runs a program operation by operation: what every engine is held against."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def run(self, schedule: Schedule, parameters: Arrays, inputs: Arrays) -> Arrays:
        """Every output, a row per step, and the last value of every slot."""
        program, of = self.program, dict[Value, Any]()
        of.update((value, parameters[name]) for name, value in program.parameters.items())
        rows: dict[str, list[np.ndarray]] = {output.name: [] for output in program.outputs}
        with np.errstate(all="ignore"):
            _region(program.init, of)
            state = [of[slot.initial] for slot in program.slots]
            for k, now in enumerate(schedule.times):
                if program.time is not None:
                    of[program.time] = np.asarray(now, program.time.dtype.numpy)
                of.update(zip(program.hits, schedule.hits[k], strict=True))
                of.update((value, inputs[name][k]) for name, value in program.inputs.items())
                of.update(zip((slot.current for slot in program.slots), state, strict=True))
                _region(program.step, of)
                for output in program.outputs:
                    rows[output.name].append(np.array(of[output.value]))
                state = [of[slot.current if slot.next is None else slot.next] for slot in program.slots]
        found = {name: np.array(each) for name, each in rows.items()}
        return found | {slot.path: np.array(value) for slot, value in zip(program.slots, state, strict=True)}


def _region(region: Region, of: dict[Value, Any]) -> list[Any]:
    for node in region.nodes:
        operands = [of[value] for value in node.inputs]
        if node.op in _CONTROL:
            results = _CONTROL[node.op](node, operands, of)
        else:
            kernel = operation(node.op).kernel
            assert kernel is not None
            results = [kernel(node.attributes)(*operands)]
        for value, result in zip(node.outputs, results, strict=True):
            of[value] = np.asarray(result)
            assert (of[value].shape, of[value].dtype) == (value.shape, value.dtype.numpy), node
    return [of[value] for value in region.results]


def _if(node: Node, operands: Sequence[Any], of: dict[Value, Any]) -> list[Any]:
    return _region(node.regions[0 if operands[0] else 1], of)


def _loop(node: Node, operands: Sequence[Any], of: dict[Value, Any]) -> list[Any]:
    (region,), now = node.regions, list(operands[1:])
    for k in range(int(operands[0])):
        of.update(zip(region.parameters, [np.int64(k), *now], strict=True))
        now = _region(region, of)
    return now


def _map(node: Node, operands: Sequence[Any], of: dict[Value, Any]) -> list[Any]:
    rows = []
    for slices in zip(*operands, strict=True):
        of.update(zip(node.regions[0].parameters, slices, strict=True))
        rows.append(_region(node.regions[0], of))
    return [np.stack(column) for column in zip(*rows, strict=True)]


_CONTROL: dict[str, Callable[[Node, Sequence[Any], dict[Value, Any]], list[Any]]] = {
    "if": _if,
    "loop": _loop,
    "map": _map,
}


def differences(actual: Arrays, expected: Arrays, spans: Mapping[str, Span]) -> Iterator[str]:
    """Each result that is off by more than its bound."""
    for name, array in actual.items():
        wanted = expected[name]
        if (array.dtype, array.shape) != (wanted.dtype, wanted.shape) and wanted.size:
            yield f"{name}: {array.dtype}{array.shape}, not {wanted.dtype}{wanted.shape}"
            continue
        if not wanted.size:
            continue
        bound = spans[name].error if wanted.dtype.kind == "f" else 0.0
        same = array == wanted
        if wanted.dtype.kind == "f":
            same |= np.isnan(array) & np.isnan(wanted)
        with np.errstate(all="ignore"):
            near = np.abs(array.astype(float) - wanted.astype(float)) <= bound if bound else False
        off = ~(same | near)
        if off.any():
            place = tuple(int(k) for k in np.argwhere(off)[0])
            yield f"{name}{list(place)}: {array[place]!r}, not {wanted[place]!r} (bound {bound:.3g}), {off.sum()} such"
