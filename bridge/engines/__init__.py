"""Ways to run a `Program`; each is imported only when it is asked for."""

from __future__ import annotations

import importlib

from bridge.engines.base import Array, Engine, Run, Runner, Schedule
from bridge.errors import UsageError
from bridge.suggestions import offered

_ENGINES = {
    "numpy": ("bridge.engines.numpy_engine", "NumpyEngine"),
    "torch": ("bridge.engines.torch_engine", "TorchEngine"),
    "onnx": ("bridge.engines.onnx_engine", "OnnxEngine"),
    "compiled": ("bridge.engines.compiled_engine", "CompiledEngine"),
}


def engine_names() -> tuple[str, ...]:
    """The names that `engine` takes beside ``auto``."""
    return tuple(_ENGINES)


def engine(name: str = "auto") -> Engine:
    """The engine of that name; ``auto`` is numpy."""
    chosen = "numpy" if name == "auto" else name
    if chosen not in _ENGINES:
        raise UsageError(f"there is no engine {name!r}{offered(name, ('auto', *_ENGINES))}")
    module, attribute = _ENGINES[chosen]
    made: Engine = getattr(importlib.import_module(module), attribute)()
    return made


__all__ = ["Array", "Engine", "Run", "Runner", "Schedule", "engine", "engine_names"]
