"""What to say of a name that is none of those known: the ones like it, and which there are."""

from __future__ import annotations

from collections.abc import Iterable

LISTED = 20
"""How many of the known names one message lists."""


def closest(name: str, known: Iterable[str], count: int = 3, cutoff: float = 0.75) -> list[str]:
    """The up to `count` names of `known` most like `name`, the closest first; else those that begin with it; [] when
    none is close."""
    import difflib

    unique = sorted(set(known))
    lowered: dict[str, str] = {}
    for candidate in unique:
        lowered.setdefault(candidate.lower(), candidate)
    near = difflib.get_close_matches(name.lower(), list(lowered), n=count, cutoff=cutoff)
    if not near and len(name) > 1:
        near = [candidate for candidate in lowered if candidate.startswith(name.lower())][:count]
    return [lowered[candidate] for candidate in near]


def misspelt(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` from which `name` differs by one letter, by two that are swapped, or by capitals alone."""
    import difflib

    lowered = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=1 - 1 / max(len(name), 2))
    return lowered[near[0]] if near else None


def meant(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'Gain'?``, to stand behind a refused name; empty where none is close."""
    near = closest(name, known)
    return f"; did you mean {' or '.join(repr(each) for each in near)}?" if near else ""


def offered(name: object, known: Iterable[str], have: str = "there are") -> str:
    """``; did you mean 'numpy'? There are numpy, torch``, to stand behind a refused name.

    The names come in the order of `known`, the first `LISTED` of them; ``there are none`` where it is empty. `have` is
    what stands before them.
    """
    names = list(dict.fromkeys(known))
    if not names:
        return f"; {have} none"
    near = meant(name, names) if isinstance(name, str) else ""
    said = f"{near} {have[0].upper()}{have[1:]}" if near else f"; {have}"
    more = f", … ({len(names) - LISTED} more)" if len(names) > LISTED else ""
    return f"{said} {', '.join(names[:LISTED])}{more}"
