"""``slbridge reproduce``."""

from __future__ import annotations

import argparse
import json
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--engine", action="append", help="only this engine (numpy, torch, onnx); may be repeated")


def run(options: argparse.Namespace) -> int:
    """Print the table; exit with 1 where a value that must agree does not."""
    from bridge.cases.reproduce import ENGINES, reproduce

    rows = list(reproduce(options.engine or ENGINES))
    if options.json:
        print(json.dumps([row.to_json() for row in rows], indent=1))
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table("value", "MATLAB printed", "computed", "engine", "agrees", title="LSTM as a Dynamical System")
        for row in rows:
            agrees = {True: "yes", False: "NO", None: f"({row.kind})"}[row.agrees]
            table.add_row(row.id, _text(row.published), _text(row.computed), row.engine, agrees)
        Console().print(table)
    return 0 if all(row.agrees is not False for row in rows) else 1


def _text(value: Any) -> str:
    if isinstance(value, list):
        inner = [_text(item) for item in value]
        return ("\n" if value and isinstance(value[0], list) else "  ").join(inner)
    return str(value)
