"""Names close to one that was not found."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The up to `count` names of `known` most like `name`, the closest first; [] when none is close."""
    import difflib

    unique = sorted(set(known))
    lowered: dict[str, str] = {}
    for candidate in unique:
        lowered.setdefault(candidate.lower(), candidate)
    near = difflib.get_close_matches(name.lower(), list(lowered), n=count, cutoff=0.75)
    return [lowered[candidate] for candidate in near]
