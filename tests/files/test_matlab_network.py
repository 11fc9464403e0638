"""Networks out of the objects that MATLAB saves: trees as the files hold them, and the files themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge.errors import NetworkError, UnsupportedContent, UnsupportedLayer
from bridge.files import mat, matlab_layers, matlab_network, network_facts
from bridge.files.mat_objects import MatObject, MatObjectArray
from bridge.files.mat_tables import Categorical, Table
from bridge.matlab.values import Cell, Char, Struct, object_array
from bridge.network import LAYERS, Network, UnknownLayer

EMPTY = np.zeros((0, 0))
RESCALED = {"Type": Char("rescale"), "Min": np.zeros((1, 1)), "Max": np.full((1, 1), 4.0)}


def scalar(value: float) -> np.ndarray[Any, Any]:
    return np.array([[float(value)]])


def flag(value: bool) -> np.ndarray[Any, Any]:
    return np.array([[value]])


def thing(kind: str, name: str = "", **fields: Any) -> MatObject:
    """An object as MATLAB's layers save themselves: one structure, called `any`."""
    inside = Struct({"Version": scalar(4), "Name": Char(name), **fields})
    return MatObject(kind if "." in kind else f"nnet.cnn.layer.{kind}", {"Version": scalar(4), "any": inside})


def learnable(array: Any, factor: float = 1.0, decay: float = 1.0, initializer: str = "Glorot") -> Struct:
    stored = Struct({"Class": Char(f"nnet.internal.cnn.layer.learnable.initializer.{initializer}")})
    return Struct(
        {"Value": array, "LearnRateFactor": scalar(factor), "L2Factor": scalar(decay), "Initializer": stored}
    )


def single(stream: np.random.Generator, *shape: int) -> np.ndarray[Any, Any]:
    return stream.standard_normal(shape).astype(np.float32)


def lstm(name: str = "lstm", kind: str = "LSTMLayer", rows: int = 12, units: int = 3, **more: Any) -> MatObject:
    stream = np.random.default_rng(5)
    states = units * (2 if kind == "BiLSTMLayer" else 1)
    given = {
        "InputSize": scalar(2),
        "NumHiddenUnits": scalar(units),
        "ReturnSequence": flag(True),
        "StateActivationFunction": Char("tanh"),
        "GateActivationFunction": Char("sigmoid"),
        "InputWeights": learnable(single(stream, rows, 2)),
        "RecurrentWeights": learnable(single(stream, rows, units), initializer="Orthogonal"),
        "Bias": learnable(single(stream, rows, 1), decay=0, initializer="UnitForgetGate"),
        "CellState": Struct({"Value": single(stream, states, 1), "Remember": flag(True)}),
        "HiddenState": Struct({"Value": single(stream, states, 1), "Remember": flag(True)}),
        "InitialCellState": np.zeros((states, 1), np.float32),
        "InitialHiddenState": np.zeros((states, 1), np.float32),
    }
    return thing(kind, name, **{**given, **more})


def sequence(name: str = "in", size: Any = 2, **more: Any) -> MatObject:
    given = {"Normalization": EMPTY, "NormalizationDimension": Char("auto"), "MinLength": scalar(1)}
    return thing("SequenceInputLayer", name, InputSize=np.atleast_2d(np.array(size, float)), **{**given, **more})


def dense(name: str = "fc", inputs: int = 3, outputs: int = 2, **more: Any) -> MatObject:
    stream = np.random.default_rng(7)
    given = {
        "InputSize": EMPTY,
        "OutputSize": np.array([[1.0, 1.0, outputs]]),
        "Weights": learnable(single(stream, outputs, inputs)),
        "Bias": learnable(single(stream, outputs, 1)),
    }
    return thing("FullyConnectedLayer", name, **{**given, **more})


def regression(name: str = "out") -> MatObject:
    return thing("RegressionOutputLayer", name, ResponseNames=Cell.column([Char("Response")]))


def array(*layers: MatObject) -> MatObjectArray:
    return MatObjectArray("nnet.cnn.layer.Layer", object_array(layers, (len(layers), 1)))


def series(*layers: MatObject) -> MatObject:
    return MatObject("SeriesNetwork", {"any": Struct({"Version": scalar(1), "Layers": array(*layers)})})


def table(*pairs: tuple[str, str]) -> Table:
    columns = {
        name: Cell.column([Char(pair[k]) for pair in pairs]) for k, name in enumerate(("Source", "Destination"))
    }
    return Table(columns, len(pairs))


def graph(layers: MatObjectArray, *pairs: tuple[str, str], kind: str = "DAGNetwork") -> MatObject:
    inside = Struct({"Version": scalar(2), "Layers": layers, "Connections": table(*pairs)})
    return MatObject(kind, {"any": inside})


def test_a_series_network_keeps_every_bit() -> None:
    stored = lstm()
    found = matlab_network.network(series(sequence(), stored, dense(), regression()))
    assert found.names == ("in", "lstm", "fc", "out")
    assert [layer.Type for layer in found] == [
        *("sequenceInputLayer", "lstmLayer", "fullyConnectedLayer", "regressionLayer"),
    ]
    for name in ("InputWeights", "RecurrentWeights", "Bias"):
        assert found["lstm"].arrays[name].dtype == np.float32
        np.testing.assert_array_equal(found["lstm"].arrays[name], stored[name]["Value"])
    np.testing.assert_array_equal(found["lstm"].start("CellState"), stored["CellState"]["Value"])
    assert not found["lstm"].start("CellState", reset=True).any()
    assert found["lstm"].options["BiasInitializer"] == "unit-forget-gate"
    assert found["fc"].InputSize == 3
    assert found["out"].ResponseNames == ("Response",)


def test_the_end_of_a_sequence_and_old_files_without_activations() -> None:
    old = lstm(ReturnSequence=flag(False), StateActivationFunction=None, GateActivationFunction=None)
    old.properties["any"] = Struct(
        {k: v for k, v in old.properties["any"].items() if not k.endswith("ActivationFunction")}
    )
    layer = matlab_layers.layer(old)
    assert layer.options["OutputMode"] == "last"
    assert layer.options["GateActivationFunction"] == "sigmoid"


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        (EMPTY, {"Normalization": "none"}),
        ({"Type": Char("zerocenter"), "AverageImage": np.array([[1.0], [2]])}, {"Mean": [[1.0], [2]]}),
        ({"Type": Char("zscore"), "Mean": np.ones((2, 1)), "Std": np.full((2, 1), 3.0)}, {"Mean": [[1.0], [1]]}),
        (
            {**RESCALED, "TargetMin": scalar(-1), "TargetMax": scalar(1)},
            {"Normalization": "rescale-symmetric", "Max": [[4.0]]},
        ),
        (
            {**RESCALED, "TargetMin": scalar(0), "TargetMax": scalar(1)},
            {"Normalization": "rescale-zero-one"},
        ),
    ],
)
def test_normalizations(stored: Any, wanted: dict[str, Any]) -> None:
    layer = matlab_layers.layer(sequence(Normalization=Struct(stored) if isinstance(stored, dict) else stored))
    for name, value in wanted.items():
        held = getattr(layer, name)
        assert held == value if isinstance(value, str) else np.array_equal(held, value)


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        (thing("SelfAttentionLayer", "odd", NumHeads=scalar(2)), "nnet.cnn.layer.SelfAttentionLayer"),
        (thing("someone.LayerOfTheirOwn", "odd"), "someone.LayerOfTheirOwn"),
        (lstm("odd", GateActivationFunction=Char("gelu")), "GateActivationFunction must be one of"),
        (lstm("odd", Bias=learnable(np.zeros((5, 1), np.float32))), "Bias must be 12 x 1"),
        (sequence("odd", [28, 28, 3]), "InputSize 28 x 28 x 3"),
        (sequence("odd", Normalization=Struct({"Type": Char("whitening")})), "normalization 'whitening'"),
    ],
)
def test_what_is_not_understood_keeps_its_place_and_is_refused_by_name(odd: MatObject, message: str) -> None:
    found = matlab_network.network(series(sequence(), lstm(), odd, regression())) if odd["Name"] != "in" else None
    assert found is not None
    assert isinstance(found["odd"], UnknownLayer)
    assert message in found["odd"].Kind
    facts = network_facts.of_variables({"net": series(sequence(), lstm(), odd, regression())})
    assert facts is not None
    assert facts["unsupported"] == [{"path": "net/odd", "kind": found["odd"].Kind}]
    with pytest.raises(UnsupportedLayer, match="'odd'"):
        bridge.predict(found, np.zeros((4, 2)), state="reset")


def test_a_graph_with_ports() -> None:
    joined = thing("AdditionLayer", "add", NumInputs=scalar(2))
    layers = array(sequence(), thing("TanhLayer", "a"), thing("ReLULayer", "b"), joined, regression())
    pairs = [("in", "a"), ("in", "b"), ("a", "add/in1"), ("b", "add/in2"), ("add", "out")]
    for value in (
        graph(layers, *pairs),
        graph(layers, *pairs, kind="nnet.cnn.LayerGraph"),
        MatObject("dlnetwork", {"any": Struct({"LayerGraph": graph(layers, *pairs, kind="nnet.cnn.LayerGraph")})}),
    ):
        found = matlab_network.network(value)
        assert set(found.connections) == set(pairs)
        x = np.array([[1.0, -2.0], [0.5, 0.25]])
        np.testing.assert_allclose(bridge.predict(found, x, layout="TC"), np.tanh(x) + np.maximum(x, 0), rtol=1e-6)


def test_an_unknown_layer_with_ports_of_its_own() -> None:
    odd = thing("someone.MixingLayer", "mix")
    layers = array(sequence(), thing("TanhLayer", "a"), odd, regression())
    pairs = [("in", "a"), ("in", "mix/query"), ("a", "mix/value"), ("mix", "out")]
    found = matlab_network.network(graph(layers, *pairs))
    assert found["mix"].input_ports == ("query", "value")
    assert set(found.connections) == set(pairs)


def test_bidirectional_gated_and_projected_layers() -> None:
    stream = np.random.default_rng(3)
    both = matlab_layers.layer(lstm("b", "BiLSTMLayer", rows=24))
    assert both.Type == "bilstmLayer"
    assert both.shapes()["InputWeights"] == (24, 2)
    doubled = learnable(single(stream, 18, 1))
    mode = Char("recurrent-bias-after-multiplication")
    gated = lstm("g", "GRULayer", rows=9, Bias=doubled, ResetGateMode=mode)
    assert matlab_layers.layer(gated).options["ResetGateMode"] == "recurrent-bias-after-multiplication"
    projected = lstm(
        "p",
        "LSTMProjectedLayer",
        InputWeights=learnable(single(stream, 12, 1)),
        RecurrentWeights=learnable(single(stream, 12, 2)),
        InputProjector=learnable(single(stream, 2, 1)),
        OutputProjector=learnable(single(stream, 3, 2)),
    )
    layer = matlab_layers.layer(projected)
    assert (layer.options["InputProjectorSize"], layer.options["OutputProjectorSize"]) == (1, 2)


def test_labels_come_from_a_categorical() -> None:
    labels = Categorical(np.array([[2], [1]], np.uint8), ("no", "yes"))
    layer = matlab_layers.layer(thing("ClassificationOutputLayer", "out", Categories=labels))
    assert layer.options["Classes"] == ("yes", "no")


def test_a_state_of_a_whole_mini_batch_is_not_taken_for_one_sequence() -> None:
    states = np.arange(6, dtype=np.float32).reshape(3, 2)
    layer = matlab_layers.layer(lstm(HiddenState=Struct({"Value": states})))
    assert not layer.start("HiddenState").any()


def test_every_class_of_the_table_is_a_layer_of_ours() -> None:
    assert {kind for kind, _ in matlab_layers.CLASSES.values()} == set(LAYERS)


def test_networks_are_found_in_structures_and_cells() -> None:
    net = series(sequence(), regression())
    variables = {"a": scalar(1), "s": Struct({"nets": Cell.row([scalar(2), net])})}
    (found,) = matlab_network.find(variables)
    assert found.place == "s.nets{2}"
    assert isinstance(matlab_network.recognised(variables), Network)
    kept = matlab_network.recognised(variables, unwrap=False)
    assert isinstance(kept["s"]["nets"][1], Network)


def test_of_a_network_and_its_bare_layers_the_network_is_meant() -> None:
    bare = array(sequence(""), dense("", Weights=learnable(EMPTY), Bias=learnable(EMPTY)), regression(""))
    net = series(sequence(), regression())
    assert matlab_network.recognised({"layers": bare, "net": net, "x": EMPTY}).names == ("in", "out")
    two = matlab_network.recognised({"one": net, "two": net})
    assert set(two) == {"one", "two"}
    assert matlab_network.recognised({"layers": bare}).names == ("sequenceinput", "fc", "regressionoutput")


def test_layers_that_make_no_network_are_one_clear_error() -> None:
    with pytest.raises(UnsupportedContent, match=r"net\.mat: variable 'net': .*expects 3 channels"):
        matlab_network.network(series(sequence(), dense(), regression()), "net.mat", "variable 'net'")


@pytest.mark.parametrize(("name", "units"), [("LSTM", 60), ("Tuberculosis", 60), ("HepatitisB-Region", 180)])
def test_files_that_matlab_wrote(shared: Path, name: str, units: int) -> None:
    path = shared / "corpus" / "nets" / "FENN" / f"{name}.mat"
    net = bridge.load(path)
    assert isinstance(net, Network)
    assert net["lstm"].NumHiddenUnits == units
    stored = mat.read(path, ["net"])["net"]["Layers"][1]
    np.testing.assert_array_equal(net["lstm"].RecurrentWeights, stored["RecurrentWeights"]["Value"])
    assert bridge.load(path, "net") == net
    assert isinstance(bridge.load(path, "sig"), np.ndarray)
    facts = network_facts.of_variables(mat.read(path))
    assert facts is not None
    assert facts["unsupported"] == []
    assert [layer["kind"] for layer in facts["variables"]["net"]["layers"]][1] == "lstmLayer"
    assert set(facts["variables"]) == {"layers", "net"}


def test_an_uninitialized_network_can_be_looked_at_not_run() -> None:
    bare = array(sequence(""), dense("", 2, 2, Weights=learnable(EMPTY), Bias=learnable(EMPTY)), regression(""))
    with pytest.raises(NetworkError, match="Weights is not set"):
        bridge.predict(matlab_network.network(bare), np.zeros((4, 2)), layout="TC")
