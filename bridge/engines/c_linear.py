"""Linear algebra in C: inverse and solution by elimination with partial pivoting. Products are in `c_products`."""

from __future__ import annotations

from collections.abc import Callable

from bridge.engines.c_products import matmul
from bridge.engines.c_types import c_type
from bridge.engines.c_writer import Writer, offset, strides
from bridge.program import Node, Value

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


def _solve(w: Writer, node: Node) -> None:
    a, (y,) = node.inputs[0], node.outputs
    right: Value | None = node.inputs[1] if node.op == "linear_solve" else None
    of, n, m = c_type(a.dtype, node.origin), y.shape[0], y.shape[1]
    helper = f"solve_{of}"
    absolute = "fabsf" if of == "float" else "fabs"
    w.unit.helpers[helper] = _ELIMINATION.format(name=helper, of=of, abs=absolute)
    name = w.declare(y, node)
    with w.block(""):
        left, solution = (w.array(f"scratch_{w.unit.number()}", type) for type in (a.type, y.type))
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
    "matmul": matmul,
    "inverse": _solve,
    "linear_solve": _solve,
}
