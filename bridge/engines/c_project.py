"""A program as files in C99 for whoever deploys it: header, code, a main that reads and writes CSV, a CMake file."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.engines.base import Arrays, checked
from bridge.engines.c_names import comment
from bridge.engines.c_program import HEADERS, Field, Source, to_c
from bridge.engines.c_types import initializer, literal
from bridge.program import Program
from bridge.program.types import BOOLEAN, DType

_CMAKE = """\
cmake_minimum_required(VERSION 3.10)
project(model C)
set(CMAKE_C_STANDARD 99)
set(CMAKE_C_EXTENSIONS OFF)
add_executable(model main.c model.c)
if(UNIX)
    target_link_libraries(model m)
endif()
if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    # Products and sums are rounded one by one, as the model's other engines round them.
    target_compile_options(model PRIVATE -ffp-contract=off)
endif()
"""

_READ = """\
/* Reads one number and the comma behind it. */
static int read_{kind}({of} *x)
{{
    const int found = scanf("%{format}", x) == 1;
    const int next = getchar();
    if (next != ',' && next != EOF) {{
        (void)ungetc(next, stdin);
    }}
    return found;
}}
"""


def project(program: Program, parameters: Arrays, steps: int) -> dict[str, str]:
    """Text by file name. `main` has the parameters' values, and takes `steps` steps where there are no inputs."""
    source = to_c(program)
    functions = source.functions.replace(f"static {source.init}", source.init)
    functions = functions.replace(f"static {source.step}", source.step)
    header = (
        f"{comment(f'The program {program.name}.')}\n#ifndef MODEL_H\n#define MODEL_H\n\n{HEADERS}\n{source.structs}\n"
        "/* Computes what does not change, and the first state. Returns 0, or the number of a failure. */\n"
        f"{source.init};\n\n/* One step. Returns 0, or the number of a failure. */\n{source.step};\n\n#endif\n"
    )
    failures = "".join(f"{comment(f'failure {k}: {text}')}\n" for k, text in enumerate(source.failures, 1))
    return {
        "model.h": header,
        "model.c": f'#include "model.h"\n\n{failures}\n{functions}',
        "main.c": _main(program, source, checked(program, parameters), steps),
        "CMakeLists.txt": _CMAKE,
    }


def _values(fields: Sequence[Field], arrays: Arrays) -> str:
    lines = []
    for (_, type, meaning), array in zip(fields, arrays.values(), strict=True):
        text = literal(array.item(), type.dtype) if type.size == 1 else initializer(array, type.dtype)
        lines.append(f"{comment(meaning)}\n{text}")
    return ",\n".join(lines) or "0"


def _kind(dtype: DType) -> tuple[str, str, str]:
    """How numbers of a data type are read: a name, the C type, the format."""
    if dtype.is_float:
        return "real", "double", "lf"
    return ("integer", "long long", "lld") if dtype.signed else ("natural", "unsigned long long", "llu")


def _each(fields: Sequence[Field], struct: str, body: str) -> str:
    """`body` for every element of every field; {x} is the element."""
    text = ""
    for field, type, _ in fields:
        kind, of, form = _kind(type.dtype)
        form = "0.17g" if type.dtype.is_float else form
        cast = "" if type.dtype == BOOLEAN else f"({type.dtype.numpy.name}_t)"
        cast = {"float64": "", "float32": "(float)"}.get(type.dtype.numpy.name, cast)
        x = f"{struct}.{field}" + ("" if type.size == 1 else "[k]")
        inner = body.format(x=x, kind=kind, of=of, form=form, cast=cast, test=" != 0" if type.dtype == BOOLEAN else "")
        if type.size > 1:
            inner = f"for (int k = 0; k < {type.size}; ++k) {{\n            {inner}\n        }}"
        text += f"        {inner}\n" if type.size else ""
    return text


def _columns(fields: Sequence[Field]) -> str:
    names = [
        field if type.size == 1 else f"{field}_{k + 1}" for field, type, _ in fields for k in range(max(type.size, 1))
    ]
    return "".join(f'    fputs(",{name}", stdout);\n' for name in names)


def _main(program: Program, source: Source, parameters: Arrays, steps: int) -> str:
    kinds = {_kind(type.dtype): None for _, type, _ in source.inputs}
    readers = "\n".join(_READ.format(kind=kind, of=of, format=form) for kind, of, form in kinds)
    read = _each(source.inputs, "u", "{{ {of} x; if (!read_{kind}(&x)) {{ return 0; }} {x} = {cast}(x{test}); }}")
    write = _each(source.outputs, "y", 'printf(",%{form}", ({of}){x});')
    skip = "    for (int c = getchar(); c != '\\n' && c != EOF; c = getchar()) {\n    }\n" if source.inputs else ""
    end = "" if source.inputs else f" tick < {steps};"
    hits = "".join(
        f"        hits[{k}] = tick >= {rate.offset} && (tick - {rate.offset}) % {rate.period} == 0;\n"
        for k, rate in enumerate(program.rates)
    )
    period = 1.0 if program.period is None else program.period
    return f"""\
/* Runs the model: a row of inputs per step from the standard input, below a header; a row of outputs per step. */
#include "model.h"

#include <stdio.h>

static const model_parameters parameters = {{
{_values(source.parameters, parameters)}
}};

{readers}
int main(void)
{{
    static model_memory memory;
    static model_inputs u;
    static model_states x;
    static model_outputs y;
    bool hits[{max(len(program.rates), 1)}] = {{false}};
    int failure = model_init(&parameters, &memory, &x);
    fputs("time", stdout);
{_columns(source.outputs)}    fputs("\\n", stdout);
{skip}    for (long long tick = 0; failure == 0{" &&" + end if end else ";"} ++tick) {{
        const double time = {literal(program.start, _DOUBLE)} + (double)tick * {literal(period, _DOUBLE)};
{read}{hits}        failure = model_step(&parameters, &memory, time, hits, &u, &x, &y);
        if (failure != 0) {{
            break;
        }}
        printf("%0.17g", time);
{write}        fputs("\\n", stdout);
    }}
    if (failure != 0) {{
        fprintf(stderr, "failure %d: see model.c\\n", failure);
    }}
    return failure != 0;
}}
"""


_DOUBLE = DType("float", 64)
