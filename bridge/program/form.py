"""The intermediate form: values, nodes, regions, slots and programs.

A `Program` is two nested regions. The outer one, `Program.init`, takes the parameters (workspace variables, never baked
in) and computes once what does not change while the simulation runs, among it each slot's initial value. The inner one,
`Program.step`, runs at every step: it takes the time, one flag per rate, the inputs and the slots, and returns the
outputs and the slots' next values. A region sees every value of the regions around it. Values are assigned once.

Continuous slots come with their derivatives as further values of the step. A solver is a transformation of the form:
`integration.integrate` makes of them an ordinary program at the base step, which is all that engines ever see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bridge.errors import ProgramError
from bridge.program.types import DType, Shape, Type

Number = int | float | bool | complex

# The arithmetic of `Value` is supplied by `trace`, which needs this module's classes; it registers itself here.
_arithmetic: dict[str, Callable[..., Value]] = {}


class Value:
    """A symbolic value: typed, assigned once, without a number. Arithmetic on it emits nodes into the traced region."""

    __slots__ = ("name", "node", "type")

    def __init__(self, type: Type, name: str = "") -> None:
        self.type = type
        self.name = name
        self.node: Node | None = None

    @property
    def shape(self) -> Shape:
        return self.type.shape

    @property
    def dtype(self) -> DType:
        return self.type.dtype

    def __bool__(self) -> bool:
        raise ProgramError(f"a symbolic value ({self.type}) has no truth value: use where() or branch()")

    def __repr__(self) -> str:
        return f"<{self.name or 'value'}: {self.type}>"

    def __add__(self, other: Value | Number) -> Value:
        return _arithmetic["add"](self, other)

    def __radd__(self, other: Value | Number) -> Value:
        return _arithmetic["add"](other, self)

    def __sub__(self, other: Value | Number) -> Value:
        return _arithmetic["sub"](self, other)

    def __rsub__(self, other: Value | Number) -> Value:
        return _arithmetic["sub"](other, self)

    def __mul__(self, other: Value | Number) -> Value:
        return _arithmetic["mul"](self, other)

    def __rmul__(self, other: Value | Number) -> Value:
        return _arithmetic["mul"](other, self)

    def __truediv__(self, other: Value | Number) -> Value:
        return _arithmetic["div"](self, other)

    def __rtruediv__(self, other: Value | Number) -> Value:
        return _arithmetic["div"](other, self)

    def __matmul__(self, other: Value) -> Value:
        return _arithmetic["matmul"](self, other)

    def __neg__(self) -> Value:
        return _arithmetic["neg"](self)

    def __lt__(self, other: Value | Number) -> Value:
        return _arithmetic["lt"](self, other)

    def __le__(self, other: Value | Number) -> Value:
        return _arithmetic["le"](self, other)

    def __gt__(self, other: Value | Number) -> Value:
        return _arithmetic["lt"](other, self)

    def __ge__(self, other: Value | Number) -> Value:
        return _arithmetic["le"](other, self)

    def __and__(self, other: Value) -> Value:
        return _arithmetic["and"](self, other)

    def __or__(self, other: Value) -> Value:
        return _arithmetic["or"](self, other)

    def __xor__(self, other: Value) -> Value:
        return _arithmetic["xor"](self, other)

    def __invert__(self) -> Value:
        return _arithmetic["not"](self)


class Node:
    """One operation: inputs, outputs, attributes, nested regions, and the block that it comes from."""

    __slots__ = ("attributes", "inputs", "op", "origin", "outputs", "regions")

    def __init__(
        self,
        op: str,
        inputs: tuple[Value, ...],
        outputs: tuple[Value, ...],
        attributes: Mapping[str, Any],
        regions: tuple[Region, ...] = (),
        origin: str = "",
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
        self.regions = regions
        self.origin = origin
        for value in outputs:
            value.node = self

    def __repr__(self) -> str:
        return f"<{self.op} from {self.origin or '?'}>"


@dataclass(eq=False)
class Region:
    """A straight list of nodes with parameters and results; the only carrier of control flow."""

    parameters: list[Value] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    results: list[Value] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """Every node, those of nested regions right before the node that holds them."""
        for node in self.nodes:
            for region in node.regions:
                yield from region.walk()
            yield node

    def free(self) -> dict[Value, None]:
        """The values that this region uses but does not define, in order of first use."""
        defined = set(self.parameters)
        found: dict[Value, None] = {}
        for node in self.nodes:
            nested = [value for region in node.regions for value in region.free()]
            found.update((value, None) for value in (*node.inputs, *nested) if value not in defined)
            defined.update(node.outputs)
        found.update((value, None) for value in self.results if value not in defined)
        return found


# A start flag is true until its block has run once since the subsystem around was enabled.
SlotKind = Literal[
    "discrete", "continuous", "mode", "held output", "edge history", "elapsed ticks", "random seed", "start flag"
]


@dataclass(eq=False)
class Flow:
    """How a slot goes on between two steps, in a program that no solver has resolved yet (`integration.integrate`).

    `seen` are the values by which the step reads the slot: minor steps put theirs in their place. `derivative` is that
    of a continuous slot, with respect to time in seconds, as a value of the step.
    """

    seen: list[Value] = field(default_factory=list)
    derivative: Value | None = None


@dataclass(eq=False)
class Slot:
    """A piece of state: `initial` is a value of `Program.init`; `current` and `next` belong to `Program.step`.

    Where a continuous slot still has a `flow`, `next` is what the step makes of it at its own time (a reset, a limit),
    from which a solver goes on; the `next` that the solver writes is the state of the following step.
    """

    path: str
    kind: SlotKind
    initial: Value
    current: Value
    next: Value | None = None
    flow: Flow | None = None

    @property
    def type(self) -> Type:
        return self.current.type


@dataclass(frozen=True)
class Rate:
    """A sample time in integer ticks of the program's base period: hits at ``offset + k * period``."""

    period: int
    offset: int = 0

    def hits(self, tick: int) -> bool:
        return tick >= self.offset and (tick - self.offset) % self.period == 0


@dataclass(frozen=True)
class Output:
    """What a step hands out: a root Outport, a ToWorkspace variable or a logged line, with how often it is recorded.

    One of kind ``stop`` is a boolean that ends the simulation after the step in which it is true.
    """

    name: str
    value: Value
    kind: Literal["outport", "workspace", "line", "stop"]
    rate: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Program:
    """A diagram or network as typed mathematics.

    `parameters` are the arguments of `init` by workspace name, `inputs` those of a step by port name. `rates[k]`
    belongs to `hits[k]`, a boolean argument of the step that tells whether that rate is due; every step runs at the
    base `period` in seconds (None where time does not matter, as in a network).
    """

    name: str
    init: Region = field(default_factory=Region)
    step: Region = field(default_factory=Region)
    parameters: dict[str, Value] = field(default_factory=dict)
    inputs: dict[str, Value] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    time: Value | None = None
    rates: list[Rate] = field(default_factory=list)
    hits: list[Value] = field(default_factory=list)
    period: float | None = None
    start: float = 0.0

    def seal(self) -> None:
        """Write the order of arguments and results into the regions, once everything is traced."""
        time = [] if self.time is None else [self.time]
        self.init.parameters = list(self.parameters.values())
        self.step.parameters = [*time, *self.hits, *self.inputs.values(), *(slot.current for slot in self.slots)]
        following = [slot.current if slot.next is None else slot.next for slot in self.slots]
        self.step.results = [*(output.value for output in self.outputs), *following]
        # What the step takes from the outer region, beside the initial values, is what init must keep.
        kept = dict.fromkeys(slot.initial for slot in self.slots)
        self.init.results = list(kept | self.step.free())
