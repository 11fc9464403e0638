"""A program as straight-line Python, written once: `bind` runs init and returns `run`, which takes steps in a loop.

Every identifier is a letter and a number; nothing of a model's text gets into the source. Constants and kernels are
bound as globals of the compiled code. Element-wise results and products go to buffers that are made once, except those
that may outlive a step (`outliving`). Buffers, views and Python's scalars are taken only where the bits stay those of
the kernels, which depend, in sums, on the order in which numpy lays elements out: hence `Layout`. Products are not
stacked into larger ones: the order in which BLAS sums a row depends on the rows beside it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from bridge.engines.numpy_arrays import VIEWS, Layout, outliving, placed, spelled
from bridge.engines.numpy_scalars import SCALAR, is_plain, number
from bridge.errors import UnsupportedOperation
from bridge.program import Node, Program, Region, Type, Value
from bridge.program.operations import operation
from bridge.program.types import BOOLEAN

# What Python's compiler allows: loops within loops, and levels of indentation.
_DEEPEST_LOOP, _DEEPEST = 18, 90


def _quotient(x: float, y: float) -> float:
    return float(np.true_divide(x, y))


def _beyond(dtype: np.dtype[Any]) -> Callable[[float], int]:
    return lambda x: int(np.asarray(x).astype(dtype))


class Source:
    """Lines of Python, and the objects that they refer to."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.objects: dict[str, Any] = {
            "__builtins__": {"range": range, "float": float, "int": int, "abs": abs},
            "bisect_right": bisect_right,
            "quotient": _quotient,
            "infinities": (float("inf"), float("-inf")),
            **{name: getattr(np, name) for name in _FUNCTIONS},
        }
        for width in (8, 16, 32, 64):
            for kind in ("int", "uint"):
                self.objects[f"beyond_{kind}{width}"] = _beyond(np.dtype(f"{kind}{width}"))
        self.of: dict[Value, str] = {}
        self.fixed: set[Value] = set()  # whose expressions mean the same object in every step: buffers, and
        self.steady: set[Value] = set()  # those whose elements do not change either
        self.layout = Layout()
        self.outliving = outliving(program)
        self.in_step = False
        self._setup: list[str] = []
        self._lines = self._setup
        self._depth, self._loops = 1, 0
        self._number = 0
        self._bound: dict[int, str] = {}  # by identity: what is bound stays alive with the globals
        self._cells: dict[Value, str] = {}
        self._copies: dict[tuple[Value, str], str] = {}

    # Names

    def fresh(self, letter: str) -> str:
        """A name that is not taken."""
        self._number += 1
        return f"{letter}{self._number}"

    def bound(self, thing: Any) -> str:
        """A global of the compiled code that means `thing`."""
        if id(thing) not in self._bound:
            name = self._bound[id(thing)] = self.fresh("k")
            self.objects[name] = thing
        return self._bound[id(thing)]

    def define(self, value: Value) -> str:
        """A variable for a value."""
        name = self.of[value] = self.fresh("v")
        return name

    def typed(self, value: Value) -> str:
        """An expression of the declared data type: a Python number has none."""
        if not is_plain(value.type):
            return self.of[value]
        return f"{'bool_' if value.dtype == BOOLEAN else value.dtype.numpy.name}({self.of[value]})"

    # Lines

    def put(self, line: str) -> None:
        """A statement at the current place."""
        self._lines.append("    " * self._depth + line)

    def set_up(self, line: str) -> None:
        """A statement that runs once, before the steps."""
        if self._lines is self._setup:
            self.put(line)
        else:
            self._setup.append("    " + line)

    @contextmanager
    def block(self, head: str, node: Node, *, loop: bool = False) -> Iterator[None]:
        """Statements below a head."""
        self.put(head)
        self._depth += 1
        self._loops += loop
        if self._depth > _DEEPEST or self._loops > _DEEPEST_LOOP:
            raise UnsupportedOperation(f"{node.origin or self.program.name}: too deeply nested for the numpy engine")
        cells = dict(self._cells)
        yield
        self._cells = cells  # those filled in here may not be filled behind the block
        self._depth -= 1
        self._loops -= loop

    def buffer(self, type: Type) -> str:
        """An array that is made once."""
        return self.bound(np.empty(type.shape, type.dtype.numpy))

    def as_list(self, value: Value) -> str:
        """The elements of a steady vector as a Python list."""
        return self._copied(value, ".tolist()")

    def dense_copy(self, value: Value) -> str:
        """A steady array without gaps."""
        return self._copied(value, ".copy()")

    def method(self, value: Value, name: str) -> str:
        """A method of a steady array, looked up once."""
        return self._copied(value, f".{name}")

    def cell(self, value: Value) -> str:
        """An operand beside arrays: with a Python number numpy takes three times as long as with an array of one."""
        if not is_plain(value.type):
            return self.of[value]
        if value.node is not None and value.node.op == "constant":
            return self.bound(value.node.attributes["value"])
        if not self.in_step:
            return self.typed(value)
        if value not in self._cells:
            name = self._cells[value] = self.buffer(value.type)
            self.put(f"{name}[()] = {self.of[value]}")
        return self._cells[value]

    def _copied(self, value: Value, method: str) -> str:
        if not self.in_step and self._depth > 1:  # within a block of init, which others are not to rely on
            return f"{self.of[value]}{method}"
        if (value, method) not in self._copies:
            name = self._copies[value, method] = self.fresh("l")
            self._setup.append(f"    {name} = {self.of[value]}{method}")
        return self._copies[value, method]

    # Nodes

    def region(self, region: Region) -> None:
        """Every node in order."""
        for node in region.nodes:
            self.node(node)

    def node(self, node: Node) -> None:
        """The statements of one node."""
        if node.op == "constant":
            self._constant(node)
        elif node.op in _CONTROL:
            _CONTROL[node.op](self, node)
        elif node.op == "host":
            self._host(node)
        else:
            self._computed(node)

    def _constant(self, node: Node) -> None:
        (value,) = node.outputs
        array = node.attributes["value"]
        if is_plain(value.type):
            item = array.item()
            self.of[value] = number(item) or self.bound(item)
        else:
            self.of[value] = self.bound(array)
            self.layout.mark(value, dense=bool(array.flags.c_contiguous))
        self.keep(value)

    def keep(self, value: Value) -> None:
        """Note a value that never changes."""
        self.fixed.add(value)
        self.steady.add(value)

    def _computed(self, node: Node) -> None:
        (value,) = node.outputs
        plain = is_plain(value.type)
        operands = [self.of[operand] for operand in node.inputs]
        scalars = all(is_plain(operand.type) for operand in node.inputs)
        if plain and node.op in SCALAR and (scalars or (node.op == "convert" and node.inputs[0].dtype.is_float)):
            name = self.fresh("v")
            statements = SCALAR[node.op](node, name, operands)
            if statements is not None:
                self.of[value] = name
                for statement in statements:
                    self.put(statement)
                return
        if spelled(self, node):
            return
        found = operation(node.op)
        assert found.kernel is not None
        function = found.kernel(node.attributes)
        if found.refuses:
            function = placed(function, node.origin)
        text = f"{self.bound(function)}({', '.join(self.typed(operand) for operand in node.inputs)})"
        item = ".item()" if plain else ""
        name = self.define(value)
        if self._is_lasting_view(node):
            self.set_up(f"{name} = {text}{item}")
            self.fixed.add(value)
            if node.inputs[0] in self.steady:
                self.steady.add(value)
        else:
            self.put(f"{name} = {text}{item}")
        self.layout.follow(node)

    def _is_lasting_view(self, node: Node) -> bool:
        """Whether one view serves all steps."""
        x = node.inputs[0] if node.inputs else None
        if not self.in_step or node.op not in VIEWS or is_plain(node.outputs[0].type) or x not in self.fixed:
            return False
        # Of an array with gaps, another shape may be a copy.
        return node.op != "reshape" or x in self.steady or self.layout.dense(x)

    def _host(self, node: Node) -> None:
        """Calls of Python get arrays and numpy's scalars, and may return Python's."""
        call = f"{self.bound(node.attributes['function'])}({', '.join(self.typed(operand) for operand in node.inputs)})"
        names = [self.fresh("v") for _ in node.outputs]
        self.put(f"{names[0]} = {call}" if len(names) == 1 else f"({''.join(f'{name}, ' for name in names)}) = {call}")
        for name, value in zip(names, node.outputs, strict=True):
            self.of[value] = name
            if is_plain(value.type):
                self.put(f"{name} = asarray({name}, {self.bound(value.dtype.numpy)}).item()")

    def hand(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Assign at once."""
        pairs = [(target, given) for target, given in pairs if target != given]
        if pairs:
            self.put(f"{', '.join(target for target, _ in pairs)} = {', '.join(given for _, given in pairs)}")


_FUNCTIONS = (
    *("asarray", "stack", "array", "full", "where", "concatenate", "matmul", "ascontiguousarray", "bool_"),
    *("float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "broadcast_to"),
    *("sqrt", "exp", "log", "log2", "log10", "floor", "ceil", "trunc", "rint", "sin", "cos", "tan", "sinh", "cosh"),
    "tanh",
)


def _if(source: Source, node: Node) -> None:
    names = [source.fresh("v") for _ in node.outputs]
    for head, region in zip((f"if {source.of[node.inputs[0]]}:", "else:"), node.regions, strict=True):
        with source.block(head, node):
            source.region(region)
            source.hand([(name, source.of[value]) for name, value in zip(names, region.results, strict=True)])
            source.put("pass")
    source.of.update(zip(node.outputs, names, strict=True))


def _loop(source: Source, node: Node) -> None:
    (region,) = node.regions
    index, *carried = region.parameters
    names = [source.define(value) for value in carried]
    source.hand([(name, source.of[value]) for name, value in zip(names, node.inputs[1:], strict=True)])
    with source.block(f"for {source.define(index)} in range({source.of[node.inputs[0]]}):", node, loop=True):
        source.region(region)
        source.hand([(name, source.of[value]) for name, value in zip(names, region.results, strict=True)])
        source.put("pass")
    source.of.update(zip(node.outputs, names, strict=True))


def _map(source: Source, node: Node) -> None:
    (region,) = node.regions
    row = source.fresh("i")
    rows = [source.fresh("r") for _ in node.outputs]
    for name in rows:
        source.put(f"{name} = []")
    with source.block(f"for {row} in range({node.inputs[0].shape[0]}):", node, loop=True):
        for value, array in zip(region.parameters, node.inputs, strict=True):
            item = ".item()" if is_plain(value.type) else ""
            source.put(f"{source.define(value)} = {source.of[array]}[{row}]{item}")
        source.region(region)
        for name, value in zip(rows, region.results, strict=True):
            source.put(f"{name}.append({source.typed(value)})")
    for name, value in zip(rows, node.outputs, strict=True):
        source.put(f"{source.define(value)} = stack({name})")


_CONTROL: dict[str, Callable[[Source, Node], None]] = {"if": _if, "loop": _loop, "map": _map}


def compiled(program: Program) -> Callable[..., Any]:
    """`bind(*parameters)`, which computes what does not change and returns `run` and the slots' first values.

    ``run(steps, times, hits, inputs, states, outputs)`` takes steps, writes row k of each output, and returns the
    last states.
    """
    text, objects = written(program)
    code = compile(text, "<program>", "exec")
    exec(code, objects)
    bind: Callable[..., Any] = objects["bind"]
    return bind


def written(program: Program) -> tuple[str, dict[str, Any]]:
    """The source, and the globals that it needs."""
    with_gaps: set[Value] = set()
    while True:
        source = Source(program)
        text = _text(source, program, with_gaps)
        # Taken for dense, as the first ones are, but the step leaves another layout: written anew without that.
        wrong = {
            slot.current
            for slot in program.slots
            if slot.next is not None and slot.current not in with_gaps and not source.layout.dense(slot.next)
        }
        if not wrong:
            return text, source.objects
        with_gaps |= wrong


def _text(source: Source, program: Program, with_gaps: set[Value]) -> str:
    arguments = [source.define(value) for value in program.parameters.values()]
    for value in program.parameters.values():
        source.keep(value)
        source.layout.mark(value, dense=True)
    source.region(program.init)
    for node in program.init.nodes:
        for value in node.outputs:
            source.keep(value)
    first = [source.of[slot.initial] for slot in program.slots]
    steps = _steps(source, program, with_gaps)
    return "\n".join([f"def bind({', '.join(arguments)}):", *steps, f"    return run, [{', '.join(first)}]"])


def _steps(source: Source, program: Program, with_gaps: set[Value]) -> list[str]:
    def several(values: Sequence[Value], given: str) -> list[str]:
        names = [source.define(value) for value in values]
        return [f"        [{', '.join(names)}] = {given}"] if names else []

    source.in_step = True
    source._lines, source._depth = [], 3
    slots = [slot.current for slot in program.slots]
    inputs = list(program.inputs.values())
    for value in (*slots, *inputs):
        source.layout.mark(value, dense=value not in with_gaps)
    before = several(slots, "states")
    series = [source.fresh("u") for _ in inputs]
    outputs = [source.fresh("y") for _ in program.outputs]
    before += [f"        [{', '.join(series)}] = inputs"] if series else []
    before += [f"        [{', '.join(outputs)}] = outputs"] if outputs else []
    before.append("        for k in range(steps):")
    if program.time is not None:
        source.put(f"{source.define(program.time)} = times[k]")
    if program.hits:
        source.put(f"[{', '.join(source.define(hit) for hit in program.hits)}] = hits[k]")
    for name, value in zip(series, inputs, strict=True):
        source.put(f"{source.define(value)} = {name}[k]")
    source.region(program.step)
    for name, output in zip(outputs, program.outputs, strict=True):
        source.put(f"{name}[k] = {source.of[output.value]}")
    following = [(slot.current, slot.next) for slot in program.slots if slot.next is not None]
    source.hand([(source.of[current], source.of[after]) for current, after in following])
    source.put("pass")
    last = f"        return [{', '.join(source.of[value] for value in slots)}]"
    return [
        *source._setup,
        "    def run(steps, times, hits, inputs, states, outputs):",
        *before,
        *source._lines,
        last,
    ]
