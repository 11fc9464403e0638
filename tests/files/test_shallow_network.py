"""Shallow networks out of .mat files and into them: objects, structures, settings of old releases, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shallow_networks import object_file, shallow, simulated

import bridge
from bridge.errors import BridgeError, MalformedFile, UnknownFormat, UnsupportedContent
from bridge.files import mat, matlab_network, network_facts, network_mat, shallow_mat
from bridge.files.mat_objects import MatObject
from bridge.files.shallow_settings import processing
from bridge.matlab.values import Cell, to_matlab
from bridge.network import Network, Processing, ShallowInput, ShallowLayer, ShallowNetwork, ShallowOutput, Weight


def narx() -> ShallowNetwork:
    """A closed loop as `closeloop` leaves it: the output comes back to the first layer after one and two steps."""
    random = np.random.default_rng(4)
    return ShallowNetwork(
        [ShallowInput(2, name="x")],
        [ShallowLayer(3, "tansig", b=random.normal(size=3), name="Hidden"), ShallowLayer(1, "purelin", b=[0.5])],
        [ShallowOutput(2, 1, name="y", feedbackMode="closed")],
        {(1, 1): Weight(random.normal(size=(3, 4)), (0, 2))},
        {(1, 2): Weight(random.normal(size=(3, 2)), (1, 2)), (2, 1): Weight(random.normal(size=(1, 3)))},
        name="NARX Neural Network",
    )


def as_object(net: ShallowNetwork) -> MatObject:
    """What reading a file that MATLAB wrote gives."""
    return stored(shallow_mat.structure(net))


def stored(fields: Any) -> MatObject:
    """An object with these fields, as they come out of a file."""
    found = mat.read_bytes(object_file(fields))["net"]
    assert isinstance(found, MatObject)
    assert (found.class_name, found.system) == ("network", "old")
    return found


@pytest.mark.parametrize("seed", range(12))
def test_every_bit_comes_back(seed: int, tmp_path: Path) -> None:
    net = shallow(seed)
    assert matlab_network.network(as_object(net)) == net
    bridge.save(net, tmp_path / "net.mat")
    assert bridge.load(tmp_path / "net.mat") == net
    assert bridge.load(tmp_path / "net.mat") != shallow(seed + 1)


def test_of_several_variables_the_only_network_is_meant() -> None:
    net = narx()
    assert matlab_network.recognised({"net": as_object(net), "x": np.zeros((2, 3))}) == net
    both = matlab_network.recognised({"nets": Cell.row([as_object(net), as_object(net)]), "x": np.zeros((2, 3))})
    assert both["nets"][1] == net


def test_an_autoencoder_is_the_network_in_it() -> None:
    """As `trainAutoencoder` makes it."""
    net = narx()
    held = MatObject("Autoencoder", {"Version": np.array([[1.0]]), "Network": as_object(net)})
    assert matlab_network.recognised({"autoenc": held}) == net
    facts = network_facts.of_variables({"autoenc": held})
    assert facts is not None
    assert facts["variables"]["autoenc"]["class"] == "Autoencoder"
    assert not matlab_network.find({"autoenc": MatObject("Autoencoder", {"Network": np.zeros((0, 0))})})


def test_octave_opens_the_structure(tmp_path: Path, require_tool: Any) -> None:
    import subprocess

    octave = require_tool("octave-cli")
    bridge.save(narx(), tmp_path / "net.mat")
    code = "load('net.mat'); printf('%d %s %s ', network.numLayers, network.layers{1}.transferFcn, class(network.b{2}))"
    done = subprocess.run([octave, "--eval", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "tansig", "double"]


def test_info_shows_layers_and_connections() -> None:
    facts = network_facts.of_variables({"net": as_object(narx()), "x": np.zeros((2, 3))})
    assert facts is not None
    about = facts["variables"]["net"]
    assert [each["name"] for each in about["layers"]] == ["inputs{1}", "layers{1}", "layers{2}", "outputs{2}"]
    assert about["layers"][1] == {
        "name": "layers{1}",
        "kind": "tansig",
        "label": "Hidden",
        "size": 3,
        "netInputFcn": "netsum",
        "arrays": {"IW{1,1}": [3, 4], "LW{1,2}": [3, 2], "b{1}": [3, 1]},
    }
    assert ["layers{2}", "layers{1}"] in about["connections"]
    assert about["delays"] == {"IW{1,1}": [0, 2], "LW{1,2}": [1, 2]}
    assert facts["unsupported"] == []
    assert "delays: IW{1,1} [0, 2]" in network_facts.readable(facts)


def test_a_function_of_the_users_own_is_listed_as_unsupported() -> None:
    net = narx()
    fields = shallow_mat.structure(net)
    fields["layers"][0]["transferFcn"] = "mysig"
    facts = network_facts.of_variables({"net": stored(fields)})
    assert facts is not None
    assert facts["unsupported"] == [{"path": "net.layers{1}", "kind": "transferFcn mysig"}]


def test_settings_of_old_releases_have_no_gain() -> None:
    old = {"xmin": [[-1.0], [3.0], [-np.inf]], "xmax": [[3.0], [3.0], [1.0]], "ymin": -1.0, "ymax": 1.0}
    made = processing("mapminmax", to_matlab(old))
    # Constant rows and rows without finite ends stay as they are: y = (x + 1) 1 - 1.
    np.testing.assert_array_equal(made.settings["gain"], [0.5, 1, 1])
    np.testing.assert_array_equal(made.settings["xoffset"], [-1, -1, -1])
    deviations = {"xmean": [[1.0], [2.0]], "xstd": [[4.0], [0.5]], "ymean": 0.0, "ystd": 1.0}
    np.testing.assert_array_equal(processing("mapstd", to_matlab(deviations)).settings["gain"], [0.25, 2])
    with pytest.raises(Exception, match="deviation of zero"):
        processing("mapstd", to_matlab({**deviations, "xstd": [[4.0], [0.0]]}))


def changed(path: str, value: Any) -> MatObject:
    """The closed loop with one thing in it replaced: ``layers.0.size``."""
    fields: Any = shallow_mat.structure(narx())
    place, names = fields, path.split(".")
    for name in names[:-1]:
        place = place[int(name)] if name.isdigit() else place[name]
    if isinstance(place, Cell):
        place.values[np.unravel_index(int(names[-1]), place.shape, order="F")] = value
    else:
        place[names[-1]] = value
    return stored(fields)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("layers.0.size", 4.0, r"b\{1\} has 3 elements for 4 neurons"),
        ("layers.1.size", -1.0, r"layers\{2\}.size is -1"),
        ("layers.1.transferFcn", 3.0, r"layers\{2\} has no transferFcn"),
        ("layers.0.transferParam", {"slope": 2.0}, r"layers\{1\}.transferParam has slope"),
        ("inputs.0.processFcns", Cell.row(["mapminmax"]), r"inputs\{1\} has no settings for mapminmax"),
        ("inputs.0.size", np.inf, r"inputs\{1\}.size is inf"),
        ("inputWeights.0.delays", np.array([[0.5, 1]]), r"inputWeights\{1,1\} has delays that are no whole numbers"),
        ("inputWeights.0.delays", np.array([[1.0, 1]]), r"IW\{1,1\} delays are different numbers"),
        ("inputWeights.0.delays", np.array([[0.0, 1e9]]), r"IW\{1,1\} delays are .* to 100000, not \[0, 1000000000\]"),
        ("IW.0", np.zeros((3, 5)), r"IW\{1,1\} has another size than its ends ask for: 3x5 and 3x4"),
        ("LW.1", "text", r"LW\{2,1\} is no array of numbers"),
        ("layerWeights.2.delays", np.array([[0.0, 1]]), "layers 1, 2 wait for each other"),
        ("biasConnect", np.zeros((3, 1)), "biasConnect has another size"),
        ("inputConnect", np.ones((2, 3)), r"without inputWeights\{1,2\}"),
        ("outputs.1", 5.0, r"outputs\{2\} is no structure"),
        ("outputConnect", np.zeros((1, 2)), "at least one layer and one output"),
        ("layers", "none", "biasConnect has another size"),
    ],
)
def test_what_does_not_fit_is_one_error_with_file_and_place(path: str, value: Any, said: str) -> None:
    with pytest.raises(UnsupportedContent, match=rf"a\.mat: variable 'net': is a network object.*{said}"):
        matlab_network.network(changed(path, value), "a.mat", "variable 'net'")


def test_an_object_without_its_fields_is_refused_by_what_is_missing() -> None:
    bare = MatObject("network", {"IW": Cell(), "LW": Cell(), "b": Cell()}, "old")
    with pytest.raises(UnsupportedContent, match="without inputs, layers"):
        matlab_network.network(bare, "old.mat", "variable 'net'")
    facts = network_facts.of_variables({"net": bare})
    assert facts is not None
    assert "without inputs, layers" in facts["unsupported"][0]["kind"]


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_onnxruntime_runs_the_file_alone(seed: int, tmp_path: Path) -> None:
    """Any number of rows, with onnxruntime's own optimisations, against the formulas in numpy."""
    import onnxruntime

    net = shallow(seed, delays=seed % 2 == 0)
    bridge.save(net, tmp_path / "net.onnx")
    random = np.random.default_rng(seed)
    xs = [random.normal(size=(each.size, 7)) for each in net.inputs]
    first: dict[str, list[Any]] = {"Xi": [], "Ai": []}
    for kind, _, rows, depth in net.delay_lines():
        first[kind].append(random.normal(size=(rows, depth)))
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    feeds = {}
    for end in session.get_inputs():
        kind, number = (end.name[0], end.name[1:]) if end.name[0] == "x" else end.name.split("_")
        feeds[end.name] = {"x": xs, **first}[kind][int(number) - 1].T
    found = dict(zip([end.name for end in session.get_outputs()], session.run(None, feeds), strict=True))
    for k, y in enumerate(simulated(net, xs, first["Xi"], first["Ai"]), 1):
        np.testing.assert_allclose(found[f"y{k}"], y.T, rtol=1e-9, atol=1e-9)
    assert bridge.load(tmp_path / "net.onnx") == net


def test_a_network_whose_targets_were_all_constant_says_them_for_every_row(tmp_path: Path) -> None:
    import onnxruntime

    constant = Processing("removeconstantrows", {"keep": [], "remove": [1, 2], "constants": [3.0, 4.0]})
    net = ShallowNetwork(
        [ShallowInput(1)],
        [ShallowLayer(0, "purelin")],
        [ShallowOutput(1, 2, [constant])],
        {(1, 1): Weight(np.zeros((0, 1)))},
    )
    bridge.save(net, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(session.run(None, {"x1": np.zeros((4, 1))})[0], [[3.0, 4.0]] * 4)


def test_an_onnx_file_whose_metadata_tell_another_network_is_refused(tmp_path: Path) -> None:
    import base64

    import onnx

    bridge.save(shallow(1), tmp_path / "net.onnx")
    model = onnx.load(tmp_path / "net.onnx")
    for note, said in (
        (base64.b64encode(shallow_mat.content(shallow(2))).decode(), "the graph has no"),
        ("%%%", "base64"),
        (base64.b64encode(b"nothing").decode(), "neither a .mat file"),
    ):
        onnx.helper.set_model_props(model, {shallow_mat.NOTE: note})
        onnx.save(model, tmp_path / "other.onnx")
        with pytest.raises((MalformedFile, UnsupportedContent, UnknownFormat), match=said):
            bridge.load(tmp_path / "other.onnx")


def test_forms_without_a_shallow_network_are_refused(tmp_path: Path) -> None:
    for ending in ("pt", "m"):
        with pytest.raises(BridgeError, match="a shallow network is not written as"):
            bridge.save(narx(), tmp_path / f"net.{ending}")
        assert not list(tmp_path.iterdir())


def test_a_layer_network_beside_it_stays_one(tmp_path: Path) -> None:
    layered = Network([bridge.FeatureInput(2), bridge.FullyConnected(1)]).initialize(1)
    mat.write({"a": network_mat.structure(layered), "b": shallow_mat.structure(narx())}, tmp_path / "two.mat")
    found = bridge.load(tmp_path / "two.mat")
    assert found["a"] == layered
    assert found["b"] == narx()
