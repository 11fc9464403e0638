"""Changes that hurt files: bits, sizes that lie, pieces lost, doubled, moved or exchanged; inside of containers too."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

Mutation = Callable[[bytes, random.Random], bytes]

WORDS = (
    *(0, 1, 2, 3, 4, 5, 6, 8, 9, 13, 14, 15, 16, 17, 31, 32, 127, 128, 255, 2**15, 2**16 - 1, 2**24, 2**31 - 1),
    *(2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1, 0xDD000000),
)
"""Numbers at which sizes, counts, types and references turn over."""


def bits_and_words(data: bytes, draw: random.Random, first: int = 0) -> bytes:
    """A few changes after byte `first`. Most keep the length, so that what follows is still reached."""
    out = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        if len(out) <= first:
            break
        at = draw.randrange(first, len(out))
        width = draw.choice((1, 2, 4, 4, 8, 8))
        aligned = at - at % width
        kind = draw.randrange(12)
        if kind < 3:
            out[at] ^= 1 << draw.randrange(8)
        elif kind < 6:
            out[aligned : aligned + width] = (draw.choice(WORDS) % 256**width).to_bytes(width, "little")
        elif kind == 6:  # a number one more or less
            number = int.from_bytes(out[aligned : aligned + width], "little") + draw.choice((-1, 1))
            out[aligned : aligned + width] = (number % 256**width).to_bytes(width, "little")
        elif kind == 7:  # a place in the file, as offsets are: references that meet, or go in circles
            out[aligned : aligned + width] = (draw.randrange(len(out)) & ~7).to_bytes(8, "little")[:width]
        elif kind == 8:  # a number exchanged for another of the file
            other = draw.randrange(first, len(out)) & ~7
            out[aligned : aligned + width] = out[other : other + width].ljust(width, b"\0")
        elif kind == 9:
            size = draw.choice((1, 4, 8, 40, 200))
            other = draw.randrange(first, len(out))
            out[at : at + size] = out[other : other + size]
        elif kind == 10:
            size = draw.choice((1, 4, 8, 40))
            if draw.random() < 0.5:
                del out[at : at + size]
            else:
                out[at:at] = out[at : at + size]
        elif draw.random() < 0.2:
            del out[at:]
    return bytes(out)


def after(first: int) -> Mutation:
    """`bits_and_words` beyond a header without which nothing else would be looked at."""
    return lambda data, draw: bits_and_words(data, draw, first)


def spellings(pieces: Sequence[bytes]) -> Mutation:
    """Changes of text: `pieces` put in, words exchanged, lines and stretches lost, doubled, or nested many times."""

    def mutate(data: bytes, draw: random.Random) -> bytes:
        out = bytearray(data)
        for _ in range(draw.choice((1, 1, 2, 3, 8))):
            at = draw.randrange(len(out) + 1)
            kind = draw.randrange(9)
            if kind == 0 and out:
                out[min(at, len(out) - 1)] = draw.randrange(256)
            elif kind == 1:
                del out[at : at + draw.choice((1, 3, 20, 200))]
            elif kind == 2:
                start = draw.randrange(len(out) + 1)
                out[at:at] = out[start : start + draw.choice((1, 5, 50, 300))]
            elif kind == 3:
                out[at:at] = draw.choice(pieces)
            elif kind in (4, 5):
                words = [match.span() for match in re.finditer(rb"[\w.+-]+", bytes(out[at : at + 400]))]
                if words:
                    start, stop = draw.choice(words)
                    word = draw.choice(pieces) if draw.random() < 0.6 else _some_word(out, draw)
                    out[at + start : at + stop] = word
            elif kind == 6:
                start, stop = out.rfind(b"\n", 0, at) + 1, out.find(b"\n", at) + 1
                if draw.random() < 0.5:
                    del out[start:stop]
                else:
                    other = out.find(b"\n", draw.randrange(len(out) + 1)) + 1
                    out[other:other] = out[start:stop]
            elif kind == 7 and draw.random() < 0.1:
                out[at:at] = draw.choice(pieces) * draw.choice((10, 200, 3000))
            elif kind == 8 and draw.random() < 0.1:
                del out[at:]
        return bytes(out)

    return mutate


def _some_word(data: bytearray, draw: random.Random) -> bytes:
    found = re.search(rb"[\w.+-]+", bytes(data[draw.randrange(len(data) + 1) :][:200]))
    return found[0] if found else b"0"


def zipped(inner: Mutation) -> Mutation:
    """A zip that is whole, with one part that is not; now and then a zip whose own bytes are wrong, or odd names."""

    def mutate(data: bytes, draw: random.Random) -> bytes:
        if draw.random() < 0.15:
            return bits_and_words(data, draw)
        result = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w") as new:
            names = old.namelist()
            broken = draw.choice(names)
            odd = draw.choice(ODD_NAMES) if draw.random() < 0.05 else None
            for name in names:
                content = old.read(name)
                if name == broken:
                    content = inner(content, draw) if odd is None else content
                    name = odd or name
                elif draw.random() < 0.01:
                    continue
                new.writestr(zipfile.ZipInfo(name), content)
        return result.getvalue()

    return mutate


ODD_NAMES = ("../x.xml", "/etc/x.xml", "a\\..\\b", "C:/x", "a//b", "a/./b", "simulink/", "\0", "x\ny", "é" * 300, "..")


def mat5_elements(data: bytes, draw: random.Random) -> bytes:
    """A compressed MAT 5 file with changes inside of one variable, whose checksum is right again."""
    elements, at = [], 128
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        body = data[at + 8 : at + 8 + size]
        elements.append(zlib.decompress(body) if kind == 15 else data[at : at + 8 + size])
        at += 8 + size
    chosen = draw.randrange(len(elements))
    subsystem_at = struct.unpack_from("<Q", data, 116)[0]
    elements[chosen] = bits_and_words(elements[chosen], draw, 0 if draw.random() < 0.1 else 8)
    out, places, at = [data[:128]], [], 128
    for element in elements:
        places.append(at)
        packed = zlib.compress(element, 1)
        out.append(struct.pack("<II", 15, len(packed)) + packed)
        at += 8 + len(packed)
    if 0 < subsystem_at < len(data):  # the subsystem stands last
        out[0] = data[:116] + struct.pack("<Q", places[-1]) + data[124:128]
    return b"".join(out)


def one_of(*mutations: Mutation) -> Mutation:
    """One of several ways, drawn each time."""
    return lambda data, draw: draw.choice(mutations)(data, draw)
