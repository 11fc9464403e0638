"""A linear system as the weights of an LSTM, and an LSTM as a linear system.

With input and output gates held open, the forget gate held shut and signals small enough for tanh(x) = x, an LSTM layer
computes h(t) = W_g u(t) + R_g h(t-1): a state equation whose state is already that of the next sample. Construction as
in *LSTM as a Dynamical System* (File Exchange 124970), whose weights `bridge.published` holds as printed.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bridge.errors import NetworkError, UsageError
from bridge.linear_system import LinearSystem
from bridge.network import LSTM, FullyConnected, Layer, Network, SequenceInput

Matrix = NDArray[np.float64]
Units = Literal["states and inputs", "states"]

_STILL = 1e-6
"""By how much a gate may move, or miss what it is held at."""


def lstm_from_linear_system(
    system: LinearSystem, scale: float = 1e-3, *, units: Units = "states and inputs", gate: float = 100.0
) -> Network:
    """An LSTM and a fully connected layer that answer as x(t+1) = A x + B u, y = C x + D u does from rest.

    The hidden state is small, so that tanh is nearly linear: with `scale` s, h(t) = s [x(t+1); u(t)] and
    y(t) = F h(t) for the default `units`::

        W_g = s [B; I]    R_g = blkdiag(A, 0)    F = [C/A, D - C pinv(A) B] / s

    With ``units="states"`` h(t) = s x(t+1), W_g = s B, R_g = A and F = C/A / s, which needs D = C inv(A) B: a
    system with a zero at the origin, as those that `linear_system_from_lstm` gives.
    The bias of input and output gates is `gate`, that of the forget gate -`gate`; all else is zero. Where A is singular
    C/A is the solution of F A = C if there is one. Relative error of the answer: about (s x)^2 / 3 a step.
    Raises UsageError for a continuous system, and where no such weights exist.
    """
    if system.Ts is None:
        raise UsageError("the system is continuous; c2d(system, Ts) gives the one that a network can follow")
    if not scale > 0:
        raise UsageError(f"scale is a positive number, not {scale}")
    if units not in ("states and inputs", "states"):
        raise UsageError(f"units is 'states and inputs' or 'states', not {units!r}")
    A, B, C, D = system.A, system.B, system.C, system.D
    n, m = system.states, system.inputs
    before = _state_before(A, C)
    direct = D - C @ _pseudo_inverse(A) @ B if n else D
    if units == "states":
        if n == 0:
            raise UsageError("a system without states needs units for its inputs")
        _check_direct(direct, D, C, A, B)
        W, R, F = scale * B, A, before / scale
    else:
        W, F = scale * np.vstack([B, np.eye(m)]), np.hstack([before, direct]) / scale
        R = np.zeros((n + m, n + m))
        R[:n, :n] = A
    count = len(R)
    lstm = LSTM(
        count,
        InputWeights=_in_candidate(W),
        RecurrentWeights=_in_candidate(R),
        Bias=np.repeat([gate, -gate, 0.0, gate], count)[:, None],
    )
    return Network([SequenceInput(m), lstm, FullyConnected(len(C), Weights=F, Bias=np.zeros((len(C), 1)))])


def _in_candidate(rows: Matrix) -> Matrix:
    """Stacked weights of which only those of the cell candidate, the third block, are not zero."""
    still = np.zeros_like(rows)
    return np.vstack([still, still, rows, still])


def _state_before(A: Matrix, C: Matrix) -> Matrix:
    """C/A, which turns the next state into C times the present one."""
    n = len(A)
    rank = int(np.linalg.matrix_rank(A)) if n else 0
    if rank == n:
        return np.asarray(np.linalg.solve(A.T, C.T).T, np.float64) if n else C
    found = np.asarray(C @ _pseudo_inverse(A))
    if not np.allclose(found @ A, C, rtol=1e-9, atol=1e-9 * np.abs(C).max(initial=0.0)):
        raise UsageError(
            f"A is singular (rank {rank} of {n}), and C x(t) does not follow from A x(t): "
            "no output weights F solve F A = C"
        )
    return found


def _pseudo_inverse(A: Matrix) -> Matrix:
    """`pinv` with MATLAB's tolerance, max(size(A)) eps(norm(A))."""
    return np.asarray(np.linalg.pinv(A, rcond=max(A.shape) * np.finfo(float).eps), np.float64)


def _check_direct(direct: Matrix, D: Matrix, C: Matrix, A: Matrix, B: Matrix) -> None:
    size = max(np.abs(D).max(initial=0.0), np.abs(D - direct).max(initial=0.0))
    if np.abs(direct).max(initial=0.0) > 1e-9 * size:
        raise UsageError(
            f"D - C inv(A) B is {np.abs(direct).max():g}, not zero: one unit a state is too few for this system; "
            "take units='states and inputs'"
        )


def linear_system_from_lstm(network: Network, scale: float = 1e-3, *, sample_time: float = -1) -> LinearSystem:
    """The linear system that an LSTM with held gates and a fully connected layer is for small signals.

    With `scale` s, h(t) = s x(t+1) and F the weights of the fully connected layer (the unit matrix without one)::

        A = R_g    B = W_g / s    C = s F R_g    D = F W_g

    States that nothing reads (their columns of A and C are zero) are left out, so that a system comes back from
    `lstm_from_linear_system` with its own states. Biases of the candidate and of the fully connected layer, which shift
    the output, and the initial states are left out too. `sample_time` in seconds, -1 if it is not known.
    Raises NetworkError, naming the layer, where a gate is not held open or shut: the network is then not linear.
    """
    lstm, F = _layers(network)
    units = lstm.NumHiddenUnits
    W, R, b = (_array(lstm, name) for name in ("InputWeights", "RecurrentWeights", "Bias"))
    for k, name, held in ((0, "input", 1.0), (1, "forget", 0.0), (3, "output", 1.0)):
        rows = slice(k * units, (k + 1) * units)
        _check_held(lstm, name, held, np.abs(W[rows]).sum(axis=1) + np.abs(R[rows]).sum(axis=1), b[rows, 0])
    rows = slice(2 * units, 3 * units)
    A, B = R[rows], W[rows] / scale
    C, D = scale * F @ A, F @ W[rows]
    kept = np.flatnonzero(A.any(axis=0) | C.any(axis=0))
    return LinearSystem(A[np.ix_(kept, kept)], B[kept], C[:, kept], D, sample_time)


def _check_held(lstm: Layer, name: str, held: float, reach: Matrix, bias: Matrix) -> None:
    """Refuse a gate that inputs and states of size one could move away from where it is held."""
    with np.errstate(over="ignore"):
        lowest, highest = 1 / (1 + np.exp(reach - bias)), 1 / (1 + np.exp(-reach - bias))
    worst = float(np.max(np.maximum(np.abs(lowest - held), np.abs(highest - held))))
    if not worst <= _STILL:
        state = "open" if held else "shut"
        cause = f"its {name} gate is not held {state} (off by up to {worst:.3g}), so the layer is not linear"
        raise NetworkError(lstm.label, cause)


def _layers(network: Network) -> tuple[LSTM, Matrix]:
    """The LSTM, and the weights of the fully connected layer behind it."""
    kinds = [type(layer).__name__ for layer in network.layers]
    if kinds not in (["SequenceInput", "LSTM"], ["SequenceInput", "LSTM", "FullyConnected"]) or not network.is_series:
        raise NetworkError("", f"SequenceInput, LSTM and FullyConnected are needed, not {', '.join(kinds)}")
    lstm: Any = network.layers[1]
    usual = {"StateActivationFunction": "tanh", "GateActivationFunction": "sigmoid", "OutputMode": "sequence"}
    for option, value in usual.items():
        if lstm.options[option] != value:
            raise NetworkError(lstm.label, f"{option} must be {value!r} here, not {lstm.options[option]!r}")
    F = _array(network.layers[2], "Weights") if len(kinds) == 3 else np.eye(lstm.NumHiddenUnits)
    return lstm, F


def _array(layer: Layer, name: str) -> Matrix:
    value = layer.arrays.get(name)
    if value is None:
        raise NetworkError(layer.label, f"{name} is not set; network.initialize() draws what is missing")
    return np.array(value, np.float64)
