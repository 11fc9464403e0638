"""A linear system in state space, and nothing else: the noun that `matlab.systems` and the crossings exchange."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridge.errors import UsageError

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class LinearSystem:
    """x' = A x + B u, y = C x + D u; with a sample time x(k+1) = A x(k) + B u(k).

    `A` n x n, `B` n x m, `C` p x n, `D` p x m (a scalar 0 stands for zeros); converted to double precision and
    checked, UsageError where the sizes do not fit. `Ts` is the sample time in seconds, -1 if it is discrete but
    unspecified, None for continuous time. Names are optional: empty, or one for each signal.
    """

    A: Matrix
    B: Matrix
    C: Matrix
    D: Matrix
    Ts: float | None = None
    input_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    state_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        a, b, c, d = (_matrix(name, getattr(self, name)) for name in "ABCD")
        n = a.shape[0]
        if n == 0:
            # [] as a matrix has no second dimension to tell how many signals there are; D does.
            b, c = b.reshape(0, d.shape[1]), c.reshape(d.shape[0], 0)
        elif d.size == 1 and d.item() == 0.0:
            d = np.zeros((c.shape[0], b.shape[1]))
        sizes = {"A": a.shape, "B": b.shape, "C": c.shape, "D": d.shape}
        wanted = {"A": (n, n), "B": (n, d.shape[1]), "C": (d.shape[0], n), "D": d.shape}
        for name, size in sizes.items():
            if size != wanted[name]:
                shown = ", ".join(f"{k} {s[0]} x {s[1]}" for k, s in sizes.items())
                raise UsageError(f"the sizes of the system's matrices do not fit together: {shown}")
        for name, value in zip("ABCD", (a, b, c, d), strict=True):
            object.__setattr__(self, name, value)
        if self.Ts == 0:
            object.__setattr__(self, "Ts", None)
        if self.Ts is not None and not (self.Ts > 0 or self.Ts == -1):
            raise UsageError(f"the sample time is positive, -1 (unspecified) or None (continuous), not {self.Ts}")
        signals = {"input_names": d.shape[1], "output_names": d.shape[0], "state_names": n}
        for attribute, count in signals.items():
            names = tuple(getattr(self, attribute))
            if names and len(names) != count:
                raise UsageError(f"{attribute} has {len(names)} names for {count} signals")
            object.__setattr__(self, attribute, names)

    @property
    def states(self) -> int:
        """Number of states n."""
        return len(self.A)

    @property
    def inputs(self) -> int:
        """Number of inputs m."""
        return int(self.B.shape[1])

    @property
    def outputs(self) -> int:
        """Number of outputs p."""
        return len(self.C)

    @property
    def discrete(self) -> bool:
        """Whether the system has a sample time."""
        return self.Ts is not None


def _matrix(name: str, value: npt.ArrayLike) -> Matrix:
    array = np.array(value, dtype=np.float64)
    if array.ndim > 2:
        raise UsageError(f"{name} of a linear system is a matrix, not an array of {array.ndim} dimensions")
    return np.atleast_2d(array) if array.size else array.reshape(0, 0) if array.ndim < 2 else array
