"""Products of matrices in C: loops, or several sums at once in vector registers. All add up in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bridge.engines.c_operations import addition, product
from bridge.engines.c_registers import BLOCKS, columns_helper, panel_helper, row_by_columns_helper, row_helper
from bridge.engines.c_sums import piece, summed
from bridge.engines.c_types import c_type, literal
from bridge.engines.c_writer import Writer, offset
from bridge.program import Node, Value
from bridge.program.types import BOOLEAN, DType, Type

# A matrix larger than this does not stay in the nearest cache as a whole.
_LARGE_BYTES = 16384

# So many panels are written out one by one.
_FEW_PANELS = 8

# With fewer, no register is filled.
_MANY_ROWS = 4


def matmul(w: Writer, node: Node) -> None:
    """The statements of a product, in the way that suits its sizes."""
    (a, b), (y,) = node.inputs, node.outputs
    if _is_by_columns(w, node):
        _by_columns(w, node)
        return
    columns = b.shape[1] if b.type.rank == 2 else 1
    if w.unit.gnu and a.dtype.is_float and a.type.size > 1 and columns * a.dtype.numpy.itemsize >= 32:
        _by_rows(w, node, columns)
        return
    name, (rows, inner) = w.declare(y, node), a.shape
    if not y.type.size:
        return
    with w.loops((rows, columns)) as (i, j):

        def term(k: str) -> str:
            left, right = w.element(a, offset([i, k], (inner, 1))), w.element(b, offset([k, j], (columns, 1)))
            return _bracketed(product(a.dtype, left, right))

        total = _sum(w, a.dtype, inner, term)
        target = f"{name}[{offset([i, j], (columns, 1))}]" if y.type.size > 1 else name
        w.put(f"{target} = {total};")


def waits(w: Writer, node: Node) -> bool:
    """Whether a product is left to `with_products`, at the element-wise statement that alone reads it."""
    return w.unit.gnu and _is_by_columns(w, node) and w.wait(node)


def _is_by_columns(w: Writer, node: Node) -> bool:
    (a, _), (y,) = node.inputs, node.outputs
    in_panels = w.unit.gnu or piece(a.shape[1]) >= a.shape[1]
    vector, many = y.type.size == a.shape[0], a.shape[0] >= _MANY_ROWS and a.shape[1] > 1
    return vector and many and in_panels and a in w.unit.outer and a.dtype.is_float


def _sum(w: Writer, dtype: DType, count: int, term: Callable[[str], str]) -> str:
    """Statements that add up so many terms, `term` of an index; returns the name of the sum."""

    def empty() -> str:
        name = f"total_{w.unit.number()}"
        w.put(f"{c_type(dtype)} {name} = {literal(0, dtype)};")
        return name

    def add(total: str, term: str) -> None:
        w.put(f"{total} = {addition(dtype, total, term)};")

    return summed(w, count, empty, lambda total, k: add(total, term(k)), add)


def _in_pieces(w: Writer, count: int, put: Callable[[bool, str, str], None]) -> None:
    """`put` writes what one piece adds: whether to the pieces before it, how many terms it has, the first one."""
    length = piece(count)
    put(False, str(min(length, count)), "0")
    if length < count:
        start = f"start_{w.unit.number()}"
        with w.block(f"for (int {start} = {length}; {start} < {count}; {start} += {length})"):
            end = f"{start} + {length}"
            put(True, f"{length}" if count % length == 0 else f"{end} < {count} ? {length} : {count} - {start}", start)


def _by_columns(w: Writer, node: Node) -> None:
    """A matrix that does not change times a vector, several rows at once."""
    (a, b), (y,) = node.inputs, node.outputs
    name = w.declare(y, node)
    if w.unit.gnu:
        _in_panels(w, [node], lambda panel: _panel_product(w, node, panel))
    else:
        rows, inner = a.shape
        w.put(f"{columns_helper(w, a.dtype)}({rows}, {inner}, {_rearranged(w, node)}, {w.unit.places[b]}, {name});")


def _rearranged(w: Writer, node: Node) -> str:
    """The copy of a product's matrix that init makes in the order of the step's reading."""
    a = node.inputs[0]
    if a not in w.unit.rearranged:
        name = w.unit.rearranged[a] = w.unit.fresh(node)
        w.unit.memory.append((name, a.type.with_shape(a.shape[::-1])))
        w.unit.aligned.add(name)
    return f"m->{w.unit.rearranged[a]}"


def with_products(w: Writer, node: Node, products: Sequence[Node]) -> None:
    """An element-wise statement and the products that it alone reads: panel by panel, while sums are still at hand."""
    (value,) = node.outputs
    for each in products:
        w.name_block(each.origin)
        w.declare(each.outputs[0], each)
    w.name_blocks(node)
    name = w.declare(value, node)

    def put(panel: _Panel) -> None:
        for each in products:
            _panel_product(w, each, panel)
        i, first = f"i{w.unit.number()}", panel.place()
        with w.block(f"for (int {i} = {first}; {i} < {panel.place(end=True)}; ++{i})"):
            w.put_element(node, name, [i], (value.type.size,))

    _in_panels(w, products, put)


@dataclass(frozen=True)
class _Panel:
    """So many rows of a matrix, from row `start` + `number` * `size` on."""

    size: int
    start: int
    number: str = "0"

    def place(self, step: int = 1, *, end: bool = False) -> str:
        """Where it begins, or ends, `step` numbers a row."""
        return offset([self.number], [self.size * step], (self.start + (self.size if end else 0)) * step)


def _in_panels(w: Writer, products: Sequence[Node], put: Callable[[_Panel], None]) -> None:
    """What `put` writes for a panel, for all panels of products with equally many rows."""
    matrices = [each.inputs[0] for each in products]
    large = sum(a.type.size * a.dtype.numpy.itemsize for a in matrices) > _LARGE_BYTES
    for start, size, count in _panels(matrices[0]):
        if size == 1 or count == 1:
            for row in range(start, start + size * count, size):
                put(_Panel(size, row))
        elif large and count <= _FEW_PANELS:
            # Written out: the compiler makes more of places that it knows.
            for head, order in ((f"if ({_turn(w)})", range(count)[::-1]), ("else", range(count))):
                with w.block(head):
                    for k in order:
                        put(_Panel(size, start + k * size))
        else:
            i, panel = f"i{w.unit.number()}", f"panel_{w.unit.number()}"
            with w.block(f"for (int {i} = 0; {i} < {count}; ++{i})"):
                w.put(f"const int {panel} = {f'{_turn(w)} ? {count - 1} - {i} : {i}' if large else i};")
                put(_Panel(size, start, panel))


def _panel_product(w: Writer, node: Node, panel: _Panel) -> None:
    """The rows of a panel of a product."""
    (a, b), (y,) = node.inputs, node.outputs
    matrix = _from(_rearranged(w, node), panel.place(a.shape[1]))
    vector, result = w.unit.places[b], w.unit.places[y]
    if panel.size == 1:
        _one_row(w, a, matrix, vector, f"{result}[{panel.place()}]")
        return

    def put(more: bool, count: str, start: str) -> None:
        helper, part = panel_helper(w, a.dtype, panel.size, more=more), _from(matrix, start, panel.size)
        w.put(f"{helper}({count}, {part}, {_from(vector, start)}, {_from(result, panel.place())});")

    _in_pieces(w, a.shape[1], put)


def _one_row(w: Writer, a: Value, row: str, vector: str, target: str) -> None:
    """The product of one row of `a` and a vector."""
    helper = row_helper(w, a.dtype)

    def put(more: bool, count: str, start: str) -> None:
        w.put(f"{target} {'+=' if more else '='} {helper}({count}, {_from(row, start)}, {_from(vector, start)});")

    _in_pieces(w, a.shape[1], put)


def _panels(a: Value) -> Iterator[tuple[int, int, int]]:
    """How the rows of a matrix are divided: the first row, the rows of a panel, the number of such panels."""
    start, width = 0, 32 // a.dtype.numpy.itemsize
    for size in (*(block * width for block in BLOCKS), 1):
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
    """A matrix times another one, several columns at once."""
    (a, b), (y,) = node.inputs, node.outputs
    (rows, inner), name = a.shape, w.declare(y, node)
    left, right = w.unit.places[a], w.unit.places[b]
    start, width = 0, 32 // a.dtype.numpy.itemsize
    with w.loops((rows,)) as (i,):
        row, result = _from(left, i, inner), _from(name, i, columns)
        for size in (block * width for block in BLOCKS):
            count = (columns - start) // size
            stop = start + count * size
            if count == 1:
                _row_product(w, a, columns, size, row, _from(right, start), _from(result, start))
            elif count:
                j = f"i{w.unit.number()}"
                with w.block(f"for (int {j} = {start}; {j} < {stop}; {j} += {size})"):
                    _row_product(w, a, columns, size, row, f"{right} + {j}", f"{result} + {j}")
            start = stop
    if start == columns:
        return
    with w.loops((rows, columns - start)) as (i, j):

        def term(k: str) -> str:
            factor = w.element(a, offset([i, k], (inner, 1)))
            return f"({factor} * {right}[{offset([k, j], (columns, 1), start)}])"

        total = _sum(w, a.dtype, inner, term)
        w.put(f"{name}[{offset([i, j], (columns, 1), start)}] = {total};")


def _row_product(w: Writer, a: Value, columns: int, size: int, row: str, matrix: str, result: str) -> None:
    """The product of one row of `a` and so many of the columns."""

    def put(more: bool, count: str, start: str) -> None:
        helper, part = row_by_columns_helper(w, a.dtype, size, more=more), _from(matrix, start, columns)
        w.put(f"{helper}({count}, {columns}, {_from(row, start)}, {part}, {result});")

    _in_pieces(w, a.shape[1], put)


def _from(array: str, start: str | int, step: int = 1) -> str:
    """The address of an element."""
    place = offset([str(start)], [step])
    return array if place == "0" else f"{array} + {place}"


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
