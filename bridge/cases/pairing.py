"""Two sides of a case beside each other: which is the reference, which signal is which, and how close they must be."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.cases.case import Case
from bridge.cases.report import Pair
from bridge.comparing import Tolerance, compare
from bridge.errors import EngineError, EvidenceError, ModelError, UsageError
from bridge.recording import Recording

# Which side of a pair is the reference: the one with the better evidence.
RANK = ("bridge", "foreign", "octave", "coder", "simulink", "matlab")


def compared(case: Case, first: str, second: str, recordings: Mapping[str, Recording]) -> Pair:
    """Two sides compared as the case says."""
    # The reference is the side with the better evidence; among equals the later one.
    a, b = sorted((first, second), key=lambda name: RANK.index(recordings[name].evidence))
    try:
        names = signal_names(case, a, b, recordings)
        limits = _tolerances(case, names, (a, b))
        return Pair(a, b, compare(recordings[a], recordings[b], tolerance=limits, signals=names, names=(a, b)))
    except (EvidenceError, UsageError, ModelError, EngineError) as error:
        return Pair(a, b, None, error)


def signal_names(case: Case, a: str, b: str, recordings: Mapping[str, Recording]) -> dict[str, str]:
    """Signal of a -> signal of b: as the case says, else by name, else the only signal of each."""
    if case.signals:
        return {_own(names, a, signal): _own(names, b, signal) for signal, names in case.signals.items()}
    of_a, of_b = list(recordings[a]), list(recordings[b])
    if len(of_a) == len(of_b) == 1:
        return {of_a[0]: of_b[0]}
    # Every signal of either side: one that the other lacks is a disagreement, so that nothing gets lost unseen.
    return {name: name for name in [*of_a, *(name for name in of_b if name not in of_a)]}


def _own(names: Mapping[str, str], side: str, signal: str) -> str:
    return names.get(side) or names.get(side.partition(" (")[0]) or signal


def _tolerances(case: Case, names: Mapping[str, str], sides: tuple[str, str]) -> dict[str, Tolerance]:
    """By signal: what the case says of it, else what it says of one of the sides; the data types decide the rest."""
    own = next((side.tolerance for side in case.sides if side.name in sides and side.tolerance is not None), None)
    found = {} if own is None else dict.fromkeys(names, own)
    for name in names:
        common = next((s for s, own in case.signals.items() if name in own.values() or s == name), name)
        given = case.tolerances.get(common) or case.tolerances.get("*")
        if given is not None:
            found[name] = given
    return found
