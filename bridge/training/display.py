"""What a training shows while it runs: MATLAB's log, and a bar on a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from bridge.training.log import LogRow, TrainingInfo
from bridge.training.options import TrainingOptions


class Display:
    """A context that shows the log's rows (where `Verbose` is on) above a bar over the epochs, on stderr.

    Away from a terminal the bar is left out, and the rows remain.
    """

    def __init__(self, options: TrainingOptions) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._verbose = options.Verbose
        self._console = Console(stderr=True, highlight=False)
        loss = TextColumn("{task.fields[loss]}")
        columns = (TextColumn("epoch"), MofNCompleteColumn(), BarColumn(), loss, TimeRemainingColumn())
        self._bar = Progress(*columns, console=self._console, disable=not self._console.is_terminal, transient=True)
        self._task: Any = self._bar.add_task("", total=options.MaxEpochs, loss="")

    def __enter__(self) -> Display:
        self._bar.start()
        if self._verbose:
            self._console.print(TrainingInfo.head(), soft_wrap=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def epoch(self, number: int, loss: float) -> None:
        """Move the bar; the loss costs nothing to show where there is no terminal."""
        self._bar.update(self._task, completed=number, loss=f"loss {loss:.5g}")

    def row(self, row: LogRow) -> None:
        """Print a row of the log."""
        if self._verbose:
            self._console.print(str(row), soft_wrap=True)
