"""The variables that a block's parameters see, and their evaluation.

Scopes nest as in Simulink: a mask's variables hide the model workspace's, and these the base workspace's. Numeric
workspace variables become parameters of the program: expressions over them are traced (see `tracing`), so that
``R(1:Nn,:)`` stays a function of ``R``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.tracing import Traced, TracingOperations
from bridge.errors import MatlabError, ParameterError
from bridge.matlab.evaluate import evaluate
from bridge.matlab.literals import CONSTANTS, plain
from bridge.matlab.tree import Expression
from bridge.matlab.values import class_of, to_matlab
from bridge.program import Program
from bridge.program.form import Value
from bridge.program.trace import column_major, constant, tracing


@dataclass(frozen=True)
class Unknown:
    """In place of a variable's value: why there is none, which is raised where the variable is read."""

    error: MatlabError


class Scope(Mapping[str, Any]):
    """Variables by name. `parent` is the scope around; the outermost is the base workspace.

    A workspace's numbers become parameters of the program, unless `parameters` is false: a mask's are no variables that
    the caller could replace, and many masks have one of the same name.
    """

    def __init__(
        self, program: Program, variables: Mapping[str, Any], parent: Scope | None = None, parameters: bool = True
    ) -> None:
        self.program = program
        self.parent = parent
        self._parameters = parameters
        self._variables = variables
        self._converted: dict[str, Any] = {}
        self.operations: TracingOperations = TracingOperations(program) if parent is None else parent.operations

    def __getitem__(self, name: str) -> Any:
        if name not in self._variables:
            if self.parent is None:
                raise KeyError(name)
            return self.parent[name]
        if name not in self._converted:
            self._converted[name] = self._convert(name, self._variables[name])
        return self._converted[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._variables
        if self.parent is not None:
            yield from (name for name in self.parent if name not in self._variables)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self._variables or (self.parent is not None and name in self.parent)

    def _convert(self, name: str, value: Any) -> Any:
        if isinstance(value, Traced):
            return value
        if isinstance(value, Unknown):
            raise value.error
        # A vector from Python is a column, as signals over time and MATLAB's biases are.
        column = isinstance(value, np.ndarray) and value.ndim == 1
        converted = to_matlab(value.reshape(-1, 1) if column else value)
        if self._parameters and isinstance(converted, np.ndarray) and converted.dtype.kind in "iuf" and converted.size:
            return self.operations.parameter(name, converted)
        return converted

    def evaluate(self, text: str | Expression, where: str) -> Any:
        """The value of an expression, as text or tree; an error names `where` it stands."""
        try:
            if not isinstance(text, str):
                return evaluate(text, self, operations=self.operations)
            quick = plain(text)  # most parameters are a plain number or name, which need no parser
            if isinstance(quick, str):
                if quick in self:
                    return self[quick]
                if quick in CONSTANTS:
                    return to_matlab(CONSTANTS[quick])
            elif quick is not None:
                return quick
            return evaluate(text, self, operations=self.operations)
        except MatlabError as error:
            error.where = error.where or where
            raise

    def given(self, value: object, name: str) -> Any:
        """A value that the caller puts in place of an expression; numbers become a parameter of the program."""
        converted = to_matlab(value)
        if isinstance(converted, np.ndarray) and converted.dtype.kind in "iuf":
            return self.operations.parameter(name, converted)
        return converted

    @staticmethod
    def is_numeric(value: Any) -> bool:
        """Whether a value is an array of numbers."""
        return isinstance(value, Traced) or (isinstance(value, np.ndarray) and value.dtype.kind in "biufc")

    def plain(self, value: Any) -> Any:
        """A value without its trace."""
        return self.operations.concrete(value)

    def array(self, value: Any, where: str) -> NDArray[Any]:
        """A numeric value as an array, from then on part of the program's shape."""
        plain = self.plain(value)
        if not isinstance(plain, np.ndarray) or plain.dtype.kind not in "biufc":
            raise ParameterError("", f"{where}: a numeric value is needed, not one of class '{class_of(plain)}'")
        return plain

    def symbolic(self, value: Any, where: str, vectors: bool) -> Value:
        """A numeric value as a symbolic one: scalars ``()``, with `vectors` rows and columns 1-D, else 2-D."""
        number = value.number if isinstance(value, Traced) else value
        if not isinstance(number, np.ndarray) or number.dtype.kind not in "biufc":
            raise ParameterError("", f"{where}: a numeric value is needed, not one of class '{class_of(number)}'")
        with tracing(self.program.init):
            symbol = value.value if isinstance(value, Traced) else constant(number)
            if vectors and number.ndim == 2 and 1 in number.shape:
                return column_major(symbol, () if number.size == 1 else (number.size,))
            return symbol
