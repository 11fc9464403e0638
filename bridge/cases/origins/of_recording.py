"""A recording from inside: the lines that were logged in it."""

from __future__ import annotations

import numpy as np

from bridge.cases.origins.inner import Inner, Point, on_steps
from bridge.recording import Recording


def inner(recording: Recording) -> Inner:
    """Every recorded signal as a point by its name, at all times that all of them cover."""
    times = [recording.times[name] for name in recording if len(recording.times[name])]
    steps = np.unique(np.concatenate(times)) if times else np.zeros(0)
    for own in times:
        steps = steps[(steps >= own[0]) & (steps <= own[-1])]
    points = tuple(Point(name, on_steps(values, recording.times[name], steps)) for name, values in recording.items())
    return Inner(steps, points, {name: (k,) for k, name in enumerate(recording)}, flows=False)
