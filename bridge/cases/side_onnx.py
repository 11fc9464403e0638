"""Running an ONNX file as a side of a case, by onnxruntime as it is.

A graph of anyone's takes the sequence as its only input, `T x C` or `T x 1 x C`, and its first output is the result. A
file that holds the program of a diagram takes the diagram's root Inports by name and gives its outputs: our definition
of the blocks, whatever runs it, so that it is evidence of class ``bridge``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.cases.case import Case, Side
from bridge.diagram.settings import steps_within
from bridge.errors import EngineError, EvidenceError, UsageError
from bridge.recording import Recording

if TYPE_CHECKING:
    from bridge.engines.onnx_model import ModelNames

_DTYPES = {"tensor(double)": np.float64, "tensor(float)": np.float32}


def run(case: Case, side: Side, inputs: Mapping[str, Any], sequence: Callable[[], tuple[Any, Any]]) -> Recording:
    """The recording. `inputs` are the case's by name, `sequence` gives its times and its only one."""
    from bridge.engines import foreign_onnx
    from bridge.files import onnx_file

    path = case.path(side.source)
    model = onnx_file.load(path)
    try:
        session = foreign_onnx.session(str(path))
    except EngineError as error:
        raise EngineError(f"{path}: {error}") from None
    origin = {"model": side.source, "engine": "onnxruntime"}
    if any(each.key == onnx_file.PROGRAM for each in model.metadata_props):
        from bridge.engines.onnx_model import names_in

        time, signals = _program(case, session, names_in(model), inputs, path)
        return Recording(signals, time, evidence="bridge", origin=origin)
    time, given = sequence()
    first, *others = session.get_inputs()
    needed = [each.name for each in others]
    if needed:
        raise UsageError(f"{path}: takes {', '.join([first.name, *needed])}; a side takes one sequence")
    shaped = given.reshape(len(given), 1, -1) if len(first.shape) == 3 else given
    (output, *_) = _outputs(session, None, {first.name: shaped.astype(_DTYPES.get(first.type, np.float32))}, path)
    return Recording({"y": output.reshape(len(given), -1)}, time, evidence="foreign", origin=origin)


def _program(
    case: Case, session: Any, names: ModelNames, inputs: Mapping[str, Any], path: Path
) -> tuple[Any, dict[str, Any]]:
    if names.states:
        raise UsageError(f"{path}: holds one step of a diagram; a side is a whole run")
    data = {name: np.asarray(value) for name, value in inputs.items() if name != "time"}
    missing = [name for name in names.inputs if name not in data]
    if missing:
        raise EvidenceError(f"{path}: the case has no input {missing[0]!r}, which the diagram takes")
    time = inputs.get("time")
    if names.inputs:
        steps = len(data[next(iter(names.inputs))])
        if time is None:
            time = np.arange(float(steps)) * (1.0 if case.step is None else case.step)
    elif case.step is None or case.stop_time is None:
        raise EvidenceError(f"{path}: how many steps it takes is not said: step and stop_time of the case say it")
    else:
        steps = steps_within(case.stop_time, case.step)
        time = np.arange(float(steps)) * case.step
    given: dict[str, Any] = {}
    for each in session.get_inputs():
        name = next((name for name, listed in names.inputs.items() if listed == each.name), None)
        if name is None:
            given[each.name] = np.array(steps, np.int64)
        else:
            typed, shape = data[name].astype(_DTYPES.get(each.type, data[name].dtype)), (steps, *each.shape[1:])
            if typed.size != math.prod(shape):
                sizes = "x".join(map(str, typed.shape)), "x".join(map(str, shape))
                raise UsageError(f"{path}: input {name!r} is {sizes[0]}, and {sizes[1]} in the file")
            given[each.name] = typed.reshape(shape)
    results = _outputs(session, list(names.outputs.values()), given, path)
    return time, dict(zip(names.outputs, results, strict=True))


def _outputs(session: Any, wanted: list[str] | None, given: Mapping[str, Any], path: Path) -> list[Any]:
    try:
        return [np.asarray(output) for output in session.run(wanted, dict(given))]
    except Exception as error:  # its errors have no common class that is not private
        raise EngineError(f"{path}: onnxruntime: {' '.join(str(error).split())[:300]}") from error
