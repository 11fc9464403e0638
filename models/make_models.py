"""Makes the models of this folder, through the public functions alone.

    python models/make_models.py [FOLDER]

The tests compare what this makes with what is committed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import bridge


def make(folder: Path) -> list[Path]:
    """Write every model into `folder` and return their paths."""
    # The sizes of the published example. The diagram is the same for all sizes: they are in the workspace.
    units, inputs, outputs = 3, 4, 2
    network = bridge.Network(
        [
            bridge.SequenceInput(inputs),
            bridge.LSTM(
                units,
                InputWeights=np.zeros((4 * units, inputs)),
                RecurrentWeights=np.zeros((4 * units, units)),
                Bias=np.zeros((4 * units, 1)),
            ),
            bridge.FullyConnected(outputs, Weights=np.zeros((outputs, units)), Bias=np.zeros((outputs, 1))),
        ]
    )
    model, _ = bridge.diagram_from_network(network, name="lstm_sim")
    path = folder / "lstm_sim.mdl"
    bridge.save(model, path)
    return [path]


if __name__ == "__main__":
    for made in make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent):
        print(made)
