"""Networks drawn: the diagram computes what the network does, and reads well."""

from __future__ import annotations

import importlib.util
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from written_out import answer

import bridge
from bridge.crossings import diagram_from_network, example_model
from bridge.crossings.sheet import port_position
from bridge.errors import LayoutError, NetworkError, UnsupportedLayer, UsageError
from bridge.model import differences

NAME_HEIGHT = 15
"""Pixels that a block's name takes below it."""


def network(inputs=2, units=(3,), outputs=2, *, bias=True, states=True):
    g = np.random.default_rng(len(units))
    layers, size = [bridge.SequenceInput(inputs)], inputs
    for n in units:
        given = {"HiddenState": g.normal(size=(n, 1)), "CellState": g.normal(size=(n, 1))} if states else {}
        W, R, b = g.normal(size=(4 * n, size)), g.normal(size=(4 * n, n)) / np.sqrt(n), g.normal(size=(4 * n, 1))
        layers.append(bridge.LSTM(n, InputWeights=W, RecurrentWeights=R, Bias=b, **given))
        size = n
    if outputs:
        d = g.normal(size=(outputs, 1)) if bias else np.zeros((outputs, 1))
        layers.append(bridge.FullyConnected(outputs, Weights=g.normal(size=(outputs, size)), Bias=d))
    return bridge.Network(layers)


NETWORKS = [
    {},
    {"bias": False},
    {"outputs": 0},
    {"units": (4, 3)},
    {"inputs": 4, "units": (5, 2, 3), "outputs": 1},
    {"units": (2, 2), "states": False},
]


@pytest.mark.parametrize("sizes", NETWORKS, ids=str)
def test_the_diagram_answers_as_the_network(sizes) -> None:
    net = network(**sizes)
    u = np.random.default_rng(0).normal(size=(40, net.layers[0].InputSize))
    model, workspace = diagram_from_network(net, u, sample_time=0.25)
    expected = answer(net, u)
    y = bridge.simulate(model, workspace)["y"].reshape(expected.shape)
    assert np.abs(y - expected).max() <= 1e-14 * np.abs(expected).max()  # as the recurrence of one layer


def test_predict_and_the_diagram_agree() -> None:
    net = mixed()
    u = np.random.default_rng(0).normal(size=(30, 2))
    y = bridge.simulate(*diagram_from_network(net, u))["y"]
    expected = bridge.predict(net, u, precision="double")
    assert np.abs(y - expected).max() <= 1e-13 * np.abs(expected).max()


def test_the_workspace_has_the_weights_by_layer() -> None:
    net = network(units=(3, 2))
    _, w = diagram_from_network(net)
    assert list(w) == ["t", "u", "Ts", "W", "R", "b", "h0", "c0", "Nn", "W2", "R2", "b2", "h02", "c02", "Nn2", "F", "d"]
    assert np.array_equal(w["W2"], net["lstm_2"].InputWeights)
    assert np.array_equal(w["c0"], net["lstm_1"].CellState)
    assert (w["Nn"], w["Nn2"]) == (3.0, 2.0)
    assert all(value.dtype == np.float64 for value in w.values() if isinstance(value, np.ndarray))


def test_a_bias_of_zero_is_not_drawn() -> None:
    model, w = diagram_from_network(network(bias=False))
    assert "d" not in w
    assert "FC bias" not in model.root
    assert "FC bias" in diagram_from_network(network())[0].root


def test_layers_that_compute_nothing_are_left_out() -> None:
    net = network()
    with_dropout = bridge.Network([*net.layers[:2], bridge.Dropout(0.3), net.layers[2], bridge.RegressionOutput()])
    assert differences(diagram_from_network(net)[0], diagram_from_network(with_dropout)[0]) == []


def test_times_may_be_given() -> None:
    u = np.zeros((3, 2))
    _, w = diagram_from_network(network(), u, time=[0, 0.5, 1.0])
    assert (w["Ts"], w["t"].ravel().tolist()) == (0.5, [0, 0.5, 1.0])
    with pytest.raises(UsageError, match="3 increasing seconds"):
        diagram_from_network(network(), u, time=[0, 1, 1])
    with pytest.raises(LayoutError, match=r"T x 2 with T > 1, not 2 x 5"):
        diagram_from_network(network(), np.zeros((2, 5)))


def test_what_cannot_be_drawn_is_named() -> None:
    net = network()
    for layer, option, cause in (
        ("lstm", {"StateActivationFunction": "softsign"}, "StateActivationFunction 'tanh', not 'softsign'"),
        ("lstm", {"GateActivationFunction": "hard-sigmoid"}, "GateActivationFunction 'sigmoid'"),
        ("lstm", {"OutputMode": "last"}, "OutputMode 'sequence'"),
        ("sequenceinput", {"Normalization": "zscore", "Mean": 0, "StandardDeviation": 1}, "no 'zscore' normalization"),
    ):
        with pytest.raises(UnsupportedLayer, match=f"layer '{layer}': .*{cause}"):
            diagram_from_network(net.with_({layer: option}))
    with pytest.raises(UnsupportedLayer, match=r"layer 'gru': .*not of gruLayer"):
        diagram_from_network(bridge.Network([bridge.SequenceInput(2), bridge.GRU(3)]))
    with pytest.raises(NetworkError, match="layer 'lstm': InputWeights is not set"):
        diagram_from_network(bridge.Network([bridge.SequenceInput(2), bridge.LSTM(3)]))


# How it looks ---------------------------------------------------------------------------------------------------------


def drawn(system):
    """Every straight piece of every line, as (name of the source, start, end), corners absolute."""
    blocks = {block.name: block for block in system.blocks}
    for line in system.lines:
        pending = [(line, port_position(blocks[line.source.block], "out", line.source.number))]
        while pending:
            piece, point = pending.pop()
            corners = [point]
            for dx, dy in piece.points:
                corners.append((corners[-1][0] + dx, corners[-1][1] + dy))
            if piece.destination is not None:
                end = piece.destination
                corners.append(port_position(blocks[end.block], "in", end.number))
            yield from ((line.source.block, a, b) for a, b in pairwise(corners))
            pending += [(branch, corners[-1]) for branch in piece.branches]


def overlap(a, b):
    """Whether two boxes, or a piece of line as a box, share more than an edge."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def box(start, end):
    """A piece of line as a box two pixels wide."""
    (x1, y1), (x2, y2) = start, end
    return min(x1, x2) - 1, min(y1, y2) - 1, max(x1, x2) + 1, max(y1, y2) + 1


def mixed():
    """Fully connected layers before, between and behind LSTM layers."""
    two = network(units=(3, 2))
    before = bridge.FullyConnected(2, Weights=np.ones((2, 2)), Bias=np.zeros(2))
    between = bridge.FullyConnected(3, Weights=np.ones((3, 3)), Bias=np.ones(3))
    first, lstm, other, last = two.layers
    return bridge.Network([first, before, lstm, between, between.replace(Name="again"), other, last])


@pytest.fixture(params=[(3,), (3, 2), (1, 1, 1), "mixed"], ids=str)
def system(request):
    net = mixed() if request.param == "mixed" else network(units=request.param)
    return diagram_from_network(net)[0].root


def test_every_piece_of_line_is_level_or_upright(system) -> None:
    pieces = list(drawn(system))
    assert len(pieces) > 40
    assert all(a != b and (a[0] == b[0] or a[1] == b[1]) for _, a, b in pieces)


def test_no_two_blocks_overlap_nor_their_names(system) -> None:
    for one, other in combinations(system.blocks, 2):
        boxes = []
        for block in (one, other):
            left, top, right, bottom = block.position
            named = block.get("ShowName") != "off"
            boxes.append((left, top, right, bottom + NAME_HEIGHT * named))
        assert not overlap(*boxes), (one.name, other.name)


def test_no_line_crosses_a_block_or_its_name(system) -> None:
    for name, a, b in drawn(system):
        for block in system.blocks:
            left, top, right, bottom = block.position
            below = NAME_HEIGHT if block.get("ShowName") != "off" else 0
            assert not overlap(box(a, b), (left, top, right, bottom + below)), (name, block.name)


def test_no_two_lines_run_on_top_of_each_other(system) -> None:
    for (_, a, b), (_, c, d) in combinations(drawn(system), 2):
        for along, across in ((0, 1), (1, 0)):
            if a[across] == b[across] and c[across] == d[across] and abs(a[across] - c[across]) < 5:
                start = max(min(a[along], b[along]), min(c[along], d[along]))
                stop = min(max(a[along], b[along]), max(c[along], d[along]))
                assert stop <= start, (a, b, c, d)


def test_coordinates_are_on_simulinks_grid(system) -> None:
    assert all(x % 5 == 0 and y % 5 == 0 for _, *points in drawn(system) for x, y in points)


def test_signals_carry_their_names() -> None:
    root = diagram_from_network(network(units=(3, 2)))[0].root
    labels = {line.name for line in root.lines} - {""}
    assert labels == {"u(t)", "h(t-1)", "c(t-1)", "c(t)", "h(t)", "h2(t-1)", "c2(t-1)", "c2(t)", "h2(t)"}
    named = {port.parameters["Name"] for block in root.blocks for port in block.port_properties}
    assert named == labels


# The committed model --------------------------------------------------------------------------------------------------


def test_the_committed_model_is_what_the_script_makes(tmp_path: Path) -> None:
    committed = Path(__file__).resolve().parents[2] / "models"
    spec = importlib.util.spec_from_file_location("make_models", committed / "make_models.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    for made in script.make(tmp_path):
        assert made.read_bytes() == (committed / made.relative_to(tmp_path)).read_bytes(), made.name


def test_the_example_model_is_found_and_survives_reading() -> None:
    path = example_model()
    assert path.name == "lstm_sim.mdl"
    assert differences(bridge.load(path), diagram_from_network(network(bias=False), name="lstm_sim")[0]) == []


def test_ours_has_the_blocks_of_the_original(shared: Path) -> None:
    def kinds(path):
        blocks = bridge.load(path).root.blocks
        return sorted((each.source_block or each.kind, each.get("Gain") or each.get("Value") or "") for each in blocks)

    assert kinds(example_model()) == kinds(shared / "corpus/seed/lstm_sim.mdl")
