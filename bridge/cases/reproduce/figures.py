"""The figures of the published example: ``python -m bridge.cases.reproduce.figures FOLDER [REPRODUCED.json]``.

The second file is what ``slbridge reproduce --train --json`` printed; the plot of the trainings is made from it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridge import files
from bridge.cases.example import example
from bridge.cases.reproduce.first_network import first_network
from bridge.cases.reproduce.linear_system import calculated_network, response, system
from bridge.crossings.example import example_model
from bridge.drawing import diagram
from bridge.drawing.plots import SVG, svg
from bridge.prediction import predict
from bridge.recording import Recording
from bridge.simulation import simulate


def figures() -> dict[str, SVG]:
    """Diagram, first run, and the comparison of the linear system with the LSTM calculated from it, by name."""
    data = example()
    y = simulate(example_model(), data.workspace)
    z = predict(first_network(data), data.input, layout="TC", precision="single")
    first = Recording({"y of the diagram, double": y["y"], "z - y, z of the network in single": z - y["y"]}, y.time)
    linear, sample_time = response(data.validation), system()[1].Ts or 1.0
    lstm = predict(calculated_network(), data.validation, layout="TC", precision="double")
    time = sample_time * np.arange(len(linear))
    both = "linear system and LSTM calculated from it"
    second = Recording({both: np.hstack([linear, lstm]), "difference": linear - lstm}, time)
    return {
        "lstm_sim": SVG(diagram.svg(files.read(example_model()), dark=False)),
        "first_run": svg(first),
        "calculated": svg(second),
    }


def training_figure(rows: Sequence[dict[str, Any]]) -> SVG:
    """Both trainings' losses as powers of ten over the epochs, MATLAB's first and ours second in each plot."""
    signals, times = {}, {}
    for start in ("calculated", "random"):
        row = next(row for row in rows if row["id"] == f"train_{start}_log")
        sides = row["published"], row["computed"]
        logs = [np.array([[float(line[1]), float(line[4])] for line in side]) for side in sides]
        count = min(map(len, logs))
        name = f"log10 of the loss from the {start} weights, over epochs: MATLAB and ours"
        signals[name] = np.log10(np.column_stack([log[:count, 1] for log in logs]))
        times[name] = logs[0][:count, 0]
    longest = max(times.values(), key=len)
    return svg(Recording(signals, longest, times=times))


def main(arguments: Sequence[str]) -> None:
    """Write the figures."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    made = figures()
    if len(arguments) > 1:
        made["trainings"] = training_figure(json.loads(Path(arguments[1]).read_text(encoding="utf-8")))
    for name, drawing in made.items():
        drawing.save(folder / f"{name}.svg")
        print(folder / f"{name}.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
