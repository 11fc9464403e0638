"""Groups and datasets: headers of versions 1 and 2, and the messages in them."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.files.hdf5.source import Cursor, Source

__all__ = [
    "ATTRIBUTE", "ATTRIBUTE_INFO", "DATASPACE", "DATATYPE", "EXTERNAL_FILES", "FILL", "FILTERS", "LAYOUT", "LINK",
    "LINK_INFO", "OLD_FILL", "SYMBOL_TABLE", "HDF5Object",
]  # fmt: skip

DATASPACE, LINK_INFO, DATATYPE, OLD_FILL, FILL, LINK, EXTERNAL_FILES, LAYOUT = 1, 2, 3, 4, 5, 6, 7, 8
FILTERS, ATTRIBUTE, CONTINUATION, SYMBOL_TABLE, ATTRIBUTE_INFO = 11, 12, 16, 17, 21
_SHARED = 2
_MOST_BLOCKS = 4096
_MOST_BYTES = 1 << 24


class HDF5Object:
    """What a header at `address` says, as messages by kind: pairs of flags and bytes."""

    __slots__ = ("_bytes", "address", "messages", "source")

    def __init__(self, source: Source, address: int) -> None:
        self.source = source
        self.address = address
        self.messages: dict[int, list[tuple[int, bytes]]] = {}
        self._bytes = 0
        head = source.cursor(address, min(source.left(address), 64), "object header")
        if head.data[:4] == b"OHDR":
            self._read_version_2(head)
        else:
            self._read_version_1(head)

    @property
    def is_dataset(self) -> bool:
        """Whether the object is a dataset."""
        return LAYOUT in self.messages

    @property
    def is_group(self) -> bool:
        """Whether the object is a group."""
        return SYMBOL_TABLE in self.messages or LINK_INFO in self.messages or LINK in self.messages

    def one(self, kind: int, what: str) -> Cursor:
        """The only message of a kind, which the object has to have; a committed datatype is looked up."""
        found = self.messages.get(kind)
        if not found:
            self.source.malformed(f"has no {what}")
        flags, data = found[0]
        if flags & _SHARED:
            return shared(Cursor(self.source, data, f"shared {what}"), kind, what)
        return Cursor(self.source, data, what)

    def _read_version_1(self, head: Cursor) -> None:
        source = self.source
        if head.uint(1) != 1:
            source.malformed(f"has no object header at byte {self.address + source.base:,}")
        head.skip(7)
        blocks = [(self.address + 16, head.uint(4))]
        for number in self._each(blocks):
            block = self._block(*blocks[number], b"")
            while block.left >= 8:
                kind, size, flags = block.uint(2), block.uint(2), block.uint(1)
                block.skip(3)
                self._message(kind, flags, block.take(size), blocks)

    def _read_version_2(self, head: Cursor) -> None:
        head.skip(4)
        if (version := head.uint(1)) != 2:
            self.source.unsupported(f"has an object header of version {version}; 1 and 2 are known")
        flags = head.uint(1)
        head.skip((16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0))
        size = head.uint(1 << (flags & 3))
        prefix = 6 if flags & 4 else 4
        blocks = [(self.address + head.at, size + 4)]
        for number in self._each(blocks):
            block = self._block(*blocks[number], b"OCHK" if number else b"")
            block.data = block.data[:-4]  # the checksum
            while block.left >= prefix:
                kind, size, message_flags = block.uint(1), block.uint(2), block.uint(1)
                block.skip(prefix - 4)
                self._message(kind, message_flags, block.take(size), blocks)

    def _each(self, blocks: list[tuple[int, int]]) -> Iterator[int]:
        """The numbers of the blocks, those that are added meanwhile too."""
        number = 0
        while number < len(blocks):
            if number > _MOST_BLOCKS or blocks[number] in blocks[:number]:
                self.source.malformed("has a header that goes on in circles")
            yield number
            number += 1

    def _block(self, at: int, size: int, signature: bytes) -> Cursor:
        self._bytes += size
        if self._bytes > _MOST_BYTES:
            self.source.malformed(f"has a header of more than {_MOST_BYTES:,} bytes")
        return self.source.cursor(at, size, "object header", signature)

    def _message(self, kind: int, flags: int, data: bytes, blocks: list[tuple[int, int]]) -> None:
        if kind == CONTINUATION:
            place = Cursor(self.source, data, "object header")
            blocks.append((place.offset(), place.length()))
        elif kind:
            self.messages.setdefault(kind, []).append((flags, data))


def shared(place: Cursor, kind: int, what: str) -> Cursor:
    """The message that stands in another object's header, as a committed datatype does."""
    source = place.source
    version, where = place.uint(1), place.uint(1)
    if version == 1:
        place.skip(6)
    elif version == 3 and where != 2:
        source.unsupported(f"has a {what} in a table of shared messages")
    found = HDF5Object(source, place.offset()).messages.get(kind)
    if not found or found[0][0] & _SHARED:
        source.malformed(f"has a {what} that is said to be elsewhere, and is not")
    return Cursor(source, found[0][1], what)
