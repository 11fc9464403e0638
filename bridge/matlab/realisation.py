"""State-space realisations as MATLAB chooses them: `ss` of a zero-pole-gain system and of a transfer function.

One transfer function has as many realisations as there are bases of the state; to show MATLAB's numbers one must
choose MATLAB's. The rules below reproduce every printed realisation in `bridge.published`; where those are
silent (which zeros go with which real poles, for instance) they are one consistent choice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bridge.errors import UsageError

Matrix = npt.NDArray[np.float64]
Realisation = tuple[Matrix, Matrix, Matrix, Matrix]


@dataclass
class _Section:
    """One or two poles, an upper corner of A with a 1 beside the diagonal, and the zeros that go with them."""

    poles: list[complex]
    zeros: list[complex] = field(default_factory=list)

    @property
    def room(self) -> int:
        return len(self.poles) - len(self.zeros)

    def matrices(self) -> tuple[Matrix, Matrix, Matrix, float]:
        """A, B, C, d of prod(x - zero) / prod(x - pole), scaled so that B and C have the same 2-norm."""
        first, last = self.poles[0], self.poles[-1]
        order = len(self.poles)
        denominator = np.poly(self.poles).real
        numerator = np.zeros(order + 1)
        numerator[len(self.poles) - len(self.zeros) :] = np.poly(self.zeros).real
        through = float(numerator[0])
        rest = (numerator - through * denominator)[1:]
        if order == 1:
            a, c = np.array([[first.real]]), rest
        elif first.imag:
            a = np.array([[first.real, 1.0], [-(first.imag**2), first.real]])
            c = np.array([rest[1] + rest[0] * first.real, rest[0]])
        else:
            a = np.array([[first.real, 1.0], [0.0, last.real]])
            c = np.array([rest[1] + rest[0] * first.real, rest[0]])
        scale = math.sqrt(float(np.linalg.norm(c))) or 1.0
        b = np.zeros((order, 1))
        b[-1] = scale
        return a, b, c.reshape(1, -1) / scale, through


def of_zeros_poles(zeros: list[complex], poles: list[complex], gain: float) -> Realisation:
    """A, B, C, D of gain * prod(x - zero) / prod(x - pole), as MATLAB's `ss(zpk(...))`.

    `zeros` and `poles` hold each real root, and of each conjugate pair the one above the real axis; their order
    matters. Every pair of poles becomes [[re, 1], [-im^2, re]], the sections stand in series, the first at the
    output; the zeros fill them from the input on. Last, all states share one power of two.
    """
    sections = _with_zeros(zeros, [_Section([p, p.conjugate()]) if p.imag else _Section([p]) for p in poles])
    n = sum(len(section.poles) for section in sections)
    A, B, C = np.zeros((n, n)), np.zeros((n, 1)), np.zeros((1, n))
    through = 1.0
    start = 0
    # From the output to the input: `above` collects what the sections so far make of an input further down.
    above = np.zeros((n, 1))
    for section in sections:
        a, b, c, d = section.matrices()
        stop = start + len(a)
        A[start:stop, start:stop] = a
        A[:start, start:stop] = above[:start] @ c
        C[:, start:stop] = gain * through * c
        above[:start] *= d
        above[start:stop] = b
        through *= d
        start = stop
    B[:] = above
    return (A, *_common_power(B, C), np.array([[gain * through]]))


def of_polynomials(numerator: Matrix, denominator: Matrix) -> Realisation:
    """A, B, C, D of numerator / denominator (highest power first), as MATLAB's `ss(tf(...))`.

    The controllable companion form, its states balanced by powers of two, then by one common power.
    """
    denominator = np.trim_zeros(denominator, "f")
    numerator = np.trim_zeros(numerator, "f")
    if not denominator.size:
        raise UsageError("the denominator of a transfer function is not zero")
    if numerator.size > denominator.size:
        raise UsageError("a transfer function with more zeros than poles has no state space A, B, C, D")
    n = denominator.size - 1
    a = denominator[1:] / denominator[0]
    b = np.zeros(n + 1)
    b[n + 1 - numerator.size :] = numerator / denominator[0]
    A, B = np.eye(n, k=-1), np.eye(n, 1)
    if n:
        A[0] = -a
    C = (b[1:] - a * b[0]).reshape(1, -1)
    A, B, C = _balanced(A, B, C)
    return (A, *_common_power(B, C), b[:1].reshape(1, 1))


def _with_zeros(zeros: list[complex], sections: list[_Section]) -> list[_Section]:
    """The sections with their zeros, filled from the last on in the order of `zeros`.

    Conjugate pairs of zeros are placed first, because they need two poles; where pairs of poles run out, two
    neighbouring real poles are joined.
    """
    if sum(2 if zero.imag else 1 for zero in zeros) > sum(section.room for section in sections):
        raise UsageError("a system with more zeros than poles has no state space A, B, C, D")
    for zero in (zero for zero in zeros if zero.imag):
        while not any(section.room == 2 for section in sections):
            at = _last_singles(sections)
            sections[at : at + 2] = [_Section(sections[at].poles + sections[at + 1].poles)]
        target = [section for section in sections if section.room == 2][-1]
        target.zeros = [zero, zero.conjugate()]
    for zero in (zero for zero in zeros if not zero.imag):
        [section for section in sections if section.room][-1].zeros.append(zero)
    return sections


def _last_singles(sections: list[_Section]) -> int:
    """Where the last two single real poles stand, brought side by side."""
    singles = [i for i, section in enumerate(sections) if len(section.poles) == 1]
    first, second = singles[-2:]
    sections.insert(first + 1, sections.pop(second))
    return first


def _common_power(B: Matrix, C: Matrix) -> tuple[Matrix, Matrix]:
    """B s and C / s with the power of two s that brings their norms closest to each other."""
    left, right = float(np.linalg.norm(C)), float(np.linalg.norm(B))
    if not left or not right:
        return B, C
    scale = 2.0 ** round(0.5 * math.log2(left / right))
    return B * scale, C / scale + 0.0


def _balanced(A: Matrix, B: Matrix, C: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """States scaled by powers of two until row and column of each in [A B; C 0] have about the same sum.

    The balancing of Parlett and Reinsch (1969), in which inputs and outputs count but are not scaled.
    """
    n = len(A)
    M = np.block([[A, B], [C, np.zeros((len(C), B.shape[1]))]])
    changed = True
    while changed:
        changed = False
        for i in range(n):
            column = float(np.abs(M[:, i]).sum() - abs(M[i, i]))
            row = float(np.abs(M[i]).sum() - abs(M[i, i]))
            if not column or not row:
                continue
            factor, scaled = 1.0, column
            while scaled < row / 2:
                factor, scaled = factor * 2, scaled * 4
            while scaled >= row * 2:
                factor, scaled = factor / 2, scaled / 4
            if column * factor + row / factor < 0.95 * (column + row):
                M[:, i] *= factor
                M[i] /= factor
                changed = True
    return M[:n, :n], M[:n, n:], M[n:, :n]
