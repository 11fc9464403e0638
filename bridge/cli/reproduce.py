"""``slbridge reproduce``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from bridge.errors import UsageError
from bridge.packages import required


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--engine", action="append", help="only this engine; may be repeated")
    parser.add_argument("--train", action="store_true", help="run both trainings in full, about a minute each")
    parser.add_argument("--plot", metavar="F", help="with --train: write the losses beside MATLAB's as SVG")


def run(options: argparse.Namespace) -> int:
    """Print the table; exit with 1 where a value that must agree does not, with 3 where one could not be computed."""
    from bridge.cases.reproduce import ENGINES, reproduce

    if options.plot and not options.train:
        raise UsageError("--plot shows the trainings: it needs --train")
    if options.plot and not os.path.isdir(os.path.dirname(os.path.abspath(options.plot))):
        raise UsageError(f"{options.plot}: there is no such folder")  # rather than after two minutes
    if options.train:
        required("torch", "training")
    rows = list(reproduce(options.engine or ENGINES, train=options.train, progress=_show))
    if options.train and options.plot:
        from bridge.cases.reproduce.figures import training_figure

        training_figure([row.to_json() for row in rows]).save(options.plot)
    if options.json:
        print(json.dumps([row.to_json() for row in rows], indent=1))
    else:
        _print_table(rows)
    return 1 if any(row.agrees is False and row.ran for row in rows) else 0 if all(row.ran for row in rows) else 3


def _show(start: str, line: str) -> None:
    print(f"{start:10} {line}", file=sys.stderr)


def _print_table(rows: list[Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    class Pipe(Console):
        def on_broken_pipe(self) -> None:  # its own would end with the status of a difference
            raise BrokenPipeError

    console = Pipe() if sys.stdout.isatty() else Pipe(width=132)
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
    must = [row for row in rows if row.agrees is not None and row.ran]
    good, not_run = sum(bool(row.agrees) for row in must), sum(not row.ran for row in rows)
    more = f"; {not_run} could not run" if not_run else ""
    console.print(f'{good} of {len(must)} agree with what MATLAB printed{more} (" is the same text as above).')
    for note in dict.fromkeys(row.note for row in rows if row.note):
        about = ", ".join(dict.fromkeys(row.id for row in rows if row.note == note))
        console.print(f"{about}: {note}.", highlight=False, markup=False)


def _agreement(row: Any) -> str:
    word = {True: "yes", False: "[bold red]NO[/]" if row.ran else "not run", None: row.kind}[row.agrees]
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
