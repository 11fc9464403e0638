"""B-trees of version 1, which index the members of old groups and the chunks of datasets."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.files.hdf5.source import Source

__all__ = ["GROUP", "RAW", "leaves"]

GROUP, RAW = 0, 1


def leaves(source: Source, address: int, kind: int, key_size: int) -> Iterator[tuple[bytes, int]]:
    """For every child of a leaf: the key before it, and its address; in order. Each is charged to the budget."""
    width = source.offset_size
    head_size = 8 + 2 * width
    seen: set[int] = set()
    pending: list[tuple[int, int | None]] = [(address, None)]
    while pending:
        at, expected = pending.pop()
        if at in seen:
            source.malformed("has a B-tree that goes in circles")
        seen.add(at)
        head = source.cursor(at, head_size, "B-tree", b"TREE")
        found, level, count = head.uint(1), head.uint(1), head.uint(2)
        if found != kind or (expected is not None and level != expected):
            source.malformed(f"has a B-tree with a node of kind {found} and level {level} out of place")
        source.budget.count(count, source.place)
        data = source.take(at + head_size, count * (key_size + width), "B-tree")
        entries = []
        for start in range(0, len(data), key_size + width):
            middle = start + key_size
            entries.append((data[start:middle], int.from_bytes(data[middle : middle + width], "little")))
        if level:
            pending += [(child, level - 1) for _, child in reversed(entries)]
        else:
            yield from entries
