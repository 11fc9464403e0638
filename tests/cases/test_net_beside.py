"""What may stand beside a network and is tried: tables, logged signals, settings of mapminmax, labels of every form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge import LSTM, BiLSTM, ClassificationOutput, FeatureInput, FullyConnected, Network, SequenceInput, Softmax
from bridge.cases import net_labels, net_search
from bridge.cases.net_leaves import leaves
from bridge.cases.net_options import paddings
from bridge.cases.net_scalings import scalings
from bridge.files import mat, network_mat
from bridge.files.mat_objects import MatObject
from bridge.files.mat_signals import Dataset, Signal, SimulationOutput, Timeseries
from bridge.files.mat_tables import Categorical, Table
from bridge.matlab.values import Cell, Char, String, Struct, object_array

Array = np.ndarray[Any, Any]


def waves(*shape: int) -> Array:
    return np.sin(1.3 * np.arange(np.prod(shape)) ** 1.1).reshape(shape)


def found(network: Network, **variables: Any) -> set[str]:
    """What is claimed, in MATLAB's language."""
    return {claim.expression("net") for claim in net_search.search(network, variables) if claim.match.agrees}


@pytest.fixture
def net() -> Network:
    return Network([SequenceInput(2), LSTM(6), FullyConnected(1)]).initialize(3)


def settings(x: Array, low: float = -1.0) -> Struct:
    """What MATLAB's `mapminmax` hands out for the rows of `x`."""
    least, most = x.min(1, keepdims=True), x.max(1, keepdims=True)
    gain = (1 - low) / (most - least)
    fields = {"xrows": len(x), "xmin": least, "xmax": most, "ymin": low, "ymax": 1.0, "gain": gain, "xoffset": least}
    return Struct({"name": Char("mapminmax"), **{k: np.atleast_2d(np.asarray(v, float)) for k, v in fields.items()}})


def test_settings_of_mapminmax_are_tried(net: Network) -> None:
    x, y = 5 + 3 * waves(2, 60), 40 + 9 * waves(1, 60)
    ps_input, ps_output = settings(x, 0.0), settings(y)
    scaled = (x - ps_input["xoffset"]) * ps_input["gain"]
    said = bridge.predict(net, scaled, layout="CT").astype(float)
    T_sim = (said + 1) / ps_output["gain"] + ps_output["xoffset"]
    claims = found(net, X=x, ps_input=ps_input, ps_output=ps_output, T_sim=T_sim)
    assert "T_sim = mapminmax('reverse',net(mapminmax('apply',X,ps_input)),ps_output)" in claims


def test_windows_cut_by_hand_are_sequences_of_one_step(net: Network) -> None:
    x = waves(2, 40)
    y = np.concatenate(bridge.predict(net, [x[:, k : k + 1] for k in range(40)], layout="CT"), 1)
    assert found(net, p_train=x, t_sim=y.T) == {"t_sim = net(num2cell(p_train,1))"}


def test_smallest_and_largest_are_tried(net: Network) -> None:
    x = 5 + 3 * waves(2, 60)
    low, high = x.min(1, keepdims=True), x.max(1, keepdims=True)
    y = bridge.predict(net, (x - low) / (high - low), layout="CT")
    assert "YPred = net((X - x_min)./(x_max - x_min))" in found(net, X=x, x_min=low, x_max=high, YPred=y)


def test_scalings_pair_by_name() -> None:
    pairs = scalings(
        {"mu": np.zeros((2, 1)), "sig": np.ones((2, 1)), "minU": np.zeros((1, 1)), "maxU": np.ones((1, 1))}
    )
    assert [pair.forward.format("X") for pair in pairs] == ["(X - mu)./sig", "(X - minU)./(maxU - minU)"]
    assert [pair.backward.format("Y") for pair in pairs] == ["Y*sig + mu", "Y.*(maxU - minU) + minU"]


def test_tables_and_logged_signals_are_looked_into(net: Network) -> None:
    x = waves(40, 2)
    y = bridge.predict(net, x)
    table = Table({"u": x[:, :1], "v": x[:, 1:], "note": Cell.column([Char("a")] * 40)}, 40)
    assert found(net, data=table, YPred=y) == {"YPred = net(data{:,vartype('numeric')}')"}
    time = np.arange(40.0).reshape(-1, 1)
    logged = Dataset("logsout", (Signal("x", Timeseries(time, x)), Signal("y", Timeseries(time, y))))
    claims = found(net, out=SimulationOutput({"logsout": logged}))
    assert claims == {"out.logsout{2}.Values.Data = net(out.logsout{1}.Values.Data')"}


def test_images_that_are_vectors_are_features() -> None:
    net = Network([FeatureInput(3), FullyConnected(2)]).initialize(0)
    x = waves(50, 3)
    y = bridge.predict(net, x)
    assert found(net, X=x.T.reshape(1, 1, 3, 50, order="F"), Y=y) == {"Y' = net(X)"}


def classifier(mode: str, named: bool = True) -> Network:
    layers = [SequenceInput(2), BiLSTM(4, OutputMode=mode), FullyConnected(3), Softmax()]
    return Network([*layers, *([ClassificationOutput(["a", "b", "c"])] if named else [])]).initialize(5)


def sequences() -> list[Array]:
    lengths = (2, 30, 7, 3, 8, 25, 1, 6)
    return [3 * waves(2, length + k)[:, k:] * (k % 5 - 2.5) for k, length in enumerate(lengths)]


def categorical(labels: list[str]) -> Categorical:
    codes = np.array([["abc".index(label) + 1] for label in labels], np.uint8)
    return Categorical(codes, ("a", "b", "c"))


def said(network: Network, x: list[Array], **how: Any) -> list[Any]:
    return [np.asarray(y).argmax(0) for y in bridge.predict(network, x, layout="CT", **how)]


def test_labels_are_those_of_the_mini_batches_that_the_options_name() -> None:
    network = classifier("last")
    x = sequences()
    labels = ["abc"[k] for k in said(network, x, mini_batch_size=3)]
    alone = ["abc"[k] for k in said(network, x)]
    assert labels != alone  # else the test would show nothing
    options = MatObject("nnet.cnn.TrainingOptionsADAM", {"MiniBatchSize": np.array([[3.0]])})
    beside = {"X": Cell.column(x), "YPred": categorical(labels), "options": options}
    (sentence,) = net_labels.agreeing(network, beside)
    assert "X, mini-batches of 3 padded with zeros: 8 of 8" in sentence


def test_a_dlnetwork_takes_its_classes_from_a_list_beside_it() -> None:
    network = classifier("last", named=False)
    x = sequences()
    labels = ["abc"[k] for k in said(network, x)]
    names = String(object_array(["a", "b", "c"], (1, 3)))
    texts = Cell.column([Char(label) for label in labels])
    (sentence,) = net_labels.agreeing(network, {"X": Cell.column(x), "classNames": names, "YPred": texts})
    assert "YPred against what the network says of X, classes from classNames: 8 of 8" in sentence
    (other,) = net_labels.agreeing(network, {"X": Cell.column(x), "Y": categorical(labels)})
    assert "classes from Y: 8 of 8" in other


def test_labels_of_every_step() -> None:
    network = classifier("sequence")
    x = sequences()
    each = [categorical(["abc"[k] for k in steps]) for steps in said(network, x)]
    (sentence,) = net_labels.agreeing(network, {"X": Cell.column(x), "Y": Cell.column(each)})
    assert sentence.endswith(
        f"X: {sum(s.shape[1] for s in x)} of {sum(s.shape[1] for s in x)} (labels alone prove little)"
    )


def test_the_padding_that_options_name_is_tried() -> None:
    fields = {"MiniBatchSize": np.array([[27.0]]), "SequencePaddingDirection": Char("left")}
    named = {"options": MatObject("nnet.cnn.TrainingOptionsADAM", fields)}
    assert paddings(named, 9) == [(27, "right"), (128, "right"), (27, "left"), (128, "left")]
    assert paddings({"hyper": Struct({"miniBatchSize": np.array([[16.0]])})}, 9) == [(16, "right"), (128, "right")]
    assert paddings({}, 9) == [(128, "right")]
    assert (27, "right") in paddings({}, 30)


def test_a_cell_array_of_one_sequence_is_that_sequence(net: Network) -> None:
    x = waves(2, 40)
    y = bridge.predict(net, x, layout="CT")
    assert found(net, X=Cell.column([x]), Y=y) == {"Y = net(X{1})"}
    assert "Y{1} = net(X)" in found(net, X=x, Y=Cell.column([y.T]))
    assert "Y{1} = net(X{1})" in found(net, X=Cell.column([x]), Y=Cell.column([y]))


def test_channels_beside_a_target_in_one_array(net: Network) -> None:
    x = waves(2, 40)
    y = bridge.predict(net, x, layout="CT")
    target = np.cos(np.arange(40.0))[None]
    assert found(net, data=np.concatenate([x, target]).T, YPred=y) == {"YPred = net(data(:,1:2)')"}
    table = Table({"a": x[:1].T, "b": x[1:].T, "target": target.T, "said": y.T}, 40)
    assert found(net, T=table) == {"T.said = net(T{:,vartype('numeric')}(:,1:2)')"}


def test_weights_of_networks_are_no_data(net: Network) -> None:
    assert not list(leaves({"s": Struct({"net": network_mat.structure(net)})}))


def test_one_of_several_sequences_is_tried_alone(net: Network) -> None:
    sequences = [waves(2, 30), 0.5 * waves(2, 41), waves(2, 50)]
    y = bridge.predict(net, sequences[1], layout="CT")
    assert "Y = net(XTest{2})" in found(net, XTest=Cell.column(sequences), Y=y)
    assert "Y = net(XTest{2}')" in found(net, XTest=Cell.column([x.T for x in sequences]), Y=y)


def test_leaves_go_no_deeper_than_they_must(tmp_path: Path) -> None:
    value: Any = np.ones((2, 2))
    for _ in range(12):
        value = Struct({"a": value})
    assert not list(leaves({"deep": value}))
    mat.write({"s": {"t": {"x": np.ones((2, 3))}}}, tmp_path / "s.mat")
    assert [name for name, _ in leaves(mat.read(tmp_path / "s.mat"))] == ["s.t.x"]
