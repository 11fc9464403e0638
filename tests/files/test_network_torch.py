"""Networks as torch state dicts: there and back bit for bit, torch's own keys, modules and bare state dicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_networks import every_kind, filled, sequence

import bridge
from bridge.errors import MalformedFile, NetworkError, UnsupportedLayer
from bridge.files import network_torch
from bridge.network import GRU, LSTM, BiLSTM, FullyConnected, Network, ProjectedLSTM

torch = pytest.importorskip("torch", reason="the package torch is not installed")
nn = torch.nn


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("network", every_kind(), ids=lambda network: "-".join(network.names[1:4]))
def test_there_and_back_is_equal(network: Network, dtype: Any, tmp_path: Path) -> None:
    network = filled(network.copy(), 1, dtype)
    bridge.save(network, tmp_path / "net.pt")
    assert network.difference(bridge.load(tmp_path / "net.pt")) == ""


def test_signs_of_zero_and_missing_arrays_survive(tmp_path: Path) -> None:
    bias = np.array([-0.0, 0.0, 1, np.nan] * 2, np.float32)
    network = sequence([LSTM(2, Bias=bias), FullyConnected(1)])
    bridge.save(network, tmp_path / "net.pt")
    assert network.difference(bridge.load(tmp_path / "net.pt")) == ""


def test_the_file_is_an_ordinary_state_dict(tmp_path: Path) -> None:
    network = filled(sequence([LSTM(3), FullyConnected(2)]), 0, states=False)
    bridge.save(network, tmp_path / "net.pt")
    loaded = torch.load(tmp_path / "net.pt", weights_only=True)
    recurrent = ["lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0"]
    assert list(loaded) == [*recurrent, "fc.weight", "fc.bias"]
    assert not loaded["lstm.bias_hh_l0"].any()
    module = network.to_torch()
    module.load_state_dict(loaded)
    assert torch.equal(module.lstm.weight_ih_l0, torch.tensor(network["lstm"].InputWeights))

    class Plain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.fc = nn.LSTM(4, 3), nn.Linear(3, 2)

    Plain().load_state_dict(loaded)


def test_weights_that_were_trained_further_are_read(tmp_path: Path) -> None:
    network = filled(sequence([LSTM(3), FullyConnected(2)]), 0)
    bridge.save(network, tmp_path / "net.pt")
    loaded = torch.load(tmp_path / "net.pt", weights_only=True)
    loaded["fc.bias"] += 1
    loaded["lstm.bias_hh_l0"] += 2
    torch.save(loaded, tmp_path / "net.pt")
    found = bridge.load(tmp_path / "net.pt")
    assert np.array_equal(found["fc"].Bias, network["fc"].Bias + 1)
    assert np.array_equal(found["lstm"].Bias, network["lstm"].Bias + 2)
    assert np.array_equal(found["lstm"].HiddenState, network["lstm"].HiddenState)


def test_products_that_are_not_the_projectors_are_refused(tmp_path: Path) -> None:
    bridge.save(filled(sequence([ProjectedLSTM(3, 2, 2)]), 0), tmp_path / "net.pt")
    loaded = torch.load(tmp_path / "net.pt", weights_only=True)
    loaded["lstmp.weight_hh_l0"] += 1
    torch.save(loaded, tmp_path / "net.pt")
    with pytest.raises(MalformedFile, match="layer 'lstmp': its tensor weight_hh_l0 is not that of the layer"):
        bridge.load(tmp_path / "net.pt")


def test_to_torch_is_torchs_own_layers_and_back() -> None:
    network = filled(sequence([LSTM(3), GRU(2), FullyConnected(2)]), 0)
    module = network.to_torch()
    assert [type(child) for child in module.children()] == [nn.LSTM, nn.GRU, nn.Linear]
    u = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    with torch.no_grad():
        y = module(torch.from_numpy(u)).numpy()
    assert np.abs(y - bridge.predict(network, u)).max() < 2e-6
    assert bridge.from_torch(module) == network
    module.fc.bias.data += 1
    assert np.array_equal(bridge.from_torch(module)["fc"].Bias, network["fc"].Bias + 1)
    assert network.to_torch(dtype=torch.float64).fc.weight.dtype == torch.float64


def test_names_that_torch_does_not_allow_are_replaced(tmp_path: Path) -> None:
    network = filled(sequence([LSTM(1, Name="a.b"), FullyConnected(1, Name="a_b")]), 0)
    assert {name for name, _ in network.to_torch().named_children()} == {"a_b", "a_b_"}
    bridge.save(network, tmp_path / "net.pt")
    assert bridge.load(tmp_path / "net.pt") == network


class Foreign(nn.Module):
    """What people write: stacked layers, functional calls in forward."""

    def __init__(self, last: bool = False, batch_first: bool = True, squashed: bool = False) -> None:
        super().__init__()
        self.rnn = nn.LSTM(4, 3, num_layers=2, batch_first=batch_first, dropout=0.1)
        self.gru = nn.GRU(3, 5, batch_first=batch_first, bias=False)
        self.act = nn.LeakyReLU(0.3)
        self.fc = nn.Linear(5, 2)
        self.last, self.batch_first, self.squashed = last, batch_first, squashed

    def forward(self, x: Any) -> Any:
        y, _ = self.gru(self.rnn(x)[0])
        if self.last:
            y = y[:, -1] if self.batch_first else y[-1]
        y = self.fc(self.act(y))
        return torch.tanh(y) if self.squashed else y


@pytest.mark.parametrize(("last", "batch_first"), [(False, True), (True, True), (True, False)])
def test_a_module_becomes_the_network_that_it_computes(last: bool, batch_first: bool) -> None:
    torch.manual_seed(0)
    module = Foreign(last, batch_first)
    network = bridge.from_torch(module)
    assert network.names == ("sequenceinput", "rnn_1", "dropout", "rnn_2", "gru", "act", "fc")
    assert network["gru"].ResetGateMode == "recurrent-bias-after-multiplication"
    assert network["gru"].OutputMode == ("last" if last else "sequence")
    assert module.training
    expected = module.rnn.bias_ih_l0 + module.rnn.bias_hh_l0
    assert np.array_equal(network["rnn_1"].Bias[:, 0], expected.detach().numpy())
    u = np.random.default_rng(0).normal(size=(3, 7, 4)).astype(np.float32)
    with torch.no_grad():
        y = module.eval()(torch.from_numpy(u)).numpy()
    assert np.abs(bridge.predict(network, u, layout="BTC" if batch_first else "TBC") - y).max() < 2e-6


def test_a_bidirectional_and_a_double_module() -> None:
    torch.manual_seed(0)
    network = bridge.from_torch(nn.LSTM(4, 3, bidirectional=True).double())
    assert network.names == ("sequenceinput", "biLSTM")
    assert network["biLSTM"].InputWeights.dtype == np.float64
    chain = bridge.from_torch(nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2), nn.Softmax(-1)))
    assert chain.names == ("input", "fc_1", "tanh", "fc_2", "softmax")


@pytest.mark.parametrize(
    ("pool", "layer"), [("last", "index1d"), ("mean", "gapool1d"), ("max", "gmpool1d"), ("first", "")]
)
def test_what_a_forward_makes_of_all_steps_is_found_by_trying(pool: str, layer: str) -> None:
    class Pooled(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.LSTM(4, 3, bidirectional=True, batch_first=True)
            self.fc = nn.Linear(6, 2)

        def forward(self, x: Any) -> Any:
            y, _ = self.rnn(x)
            taken = {"last": y[:, -1], "first": y[:, 0], "mean": y.mean(1), "max": y.max(1).values}
            return self.fc(taken[pool])

    torch.manual_seed(0)
    if not layer:
        with pytest.raises(NetworkError, match="does not compute what its layers compute in order"):
            bridge.from_torch(Pooled())
        return
    assert bridge.from_torch(Pooled()).names == ("sequenceinput", "rnn", layer, "fc")


def test_activations_of_many_kinds() -> None:
    torch.manual_seed(0)
    parts = [
        nn.ELU(0.5),
        nn.GELU(),
        nn.Linear(3, 3),
        nn.GELU("tanh"),
        nn.SiLU(),
        nn.PReLU(3),
        nn.ReLU6(),
        nn.LayerNorm(3),
    ]
    chain = bridge.from_torch(nn.Sequential(nn.Linear(4, 3), *parts, nn.BatchNorm1d(3), nn.Linear(3, 1)))
    kinds = ("elu", "gelu_1", "fc_2", "gelu_2", "swish", "prelu", "clippedrelu", "layernorm", "batchnorm", "fc_3")
    assert chain.names == ("input", "fc_1", *kinds)


def test_a_module_that_computes_something_else_is_refused() -> None:
    torch.manual_seed(0)
    with pytest.raises(NetworkError, match="the forward of Foreign does not compute what its layers compute in order"):
        bridge.from_torch(Foreign(squashed=True))
    with pytest.raises(UnsupportedLayer, match="layer '0': is a Conv1d; understood are LSTM, GRU, Linear"):
        bridge.from_torch(nn.Sequential(nn.Conv1d(4, 3, 2)))
    with pytest.raises(UnsupportedLayer, match="proj_size"):
        bridge.from_torch(nn.LSTM(4, 3, proj_size=2))


def test_a_bare_state_dict_is_told_by_its_shapes(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.ModuleDict({"rnn": nn.LSTM(4, 3, num_layers=2, bidirectional=True), "out": nn.Linear(6, 2)})
    torch.save(model.state_dict(), tmp_path / "x.pt")
    network = bridge.load(tmp_path / "x.pt")
    assert network.names == ("sequenceinput", "rnn_1", "rnn_2", "out")
    assert isinstance(network["rnn_2"], BiLSTM)
    torch.save(nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2)).state_dict(), tmp_path / "x.pt")
    with pytest.raises(MalformedFile, match="does not tell the activations"):
        bridge.load(tmp_path / "x.pt")


def test_the_weights_of_a_checkpoint_are_found(tmp_path: Path) -> None:
    """As a training saves them: beside the optimizer's state, numbers and texts."""
    torch.manual_seed(0)
    model = nn.ModuleDict({"rnn": nn.LSTM(4, 3), "out": nn.Linear(3, 2)})
    optimizer = torch.optim.Adam(model.parameters())
    held = {"epoch": 7, "model_state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "note": "best"}
    torch.save(held, tmp_path / "x.pt")
    assert bridge.load(tmp_path / "x.pt").names == ("sequenceinput", "rnn", "out")
    (assumed,) = network_torch.assumptions(tmp_path / "x.pt")
    assert "every step of the sequence and no activations" in assumed
    torch.save({"a": model.state_dict(), "b": model.state_dict()}, tmp_path / "x.pt")
    with pytest.raises(MalformedFile, match="2 of its entries are mappings to tensors, where one is wanted: a, b"):
        bridge.load(tmp_path / "x.pt")


def test_pickled_objects_are_not_loaded(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2), tmp_path / "x.pt")
    with pytest.raises(MalformedFile, match="cannot read it as plain tensors"):
        bridge.load(tmp_path / "x.pt")
    whole = (tmp_path / "x.pt").read_bytes()
    (tmp_path / "x.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MalformedFile):
        bridge.load(tmp_path / "x.pt")
