"""The library of a batch: a program over lanes, fed from one array per lane and writing into one array per lane.

The lanes stand together in registers, each caller's array by itself in memory. What differs between them is turned
from one into the other here, so many steps at a time that both sides stay in the nearest cache.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bridge.engines.c_program import HEADERS, Field, Source, instance
from bridge.engines.c_types import c_type

# Bytes of inputs and outputs that are turned at a time, and the most steps that these may be.
_TILE, _MOST_STEPS = 16_384, 64
# Numbers of each lane that are turned together: those of a line of the cache.
_TOGETHER = 32


@dataclass(frozen=True)
class Wide:
    """Which parameters, inputs, outputs and states, by their places, have `lanes` lanes as their last axis."""

    lanes: int
    parameters: frozenset[int]
    inputs: frozenset[int]
    outputs: frozenset[int]
    states: frozenset[int]


def _turning(size: int, *, out: bool) -> str:
    """A function between an array with the lanes last and one array per lane, of numbers of so many bytes."""
    wide, lane = f"wide + (k * LANES + l) * {size}", f"lane[l] + (first + k) * {size}"
    if out:
        head = f"scatter_{size}(const char *restrict wide, char *const *lane, size_t first, size_t count)"
        copied = f"memcpy({lane}, {wide}, {size});"
    else:
        head = f"gather_{size}(char *restrict wide, const char *const *lane, size_t first, size_t count)"
        copied = f"memcpy({wide}, {lane}, {size});"
    return f"""static inline void {head}
{{
    for (size_t start = 0; start < count; start += {_TOGETHER}) {{
        const size_t stop = start + {_TOGETHER} < count ? start + {_TOGETHER} : count;
        for (size_t l = 0; l < LANES; ++l) {{
            for (size_t k = start; k < stop; ++k) {{
                {copied}
            }}
        }}
    }}
}}
"""


def _placed(fields: Sequence[Field], wide: Collection[int], lanes: int) -> Iterator[tuple[Field, int, bool]]:
    """Each field that is not empty, the place of its first address, and whether it has one per lane."""
    place = 0
    for k, field in enumerate(fields):
        if field[1].size:
            yield field, place, k in wide
        place += lanes if k in wide else 1


def _whole(struct: str, array: str, fields: Sequence[Field], wide: Collection[int], lanes: int, *, out: bool) -> str:
    """Copies between the caller's arrays and the fields of a struct."""
    lines = []
    for (name, type, _), place, turned in _placed(fields, wide, lanes):
        ours, of = f"{'' if type.size > 1 else '&'}{struct}.{name}", "char" if out else "const char"
        if turned:
            function = f"{'scatter' if out else 'gather'}_{type.dtype.numpy.itemsize}"
            own = f"(const char *){ours}" if out else f"(char *){ours}"
            lines.append(f"{function}({own}, ({of} *const *){array} + {place}, 0, {type.size // lanes});")
        else:
            pair = (f"{array}[{place}]", ours) if out else (ours, f"{array}[{place}]")
            lines.append(f"memcpy({', '.join(pair)}, sizeof {struct}.{name});")
    return "".join(f"    {line}\n" for line in lines)


def _rows(struct: str, array: str, fields: Sequence[Field], wide: Collection[int], lanes: int, *, out: bool) -> str:
    """Copies of one step between a struct's fields and the tiles, or the caller's arrays where lanes do not differ."""
    lines = []
    for (name, type, _), place, turned in _placed(fields, wide, lanes):
        size, of = f"sizeof {struct}.{name}", "char" if out else "const char"
        ours = f"{struct}.{name}" if type.size > 1 else f"&{struct}.{name}"
        theirs = (
            f"i->{array}_{name} + k * {type.size}" if turned else f"({of} *){array}[{place}] + (first + k) * {size}"
        )
        lines.append(f"memcpy({theirs}, {ours}, {size});" if out else f"memcpy({ours}, {theirs}, {size});")
    return "".join(f"            {line}\n" for line in lines)


def _tiles(array: str, fields: Sequence[Field], wide: Collection[int], lanes: int, *, out: bool) -> str:
    """Turns a tile of each field of which the lanes have their own."""
    lines = []
    for (name, type, _), place, turned in _placed(fields, wide, lanes):
        if turned:
            size, one = type.dtype.numpy.itemsize, type.size // lanes
            tile = f"(const char *)i->{array}_{name}" if out else f"(char *)i->{array}_{name}"
            function, of = (f"scatter_{size}", "char") if out else (f"gather_{size}", "const char")
            lines.append(f"{function}({tile}, ({of} *const *){array} + {place}, first * {one}, count * {one});")
    return "".join(f"        {line}\n" for line in lines)


def batch_library(source: Source, rates: int, wide: Wide) -> str:
    """The file that becomes a shared library: the program over lanes, and an entry that does a block of runs whole."""
    lanes = wide.lanes
    entering = [(source.parameters, wide.parameters), (source.inputs, wide.inputs)]
    leaving = [(source.outputs, wide.outputs), (source.states, wide.states)]
    sizes = [
        sorted(
            {
                t.dtype.numpy.itemsize
                for fields, own in groups
                for (_, t, _), _, turned in _placed(fields, own, lanes)
                if turned
            }
        )
        for groups in (entering, leaving)
    ]
    turning = [_turning(size, out=bool(out)) for out, each in enumerate(sizes) for size in each]
    tiled = [
        (array, field)
        for array, fields, own in (("inputs", source.inputs, wide.inputs), ("outputs", source.outputs, wide.outputs))
        for field, _, turned in _placed(fields, own, lanes)
        if turned
    ]
    row = sum(type.size * type.dtype.numpy.itemsize for _, (_, type, _) in tiled)
    steps = min(max(_TILE // max(row, 1), 1), _MOST_STEPS)
    tiles = "".join(
        f"    {c_type(type.dtype, meaning)} {array}_{name}[{steps * type.size}];\n"
        for array, (name, type, meaning) in tiled
    )
    return f"""{HEADERS}
#define LANES {lanes}

{source.structs}
{source.functions}
{"".join(turning)}
{instance(tiles)}
int bridge_batch(instance *i, int64_t steps, const double *times, const bool *hits, const void *const *parameters,
    const void *const *inputs, void *const *outputs, void *const *states)
{{
    (void)parameters;
    (void)inputs;
    (void)outputs;
    (void)states;
{_whole("i->p", "parameters", source.parameters, wide.parameters, lanes, out=False)}\
    int failure = model_init(&i->p, &i->m, &i->x);
    for (size_t first = 0; first < (size_t)steps && failure == 0; first += {steps}) {{
        const size_t count = (size_t)steps - first < {steps} ? (size_t)steps - first : {steps};
{_tiles("inputs", source.inputs, wide.inputs, lanes, out=False)}\
        for (size_t k = 0; k < count && failure == 0; ++k) {{
{_rows("i->u", "inputs", source.inputs, wide.inputs, lanes, out=False)}\
            failure = model_step(&i->p, &i->m, times[first + k], hits + (first + k) * {rates}, &i->u, &i->x, &i->y);
{_rows("i->y", "outputs", source.outputs, wide.outputs, lanes, out=True)}\
        }}
{_tiles("outputs", source.outputs, wide.outputs, lanes, out=True)}\
    }}
{_whole("i->x", "states", source.states, wide.states, lanes, out=True)}\
    return failure;
}}
"""
