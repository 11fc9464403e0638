"""The published example, number by number: MATLAB's print beside ours, printed in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bridge.cases.example import example
from bridge.cases.reproduce.first_network import first_network_rows
from bridge.cases.reproduce.linear_system import linear_system_rows
from bridge.cases.reproduce.rows import Row
from bridge.cases.reproduce.trainings import Training, training_rows

ENGINES = ("numpy", "torch", "onnx", "torch.nn", "onnxruntime")


def reproduce(
    engines: Sequence[str] = ENGINES, *, train: bool = False, progress: Callable[[str, str], None] | None = None
) -> Iterator[Row]:
    """Compute every published value on every engine that can, in the order of the example.

    With `train` both trainings run in full, and what they end in is shown beside MATLAB's: chaotic values, which are
    never called equal. `progress` is then called with each line of the log.
    """
    data = example()
    yield from first_network_rows(data, engines)
    yield from linear_system_rows(data, engines)
    yield from training_rows(data, engines, train, progress)


__all__ = ["ENGINES", "Row", "Training", "reproduce"]
