"""The block that runs MATLAB code in every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from bridge.diagram.block import Block, Results, State
from bridge.diagram.links import code_of
from bridge.diagram.parameters import SampleTime
from bridge.diagram.registry import register
from bridge.errors import EvaluationLimit, MatlabError, ParameterError
from bridge.matlab import tree
from bridge.model.charts import ChartData
from bridge.program import trace as t
from bridge.program.form import Region, Value
from bridge.program.trace import tracing
from bridge.program.types import BOOLEAN, BUILT_IN, Type

_ANY_TYPE = ("", "Inherit: Same as Simulink", "Inherit: From definition in chart")


Made = TypeVar("Made")


def _empty(name: str) -> str:
    """The state that tells whether a persistent variable has no value yet."""
    return f"{name} is empty"


@register("MATLAB Function")
class MatlabFunction(Block):
    """[y1, y2, …] = f(u1, u2, …), code in MATLAB's language (Simulink, *MATLAB Function*)."""

    inputs = None
    outputs = None
    restrictions = (
        "double, single and boolean signals; conditions of signals, persistent variables, loops whose count is known; "
        "no return or break under a condition of signals; functions of arithmetic and of arrays; errors of the code "
        "are not raised"
    )
    SystemSampleTime = SampleTime("-1")

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return self.SystemSampleTime

    @cached_property
    def _data(self) -> list[ChartData]:
        chart = code_of(self.site.source)
        return [] if chart is None else chart.data

    def _named(self, scope: str) -> list[ChartData]:
        return [each for each in self._data if each.scope == scope]

    @cached_property
    def _script(self) -> str:
        chart = code_of(self.site.source)
        return "" if chart is None else chart.script or ""

    @cached_property
    def _functions(self) -> dict[str, tree.FunctionDefinition]:
        from bridge.matlab.syntax import parse_script

        statements = parse_script(self._script)
        found = {node.name: node for node in statements if isinstance(node, tree.FunctionDefinition)}
        if not found:
            raise MatlabError("its code holds no function")
        return found

    def count_ports(self) -> tuple[int, int]:
        return len(self._named("INPUT_DATA")), len(self._named("OUTPUT_DATA"))

    def states(self, *inputs: Type) -> Mapping[str, State]:
        self._kept_types = {}
        if any(
            isinstance(node, tree.Persistent)
            for node in tree.walk(list(self._located(lambda: self._functions).values()))
        ):
            with tracing(Region()):
                _, left = self._located(lambda: self._run([Value(type) for type in inputs], first=True))
            self._kept_types = {name: value.type for name, value in left.items()}
        states = {name: State(t.zeros(type)) for name, type in self._kept_types.items()}
        empty = {_empty(name): State(t.constant(True, BOOLEAN)) for name in self._kept_types}
        return {**states, **empty}

    def output(self, *u: Value) -> Results:
        return self._located(lambda: self._run(u)[0])

    def update(self, *u: Value) -> Mapping[str, Value]:
        return self._located(lambda: self._run(u)[1]) if self._kept_types else {}

    def _located(self, make: Callable[[], Made]) -> Made:
        """What `make` makes, where errors tell the block."""
        from bridge.matlab.evaluate import exhausted
        from bridge.matlab.execution import Interruption

        where = f"block '{self.path}'"
        try:
            with np.errstate(all="ignore"):
                return make()
        except MatlabError as error:
            error.where = where + (f", {error.where}" if error.where else "")
            raise
        except Interruption:
            raise MatlabError("'break' and 'continue' need a loop around them", where=where) from None
        except (RecursionError, MemoryError) as error:
            raise EvaluationLimit(exhausted(error), where=where) from None

    def _run(self, u: Sequence[Value], first: bool = False) -> tuple[list[Value], dict[str, Value]]:
        """One step, with the persistent variables that it leaves; in the `first` of all they are empty before."""
        from bridge.diagram.signal_code import Kept, SignalOperations
        from bridge.matlab.execution import call_function

        functions = self._functions
        name, main = next(iter(functions.items()))
        inputs = dict(zip((each.name for each in self._named("INPUT_DATA")), u, strict=True))
        arguments = [self._argument(each, inputs) for each in main.inputs]
        kept = {
            name: Kept(self.state(name), t.reshape(self.state(_empty(name)), (1, 1)))
            for name in (() if first else self._kept_types)
        }
        operations = SignalOperations(self._script, None if first else kept)
        wanted = [each.name for each in self._named("OUTPUT_DATA")]
        unknown = [each for each in wanted if each not in main.outputs]
        if unknown:
            raise MatlabError(f"function {name!r} has no output {unknown[0]!r}, which is a port of the block")
        results = call_function(operations, functions, name, arguments, len(main.outputs))
        found = dict(zip(main.outputs, results, strict=True))
        outputs = [self._shown(data, operations.lifted(found[data.name])) for data in self._named("OUTPUT_DATA")]
        left: dict[str, Value] = {}
        for variable, value in operations.persistent.items():
            left[variable] = operations.lifted(value)
            before = self._kept_types.get(variable)
            if not left[variable].type.size:
                raise MatlabError(f"persistent variable {variable!r} has no value after the first step")
            if not first and left[variable].type != before:
                raise MatlabError(f"persistent variable {variable!r} is {before}, and becomes {left[variable].type}")
            if not first:
                empty = value.empty if isinstance(value, Kept) else t.constant(np.zeros((1, 1), bool), BOOLEAN)
                left[_empty(variable)] = t.reshape(empty, ())
        return outputs, left

    def _argument(self, name: str, inputs: dict[str, Value]) -> Any:
        """An input as a matrix, of which vectors are columns; or a parameter, by its name in the workspace."""
        from bridge.diagram.signal_code import CLASSES, Signal

        if name in inputs:
            u = inputs[name]
            if u.dtype not in CLASSES:
                raise self.mistyped(f"input {name!r} is {u.dtype}; double, single and boolean are supported in code")
            if u.type.rank > 2:
                raise self.misshapen(f"input {name!r} has {u.type.rank} dimensions; two are supported in code")
            return Signal(u if u.type.rank == 2 else t.reshape(u, (u.type.size, 1)))
        if not any(data.name == name and data.scope == "PARAMETER_DATA" for data in self._data):
            raise MatlabError(f"argument {name!r} is neither an input nor a parameter of the block")
        return self.site.value(name, name)

    def _shown(self, data: ChartData, y: Value) -> Value:
        """An output as a signal: of one element a scalar, a column a vector."""
        declared = BUILT_IN.get(data.type)
        if data.type not in _ANY_TYPE and declared != y.dtype:
            raise ParameterError(self.path, f"output {data.name!r} is {y.dtype}, and declared as {data.type!r}")
        if y.type.size == 1:
            return t.reshape(y, ())
        return t.reshape(y, (y.type.size,)) if y.shape[1] == 1 else y
