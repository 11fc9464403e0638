"""The published example, number by number: MATLAB's print beside ours, printed in the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bridge import published
from bridge.cases.example import Example, example
from bridge.errors import EngineMissing
from bridge.matlab.printing import format_like

ENGINES = ("numpy", "torch", "onnx")


@dataclass(frozen=True)
class Row:
    """One published value beside ours. `evidence` names what the published side is; `agrees` is None where the value
    may differ for a stated reason (`kind`)."""

    id: str
    what: str
    kind: str
    published: Any
    computed: Any
    agrees: bool | None
    engine: str
    evidence: str

    def to_json(self) -> dict[str, Any]:
        """The row as plain data."""
        return asdict(self)


def reproduce(engines: Sequence[str] = ENGINES) -> Iterator[Row]:
    """Compute every published value that the engines can compute, in the order of the example."""
    values = published.load("lstm_dynamical_system")["values"]
    data = example()
    for engine in engines:
        yield from _diagram(values, data, engine)


def _diagram(values: dict[str, Any], data: Example, engine: str) -> Iterator[Row]:
    """Step 4: the diagram of ``lstm_sim.mdl`` in double precision."""
    from bridge.crossings.model_file import lstm_sim_path
    from bridge.simulation import simulate

    try:
        y = simulate(lstm_sim_path(), data.workspace, engine=engine)["y"]
    except EngineMissing as error:
        yield _absent("sim_y", values, engine, str(error))
        return
    count = len(values["sim_y"]["printed"][0])
    yield _exact("sim_y", values, y[:count].T, f"diagram, {engine}")


def _exact(id: str, values: dict[str, Any], computed: Any, engine: str) -> Row:
    """A row whose printed digits must all agree."""
    value = values[id]
    printed = value["printed"]
    if isinstance(printed, str):
        ours: Any = format_like(float(np.asarray(computed).reshape(())), printed)
        theirs: Any = printed
    else:
        ours, theirs = _matrix(np.asarray(computed) / value["scale"]), _matrix(np.asarray(printed))
    return Row(id, value["what"], value["kind"], theirs, ours, ours == theirs, engine, "matlab")


def _matrix(values: Any) -> list[list[str]]:
    """A matrix as ``format short`` shows it once the common factor is divided out: four decimals everywhere."""
    # Adding zero turns a negative zero, which MATLAB shows as 0, into a positive one.
    return [[f"{round(float(value), 4) + 0.0:.4f}" for value in row] for row in np.atleast_2d(values)]


def _absent(id: str, values: dict[str, Any], engine: str, cause: str) -> Row:
    value = values[id]
    return Row(id, value["what"], value["kind"], value["printed"], cause, False, engine, "matlab")
