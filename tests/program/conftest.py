"""Evaluating a traced function on arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from bridge.engines import Schedule, engine
from bridge.program import Output, Program, Type, Value
from bridge.program.trace import tracing
from bridge.program.types import from_numpy


def _evaluate(
    function: Callable[..., Value | Sequence[Value]], *arrays: Any, name: str = "numpy"
) -> np.ndarray | list[np.ndarray]:
    """Trace `function` with values of the arrays' types, and run it once; one array for one value, else a list."""
    program = Program("function")
    given = {f"x{k}": np.asarray(array) for k, array in enumerate(arrays)}
    for key, array in given.items():
        program.inputs[key] = Value(Type(array.shape, from_numpy(array.dtype)), key)
    with tracing(program.step):
        results = function(*program.inputs.values())
        values = [results] if isinstance(results, Value) else list(results)
    program.outputs = [Output(f"y{k}", value, "outport") for k, value in enumerate(values)]
    program.seal()
    rows = {key: array[None] for key, array in given.items()}
    outputs = engine(name).load(program).run(Schedule.of(program, 1), {}, rows).outputs
    arrays_out = [array[0] for array in outputs.values()]
    return arrays_out[0] if isinstance(results, Value) else arrays_out


@pytest.fixture(scope="session")
def evaluate() -> Callable[..., Any]:
    """`evaluate(function, *arrays, name="numpy")`: the function's results on one engine."""
    return _evaluate
