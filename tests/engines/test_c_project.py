"""Generated C as files: no compiler warning, clean under the sanitizers, and the engine's results."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np

import bridge
from bridge.engines import Schedule, engine
from bridge.engines.c_cache import compiler
from bridge.engines.c_executable import Executable
from bridge.engines.c_project import project
from bridge.program import DType, Program
from bridge.program.types import DOUBLE

STRICT = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic", "-ffp-contract=off"]
SANITIZED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def executed(files: dict[str, str], folder: Path, given: str = "") -> np.ndarray:
    """The columns that the program writes; its first is time."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="ascii")
    build = [*compiler(), *STRICT, *SANITIZED, "-o", "model", "main.c", "model.c", "-lm"]
    done = subprocess.run(build, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([folder / "model"], input=given, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return np.loadtxt(io.StringIO(done.stdout), delimiter=",", skiprows=1, ndmin=2)


def columns(arrays: dict[str, np.ndarray], steps: int) -> np.ndarray:
    return np.column_stack([array.reshape(steps, -1).astype(float) for array in arrays.values()])


def test_everything_from_csv_to_csv(
    everything: Callable[[], Program], need_compiler: Callable[[], None], tmp_path: Path
) -> None:
    """Inputs of type double, boolean and int64, rates, states of unsigned integers."""
    need_compiler()
    program, random = everything(), np.random.default_rng(3)
    inputs = {"rows": random.normal(size=(9, 3, 2)), "enable": np.arange(9) % 2 > 0, "repeats": np.arange(9) % 4}
    table = columns(inputs, 9)
    rows = [",".join(f"{x!r}" if k < 6 else f"{x:.0f}" for k, x in enumerate(row)) for row in table.tolist()]
    header = ",".join(f"c{k}" for k in range(table.shape[1]))
    written = executed(project(program, {"gain": 0.75}, 9), tmp_path, "\n".join([header, *rows]) + "\n")
    run = engine("numpy").load(program).run(Schedule.of(program, 9), {"gain": 0.75}, inputs)
    np.testing.assert_allclose(written[:, 0], 0.5 + 0.1 * np.arange(9), rtol=1e-15)
    # Seventeen digits hold a double exactly; sums of six terms in another order.
    np.testing.assert_allclose(written[:, 1:], columns(run.outputs, 9), rtol=1e-14, atol=1e-14)


def test_an_lstm_reads_rows_until_they_end(
    lstm: Callable[[int, int, DType], Program],
    lstm_values: Callable[[Program, int], tuple[dict[str, np.ndarray], dict[str, np.ndarray]]],
    need_compiler: Callable[[], None],
    tmp_path: Path,
) -> None:
    need_compiler()
    program = lstm(2, 10, DOUBLE)
    parameters, inputs = lstm_values(program, 20)
    text = "a,b\n" + "\n".join(",".join(map(repr, row)) for row in inputs["x"].tolist())
    written = executed(project(program, parameters, 5), tmp_path, text)
    run = engine("numpy").load(program).run(Schedule.of(program, 20), parameters, inputs)
    np.testing.assert_allclose(written[:, 1:], run.outputs["y"], rtol=1e-13, atol=1e-14)


def test_every_column_has_a_name_of_its_own(need_compiler: Callable[[], None], tmp_path: Path) -> None:
    """Outports called as the first column and as an element of another one."""
    need_compiler()
    model = bridge.Model.new("m")
    for name, value in (("y", "[1 2]"), ("y_1", "3"), ("time", "4")):
        constant = model.root.add("Constant", f"{name}0", Value=value, SampleTime="1")
        model.root.connect(constant, model.root.add("Outport", name))
    simulator = bridge.Simulator(model, engine=Executable(), stop_time=2)
    run = simulator.run()
    assert {name: values[-1].tolist() for name, values in run.items()} == {"y": [1, 2], "y_1": 3, "time": 4}
    executed(project(simulator.program, {}, 3), tmp_path)
    header = subprocess.run([tmp_path / "model"], capture_output=True, text=True, check=True).stdout.split()[0]
    assert header == "time,y[0],y[1],y_1,time_2"
