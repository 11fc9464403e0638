"""The place of a block: where its parameters, states and sample time come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from bridge.errors import ProgramError, UnsupportedBlock
from bridge.model.system import parameter_text
from bridge.program.form import Value
from bridge.program.types import DType, Type

if TYPE_CHECKING:
    from bridge.diagram.scope import Scope
    from bridge.matlab.tree import Expression
    from bridge.model import Block as Source

Defaults = dict[str, dict[str, str]]


class UnitSite:
    """One block's surroundings; `period`, `time` and `reader` are filled by the passes that find them."""

    def __init__(
        self,
        path: str,
        source: Source,
        scope: Scope,
        ports: tuple[int, int],
        defaults: dict[str, str],
        overrides: dict[str, object],
    ) -> None:
        self.path = path
        self.source = source
        self.scope = scope
        self.input_count, self.output_count = ports
        self.defaults = defaults
        self.overrides = overrides
        self.reader: Callable[[str], Value] | None = None
        self.clock: Callable[[], Value] | None = None
        self.sample_period: float | None = None
        #: The sample time of the atomic subsystem around, which the block takes if it has none of its own.
        self.system_time: tuple[float, float] | None = None
        self.input_periods: Sequence[float] = ()
        self.at_events = False
        self.base_period: float | None = None
        self.external: Type | None = None
        self.demanded: DType | None = None
        self.flowing = False
        self.feeder: Callable[[Type], Value] | None = None
        self._evaluated: dict[str, Any] = {}

    def text(self, name: str, default: str) -> str:
        """A parameter as the caller sets it, else as written in the block or the file's defaults, else `default`."""
        if (override := self.overrides.get(name)) is not None:
            # A word or flag that the caller gives as a value, True for on; numbers are taken as they are by `_value`.
            return parameter_text(override)
        written = self.source.get(name)
        return self.defaults.get(name, default) if written is None else written

    def _value(self, name: str, text: str) -> Any:
        if name not in self._evaluated:
            override = self.overrides.get(name)
            where = f"block '{self.path}', parameter {name}"
            if override is None or isinstance(override, str):
                self._evaluated[name] = self.scope.evaluate(text, where)
            else:
                self._evaluated[name] = self.scope.given(override, f"{self.path}/{name}")
        return self._evaluated[name]

    def symbolic(self, name: str, text: str, vectors: bool) -> Value:
        """A parameter as a symbolic value of the program's first region."""
        return self.scope.symbolic(self._value(name, text), f"block '{self.path}', parameter {name}", vectors)

    def array(self, name: str, text: str) -> NDArray[Any]:
        """A parameter as numbers, which then shape the program."""
        return self.scope.array(self._value(name, text), f"block '{self.path}', parameter {name}")

    def evaluated(self, name: str, expression: Expression) -> Value:
        """A part of the parameter `name`, by its tree, as a symbolic value; vectors are 1-D."""
        where = f"block '{self.path}', parameter {name}"
        return self.scope.symbolic(self.scope.evaluate(expression, where), where, vectors=True)

    def is_numeric(self, name: str, text: str) -> bool:
        """Whether a parameter is a numeric array."""
        return self.scope.is_numeric(self._value(name, text))

    def constant(self, array: NDArray[Any]) -> Value:
        """Numbers as a value of the program's first region."""
        return self.scope.symbolic(array, f"block '{self.path}'", vectors=False)

    def value(self, name: str, text: str) -> Any:
        """A parameter as any MATLAB value: a structure, a cell, a time series."""
        return self.scope.plain(self._value(name, text))

    def read(self, state: str) -> Value:
        """The current value of a state."""
        if self.reader is None:
            raise ProgramError(f"{self.path}: a state is read before there are states")
        return self.reader(state)

    def feed(self, type: Type) -> Value:
        """The value that comes from outside into this root Inport."""
        if self.feeder is None:
            raise ProgramError(f"{self.path}: only a root Inport is fed from outside")
        return self.feeder(type)

    @property
    def time(self) -> Value:
        """The time of the step in seconds."""
        if self.clock is None:
            raise ProgramError(f"{self.path}: the time is read before there is a clock")
        return self.clock()

    @property
    def period(self) -> float:
        """The block's sample time in seconds."""
        if self.at_events:
            cause = f"{self.source.kind} needs a sample time, but is run by events, which is not supported"
            raise UnsupportedBlock(self.path, cause)
        if self.sample_period is None:
            raise ProgramError(f"{self.path}: the sample time is read before it is known")
        return self.sample_period

    @property
    def tick(self) -> float:
        """The base period of the diagram in seconds, of which every step is a whole number."""
        if self.base_period is None:
            raise ProgramError(f"{self.path}: the base period is read before it is known")
        return self.base_period
