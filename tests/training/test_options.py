"""Training options: MATLAB's names, defaults and the learn-rate schedule."""

from __future__ import annotations

import pytest

from bridge import published
from bridge.errors import UsageError
from bridge.training import TrainingOptions


@pytest.mark.parametrize("start", ["calculated", "random"])
def test_the_published_learn_rates_digit_by_digit(start: str) -> None:
    data = published.load("lstm_dynamical_system")
    setup = data["setup"]["training"]
    options = TrainingOptions(
        "adam",
        InitialLearnRate=setup[start]["initial_learn_rate"],
        LearnRateSchedule="piecewise",
        LearnRateDropFactor=setup[start]["drop_factor"],
        LearnRateDropPeriod=setup["drop_period"],
        MaxEpochs=setup["max_epochs"],
    )
    epochs = [1, *range(500, setup["max_epochs"] + 1, 500)]
    printed = data["values"][f"train_{start}_learn_rates"]["printed"]
    assert [f"{options.rate_in(epoch):.5g}" for epoch in epochs] == printed


def test_defaults_depend_on_the_solver() -> None:
    assert TrainingOptions("sgdm").learn_rate == 0.01
    assert TrainingOptions("adam").learn_rate == 0.001
    assert TrainingOptions("adam").squared_decay == 0.999
    assert TrainingOptions("rmsprop").squared_decay == 0.9


@pytest.mark.parametrize(
    "wrong", [{"solver": "sgd"}, {"MaxEpochs": 0}, {"Shuffle": "often"}, {"L2Regularization": -1.0}], ids=str
)
def test_wrong_options_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        TrainingOptions(**wrong)  # type: ignore[arg-type]
