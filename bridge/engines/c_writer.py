"""Writing one C function: where each value lives, loops over its elements, and what is handed from place to place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from bridge.engines.base import Array
from bridge.engines.c_names import comment, identifier
from bridge.engines.c_operations import ELEMENTWISE, Helpers, expression
from bridge.engines.c_types import c_type, initializer, literal
from bridge.program import Node, Region, Type, Value
from bridge.program.types import DType, Shape

# Larger intermediate results live in the memory that the caller gives, not on the stack; nor do more together.
_STACK_BYTES, _WHOLE_STACK = 8192, 1 << 20
# Longer expressions become hard to read, and gain nothing.
_LONGEST_EXPRESSION = 8

Indices = Sequence[str]


class Unit:
    """What the functions of one file share: tables, helper functions, fields of the memory, messages of failures."""

    def __init__(self, uses: Mapping[Value, int], kept: frozenset[Value], *, gnu: bool = False) -> None:
        self.uses = uses
        self.gnu = gnu  # for gcc and clang alone: vector types
        self.kept = kept  # computed by init, read by the step
        self.places: dict[Value, str] = {}
        self.tables: dict[str, str] = {}
        self.helpers: Helpers = {}
        self.memory: list[tuple[str, Type]] = []
        self.stack = 0  # bytes of the arrays that are on it
        self.aligned: set[str] = set()  # fields of the memory that begin a line of the cache
        self.failures: list[str] = []
        self.outer: frozenset[Value] = frozenset()  # while the step is written: what init knows
        self.is_step = False
        self.zeroed: list[str] = []  # fields of the memory that begin at 0
        self.rearranged: dict[Value, str] = {}  # matrices of which init makes a copy in the order of the step's reading
        self.turn = ""  # the field that every second step finds true
        self._number = 0

    def number(self) -> int:
        """A number for a name that must not be taken."""
        self._number += 1
        return self._number

    def fresh(self, node: Node) -> str:
        """A name after the block that a node comes from."""
        block = node.origin.replace("\n", " ").rpartition("/")[2] or node.op
        return f"{identifier(block[:24])}_{self.number()}"


def strides(shape: Shape) -> tuple[int, ...]:
    """How far apart neighbours along each axis are, the last axis being dense."""
    result, step = [], 1
    for size in reversed(shape):
        result.append(step)
        step *= size
    return tuple(reversed(result))


def offset(indices: Indices, steps: Sequence[int], base: int = 0) -> str:
    """The place ``base + sum(index * step)`` as an expression."""
    terms = [index if step == 1 else f"{index} * {step}" for index, step in zip(indices, steps, strict=True) if step]
    terms = [term for term in terms if term != "0" and not term.startswith("0 *")]
    if base or not terms:
        terms.append(str(base))
    return " + ".join(terms)


class Writer:
    """Emits statements of one function; a value of one element is a variable, a larger one an array."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.lines: list[str] = []
        self.depth = 1
        self._deferred: dict[Value, Node] = {}
        self._weight: dict[Value, int] = {}
        self._awaited: set[Value] = set()
        self._waiting: dict[Value, Node] = {}
        self._origin = ""
        self._views: dict[str, str] = {}

    def put(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Statements between braces."""
        self.put(f"{head} {{" if head else "{")
        self.depth += 1
        yield
        self.depth -= 1
        self.put("}")

    @contextmanager
    def loops(self, shape: Shape) -> Iterator[list[str]]:
        """Nested loops over a shape; the indices, of an axis of length one a plain 0."""
        indices, opened = [], 0
        for size in shape:
            if size == 1:
                indices.append("0")
                continue
            name = f"i{self.unit.number()}"
            self.put(f"for (int {name} = 0; {name} < {size}; ++{name}) {{")
            self.depth += 1
            opened += 1
            indices.append(name)
        yield indices
        for _ in range(opened):
            self.depth -= 1
            self.put("}")

    def name_block(self, *origins: str) -> None:
        """A comment where the statements of another block begin."""
        fresh = [origin for origin in dict.fromkeys(origins) if origin]
        if fresh and fresh != [self._origin]:
            for origin in fresh:
                self.put(comment(origin))
        self._origin = fresh[-1] if fresh else self._origin

    def forget_block(self) -> None:
        """Name the block again at the next statement."""
        self._origin = ""

    # Values

    def element(self, value: Value, place: str) -> str:
        """The element of `value` at a flat place."""
        if value in self._deferred:
            return self._fused(value, [place], (value.type.size,))
        name = self.unit.places[value]
        return name if value.type.size == 1 else f"{name}[{place}]"

    def spread(self, value: Value, indices: Indices, shape: Shape) -> str:
        """The element of `value` that broadcasting puts at `indices` of a result of `shape`."""
        if value.type.size == 1:
            return self.element(value, "0")
        if value in self._deferred:
            return self._fused(value, indices, shape)
        own = value.shape
        missing = len(shape) - len(own)
        steps = [0] * missing + [step if size > 1 else 0 for size, step in zip(own, strides(own), strict=True)]
        return self.element(value, offset(indices, steps))

    def declare(self, value: Value, node: Node) -> str:
        """A variable for the value, without a number yet."""
        of, name = c_type(value.dtype, node.origin), self.unit.fresh(node)
        if value in self.unit.kept:
            name = self._remembered(name, value.type)
        elif value.type.size == 1:
            self.put(f"{of} {name};")
        else:
            name = self.array(name, value.type)
        self.unit.places[value] = name
        return name

    def _remembered(self, name: str, type: Type) -> str:
        self.unit.memory.append((name, type))
        return f"m->{name}"

    def array(self, name: str, type: Type) -> str:
        """Room for elements without numbers yet."""
        size = type.size * type.dtype.numpy.itemsize
        if type.size > 1 and (size > _STACK_BYTES or self.unit.stack + size > _WHOLE_STACK):
            return self._remembered(name, type)
        self.unit.stack += size
        self.put(f"{c_type(type.dtype)} {name}[{max(type.size, 1)}];")
        if not type.size:
            self.put(f"(void){name};")  # compilers notice that no loop ever reads it
        return name

    def assign(self, value: Value, node: Node, text: str) -> None:
        """A value of one element."""
        if value in self.unit.kept:
            self.put(f"{self.declare(value, node)} = {text};")
            return
        name = self.unit.places[value] = self.unit.fresh(node)
        self.put(f"const {c_type(value.dtype, node.origin)} {name} = {text};")

    def table(self, array: Array, dtype: DType, name: str) -> str:
        """A constant array of the file."""
        of = c_type(dtype)
        self.unit.tables[name] = f"static const {of} {name}[{max(array.size, 1)}] = {initializer(array, dtype)};"
        return name

    def constant(self, node: Node) -> None:
        """A number is written where it is used; an array becomes a table."""
        (value,) = node.outputs
        array = node.attributes["value"]
        c_type(value.dtype, node.origin)
        if value.type.size == 1:
            self.unit.places[value] = literal(array.ravel()[0], value.dtype)
        else:
            self.unit.places[value] = self.table(array, value.dtype, self.unit.fresh(node))

    # Element-wise statements, fused where a result has a single reader

    def plan(self, region: Region) -> None:
        """Decide which element-wise results of a region are written only within their reader's loop."""
        reader: dict[Value, Node] = {}
        for node in region.nodes:
            reader.update((value, node) for value in node.inputs)
        for node in region.nodes:
            if node.op not in ELEMENTWISE:
                continue
            (value,) = node.outputs
            weight = 1 + sum(self._weight.get(operand, 0) for operand in node.inputs)
            follower = reader.get(value)
            single = self.unit.uses[value] == 1 and follower is not None and value not in self.unit.kept
            if not single or value.type.size <= 1 or weight >= _LONGEST_EXPRESSION:
                continue
            # A sum over axes reads each element once, as an element-wise reader of the same shape does.
            if follower is not None and (
                (follower.op in ELEMENTWISE and follower.outputs[0].shape == value.shape) or follower.op == "sum"
            ):
                self._deferred[value] = node
                self._weight[value] = weight
        for node in region.nodes:
            if node.op == "matmul" and self._has_one_statement(node.outputs[0], reader):
                self._awaited.add(node.outputs[0])

    def _has_one_statement(self, value: Value, reader: Mapping[Value, Node]) -> bool:
        """Whether a single element-wise statement reads a value, and each of its elements for one of its own."""
        if self.unit.uses[value] != 1 or value in self.unit.kept:
            return False
        node = reader.get(value)
        while node is not None and node.op in ELEMENTWISE:
            (y,) = node.outputs
            if y.type != value.type:
                return False
            if y not in self._deferred:
                return self._is_dense(node)
            node = reader.get(y)
        return False

    def wait(self, node: Node) -> bool:
        """Whether a product may wait for the statement that reads it, which then writes it, panel by panel."""
        (value,) = node.outputs
        if value not in self._awaited:
            return False
        self._waiting[value] = node
        return True

    def waiting(self, node: Node) -> list[Node]:
        """The products that wait for the statement of an element-wise node."""
        if node.outputs[0] in self._deferred:
            return []
        read = [operand for each in self._chain(node) for operand in each.inputs]
        return [self._waiting.pop(value) for value in read if value in self._waiting]

    def at(self, value: Value, indices: Indices) -> str:
        """The element of `value` at an index per axis."""
        if value in self._deferred:
            return self._fused(value, indices, value.shape)
        return self.element(value, offset(indices, strides(value.shape)))

    def _fused(self, value: Value, indices: Indices, shape: Shape) -> str:
        return f"({self._element_of(self._deferred[value], indices, shape)})"

    def _element_of(self, node: Node, indices: Indices, shape: Shape) -> str:
        flat = len(indices) == 1 and shape == (node.outputs[0].type.size,)
        operands = [
            self.element(value, indices[0]) if flat else self.spread(value, indices, shape) for value in node.inputs
        ]
        return expression(node, operands, self.unit.helpers)

    def _chain(self, node: Node) -> Iterator[Node]:
        for value in node.inputs:
            if value in self._deferred:
                yield from self._chain(self._deferred[value])
        yield node

    def name_blocks(self, node: Node) -> None:
        """Name every block that has a part in the statement of an element-wise node."""
        self.name_block(*(each.origin for each in self._chain(node)))

    def elementwise(self, node: Node) -> None:
        """One statement, in loops where the result has several elements."""
        (value,) = node.outputs
        for operand in (*node.inputs, value):
            c_type(operand.dtype, node.origin)
        if value in self._deferred:
            return
        self.name_blocks(node)
        if value.type.size == 1:
            self.assign(value, node, expression(node, [self.element(v, "0") for v in node.inputs], self.unit.helpers))
            return
        name = self.declare(value, node)
        shape = (value.type.size,) if self._is_dense(node) else value.shape
        with self.loops(shape) as indices:
            self.put_element(node, name, indices, shape)

    def put_element(self, node: Node, name: str, indices: Indices, shape: Shape) -> None:
        """One element of an element-wise result of that name."""
        place = offset(indices, strides(shape))
        self.put(f"{name}[{place}] = {self._element_of(node, indices, shape)};")

    def _is_dense(self, node: Node) -> bool:
        """Whether every array that a statement reads has the shape of its result."""
        shape = node.outputs[0].shape
        operands = [operand for each in self._chain(node) for operand in each.inputs]
        return all(operand.type.size == 1 or operand.shape == shape for operand in operands)

    # Handing on

    def copy(self, target: str, value: Value) -> None:
        """Write a value to a place of its type."""
        size = value.type.size
        if size == 1:
            self.put(f"{target} = {self.element(value, '0')};")
        elif size:
            self.put(f"memcpy({target}, {self.unit.places[value]}, {size} * sizeof *{target});")

    def hand_over(self, pairs: Sequence[tuple[str, Value]]) -> None:
        """Write values to places at once: none is read after its place has been overwritten."""
        pending = [(target, value) for target, value in pairs if self.unit.places[value] != target]
        targets = {target for target, _ in pending}
        sources: list[tuple[str, Value, str]] = []
        for target, value in pending:
            source = self.unit.places[value]
            if self.root(source) in targets:
                source = self._saved(value)
            sources.append((target, value, source))
        for target, value, source in sources:
            if value.type.size == 1:
                self.put(f"{target} = {source};")
            elif value.type.size:
                self.put(f"memcpy({target}, {source}, {value.type.size} * sizeof *{target});")

    def root(self, place: str) -> str:
        """The storage that a place is in, which is another where an array is seen through a pointer."""
        return self._views.get(place, place)

    def lasts(self, value: Value) -> bool:
        """Whether a value stays where it is for the whole run: among the parameters, or computed once."""
        return self.unit.places[value].lstrip("(").startswith(("p->", "m->"))

    def view(self, value: Value, node: Node, source: str, start: str) -> None:
        """Elements of an array from a place on, without a copy."""
        name = self.unit.places[value] = self.unit.fresh(node)
        self._views[name] = self.root(source)
        self.put(f"const {c_type(value.dtype)} *const {name} = {source}{f' + {start}' if start != '0' else ''};")

    def _saved(self, value: Value) -> str:
        name, source = f"saved_{self.unit.number()}", self.unit.places[value]
        if value.type.size == 1:
            self.put(f"const {c_type(value.dtype)} {name} = {source};")
        else:
            name = self.array(name, value.type)
            self.put(f"memcpy({name}, {source}, sizeof {name});")
        return name
