"""Signals that cross zero in every way, where they fire, and the diagrams that tests lead them into.

`fired` is the rule of MathWorks' generated code (``rt_ZCFcn``), written out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.model import Model, System

# Every passage between negative, zero and positive in every order of three, and zeros that last.
SIGNS = [-1.0, 0.0, 2.0]
SIGNAL = np.array([*(x for a in SIGNS for b in SIGNS for c in SIGNS for x in (a, b, c)), -1, 0, 0, 1, 0, 0, -1, 1e-300])
U = np.arange(1.0, len(SIGNAL) + 1)


def fired(kind: str, signal: Any, first: float | None = None) -> list[int]:
    """1 where a signal fires by rising, -1 by falling, 0 elsewhere; `first` is the sign before the first sample."""
    found, before, last = [], first, ""
    for value in signal:
        now = float(np.sign(value))
        event = ""
        if before is not None:
            rises = (before < 0 <= now) or (before == 0 < now)
            falls = (before > 0 >= now) or (before == 0 > now)
            passed = f"{before:g} to {now:g}"
            # From below to zero it has fired; it does not when it goes on from there.
            again = (last, passed) in (("-1 to 0", "0 to 1"), ("1 to 0", "0 to -1"))
            if kind in ("rising", "either") and rises and not again:
                event = "up"
            if kind in ("falling", "either") and falls and not again:
                event = "down"
            last = passed if event else ""
        found.append({"up": 1, "down": -1, "": 0}[event])
        before = now
    return found


def outside(made: Model) -> System:
    """Inports u and s, and an Outport y."""
    root = made.root
    root.add("Inport", "u", Port=1)
    root.add("Inport", "s", Port=2)
    root.add("Outport", "y")
    return root


def steps(count: int) -> dict[str, Any]:
    return {"step": 1, "stop_time": count - 1}
