"""docs/networks.md: its table is the one that the code gives, and its recipes print what their comments say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.cases.layer_table import table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "networks.md"


def test_the_table_is_generated() -> None:
    pytest.importorskip("torch")
    inside = PAGE.read_text(encoding="utf-8").partition("<!-- table -->\n")[2].partition("\n<!-- end -->")[0]
    assert inside == table(), "put the output of python -m bridge.cases.layer_table into docs/networks.md"


def test_the_recipes_print_what_their_comments_say() -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
    promised = [line.partition("# ")[2].strip() for line in code.splitlines() if line.startswith("print(")]
    assert len(promised) >= 5
    done = subprocess.run([sys.executable, "-c", code], cwd=PAGE.parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == promised
