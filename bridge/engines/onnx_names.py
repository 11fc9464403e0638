"""Names in an ONNX graph: made of letters, digits and ``_ . /`` alone, each used once."""

from __future__ import annotations

_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./")
_LONGEST = 120  # of the readable part


class Names:
    """Gives out names that are like those wanted; graphs, nested ones included, share one name space."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def __call__(self, wanted: str) -> str:
        """`wanted` with other characters replaced, and a number behind it where the name is taken."""
        name = sanitized(wanted)
        if name not in self._next:
            self._next[name] = 1
            return name
        while True:
            numbered = f"{name}_{self._next[name]}"
            self._next[name] += 1
            if numbered not in self._next:
                self._next[numbered] = 1
                return numbered


def sanitized(wanted: str) -> str:
    """Only harmless characters, not too many, and a letter or underscore first."""
    name = "".join(character if character in _ALLOWED else "_" for character in wanted[:_LONGEST])
    return name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"
