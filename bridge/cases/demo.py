"""A folder to play with: the published example's diagram, weights, network, what MATLAB printed, and a case of them."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import bridge
from bridge import published, storage
from bridge.cases import lock as locks
from bridge.cases.case import read_case
from bridge.cases.check import check
from bridge.cases.example import example
from bridge.cases.lock_basis import basis
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
FILES = ("case.toml", "lstm_sim.mdl", "weights.m", "network.mat", "printed.mat", "colleague.mat", "case.lock")


def make(folder: str | os.PathLike[str]) -> list[Path]:
    """Write the files of the demonstration into `folder`, which is made if it is not there; returns what was written.

    Files that are there as they would be written are left alone. Raises UsageError where one of these names is another
    file, and writes nothing then.
    """
    if not os.fspath(folder):
        raise UsageError("the folder has no name; . is the current one")
    place = Path(folder)
    with TemporaryDirectory() as beside:
        _write(Path(beside))
        contents = {place / name: (Path(beside) / name).read_bytes() for name in FILES}
    try:
        changed = [path for path, content in contents.items() if path.exists() and path.read_bytes() != content]
        if changed:
            cause = "is there, differs from the demonstration's, and is not overwritten"
            raise UsageError(f"{changed[0]} {cause}: take another folder, such as {_free(place)}, or delete the file")
        missing = [path for path in contents if not path.exists()]
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError.of(place, error) from error
    for path in missing:
        storage.replace(path, contents[path])
    return missing


def _free(place: Path) -> Path:
    """A folder beside `place` that is not there."""
    named = place if place.name else place.resolve()  # . has none
    return next(free for k in count(2) if not (free := named.parent / f"{named.name}{k}").exists())


def _write(place: Path) -> None:
    """Every file, the same bytes each time.

    The weights are a MATLAB script, so that they can be edited. ``printed.mat`` holds the first samples of Simulink's
    output as MATLAB printed them (class simulink). ``colleague.mat`` is no part of the case: the network beside data,
    features along rows as in MATLAB, and predictions of this package (class bridge). The case is checked once, for its
    lock.
    """
    case, model, weights, network, printed, colleague, lock = (place / name for name in FILES)
    data = example()
    net = first_network(data)
    about = {"evidence": "bridge", "note": "predicted by this package for the demonstration"}
    predictions = bridge.predict(net, data.input).T
    beside = {"net": structure(net), "XTest": data.input.T, "YTest": predictions, ABOUT: about}
    samples = np.array(published.load("lstm_dynamical_system")["values"]["sim_y"]["printed"]).T
    times = data.sample_time * np.arange(len(samples))
    origin = {"release": "R2023b", "note": "printed with four decimals in the published example"}
    shutil.copyfile(example_model(), model)
    write_script(data.workspace, weights)
    bridge.save(net, network)
    mat.write(beside, colleague)
    bridge.save(bridge.Recording({"y": samples}, times, evidence="simulink", origin=origin), printed)
    case.write_bytes(CASE.encode())
    complete = read_case(case)
    locks.write(lock, basis(complete, check(complete, lock="read")))
