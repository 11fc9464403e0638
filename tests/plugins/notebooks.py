"""Notebooks run without Jupyter: each code cell in order, its printed text and its last value in every form it offers.

``python tests/plugins/notebooks.py docs/notebook.ipynb`` runs one anew, in an empty folder, and stores the outputs.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

FORMS = {"text/html": "_repr_html_", "image/svg+xml": "_repr_svg_"}


def load(path: Path) -> dict[str, Any]:
    """A notebook as it stands in its file."""
    held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return held


def outputs(notebook: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Runs the code cells in the current folder and returns the outputs of each."""
    names: dict[str, Any] = {"__name__": "__main__"}
    return [_cell("".join(cell["source"]), names, number) for number, cell in enumerate(code_cells(notebook), 1)]


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells that hold code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def texts(cell_outputs: list[dict[str, Any]]) -> list[str]:
    """The plain text of a cell's outputs: what was printed, then what its last value is as text."""
    return ["".join(one["text"] if "text" in one else one["data"]["text/plain"]) for one in cell_outputs]


def _cell(source: str, names: dict[str, Any], number: int) -> list[dict[str, Any]]:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    held = io.StringIO()
    with contextlib.redirect_stdout(held):
        exec(compile(tree, f"cell {number}", "exec"), names)
        value = None
        if last is not None:
            value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names)
    found: list[dict[str, Any]] = []
    if held.getvalue():
        found.append({"output_type": "stream", "name": "stdout", "text": _lines(held.getvalue())})
    if value is not None:
        data = {"text/plain": _lines(repr(value))}
        for form, method in FORMS.items():
            shown = getattr(value, method, lambda: None)()
            if shown is not None:
                data[form] = _lines(shown)
        result = {"output_type": "execute_result", "execution_count": number, "data": data, "metadata": {}}
        found.append(result)
    return found


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main(path: Path) -> None:
    """Run a notebook and store what it gives."""
    notebook = load(path)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        found = outputs(notebook)
    for number, (cell, own) in enumerate(zip(code_cells(notebook), found, strict=True), 1):
        cell["outputs"], cell["execution_count"] = own, number
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(beside, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
