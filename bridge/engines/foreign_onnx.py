"""Running an ONNX model with onnxruntime's own kernels: its LSTM and GRU share no code with ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.errors import EngineError
from bridge.packages import required


def session(model: bytes | str) -> Any:
    """A session for a serialised model, or one in a file, on one thread of the CPU."""
    onnxruntime = required("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4  # what fails is raised
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises kinds of its own
        raise EngineError(f"onnxruntime does not load the network: {_first_line(error)}") from None


def run(opened: Any, outputs: Sequence[str], inputs: Mapping[str, Any]) -> list[Any]:
    """The named outputs of a session for inputs by name."""
    try:
        results: list[Any] = opened.run(list(outputs), dict(inputs))
    except Exception as error:
        raise EngineError(f"onnxruntime does not run the network: {_first_line(error)}") from None
    return results


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
