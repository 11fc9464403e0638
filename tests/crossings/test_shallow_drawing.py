"""A shallow network as a diagram: simulated, it says what the network predicts; what has no blocks is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from shallow_networks import TRANSFER

import bridge
from bridge.cli import main
from bridge.crossings.shallow_drawing import diagram_from_shallow
from bridge.errors import UnsupportedLayer
from bridge.files import mat, shallow_mat
from bridge.network import Processing, ShallowInput, ShallowLayer, ShallowNetwork, ShallowOutput, Weight

SCALE = Processing("mapminmax", {"xoffset": [0.3, -1.0], "gain": [2.0, 0.5], "ymin": -1.0})
STANDARD = Processing("mapstd", {"xoffset": [0.1, 0.2], "gain": [1.5, 0.7], "ymean": 0.0})
TURN = Processing("processpca", {"transform": [[0.6, 0.8], [-0.8, 0.6]], "inverseTransform": [[0.6, -0.8], [0.8, 0.6]]})
SHORTER = Processing("removeconstantrows", {"keep": [1, 3], "remove": [2], "constants": [7.0]})


def recurrent(weightFcn: str = "dotprod", transferFcn: str = "tansig", netInputFcn: str = "netsum") -> ShallowNetwork:
    """Every kind of part: processing both ways, delays of inputs, a loop over the output, a layer that feeds itself."""
    random = np.random.default_rng(2)
    layers = [
        ShallowLayer(3, transferFcn, netInputFcn, b=random.normal(size=3)),
        ShallowLayer(2, "purelin", b=random.normal(size=2)),
    ]
    return ShallowNetwork(
        [ShallowInput(3, [SHORTER, SCALE, STANDARD]), ShallowInput(1)],
        layers,
        [ShallowOutput(2, 3, [SHORTER, TURN, SCALE])],
        {
            (1, 1): Weight(random.normal(size=(3, 6)), (0, 1, 3), weightFcn),
            (1, 2): Weight(random.normal(size=(3, 1))),
        },
        {
            (1, 1): Weight(0.3 * random.normal(size=(3, 3)), (1,)),
            (1, 2): Weight(0.3 * random.normal(size=(3, 4)), (1, 2)),
            (2, 1): Weight(random.normal(size=(2, 3)), (0,)),
        },
        sampleTime=0.5,
    )


def said(net: ShallowNetwork, path: Path, steps: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """What the saved diagram and the network say of the same."""
    random = np.random.default_rng(3)
    xs = [random.normal(size=(each.size, steps)) for each in net.inputs]
    bridge.save(net, path)
    inputs = {f"x{k}": x.T for k, x in enumerate(xs, 1)}
    times = np.arange(steps) * net.sampleTime
    found = bridge.simulate(path, inputs={**inputs, "time": times}, stop_time=float(times[-1]))["y1"]
    return np.asarray(found).reshape(steps, -1).T, bridge.predict(net, xs, layout="CT")


@pytest.mark.parametrize("ending", ["slx", "mdl"])
def test_the_diagram_says_what_the_network_predicts(tmp_path: Path, ending: str) -> None:
    """Before the first step inputs are zero and processed, as `predict` has it by default."""
    simulated, predicted = said(recurrent(), tmp_path / f"my net.{ending}")
    np.testing.assert_allclose(simulated, predicted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("transfer", TRANSFER)
def test_each_transfer_function(tmp_path: Path, transfer: str) -> None:
    simulated, predicted = said(recurrent(transferFcn=transfer), tmp_path / "net.slx", 4)
    np.testing.assert_allclose(simulated, predicted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("weight", ["dist", "negdist", "normprod"])
def test_weight_functions_neuron_by_neuron(tmp_path: Path, weight: str) -> None:
    simulated, predicted = said(recurrent(weight, netInputFcn="netprod"), tmp_path / "net.slx", 4)
    np.testing.assert_allclose(simulated, predicted, rtol=1e-12, atol=1e-13)


def test_the_workspace_has_what_the_diagram_needs_and_no_more() -> None:
    model, workspace = diagram_from_shallow(recurrent())
    assert {"Ts", "IW1_1", "LW1_2", "b1", "b2", "Xi1_first", "Ai2_first", "x1_2_gain", "y1_1_constants"} < set(
        workspace
    )
    assert "Xi2_first" not in workspace
    assert [block.name for block in model.root.blocks if block.kind == "SubSystem"] == [
        *("Process Input 1", "Layer 1", "Layer 2", "Process Output 1"),
    ]


def test_what_has_no_blocks_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedLayer, match=r"IW\{1,1\}.*mandist"):
        diagram_from_shallow(recurrent("mandist"))
    flags = Processing("fixunknowns", {"unknown": [1], "xmeans": [0.0]})
    net = ShallowNetwork(
        [ShallowInput(1, [flags])], [ShallowLayer(1, "purelin")], [ShallowOutput(1, 1)], {(1, 1): Weight([[1.0, 2.0]])}
    )
    mat.write({"net": shallow_mat.structure(net)}, tmp_path / "net.mat")
    assert main(["convert", str(tmp_path / "net.mat"), str(tmp_path / "net.slx")]) == 3
    assert not (tmp_path / "net.slx").exists()
