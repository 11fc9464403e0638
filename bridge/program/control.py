"""Control flow: operations that hold regions. Engines interpret them; only their types are settled here.

==========  ==============================================================================================
``if``      a boolean scalar; two regions without parameters; the results of the one that is taken
``loop``    a count (int64 scalar), then carried values; one region (index, carried…) -> carried…, repeated
``map``     arrays cut along axis 0; one region (slices…) -> results, stacked along axis 0 (For Each)
``host``    a Python function on arrays, `function`, with result `types`: numpy only, other engines refuse it
``major``   its operand as the step at its own time has it: minor steps keep it. `integration` takes it away, so that
            no engine meets it
==========  ==============================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bridge.errors import ProgramError
from bridge.program.operations import Attributes, register
from bridge.program.types import BOOLEAN, INT64, Type


def _if_rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
    if types[0] != Type((), BOOLEAN):
        raise ProgramError(f"the condition of an if is a boolean scalar, not {types[0]}")
    return tuple(attributes["types"])


def _loop_rule(types: Sequence[Type], _: Attributes) -> tuple[Type, ...]:
    if types[0] != Type((), INT64):
        raise ProgramError(f"the count of a loop is an int64 scalar, not {types[0]}")
    return tuple(types[1:])


def _map_rule(types: Sequence[Type], attributes: Attributes) -> tuple[Type, ...]:
    lengths = {type.shape[0] if type.shape else None for type in types}
    if len(lengths) != 1 or None in lengths:
        raise ProgramError("the operands of a map have different lengths along axis 0")
    (length,) = (length for length in lengths if length is not None)
    if length == 0:
        raise ProgramError("a map needs at least one row")
    return tuple(type.with_shape((length, *type.shape)) for type in attributes["types"])


def _host_kernel(attributes: Attributes) -> Callable[..., Any]:
    function: Callable[..., Any] = attributes["function"]
    return function


register("if", _if_rule)
register("loop", _loop_rule)
register("map", _map_rule)
register("major", lambda types, _: (types[0],))
register("host", lambda _, attributes: tuple(attributes["types"]), _host_kernel)
