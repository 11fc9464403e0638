"""A program as files in C99 for whoever deploys it: header, code, a main that reads and writes CSV, a CMake file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.engines.base import Arrays, checked
from bridge.engines.c_names import comment, identifier
from bridge.engines.c_program import HEADERS, Field, Source, to_c
from bridge.engines.c_types import c_type, initializer, literal
from bridge.program import Program
from bridge.program.types import BOOLEAN, DOUBLE, DType

_CMAKE = """\
cmake_minimum_required(VERSION 3.10)
project({name} C)
set(CMAKE_C_STANDARD 99)
set(CMAKE_C_EXTENSIONS OFF)
add_executable({name} main.c {name}.c)
if(UNIX)
    target_link_libraries({name} m)
endif()
if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    # Products and sums are rounded one by one, as the model's other engines round them.
    target_compile_options({name} PRIVATE -ffp-contract=off)
endif()
"""

_FIELD = """\
/* What ended the last field: a comma, a line break, or EOF. */
static int delimiter = '\\n';

/* Reads a field; of one too long for a number, nothing. Returns 0 where the line or the input ends without one. */
static int read_field(char *text, size_t size)
{
    size_t length = 0;
    int c = getchar();
    for (; c != ',' && c != '\\n' && c != EOF; c = getchar()) {
        if (c != '\\r') {
            if (length < size) {
                text[length] = (char)c;
            }
            ++length;
        }
    }
    text[length < size ? length : 0] = '\\0';
    delimiter = c;
    return c == ',' || length > 0;
}
"""

_READ = """\
/* Reads a number, past empty lines; returns 0 where there are no more rows, -1 where there is something else. */
static int read_{kind}({of} *x)
{{
    const bool first = delimiter != ',';
    char text[64];
    char *end;
    int found = read_field(text, sizeof text);
    while (first && !found && delimiter == '\\n') {{
        found = read_field(text, sizeof text);
    }}
    if (!found) {{
        return first ? 0 : -1;
    }}
    errno = 0;
    *x = {convert};
    return end != text && *end == '\\0'{fits} ? 1 : -1;
}}
"""


def project(program: Program, parameters: Arrays, steps: int, name: str = "model") -> dict[str, str]:
    """Text by file name. `main` has the parameters' values, and takes `steps` steps where there are no inputs.

    `name` begins the names of two files, and of all that they give to others, so that several programs go together.
    """
    name = identifier(name)
    source = to_c(program, name)
    functions = source.functions.replace(f"static {source.init}", source.init)
    functions = functions.replace(f"static {source.step}", source.step)
    guard = f"{name.upper().rstrip('_')}_H"
    header = (
        f"{comment(f'The program {program.name}.')}\n#ifndef {guard}\n#define {guard}\n\n{HEADERS}\n{source.structs}\n"
        "/* Computes what does not change, and the first state. Returns 0, or the number of a failure. */\n"
        f"{source.init};\n\n/* One step. Returns 0, or the number of a failure. */\n{source.step};\n\n#endif\n"
    )
    failures = "".join(f"{comment(f'failure {k}: {text}')}\n" for k, text in enumerate(source.failures, 1))
    return {
        f"{name}.h": header,
        f"{name}.c": f'#include "{name}.h"\n\n{failures}\n{functions}',
        "main.c": _main(program, source, checked(program, parameters), steps, name),
        "CMakeLists.txt": _CMAKE.format(name=name),
    }


def _values(fields: Sequence[Field], arrays: Arrays) -> str:
    lines = []
    for (_, type, meaning), array in zip(fields, arrays.values(), strict=True):
        text = literal(array.item(), type.dtype) if type.size == 1 else initializer(array, type.dtype)
        lines.append(f"{comment(meaning)}\n{text}")
    return ",\n".join(lines) or "0"


@dataclass(frozen=True)
class _Kind:
    """How numbers of a data type are read and written."""

    name: str
    of: str  # the C type
    convert: str  # a call that takes it from text
    form: str  # of printf
    fits: str = ""  # what else the text has to be: a real beyond all others is infinite, an integer is refused


_REAL = _Kind("real", "double", "strtod(text, &end)", "0.17g")
_INTEGER = _Kind("integer", "long long", "strtoll(text, &end, 10)", "lld", " && errno == 0")
# The C library reads -1 as the largest of them.
_NATURAL = _Kind(
    "natural", "unsigned long long", "strtoull(text, &end, 10)", "llu", " && errno == 0 && strchr(text, '-') == NULL"
)


def _kind(dtype: DType) -> _Kind:
    if dtype.is_float:
        return _REAL
    return _INTEGER if dtype.is_integer and dtype.signed else _NATURAL


def _cast(dtype: DType, x: str) -> str:
    """A number that was read, in the data type of its field."""
    if dtype == BOOLEAN:
        return f"{x} != 0"
    return x if dtype == DOUBLE else f"({c_type(dtype)}){x}"


def _range_check(dtype: DType, x: str) -> list[str]:
    """Refuses a number beyond the field's type; one beyond 64 bits is refused already."""
    if not dtype.is_integer or dtype.bits == 64:
        return []
    low, high = dtype.limits
    test = f"{x} < {low} || {x} > {high}" if dtype.signed and dtype.bits < 32 else f"{x} > {high}u"
    if dtype.signed and dtype.bits == 32:
        test = f"{x} < INT32_MIN || {x} > INT32_MAX"
    return [f"if ({test}) {{", "    return -1;", "}"]


def _elements(fields: Sequence[Field], struct: str) -> Iterator[tuple[DType, str, list[str], str]]:
    """For every field its type, its element, the lines that open a loop over its elements, and the line behind."""
    for field, type, _ in fields:
        if type.size > 1:
            yield type.dtype, f"{struct}->{field}[k]", [f"    for (int k = 0; k < {type.size}; ++k) {{"], "    }"
        elif type.size == 1:
            yield type.dtype, f"{struct}->{field}", [], ""


def _reader(fields: Sequence[Field], name: str) -> str:
    """The function that reads a row of inputs, with those that read numbers."""
    kinds = list(dict.fromkeys(_kind(type.dtype) for _, type, _ in fields if type.size))
    functions = [_READ.format(kind=kind.name, of=kind.of, convert=kind.convert, fits=kind.fits) for kind in kinds]
    lines = []
    for number, (dtype, element, opened, closed) in enumerate(_elements(fields, "u")):
        kind = _kind(dtype).name
        call = f"read_{kind}(&{kind})"
        if number or opened:
            call = f"{'' if number else 'k == 0 || '}delimiter == ',' ? {call} : -1"
        inner = [
            f"found = {call};",
            "if (found != 1) {",
            "    return found;",
            "}",
            *_range_check(dtype, kind),
            f"{element} = {_cast(dtype, kind)};",
        ]
        indent = "        " if opened else "    "
        lines += [*opened, *(indent + line for line in inner), *([closed] if closed else [])]
    declared = [f"    {kind.of} {kind.name};" for kind in kinds]
    if not kinds:
        return ""
    head = "/* Reads a row of inputs; returns 0 where the input has ended, -1 where it is not what it should be. */"
    body = "\n".join(["    int found;", *declared, *lines, "    return delimiter == ',' ? -1 : 1;"])
    function = f"{head}\nstatic int read_inputs({name}_inputs *u)\n{{\n{body}\n}}\n"
    return "\n".join([_FIELD, *functions, function, ""])


def _writer(fields: Sequence[Field], name: str) -> str:
    """The function that writes a row of outputs."""
    lines = ['    printf("%0.17g", time);']
    for dtype, element, opened, closed in _elements(fields, "y"):
        kind = _kind(dtype)
        value = element if dtype == DOUBLE else f"({kind.of}){element}"
        indent = "        " if opened else "    "
        lines += [*opened, f'{indent}printf(",%{kind.form}", {value});', *([closed] if closed else [])]
    if len(lines) == 1:
        lines.append("    (void)y;")
    body = "\n".join([*lines, '    fputs("\\n", stdout);'])
    head = f"static void write_outputs(double time, const {name}_outputs *y)"
    return f"/* Writes a row of outputs. */\n{head}\n{{\n{body}\n}}\n"


def _columns(fields: Sequence[Field]) -> str:
    """The header's names, as a recording's table has them."""
    names = [field if type.size == 1 else f"{field}[{k}]" for field, type, _ in fields for k in range(type.size)]
    return "".join(f'    fputs(",{name}", stdout);\n' for name in names)


def _hits(program: Program) -> str:
    lines = []
    for k, rate in enumerate(program.rates):
        since = f"(tick - {rate.offset})" if rate.offset else "tick"
        begun = f"tick >= {rate.offset} && " if rate.offset else ""
        lines.append(f"        hits[{k}] = {begun}{since} % {rate.period} == 0;\n")
    return "".join(lines)


def _main(program: Program, source: Source, parameters: Arrays, steps: int, name: str) -> str:
    reader = _reader(source.inputs, name)
    skip = """\
    char header[2];
    do {
        (void)read_field(header, sizeof header);
    } while (delimiter == ',');
"""
    read = """\
        const int found = read_inputs(&u);
        if (found != 1) {
            malformed = found < 0;
            break;
        }
"""
    end = "" if reader else f" && tick < {steps}"
    fields = zip(program.outputs, source.outputs, strict=True)
    fired = " || ".join(f"y.{field}" for output, (field, _, _) in fields if output.kind == "stop")
    stopped = f"        if ({fired}) {{\n            break;\n        }}\n" if fired else ""
    period = 1.0 if program.period is None else program.period
    return f"""\
/* Runs the model: a row of inputs per step from the standard input, below a header; a row of outputs per step. */
#include "{name}.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const {name}_parameters parameters = {{
{_values(source.parameters, parameters)}
}};

{reader}{_writer(source.outputs, name)}
int main(void)
{{
    static {name}_memory memory;
    static {name}_inputs u;
    static {name}_states x;
    static {name}_outputs y;
    bool hits[{max(len(program.rates), 1)}] = {{false}};
    int malformed = 0;
    int failure = {name}_init(&parameters, &memory, &x);
    long long tick = 0;
    fputs("time", stdout);
{_columns(source.outputs)}    fputs("\\n", stdout);
{skip if reader else ""}    for (; failure == 0{end}; ++tick) {{
        const double time = {literal(program.start, DOUBLE)} + (double)tick * {literal(period, DOUBLE)};
{read if reader else ""}{_hits(program)}        failure = {name}_step(&parameters, &memory, time, hits, &u, &x, &y);
        if (failure == 0) {{
            write_outputs(time, &y);
        }}
{stopped}    }}
    if (failure != 0) {{
        fprintf(stderr, "failure %d: see {name}.c\\n", failure);
    }}
    if (malformed != 0) {{
        fprintf(stderr, "row %lld of the input is not the numbers that it should be\\n", tick + 1);
    }}
    return failure != 0 || malformed != 0;
}}
"""
