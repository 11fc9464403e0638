"""The Python of README.md runs, in order, and prints what its comments say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def test_the_examples_print_what_their_comments_say(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    code = "\n".join(BLOCKS)
    promised = [line.partition("# ")[2].strip() for line in code.splitlines() if line.startswith("print(")]
    assert len(promised) >= 5
    shutil.copytree(ROOT / "models", tmp_path / "models")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    printed = " ".join(done.stdout.split())
    assert printed == " ".join(" ".join(promised).split())
