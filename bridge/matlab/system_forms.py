"""The forms of a linear system and the ways between them: `zpk`, `tf`, `ss`, `pole`, `zero`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridge.errors import UsageError
from bridge.linear_system import LinearSystem
from bridge.matlab import realisation, zpk_printing

Matrix = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]


@dataclass(frozen=True, eq=False, slots=True)
class ZeroPoleGain:
    """k (x - z1)(x - z2)... / ((x - p1)(x - p2)...), x being s or, with a sample time, z.

    `z` and `p` keep their order; complex ones come in conjugate pairs, UsageError otherwise.
    """

    z: Complexes
    p: Complexes
    k: float
    Ts: float | None = None

    def __post_init__(self) -> None:
        for name in "zp":
            roots = np.asarray(getattr(self, name), dtype=np.complex128).reshape(-1)
            _upper(roots)
            object.__setattr__(self, name, roots)
        object.__setattr__(self, "k", float(self.k))

    def __str__(self) -> str:
        shown = zpk_printing.factored(self.k, self.z, self.p, _variable(self.Ts))
        static = not self.z.size and not self.p.size
        return f"{shown}\n \n{zpk_printing.closing('zero/pole/gain model', self.Ts, static)}"


@dataclass(frozen=True, eq=False, slots=True)
class TransferFunction:
    """num(x) / den(x), coefficients of the highest power first, x being s or, with a sample time, z."""

    num: Matrix
    den: Matrix
    Ts: float | None = None

    def __post_init__(self) -> None:
        for name in ("num", "den"):
            given = np.asarray(getattr(self, name), dtype=np.float64).reshape(-1)
            object.__setattr__(self, name, np.trim_zeros(given, "f") if given.any() else np.zeros(1))
        if not self.den.any():
            raise UsageError("the denominator of a transfer function is not zero")

    def __str__(self) -> str:
        variable = _variable(self.Ts)
        top, bottom = (zpk_printing.polynomial(c.tolist(), variable) for c in (self.num, self.den))
        static = len(self.num) == len(self.den) == 1
        shown = zpk_printing.fraction(top, bottom)
        return f"{shown}\n \n{zpk_printing.closing('transfer function', self.Ts, static)}"


System = ZeroPoleGain | TransferFunction | LinearSystem


def zpk(z: System | npt.ArrayLike, p: npt.ArrayLike = (), k: float = 1.0, Ts: float | None = None) -> ZeroPoleGain:
    """MATLAB's `zpk(z, p, k, Ts)`, or `zpk(system)`, which has the same input and output.

    The zeros of a state-space system are sorted by decreasing magnitude.
    """
    if isinstance(z, ZeroPoleGain):
        return z
    if isinstance(z, TransferFunction):
        return ZeroPoleGain(_roots(z.num), _roots(z.den), float(z.num[0] / z.den[0]), z.Ts)
    if isinstance(z, LinearSystem):
        zeros, gain = _zeros_and_gain(z)
        return ZeroPoleGain(zeros, pole(z), gain, z.Ts)
    return ZeroPoleGain(np.asarray(z), np.asarray(p), k, _sample_time(Ts))


def tf(num: System | npt.ArrayLike, den: npt.ArrayLike = (1.0,), Ts: float | None = None) -> TransferFunction:
    """MATLAB's `tf(num, den, Ts)`, or `tf(system)`."""
    if isinstance(num, TransferFunction):
        return num
    if isinstance(num, ZeroPoleGain | LinearSystem):
        system = zpk(num)
        numerator, denominator = (np.asarray(np.poly(r).real, dtype=np.float64) for r in (system.z, system.p))
        return TransferFunction(system.k * numerator, denominator, system.Ts)
    return TransferFunction(np.asarray(num), np.asarray(den), _sample_time(Ts))


def ss(
    A: System | npt.ArrayLike,
    B: npt.ArrayLike | None = None,
    C: npt.ArrayLike | None = None,
    D: npt.ArrayLike = 0.0,
    Ts: float | None = None,
) -> LinearSystem:
    """MATLAB's `ss(A, B, C, D, Ts)`, or `ss(system)` in the very realisation that MATLAB chooses.

    UsageError for a system with more zeros than poles.
    """
    if isinstance(A, LinearSystem):
        return A
    if isinstance(A, ZeroPoleGain):
        return LinearSystem(*realisation.of_zeros_poles(_upper(A.z), _upper(A.p), A.k), A.Ts)
    if isinstance(A, TransferFunction):
        return LinearSystem(*realisation.of_polynomials(A.num, A.den), A.Ts)
    if B is None or C is None:
        raise UsageError("ss needs A, B, C and D, or a system")
    return LinearSystem(np.asarray(A), np.asarray(B), np.asarray(C), np.asarray(D), _sample_time(Ts))


def pole(system: System) -> Complexes:
    """The poles; of a state-space system the eigenvalues of A."""
    if isinstance(system, ZeroPoleGain):
        return system.p
    if isinstance(system, TransferFunction):
        return _roots(system.den)
    result: Complexes = np.linalg.eigvals(system.A).astype(np.complex128)
    return result


def zero(system: System) -> Complexes:
    """The finite zeros of a system with one input and one output."""
    return zpk(system).z


def _sample_time(Ts: float | None) -> float | None:
    if Ts is not None and Ts != -1 and not Ts >= 0:
        raise UsageError(f"the sample time is positive, -1 (unspecified) or None (continuous), not {Ts}")
    return None if Ts == 0 else Ts


def _variable(Ts: float | None) -> str:
    return "s" if Ts is None else "z"


def _roots(coefficients: Matrix) -> Complexes:
    result: Complexes = np.roots(coefficients).astype(np.complex128)
    return result


def _upper(roots: Complexes) -> list[complex]:
    """Each real root, and of each conjugate pair the one above the real axis, in the order given."""
    left = [complex(root) for root in roots]
    upper: list[complex] = []
    while left:
        root = left.pop(0)
        if root.imag:
            if root.conjugate() not in left:
                raise UsageError(f"the root {root} has no complex conjugate, so the system would not be real")
            left.remove(root.conjugate())
            root = complex(root.real, abs(root.imag))
        upper.append(root)
    return upper


def _zeros_and_gain(system: LinearSystem) -> tuple[Complexes, float]:
    """Zeros and gain of a state-space system, without a polynomial on the way.

    The gain is D, or the first Markov parameter C A^(r-1) B that is not zero; the zeros are the poles of the
    system that an output held at zero leaves, on the states that C, CA, ..., CA^(r-1) do not see.
    """
    if system.inputs != 1 or system.outputs != 1:
        raise UsageError(f"zeros are found for one input and one output, not {system.inputs} and {system.outputs}")
    A, B, C = system.A, system.B, system.C
    gain = float(system.D[0, 0])
    if gain:
        return _sorted_zeros(A - B @ C / gain), gain
    row = C
    seen: list[Matrix] = []
    for _ in range(system.states):
        gain = float((row @ B)[0, 0])
        seen.append(row[0])
        # Below this a product of the rounded numbers cannot be told from zero.
        if abs(gain) > 8 * np.finfo(float).eps * float((np.abs(row) @ np.abs(B))[0, 0]):
            hidden = np.linalg.qr(np.array(seen).T, mode="complete")[0][:, len(seen) :]
            return _sorted_zeros(hidden.T @ (A - B @ (row @ A) / gain) @ hidden), gain
        row = row @ A
    return np.zeros(0, dtype=np.complex128), 0.0


def _sorted_zeros(matrix: Matrix) -> Complexes:
    """Eigenvalues by decreasing magnitude: the order of the published system, on which its realisation depends."""
    found = np.linalg.eigvals(matrix).astype(np.complex128)
    order = sorted(range(found.size), key=lambda i: (-abs(found[i]), -found[i].imag))
    result: Complexes = found[order]
    return result
