"""Readable C as an engine: the files of `bridge.engines.c_project`, compiled as their reader would, and run once.

What `slbridge codegen` hands out is tried here as it is: its own `main`, its comma-separated rows, no part of this
package at work while it runs.
"""

from __future__ import annotations

import csv
import io
import math
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridge.engines.base import Array, Arrays, Run, Schedule, checked_inputs
from bridge.engines.c_cache import called, compiler
from bridge.engines.c_project import project
from bridge.errors import EngineError, UnsupportedOperation
from bridge.program import Program

FLAGS = ("-std=c99", "-O2", "-ffp-contract=off")
_SECONDS = 600


class ExecutableRunner:
    """One program as an executable of its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        compiler()  # absent: said at once

    def run(self, schedule: Schedule, parameters: Arrays, inputs: Arrays, state: Arrays | None = None) -> Run:
        """Compile with these parameters, run every step, and read the rows; the final state is not handed out."""
        if state:
            raise UnsupportedOperation("generated C starts from its own first state")
        steps = len(schedule.times)
        rows = checked_inputs(self.program, inputs, steps)
        with tempfile.TemporaryDirectory(prefix="bridge-c-") as folder:
            for name, text in project(self.program, parameters, steps).items():
                Path(folder, name).write_text(text, encoding="ascii")
            times, columns = execute(built(Path(folder)), table(rows, steps))
        flat = list(columns.values())
        outputs, place = {}, 0
        for output in self.program.outputs:
            size = output.value.type.size
            part = flat[place : place + size]
            place += size
            array = np.array(part, output.value.dtype.numpy if size else float).T
            outputs[output.name] = array.reshape(len(times), *output.value.shape)  # fewer where a Stop block ended it
        return Run(outputs, {})

    def start(self, parameters: Arrays, state: Arrays | None = None) -> dict[str, Any]:
        """Nothing is kept between runs."""
        return {}

    def step(self, time: float, hits: Array, inputs: Arrays, state: Arrays) -> tuple[dict[str, Any], dict[str, Any]]:
        """Refused: the executable takes all steps in one go."""
        raise UnsupportedOperation("generated C is run whole, not step by step")


class Executable:
    """Generated C, compiled by the system's compiler and run as a program of its own."""

    name = "generated C"

    def load(self, program: Program) -> ExecutableRunner:
        """Make a program ready; raises `EngineMissing` where there is no compiler."""
        return ExecutableRunner(program)


def built(folder: Path) -> Path:
    """The executable made of every .c file in a folder, beside them. An `EngineError` has what the compiler says."""
    command, made = compiler(), folder / "model.run"
    sources = sorted(str(path) for path in folder.glob("*.c"))
    if not sources:
        raise EngineError(f"{folder}: holds no .c file")
    said = called(command, FLAGS, [str(made), *sources])
    if said is not None:
        raise EngineError(f"{command[0]} does not compile {folder.name}: {said}")
    return made


def table(rows: Sequence[Array], steps: int) -> str:
    """Inputs as the rows that a generated `main` reads, below a header."""
    flat = [np.reshape(array, (steps, math.prod(np.shape(array)[1:]))) for array in rows]
    width = sum(part.shape[1] for part in flat)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f"u{k + 1}" for k in range(width)])
    for k in range(steps):
        writer.writerow([_spelled(value) for part in flat for value in part[k].tolist()])
    return text.getvalue()


def _spelled(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else repr(value)


def execute(executable: Path, given: str) -> tuple[Array, Mapping[str, list[Any]]]:
    """Run it on rows of inputs: the time of each step, and its other columns by name."""
    try:
        done = subprocess.run(
            [str(executable)], input=given, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise EngineError(f"{executable.parent.name}: took longer than {_SECONDS} s") from None
    if done.returncode:
        said = " ".join(done.stderr.split())[:200]
        raise EngineError(f"{executable.parent.name}: ended with {done.returncode}" + (f": {said}" if said else ""))
    lines = list(csv.reader(io.StringIO(done.stdout)))
    if not lines or not lines[0] or lines[0][0] != "time":
        raise EngineError(f"{executable.parent.name}: wrote no table that begins with a column 'time'")
    try:
        columns = {name: [_number(row[k]) for row in lines[1:]] for k, name in enumerate(lines[0])}
    except (IndexError, ValueError) as error:
        raise EngineError(f"{executable.parent.name}: wrote something else than a table of numbers: {error}") from None
    return np.array(columns.pop("time"), float), columns


def _number(text: str) -> int | float:
    """Whole numbers exactly, of any size."""
    try:
        return int(text)
    except ValueError:
        return float(text)
