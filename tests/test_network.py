"""The noun: names, sizes, connections, arrays, equality, display."""

from __future__ import annotations

import numpy as np
import pytest
from random_networks import branched, every_kind, filled

import bridge
from bridge.errors import NetworkError, UsageError
from bridge.network import LAYERS, Convolution1D, FullyConnected, Layer, Network, SequenceInput, UnknownLayer, same


def example() -> Network:
    return bridge.Network([bridge.SequenceInput(4), bridge.LSTM(3), bridge.FullyConnected(2)])


def test_layers_get_matlabs_names_and_sizes() -> None:
    network = example()
    assert network.names == ("sequenceinput", "lstm", "fc")
    assert network.connections == (("sequenceinput", "lstm"), ("lstm", "fc"))
    assert (network.inputs, network.outputs) == (("sequenceinput",), ("fc",))
    assert network["lstm"].InputSize == 4
    assert network["fc"].InputSize == 3
    assert network["lstm"].shapes() == {
        "InputWeights": (12, 4),
        "RecurrentWeights": (12, 3),
        "Bias": (12, 1),
        "HiddenState": (3, 1),
        "CellState": (3, 1),
    }


def test_several_layers_of_a_kind_are_numbered_from_one() -> None:
    network = Network([bridge.SequenceInput(1), bridge.LSTM(2), bridge.LSTM(2), bridge.LSTM(2, Name="lstm_2")])
    assert network.names == ("sequenceinput", "lstm_1", "lstm_3", "lstm_2")


def test_arrays_are_copied_typed_and_read_only() -> None:
    network, weights = example(), np.arange(48, dtype=np.float32).reshape(12, 4)
    network["lstm"].InputWeights = weights
    weights[:] = 0
    assert network["lstm"].InputWeights[1, 0] == 4
    assert network["lstm"].InputWeights.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        network["lstm"].InputWeights[0, 0] = 1
    network["lstm"].Bias = range(12)
    assert (network["lstm"].Bias.shape, network["lstm"].Bias.dtype) == ((12, 1), np.float64)
    network["lstm"].Bias = None
    assert network["lstm"].Bias is None


def test_a_network_copies_its_layers() -> None:
    layer = bridge.LSTM(3)
    network = Network([bridge.SequenceInput(4), layer])
    network["lstm"].Bias = np.zeros(12)
    assert layer.Bias is None
    assert layer.InputSize is None
    assert layer.Name == ""


def test_setting_a_state_sets_the_one_after_a_reset() -> None:
    layer = bridge.LSTM(2, HiddenState=[1, 2], InitialHiddenState=[3, 4])
    assert layer.start("HiddenState").ravel().tolist() == [1, 2]
    assert layer.start("HiddenState", reset=True).ravel().tolist() == [3, 4]
    layer.HiddenState = [5, 6]
    assert layer.start("HiddenState", reset=True).ravel().tolist() == [5, 6]
    assert layer.start("CellState").ravel().tolist() == [0, 0]
    assert "InitialHiddenState" not in bridge.LSTM(2, HiddenState=[1, 2], InitialHiddenState=[1, 2]).arrays


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bridge.LSTM(0), "lstmLayer.*NumHiddenUnits must be a whole number of at least 1, not 0"),
        (lambda: bridge.LSTM(2.5), "NumHiddenUnits must be a whole number"),
        (lambda: bridge.LSTM(3, OutputMode="all"), "OutputMode must be one of 'sequence', 'last', not 'all'"),
        (lambda: bridge.LSTM(3, Weights=1), "has no property 'Weights'; it has Name, NumHiddenUnits"),
        (lambda: bridge.LSTM(), "needs NumHiddenUnits"),
        (lambda: bridge.LSTM(3, Bias=np.zeros(11)), "Bias must be 12 x 1, not 11 x 1"),
        (lambda: bridge.LSTM(3, Bias=np.zeros(12, complex)), "Bias must be real numbers"),
        (lambda: bridge.Dropout(1), "Probability must be a number from 0, below 1"),
        (lambda: Network([]), "at least one layer"),
        (lambda: Network([3]), "made of layers, not of int"),
        (lambda: Network([bridge.LSTM(3)]), "nothing is connected to its input 'in'"),
        (
            lambda: Network([SequenceInput(1, Name="a"), bridge.Tanh(Name="a")]),
            "'a': there are two layers of this name",
        ),
        (
            lambda: Network([SequenceInput(4), bridge.LSTM(3, InputSize=5)]),
            "'lstm': expects 5 channels, but is given 4",
        ),
        (
            lambda: Network([SequenceInput(4), bridge.LSTM(3, OutputMode="last"), bridge.SelfAttention(1, 2)]),
            "'selfattention': needs a seq",
        ),
        (lambda: Network([SequenceInput(4), bridge.ClassificationOutput(["a"])]), "has 1 classes, but is given 4"),
        (lambda: Network([SequenceInput(4)], [("x", "y")]), "'x', which is no layer; there are sequenceinput"),
        (lambda: Network([SequenceInput(4), bridge.Tanh()], [("tanh", "tanh")]), "a circle: tanh <- tanh"),
        (
            lambda: Network([SequenceInput(4), bridge.Addition(2)]),
            "'addition': nothing is connected to its input 'in2'",
        ),
        (lambda: example().with_({"x": {}}), "'x': is not in this network; there are sequenceinput, lstm, fc"),
        (lambda: example()["fc"].refuse("no"), None),
    ],
)
def test_errors_name_the_layer_and_the_cause(make: object, message: str | None) -> None:
    if message is None:
        assert isinstance(make(), NetworkError)  # type: ignore[operator]
        return
    with pytest.raises((NetworkError, UsageError), match=message):
        make()  # type: ignore[operator]


def test_the_transpose_of_a_weight_is_recognised() -> None:
    with pytest.raises(NetworkError, match="layer 'lstm': InputWeights must be 12 x 4, not 4 x 12; transpose it"):
        example()["lstm"].InputWeights = np.zeros((4, 12))


def test_options_are_fixed_and_with_gives_another_network() -> None:
    network = filled(example(), 0)
    with pytest.raises(NetworkError, match=r"OutputMode is fixed; network\.with_"):
        network["lstm"].OutputMode = "last"
    with pytest.raises(AttributeError, match=r"has no property 'InputWeight'; did you mean 'InputWeights'\? It has"):
        network["lstm"].InputWeight = 1
    other = network.with_({"lstm": {"OutputMode": "last"}}, fc={"Bias": [1, 2]})
    assert network["lstm"].OutputMode == "sequence"
    assert other["lstm"].OutputMode == "last"
    assert other.signal("fc") == (2, False)
    assert other["fc"].Bias.ravel().tolist() == [1, 2]
    assert network.with_(lstm={"Name": "memory"}).connections == (("sequenceinput", "memory"), ("memory", "fc"))


def test_equality_is_of_every_bit() -> None:
    network = filled(example(), 0, np.float64)
    assert same(network, network.copy())
    assert network == network.copy()
    bias = network["fc"].Bias
    for change in ({"Bias": -0.0 * bias}, {"Bias": bias.astype(np.float32)}, {"Bias": None}, {"BiasL2Factor": 1}):
        other = network.with_(fc=change)
        assert network.difference(other).startswith("layer 'fc': Bias")
    zero = network.with_(fc={"Bias": 0 * abs(bias)})
    assert not same(zero, network.with_(fc={"Bias": -0.0 * abs(bias)}))
    missing = network.with_(fc={"Bias": np.full((2, 1), np.nan)})
    assert same(missing, missing.copy())


def test_a_graph_is_ordered_and_joined_by_ports() -> None:
    network = branched()
    assert network.sources("sum") == ["joined", "c"]
    assert ("b", "joined/in2") in network.connections
    assert not network.is_series
    assert network.signal("joined") == (7, True)
    shuffled = Network([network[name] for name in reversed(network.names)], network.connections)
    places = {name: k for k, name in enumerate(shuffled.order)}
    assert all(places[a] < places[b.partition("/")[0]] for a, b in shuffled.connections)


def test_an_unknown_layer_keeps_its_place() -> None:
    odd = UnknownLayer("nnet.cnn.layer.SelfAttentionLayer", properties={"NumHeads": 2})
    network = Network([SequenceInput(4), odd, FullyConnected(2, InputSize=8)])
    assert network.signal("layer") is None
    assert network["layer"].properties == {"NumHeads": 2}
    assert "SelfAttentionLayer" in repr(network)


def test_a_network_shows_itself() -> None:
    assert repr(example()).splitlines() == [
        "Network with 3 layers:",
        "    1  'sequenceinput'  Sequence Input   Sequence input with 4 dimensions",
        "    2  'lstm'           LSTM             LSTM with 3 hidden units",
        "    3  'fc'             Fully Connected  2 fully connected layer",
    ]
    html = Network([SequenceInput(4, Name="<in>")])._repr_html_()
    assert "&lt;in&gt;" in html
    assert "a -&gt; joined/in1" in branched()._repr_html_()


def test_every_kind_of_layer_is_public_and_described() -> None:
    assert {layer.Type for network in every_kind() for layer in network} == set(LAYERS)
    for kind in LAYERS.values():
        assert getattr(bridge, kind.__name__) is kind
        assert kind.__doc__ is not None
        assert kind.__doc__ != Layer.__doc__
        assert kind.Type in kind.__doc__


def test_last_dimensions_of_one_may_be_left_out_as_matlab_does() -> None:
    weights = np.arange(6.0).reshape(3, 2)
    layer = Convolution1D(3, 1, Weights=weights)
    assert np.array_equal(layer.Weights, weights[:, :, None])
    with pytest.raises(NetworkError, match=r"Weights must be 3 x \? x 4, not 3 x 2"):
        Convolution1D(3, 4, Weights=weights)
