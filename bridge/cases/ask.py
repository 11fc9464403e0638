"""A script for the colleague with the licence: it runs a network in MATLAB and records what MATLAB computes.

A diagram's is in `ask_diagram`. A network's needs its .mat file beside it and the Deep Learning Toolbox. Its inputs are
sums of sines, the same on every machine, and are saved with the predictions; the file that it writes is a recording of
class ``matlab`` (``octave`` if it was Octave that ran it, which `recording_about` says). ``slbridge check net.mat
recorded.mat`` holds the network against it. Recorded are

===========================  ==========================================================================================
``input``, ``prediction``    64 steps, time along the rows. Several inputs or outputs have their number at the end:
                             ``input_1``, ``prediction_2``. What has no time is recorded for each beginning of the
                             sequence; without any time, rows are observations
``stepwise``                 the same one step after the other, with the state carried on
``sequences``,               a cell array of sequences of unequal lengths, channels by steps, and what MATLAB says of
``sequences_prediction``     them in mini-batches of two (``mini_batch_size``), padded as it pads
``labels``                   of a network that classifies sequences, what ``classify`` says of them
===========================  ==========================================================================================
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from bridge import files, storage
from bridge.cases import ask_diagram, ask_shallow, ask_texts
from bridge.errors import UnsupportedContent, UsageError
from bridge.files import mat, matlab_network
from bridge.files.matlab_layer_fields import Unreadable, texts
from bridge.files.matlab_network import Found
from bridge.model import Model
from bridge.network import Layer, Recurrent, ShallowNetwork
from bridge.suggestions import offered

STEPS = 64
_INPUTS = ("sequenceInputLayer", "featureInputLayer")


def write(
    path: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    place: str | None = None,
    workspace: str | None = None,
) -> str:
    """Write the script for the network of a .mat file (the one at `place`, of several), or for a diagram with the
    variables of the file `workspace`; returns the recording's name.

    Raises `UsageError` where there is no single network, `UnsupportedContent` where it takes something other than
    sequences and features.
    """
    if not os.fspath(target).lower().endswith(".m"):
        raise UsageError(f"{os.fspath(target)}: a script for MATLAB ends in .m")
    stem = os.path.splitext(os.path.basename(os.fspath(target)))[0]
    if not re.fullmatch(r"[A-Za-z]\w{0,62}", stem):
        raise UsageError(f"{os.fspath(target)}: MATLAB runs no script of this name; use letters, digits and _")
    result = os.path.splitext(os.path.basename(os.fspath(path)))[0] + "_recorded.mat"
    if files.reader_of(path) is not mat:
        if place is not None:
            raise UsageError(f"{os.fspath(path)}: holds no network called {place}; those in a .mat have names")
        text = ask_diagram.script(_model(path), path=path, workspace=workspace, result=result)
    elif workspace is not None:
        raise UsageError(f"{os.fspath(path)}: a workspace is for diagrams; a network holds its own weights")
    else:
        text = script(path, result, place=place)
    if stem == os.path.splitext(os.path.basename(os.fspath(path)))[0]:
        raise UsageError(f"{os.fspath(target)}: a script of this name would stand in the way of {os.fspath(path)}")
    storage.replace(target, text.encode())
    return result


def _model(path: str | os.PathLike[str]) -> Model:
    held = files.read(path)
    if not isinstance(held, Model):
        raise UsageError(f"{os.fspath(path)}: MATLAB is asked about networks of its own, in a .mat, and about diagrams")
    return held


def script(path: str | os.PathLike[str], result: str, *, place: str | None = None) -> str:
    """The text of a network's script; `result` is the file that it writes."""
    found = _chosen(path, place)
    where = f"variable '{found.place}'"
    file = os.path.basename(os.fspath(path))
    if found.shallow:
        network = found.network(path)
        assert isinstance(network, ShallowNetwork)
        return ask_shallow.script(network, file=file, place=found.place, result=result)
    try:
        layers, pairs = matlab_network.parts(found.value)
        inputs = _inputs(found, layers, pairs)
    except Unreadable as error:
        raise UnsupportedContent(path, str(error), where) from None
    timed = [layer.Type == "sequenceInputLayer" for layer in inputs]
    ranges = [_range(layer) for layer in inputs]
    return ask_texts.script(
        file=file,
        place=found.place,
        result=result,
        steps=STEPS,
        low=[low for low, _ in ranges],
        high=[high for _, high in ranges],
        timed=timed,
        outputs=_outputs(found, layers, pairs),
        dlnetwork=found.class_name == "dlnetwork",
        states=any(isinstance(layer, Recurrent) and not layer.fed_states for layer in layers),
        classifies=any(layer.Type == "classificationLayer" for layer in layers),
    )


def _chosen(path: str | os.PathLike[str], place: str | None) -> Found:
    every = [found for found in matlab_network.find(mat.read(path)) if found.trained and found.class_name != "struct"]
    chosen = [found for found in every if place in (None, found.place)]
    if not every:
        script = "slbridge convert writes the .m that builds it"
        raise UsageError(f"{os.fspath(path)}: holds no object of MATLAB's; of a network in plain structs, {script}")
    if len(chosen) != 1:
        there = offered(place, [found.place for found in every])
        raise UsageError(f"{os.fspath(path)}: name one network of MATLAB's with --network{there}")
    return chosen[0]


def _inputs(found: Found, layers: Sequence[Layer], pairs: Sequence[tuple[str, str]] | None) -> list[Layer]:
    """The input layers, in the order in which MATLAB takes what goes into them."""
    fed = {name for _, sink in pairs or () for name in (sink, sink.rpartition("/")[0])}
    open_ends = [layer for k, layer in enumerate(layers) if (layer.Name not in fed if pairs is not None else k == 0)]
    given = {layer.Name: layer for layer in open_ends}
    names = texts(found.value.get("InputNames"))
    ordered = [given[name] for name in names] if names and set(names) == set(given) else open_ends
    if not ordered or any(layer.Type not in _INPUTS for layer in ordered):
        raise Unreadable("takes something other than sequences and sets of features")
    if any(each.class_name.endswith("ImageInputLayer") for each in matlab_network.parts_of(found.value)):
        raise Unreadable("takes images")
    return ordered


def _outputs(found: Found, layers: Sequence[Layer], pairs: Sequence[tuple[str, str]] | None) -> int:
    """How many outputs there are: those that the file names, or the layers that feed no other."""
    named = texts(found.value.get("OutputNames"))
    feeding = {name for source, _ in pairs or () for name in (source, source.rpartition("/")[0])}
    return len(named) or (1 if pairs is None else sum(layer.Name not in feeding for layer in layers))


def _range(layer: Layer) -> tuple[Sequence[float], Sequence[float]]:
    """For each channel the range that the network was made for, as far as its normalization tells; else -1 to 1."""
    channels = layer.InputSize
    held: dict[str, Any] = {name: np.broadcast_to(a.ravel(), channels) for name, a in layer.arrays.items()}
    if "Min" in held and "Max" in held:
        return held["Min"].tolist(), held["Max"].tolist()
    mean, spread = held.get("Mean", np.zeros(channels)), 2 * held.get("StandardDeviation", np.full(channels, 0.5))
    return (mean - spread).tolist(), (mean + spread).tolist()
