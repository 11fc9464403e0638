"""Every format into every other, for every kind of layer: bit for bit there and back, or an error, or a listed loss."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_networks import filled, random_network, sequence

import bridge
from bridge import layers
from bridge.cases.conversion import convert
from bridge.errors import BridgeError, UnsupportedLayer
from bridge.network import LAYERS, LSTM, Dropout, FullyConnected, Network, RegressionOutput

EXACT: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "mat 7": ("net.mat", {}),
    "mat 7.3": ("net.mat", {"version": "7.3"}),
    "onnx": ("net.onnx", {}),
    "onnx, double": ("net.onnx", {"precision": "double"}),
    "onnx, for MATLAB": ("net.onnx", {"form": "matlab"}),
    "m": ("net.m", {}),
    **({"pt": ("net.pt", {})} if find_spec("torch") else {}),
}
"""Formats that hold every network: file name and options."""
DIAGRAMS = {"slx": ("net.slx", {}), "mdl": ("net.mdl", {}), "classic mdl": ("net.mdl", {"form": "mdl"})}
KINDS = tuple(LAYERS)


def through(network: Network, form: str, folder: Path) -> Network:
    """The network after being saved and loaded; what is not kept in a file that we read ourselves fails the test."""
    name, options = EXACT[form]
    said = convert(network, folder / name, **options)
    assert not said or options.get("form") == "matlab"
    found = bridge.load(folder / name)
    assert isinstance(found, Network)
    return found


def refused(network: Network, form: str) -> str:
    """Why a format has no place for a network; empty where it has."""
    if form == "onnx, double":
        try:
            layers.require_steps(network, "")
        except UnsupportedLayer:
            return "takes a whole sequence at once"
    two_states = any(name.startswith("Initial") for layer in network for name in layer.arrays)
    return "a script can set only one" if form == "m" and two_states else ""


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_of_formats_gives_every_bit_back(kind: str, tmp_path: Path) -> None:
    for seed, first in enumerate(EXACT):
        network = random_network(kind, seed)
        forms = []
        for form in EXACT:
            if reason := refused(network, form):
                with pytest.raises(BridgeError, match=reason):
                    through(network, form, tmp_path)
            else:
                forms.append(form)
        if first not in forms:
            continue
        once = through(network, first, tmp_path)
        assert network.difference(once) == "", first
        # An equal network cannot be written otherwise, so that each kind of layer takes half of the pairs, by turns.
        for second in forms[(seed + KINDS.index(kind)) % 2 :: 2]:
            twice = through(once, second, tmp_path)
            assert network.difference(twice) == "", f"{first} to {second}"


def in_double(network: Network) -> Network:
    """The same numbers, as a diagram has them."""
    return network.with_({x.Name: {name: a.astype(np.float64) for name, a in x.arrays.items()} for x in network})


@pytest.mark.parametrize("form", DIAGRAMS)
def test_diagrams_hold_the_weights_and_list_the_rest(form: str, tmp_path: Path) -> None:
    name, options = DIAGRAMS[form]
    chain = [LSTM(3, Name="first"), Dropout(0.2), LSTM(2, BiasL2Factor=3), FullyConnected(2), RegressionOutput()]
    network = filled(sequence(chain), 0)
    said = convert(network, tmp_path / name, **options)
    assert said == [
        "layer 'dropout': a dropoutLayer computes nothing and is not drawn",
        "layer 'regressionoutput': a regressionLayer computes nothing and is not drawn",
        "the names of layers",
        "single precision: the diagram's parameters are double",
        "~ option lstm: BiasL2Factor: 3.0 -> 0.0",
    ]
    assert convert(bridge.load(tmp_path / name), tmp_path / "back.mat") == [
        "what belongs to the diagram: where blocks lie, its sample times, its solver and its input data"
    ]
    back = bridge.load(tmp_path / "back.mat")
    wanted = in_double(network)
    for ours, theirs in zip(("first", "lstm", "fc"), ("lstm_1", "lstm_2", "fc"), strict=True):
        assert wanted[ours].arrays.keys() == back[theirs].arrays.keys()
        for array, value in wanted[ours].arrays.items():
            assert np.array_equal(back[theirs].arrays[array], value)


@pytest.mark.parametrize("form", EXACT)
def test_diagrams_and_every_other_format(form: str, tmp_path: Path) -> None:
    """A diagram's network through each format, and into the diagram again."""
    network = in_double(filled(sequence([LSTM(3), FullyConnected(2)]), 0))
    assert bridge.save(network, tmp_path / "net.slx") == []
    found = bridge.network_from_diagram(tmp_path / "net.slx")
    again = through(found, form, tmp_path)
    assert network.difference(again) == ""
    assert bridge.save(again, tmp_path / "again.slx") == []
    assert network.difference(bridge.network_from_diagram(tmp_path / "again.slx")) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_diagram_refuses_what_it_cannot_draw_and_leaves_no_file(kind: str, tmp_path: Path) -> None:
    network = random_network(kind, 0)
    try:
        said = bridge.save(network, tmp_path / "net.slx")
    except UnsupportedLayer:
        assert not list(tmp_path.iterdir())
        return
    lost = [layer for layer in network if layer.Type not in ("sequenceInputLayer", "lstmLayer", "fullyConnectedLayer")]
    assert len([line for line in said if "is not drawn" in line]) == len(lost)
