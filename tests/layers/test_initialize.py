"""MATLAB's initializers on MATLAB's stream: the order and number of draws, and what each formula gives."""

from __future__ import annotations

import numpy as np
import pytest
from random_networks import every_kind

import bridge
from bridge.errors import UnsupportedLayer
from bridge.layers import initialize as formulas
from bridge.matlab.rng import rng
from bridge.network import GRU, LSTM, BiLSTM, FullyConnected, Network, ProjectedLSTM, SequenceInput, UnknownLayer


def test_the_draws_come_in_the_order_of_layers_and_learnables() -> None:
    network = Network([SequenceInput(4), LSTM(3), FullyConnected(2)]).initialize(rng(7))
    stream = rng(7)
    assert np.array_equal(network["lstm"].InputWeights, formulas.glorot(stream, (12, 4)))
    assert np.array_equal(network["lstm"].RecurrentWeights, formulas.orthogonal(stream, (12, 3)))
    assert np.array_equal(network["fc"].Weights, formulas.glorot(stream, (2, 3)))
    assert network["lstm"].Bias.ravel().tolist() == [0] * 3 + [1] * 3 + [0] * 6
    assert network["fc"].Bias.ravel().tolist() == [0, 0]


def test_glorot_is_over_the_whole_stacked_matrix() -> None:
    drawn = rng(0).rand(2, 2, dtype="single")
    bound = np.float32(np.sqrt(6 / 4))
    assert np.array_equal(formulas.glorot(rng(0), (2, 2)), bound * (2 * drawn - 1))
    wide = formulas.glorot(rng(0), (400, 100))
    assert np.abs(wide).max() <= np.float32(np.sqrt(6 / 500))
    # The standard deviation of 40,000 numbers is known to about 0.4 percent.
    assert wide.std() == pytest.approx(np.sqrt(2 / 500), rel=0.02)


def test_orthogonal_is_one_factorisation_of_the_stack() -> None:
    q = formulas.orthogonal(rng(0), (12, 3))
    assert np.abs(q.T @ q - np.eye(3)).max() < 1e-6
    r = q.T @ rng(0).randn(12, 3)
    assert (np.diag(r) > 0).all()
    assert np.abs(np.tril(r, -1)).max() < 1e-5
    wide = formulas.orthogonal(rng(0), (3, 12))
    assert np.abs(wide @ wide.T - np.eye(3)).max() < 1e-6


def test_he_and_narrow_normal_scale_normal_draws() -> None:
    drawn = rng(0).randn(3, 8, dtype="single")
    assert np.array_equal(formulas.he(rng(0), (3, 8)), np.float32(0.5) * drawn)
    assert np.array_equal(formulas.narrow_normal(rng(0), (3, 8)), np.float32(0.01) * drawn)


def test_the_forget_gates_of_both_directions_start_open() -> None:
    network = Network([SequenceInput(1), BiLSTM(2), GRU(2)]).initialize(0)
    assert network["biLSTM"].Bias.ravel().tolist() == [0, 0, 1, 1, 0, 0, 0, 0] * 2
    assert not network["gru"].Bias.any()


def test_projectors_are_orthogonal() -> None:
    layer = Network([SequenceInput(4), ProjectedLSTM(5, 2, 3)]).initialize(0)["lstmp"]
    for array in (layer.InputProjector, layer.OutputProjector):
        assert np.abs(array.T @ array - np.eye(array.shape[1])).max() < 1e-6


def test_what_is_set_stays_and_draws_nothing() -> None:
    weights = np.ones((12, 4))
    network = Network([SequenceInput(4), LSTM(3, InputWeights=weights), FullyConnected(2)]).initialize(3)
    assert network["lstm"].InputWeights.dtype == np.float64
    assert np.array_equal(network["lstm"].RecurrentWeights, formulas.orthogonal(rng(3), (12, 3)))


@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
def test_every_learnable_is_drawn_in_single(network: Network) -> None:
    for layer in network.copy().initialize(1):
        for array in layer.learnables.values():
            assert array is not None
            assert array.dtype == np.float32


def test_the_chosen_initializer_is_taken() -> None:
    network = bridge.Network([bridge.SequenceInput(2), bridge.LSTM(1, BiasInitializer="ones")]).initialize()
    assert network["lstm"].Bias.ravel().tolist() == [1, 1, 1, 1]


def test_a_size_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnsupportedLayer, match="'fc': the size of Weights is not known"):
        Network([SequenceInput(4), UnknownLayer("x"), FullyConnected(2)]).initialize(0)
