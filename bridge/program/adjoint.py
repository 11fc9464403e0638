"""Gradients through time as a transformation of programs: reverse mode, backwards over the steps.

Of a program three are made, which any engine runs:

``forward``   the program itself, which also hands out the state at the beginning of each step
``backward``  run over the steps in reverse, from the last to the first: takes time, hits, inputs and state of the
              forward step, and the gradients of its outputs; its slots carry the gradients with respect to the state,
              and the sums of those with respect to what `init` has computed
``start``     one step: from these at the first step to the gradients with respect to the parameters
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from bridge.errors import ProgramError
from bridge.program.copying import Mapping, renewed, rewrite
from bridge.program.form import Output, Program, Slot, Value
from bridge.program.passes import finish
from bridge.program.reverse import Gradients, Reverse, active_values
from bridge.program.trace import tracing, zeros


@dataclass
class Adjoint:
    """The three programs, and under which names they hand numbers to each other."""

    forward: Program
    backward: Program
    start: Program
    states: dict[str, str] = field(default_factory=dict)  # slot path -> output of forward, input of backward
    gradients: dict[str, str] = field(default_factory=dict)  # output name -> input of backward
    inputs: dict[str, str] = field(default_factory=dict)  # input name -> output of backward
    slots: dict[str, str] = field(default_factory=dict)  # slot path -> slot of backward, input of start
    sums: list[str] = field(default_factory=list)  # slots of backward, inputs of start


def adjoint(
    program: Program, outputs: Collection[str], parameters: Collection[str], inputs: Collection[str], states: bool
) -> Adjoint:
    """The programs that compute gradients of a function of `outputs`.

    With respect to `parameters`, `inputs` (both by name) and, where `states`, to the first state.
    Raises `UnsupportedOperation` naming the block through which there is no derivative: calls of Python, complex
    numbers. Through rounding, comparison and whole numbers nothing flows.
    """
    return _Adjoint(program, set(outputs), set(parameters), set(inputs), states).made()


class _Adjoint:
    def __init__(
        self, program: Program, outputs: set[str], parameters: set[str], inputs: set[str], states: bool
    ) -> None:
        self.program = program
        self.outputs = [output for output in program.outputs if output.name in outputs]
        if any(output.value.dtype.kind != "float" for output in self.outputs):
            raise ProgramError("gradients start at outputs of floating-point type")
        sources = [value for name, value in program.parameters.items() if name in parameters]
        sources += [value for name, value in program.inputs.items() if name in inputs]
        if states:
            sources += [slot.current for slot in program.slots]
        self.wanted = sources
        self.active = self._active(sources)
        self.reverse = Reverse(self.active)
        slots = [slot for slot in program.slots if slot.current in self.active]
        self.slots = slots
        self.kept = [value for value in program.step.free() if value in self.active]
        self.result = Adjoint(self._copy(), Program(program.name), Program(program.name))

    def _active(self, sources: Iterable[Value]) -> set[Value]:
        """To a fixed point over the steps: a state is active where its first or its next value is."""
        program, active = self.program, set(sources)
        while True:
            active = active_values(program.step, active_values(program.init, active))
            more = {
                slot.current
                for slot in program.slots
                if slot.initial in active or (slot.next is not None and slot.next in active)
            }
            if more <= active:
                return active
            active |= more

    def made(self) -> Adjoint:
        self._backward()
        self._forward()
        self._start()
        return self.result

    def _copy(self) -> Program:
        """The program with values of its own, so that it can be changed."""
        return copy(self.program)[0]

    def _forward(self) -> None:
        forward = self.result.forward
        slots = {slot.path: slot.current for slot in forward.slots}
        forward.outputs += [Output(name, slots[path], "line") for path, name in self.result.states.items()]
        forward.seal()

    def _backward(self) -> None:
        program, backward, names = self.program, self.result.backward, self.result
        of = skeleton(program, backward)
        with tracing(backward.init):
            rewrite(program.init, of)

        def argument(name: str, value: Value) -> Value:
            made = backward.inputs[name] = Value(value.type, name)
            return made

        taken = {output.name for output in program.outputs}
        for number, slot in enumerate(program.slots):
            name = f"state {number}"
            while name in taken:
                name += "'"
            taken.add(name)
            names.states[slot.path] = name
            of[slot.current] = argument(name, slot.current)
        for name, value in program.inputs.items():
            of[value] = argument(f"input {name}", value)
        gradients = Gradients()
        for number, output in enumerate(self.outputs):
            names.gradients[output.name] = f"gradient {number}"
        arrived = [argument(names.gradients[output.name], output.value) for output in self.outputs]
        carried = [(slot.current, slot) for slot in self.slots]
        made = [self._slot(backward, f"state {number}", value) for number, (value, _) in enumerate(carried)]
        sums = [self._slot(backward, f"sum {number}", value) for number, value in enumerate(self.kept)]
        with tracing(backward.step):
            rewrite(program.step, of)
            for output, given in zip(self.outputs, arrived, strict=True):
                gradients.add(output.value, given)
            for held, (current, slot) in zip(made, carried, strict=True):
                gradients.add(current if slot.next is None else slot.next, held.current)
                names.slots[slot.path] = held.path
            self.reverse.through(program.step, of, gradients)
            for held, after in zip(made, gradients.all([value for value, _ in carried], of), strict=True):
                held.next = after
            for held, part in zip(sums, gradients.all(self.kept, of), strict=True):
                held.next = held.current + part
                names.sums.append(held.path)
            listed = [(name, value) for name, value in program.inputs.items() if value in self.wanted]
            parts = gradients.all([value for _, value in listed], of)
        for (name, _), part in zip(listed, parts, strict=True):
            names.inputs[name] = f"input {name}"
            backward.outputs.append(Output(f"input {name}", part, "line"))
        _finish(backward)
        # What only the forward step needs is not recorded.
        used = set(backward.step.results)
        for node in backward.step.walk():
            used.update(node.inputs, *(region.results for region in node.regions))
        backward.inputs = {name: value for name, value in backward.inputs.items() if value in used}
        backward.seal()
        for of_interest in (names.states, names.gradients):
            for key, name in list(of_interest.items()):
                if name not in backward.inputs:
                    del of_interest[key]

    def _slot(self, backward: Program, path: str, value: Value) -> Slot:
        with tracing(backward.init):
            initial = zeros(value.type)
        slot = Slot(path, "discrete", initial, Value(value.type, path))
        backward.slots.append(slot)
        return slot

    def _start(self) -> None:
        program, start = self.program, self.result.start
        of = skeleton(program, start, steps=False)
        with tracing(start.init):
            rewrite(program.init, of)
        gradients = Gradients()
        with tracing(start.step):
            for slot in self.slots:
                name = self.result.slots[slot.path]
                given = start.inputs[name] = Value(slot.type, name)
                if slot.initial in self.active:
                    gradients.add(slot.initial, given)
            for name, value in zip(self.result.sums, self.kept, strict=True):
                given = start.inputs[name] = Value(value.type, name)
                gradients.add(value, given)
            self.reverse.through(program.init, of, gradients)
            listed = [(name, value) for name, value in program.parameters.items() if value in self.wanted]
            parts = gradients.all([value for _, value in listed], of)
        start.outputs = [Output(name, part, "line") for (name, _), part in zip(listed, parts, strict=True)]
        finish(start)


def skeleton(program: Program, made: Program, *, steps: bool = True) -> Mapping:
    """Give `made` the parameters and, for steps, the clock of a program; the new values by the old ones."""
    made.parameters = {name: renewed(value) for name, value in program.parameters.items()}
    of = dict(zip(program.parameters.values(), made.parameters.values(), strict=True))
    if steps:
        made.rates, made.period, made.start = list(program.rates), program.period, program.start
        made.hits = [renewed(hit) for hit in program.hits]
        of.update(zip(program.hits, made.hits, strict=True))
        if program.time is not None:
            made.time = of[program.time] = renewed(program.time)
    return of


def copy(program: Program) -> tuple[Program, Mapping]:
    """The same program with values of its own, and these by the old ones."""
    made = Program(program.name)
    of = skeleton(program, made)
    made.inputs = {name: renewed(value) for name, value in program.inputs.items()}
    of.update(zip(program.inputs.values(), made.inputs.values(), strict=True))
    of.update((slot.current, renewed(slot.current)) for slot in program.slots)
    with tracing(made.init):
        rewrite(program.init, of)
    with tracing(made.step):
        rewrite(program.step, of)
    made.slots = [
        Slot(slot.path, slot.kind, of[slot.initial], of[slot.current], None if slot.next is None else of[slot.next])
        for slot in program.slots
    ]
    made.outputs = [
        Output(output.name, of[output.value], output.kind, output.rate, output.options) for output in program.outputs
    ]
    made.seal()
    return made, of


def _finish(backward: Program) -> None:
    """`finish` keeps the slots that outputs need; here the slots are what is wanted."""
    own = list(backward.outputs)
    watched = [Output(f"slot {slot.path}", slot.current, "line") for slot in backward.slots]
    backward.outputs += watched
    finish(backward)
    names = {output.name for output in own}
    backward.outputs = [output for output in backward.outputs if output.name in names]
    backward.seal()
