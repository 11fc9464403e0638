"""`predict` by the compiled engine: every kind of layer, in single and double, whole and step by step."""

from __future__ import annotations

import numpy as np
import pytest
from random_networks import every_kind, filled

from bridge import layers
from bridge.engines.c_cache import compiler
from bridge.engines.choice import compiling_pays
from bridge.errors import EngineMissing
from bridge.network import LSTM, BiLSTM, FeatureInput, FullyConnected, Network, SequenceInput
from bridge.prediction import predict

# Roundings of the largest result: sums in another order, and states that carry them on.
ROUNDINGS = 40


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The user's cache stays as it is; the compiler hardly optimises."""
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path_factory.getbasetemp() / "compiled_prediction"))
    try:
        monkeypatch.setenv("CC", f"{compiler()[0]} -O0")
    except EngineMissing:
        pytest.skip("a C compiler is not installed")


@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
@pytest.mark.parametrize("precision", ["single", "double"])
def test_every_kind_of_layer(network: Network, precision: str) -> None:
    network = filled(network.copy(), 3)
    features = isinstance(network.layers[0], FeatureInput)
    u = np.random.default_rng(1).normal(size=(9, 4))
    layout = "BC" if features else "TC"
    expected = predict(network, u, layout=layout, precision=precision, engine="numpy")
    actual = predict(network, u, layout=layout, precision=precision, engine="compiled")
    assert actual.dtype == expected.dtype
    scale = max(float(np.abs(expected).max()), 1.0)
    assert np.abs(actual - expected).max() <= ROUNDINGS * np.finfo(expected.dtype).eps * scale
    whole_only = layers.takes_whole_sequences(network) is not False
    if features or whole_only or any(isinstance(layer, BiLSTM) or layer.fed_states for layer in network):
        return
    state, rows = None, []
    for k in range(len(u)):
        row = u[k : k + 1]
        y, state = predict(
            network, row, layout="TC", state=state, precision=precision, engine="compiled", return_state=True
        )
        rows.append(y)
    timed = network.signal(network.outputs[0])
    np.testing.assert_array_equal(np.concatenate(rows) if timed is not None and timed.time else rows[-1], actual)


def test_auto_compiles_for_long_sequences() -> None:
    network = filled(Network([SequenceInput(4), LSTM(3), FullyConnected(2)]), 3)
    steps = 200_000
    assert compiling_pays(10, steps)
    u = np.random.default_rng(1).normal(size=(steps, 4))
    np.testing.assert_array_equal(predict(network, u), predict(network, u, engine="compiled"))
    short = u[:20]
    np.testing.assert_array_equal(predict(network, short), predict(network, short, engine="numpy"))
