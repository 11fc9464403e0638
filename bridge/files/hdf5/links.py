"""The members of a group, in each of the three forms that they are stored in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bridge.files.hdf5 import btree, btree2
from bridge.files.hdf5.fractal_heap import FractalHeap
from bridge.files.hdf5.heaps import LocalHeap
from bridge.files.hdf5.objects import LINK, LINK_INFO, SYMBOL_TABLE, HDF5Object
from bridge.files.hdf5.source import Cursor, Source

__all__ = ["Link", "links"]

_SOFT = 2
"""What a symbol table says of an entry that is a path, not an address."""


class Link(NamedTuple):
    """A member: its name, and its address; None for a soft, external or other link, which is not followed."""

    name: bytes
    address: int | None
    order: int = 0


def links(group: HDF5Object) -> list[Link]:
    """The members in the order in which they were made, where the file says it, else by name.

    Each is charged to the budget.
    """
    found: list[Link] = []
    for _, data in group.messages.get(SYMBOL_TABLE, ()):
        found += _of_table(Cursor(group.source, data, "symbol table"))
    for _, data in group.messages.get(LINK, ()):
        group.source.budget.count(1, group.source.place)
        found.append(_link(Cursor(group.source, data, "link")))
    for _, data in group.messages.get(LINK_INFO, ()):
        found += _dense(Cursor(group.source, data, "link info"))
    if len({link.name for link in found}) < len(found):
        group.source.malformed("has two members of one name")
    return sorted(found, key=lambda link: (link.order, link.name))


def _of_table(message: Cursor) -> Iterator[Link]:
    source = message.source
    tree, heap = message.offset(), LocalHeap(source, message.offset())
    entry = 24 + 2 * source.offset_size
    seen: set[int] = set()
    for _, address in btree.leaves(source, tree, btree.GROUP, source.length_size):
        if address in seen:
            source.malformed("has a symbol table that is listed twice")
        seen.add(address)
        head = source.cursor(address, 8, "symbol table", b"SNOD")
        head.skip(2)
        count = head.uint(2)
        source.budget.count(count, source.place)
        node = source.cursor(address + 8, count * entry, "symbol table")
        for _ in range(count):
            name, at, kind = heap.text(node.offset()), node.offset(), node.uint(4)
            node.skip(20)
            yield Link(name, None if kind == _SOFT else at)


def _dense(message: Cursor) -> Iterator[Link]:
    source: Source = message.source
    message.skip(1)
    message.skip(8 if message.uint(1) & 1 else 0)
    heap_at, tree = message.offset(), message.offset()
    if not source.is_address(heap_at):
        return
    heap = FractalHeap(source, heap_at)
    for record in btree2.records(source, tree, (5,)):
        yield _link(Cursor(source, heap.object(record[4:]), "link"))


def _link(message: Cursor) -> Link:
    if (version := message.uint(1)) != 1:
        message.source.unsupported(f"has a link message of version {version}")
    flags = message.uint(1)
    kind = message.uint(1) if flags & 8 else 0
    order = message.uint(8) if flags & 4 else 0
    message.skip(1 if flags & 16 else 0)
    name = message.take(message.uint(1 << (flags & 3)))
    return Link(name, message.offset() if kind == 0 else None, order)
