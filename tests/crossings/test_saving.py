"""A network saved as a diagram carries its weights; a diagram saved as a network is recognised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.cases.example import example
from bridge.cases.reproduce.first_network import first_network
from bridge.crossings.model_workspace import embed
from bridge.errors import UsageError


@pytest.mark.parametrize("ending", [".slx", ".mdl"])
def test_there_and_back_keeps_every_bit(tmp_path: Path, ending: str) -> None:
    network = first_network(example())
    bridge.save(network, tmp_path / f"my net{ending}")
    model = bridge.load(tmp_path / f"my net{ending}")
    bridge.save(model, tmp_path / "back.mat")
    back = bridge.load(tmp_path / "back.mat")
    for name in ("InputWeights", "RecurrentWeights", "Bias"):
        np.testing.assert_array_equal(getattr(back["lstm"], name), getattr(network["lstm"], name))
    np.testing.assert_array_equal(back["fc"].Weights, network["fc"].Weights)


def test_the_saved_diagram_runs_by_itself(tmp_path: Path) -> None:
    data = example()
    bridge.save(first_network(data), tmp_path / "net.slx")
    alone = bridge.simulate(tmp_path / "net.slx")["y"]
    assert np.isfinite(alone).all()


def test_only_matrices_go_into_a_workspace() -> None:
    with pytest.raises(UsageError, match="'name'"):
        embed(bridge.Model.new("m"), {"name": "text"})
