"""Helper functions in C for products: several sums at once in vector registers, none of which waits for another."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.engines.c_types import c_type
from bridge.engines.c_writer import Writer
from bridge.program.types import DType

_BY_COLUMNS_PLAINLY = """\
/* A matrix, stored column after column, times a vector. */
static inline void {name}(int rows, int columns, const {of} *restrict matrix, const {of} *restrict vector,
    {of} *restrict result)
{{
    for (int i = 0; i < rows; ++i) {{
        result[i] = 0;
    }}
    for (int k = 0; k < columns; ++k) {{
        const {of} factor = vector[k];
        for (int i = 0; i < rows; ++i) {{
            result[i] += matrix[k * rows + i] * factor;
        }}
    }}
}}"""

# Several sums at once in vector registers, none of which waits for another.
_PANEL = """\
/* {count} rows of a matrix, stored column after column, times a vector{added}. */
static inline void {name}(int columns, const {of} *restrict panel, const {of} *restrict vector,
    {of} *restrict result)
{{
{sums}
#pragma GCC unroll 4
    for (int k = 0; k < columns; ++k) {{
        const {lanes} factor = vector[k] - ({lanes}){{0}};
{additions}
    }}
{results}
}}"""

_ROW_BY_COLUMNS = """\
/* A row of so many numbers times {count} columns of a matrix, whose rows are `columns` apart{added}. */
static inline void {name}(int count, int columns, const {of} *restrict row, const {of} *restrict matrix,
    {of} *restrict result)
{{
{sums}
    for (int k = 0; k < count; ++k) {{
        const {lanes} factor = row[k] - ({lanes}){{0}};
{additions}
    }}
{results}
}}"""

_ROW = """\
/* One row of a matrix times a vector. */
static inline {of} {name}(int columns, const {of} *restrict row, const {of} *restrict vector)
{{
    {of} sum = 0;
    for (int k = 0; k < columns; ++k) {{
        sum += row[k] * vector[k];
    }}
    return sum;
}}"""

_LANES = """\
/* {width} numbers in a register, at any address. */
typedef {of} {name} __attribute__((vector_size({register}), aligned({size}), may_alias));"""

BLOCKS = (8, 4, 2, 1)  # registers that sum at once

# How the helpers are called that add to a sum what its further pieces are.
_MORE, _ADDED = "_more", ", added to the result"


def columns_helper(w: Writer, dtype: DType) -> str:
    """The helper of plain C for a matrix that lies column after column."""
    name = f"product_by_columns_{c_type(dtype)}"
    w.unit.helpers[name] = _BY_COLUMNS_PLAINLY.format(name=name, of=c_type(dtype))
    return name


def row_helper(w: Writer, dtype: DType) -> str:
    """The helper that sums one row."""
    name = f"row_{c_type(dtype)}"
    w.unit.helpers[name] = _ROW.format(name=name, of=c_type(dtype))
    return name


def panel_helper(w: Writer, dtype: DType, size: int, *, more: bool) -> str:
    """The helper that sums a panel of so many rows, or adds `more` to it."""
    return _helper(w, dtype, size, _PANEL, "panel", f"panel + k * {size}", more=more)


def row_by_columns_helper(w: Writer, dtype: DType, size: int, *, more: bool) -> str:
    """The helper that computes so many columns of a row, or adds `more` to them."""
    return _helper(w, dtype, size, _ROW_BY_COLUMNS, "row_by", "matrix + k * columns", more=more)


def _helper(w: Writer, dtype: DType, size: int, template: str, stem: str, matrix: str, *, more: bool) -> str:
    """A helper for so many sums, in the widest registers that there are. `matrix` tells where the k-th terms lie."""
    of, itemsize = c_type(dtype), dtype.numpy.itemsize
    name = f"{stem}_{size}_{of}{_MORE * more}"

    def text(register: int) -> str:
        width = register // itemsize
        steps = [f" + {start}" if start else "" for start in range(0, size, width)]
        lanes = _lanes(w, of, itemsize, register)
        return template.format(
            name=name,
            of=of,
            lanes=lanes,
            count=size,
            added=_ADDED * more,
            sums=_sums(lanes, len(steps)),
            additions="\n".join(
                f"        sum{k} += factor * *(const {lanes} *)({matrix}{step});" for k, step in enumerate(steps)
            ),
            results=_stores(lanes, steps, more=more),
        )

    if size * itemsize % 64:
        w.unit.helpers.setdefault(name, text(32))
    else:
        w.unit.helpers.setdefault(name, f"#if defined(__AVX512F__)\n{text(64)}\n#else\n{text(32)}\n#endif")
    return name


def _sums(lanes: str, count: int) -> str:
    return "\n".join(f"    {lanes} sum{k} = {{0}};" for k in range(count))


def _stores(lanes: str, steps: Sequence[str], *, more: bool) -> str:
    """Each sum into its place, or added to what is there."""
    sign = "+=" if more else "="
    return "\n".join(f"    *({lanes} *)(result{step}) {sign} sum{k};" for k, step in enumerate(steps))


def _lanes(w: Writer, of: str, itemsize: int, register: int = 32) -> str:
    """The type of a register of so many bytes."""
    name = f"lanes_{of}" if register == 32 else f"wide_lanes_{of}"
    w.unit.helpers.setdefault(
        name, _LANES.format(name=name, of=of, width=register // itemsize, size=itemsize, register=register)
    )
    return name
