"""A whole program as C99: structs for parameters, inputs, states, outputs and memory; `init` and `step`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from bridge.engines.c_control import write
from bridge.engines.c_names import Fields, comment
from bridge.engines.c_products import rearrange
from bridge.engines.c_types import c_type
from bridge.engines.c_writer import Unit, Writer
from bridge.program import Program, Region, Type, Value

Field = tuple[str, Type, str]  # its name, its type, what it is


@dataclass(frozen=True)
class Source:
    """C text in pieces. `failures[k - 1]` says what it means that `init` or `step` returned k.

    Of the parameters, those in `lent` are addresses of arrays that the caller keeps, the others copies.
    """

    structs: str
    functions: str
    init: str  # the heads of the two functions, without static and without a body
    step: str
    parameters: tuple[Field, ...]
    inputs: tuple[Field, ...]
    states: tuple[Field, ...]
    outputs: tuple[Field, ...]
    failures: tuple[str, ...]
    lent: frozenset[str] = frozenset()


# A larger parameter, as a signal of many samples is, is not copied where the caller keeps it.
_LENT_BYTES = 1 << 16

HEADERS = "#include <math.h>\n#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n"


def _uses(program: Program) -> Counter[Value]:
    uses: Counter[Value] = Counter()

    def count(region: Region) -> None:
        for node in region.nodes:
            uses.update(node.inputs)
            for nested in node.regions:
                count(nested)
        uses.update(region.results)

    count(program.init)
    count(program.step)
    uses.update(output.value for output in program.outputs)
    uses.update(value for slot in program.slots for value in (slot.next, slot.initial) if value is not None)
    return uses


def _fields(items: Iterable[tuple[str, Value]], taken: Iterable[str] = ()) -> tuple[Field, ...]:
    fields = Fields(taken)
    return tuple((fields(name), value.type, name) for name, value in items)


def struct(name: str, fields: Sequence[Field], aligned: Container[str] = (), lent: Container[str] = ()) -> str:
    """A struct with a comment for each field; an empty one, which C99 lacks, has a field that nobody uses."""
    lines = []
    for field, type, meaning in fields:
        of, size = c_type(type.dtype, meaning), "" if type.size == 1 else f"[{max(type.size, 1)}]"
        place = " __attribute__((aligned(64)))" if field in aligned else ""
        declared = f"const {of} *{field}" if field in lent else f"{of} {field}{size}{place}"
        lines.append(f"    {declared}; {comment(f'{meaning}: {type}')}")
    body = "\n".join(lines) or "    char unused;"
    return f"typedef struct {{\n{body}\n}} {name};\n"


def _function(head: str, w: Writer, unused: Sequence[str]) -> str:
    body = [f"    (void){name};" for name in unused] + w.lines
    return "\n".join([head, "{", *body, "    return 0;", "}"]) + "\n"


def to_c(program: Program, prefix: str = "model", *, gnu: bool = False, lending: bool = False) -> Source:
    """Write a program as C; `UnsupportedOperation` names the block that C99 and its library cannot express.

    With `gnu` it may use what only gcc and clang have; both forms give the same bits. With `lending` large parameters
    stay where the caller has them.
    """
    defined = {value for node in program.init.nodes for value in node.outputs}
    constants = {node.outputs[0] for node in program.init.nodes if node.op == "constant"}
    kept = frozenset(value for value in program.step.free() if value in defined and value not in constants)
    unit = Unit(_uses(program), kept, gnu=gnu)
    parameters = _fields(program.parameters.items())
    inputs = _fields(program.inputs.items())
    states = _fields((slot.path, slot.current) for slot in program.slots)
    # A column of times stands before those of the outputs.
    outputs = _fields(((output.name, output.value) for output in program.outputs), taken=["time"])
    large = (name for name, type, _ in parameters if type.size * type.dtype.numpy.itemsize > _LENT_BYTES)
    lent = frozenset(large if lending else ())

    def place(struct: str, values: Iterable[Value], fields: Sequence[Field]) -> None:
        unit.places.update((value, f"{struct}->{field[0]}") for value, field in zip(values, fields, strict=True))

    place("p", program.parameters.values(), parameters)
    init = Writer(unit)
    write(init, program.init)
    for slot, (field, _, _) in zip(program.slots, states, strict=True):
        init.copy(f"x->{field}", slot.initial)

    step = Writer(unit)
    unit.is_step = True
    unit.outer = frozenset((*program.parameters.values(), *kept, *constants))
    place("u", program.inputs.values(), inputs)
    place("x", (slot.current for slot in program.slots), states)
    if program.time is not None:
        of = c_type(program.time.dtype)
        unit.places[program.time] = "time" if of == "double" else f"({of})time"
    unit.places.update((hit, f"hits[{k}]") for k, hit in enumerate(program.hits))
    write(step, program.step)
    for output, (field, _, name) in zip(program.outputs, outputs, strict=True):
        step.put(comment(f"output {name}"))
        step.copy(f"y->{field}", output.value)
    if program.slots:
        step.put("/* the next state */")
    following = [slot.current if slot.next is None else slot.next for slot in program.slots]
    step.hand_over([(f"x->{field}", value) for (field, _, _), value in zip(states, following, strict=True)])
    if unit.turn:
        step.put(f"{unit.turn} = !{unit.turn};")
    rearrange(init)
    for zeroed in unit.zeroed:
        init.put(f"{zeroed} = 0;")

    memory: list[Field] = [(name, type, "computed once, or too large for the stack") for name, type in unit.memory]
    structs = "\n".join(
        struct(f"{prefix}_{name}", fields, unit.aligned if gnu else (), lent if name == "parameters" else ())
        for name, fields in (
            ("parameters", parameters),
            ("inputs", inputs),
            ("states", states),
            ("outputs", outputs),
            ("memory", memory),
        )
    )
    head = f"const {prefix}_parameters *restrict p, {prefix}_memory *restrict m"
    init_head = f"int {prefix}_init({head}, {prefix}_states *restrict x)"
    step_head = (
        f"int {prefix}_step({head},\n    double time, const bool *restrict hits, const {prefix}_inputs *restrict u,\n"
        f"    {prefix}_states *restrict x, {prefix}_outputs *restrict y)"
    )
    functions = [
        "/* Computes what does not change, and the first state. */\n"
        "static " + _function(init_head, init, ("p", "m", "x")),
        "/* One step: outputs from inputs and state, then the next state. */\n"
        "static " + _function(step_head, step, ("p", "m", "time", "hits", "u", "x", "y")),
    ]
    words = set(re.findall(r"\w+", "".join(functions)))
    # Compilers notice a table that nobody reads, as one without elements may be.
    tables = [table for name, table in unit.tables.items() if name in words]
    texts = (structs, "\n\n".join([*tables, *unit.helpers.values(), *functions]), init_head, step_head)
    return Source(*texts, parameters, inputs, states, outputs, tuple(unit.failures), lent)


def _transfer(
    struct: str, array: str, fields: Sequence[Field], row: str, *, out: bool, lent: Container[str] = ()
) -> str:
    """Copies between the rows of the caller's arrays and the fields of a struct."""
    lines = []
    for k, (field, type, _) in enumerate(fields):
        if not type.size:
            continue
        if field in lent:
            lines.append(f"{struct}.{field} = {array}[{k}];")
            continue
        of = "char" if out else "const char"
        address = "" if type.size > 1 else "&"
        ours = f"{address}{struct}.{field}"
        size = f"sizeof {struct}.{field}"
        theirs = f"({of} *){array}[{k}]" + (f" + (size_t){row} * {size}" if row else "")
        lines.append(f"memcpy({theirs}, {ours}, {size});" if out else f"memcpy({ours}, {theirs}, {size});")
    return "".join(f"    {line}\n" for line in lines)


def instance(more: str = "") -> str:
    """The struct of what a running model needs, with `more` fields, and a function that tells its size."""
    return f"""typedef struct {{
    model_parameters p;
    model_memory m;
    model_inputs u;
    model_states x;
    model_outputs y;
{more}}} instance;

size_t bridge_size(void)
{{
    return sizeof(instance);
}}
"""


def library(source: Source, rates: int) -> str:
    """The file that becomes a shared library: the program, and entries that take arrays of addresses.

    What `bridge_start` is lent stays readable as long as `bridge_run` is called.
    """
    u = _transfer("i->u", "inputs", source.inputs, "k", out=False).replace("    ", "        ")
    y = _transfer("i->y", "outputs", source.outputs, "k", out=True).replace("    ", "        ")
    return f"""{HEADERS}
{source.structs}
{source.functions}
{instance()}
int bridge_start(instance *i, const void *const *parameters, void *const *states)
{{
    (void)parameters;
    (void)states;
{_transfer("i->p", "parameters", source.parameters, "", out=False, lent=source.lent)}\
    const int failure = model_init(&i->p, &i->m, &i->x);
{_transfer("i->x", "states", source.states, "", out=True)}\
    return failure;
}}

int bridge_run(instance *i, int64_t steps, const double *times, const bool *hits, const void *const *inputs,
    void *const *outputs, void *const *states)
{{
    int failure = 0;
    (void)inputs;
    (void)outputs;
    (void)states;
{_transfer("i->x", "states", source.states, "", out=False)}\
    for (int64_t k = 0; k < steps && failure == 0; ++k) {{
{u}        failure = model_step(&i->p, &i->m, times[k], hits + k * {rates}, &i->u, &i->x, &i->y);
{y}    }}
{_transfer("i->x", "states", source.states, "", out=True)}\
    return failure;
}}
"""
