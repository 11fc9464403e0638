"""What a linear system does: discretised, at rest, and to an input."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
import numpy.typing as npt

from bridge.errors import UsageError
from bridge.linear_system import LinearSystem
from bridge.matlab.system_forms import Matrix, System, TransferFunction, ZeroPoleGain, ss, tf, zpk


@overload
def c2d(system: ZeroPoleGain, Ts: float) -> ZeroPoleGain: ...
@overload
def c2d(system: TransferFunction, Ts: float) -> TransferFunction: ...
@overload
def c2d(system: LinearSystem, Ts: float) -> LinearSystem: ...
def c2d(system: System, Ts: float) -> System:
    """The system under a zero-order hold, sampled every `Ts` seconds; the same form as given.

    [Ad Bd; 0 I] = exp([A B; 0 0] Ts), C and D stay. A zero-pole-gain system keeps its poles as exp(p Ts) in their
    order; its zeros, sorted by decreasing magnitude, and its gain come from the discretised state space.
    """
    if system.Ts is not None:
        raise UsageError("c2d needs a continuous-time system; this one has a sample time already")
    if not Ts > 0:
        raise UsageError(f"the sample time is positive, not {Ts}")
    if isinstance(system, LinearSystem):
        A, B = _held(system, Ts)
        names = system.input_names, system.output_names, system.state_names
        return LinearSystem(A, B, system.C, system.D, Ts, *names)
    factored = zpk(system)
    sampled = zpk(c2d(ss(factored), Ts))
    result = ZeroPoleGain(sampled.z, np.exp(factored.p * Ts), sampled.k, Ts)
    return tf(result) if isinstance(system, TransferFunction) else result


def dcgain(system: System) -> Any:
    """The response at rest to a constant 1, G(0) or with a sample time G(1): a number, or p x m of them.

    An integrator has Inf, with its sign in the factored forms; where A (or I - A) is singular all gains of a state
    space are Inf.
    """
    at = 0.0 if system.Ts is None else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(system, ZeroPoleGain):
            gain = system.k * np.float64(np.prod(at - system.z).real)
            return float(gain / np.float64(np.prod(at - system.p).real))
        if isinstance(system, TransferFunction):
            return float(np.polyval(system.num, at) / np.float64(np.polyval(system.den, at)))
    try:
        gains = system.D + system.C @ np.linalg.solve(at * np.eye(system.states) - system.A, system.B)
    except np.linalg.LinAlgError:
        gains = np.full((system.outputs, system.inputs), np.inf)
    return float(gains[0, 0]) if gains.size == 1 else gains


def lsim(
    system: System,
    u: npt.ArrayLike,
    t: npt.ArrayLike | None = None,
    x0: npt.ArrayLike | None = None,
    *,
    hold: str = "foh",
) -> Matrix:
    """The response y, T x p, to the input `u`, T x m (or T numbers), from the state `x0` (rest).

    A discrete-time system takes one step for each row and needs no `t`. A continuous-time one needs `t`, T evenly
    spaced times in seconds; its input runs straight from sample to sample (`hold="foh"`) or is held ("zoh"). The
    response is exact at the samples. MATLAB chooses between the two by how smooth the input looks; here it is said.
    """
    state_space = ss(system)
    inputs = np.asarray(u, dtype=np.float64)
    inputs = inputs.reshape(-1, 1) if inputs.ndim == 1 else inputs
    if inputs.ndim != 2 or inputs.shape[1] != state_space.inputs:
        raise UsageError(f"the input has the size {inputs.shape}, not T x {state_space.inputs}; time is along rows")
    x = np.zeros(state_space.states) if x0 is None else np.asarray(x0, dtype=np.float64).reshape(-1)
    if x.size != state_space.states:
        raise UsageError(f"the initial state has {x.size} elements, not {state_space.states}")
    times = None if t is None else np.asarray(t, dtype=np.float64).reshape(-1)
    if times is not None and len(times) != len(inputs):
        raise UsageError(f"there are {len(times)} times for {len(inputs)} samples")
    if state_space.Ts is None:
        A, now, ahead = _stepping(state_space, times, hold)
    else:
        if times is not None and len(times) > 1 and state_space.Ts > 0:
            _check_even(times, state_space.Ts)
        A, now, ahead = state_space.A, state_space.B, np.zeros_like(state_space.B)
    push = inputs[:-1] @ now.T + inputs[1:] @ ahead.T
    states = np.empty((len(inputs), state_space.states))
    for k in range(len(inputs)):
        states[k] = x
        if k < len(push):
            x = A @ x + push[k]
    result: Matrix = states @ state_space.C.T + inputs @ state_space.D.T
    return result


def _held(system: LinearSystem, step: float) -> tuple[Matrix, Matrix]:
    from scipy.linalg import expm

    n, m = system.states, system.inputs
    block = np.zeros((n + m, n + m))
    block[:n, :n], block[:n, n:] = system.A, system.B
    moved = expm(block * step)
    return moved[:n, :n], moved[:n, n:]


def _stepping(system: LinearSystem, times: Matrix | None, hold: str) -> tuple[Matrix, Matrix, Matrix]:
    """x(k+1) = A x(k) + now u(k) + ahead u(k+1), exact for an input that is held or runs straight."""
    if times is None or len(times) < 2:
        raise UsageError("a continuous-time system needs the times of the samples, two at least")
    if hold not in ("zoh", "foh"):
        raise UsageError(f"hold is 'zoh' or 'foh', not {hold!r}")
    step = float(times[-1] - times[0]) / (len(times) - 1)
    if not step > 0:
        raise UsageError("the times increase from sample to sample")
    _check_even(times, step)
    if hold == "zoh":
        A, B = _held(system, step)
        return A, B, np.zeros_like(B)
    from scipy.linalg import expm

    n, m = system.states, system.inputs
    block = np.zeros((n + 2 * m, n + 2 * m))
    block[:n, :n], block[:n, n : n + m] = system.A * step, system.B * step
    block[n : n + m, n + m :] = np.eye(m)
    moved = expm(block)
    ahead = moved[:n, n + m :]
    return moved[:n, :n], moved[:n, n : n + m] - ahead, ahead


def _check_even(times: Matrix, step: float) -> None:
    # MATLAB's colon operator leaves a few units in the last place; a step of another size is far beyond this.
    if np.abs(np.diff(times) - step).max() > 1e-6 * step:
        raise UsageError(f"the times are {step:g} seconds apart; others are not supported")
