"""Training as a whole: the published first loss, repetition bit for bit, the log, padding."""

from __future__ import annotations

import numpy as np
import pytest

from bridge import published
from bridge.cases.example import example
from bridge.matlab import c2d, lsim, ss, zpk
from bridge.network import LSTM, FullyConnected, Network, SequenceInput
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
