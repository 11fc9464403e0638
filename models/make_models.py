"""Makes the models of this folder, through the public functions alone.

    python models/make_models.py [FOLDER]

The tests compare what this makes with what is committed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import bridge
from bridge import published
from bridge.cases import lock
from bridge.cases.case import read_case
from bridge.cases.example import example
from bridge.cases.lock_basis import basis
from bridge.cases.reproduce.first_network import first_network
from bridge.files import mat

CASE = """\
# The LSTM of the published example on every side: the diagram, the network, and what MATLAB printed of Simulink's y.
# Check it with: slbridge check models/example_case
workspace = "workspace.mat"
require = [
    "diagram (numpy)", "diagram (torch)", "diagram (onnx)",
    "network (numpy)", "network (torch)", "network (onnx)",
    "network in single (numpy)", "network in single (torch.nn)", "network in single (onnxruntime)",
    "printed",
]

[sides.diagram]
model = "../lstm_sim.mdl"
engines = ["numpy", "torch", "onnx"]

[sides.network]
network = "network.mat"
precision = "double"
engines = ["numpy", "torch", "onnx"]

[sides."network in single"]
network = "network.mat"
precision = "single"
engines = ["numpy", "torch.nn", "onnxruntime"]

[sides.printed]
recording = "printed.csv"
evidence = "simulink"
tolerance = { absolute = 5.1e-5, reason = "the print has four decimals" }
"""

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
    return [path, *make_case(folder / "example_case")]


def make_case(folder: Path) -> list[Path]:
    """Write the case of the published example: its workspace, its network, and the samples that MATLAB printed."""
    folder.mkdir(exist_ok=True)
    data = example()
    case, workspace, network, printed = (
        folder / name for name in ("case.toml", "workspace.mat", "network.mat", "printed.csv")
    )
    case.write_text(CASE, encoding="utf-8")
    mat.write(data.workspace, workspace)
    bridge.save(first_network(data), network)
    samples = np.array(published.load("lstm_dynamical_system")["values"]["sim_y"]["printed"]).T
    times = data.sample_time * np.arange(len(samples))
    bridge.save(bridge.Recording({"y": samples}, times, evidence="simulink"), printed)
    complete = read_case(case)
    lock.write(folder / "case.lock", basis(complete, bridge.check(complete, lock="read")))
    return [case, workspace, network, printed, folder / "case.lock"]


if __name__ == "__main__":
    for made in make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent):
        print(made)
