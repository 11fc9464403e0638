"""A side in Python: ``module:function`` in the case's folder. It takes the inputs by name and returns signals."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from bridge.cases.case import Case, Side
from bridge.errors import BridgeError, EngineError, UsageError
from bridge.recording import Recording


def run(case: Case, side: Side, inputs: Mapping[str, Any]) -> Recording:
    """What the function returns, class ``foreign``. Raises EngineError where it, or importing it, fails."""
    module, _, function = side.source.partition(":")
    if not function:
        raise UsageError(f'side {side.name!r}: write python = "module:function"')
    try:
        called = _loaded(case.folder, module, function)
        with _importing(case.folder):
            returned = called(**inputs)
    except BridgeError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:300]
        raise EngineError(f"side {side.name!r}: {side.source} failed: {type(error).__name__}: {said}") from error
    signals = dict(returned) if isinstance(returned, Mapping) else {"y": returned}
    arrays = {str(name): np.asarray(value) for name, value in signals.items()}
    for name, array in arrays.items():
        if not array.ndim:
            raise UsageError(f"side {side.name!r}: signal {name!r} is one number; a row per step is wanted")
    if not arrays.keys() - {"time"}:
        raise UsageError(f"side {side.name!r}: {side.source} returned no signal")
    count = max(len(array) for name, array in arrays.items() if name != "time")
    time = np.asarray(arrays.pop("time", inputs.get("time", np.arange(count))), float).ravel()
    return Recording(arrays, time, evidence="foreign", origin={"model": side.source, "engine": "python"})


def _loaded(folder: Path, module: str, function: str) -> Callable[..., Any]:
    """The function, of a module in the folder or of an installed package."""
    path = folder.joinpath(*module.split(".")).with_suffix(".py")
    with _importing(folder):
        if path.is_file():
            # Not by its name: the modules of two cases may be called the same.
            spec = importlib.util.spec_from_file_location(f"_case_{abs(hash(path.resolve()))}", path)
            assert spec is not None
            assert spec.loader is not None
            made = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(made)
        else:
            made = importlib.import_module(module)
    found: Callable[..., Any] = getattr(made, function)
    return found


@contextmanager
def _importing(folder: Path) -> Iterator[None]:
    """Imports find modules beside the case first; these are forgotten afterwards, for the sake of the next case."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        inside = folder.resolve()
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if file and inside in Path(file).resolve().parents:
                del sys.modules[name]
