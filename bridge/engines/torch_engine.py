"""The torch engine: node by node, with gradients from outputs and states to parameters, inputs and first states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from bridge.engines.base import Array, Arrays, Run, Schedule, initial_state
from bridge.engines.torch_operations import Builder, kernels
from bridge.engines.torch_types import Tensor, carrier, to_array, to_carrier, to_native
from bridge.errors import UnsupportedOperation, UsageError
from bridge.packages import required
from bridge.program import Node, Program, Region, Value
from bridge.program.types import BOOLEAN

Registers = dict[Value, Tensor]
Instruction = Callable[[Registers], None]


class _Compiler:
    """Nodes as functions that read and write registers."""

    def __init__(self, torch: Any, program: Program) -> None:
        self._torch = torch
        nodes = (node for region in (program.init, program.step) for node in region.walk())
        self._kernels: dict[str, Builder] = kernels(torch, any(node.op == "select" for node in nodes))

    def region(self, region: Region) -> list[Instruction]:
        """One instruction a node."""
        return [self._instruction(node) for node in region.nodes]

    def _instruction(self, node: Node) -> Instruction:
        if node.op in ("if", "loop", "map"):
            control = {"if": self._if, "loop": self._loop, "map": self._map}[node.op]
            return control(node)
        if node.op not in self._kernels:
            raise UnsupportedOperation(f"{node.origin or 'program'}: the torch engine has no operation {node.op!r}")
        kernel, inputs, (output,) = self._kernels[node.op](node), node.inputs, node.outputs

        def instruction(r: Registers) -> None:
            r[output] = kernel(*[r[value] for value in inputs])

        return instruction

    def _if(self, node: Node) -> Instruction:
        sides = [(self.region(region), region.results) for region in node.regions]
        (condition,) = node.inputs

        def instruction(r: Registers) -> None:
            code, results = sides[0 if r[condition] else 1]
            _run(code, r)
            r.update(zip(node.outputs, [r[result] for result in results], strict=True))

        return instruction

    def _loop(self, node: Node) -> Instruction:
        (region,) = node.regions
        code, (index, *carried), torch = self.region(region), region.parameters, self._torch

        def instruction(r: Registers) -> None:
            count, *values = [r[value] for value in node.inputs]
            for step in range(int(count)):
                r[index] = torch.tensor(step, device=count.device)
                r.update(zip(carried, values, strict=True))
                _run(code, r)
                values = [r[result] for result in region.results]
            r.update(zip(node.outputs, values, strict=True))

        return instruction

    def _map(self, node: Node) -> Instruction:
        (region,) = node.regions
        code, torch = self.region(region), self._torch

        def instruction(r: Registers) -> None:
            rows = []
            for slices in zip(*(r[value].unbind(0) for value in node.inputs), strict=True):
                r.update(zip(region.parameters, slices, strict=True))
                _run(code, r)
                rows.append([r[result] for result in region.results])
            columns = (torch.stack(column) for column in zip(*rows, strict=True))
            r.update(zip(node.outputs, columns, strict=True))

        return instruction


def _run(code: Sequence[Instruction], registers: Registers) -> None:
    for instruction in code:
        instruction(registers)


class TorchRunner:
    """One program in torch.

    Parameters, inputs and states may be arrays or tensors. With a tensor among them the results are tensors, through
    which gradients flow; with arrays alone they are arrays, and no gradients are kept.
    """

    def __init__(self, program: Program) -> None:
        self._torch = required("torch", "the torch engine")
        compiler = _Compiler(self._torch, program)
        self.program = program
        self._init = compiler.region(program.init)
        self._step = compiler.region(program.step)
        self._following = [slot.current if slot.next is None else slot.next for slot in program.slots]
        self._started: Registers | None = None
        self._tensors = False

    def _any_tensor(self, *given: Arrays | None) -> bool:
        return any(isinstance(value, self._torch.Tensor) for each in given if each for value in each.values())

    def _gradients(self, tensors: bool) -> AbstractContextManager[Any]:
        """Keep gradients when there are tensors, unless the caller has switched them off."""
        mode: AbstractContextManager[Any] = self._torch.set_grad_enabled(tensors and self._torch.is_grad_enabled())
        return mode

    def _checked(
        self, what: str, declared: Mapping[str, Value], given: Arrays, leading: tuple[int, ...] = ()
    ) -> dict[Value, Tensor]:
        result = {}
        for name, value in declared.items():
            if name not in given:
                raise UsageError(f"{self.program.name}: {what} {name!r} has no value")
            tensor = to_carrier(self._torch, given[name], value.dtype)
            if tuple(tensor.shape) != leading + value.shape:
                raise UsageError(
                    f"{self.program.name}: {what} {name!r} is {tuple(tensor.shape)}, not {leading + value.shape}"
                )
            result[value] = tensor
        return result

    def _begin(self, parameters: Arrays, state: Arrays | None) -> tuple[Registers, list[Tensor]]:
        registers: Registers = self._checked("parameter", self.program.parameters, parameters)
        _run(self._init, registers)
        slots = self.program.slots
        chosen = initial_state(self.program, {slot.path: registers[slot.initial] for slot in slots}, state)
        values = []
        for slot in slots:
            value = chosen[slot.path]
            if value is not registers[slot.initial]:
                value = to_carrier(self._torch, value, slot.type.dtype)
            values.append(value.reshape(slot.type.shape))
        return registers, values

    def _advance(
        self, r: Registers, time: Tensor, hits: Iterable[Tensor], inputs: Iterable[Tensor], state: Sequence[Tensor]
    ) -> list[Tensor]:
        program = self.program
        if program.time is not None:
            r[program.time] = time.to(carrier(self._torch, program.time.dtype))
        r.update(zip(program.hits, hits, strict=True))
        r.update(zip(program.inputs.values(), inputs, strict=True))
        r.update(zip((slot.current for slot in program.slots), state, strict=True))
        _run(self._step, r)
        return [r[value] for value in self._following]

    def _handed_out(self, x: Tensor, value: Value, tensors: bool) -> Any:
        return to_native(self._torch, x, value.dtype) if tensors else to_array(x, value.dtype)

    def _states(self, values: Sequence[Tensor], tensors: bool) -> dict[str, Any]:
        pairs = zip(self.program.slots, values, strict=True)
        return {slot.path: self._handed_out(value, slot.current, tensors) for slot, value in pairs}

    def start(self, parameters: Arrays, state: Arrays | None = None) -> dict[str, Any]:
        """Compute what does not change, and return the first state by slot path."""
        self._tensors = self._any_tensor(parameters, state)
        with self._gradients(self._tensors):
            self._started, values = self._begin(parameters, state)
            return self._states(values, self._tensors)

    def step(self, time: float, hits: Array, inputs: Arrays, state: Arrays) -> tuple[dict[str, Any], dict[str, Any]]:
        """One step after `start`: outputs by name, and the next state."""
        if self._started is None:
            raise UsageError("call start() before step()")
        program, torch = self.program, self._torch
        tensors = self._tensors or self._any_tensor(inputs, state)
        with self._gradients(tensors):
            rows = self._checked("input", program.inputs, inputs).values()
            slots = {slot.path: slot.current for slot in program.slots}
            values = list(self._checked("state", slots, state).values())
            registers = dict(self._started)
            due = to_carrier(torch, hits, BOOLEAN).unbind(0)
            values = self._advance(registers, torch.tensor(time, dtype=torch.float64), due, rows, values)
            outputs = {o.name: self._handed_out(registers[o.value], o.value, tensors) for o in program.outputs}
            return outputs, self._states(values, tensors)

    def run(self, schedule: Schedule, parameters: Arrays, inputs: Arrays, state: Arrays | None = None) -> Run:
        """Run every step of the schedule; each input is `T x shape`."""
        program, torch = self.program, self._torch
        tensors = self._any_tensor(parameters, inputs, state)
        steps = len(schedule.times)
        with self._gradients(tensors):
            registers, values = self._begin(parameters, state)
            given = self._checked("input", program.inputs, inputs, (steps,))
            series = [tensor.unbind(0) for tensor in given.values()]
            times, hits = torch.from_numpy(schedule.times + 0.0), torch.from_numpy(schedule.hits.copy())
            recorded: list[list[Tensor]] = [[] for _ in program.outputs]
            for k in range(steps):
                rows = [rows_of_input[k] for rows_of_input in series]
                values = self._advance(registers, times[k], hits[k].unbind(0), rows, values)
                for rows_of_output, output in zip(recorded, program.outputs, strict=True):
                    rows_of_output.append(registers[output.value])
            outputs = {
                output.name: self._handed_out(self._stack(rows_of_output, output.value), output.value, tensors)
                for rows_of_output, output in zip(recorded, program.outputs, strict=True)
            }
            return Run(outputs, self._states(values, tensors))

    def _stack(self, rows: list[Tensor], value: Value) -> Tensor:
        if rows:
            return self._torch.stack(rows)
        return to_carrier(self._torch, [], value.dtype).reshape((0, *value.shape))


class TorchEngine:
    """torch, node by node, with gradients."""

    name = "torch"

    def load(self, program: Program) -> TorchRunner:
        """Bind every node to a function of tensors."""
        return TorchRunner(program)
