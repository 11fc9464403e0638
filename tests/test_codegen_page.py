"""docs/codegen.md: its Python prints what its comments say, between its commands, which run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from generated_c import COMPILERS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "codegen.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(python|sh)\n(.*?)```", PAGE, re.DOTALL)


def as_python(kind: str, text: str) -> str:
    """A block as Python; commands are run by it, ours in the same process."""
    if kind == "python":
        return text
    lines = ["from subprocess import run", "from bridge.cli import main"]
    for command in text.splitlines():
        words = shlex.split(command)
        if words[0] == "slbridge":
            lines.append(f"assert main({words[1:]!r}) == 0")
        else:
            lines.append(f"run({command!r}, shell=True, check=True, capture_output=True)")
    return "\n".join(["with __import__('contextlib').redirect_stdout(None):", *(f"    {line}" for line in lines)])


def promised(text: str) -> str:
    """What the comments behind and below `print` say."""
    found, expected = [], False
    for line in text.splitlines():
        if line.startswith("print("):
            found.append(line.partition("  # ")[2] or line.partition(") # ")[2])
            expected = not found[-1]
        elif expected and line.startswith("# "):
            found.append(line[2:])
            expected = False
    return " ".join(" ".join(found).split())


@pytest.mark.skipif(not (COMPILERS and shutil.which("cmake")), reason="a C compiler or cmake is not installed")
def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("onnxruntime")
    shutil.copytree(ROOT / "models", tmp_path / "models")
    code = "\n".join(as_python(kind, text) for kind, text in BLOCKS)
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = "\n".join(text for kind, text in BLOCKS if kind == "python")
    assert " ".join(done.stdout.split()) == promised(said)
