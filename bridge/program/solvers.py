"""Simulink's explicit fixed-step solvers: Runge-Kutta methods, each as its tableau.

One step of h seconds from the state x at time t, with the derivative f::

    k[1] = f(t, x)
    k[i] = f(t + c[i] h, x + h (a[i,1] k[1] + … + a[i,i-1] k[i-1]))
    x(t + h) = x + h (b[1] k[1] + … + b[s] k[s])

Sources of the tableaux: E. Hairer, S. P. Nørsett, G. Wanner, *Solving Ordinary Differential Equations I*, section II.1
(Euler, Heun, Runge-Kutta); P. Bogacki, L. F. Shampine, "A 3(2) pair of Runge-Kutta formulas", Appl. Math. Lett. 2
(1989); J. R. Dormand, P. J. Prince, "A family of embedded Runge-Kutta formulae", J. Comp. Appl. Math. 6 (1980);
P. J. Prince, J. R. Dormand, "High order embedded Runge-Kutta formulae", J. Comp. Appl. Math. 7 (1981), RK8(7)13M.
The order in which terms are added is that of the C code that MathWorks generates for each solver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.program.form import Value


@dataclass(frozen=True)
class Increment:
    """A state some way into the step: x + h (w[1] k[1] + w[2] k[2] + …) / `over`.

    Without `over` each weight is multiplied by h; with it the sum is made first and multiplied by h / `over`.
    """

    weights: tuple[float, ...]
    over: float | None = None

    def state(self, x: Value, slopes: Sequence[Value], h: float) -> Value:
        """The state, from that at the begin of the step and the slopes so far."""
        scale = h if self.over is None else 1.0
        terms = [
            slope if scale * weight == 1.0 else slope * (scale * weight)
            for weight, slope in zip(self.weights, slopes, strict=True)
            if weight
        ]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return x + (total if self.over is None else total * (h / self.over))


@dataclass(frozen=True)
class Solver:
    """An explicit Runge-Kutta method: `nodes` and `stages` from its second stage on, and the step that it takes."""

    name: str
    title: str
    order: int
    nodes: tuple[float, ...]
    stages: tuple[Increment, ...]
    step: Increment


_ODE8_STAGES = (
    (1 / 18,),
    (1 / 48, 1 / 16),
    (1 / 32, 0, 3 / 32),
    (5 / 16, 0, -75 / 64, 75 / 64),
    (3 / 80, 0, 0, 3 / 16, 3 / 20),
    (29443841 / 614563906, 0, 0, 77736538 / 692538347, -28693883 / 1125000000, 23124283 / 1800000000),
    (16016141 / 946692911, 0, 0, 61564180 / 158732637, 22789713 / 633445777, 545815736 / 2771057229,
     -180193667 / 1043307555),
    (39632708 / 573591083, 0, 0, -433636366 / 683701615, -421739975 / 2616292301, 100302831 / 723423059,
     790204164 / 839813087, 800635310 / 3783071287),
    (246121993 / 1340847787, 0, 0, -37695042795 / 15268766246, -309121744 / 1061227803, -12992083 / 490766935,
     6005943493 / 2108947869, 393006217 / 1396673457, 123872331 / 1001029789),
    (-1028468189 / 846180014, 0, 0, 8478235783 / 508512852, 1311729495 / 1432422823, -10304129995 / 1701304382,
     -48777925059 / 3047939560, 15336726248 / 1032824649, -45442868181 / 3398467696, 3065993473 / 597172653),
    (185892177 / 718116043, 0, 0, -3185094517 / 667107341, -477755414 / 1098053517, -703635378 / 230739211,
     5731566787 / 1027545527, 5232866602 / 850066563, -4093664535 / 808688257, 3962137247 / 1805957418,
     65686358 / 487910083),
    (403863854 / 491063109, 0, 0, -5068492393 / 434740067, -411421997 / 543043805, 652783627 / 914296604,
     11173962825 / 925320556, -13158990841 / 6184727034, 3936647629 / 1978049680, -160528059 / 685178525,
     248638103 / 1413531060, 0),
)  # fmt: skip
_ODE8_STEP = (
    14005451 / 335480064, 0, 0, 0, 0, -59238493 / 1068277825, 181606767 / 758867731, 561292985 / 797845732,
    -1041891430 / 1371343529, 760417239 / 1151165299, 118820643 / 751138087, -528747749 / 2220607170, 1 / 4,
)  # fmt: skip

_ALL = (
    Solver("ode1", "Euler", 1, (), (), Increment((1,), 1)),
    Solver("ode2", "Heun", 2, (1,), (Increment((1,), 1),), Increment((1, 1), 2)),
    Solver(
        "ode3",
        "Bogacki-Shampine",
        3,
        (1 / 2, 3 / 4),
        (Increment((1 / 2,)), Increment((0, 3 / 4))),
        Increment((2 / 9, 1 / 3, 4 / 9)),
    ),
    Solver(
        "ode4",
        "Runge-Kutta",
        4,
        (1 / 2, 1 / 2, 1),
        (Increment((1,), 2), Increment((0, 1), 2), Increment((0, 0, 1), 1)),
        Increment((1, 2, 2, 1), 6),
    ),
    Solver(
        "ode5",
        "Dormand-Prince",
        5,
        (1 / 5, 3 / 10, 4 / 5, 8 / 9, 1),
        (
            Increment((1 / 5,)),
            Increment((3 / 40, 9 / 40)),
            Increment((44 / 45, -56 / 15, 32 / 9)),
            Increment((19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729)),
            Increment((9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656)),
        ),
        Increment((35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84)),
    ),
    Solver(
        "ode8",
        "Dormand-Prince 8(7)",
        8,
        (1 / 18, 1 / 12, 1 / 8, 5 / 16, 3 / 8, 59 / 400, 93 / 200, 5490023248 / 9719169821, 13 / 20,
         1201146811 / 1299019798, 1, 1),
        tuple(Increment(weights) for weights in _ODE8_STAGES),
        Increment(_ODE8_STEP),
    ),
)  # fmt: skip
SOLVERS: Mapping[str, Solver] = {solver.name: solver for solver in _ALL}
"""By Simulink's name."""
