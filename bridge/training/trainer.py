"""The training loop of `trainnet`: what happens in an iteration, in MATLAB's order.

Forward pass and loss, gradients, L2 regularization, gradient threshold, solver. The loss that is logged is the one
before the update and without regularization.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.errors import UnsupportedLayer, UsageError
from bridge.files.torch_weights import arrays as arrays_of
from bridge.matlab.rng import Stream, rng
from bridge.network import BatchNormalization, Layer, LayerNormalization, Network, ProjectedLSTM
from bridge.packages import required
from bridge.training.display import Display
from bridge.training.log import LogRow, TrainingInfo
from bridge.training.options import TrainingOptions
from bridge.training.solvers import regularized, solver

Array = NDArray[Any]
Tensor = Any


@dataclass(frozen=True)
class _Learnable:
    """A tensor that is trained, with the factors that MATLAB's layer gives it."""

    tensor: Tensor
    rate_factor: float
    decay_factor: float


def train(
    network: Network,
    inputs: Array | Sequence[Array],
    targets: Array | Sequence[Array],
    options: TrainingOptions | None = None,
    *,
    precision: str = "single",
    stream: Stream | int = 0,
    progress: Callable[[LogRow], None] | bool = False,
) -> tuple[Network, TrainingInfo]:
    """Train a network on sequences and return the trained one with the log; the given one stays as it is.

    inputs     one sequence ``T x inputs``, or a list of sequences
    targets    as many, each ``T x outputs``
    options    `TrainingOptions`; the loss is the mean squared error over all elements of a mini-batch
    precision  ``single``, as `trainnet` computes, or ``double``
    stream     MATLAB's random stream (or a seed) from which the shuffle draws: N uniform numbers a shuffle
    progress   True shows the log and, on a terminal, a bar; a function is called with each row of the log

    Runs on torch's own layers, on one thread, so that a repetition gives the same bits. After thousands of iterations
    the last bit of any operation decides: such a run is one sample of a distribution, on MATLAB as here.
    """
    torch = required("torch", "training")
    options = options or TrainingOptions()
    dtype = {"single": torch.float32, "double": torch.float64}.get(precision)
    if dtype is None:
        raise UsageError(f"precision is single or double, not {precision!r}")
    stream = rng(stream) if isinstance(stream, int) else stream
    data = _pairs(inputs, targets)
    _check(network)
    _check_channels(network, data)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(stream.seed)  # for dropout, which draws from torch's generator
            module = network.to_torch(dtype=dtype).train()
            learnables = _learnables(module, network)
            with Display(options) if progress is True else nullcontext() as display:
                given = None if isinstance(progress, bool) else progress
                shown = given if display is None else display.row
                moved = display.epoch if display is not None else None
                info = _run(torch, module, learnables, data, options, stream, dtype, shown, moved)
    finally:
        torch.set_num_threads(threads)
    info.precision = precision
    return _trained(network, module), info


def first_loss(
    network: Network, inputs: Array | Sequence[Array], targets: Array | Sequence[Array], *, precision: str = "single"
) -> float:
    """The loss before any training: what the first row of the log shows where all sequences are in one mini-batch."""
    options = TrainingOptions(MaxEpochs=1, InitialLearnRate=0.0, Shuffle="never")
    return train(network, inputs, targets, options, precision=precision)[1].losses[0]


def _pairs(inputs: Array | Sequence[Array], targets: Array | Sequence[Array]) -> list[tuple[Array, Array]]:
    xs = [inputs] if isinstance(inputs, np.ndarray) else [np.asarray(x) for x in inputs]
    ys = [targets] if isinstance(targets, np.ndarray) else [np.asarray(y) for y in targets]
    if len(xs) != len(ys) or not xs:
        raise UsageError(f"{len(xs)} input sequences and {len(ys)} targets")
    for number, (x, y) in enumerate(zip(xs, ys, strict=True)):
        if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
            raise UsageError(f"sequence {number}: input {x.shape} and target {y.shape} must be T x columns each")
    return list(zip(xs, ys, strict=True))


def _check(network: Network) -> None:
    """Refuse layers whose learnables would not come back, or not as MATLAB trains them."""
    for layer in network:
        if isinstance(layer, ProjectedLSTM):
            raise UnsupportedLayer(layer.label, "is not trained: torch has its products, not its projectors")
        if isinstance(layer, BatchNormalization):
            raise UnsupportedLayer(layer.label, "is not trained: torch's running statistics are not MATLAB's")


def _check_channels(network: Network, data: Sequence[tuple[Array, Array]]) -> None:
    """Refuse inputs that the network's input layer does not take, and targets of several widths."""
    first, width = network[network.inputs[0]], data[0][1].shape[1]
    for number, (x, y) in enumerate(data):
        if y.shape[1] != width:
            raise UsageError(f"sequence {number} has {y.shape[1]} target columns, the first has {width}")
        if x.shape[1] != first.InputSize:
            there = f"sequence {number} is {x.shape[0]} x {x.shape[1]}, T x columns"
            raise UsageError(f"layer '{first.Name}': takes {first.InputSize} channels, and {there}")


def _learnables(module: Any, network: Network) -> list[_Learnable]:
    """The tensors to train. MATLAB has one bias: torch's second one stays zero, unless the layer has two."""
    found = []
    by_key = {module.keys[layer.Name]: layer for layer in network}
    for name, tensor in module.named_parameters():
        key, _, entry = name.rpartition(".")
        layer = by_key[key]
        recurrent_bias = entry.startswith("bias_hh")
        if recurrent_bias and layer.options.get("ResetGateMode") != "recurrent-bias-after-multiplication":
            tensor.requires_grad_(False)
            continue
        stem = _stem(layer, entry)
        rate, decay = layer.options[f"{stem}LearnRateFactor"], layer.options[f"{stem}L2Factor"]
        if np.ndim(rate) or np.ndim(decay):
            raise UsageError(f"layer '{layer.Name}': factors per gate are not supported in training yet")
        if float(rate) == 0.0:  # neither trained nor regularized
            tensor.requires_grad_(False)
            continue
        found.append(_Learnable(tensor, float(rate), float(decay)))
    if not found:
        raise UsageError("the network has nothing to train")
    return found


def _stem(layer: Layer, entry: str) -> str:
    """The beginning of MATLAB's factor names for an entry of torch's state dict."""
    if isinstance(layer, LayerNormalization):
        return "Offset" if entry == "bias" else "Scale"
    if entry.startswith("weight_ih"):
        return "InputWeights"
    if entry.startswith("weight_hh"):
        return "RecurrentWeights"
    return "Bias" if entry.startswith("bias") else "Weight"


def _run(
    torch: Any,
    module: Any,
    learnables: Sequence[_Learnable],
    data: list[tuple[Array, Array]],
    options: TrainingOptions,
    stream: Stream,
    dtype: Any,
    shown: Callable[[LogRow], None] | None,
    moved: Callable[[int, float], None] | None,
) -> TrainingInfo:
    update, info = solver(options), TrainingInfo()
    tensors = [learnable.tensor for learnable in learnables]
    decays = [options.L2Regularization * learnable.decay_factor for learnable in learnables]
    start = time.perf_counter()
    iteration = 0
    order = np.arange(len(data))
    made: dict[tuple[int, ...], list[Tensor]] = {}
    for epoch in range(1, options.MaxEpochs + 1):
        if options.Shuffle == "every-epoch" or (options.Shuffle == "once" and epoch == 1):
            order = order[stream.randperm(len(data)).ravel().astype(int) - 1]
        rate = options.rate_in(epoch)
        rates = [rate * learnable.rate_factor for learnable in learnables]
        for chosen in _batches(order, options.MiniBatchSize):
            if chosen not in made:
                made[chosen] = _padded(torch, [data[k] for k in chosen], options, dtype)
            x, y, mask = made[chosen]
            z = module(x)
            if z.shape != y.shape:  # torch would spread one column over several
                raise UsageError(f"the network gives {_said(z)}, the targets are {_said(y)}")
            loss = ((z - y).square() * mask).sum() / (mask.sum() * y.shape[-1])
            gradients = torch.autograd.grad(loss, tensors)
            with torch.no_grad():
                update.step(tensors, regularized(tensors, gradients, decays, options), rates)
            iteration += 1
            info.losses.append(float(loss.detach()))
            info.learn_rates.append(rate)
            last = epoch == options.MaxEpochs and chosen[-1] == order[-1]
            if iteration == 1 or iteration % options.VerboseFrequency == 0 or last:
                row = LogRow(iteration, epoch, time.perf_counter() - start, rate, info.losses[-1])
                info.rows.append(row)
                if shown is not None:
                    shown(row)
        if moved is not None and info.losses:
            moved(epoch, info.losses[-1])
    info.seconds = time.perf_counter() - start
    return info


def _said(sequences: Tensor) -> str:
    """The size of padded sequences."""
    return f"{sequences.shape[-1]} columns at {math.prod(sequences.shape[:-1])} steps"


def _batches(order: NDArray[np.int_], size: int) -> Iterator[tuple[int, ...]]:
    """Full mini-batches in order; MATLAB leaves an incomplete last one out, unless it is the only one."""
    if len(order) < size:
        yield tuple(order.tolist())
        return
    for first in range(0, len(order) - size + 1, size):
        yield tuple(order[first : first + size].tolist())


def _padded(torch: Any, pairs: list[tuple[Array, Array]], options: TrainingOptions, dtype: Any) -> list[Tensor]:
    """Input, target and mask, each `T x B x C`: a mini-batch is padded to its own longest sequence."""
    length = max(len(x) for x, _ in pairs)
    x = np.full((length, len(pairs), pairs[0][0].shape[1]), options.SequencePaddingValue)
    y = np.zeros((length, len(pairs), pairs[0][1].shape[1]))
    mask = np.zeros((length, len(pairs), 1))
    for k, (sequence, target) in enumerate(pairs):
        left = options.SequencePaddingDirection == "left"
        rows = slice(length - len(sequence), None) if left else slice(len(sequence))
        x[rows, k], y[rows, k], mask[rows, k] = sequence, target, 1.0
    return [torch.tensor(array, dtype=dtype) for array in (x, y, mask)]


def _trained(network: Network, module: Any) -> Network:
    """The network with the module's weights."""
    entries = {name: tensor.detach().numpy() for name, tensor in module.state_dict().items()}
    changes = {}
    for layer in network:
        key = module.keys[layer.Name]
        own = {name.removeprefix(f"{key}."): a for name, a in entries.items() if name.rpartition(".")[0] == key}
        found = arrays_of(layer, own) if own else {}
        changes[layer.Name] = {name: array for name, array in found.items() if name in layer.learnable_names}
    return network.with_({name: arrays for name, arrays in changes.items() if arrays})
