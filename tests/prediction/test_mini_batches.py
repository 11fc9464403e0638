"""Sequences of unequal length side by side, padded, cut and split as MATLAB's pages say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import filled, sequence

from bridge.errors import LayoutError, UsageError
from bridge.network import GRU, LSTM, BiLSTM, FeatureInput, FullyConnected, Layer, Network, ProjectedLSTM
from bridge.prediction import predict

Array = np.ndarray[Any, Any]


def sequences(lengths: list[int], seed: int = 0) -> list[Array]:
    random = np.random.default_rng(seed)
    return [random.normal(size=(length, 4)) for length in lengths]


def by_hand(network: Network, u: list[Array], size: int, side: str, value: float, length: str) -> list[Array]:
    """Each sequence alone, in the form that its mini-batch gives it."""
    results = []
    for k, x in enumerate(u):
        members = u[k // size * size : k // size * size + size]
        common = min(map(len, members)) if length == "shortest" else max(map(len, members))
        blank = np.full((max(common - len(x), 0), 4), value)
        if side == "right":
            y = predict(network, np.concatenate([x, blank])[:common], layout="TC")
            results.append(y[: len(x)] if y.ndim == 2 else y)
        else:
            y = predict(network, np.concatenate([blank, x])[-common:], layout="TC")
            results.append(y[max(len(y) - len(x), 0) :] if y.ndim == 2 else y)
    return results


kinds = st.sampled_from(
    [
        LSTM(3),
        LSTM(3, OutputMode="last"),
        BiLSTM(2),
        BiLSTM(2, OutputMode="last"),
        GRU(3, OutputMode="last"),
        ProjectedLSTM(3, 2, 2),
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    layer=kinds,
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    size=st.integers(1, 4),
    side=st.sampled_from(["right", "left"]),
    value=st.sampled_from([0.0, -1.5]),
    length=st.sampled_from(["longest", "shortest"]),
    seed=st.integers(0, 2**20),
)
def test_every_sequence_gets_what_it_gets_alone_in_padded_form(
    layer: Layer, lengths: list[int], size: int, side: str, value: float, length: str, seed: int
) -> None:
    network = filled(sequence([layer, FullyConnected(2)]), seed)
    u = sequences(lengths, seed)
    found = predict(
        network, u, mini_batch_size=size, padding=side, padding_value=value, sequence_length=length, layout="TC"
    )
    for ours, theirs in zip(found, by_hand(network, u, size, side, value, length), strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max(initial=0) < 2e-6


def test_over_time_padding_on_the_right_changes_nothing_for_what_reads_forward() -> None:
    network = filled(sequence([LSTM(3), FullyConnected(2)]), 1)
    u = sequences([3, 8, 5])
    for ours, alone in zip(
        predict(network, u, mini_batch_size=128, layout="TC"), predict(network, u, layout="TC"), strict=True
    ):
        assert np.abs(ours - alone).max() < 2e-6


def test_a_number_splits_sequences_and_carries_the_states() -> None:
    network = filled(sequence([LSTM(3), FullyConnected(2)]), 1)
    u = sequences([3, 8, 5])
    whole, states = predict(network, u, mini_batch_size=2, layout="TC", return_state=True)
    split, after = predict(network, u, mini_batch_size=2, sequence_length=3, layout="TC", return_state=True)
    assert all(np.abs(a - b).max() < 2e-6 for a, b in zip(whole, split, strict=True))
    assert np.abs(after[1]["lstm"]["CellState"] - states[1]["lstm"]["CellState"]).max() < 2e-6
    last = network.with_(lstm={"OutputMode": "last"})
    ends = predict(last, u, mini_batch_size=2, layout="TC")
    assert all(
        np.abs(a - b).max() < 2e-6
        for a, b in zip(ends, predict(last, u, mini_batch_size=2, sequence_length=3, layout="TC"), strict=True)
    )


def test_states_go_with_their_sequences() -> None:
    network = filled(sequence([LSTM(3), FullyConnected(2)]), 1)
    u = sequences([4, 4, 4])
    _, states = predict(network, [x[:2] for x in u], layout="TC", return_state=True)
    found, final = predict(network, [x[2:] for x in u], layout="TC", state=states, mini_batch_size=2, return_state=True)
    alone, ends = predict(network, u, layout="TC", return_state=True)
    for k in range(3):
        assert np.abs(found[k] - alone[k][2:]).max() < 2e-6
        assert np.abs(final[k]["lstm"]["HiddenState"] - ends[k]["lstm"]["HiddenState"]).max() < 2e-6
        assert final[k]["lstm"]["HiddenState"].shape == (3, 1)


@pytest.mark.parametrize("engine", ["onnxruntime", "torch.nn"])
def test_foreign_engines_pad_too(engine: str) -> None:
    if engine == "torch.nn":
        pytest.importorskip("torch", reason="the package torch is not installed")
    network = filled(sequence([BiLSTM(3, OutputMode="last"), FullyConnected(2)]), 1)
    u = sequences([3, 8, 5])
    ours = predict(network, u, mini_batch_size=2, layout="TC")
    theirs = predict(network, u, mini_batch_size=2, layout="TC", engine=engine)
    assert all(np.abs(a - b).max() < 2e-6 for a, b in zip(ours, theirs, strict=True))


def test_the_layout_is_that_of_the_call_and_features_need_no_padding() -> None:
    network = filled(sequence([LSTM(3), FullyConnected(2)]), 1)
    u = sequences([3, 8])
    turned = predict(network, [x.T for x in u], mini_batch_size=2, layout="CT")
    assert [y.shape for y in turned] == [(2, 3), (2, 8)]
    features = filled(Network([FeatureInput(4), FullyConnected(2)]), 0)
    found = predict(features, [x[:1] for x in u], layout="BC")
    assert [y.shape for y in found] == [(1, 2), (1, 2)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mini_batch_size": 0}, "mini_batch_size is a whole number of sequences, not 0"),
        ({"mini_batch_size": 2, "padding": "both"}, "padding is 'right' or 'left', not 'both'"),
        ({"mini_batch_size": 2, "sequence_length": "long"}, "sequence_length is 'longest', 'shortest' or a number"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], message: str) -> None:
    network = filled(sequence([LSTM(3)]), 1)
    with pytest.raises(UsageError, match=message):
        predict(network, sequences([3, 4]), layout="TC", **options)
    with pytest.raises(UsageError, match="mini_batch_size is for a list of sequences"):
        predict(network, sequences([3])[0], layout="TC", mini_batch_size=2)
    with pytest.raises(LayoutError, match="a list holds sequences, which layout 'TCB' is not of"):
        predict(network, [np.zeros((3, 4, 1))], layout="TCB", mini_batch_size=2)
