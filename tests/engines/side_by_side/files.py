"""ONNX models as they are handed out: checked by onnx, run by onnxruntime alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.engines.onnx_model import names_in, to_onnx
from bridge.program import Program
from tests.engines.side_by_side.programs import STEPS, Arrays, Example


def _session(model: Any) -> Any:
    import onnx
    import onnxruntime

    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # The default rewrites change last bits, and casts that wrap.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _run(session: Any, feeds: Arrays) -> Arrays:
    listed = [output.name for output in session.get_outputs()]
    return dict(zip(listed, session.run(None, feeds), strict=True))


def whole_file(program: Program, given: Example) -> Arrays:
    """A model of the whole run, in which parameters and first states are, and which counts its steps."""
    model = to_onnx(program, parameters=given.parameters, initial_states=True, clock=True)
    names = names_in(model)
    feeds = {listed: given.inputs[name] for name, listed in names.inputs.items()}
    if names.steps:
        feeds[names.steps] = np.array(STEPS)
    results = _run(_session(model), feeds)
    outputs = {name: results[listed] for name, listed in names.outputs.items()}
    return outputs | {path: results[listed] for path, listed in names.next_states.items()}


def file_of_a_step(program: Program, given: Example) -> Arrays:
    """A model of one step, which takes its number and the state; the first state by what starts the engine."""
    from bridge.engines import engine

    state: Arrays = engine("onnx").load(program).start(given.parameters)
    model = to_onnx(program, whole=False, parameters=given.parameters, clock=True)
    names, session = names_in(model), _session(model)
    rows: dict[str, list[np.ndarray]] = {name: [] for name in names.outputs}
    for k in range(STEPS):
        feeds = {listed: given.inputs[name][k] for name, listed in names.inputs.items()}
        feeds |= {listed: state[path] for path, listed in names.states.items()}
        if names.steps:
            feeds[names.steps] = np.array(k)
        results = _run(session, {name: np.asarray(array) for name, array in feeds.items()})
        state = {path: results[listed] for path, listed in names.next_states.items()}
        for name, listed in names.outputs.items():
            rows[name].append(results[listed])
    return {name: np.array(each) for name, each in rows.items()} | state
