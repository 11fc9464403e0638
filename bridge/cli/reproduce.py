"""``slbridge reproduce``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from bridge.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--engine", action="append", help="only this engine; may be repeated")
    parser.add_argument("--train", action="store_true", help="run both trainings in full, about a minute each")
    parser.add_argument("--plot", metavar="F", help="with --train: write the losses beside MATLAB's as SVG")


def run(options: argparse.Namespace) -> int:
    """Print the table; exit with 1 where a value that must agree does not."""
    from bridge.cases.reproduce import ENGINES, reproduce

    if options.plot and not options.train:
        raise UsageError("--plot shows the trainings: it needs --train")
    rows = list(reproduce(options.engine or ENGINES, train=options.train, progress=_show))
    if options.train and options.plot:
        from bridge.cases.reproduce.figures import training_figure

        training_figure([row.to_json() for row in rows]).save(options.plot)
    if options.json:
        print(json.dumps([row.to_json() for row in rows], indent=1))
    else:
        _print_table(rows)
    return 0 if all(row.agrees is not False for row in rows) else 1


def _show(start: str, line: str) -> None:
    print(f"{start:10} {line}", file=sys.stderr)


def _print_table(rows: list[Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console() if sys.stdout.isatty() else Console(width=132)
    table = Table(title="LSTM as a Dynamical System", show_lines=False)
    for title in ("value", "MATLAB printed", "computed", "by", "agrees"):
        table.add_column(title, no_wrap=title in ("value", "agrees"))
    order = list(dict.fromkeys(row.id for row in rows))
    before = None
    for row in sorted(rows, key=lambda row: order.index(row.id)):
        first = row.id != before
        same = not first and bool(row.agrees) and row.computed == row.published
        table.add_row(
            row.id if first else "",
            _text(row.published) if first else "",
            '"' if same else _text(row.computed),
            row.engine,
            _agreement(row),
        )
        before = row.id
    console.print(table)
    must = [row for row in rows if row.agrees is not None]
    good = sum(bool(row.agrees) for row in must)
    console.print(f'{good} of {len(must)} agree with what MATLAB printed (" is the same text as above).')
    for note in dict.fromkeys(row.note for row in rows if row.note):
        about = ", ".join(dict.fromkeys(row.id for row in rows if row.note == note))
        console.print(f"{about}: {note}.", highlight=False)


def _agreement(row: Any) -> str:
    word = {True: "yes", False: "[bold red]NO[/]", None: row.kind}[row.agrees]
    return word if row.relative is None else f"{word}, {abs(row.relative):.0e}"


def _text(value: Any) -> str:
    """A few digits of what is shown: whole scalars, the first of long lists."""
    if isinstance(value, dict):
        return "; ".join(f"{key} {_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        if value and isinstance(value[0], list):
            shown = [_text(item) for item in value[:2]]
            return "\n".join([*shown, f"… {len(value) - 2} more rows"] if len(value) > 2 else shown)
        shown = [str(item) for item in value[:5]]
        return "  ".join([*shown, f"… {len(value) - 5} more"] if len(value) > 5 else shown)
    return str(value)
