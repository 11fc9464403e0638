"""A side in C: what `slbridge codegen` makes of a diagram, compiled and run; or a folder of C files with such a main.

A folder's ``main`` reads a header and a row of inputs per step, and writes ``time`` and its outputs as comma-separated
rows; columns ``y[0]``, ``y[1]``, … are one signal ``y``.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np

from bridge.cases.case import Case, Side
from bridge.cases.sides import inputs_of, simulator
from bridge.engines.c_executable import Executable, built, execute, table
from bridge.files.csv_table import signals_in
from bridge.recording import Recording


def run(case: Case, side: Side) -> Recording:
    """What the executable writes. Raises `EngineMissing` without a compiler, `EngineError` where C does not compile."""
    from bridge.engines.c_cache import compiler
    from bridge.simulation import record

    if case.path(side.source).is_dir():
        return _folder(case, side)
    prepared = simulator(case, side, engine=Executable())
    found = record(prepared, inputs_of(case, side), stop_time=case.stop_time)
    own = {name: time for name, time in found.times.items() if time is not found.time}
    origin = {**found.origin, "compiler": compiler()[0]}
    return Recording(dict(found), found.time, times=own, evidence="bridge", origin=origin)


def _folder(case: Case, side: Side) -> Recording:
    inputs = {name: np.asarray(array) for name, array in inputs_of(case, side).items() if name != "time"}
    steps = max((len(array) for array in inputs.values()), default=0)
    with tempfile.TemporaryDirectory(prefix="bridge-c-") as place:
        for path in case.path(side.source).glob("*.[ch]"):
            shutil.copy(path, Path(place, path.name))
        time, columns = execute(built(Path(place)), table(list(inputs.values()), steps) if inputs else "")
    found = Recording(
        _signals({name: np.array(column, float) for name, column in columns.items()}),
        time,
        evidence=side.options.get("evidence", "bridge"),
        origin={"model": side.source, "engine": "C"},
    )
    return found


def _signals(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns ``y[0]``, ``y[1]``, … as one signal."""
    arrays = list(columns.values())
    parts = {name: [arrays[k] for k in places] for name, places in signals_in(columns).items()}
    return {name: np.stack(group, 1) if len(group) > 1 else group[0] for name, group in parts.items()}
