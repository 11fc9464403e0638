"""What a cold command costs, as multiples of ``python -c "import numpy"`` measured in turn in the same run.

    python benchmarks/cold_start.py [PAIRS]

Each pair runs the command and the yardstick one after the other, so that a machine whose speed drifts slows both. Once
by the clock, and once by the processor's, as others may be at work on the machine.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bridge.cases.example import example
from bridge.crossings.example import example_model
from bridge.files import mat

YARDSTICK = [sys.executable, "-c", "import numpy"]
CASE = Path(__file__).resolve().parents[1] / "models" / "example_case"
# As on a user's machine, where Python keeps what it has compiled.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


Ratios = list[tuple[float, float]]


def seconds(command: list[str]) -> tuple[float, float]:
    """Wall and processor time of one run."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ratio(command: list[str]) -> tuple[float, float]:
    """One pair: wall and processor time as multiples of the yardstick's."""
    (wall, processor), (wall_of_one, processor_of_one) = seconds(command), seconds(YARDSTICK)
    return wall / wall_of_one, processor / processor_of_one


def report(name: str, ratios: Ratios) -> None:
    """A line: lowest, median and highest of either time."""
    columns = [f"{min(c):5.2f} {statistics.median(c):5.2f} {max(c):5.2f}" for c in zip(*ratios, strict=True)]
    print(f"  {name:43} {'   '.join(columns)}", flush=True)


# The LSTM diagram with weights by formula, as nothing else may be imported for them.
COMPILED = """
import numpy as np, bridge
rows = np.arange(51.)[:, None]
wave = lambda *shape: np.sin(np.arange(float(np.prod(shape)))).reshape(shape)
workspace = dict(W=wave(20, 1), R=wave(20, 5) / 3, b=wave(20, 1), F=wave(1, 5), h0=np.zeros((5, 1)),
                 c0=np.zeros((5, 1)), t=0.5 * rows, u=np.sin(rows), Nn=5, Ts=0.5)
bridge.simulate({model!r}, workspace, engine="compiled")
"""


def compiled(model: str, pairs: int) -> dict[str, Ratios]:
    """The same for `simulate` by the compiled engine: with an empty cache, and in the next process."""
    found: dict[str, Ratios] = {"simulate, compiled, first call": [], "simulate, compiled, second process": []}
    command = [sys.executable, "-c", COMPILED.format(model=model)]
    for _ in range(pairs):
        with tempfile.TemporaryDirectory() as folder:
            ENVIRONMENT["BRIDGE_CACHE"] = folder
            for ratios in found.values():
                ratios.append(ratio(command))
    return found


def without_torch(folder: Path) -> Path:
    """The example case without its sides on torch, whose own import costs more than all the rest."""
    place = folder / "models" / "example_case"
    shutil.copytree(CASE, place, ignore=shutil.ignore_patterns("case.lock"))
    shutil.copy(CASE.parent / "lstm_sim.mdl", place.parent)
    text = (place / "case.toml").read_text(encoding="utf-8")
    text = re.sub(r"require = \[.*?\n\]\n", "", text, flags=re.DOTALL)
    (place / "case.toml").write_text(re.sub(r', "torch(\.nn)?"', "", text), encoding="utf-8")
    return place


def main() -> None:
    """Print a line per command."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        workspace, output = Path(folder, "workspace.mat"), Path(folder, "y.mat")
        mat.write(example().workspace, workspace)
        hdf5 = Path(folder, "hdf5.mat")
        mat.write(example().workspace, hdf5, "7.3")
        model = str(example_model())
        verb = [sys.executable, "-m", "bridge"]
        commands = {
            "slbridge --help": [*verb, "--help"],
            "slbridge info MODEL --json": [*verb, "info", model, "--json"],
            "slbridge run MODEL, 51 steps, .mat to .mat": [
                *verb, "run", model, "--workspace", str(workspace), "--output", str(output)
            ],
            "slbridge check models/example_case": [*verb, "check", str(CASE)],
            "the same without its sides on torch": [*verb, "check", str(without_torch(Path(folder)))],
            "import torch": [sys.executable, "-c", "import torch"],
            "import h5py": [sys.executable, "-c", "import h5py"],
            "mat.read of a 7.3 file": [
                sys.executable, "-c", "import sys; from bridge.files import mat; mat.read(sys.argv[1])", str(hdf5)
            ],
        }  # fmt: skip
        print(
            f"multiples of importing numpy (lowest, median, highest of {pairs} pairs), by the clock and the processor"
        )
        for name, command in commands.items():
            report(name, [ratio(command) for _ in range(pairs + 1)][1:])  # one pair that does not count
        for name, ratios in compiled(model, pairs).items():
            report(name, ratios)


if __name__ == "__main__":
    main()
