"""Training as a whole: the published first loss, repetition bit for bit, the log, padding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridge import published
from bridge.cases.example import example
from bridge.errors import UnsupportedLayer, UsageError
from bridge.matlab import c2d, lsim, ss, zpk
from bridge.matlab.rng import rng
from bridge.network import (
    LSTM,
    BatchNormalization,
    Dropout,
    FullyConnected,
    Layer,
    LayerNormalization,
    Network,
    ProjectedLSTM,
    SequenceInput,
)
from bridge.training import TrainingOptions, train
from bridge.training.trainer import first_loss

pytest.importorskip("torch")


def random_start() -> tuple[Network, np.ndarray, np.ndarray]:
    """The second training of the published example: network, input, target."""
    data, setup = example(), published.load("lstm_dynamical_system")["setup"]["system"]
    system = zpk([complex(*z) for z in setup["zeros"]], [complex(*p) for p in setup["poles"]], setup["gain"])
    target = lsim(ss(c2d(system, setup["sample_time"])), data.training).reshape(-1, 1)
    start = data.random_start
    network = Network([SequenceInput(1), LSTM(5), FullyConnected(1)]).with_(
        lstm={name: start[name] for name in ("InputWeights", "RecurrentWeights", "Bias")},
        fc={"Weights": start["FC weights"], "Bias": np.zeros((1, 1))},
    )
    return network, data.training, target


@pytest.mark.parametrize("precision", ["single", "double"])
def test_the_published_first_loss(precision: str) -> None:
    printed = published.load("lstm_dynamical_system")["values"]["train_random_first_loss"]["printed"]
    assert f"{first_loss(*random_start(), precision=precision):.5g}" == printed


def test_a_repetition_gives_the_same_bits() -> None:
    network, x, y = random_start()
    options = TrainingOptions(InitialLearnRate=0.04, GradientThreshold=1.0, MaxEpochs=100)
    (one, first), (two, second) = (train(network, x, y, options) for _ in range(2))
    assert one == two
    assert first.losses == second.losses
    assert first.losses[-1] < first.losses[0]
    assert one != network


def test_the_log_is_matlabs() -> None:
    network, x, y = random_start()
    _, info = train(network, x[:50], y[:50], TrainingOptions(MaxEpochs=5, VerboseFrequency=2))
    assert [row.iteration for row in info.rows] == [1, 2, 4, 5]
    assert str(info).splitlines()[0].split() == ["Iteration", "Epoch", "TimeElapsed", "LearnRate", "TrainingLoss"]
    assert len(set(map(len, str(info).splitlines()[:-1]))) == 1


def test_what_is_shown_is_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    network, x, y = random_start()
    _, info = train(network, x[:50], y[:50], TrainingOptions(MaxEpochs=3, VerboseFrequency=1), progress=True)
    shown = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in shown] == ["Iteration", "_________", "1", "2", "3"]
    assert shown[2].rstrip() == str(info.rows[0])


def test_padding_does_not_count() -> None:
    """Two sequences of unequal length lose as the mean over all of their elements."""
    network, x, y = random_start()
    loss = first_loss(network, [x[:30], x[:10]], [y[:30], y[:10]], precision="double")
    long, short = (first_loss(network, x[:n], y[:n], precision="double") for n in (30, 10))
    assert loss == pytest.approx((30 * long + 10 * short) / 40, rel=1e-12)


def test_an_incomplete_mini_batch_is_left_out() -> None:
    network, x, y = random_start()
    options = TrainingOptions(MaxEpochs=2, MiniBatchSize=2, Shuffle="never")
    _, info = train(network, [x[:20]] * 5, [y[:20]] * 5, options)
    assert len(info.losses) == 4


def test_one_step_is_the_gradient_with_the_layers_own_factors() -> None:
    """w -= rate factor_w (g + L2 factor_2 w), on weights alone: MATLAB's biases are not regularized."""
    import torch

    draws = np.random.default_rng(0)
    factors = {"WeightLearnRateFactor": 3.0, "BiasLearnRateFactor": 0.5, "WeightL2Factor": 2.0}
    network = Network([SequenceInput(2), LSTM(3, RecurrentWeightsLearnRateFactor=0.0), FullyConnected(2, **factors)])
    network = network.with_(
        lstm={
            "InputWeights": draws.normal(size=(12, 2)),
            "RecurrentWeights": draws.normal(size=(12, 3)),
            "Bias": draws.normal(size=(12, 1)),
        },
        fc={"Weights": draws.normal(size=(2, 3)), "Bias": draws.normal(size=(2, 1))},
    )
    x, y, rate, decay = draws.normal(size=(7, 2)), draws.normal(size=(7, 2)), 0.1, 0.25
    module = network.to_torch(dtype=torch.float64)
    loss = (module(torch.tensor(x).reshape(7, 1, 2)).reshape(7, 2) - torch.tensor(y)).square().mean()
    loss.backward()
    gradients = {name.partition(".")[2]: tensor.grad.numpy() for name, tensor in module.named_parameters()}
    options = TrainingOptions(
        "sgdm", InitialLearnRate=rate, MaxEpochs=1, Momentum=0.0, L2Regularization=decay, Shuffle="never"
    )
    trained, info = train(network, x, y, options, precision="double")
    assert info.losses == [pytest.approx(loss.item(), rel=1e-13)]  # the mean over both responses
    for layer, name, entry, rate_factor, decay_factor in (
        ("lstm", "InputWeights", "weight_ih_l0", 1.0, 1.0),
        ("lstm", "RecurrentWeights", "weight_hh_l0", 0.0, 1.0),
        ("lstm", "Bias", "bias_ih_l0", 1.0, 0.0),
        ("fc", "Weights", "weight", 3.0, 2.0),
        ("fc", "Bias", "bias", 0.5, 0.0),
    ):
        before, after = (np.asarray(getattr(each[layer], name)) for each in (network, trained))
        step = rate_factor * (gradients[entry].reshape(before.shape) + decay * decay_factor * before)
        # The same gradients but for the order of summation.
        np.testing.assert_allclose(after, before - rate * step, rtol=1e-12, atol=1e-14, err_msg=name)


@pytest.mark.parametrize(("word", "shuffles"), [("every-epoch", 3), ("once", 1), ("never", 0)])
def test_the_shuffle_draws_from_matlabs_stream(word: str, shuffles: int) -> None:
    network, x, y = random_start()
    xs, ys = ([array[10 * k : 10 * k + 10] for k in range(5)] for array in (x, y))
    losses = np.array([first_loss(network, a, b, precision="double") for a, b in zip(xs, ys, strict=True)])
    assert len(set(losses)) == 5
    options = TrainingOptions(InitialLearnRate=0.0, MaxEpochs=3, MiniBatchSize=1, Shuffle=word)
    _, info = train(network, xs, ys, options, precision="double", stream=7)
    stream, order, expected = rng(7), np.arange(5), []
    for epoch in range(3):
        if epoch < shuffles:
            order = order[stream.randperm(5).ravel().astype(int) - 1]
        expected += losses[order].tolist()
    assert info.losses == expected


def test_normalization_layers_have_factors_of_their_own() -> None:
    """The toolbox decays Scale and Offset alike; a factor of zero leaves them as they are."""
    draws = np.random.default_rng(1)
    x, y = draws.normal(size=(9, 2)), draws.normal(size=(9, 1))

    def changes(**factors: float) -> dict[str, np.ndarray]:
        network = Network([SequenceInput(2), LayerNormalization(**factors), FullyConnected(1)]).initialize(0)
        network = network.with_(layernorm={"Scale": [[2.0], [3.0]], "Offset": [[4.0], [5.0]]})
        found = []
        for decay in (0.0, 0.5):
            options = TrainingOptions(
                "sgdm", InitialLearnRate=0.1, MaxEpochs=1, Momentum=0.0, L2Regularization=decay, Shuffle="never"
            )
            found.append(train(network, x, y, options, precision="double")[0]["layernorm"])
        decayed = {name: getattr(found[1], name) - getattr(found[0], name) for name in ("Scale", "Offset")}
        moved = {f"{name} moved": getattr(found[0], name) - getattr(network["layernorm"], name) for name in decayed}
        return {**decayed, **moved}

    plain = changes()
    np.testing.assert_allclose(plain["Scale"], [[-0.1], [-0.15]], rtol=1e-12)
    np.testing.assert_allclose(plain["Offset"], [[-0.2], [-0.25]], rtol=1e-12)
    chosen = changes(ScaleLearnRateFactor=2.0, OffsetLearnRateFactor=0.0, ScaleL2Factor=3.0)
    np.testing.assert_allclose(chosen["Scale"], 6 * plain["Scale"], rtol=1e-12)
    np.testing.assert_allclose(chosen["Scale moved"], 2 * plain["Scale moved"], rtol=1e-12)
    assert np.any(plain["Offset moved"])
    assert not np.any(chosen["Offset"])
    assert not np.any(chosen["Offset moved"])


@pytest.mark.parametrize("layer", [ProjectedLSTM(3, 2, 2), BatchNormalization()], ids=lambda layer: layer.Type)
def test_layers_that_would_not_come_back_are_refused(layer: Layer) -> None:
    network = Network([SequenceInput(2), layer, FullyConnected(1)]).initialize(0)
    with pytest.raises(UnsupportedLayer, match="is not trained"):
        train(network, np.ones((5, 2)), np.ones((5, 1)), TrainingOptions(MaxEpochs=1))


def test_dropout_is_repeated_too_and_leaves_torchs_generator_alone() -> None:
    import torch

    network, x, y = random_start()
    network = Network([SequenceInput(1), LSTM(3), Dropout(0.5), FullyConnected(1)]).initialize(0)
    options = TrainingOptions(MaxEpochs=3)
    before = torch.random.get_rng_state()
    one, two, other = (train(network, x, y, options, stream=seed)[1].losses for seed in (0, 0, 1))
    assert one == two
    assert one != other
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.zeros((4, 3)), np.zeros((4, 2)), "layer 'sequenceinput': takes 2 channels, and sequence 0 is 4 x 3"),
        # Of one column torch would make two in silence.
        (np.zeros((4, 2)), np.zeros((4, 1)), "the network gives 2 columns at 4 steps, the targets are 1 columns at 4"),
        ([np.zeros((4, 2))] * 2, [np.zeros((4, 2)), np.zeros((4, 1))], "sequence 1 has 1 target columns"),
        ([[1.0, 2.0]], [[1.0, 2.0]], "sequence 0: input .* must be T x columns each"),
    ],
)
def test_data_that_do_not_fit_the_network_are_named(x: Any, y: Any, said: str) -> None:
    network = Network([SequenceInput(2), FullyConnected(2)]).initialize(0)
    with pytest.raises(UsageError, match=said):
        train(network, x, y, TrainingOptions(MaxEpochs=1))
