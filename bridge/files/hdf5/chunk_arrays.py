"""The arrays in which newer files list chunks: fixed ones, and ones that grow along one axis."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.files.hdf5.source import Source

__all__ = ["extensible_array", "fixed_array"]

_CHECKSUM = 4
_MOST_BITS = 64


def fixed_array(source: Source, address: int, count: int) -> Iterator[bytes]:
    """The first `count` entries of the fixed array at `address`."""
    head = source.cursor(address, 8 + source.length_size + source.offset_size, "fixed array", b"FAHD")
    head.skip(2)
    size, page_bits, total, block = head.uint(1), head.uint(1), head.length(), head.offset()
    if count > total or not size or page_bits > _MOST_BITS:
        source.malformed(f"has an array of {total:,} chunks, of which {count:,} are needed")
    if not source.is_address(block):
        return
    prefix = 6 + source.offset_size
    page = 1 << page_bits
    if total <= page:
        source.cursor(block, prefix, "fixed array", b"FADB")
        yield from _entries(source, block + prefix, count, size, "fixed array")
        return
    pages = -(-total // page)
    bitmap_size = -(-pages // 8)
    start = source.cursor(block, prefix + bitmap_size, "fixed array", b"FADB")
    start.skip(prefix - 4)
    bitmap = start.take(bitmap_size)
    at = block + prefix + bitmap_size + _CHECKSUM
    yield from _pages(source, at, count, page, size, bitmap, "fixed array")


def _entries(source: Source, at: int, count: int, size: int, what: str) -> Iterator[bytes]:
    data = source.take(at, count * size, what)
    for start in range(0, len(data), size):
        yield data[start : start + size]


def _pages(source: Source, at: int, count: int, page: int, size: int, bitmap: bytes, what: str) -> Iterator[bytes]:
    """The first `count` entries in pages; one whose bit is not set was never written."""
    for number in range(-(-count // page)):
        here = min(count - number * page, page)
        if bitmap[number // 8] & 0x80 >> number % 8:
            yield from _entries(source, at + number * (page * size + _CHECKSUM), here, size, what)
        else:
            yield from _nothing(here, size)


def _nothing(count: int, size: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"\xff" * size


def extensible_array(source: Source, address: int, count: int) -> Iterator[bytes]:
    """The first `count` entries of the extensible array at `address`."""
    array = _ExtensibleArray(source, address)
    while count > 0:
        for entry in array.next_block(count):
            yield entry
            count -= 1


class _ExtensibleArray:
    """Entries in an index block, then in data blocks of growing size, which it or superblocks list.

    Superblock k has 2^(k // 2) data blocks of 2^((k + 1) // 2) times the least number of entries.
    """

    def __init__(self, source: Source, address: int) -> None:
        self._source = source
        width = source.offset_size
        head = source.cursor(address, 12 + 6 * source.length_size + width, "extensible array", b"EAHD")
        head.skip(2)
        self._size, bits, direct, self._least, pointers, page_bits = (head.uint(1) for _ in range(6))
        head.skip(6 * source.length_size)
        block = head.offset()
        least, powers = self._least, (self._least, pointers)
        if not self._size or bits > _MOST_BITS or page_bits > _MOST_BITS or any(n & (n - 1) or not n for n in powers):
            source.malformed("has an extensible array with a broken header")
        self._page = 1 << page_bits
        self._offset_size = (bits + 7) // 8
        listed = 2 * (pointers - 1)
        self._first_superblock = 2 * (pointers.bit_length() - 1)
        superblocks = max(1 + bits - (least.bit_length() - 1) - self._first_superblock, 0)
        self._number = 0
        self._blocks: list[int] = []
        self._superblocks: list[int] = []
        self._direct: bytes | None = b"\xff" * (direct * self._size)
        if source.is_address(block):
            prefix = 6 + width
            length = prefix + direct * self._size + (listed + superblocks) * width
            index = source.cursor(block, length, "extensible array", b"EAIB")
            index.skip(prefix - 4)
            self._direct = index.take(direct * self._size)
            self._blocks = [index.offset() for _ in range(listed)]
            self._superblocks = [index.offset() for _ in range(superblocks)]

    def next_block(self, count: int) -> Iterator[bytes]:
        """The entries of the next block, at most `count`."""
        if self._direct is not None:
            direct, self._direct = self._direct, None
            for at in range(0, min(len(direct), count * self._size), self._size):
                yield direct[at : at + self._size]
            return
        number = self._number
        self._number += 1
        blocks, entries = 1 << number // 2, self._least << (number + 1) // 2
        if number < self._first_superblock:
            start = sum(1 << k // 2 for k in range(number))
            addresses, bitmaps = self._blocks[start : start + blocks], [b"\xff" * (-(-entries // self._page))] * blocks
        else:
            addresses, bitmaps = self._superblock(number - self._first_superblock, blocks, entries)
        for k in range(blocks):
            here = min(entries, count)
            if here <= 0:
                return
            count -= here
            if k < len(addresses) and self._source.is_address(addresses[k]):
                yield from self._block(addresses[k], here, entries, bitmaps[k])
            else:
                yield from _nothing(here, self._size)

    def _superblock(self, number: int, blocks: int, entries: int) -> tuple[list[int], list[bytes]]:
        """The addresses of the data blocks that a superblock lists, and which of their pages were written."""
        source = self._source
        if number >= len(self._superblocks) or not source.is_address(self._superblocks[number]):
            return [], []
        pages = -(-entries // self._page) if entries > self._page else 0
        bitmap = -(-pages // 8)
        prefix = 6 + source.offset_size + self._offset_size
        size = prefix + blocks * (bitmap + source.offset_size)
        cursor = source.cursor(self._superblocks[number], size, "extensible array", b"EASB")
        cursor.skip(prefix - 4)
        bitmaps = [cursor.take(bitmap) for _ in range(blocks)]
        return [cursor.offset() for _ in range(blocks)], bitmaps

    def _block(self, address: int, count: int, entries: int, bitmap: bytes) -> Iterator[bytes]:
        source = self._source
        prefix = 6 + source.offset_size + self._offset_size
        source.cursor(address, prefix, "extensible array", b"EADB")
        if entries <= self._page:
            yield from _entries(source, address + prefix, count, self._size, "extensible array")
        else:
            at = address + prefix + _CHECKSUM
            yield from _pages(source, at, count, self._page, self._size, bitmap, "extensible array")
