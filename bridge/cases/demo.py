"""A folder to play with: the published example's diagram, weights, network, what MATLAB printed, and a case of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np

import bridge
from bridge import published
from bridge.cases.example import example
from bridge.cases.reproduce.first_network import first_network
from bridge.crossings.example import example_model
from bridge.errors import FileError, UsageError
from bridge.files import mat
from bridge.files.network_mat import structure
from bridge.files.recordings import ABOUT
from bridge.matlab.workspace import write_script

CASE = """\
workspace = "weights.m"
model = "lstm_sim.mdl"
network = "network.mat"
recording = "printed.mat"
tolerance.y = { absolute = 5.1e-5, reason = "the print has four decimals" }
"""
FILES = ("case.toml", "lstm_sim.mdl", "weights.m", "network.mat", "printed.mat", "colleague.mat")


def make(folder: str | os.PathLike[str]) -> list[Path]:
    """Write the files of the demonstration into `folder`, which is made if it is not there; returns their paths.

    The weights are a MATLAB script, so that they can be edited. ``printed.mat`` holds the first samples of Simulink's
    output as MATLAB printed them (class simulink). ``colleague.mat`` is no part of the case: the network beside data,
    features along rows as in MATLAB, and predictions of this package (class bridge).
    Raises UsageError where a file of one of these names is there.
    """
    place = Path(folder)
    paths = [place / name for name in FILES]
    there = next((path for path in paths if path.exists()), None)
    if there is not None:
        raise UsageError(f"{there} is there already; it is not overwritten")
    case, model, weights, network, printed, colleague = paths
    data = example()
    net = first_network(data)
    about = {"evidence": "bridge", "note": "predicted by this package for the demonstration"}
    predictions = bridge.predict(net, data.input).T
    beside = {"net": structure(net), "XTest": data.input.T, "YTest": predictions, ABOUT: about}
    samples = np.array(published.load("lstm_dynamical_system")["values"]["sim_y"]["printed"]).T
    times = data.sample_time * np.arange(len(samples))
    origin = {"release": "R2023b", "note": "printed with four decimals in the published example"}
    try:
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(example_model(), model)
        write_script(data.workspace, weights)
        bridge.save(net, network)
        mat.write(beside, colleague)
        bridge.save(bridge.Recording({"y": samples}, times, evidence="simulink", origin=origin), printed)
        case.write_text(CASE, encoding="utf-8")
    except OSError as error:
        raise FileError(place, (error.strerror or str(error)).lower()) from error
    return paths
