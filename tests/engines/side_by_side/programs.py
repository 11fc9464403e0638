"""Random typed programs: every kind of operation, control flow, slots, rates, and products within all of these.

The same seed gives the same program and the same numbers. What is known of each value's size and exactness (`spans`)
decides what may be done with it, so that no difference between engines is the program's own making: nothing is compared
at a knife's edge, and no sum that the order of its terms would change goes where it could grow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bridge.program import DType, Output, Program, Rate, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import verify
from bridge.program.types import BOOLEAN
from tests.engines.side_by_side.control import Control
from tests.engines.side_by_side.spans import SETTLED, Span
from tests.engines.side_by_side.values import DRAWN, LARGE, MOST_ELEMENTS, SMALL, numbers

Arrays = dict[str, np.ndarray]
STEPS = 5


@dataclass
class Example:
    """A program with numbers to run it on, and what is known of its outputs and slots."""

    program: Program
    parameters: Arrays
    inputs: Arrays
    spans: dict[str, Span] = field(default_factory=dict)


class Generator(Control):
    """Draws a whole program."""

    def argument(self, kind: dict[str, Value], name: str, type: Type, span: Span = DRAWN) -> Value:
        """A parameter or an input."""
        value = kind[name] = Value(type, name)
        return self.known(value, span)

    def generated(self, nodes: int) -> Program:
        """Everything: arguments of many types, slots, rates, and so many draws in the step."""
        program = self.program
        self.arguments()
        self.clock()
        with t.tracing(program.init):
            inner, starts = self.begin()
        for number, value in enumerate(starts):
            slot = Slot(f"slot {number}", "discrete", value, Value(value.type, f"s{number}"))
            self.known(slot.current, self.going_round(value.dtype))
            program.slots.append(slot)
        pool = [*inner, *program.inputs.values(), *(slot.current for slot in program.slots), *program.hits]
        pool += [] if program.time is None else [program.time]
        with t.tracing(program.step):
            values = self.grown(pool, nodes)
            for slot in program.slots:
                self.follow(slot, values)
            read = [*self.random.sample(values, min(20, len(values))), *values[-5:]]
        program.outputs = [Output(f"y{number}", value, "outport") for number, value in enumerate(read)]
        program.seal()
        verify(program)
        return program

    def arguments(self) -> None:
        """Parameters, among them matrices of which products are made, ascending points, large ones; inputs."""
        draw, program = self.random, self.program
        for number in range(draw.randrange(3, 8)):
            shape = draw.choice(LARGE if draw.random() < 0.15 else SMALL)
            self.argument(program.parameters, f"p{number}", Type(shape, self.any_type()))
        for number in range(draw.randrange(2, 7)):
            dtype = self.any_type()
            special = dtype.is_float and draw.random() < 0.15
            name, span = f"{'special' if special else 'u'}{number}", Span(4.0, -3, plain=not special)
            shape = draw.choice(LARGE if draw.random() < 0.1 else SMALL)
            self.argument(program.inputs, name, Type(shape, dtype), span)
        many = draw.choice([4, 5, 8, 12, 19, 37, 64, 130, 301, 600])
        for number in range(draw.randrange(2, 5)):
            rows = many if draw.random() < 0.6 else draw.choice([1, 2, 4, 6, 11, 32, 67])
            columns = draw.choice([1, 2, 3, 7, 8, 9, 16, 17, 33, 70])
            type = Type((rows, columns), draw.choice(self.floats))
            self.matrices.append(self.argument(program.parameters, f"matrix{number}", type))
        for number in range(2):
            dtype, count = draw.choice([d for d in self.types if d != BOOLEAN]), draw.choice([1, 2, 5, 9, 20])
            self.points.append(self.argument(program.parameters, f"points{number}", Type((count,), dtype)))
        if draw.random() < 0.15:
            self.lent()

    def any_type(self) -> DType:
        """Of real numbers, integers or booleans; floating-point ones more often."""
        return self.random.choice(self.types if self.random.random() < 0.6 else self.floats)

    def lent(self) -> None:
        """Parameters so large that the compiled engine reads them where the caller has them."""
        dtype = self.random.choice(self.types)
        size = (1 << 16) // dtype.numpy.itemsize + self.random.choice([1, 8])
        self.argument(self.program.parameters, "lent", Type((4, -(-size // 4)), dtype))
        if dtype.is_float and self.random.random() < 0.7:
            wide = self.random.choice([25, 61, 70])
            type = Type((-(-size // wide), wide), dtype)
            self.matrices.append(self.argument(self.program.parameters, "lent2", type))

    def clock(self) -> None:
        """Time, and up to three rates."""
        draw, program = self.random, self.program
        program.period, program.start = draw.choice([(0.125, 0.5), (1.0, 0.0)])
        if draw.random() < 0.7:
            program.time = self.known(Value(Type((), draw.choice(self.floats)), "time"), Span(10.0, -3))
        program.rates = [Rate(1), Rate(2), Rate(3, 1)][: draw.randrange(4)]
        program.hits = [Value(Type((), BOOLEAN)) for _ in program.rates]

    def begin(self) -> tuple[list[Value], list[Value]]:
        """What is computed once, and the slots' first values."""
        draw, parameters = self.random, self.program.parameters
        inner = self.grown([value for value in parameters.values() if value.type.size <= MOST_ELEMENTS], 4)
        rows = self.random.choice(self.matrices).shape[0]
        if draw.random() < 0.3:
            self.matrices.append(self.constant((rows, draw.choice([3, 9, 16])), draw.choice(self.floats)))
        types = [Type(draw.choice(SMALL), draw.choice(self.types)) for _ in range(draw.randrange(5))]
        starts = [self.of_type(inner, type) for type in [*types, *types[:2]]]
        if draw.random() < 0.5:
            starts.append(self.constant((min(rows, MOST_ELEMENTS),), draw.choice(self.floats)))
        if "lent" in parameters:
            lent = parameters["lent"]
            inner.append(self.known(t.cut(lent, (0, 4), (3, min(lent.shape[1], 500), 7)), DRAWN))
            inner.append(self.known(t.cut(lent, (1, 2), (0, 1000)), DRAWN))
        return inner, [self.begun(value) for value in starts]

    def follow(self, slot: Slot, values: list[Value]) -> None:
        """What a slot holds next: something new, another slot's value, what it held, or one or the other by rate."""
        draw, span = self.random.random(), self.span(slot.current)
        others = [
            self.shaped(other.current, slot.type.shape)
            for other in self.program.slots
            if other.type.dtype == slot.type.dtype
            and other.type.size >= slot.type.size > 0
            and self.span(other.current) in (span, SETTLED)
            and other is not slot
        ]
        new = self.ready(self.of_type(values, slot.type), slot.current)
        if draw < 0.2 and others:
            slot.next = self.random.choice(others)
        elif draw < 0.3:
            slot.next = None
        elif draw < 0.5 and self.program.hits:
            (slot.next,) = t.branch(self.random.choice(self.program.hits), lambda: new, lambda: slot.current)
        elif draw < 0.6 and slot.type.rank and slot.type.shape[0] > 1:  # a line of delays
            slot.next = t.concat([t.cut(new, (0, 1)), t.cut(slot.current, (0, slot.type.shape[0] - 1))])
        else:
            slot.next = new


def example(seed: int, nodes: int = 30) -> Example:
    """The program of a seed, and numbers to run it on."""
    generator = Generator(seed)
    program = generator.generated(nodes)
    draw = np.random.default_rng(seed)
    parameters = {name: numbers(draw, value.type, value.shape) for name, value in program.parameters.items()}
    for name in parameters:
        if name.startswith("points"):
            parameters[name] = np.sort(parameters[name])
    inputs = {name: numbers(draw, value.type, (STEPS, *value.shape)) for name, value in program.inputs.items()}
    for name, array in inputs.items():
        if name.startswith("special"):
            odd = draw.choice([np.nan, np.inf, -np.inf, 0.0], array.shape).astype(array.dtype)
            inputs[name] = np.where(draw.random(array.shape) < 0.3, odd, array)
    known = {output.name: generator.span(output.value) for output in program.outputs}
    known |= {slot.path: generator.span(slot.current) for slot in program.slots}
    return Example(program, parameters, inputs, known)
