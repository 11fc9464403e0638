"""`predict`: layouts, states, precisions, engines, and the numbers that MATLAB printed for the published network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from random_networks import branched, every_kind, filled, sequence

import bridge
from bridge import layers, published
from bridge.engines import engine_names
from bridge.errors import EngineError, LayoutError, NetworkError, UsageError
from bridge.network import LSTM, BiLSTM, FeatureInput, FullyConnected, Network, SequenceInput
from bridge.prediction import predict

OWN = ("numpy", "torch", "onnx")
FOREIGN = ("torch.nn", "onnxruntime")


@pytest.fixture(autouse=True)
def _skip_without_torch(request: pytest.FixtureRequest) -> None:
    if "engine" in request.fixturenames and "torch" in request.getfixturevalue("engine"):
        pytest.importorskip("torch", reason="the package torch is not installed")


def published_network() -> tuple[Network, np.ndarray]:
    """The first network of the example and its input: draws from rng(0), all states and the bias drawn too."""
    stream = bridge.matlab.rng(0)
    h0, c0 = stream.rand(3, 1), stream.rand(3, 1)
    W, R, b, F = stream.rand(12, 4), stream.rand(12, 3), stream.rand(12, 1), stream.rand(2, 3)
    lstm = LSTM(3, InputWeights=W, RecurrentWeights=R, Bias=b, HiddenState=h0, CellState=c0)
    network = Network([SequenceInput(4), lstm, FullyConnected(2, Weights=F, Bias=np.zeros(2))])
    return network, stream.randn(51, 4)


def printed(name: str) -> Any:
    return published.load("lstm_dynamical_system")["values"][name]


def recurrence(network: Network, u: np.ndarray) -> np.ndarray:
    """The published network gate by gate, in double precision."""

    def logistic(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    lstm, fc = network["lstm"], network["fc"]
    h, c = lstm.HiddenState[:, 0], lstm.CellState[:, 0]
    W, R, b = (np.split(lstm.arrays[name], 4) for name in ("InputWeights", "RecurrentWeights", "Bias"))
    rows = []
    for x in u:
        i, f, g, o = (W[k] @ x + R[k] @ h + b[k][:, 0] for k in range(4))
        c = logistic(f) * c + logistic(i) * np.tanh(g)
        h = logistic(o) * np.tanh(c)
        rows.append(fc.Weights @ h)
    return np.array(rows)


@pytest.mark.parametrize("engine", [*OWN, *FOREIGN])
def test_the_published_prediction_agrees_to_every_printed_digit(engine: str) -> None:
    network, u = published_network()
    z = predict(network, u, engine=engine)
    assert z.dtype == np.float32
    want = printed("dlt_z")["printed"]
    assert np.round(z[:5].T.astype(float), 4).tolist() == want
    # The 2-norm of the rounding errors of 51 steps: MATLAB printed 5.8006e-07; engines differ in order and tanh.
    norm = np.linalg.norm(z - recurrence(network, u), 2)
    assert 1 / 3 < norm / float(str(printed("norm_z_minus_y")["printed"])) < 3


@pytest.mark.parametrize("engine", [*OWN, "torch.nn"])
def test_in_double_every_engine_agrees_with_a_plain_recurrence(engine: str) -> None:
    network, u = published_network()
    y = predict(network, u, precision="double", engine=engine)
    reference = recurrence(network, u)
    assert y.dtype == np.float64
    assert np.abs(y - reference).max() <= 1e-13 * np.abs(reference).max()


def test_the_layouts_are_the_same_prediction() -> None:
    network, u = published_network()
    y = predict(network, u)
    batch = np.stack([u, -u, 2 * u], 2)  # T x C x B
    assert np.array_equal(predict(network, u.T, layout="CT"), y.T)
    whole = predict(network, batch, layout="TCB")
    assert whole.shape == (51, 2, 3)
    assert np.array_equal(predict(network, batch.transpose(1, 2, 0), layout="CBT"), whole.transpose(1, 2, 0))
    assert np.array_equal(predict(network, batch.transpose(2, 0, 1), layout="BTC"), whole.transpose(2, 0, 1))
    # One column of a product of matrices need not be that of a product with a vector, to the last bit.
    assert np.abs(whole[:, :, 0] - y).max() < 2e-6


def test_a_list_gives_a_list() -> None:
    network, u = published_network()
    results, states = predict(network, [u, u[:7], u[:0]], return_state=True)
    assert [result.shape for result in results] == [(51, 2), (7, 2), (0, 2)]
    assert np.array_equal(results[1], results[0][:7])
    assert np.array_equal(states[2]["lstm"]["HiddenState"], network["lstm"].HiddenState.astype(np.float32))
    again = predict(network, [u, u[7:]], state=[None, states[1]])
    assert np.array_equal(again[1], results[0][7:])


def test_nested_lists_of_numbers_are_one_sequence() -> None:
    network, u = published_network()
    assert np.array_equal(predict(network, u[:3].tolist()), predict(network, u[:3]))


@pytest.mark.parametrize(
    ("shape", "layout", "message"),
    [
        ((4, 51), None, r'4 x 51 is not that in layout \'TC\'; call bridge.predict\(network, u, layout="CT"\)'),
        ((51, 4), "CT", r'call bridge.predict\(network, u, layout="TC"\)'),
        ((4, 4), None, r'may be time by channels .* layout="TC"\) or .* layout="CT"\)'),
        ((51, 5), None, "takes 4 channels, and 51 x 5 is not that in layout 'TC'$"),
        ((51, 4, 7), None, r'layout="TCB"\)$'),
        ((7, 51, 4), None, r'layout="TBC"\) or .*layout="BTC"\)$'),
        ((4,), None, r'bridge.predict\(network, u.reshape\(1, -1\), layout="TC"\)'),
        ((51, 4), "TX", "there is no layout 'TX'; there are TC, CT, TCB"),
        ((51, 4), "CB", "takes sequences, but layout 'CB' names no time"),
    ],
)
def test_a_misfit_says_what_would_fit(shape: tuple[int, ...], layout: str | None, message: str) -> None:
    network, _ = published_network()
    with pytest.raises(LayoutError, match=message):
        predict(network, np.zeros(shape), layout=layout)


def test_a_square_array_with_a_layout_is_taken() -> None:
    network, u = published_network()
    assert np.array_equal(predict(network, u[:4], layout="TC"), predict(network, u)[:4])


def causal(network: Network) -> bool:
    """Whether nothing but states joins the steps."""
    return layers.takes_whole_sequences(network) is False and not any(
        isinstance(layer, BiLSTM) or layer.fed_states for layer in network
    )


@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
@pytest.mark.parametrize("precision", ["single", "double"])
def test_step_by_step_is_the_whole_sequence_bit_for_bit(network: Network, precision: str) -> None:
    if isinstance(network.layers[0], FeatureInput) or not causal(network):
        pytest.skip("what looks at other steps than by a state, or knows no time, has no steps")
    network = filled(network.copy(), 3)
    u = np.random.default_rng(1).normal(size=(9, 4))
    whole, final = predict(network, u, layout="TC", precision=precision, return_state=True)
    state, rows = None, []
    for k in range(len(u)):
        y, state = predict(network, u[k : k + 1], layout="TC", state=state, precision=precision, return_state=True)
        rows.append(y)
    timed = network.signal(network.outputs[0])
    assert np.array_equal(np.concatenate(rows) if timed is not None and timed.time else rows[-1], whole)
    assert all(np.array_equal(final[layer][name], state[layer][name]) for layer in final for name in final[layer])


@pytest.mark.parametrize("engine", [*OWN, *FOREIGN])
def test_states_carry_a_sequence_on(engine: str) -> None:
    network, u = published_network()
    whole = predict(network, u, engine=engine)
    first, state = predict(network, u[:20], engine=engine, return_state=True)
    second = predict(network, u[20:], engine=engine, state=state)
    assert state["lstm"]["CellState"].shape == (3, 1)
    assert state["lstm"]["CellState"].dtype == np.float32
    # torch and onnxruntime block their products by length, so that the last bits may differ.
    assert np.abs(np.concatenate([first, second]) - whole).max() < 2e-6


def test_states_are_given_in_several_forms() -> None:
    network, u = published_network()
    h, c = network["lstm"].HiddenState, network["lstm"].CellState
    zeroed = network.with_(lstm={"HiddenState": None, "CellState": None})
    y = predict(network, u)
    for state in (
        (h, c),
        (h.ravel(), c),
        {"lstm": {"HiddenState": h, "CellState": c}},
        {"HiddenState": h, "CellState": c},
    ):
        assert np.array_equal(predict(zeroed, u, state=state), y)
    assert np.array_equal(predict(zeroed, u, state={"lstm": {"CellState": c}}), predict(zeroed, u, state=(0 * h, c)))
    batch = np.stack([u, u], 2)
    states = {"lstm": {"HiddenState": np.hstack([h, 0 * h]), "CellState": np.hstack([c, 0 * c])}}
    both = predict(zeroed, batch, layout="TCB", state=states)
    assert np.abs(both - np.stack([y, predict(zeroed, u)], 2)).max() < 2e-6


def test_a_saved_state_that_is_not_the_one_after_a_reset_must_be_chosen() -> None:
    network, u = published_network()
    saved = network.with_(lstm={"InitialHiddenState": [0, 0, 0]})
    with pytest.raises(UsageError, match=r'lstm\': HiddenState was saved .*choose state="saved" or state="reset"'):
        predict(saved, u)
    assert np.array_equal(predict(saved, u, state="saved"), predict(network, u))
    zero = network.with_(lstm={"HiddenState": None})
    assert np.array_equal(predict(saved, u, state="reset"), predict(zero, u))


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("rest", "state is 'saved', 'reset', or the states themselves"),
        ((1, 2, 3), "has the states HiddenState, CellState, but 3 are given"),
        ({"lstm": {"Hidden": 1}}, "layer 'lstm': has no state 'Hidden'; did you mean 'HiddenState'"),
        ({"gru": {"HiddenState": 1}}, "layer 'gru': is not in this network"),
        (([1, 2], [1, 2, 3]), "HiddenState must be 3 x 1, not 2"),
    ],
)
def test_a_state_that_does_not_fit_is_named(state: object, message: str) -> None:
    network, u = published_network()
    with pytest.raises((UsageError, NetworkError), match=message):
        predict(network, u, state=state)


def test_what_is_not_set_is_named() -> None:
    network, u = published_network()
    network["lstm"].Bias = None
    for engine in ("numpy", "onnxruntime"):
        with pytest.raises(NetworkError, match="layer 'lstm': Bias is not set"):
            predict(network, u, engine=engine)
    mean = filled(sequence([FullyConnected(1)]), 0).with_(sequenceinput={"Normalization": "zscore"})
    with pytest.raises(NetworkError, match="layer 'sequenceinput': Mean is not set: set it"):
        predict(mean, u)


def test_wrong_words_are_refused() -> None:
    network, u = published_network()
    with pytest.raises(UsageError, match="precision is 'single' or 'double', not 'half'"):
        predict(network, u, precision="half")
    with pytest.raises(UsageError, match="there is no engine 'jax'; there are auto, numpy"):
        predict(network, u, engine="jax")
    with pytest.raises(EngineError, match="single precision only"):
        predict(network, u, engine="onnxruntime", precision="double")
    with pytest.raises(LayoutError, match="real numbers"):
        predict(network, u + 1j)
    assert set(OWN) <= set(engine_names())


def test_without_time_the_rows_are_observations() -> None:
    network = filled(Network([FeatureInput(4), FullyConnected(3)]), 0)
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    y = predict(network, x)
    W, b = network["fc"].Weights, network["fc"].Bias
    assert np.allclose(y, x @ W.T + b.T, atol=1e-6)
    assert np.array_equal(predict(network, x.T, layout="CB"), y.T)
    assert predict(network, x[0], layout="C").shape == (3,)
    with pytest.raises(LayoutError, match=r'call bridge.predict\(network, u, layout="CB"\)'):
        predict(network, x.T)


def test_the_last_step_has_no_time() -> None:
    network = filled(sequence([BiLSTM(3, OutputMode="last"), FullyConnected(2)]), 0)
    u = np.random.default_rng(0).normal(size=(6, 4, 2))
    assert predict(network, u[:, :, 0]).shape == (2,)
    assert predict(network, u, layout="TCB").shape == (2, 2)
    assert predict(network, u.transpose(2, 0, 1), layout="BTC").shape == (2, 2)
    with pytest.raises(LayoutError, match="a sequence without steps has no last one"):
        predict(network, u[:0, :, 0])


def test_several_inputs_and_outputs_are_mappings() -> None:
    parts = [
        SequenceInput(2, Name="x"),
        SequenceInput(3, Name="y"),
        bridge.Concatenation(1, 2),
        LSTM(2),
        FullyConnected(1),
    ]
    joints = [("x", "concat/in1"), ("y", "concat/in2"), ("concat", "lstm"), ("concat", "fc")]
    network = filled(Network(parts, joints), 0)
    u = np.random.default_rng(0).normal(size=(6, 5))
    results = predict(network, {"x": u[:, :2], "y": u[:, 2:]})
    assert {name: array.shape for name, array in results.items()} == {"lstm": (6, 2), "fc": (6, 1)}
    with pytest.raises(UsageError, match="2 input layers, so that u is a mapping: x, y"):
        predict(network, u)
    with pytest.raises(UsageError, match="input layer 'y' is given nothing"):
        predict(network, {"x": u[:, :2]})
    with pytest.raises(LayoutError, match="different numbers of steps: x 6, y 5"):
        predict(network, {"x": u[:, :2], "y": u[:5, 2:]})


def test_a_prepared_program_serves_other_weights() -> None:
    first, second = (filled(branched(), seed) for seed in (0, 1))
    u = np.random.default_rng(0).normal(size=(5, 4))
    before = predict(first, u)
    assert not np.array_equal(predict(second, u), before)
    assert np.array_equal(predict(first, u), before)
