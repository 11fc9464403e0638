"""The base of all block classes.

A class declares its ports, parameters, states and direct feedthrough as data, and its mathematics as `output` and
`update` over symbolic values. Both are traced once; no engine has an opinion of its own of what a block means. ::

    @register("UnitDelay")
    class UnitDelay(Block):
        InitialCondition = Tunable("0")
        SampleTime = SampleTime("-1")
        feedthrough = False

        def states(self, u):   return {"x": State(self.InitialCondition, like=u)}
        def output(self, u):   return self.state("x")
        def update(self, u):   return {"x": u}

A continuous state has `kind` "continuous", and `derivative` in the place of `update`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from numpy.typing import NDArray

from bridge.diagram import parameters
from bridge.errors import DimensionMismatch, ModelError, ParameterError, ProgramError, TypeMismatch, UnsupportedBlock
from bridge.program.arithmetic import convert
from bridge.program.form import Output, Region, SlotKind, Value
from bridge.program.trace import broadcast, column_major, major, tracing
from bridge.program.types import DOUBLE, DType, Shape, Type

if TYPE_CHECKING:
    from bridge.matlab.tree import Expression
    from bridge.model import Block as Source

Results = Value | Sequence[Value]


@dataclass(frozen=True)
class State:
    """A state: its initial value and what the slot is for. It takes the type of `like`, where that is given."""

    initial: Value
    like: Type | None = None
    kind: SlotKind = "discrete"


class Site(Protocol):
    """What a block knows of the place where it stands; made by `flatten` and filled by the later passes."""

    path: str
    source: Source
    input_count: int
    output_count: int
    #: What a block further on asks of the output, for the rule ``Inherit via back propagation``; None if none does.
    demanded: DType | None
    #: The sample times of the inputs in seconds, of those that are discrete.
    input_periods: Sequence[float]
    #: Whether the block runs at events, so that its sample time is what has passed since the one before.
    at_events: bool
    reader: Callable[[str], Value] | None
    #: Whether the diagram has continuous states, so that solvers take minor steps.
    flowing: bool

    def text(self, name: str, default: str) -> str:
        """A parameter as written, or the default."""

    def symbolic(self, name: str, text: str, vectors: bool) -> Value:
        """A parameter evaluated to a symbolic value that does not change during the simulation."""

    def array(self, name: str, text: str) -> NDArray[Any]:
        """A parameter evaluated to numbers."""

    def evaluated(self, name: str, expression: Expression) -> Value:
        """A part of the parameter `name`, by its tree, as a symbolic value."""

    def is_numeric(self, name: str, text: str) -> bool:
        """Whether a parameter is a numeric array, so that `symbolic` and `array` can give it."""

    def value(self, name: str, text: str) -> Any:
        """A parameter as any MATLAB value: a structure, a cell, a time series."""

    def constant(self, array: NDArray[Any]) -> Value:
        """Numbers that a block takes from a structured parameter, as a value that does not change."""

    def read(self, state: str) -> Value:
        """The current value of a state."""

    @property
    def time(self) -> Value:
        """The time of the step in seconds."""

    @property
    def period(self) -> float:
        """The block's sample time in seconds."""

    @property
    def tick(self) -> float:
        """The base period of the diagram in seconds, of which every step is a whole number."""

    @property
    def external(self) -> Type | None:
        """The type of the data that the caller feeds into this root Inport."""

    def feed(self, type: Type) -> Value:
        """The value that comes from outside into this root Inport."""


class Block:
    """One kind of block. An instance belongs to one place in one diagram."""

    kind: ClassVar[str] = ""
    #: Ports that the kind always has; None where parameters or the drawing decide, see `count_ports`.
    inputs: ClassVar[int | None] = 1
    outputs: ClassVar[int | None] = 1
    #: What is left out, for the generated table.
    restrictions: ClassVar[str] = ""

    #: Whether a scalar input is spread over the size of the others, so that any of these tells the output's size.
    spreads: ClassVar[bool] = False
    #: What stands for the state port of the kind, if it has one: a block that reads the states of the one it feeds on.
    state_port: ClassVar[type[Block] | None] = None
    #: Whether this is such a block.
    is_state_port: ClassVar[bool] = False
    #: Whether `record` hands anything out.
    records: ClassVar[bool] = False
    #: Whether the outputs are calls of subsystems: booleans, true in the steps in which the block calls.
    calls: ClassVar[bool] = False
    #: Whether a call that comes in goes out at all ports, in their order.
    splits_calls: ClassVar[bool] = False
    #: Whether the outputs are zero in steps in which the block is not due, rather than held.
    momentary: ClassVar[bool] = False
    #: Whether the block computes in every step of the diagram around, whatever its sample time is.
    every_step: ClassVar[bool] = False

    def __init__(self, site: Site) -> None:
        self.site = site
        for item in self.declared().values():
            # A choice of one word is declared to refuse the others by name, whether the mathematics reads it or not.
            if isinstance(item, parameters.Choice) and len(item.words) == 1:
                item.read(self)

    @classmethod
    @cache
    def declared(cls) -> Mapping[str, parameters.Parameter[Any]]:
        """The declared parameters by name."""
        found = {name: item for base in reversed(cls.__mro__) for name, item in vars(base).items()}
        return MappingProxyType({name: item for name, item in found.items() if isinstance(item, parameters.Parameter)})

    # What a kind may override. The open signatures let each take as many `Value`s (`Type`s in `states`) as ports.

    @property
    def feedthrough(self) -> bool | Sequence[bool]:
        """Whether the output of a step depends on the input of the same step, for all inputs or each."""
        return True

    @property
    def sample_time(self) -> tuple[float, float] | None:
        """Period and offset in seconds; None inherits from the inputs."""
        declared = getattr(type(self), "SampleTime", None)
        return self.SampleTime if isinstance(declared, parameters.SampleTime) else None  # type: ignore[attr-defined]

    @property
    def minor(self) -> bool:
        """Whether a block with states that are not continuous computes in the minor steps of a solver, too, if its
        sample time is continuous. It then sees these states as the step's `update` leaves them."""
        return False

    def count_ports(self) -> tuple[int, int]:
        """Inputs and outputs of this block."""
        return (
            self.site.input_count if self.inputs is None else self.inputs,
            self.site.output_count if self.outputs is None else self.outputs,
        )

    def states(self, *inputs: Any, **_: Any) -> Mapping[str, State]:
        """The states, once the input types are known."""
        return {}

    def output(self, *inputs: Any, **_: Any) -> Results:
        """The outputs of a step. Inputs without direct feedthrough must not be used."""
        return ()

    def update(self, *inputs: Any, **_: Any) -> Mapping[str, Value]:
        """The next values of the states; those not named stay."""
        return {}

    def begin(self, *inputs: Any, **_: Any) -> Mapping[str, Value]:
        """The continuous states as a step at its own time makes them, by a reset or a limit, before `output` reads
        them; those not named stay. Inputs without direct feedthrough must not be used."""
        return {}

    def derivative(self, *inputs: Any, **_: Any) -> Mapping[str, Value]:
        """The derivatives of the continuous states with respect to time in seconds; those not named rest."""
        return {}

    def record(self, *inputs: Any, **_: Any) -> Sequence[Output]:
        """What a sink hands out of the program in every step."""
        return ()

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        """The output types as far as the input types determine them: by tracing `output` aside, once all are known."""
        outputs = self.count_ports()[1]
        if any(type is None for type in inputs) or (self.inherits_back and self.site.demanded is None):
            return [None] * outputs
        known = [type for type in inputs if type is not None]
        with tracing(Region()):
            states = self.states(*known)
            self.site.reader = lambda name: Value(states[name].like or states[name].initial.type)
            results = self.results(self.output(*(Value(type) for type in known)))
        return [value.type for value in results]

    @property
    def inherits_back(self) -> bool:
        """Whether the output takes the data type that a block which it drives asks for."""
        declared = getattr(type(self), "OutDataTypeStr", None)
        if not isinstance(declared, parameters.DataTypeName):
            return False
        rule = self.OutDataTypeStr  # type: ignore[attr-defined]
        return isinstance(rule, str) and rule.casefold() == "inherit via back propagation"

    def demand(self, port: int, inputs: Sequence[Type | None]) -> DType | None:
        """The data type that this block asks of the input `port` (from 0), as far as its inputs are known."""
        return None

    def assume(self) -> Sequence[Type | None]:
        """The output types to start from where a cycle of blocks leaves them open; checked afterwards."""
        return [None] * self.count_ports()[1]

    # What a kind may use ------------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """The block's path, with the model's name first."""
        return self.site.path

    def state(self, name: str) -> Value:
        """The current value of a state."""
        return self.site.read(name)

    def major(self, value: Value) -> Value:
        """A value that a minor step of a solver keeps, such as a mode that changes in major steps alone."""
        return major(value) if self.site.flowing else value

    @staticmethod
    def results(returned: Results) -> list[Value]:
        """What `output` returned, as a list."""
        return [returned] if isinstance(returned, Value) else list(returned)

    def wrong(self, parameter: str, cause: str) -> ParameterError:
        """The error for a parameter that does not fit."""
        return ParameterError(self.path, f"parameter {parameter}: {cause}")

    def unsupported(self, what: str) -> UnsupportedBlock:
        """The error for an option that is not implemented."""
        return UnsupportedBlock(self.path, f"{self.kind} with {what} is not supported")

    def misshapen(self, cause: str) -> DimensionMismatch:
        """The error for sizes that do not fit."""
        return DimensionMismatch(self.path, cause)

    def mistyped(self, cause: str) -> TypeMismatch:
        """The error for data types that do not fit."""
        return TypeMismatch(self.path, cause)

    def shaped(self, value: Value, shape: Shape, what: str = "a parameter") -> Value:
        """`value` spread to a signal's shape; a vector parameter takes the orientation of the signal."""
        if value.shape == shape:
            return value
        if value.type.size == 1:
            return broadcast(column_major(value, ()), shape)
        signal = Type(shape, value.dtype)
        if value.type.size == signal.size and _is_vector(value.shape) and _is_vector(shape):
            return column_major(value, shape)
        raise self.misshapen(f"{what} of size {_size(value.shape)} does not fit a signal of size {_size(shape)}")

    def aligned(self, *inputs: Value) -> list[Value]:
        """Inputs of one shape: scalars spread, and a 1-D vector beside a row or column takes its orientation."""
        target = max((value.shape for value in inputs), key=lambda shape: (Type(shape, DOUBLE).size, len(shape)))
        for value in inputs:
            if value.type.rank > 1 and value.type.size > 1 and value.shape != target:
                raise self.misshapen(f"inputs of size {_size(value.shape)} and {_size(target)} do not fit together")
        return [self.shaped(value, target, "an input") for value in inputs]


def widest(dtypes: Sequence[DType]) -> DType:
    """The data type that holds all: single beside double is double; of integers the one with the most bits."""
    floats = [dtype for dtype in dtypes if dtype.kind in ("float", "complex")]
    return max(floats or dtypes, key=lambda dtype: (dtype.kind == "complex", dtype.bits, dtype.signed))


def as_parameter(value: Value, dtype: DType) -> Value:
    """A parameter in the data type of a signal: Simulink stores parameters rounded to nearest and saturated."""
    if value.dtype.kind == "complex" and dtype.kind != "complex":
        raise ProgramError(f"a complex parameter does not fit a signal of type {dtype}")
    return convert(value, dtype, rounding="Nearest", saturate=True)


def _is_vector(shape: Shape) -> bool:
    return sum(size > 1 for size in shape) <= 1


def _size(shape: Shape) -> str:
    return "x".join(map(str, shape)) or "1"


__all__ = ["Block", "ModelError", "Results", "Site", "State", "as_parameter", "widest"]
