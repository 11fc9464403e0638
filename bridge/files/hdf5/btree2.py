"""B-trees of version 2, which index dense links, dense attributes and chunks that can grow along several axes."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.files.hdf5.source import Source

__all__ = ["records"]

_OVERHEAD = 10  # signature, version, type, checksum
_DEEPEST = 16


def records(source: Source, address: int, kinds: tuple[int, ...]) -> Iterator[bytes]:
    """Every record of the tree, in no order. Each is charged to the budget."""
    head = source.cursor(address, 22 + source.offset_size + source.length_size, "B-tree", b"BTHD")
    head.skip(1)
    kind, node_size, size, depth = head.uint(1), head.uint(4), head.uint(2), head.uint(2)
    head.skip(2)
    root, count = head.offset(), head.uint(2)
    if kind not in kinds:
        source.malformed(f"has a B-tree of kind {kind} where one of {kinds} should stand")
    if not count:
        return
    if depth > _DEEPEST or not 0 < size < node_size <= 1 << 24:
        source.malformed(f"has a B-tree of depth {depth} with nodes of {node_size} bytes and records of {size}")
    pointers = _pointer_sizes(source, node_size, size, depth)
    seen: set[int] = set()
    pending = [(root, count, depth)]
    while pending:
        at, count, level = pending.pop()
        if at in seen:
            source.malformed("has a B-tree that goes in circles")
        seen.add(at)
        source.budget.count(count, source.place)
        count_size, total_size = pointers[level] if level else (0, 0)
        pointer = source.offset_size + count_size + total_size
        length = 6 + count * size + ((count + 1) * pointer if level else 0)
        node = source.cursor(at, length, "B-tree", b"BTIN" if level else b"BTLF")
        node.skip(2)
        for _ in range(count):
            yield node.take(size)
        if level:
            for _ in range(count + 1):
                pending.append((node.offset(), node.uint(count_size), level - 1))
                node.skip(total_size)


def _pointer_sizes(source: Source, node_size: int, size: int, depth: int) -> list[tuple[int, int]]:
    """For each level, the widths of the two counts in a pointer to the level below: its records, and all under it."""
    most = total = (node_size - _OVERHEAD) // size
    count_size = _width(most)
    found = [(0, 0)]
    total_size = 0
    for _ in range(depth):
        found.append((count_size, total_size))
        pointer = source.offset_size + count_size + total_size
        most = (node_size - _OVERHEAD - pointer) // (size + pointer)
        if most < 1:
            source.malformed(f"has a B-tree whose nodes of {node_size} bytes hold no record")
        total = (most + 1) * total + most
        total_size = _width(total)
    return found


def _width(largest: int) -> int:
    return max((largest.bit_length() + 7) // 8, 1)
