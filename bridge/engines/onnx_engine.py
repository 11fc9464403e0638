"""The onnx engine: programs as ONNX models, run by onnxruntime on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.engines.base import Array, Arrays, Run, Schedule, checked, checked_inputs, checked_state, initial_state
from bridge.engines.onnx_model import ModelNames, names_in, prepared_to_onnx, start_to_onnx
from bridge.errors import EngineError, UsageError
from bridge.packages import required
from bridge.program import Program, Type


class _Session:
    """One model in onnxruntime; loaded when it is first run."""

    def __init__(self, program: Program, model: Any, threads: int) -> None:
        self.names: ModelNames = names_in(model)
        self._program = program
        self._bytes: bytes = model.SerializeToString()
        self._outputs = [output.name for output in model.graph.output]
        self._threads = threads
        self._session: Any = None

    def run(self, feeds: dict[str, Array]) -> dict[str, Array]:
        """The model's outputs by their names in the model."""
        if not self._outputs:
            return {}
        try:
            if self._session is None:
                self._session = self._load()
            return dict(zip(self._outputs, self._session.run(None, feeds), strict=True))
        except Exception as error:  # onnxruntime has no exception class of its own that all of its errors share
            reason = " ".join(str(error).split())
            raise EngineError(f"{self._program.name}: onnxruntime: {reason}") from error

    def _load(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # errors come back as exceptions
        # Even the basic rewrites change results, (1 / x) * y into y / x for one; what they would save is small here.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        return onnxruntime.InferenceSession(self._bytes, options, providers=["CPUExecutionProvider"])


class OnnxRunner:
    """One program as ONNX models: one that starts, one that runs over time, one that steps."""

    def __init__(self, program: Program, threads: int = 1) -> None:
        for package in ("onnx", "onnxruntime"):
            required(package, "the onnx engine")
        self.program = program
        self._threads = threads
        self._start = _Session(program, start_to_onnx(program), threads)
        self._whole = _Session(program, prepared_to_onnx(program, whole=True), threads)
        self._step: _Session | None = None
        self._kept: list[Array] | None = None

    def start(self, parameters: Arrays, state: Arrays | None = None) -> dict[str, Any]:
        """Compute what does not change, and return the first state by slot path."""
        self._kept, first = self._begin(parameters, state)
        return first

    def _begin(self, parameters: Arrays, state: Arrays | None) -> tuple[list[Array], dict[str, Any]]:
        names = self._start.names
        arrays = checked(self.program, parameters)
        results = self._start.run({names.parameters[name]: array for name, array in arrays.items()})
        kept = [results[name] for name in names.kept]
        first = {path: results[name] for path, name in names.states.items()}
        chosen = initial_state(self.program, first, state)
        return kept, {slot.path: _array(chosen[slot.path], slot.type) for slot in self.program.slots}

    def _feeds(
        self, names: ModelNames, kept: list[Array], time: Any, hits: Any, inputs: list[Array], state: Arrays
    ) -> dict[str, Array]:
        feeds = dict(zip(names.kept, kept, strict=True))
        feeds.update(zip(names.inputs.values(), inputs, strict=True))
        if names.time:
            feeds[names.time] = np.asarray(time, np.float64)
        if names.hits:
            feeds[names.hits] = np.asarray(hits, np.bool_)
        feeds.update(zip(names.states.values(), checked_state(self.program, state), strict=True))
        return feeds

    def _split(self, names: ModelNames, results: dict[str, Array]) -> tuple[dict[str, Any], dict[str, Any]]:
        outputs = {name: results[listed] for name, listed in names.outputs.items()}
        return outputs, {path: results[listed] for path, listed in names.next_states.items()}

    def step(self, time: float, hits: Array, inputs: Arrays, state: Arrays) -> tuple[dict[str, Any], dict[str, Any]]:
        """One step after `start`: outputs by name, and the next state."""
        if self._kept is None:
            raise UsageError("call start() before step()")
        if self._step is None:
            self._step = _Session(self.program, prepared_to_onnx(self.program, whole=False), self._threads)
        rows = checked_inputs(self.program, {name: np.asarray(array)[None] for name, array in inputs.items()}, 1)
        names = self._step.names
        inputs_now = [row.reshape(row.shape[1:]) for row in rows]
        return self._split(names, self._step.run(self._feeds(names, self._kept, time, hits, inputs_now, state)))

    def run(self, schedule: Schedule, parameters: Arrays, inputs: Arrays, state: Arrays | None = None) -> Run:
        """Run every step of the schedule; each input is `T x shape`."""
        rows = checked_inputs(self.program, inputs, len(schedule.times))
        kept, first = self._begin(parameters, state)
        if not len(schedule.times):  # which onnxruntime's Scan refuses
            empty = {o.name: np.empty((0, *o.value.shape), o.value.dtype.numpy) for o in self.program.outputs}
            return Run(empty, first)
        names = self._whole.names
        results = self._whole.run(self._feeds(names, kept, schedule.times, schedule.hits, rows, first))
        return Run(*self._split(names, results))


def _array(value: Any, type: Type) -> Array:
    return np.asarray(value, type.dtype.numpy).reshape(type.shape)


class OnnxEngine:
    """onnxruntime, one thread unless told otherwise."""

    name = "onnx"

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads

    def load(self, program: Program) -> OnnxRunner:
        """Build the models; raise `UnsupportedOperation` for what ONNX cannot express."""
        return OnnxRunner(program, self._threads)
