"""Networks as MATLAB scripts: there and back bit for bit, and run by Octave with stand-ins for the toolbox."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_networks import branched, every_kind, filled, sequence

import bridge
from bridge.errors import MalformedFile, UnsupportedContent
from bridge.files import mat, network_script
from bridge.matlab.values import Char
from bridge.network import LAYERS, LSTM, FullyConnected, Network


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
def test_there_and_back_is_equal(network: Network, dtype: Any, tmp_path: Path) -> None:
    network = filled(network.copy(), 1, dtype)
    bridge.save(network, tmp_path / "net.m")
    assert network.difference(bridge.load(tmp_path / "net.m")) == ""


def test_every_bit_of_odd_numbers_survives(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    bits = random.integers(0, 2**32, (200, 3), dtype=np.uint32).view(np.float32)
    single = np.where(np.isnan(bits), np.float32(np.inf), bits)
    double = random.integers(0, 2**64, (200, 3), dtype=np.uint64).view(np.float64)
    double = np.where(np.isnan(double), -0.0, double)
    for weights in (single, double):
        network = sequence([FullyConnected(200, Weights=weights)], channels=3)
        bridge.save(network, tmp_path / "net.m")
        assert network.difference(bridge.load(tmp_path / "net.m")) == ""


def test_the_script_is_what_one_would_write() -> None:
    network = sequence([LSTM(1, OutputMode="last", Bias=np.float32([1, 2, 3, 0.1])), FullyConnected(2)])
    assert network_script.script(network).splitlines()[3:] == [
        "L1 = sequenceInputLayer(4, 'Name', 'sequenceinput');",
        "",
        "L2_Bias = single([",
        "    1",
        "    2",
        "    3",
        "    0.100000001",
        "    ]);",
        "L2 = lstmLayer(1, 'Name', 'lstm', ...",
        "    'OutputMode', 'last', ...",
        "    'Bias', L2_Bias);",
        "",
        "L3 = fullyConnectedLayer(2, 'Name', 'fc');",
        "",
        "layers = [L1; L2; L3];",
        "net = dlnetwork(layers);",
    ]


def test_two_states_do_not_fit_into_a_script(tmp_path: Path) -> None:
    network = sequence([LSTM(2, HiddenState=[1, 2], InitialHiddenState=[3, 4])])
    with pytest.raises(UnsupportedContent, match="layer 'lstm': InitialHiddenState differs from the state when saved"):
        bridge.save(network, tmp_path / "net.m")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("L1 = lstmLayer(3, 'Name');", "names and values come in pairs"),
        ("L1 = lstmLayer('x', 3);", "needs NumHiddenUnits"),
        ("L1 = lstmLayer(3);\nnet = dlnetwork(L1);", "nothing is connected to its input"),
        ("net = dlnetwork(3);", "layers are needed, not a double"),
        ("x = 3;", "builds 0 networks, not one"),
        ("L1 = convolution2dLayer(3, 3);", "undefined variable or function 'convolution2dLayer'"),
        ("system('true');", "'system' is not available"),
    ],
)
def test_a_script_that_builds_nothing_is_one_clear_error(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.m").write_text(f"{network_script.MARK}\n{text}\n")
    with pytest.raises(MalformedFile, match=message):
        bridge.load(tmp_path / "x.m")


def test_an_edited_script_means_what_it_says(tmp_path: Path) -> None:
    """Matrices of numbers are read apart from the rest, but never against the order of the lines."""
    net = Network([bridge.SequenceInput(1), FullyConnected(2, Weights=[[1], [2]], Bias=[[3], [4]])])
    text = network_script.script(net)
    head, _, rest = text.partition("L2_Weights = ")
    edited = f"{head}L2_Weights = 7;\nkept = L2_Weights;\nL2_Weights = {rest}"
    edited = edited.replace("L2 = ", "L2_Weights = L2_Weights + kept;\nL2 = ")
    (tmp_path / "net.m").write_text(edited)
    assert bridge.load(tmp_path / "net.m")["fc"].Weights.tolist() == [[8], [9]]


def test_other_scripts_are_workspaces(tmp_path: Path) -> None:
    (tmp_path / "w.m").write_text("K = 3;\n")
    assert bridge.load(tmp_path / "w.m")["K"].tolist() == [[3.0]]


# What stands in for the toolbox: every function returns what it was called with.
_LAYER = "function l = {name}(varargin)\n  l = struct('Type', '{name}', 'Arguments', {{varargin}});\nend\n"
_STAND_INS = {
    "dlnetwork": "function n = dlnetwork(l)\n  n = l;\nend\n",
    "assembleNetwork": "function n = assembleNetwork(l)\n  n = l;\nend\n",
    "layerGraph": "function g = layerGraph()\n  g = struct('layers', {{}}, 'connections', {cell(0, 2)});\nend\n",
    "addLayers": "function g = addLayers(g, l)\n  g.layers{end + 1} = l;\nend\n",
    "connectLayers": "function g = connectLayers(g, a, b)\n  g.connections(end + 1, :) = {a, b};\nend\n",
}


@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
def test_octave_runs_the_script_and_sees_names_sizes_and_values(network: Network, tmp_path: Path) -> None:
    octave = shutil.which("octave")
    if octave is None:
        pytest.skip("octave is not installed")
    network = filled(network.copy(), 2)
    for name in LAYERS:
        (tmp_path / f"{name}.m").write_text(_LAYER.format(name=name))
    for name, text in _STAND_INS.items():
        (tmp_path / f"{name}.m").write_text(text)
    bridge.save(network, tmp_path / "build.m")
    tail = "if isfield(net, 'layers'), s = vertcat(net.layers{:}); c = net.connections; else, s = net; c = {}; end\n"
    script = f"build;\n{tail} t = {{s.Type}}; a = {{s.Arguments}}; save('-v7', 'built.mat', 't', 'a', 'c');"
    subprocess.run([octave, "--eval", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    built = mat.read(tmp_path / "built.mat")
    assert [str(text) for text in built["t"]] == [layer.Type for layer in network]
    for layer, given in zip(network, built["a"], strict=True):
        arguments = list(given)
        start = next(k for k, each in enumerate(arguments) if each == "Name")
        named = {str(key): value for key, value in zip(arguments[start::2], arguments[start + 1 :: 2], strict=True)}
        assert named.pop("Name") == layer.Name
        assert [str(value) if isinstance(value, Char) else value.item() for value in arguments[:start]] == [
            layer.options[name] for name in layer.positional if name != "Classes"
        ]
        for name, array in layer.arrays.items():
            assert named[name].dtype == array.dtype
            assert np.array_equal(named[name].reshape(array.shape, order="F"), array)
    if not network.is_series:
        assert {(str(a), str(b)) for a, b in built["c"].values} == set(network.connections)


def test_a_graph_connects_its_layers() -> None:
    text = network_script.script(filled(branched(), 0))
    assert "lgraph = connectLayers(lgraph, 'b', 'joined/in2');" in text
    assert text.endswith("net = dlnetwork(lgraph);\n")
