"""Building and running what `slbridge codegen` writes: no warning of any compiler, clean under sanitizers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridge.engines import Schedule, engine
from bridge.engines.c_project import project
from bridge.program import Program

STRICT = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-ffp-contract=off"]
SANITIZED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
COMPILERS = tuple(name for name in ("gcc", "clang") if shutil.which(name))


def written(files: Mapping[str, str], folder: Path) -> Path:
    """The files of a project in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="ascii")
    return folder


def built(folder: Path, compiler: str, *options: str, sources: Sequence[str] = ("main.c", "model.c")) -> Path:
    """The program of a folder, made by a compiler that may not warn."""
    target = folder / f"model_{Path(compiler).name}"
    command = [compiler, *STRICT, *options, "-o", str(target), *sources, "-lm"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[:3000]
    return target


def table(arrays: Sequence[np.ndarray], steps: int) -> str:
    """Rows of numbers below a header, every number as it is."""
    columns = [column for array in arrays for column in array.reshape(steps, -1).T]
    lines = [",".join(f"c{k}" for k in range(len(columns)))]
    lines += [",".join(repr(column[k].item()).lower() for column in columns) for k in range(steps)]
    return "\n".join(lines).replace("true", "1").replace("false", "0") + "\n"


def executed(target: Path, given: str = "") -> dict[str, np.ndarray]:
    """The columns that a program writes, by its header."""
    done = subprocess.run([target], input=given, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[:3000]
    header, _, body = done.stdout.partition("\n")
    names = header.split(",")
    rows = [line.split(",") for line in body.splitlines()]
    assert all(len(row) == len(names) for row in rows)
    assert len(set(names)) == len(names)
    return {name: np.array([row[k] for row in rows]) for k, name in enumerate(names)}


def agree(written_columns: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray], steps: int) -> None:
    """Columns beside the outputs of an engine: integers as they are, floats within the functions' rounding."""
    columns = list(written_columns.values())[1:]
    expected = [column for array in outputs.values() for column in array.reshape(steps, -1).T]
    assert len(columns) == len(expected)
    for column, array in zip(columns, expected, strict=True):
        if array.dtype.kind != "f":
            assert [int(item) for item in column] == [int(item) for item in array]
            continue
        eps = np.finfo(array.dtype).eps
        scale = np.nanmax(np.abs(array[np.isfinite(array)]), initial=0.0)
        # Results of functions may differ in their last digits, and sums over a run pile that up.
        np.testing.assert_allclose(column.astype(float), array.astype(float), rtol=64 * eps, atol=64 * eps * scale)


def check(
    program: Program,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Any],
    steps: int,
    folder: Path,
    *,
    compilers: Sequence[str] = COMPILERS,
    reference: str = "numpy",
) -> None:
    """Write, build, run, compare. The first compiler optimises, which makes it warn more; all sanitize."""
    written(project(program, parameters, steps), folder)
    schedule = Schedule.of(program, steps)
    expected = engine(reference).load(program).run(schedule, parameters, inputs).outputs
    given = table([np.asarray(inputs[name], value.dtype.numpy) for name, value in program.inputs.items()], steps)
    for number, compiler in enumerate(compilers):
        options = [*SANITIZED, "-O0" if number else "-O1"]
        columns = executed(built(folder, compiler, *options), given if program.inputs else "")
        assert len(columns["time"]) == steps
        np.testing.assert_allclose(columns["time"].astype(float), schedule.times, rtol=1e-15)
        agree(columns, expected, steps)
