"""Linear algebra in C: products by loops, inverse and solution by elimination with partial pivoting."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bridge.engines.c_operations import addition, product
from bridge.engines.c_types import c_type, literal
from bridge.engines.c_writer import Writer, offset, strides
from bridge.program import Node, Value
from bridge.program.types import BOOLEAN, Type

# Elimination as LAPACK does it: the largest pivot of the column, and a pivot of zero means singular.
_ELIMINATION = """\
/* Solves A X = B in place: A (n x n) is overwritten, B (n x m) becomes X. Returns 0 if A is singular. */
static int {name}(int n, int m, {of} *restrict a, {of} *restrict b)
{{
    for (int k = 0; k < n; ++k) {{
        int pivot = k;
        for (int i = k + 1; i < n; ++i) {{
            if ({abs}(a[i * n + k]) > {abs}(a[pivot * n + k])) {{
                pivot = i;
            }}
        }}
        if (a[pivot * n + k] == 0) {{
            return 0;
        }}
        if (pivot != k) {{
            for (int j = 0; j < n; ++j) {{
                const {of} t = a[k * n + j];
                a[k * n + j] = a[pivot * n + j];
                a[pivot * n + j] = t;
            }}
            for (int j = 0; j < m; ++j) {{
                const {of} t = b[k * m + j];
                b[k * m + j] = b[pivot * m + j];
                b[pivot * m + j] = t;
            }}
        }}
        for (int i = k + 1; i < n; ++i) {{
            const {of} factor = a[i * n + k] / a[k * n + k];
            for (int j = k + 1; j < n; ++j) {{
                a[i * n + j] -= factor * a[k * n + j];
            }}
            for (int j = 0; j < m; ++j) {{
                b[i * m + j] -= factor * b[k * m + j];
            }}
        }}
    }}
    for (int k = n - 1; k >= 0; --k) {{
        for (int j = 0; j < m; ++j) {{
            {of} sum = b[k * m + j];
            for (int i = k + 1; i < n; ++i) {{
                sum -= a[k * n + i] * b[i * m + j];
            }}
            b[k * m + j] = sum / a[k * n + k];
        }}
    }}
    return 1;
}}"""


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
/* {count} rows of a matrix, stored column after column, times a vector. */
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

_BY_ROWS = """\
/* A matrix times {count} columns of another one, whose rows are `columns` apart. */
static inline void {name}(int rows, int inner, int columns, const {of} *restrict left, const {of} *restrict right,
    {of} *restrict result)
{{
    for (int i = 0; i < rows; ++i) {{
{sums}
        for (int k = 0; k < inner; ++k) {{
            const {lanes} factor = left[i * inner + k] - ({lanes}){{0}};
{additions}
        }}
{results}
    }}
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

_BLOCKS = (8, 4, 2, 1)  # registers that sum at once

# A matrix larger than this does not stay in the nearest cache as a whole.
_LARGE_BYTES = 16384

# With fewer, no register is filled.
_MANY_ROWS = 4


def _matmul(w: Writer, node: Node) -> None:
    (a, b), (y,) = node.inputs, node.outputs
    vector = y.type.size == a.shape[0]
    if vector and a in w.unit.outer and a.dtype.is_float and a.shape[0] >= _MANY_ROWS and a.shape[1] > 1:
        _by_columns(w, node)
        return
    columns = b.shape[1] if b.type.rank == 2 else 1
    if w.unit.gnu and a.dtype.is_float and a.shape[1] and columns * a.dtype.numpy.itemsize >= 32:
        _by_rows(w, node, columns)
        return
    name, of, (rows, inner) = w.declare(y, node), c_type(a.dtype), a.shape
    if not y.type.size:
        return
    with w.loops((rows, columns)) as (i, j):
        total, k = f"total_{w.unit.number()}", f"i{w.unit.number()}"
        w.put(f"{of} {total} = {literal(0, a.dtype)};")
        with w.block(f"for (int {k} = 0; {k} < {inner}; ++{k})"):
            left, right = w.element(a, offset([i, k], (inner, 1))), w.element(b, offset([k, j], (columns, 1)))
            w.put(f"{total} = {addition(a.dtype, total, _bracketed(product(a.dtype, left, right)))};")
        target = f"{name}[{offset([i, j], (columns, 1))}]" if y.type.size > 1 else name
        w.put(f"{target} = {total};")


def _by_columns(w: Writer, node: Node) -> None:
    """A matrix that does not change times a vector, several rows at once; each sum still in the order of columns."""
    (a, b), (y,) = node.inputs, node.outputs
    if a not in w.unit.rearranged:
        w.unit.rearranged[a] = w.unit.fresh(node)
        w.unit.memory.append((w.unit.rearranged[a], a.type.with_shape(a.shape[::-1])))
        w.unit.aligned.add(w.unit.rearranged[a])
    of, (rows, inner) = c_type(a.dtype), a.shape
    matrix, vector, name = f"m->{w.unit.rearranged[a]}", w.unit.places[b], w.declare(y, node)
    if not w.unit.gnu:
        helper = f"product_by_columns_{of}"
        w.unit.helpers[helper] = _BY_COLUMNS_PLAINLY.format(name=helper, of=of)
        w.put(f"{helper}({rows}, {inner}, {matrix}, {vector}, {name});")
        return
    for start, size, count in _panels(a):
        if size == 1:
            helper = f"row_{of}"
            w.unit.helpers[helper] = _ROW.format(name=helper, of=of)
            for row in range(start, start + count):
                target = f"{name}[{row}]" if rows > 1 else name
                w.put(f"{target} = {helper}({inner}, {_at(matrix, row * inner)}, {vector});")
            continue
        call = f"{_panel(w, of, size, a)}({inner}, {{0}}, {vector}, {{1}});"
        if count == 1:
            w.put(call.format(_at(matrix, start * inner), _at(name, start)))
            continue
        i = f"i{w.unit.number()}"
        with w.block(f"for (int {i} = 0; {i} < {count}; ++{i})"):
            panel = f"panel_{w.unit.number()}"
            large = a.type.size * a.dtype.numpy.itemsize > _LARGE_BYTES
            place = f"{_turn(w)} ? {count - 1} - {i} : {i}" if large else i
            w.put(f"const int {panel} = {place};")
            w.put(call.format(f"{matrix} + {panel} * {size * inner}", f"{name} + {panel} * {size}"))


def _panels(a: Value) -> Iterator[tuple[int, int, int]]:
    """How the rows of a matrix are divided: the first row, the rows of a panel, the number of such panels."""
    start, width = 0, 32 // a.dtype.numpy.itemsize
    for size in (*(block * width for block in _BLOCKS), 1):
        count = (a.shape[0] - start) // size
        if count:
            yield start, size, count
        start += count * size


def _turn(w: Writer) -> str:
    """What is true in every second step: then panels are taken from the last on, which the cache still has."""
    if not w.unit.turn:
        w.unit.turn = f"m->turn_{w.unit.number()}"
        w.unit.memory.append((w.unit.turn.removeprefix("m->"), Type((), BOOLEAN)))
        w.unit.zeroed.append(w.unit.turn)
    return w.unit.turn


def _by_rows(w: Writer, node: Node, columns: int) -> None:
    """A matrix times another one, several columns at once; each sum still in the order of the inner axis."""
    (a, b), (y,) = node.inputs, node.outputs
    of, (rows, inner), name = c_type(a.dtype), a.shape, w.declare(y, node)
    left, right = w.unit.places[a], w.unit.places[b]
    start, width = 0, 32 // a.dtype.numpy.itemsize
    for block in _BLOCKS:
        count = (columns - start) // (block * width)
        stop = start + count * block * width
        call = f"{_row_block(w, of, block, width)}({rows}, {inner}, {columns}, {left}, {{0}}, {{1}});"
        if count == 1:
            w.put(call.format(_at(right, start), _at(name, start)))
        elif count:
            j = f"i{w.unit.number()}"
            with w.block(f"for (int {j} = {start}; {j} < {stop}; {j} += {block * width})"):
                w.put(call.format(f"{right} + {j}", f"{name} + {j}"))
        start = stop
    if start == columns:
        return
    with w.loops((rows, columns - start)) as (i, j):
        total, k = f"total_{w.unit.number()}", f"i{w.unit.number()}"
        w.put(f"{of} {total} = 0;")
        with w.block(f"for (int {k} = 0; {k} < {inner}; ++{k})"):
            factor = w.element(a, offset([i, k], (inner, 1)))
            w.put(f"{total} += {factor} * {right}[{offset([k, j], (columns, 1), start)}];")
        w.put(f"{name}[{offset([i, j], (columns, 1), start)}] = {total};")


def _row_block(w: Writer, of: str, block: int, width: int) -> str:
    """The helper that computes `block` registers' columns of every row."""
    name, lanes = f"columns_by_rows_{block * width}_{of}", _lanes(w, of, 32 // width)
    text = _BY_ROWS.format(
        name=name,
        of=of,
        lanes=lanes,
        count=block * width,
        sums="\n".join(f"        {lanes} sum{k} = {{0}};" for k in range(block)),
        additions="\n".join(
            f"            sum{k} += factor * *(const {lanes} *)(right + k * columns{f' + {k * width}' if k else ''});"
            for k in range(block)
        ),
        results="\n".join(
            f"        *({lanes} *)(result + i * columns{f' + {k * width}' if k else ''}) = sum{k};"
            for k in range(block)
        ),
    )
    w.unit.helpers.setdefault(name, text)
    return name


def _at(array: str, start: int) -> str:
    return f"{array} + {start}" if start else array


def _panel(w: Writer, of: str, size: int, a: Value) -> str:
    """The helper that sums a panel of so many rows, in the widest registers that there are."""
    name, itemsize = f"panel_{size}_{of}", a.dtype.numpy.itemsize
    if size * itemsize % 64:
        text = _panel_text(w, of, size, itemsize, 32)
    else:
        wide, narrow = (_panel_text(w, of, size, itemsize, width) for width in (64, 32))
        text = f"#if defined(__AVX512F__)\n{wide}\n#else\n{narrow}\n#endif"
    w.unit.helpers.setdefault(name, text)
    return name


def _panel_text(w: Writer, of: str, size: int, itemsize: int, register: int) -> str:
    width = register // itemsize
    starts = [""] + [f" + {start}" for start in range(width, size, width)]
    lanes = _lanes(w, of, itemsize, register)
    return _PANEL.format(
        name=f"panel_{size}_{of}",
        of=of,
        lanes=lanes,
        count=size,
        sums="\n".join(f"    {lanes} sum{k} = {{0}};" for k in range(len(starts))),
        additions="\n".join(
            f"        sum{k} += *(const {lanes} *)(panel + k * {size}{start}) * factor;"
            for k, start in enumerate(starts)
        ),
        results="\n".join(f"    *({lanes} *)(result{start}) = sum{k};" for k, start in enumerate(starts)),
    )


def _lanes(w: Writer, of: str, itemsize: int, register: int = 32) -> str:
    """The type of a register of so many bytes."""
    name = f"lanes_{of}" if register == 32 else f"wide_lanes_{of}"
    w.unit.helpers.setdefault(
        name, _LANES.format(name=name, of=of, width=register // itemsize, size=itemsize, register=register)
    )
    return name


def rearrange(w: Writer) -> None:
    """At the end of init: the copies of matrices that the step asked for, by columns or by panels of rows."""
    for value, name in w.unit.rearranged.items():
        rows, columns = value.shape
        for start, size, count in _panels(value) if w.unit.gnu else [(0, rows, 1)]:
            with w.loops((count, size, columns)) as (panel, i, j):
                place = offset([panel, j, i], (size * columns, size, 1), start * columns)
                source = offset([panel, i, j], (size * columns, columns, 1), start * columns)
                w.put(f"m->{name}[{place}] = {w.element(value, source)};")


def _bracketed(text: str) -> str:
    return text if text.startswith("(") else f"({text})"


def _scratch(w: Writer, node: Node, of: str, size: int) -> str:
    """Room on the stack, in one piece with the statements that use it."""
    name = f"scratch_{w.unit.number()}"
    w.put(f"{of} {name}[{max(size, 1)}];")
    return name


def _solve(w: Writer, node: Node) -> None:
    a, (y,) = node.inputs[0], node.outputs
    right: Value | None = node.inputs[1] if node.op == "linear_solve" else None
    of, n, m = c_type(a.dtype, node.origin), y.shape[0], y.shape[1]
    helper = f"solve_{of}"
    absolute = "fabsf" if of == "float" else "fabs"
    w.unit.helpers[helper] = _ELIMINATION.format(name=helper, of=of, abs=absolute)
    name = w.declare(y, node)
    with w.block(""):
        left, solution = _scratch(w, node, of, n * n), _scratch(w, node, of, n * m)
        for target, value in ((left, a), (solution, right)):
            shape = (n, n) if value is a else (n, m)
            with w.loops(shape) as indices:
                place = offset(indices, strides(shape))
                one = f"({indices[0]} == {indices[1]})"
                w.put(f"{target}[{place}] = {w.element(value, place) if value is not None else one};")
        with w.block(f"if (!{helper}({n}, {m}, {left}, {solution}))"), w.loops((n * m,)) as indices:
            w.put(f"{solution}[{indices[0]}] = INFINITY;")
        with w.loops((n * m,)) as indices:
            w.put(f"{name}{f'[{indices[0]}]' if n * m > 1 else ''} = {solution}[{indices[0]}];")


LINEAR: dict[str, Callable[[Writer, Node], None]] = {
    "matmul": _matmul,
    "inverse": _solve,
    "linear_solve": _solve,
}
