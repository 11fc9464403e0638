"""How fast gradients through the LSTM diagram are, against torch on the same diagram and torch.nn.LSTM.

    python benchmarks/gradients.py [ROUNDS]

The mean squared error over T = 500 steps with respect to W, R, b and F, in double precision, one thread; all run in
turn in one process, and their gradients are compared. Processor time counts.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bridge.crossings.example import example_model
from bridge.gradients import Backpropagation
from bridge.simulation import Simulator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "plugins"))

from lstm_workspace import lstm_workspace

SIZES = ((5, 1, 1), (32, 8, 4))
STEPS = 500
WEIGHTS = ("W", "R", "b", "F")


def through_torch(w: dict[str, Any], target: np.ndarray) -> Callable[[], dict[str, np.ndarray]]:
    """The diagram on the torch engine, and autograd."""
    import torch

    simulator = Simulator(example_model(), w, engine="torch")

    def run() -> dict[str, np.ndarray]:
        tensors = {name: torch.tensor(w[name], requires_grad=True) for name in WEIGHTS}
        y = simulator.run(parameters=tensors)["y"].reshape(target.shape)
        (y - torch.tensor(target)).square().mean().backward()
        return {name: tensor.grad.numpy() for name, tensor in tensors.items()}

    return run


def through_torch_lstm(w: dict[str, Any], target: np.ndarray) -> Callable[[], dict[str, np.ndarray]]:
    """torch.nn.LSTM and autograd; at the samples the diagram's interpolation is exact."""
    import torch

    units, inputs = w["R"].shape[1], w["W"].shape[1]
    lstm = torch.nn.LSTM(inputs, units, dtype=torch.float64)
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.tensor(w["W"]))
        lstm.weight_hh_l0.copy_(torch.tensor(w["R"]))
        lstm.bias_ih_l0.copy_(torch.tensor(w["b"][:, 0]))
        lstm.bias_hh_l0.zero_()
    weights = {"W": lstm.weight_ih_l0, "R": lstm.weight_hh_l0, "b": lstm.bias_ih_l0}
    weights["F"] = torch.tensor(w["F"], requires_grad=True)
    start = tuple(torch.tensor(w[name].T) for name in ("h0", "c0"))
    u, wanted = torch.tensor(w["u"]), torch.tensor(target)

    def run() -> dict[str, np.ndarray]:
        loss = (lstm(u, start)[0] @ weights["F"].T - wanted).square().mean()
        found = torch.autograd.grad(loss, list(weights.values()))
        return {name: gradient.numpy() for name, gradient in zip(weights, found, strict=True)}

    return run


def through_form(w: dict[str, Any], target: np.ndarray, engine: str) -> Callable[[], dict[str, np.ndarray]]:
    """The gradient as a program of its own."""
    made = Backpropagation(Simulator(example_model(), w, engine=engine), WEIGHTS)
    return lambda: made({"y": target}).variables


def main() -> None:
    """Print a line per size and way."""
    import torch

    torch.set_num_threads(1)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"gradients per second as a multiple of torch.nn.LSTM's (lowest, median, highest of {rounds} rounds)")
    for size in SIZES:
        w = lstm_workspace(*size, steps=STEPS)
        w["t"] = np.arange(STEPS)[:, None] * w["Ts"]
        target = np.random.default_rng(1).normal(size=(STEPS, size[2]))
        ways = {
            "torch.nn.LSTM": through_torch_lstm(w, target),
            "diagram, torch": through_torch(w, target),
            "diagram, numpy": through_form(w, target, "numpy"),
            "diagram, compiled": through_form(w, target, "compiled"),
        }
        expected = ways["torch.nn.LSTM"]()
        for name, run in ways.items():
            for key, gradient in run().items():
                error = np.abs(gradient.reshape(expected[key].shape) - expected[key]).max()
                if error > 1e-10 * np.abs(expected[key]).max():
                    raise SystemExit(f"{size} {name}: the gradient of {key} differs")
        found: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            times = {}
            for name, run in ways.items():
                begin = time.process_time()
                run()
                times[name] = time.process_time() - begin
            for name, each in times.items():
                found[name].append(times["torch.nn.LSTM"] / each)
        for name, ratios in found.items():
            low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
            print(f"  {size!s:12} {name:18} {low:8.2f} {middle:8.2f} {high:8.2f}")


if __name__ == "__main__":
    main()
