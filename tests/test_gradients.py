"""Gradients through diagrams, and tuning along them, against torch and against differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lstm_workspace import lstm_workspace
from pid_loop import GAINS, pid_loop
from small_diagrams import single

import bridge
from bridge.crossings import example_model
from bridge.engines.c_cache import compiler
from bridge.errors import EngineMissing, UsageError
from bridge.gradients import Backpropagation

WEIGHTS = ["W", "R", "b", "F"]
SIZE = (3, 4, 2)


def target_of(w: dict[str, Any]) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(len(w["t"]), SIZE[2]))


def torch_lstm(w: dict[str, Any]) -> tuple[Any, Any, Any]:
    """torch.nn.LSTM with the diagram's weights and one bias, the output matrix, and a function for the output."""
    torch = pytest.importorskip("torch")
    lstm = torch.nn.LSTM(SIZE[1], SIZE[0], dtype=torch.float64)
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.tensor(w["W"]))
        lstm.weight_hh_l0.copy_(torch.tensor(w["R"]))
        lstm.bias_ih_l0.copy_(torch.tensor(w["b"][:, 0]))
        lstm.bias_hh_l0.zero_()
    F = torch.tensor(w["F"], requires_grad=True)
    start = tuple(torch.tensor(w[name].T) for name in ("h0", "c0"))
    u = torch.tensor(w["u"])
    return lstm, F, lambda: lstm(u, start)[0] @ F.T


@pytest.fixture(params=["numpy", "compiled"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Both engines; the user's cache of compiled libraries stays as it is."""
    if request.param == "compiled":
        monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path))
        try:
            compiler()
        except EngineMissing:
            pytest.skip("a C compiler is not installed")
    return str(request.param)


def test_the_lstm_diagram_against_torch(engine: str) -> None:
    torch = pytest.importorskip("torch")
    w = lstm_workspace(*SIZE)
    w["t"] = np.arange(51)[:, None] * w["Ts"]  # at the samples the interpolation is exact
    target = target_of(w)
    found = bridge.gradient(example_model(), w, loss={"y": target}, of=WEIGHTS, engine=engine)
    lstm, F, output = torch_lstm(w)
    loss = (output() - torch.tensor(target)).square().mean()
    loss.backward()
    assert abs(found.loss - loss.item()) <= 1e-13 * loss.item()
    expected = {"W": lstm.weight_ih_l0, "R": lstm.weight_hh_l0, "b": lstm.bias_ih_l0, "F": F}
    for name, tensor in expected.items():
        gradient = tensor.grad.numpy().reshape(found.variables[name].shape)
        # Seen: 1e-15.
        assert np.abs(found.variables[name] - gradient).max() <= 1e-12 * np.abs(gradient).max(), name


def test_the_pid_loop_against_torch(engine: str) -> None:
    torch = pytest.importorskip("torch")
    found = bridge.gradient(pid_loop(), GAINS, loss="cost", engine=engine)
    assert set(found.variables) == set(GAINS)
    assert np.abs(found.outputs["u"]).max() == 3.0  # the actuator saturates on the way
    tensors = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in GAINS.items()}
    outputs = bridge.Simulator(pid_loop(), tensors, engine="torch").run()
    outputs["cost"].reshape(-1)[-1].backward()
    for name, tensor in tensors.items():
        assert abs(found.variables[name].item() - tensor.grad.item()) <= 1e-12 * abs(tensor.grad.item()), name


@pytest.mark.parametrize("case", ["lstm", "pid"])
def test_against_differences(case: str) -> None:
    w = lstm_workspace(*SIZE, steps=20) if case == "lstm" else GAINS
    model = example_model() if case == "lstm" else pid_loop()
    loss: Any = {"y": target_of(w)} if case == "lstm" else "cost"
    simulator = bridge.Simulator(model, w)
    made = Backpropagation(simulator, WEIGHTS if case == "lstm" else None, state=True)
    found, random = made(loss), np.random.default_rng(2)
    for name, gradient in found.variables.items():
        direction = np.asarray(random.normal(size=gradient.shape))
        step = 1e-5
        value = np.asarray(w[name])
        up, down = (made(loss, parameters={name: value + sign * step * direction}).loss for sign in (1, -1))
        slope = (up - down) / (2 * step)
        # The step squared against the third derivative, and 1e-16 / step of rounding.
        assert abs(np.sum(gradient * direction) - slope) <= 1e-8 * max(1.0, abs(slope)), name
    first = simulator.state
    assert set(found.state) == set(first)
    for path, gradient in found.state.items():
        direction = np.asarray(random.normal(size=gradient.shape))
        up, down = (made(loss, state={path: first[path] + sign * 1e-5 * direction}).loss for sign in (1, -1))
        slope = (up - down) / 2e-5
        assert abs(np.sum(gradient * direction) - slope) <= 1e-8 * max(1.0, abs(slope)), path


def test_inputs_and_a_loss_of_ones_own() -> None:
    """y = gain u; the loss is the sum of y cubed."""
    model = single("Gain", 1, Gain="k")
    u = np.array([1.0, -2.0, 3.0])

    def cubes(outputs: dict[str, np.ndarray]) -> tuple[float, dict[str, Any]]:
        y = outputs["y1"]
        return float(np.sum(y**3)), {"y1": 3 * y**2}

    found = bridge.gradient(model, {"k": 2.0}, {"u1": u}, loss=cubes, with_inputs=True, step=1.0)
    assert found.loss == np.sum(8 * u**3)
    np.testing.assert_allclose(found.inputs["u1"], 24 * u**2)
    np.testing.assert_allclose(found.variables["k"], np.sum(12 * u**3))


def test_200_steps_of_adam_follow_torchs_lstm() -> None:
    torch = pytest.importorskip("torch")
    from bridge.training.solvers import Adam

    w = lstm_workspace(*SIZE, steps=30)
    target = target_of(w)
    options = bridge.TrainingOptions("adam", MaxEpochs=200, InitialLearnRate=0.01)
    tuned = bridge.tune(example_model(), w, WEIGHTS, loss={"y": target}, options=options, engine="numpy")
    lstm, F, output = torch_lstm(w)
    lstm.bias_hh_l0.requires_grad_(False)
    weights = {"W": lstm.weight_ih_l0, "R": lstm.weight_hh_l0, "b": lstm.bias_ih_l0, "F": F}
    update, losses = Adam(options), []
    for _ in range(200):
        loss = (output() - torch.tensor(target)).square().mean()
        losses.append(loss.item())
        gradients = torch.autograd.grad(loss, list(weights.values()))
        with torch.no_grad():
            update.step(list(weights.values()), gradients, [0.01] * 4)
    assert tuned.losses[-1] < 0.8 * tuned.losses[0]
    # Seen: 1e-13.
    np.testing.assert_allclose(tuned.losses[:-1], losses, rtol=1e-10)
    for name, tensor in weights.items():
        expected = tensor.detach().numpy().reshape(tuned.variables[name].shape)
        assert np.abs(tuned.variables[name] - expected).max() <= 1e-10, name


def test_a_pid_loop_is_tuned() -> None:
    pytest.importorskip("torch")
    seen: list[float] = []

    def watch(count: int, loss: float, values: dict[str, np.ndarray]) -> bool:
        seen.append(loss)
        assert set(values) == set(GAINS)
        return count == 30

    options = bridge.TrainingOptions("adam", MaxEpochs=1000, InitialLearnRate=0.05)
    tuned = bridge.tune(pid_loop(), GAINS, list(GAINS), loss="cost", options=options, watch=watch, engine="numpy")
    assert {np.shape(value) for value in tuned.variables.values()} == {()}
    assert seen == list(tuned.losses)
    assert len(seen) == 31
    assert tuned.losses[-1] < 0.97 * tuned.losses[0]
    again = bridge.simulate(pid_loop(), tuned.variables, engine="numpy")
    assert again["cost"][-1].item() == tuned.losses[-1]
    assert GAINS == {"Kp": 1.2, "Ki": 0.6, "Kd": 0.3}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"of": ["Q"], "loss": "cost"}, "'Q'; from these it does: "),
        ({"loss": "costs"}, "there is no output 'costs'; did you mean 'cost'"),
        ({"loss": {"y": np.zeros(3)}}, r"the target of 'y' is \(3,\), the output \(81,\)"),
        ({"loss": lambda outputs: (0.0, {"y": np.zeros(2)})}, r"the derivative by 'y' is \(2,\)"),
        ({"of": ["Kp"], "loss": "cost", "steps": 0}, "a loss is one number per step"),
    ],
)
def test_arguments_that_mean_nothing(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        bridge.gradient(pid_loop(), GAINS, **options)


def test_sizes_have_no_gradient() -> None:
    w = lstm_workspace(*SIZE)
    with pytest.raises(UsageError, match="'Nn'"):
        bridge.gradient(example_model(), w, loss={"y": target_of(w)}, of=["Nn"])
