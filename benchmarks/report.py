"""Run the benchmarks and write what they print to docs/performance.md.

python benchmarks/report.py [ROUNDS]
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
import textwrap
from pathlib import Path

from bridge.engines.c_cache import FLAGS, NATIVE, compiler

HERE = Path(__file__).resolve().parent
SCRIPTS = ("compiled", "batch", "numpy_source", "cold_start", "compile_time", "engines")
PACKAGES = ("numpy", "onnxruntime")

HEAD = """\
# Performance

Written by `python benchmarks/report.py`. Every figure is a ratio of times measured in turn in one run, because a
machine may be busy or slow down; the lowest, the median and the highest of the rounds stand side by side, and their
distance says how far to trust them. What a second thread gains shows only where a second core is free.

Measured on: {machine}, load {load:.0f}. {versions}. Compiled by {compiler} with
`{flags}`.
"""


def processor() -> str:
    """The processor as the system names it, and how many there are."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(errors="replace").splitlines()
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        if models:
            name = f"{len(models)} x {models[0]}"
    return name


def section(script: str, rounds: str) -> str:
    """What a script says it measures, and what it printed."""
    path = HERE / f"{script}.py"
    text = subprocess.run([sys.executable, str(path), rounds], stdout=subprocess.PIPE, text=True, check=True).stdout
    summary = path.read_text(encoding="utf-8").split('"""')[1].partition("    python")
    rest = summary[2].partition("\n")[2]
    about = textwrap.fill(" ".join(f"{summary[0]} {rest}".split()), 119)
    return f"## `benchmarks/{script}.py`\n\n{about}\n\n```\n{text}```\n"


def main() -> None:
    """Write the page."""
    rounds = sys.argv[1] if len(sys.argv) > 1 else "5"
    (first, *_) = subprocess.run([compiler()[0], "--version"], stdout=subprocess.PIPE, text=True).stdout.splitlines()
    versions = [f"Python {platform.python_version()}"]
    versions += [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    head = HEAD.format(
        machine=processor(),
        load=os.getloadavg()[0],
        versions=", ".join(versions),
        compiler=first,
        flags=" ".join(["-O3", *FLAGS, *NATIVE]),
    )
    sections = [section(script, rounds) for script in SCRIPTS]
    (HERE.parent / "docs" / "performance.md").write_text("\n".join([head, *sections]), encoding="utf-8")


if __name__ == "__main__":
    main()
