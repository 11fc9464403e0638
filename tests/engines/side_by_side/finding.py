"""Finding where a side differs from the definition, by seed, and cutting the program down to it."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterator, Sequence

from bridge.engines import Schedule
from bridge.errors import EngineMissing, UnsupportedOperation
from bridge.program import Program
from bridge.program.duplicate import duplicate
from bridge.program.passes import finish
from bridge.program.text import text
from tests.engines.side_by_side.definition import Definition, differences
from tests.engines.side_by_side.programs import STEPS, Example, example
from tests.engines.side_by_side.sides import SIDES


def finds(seed: int, nodes: int, sides: Sequence[str], told: Counter[str]) -> Iterator[tuple[str, str]]:
    """For each side that differs or fails, its name and what happened."""
    given = example(seed, nodes)
    schedule = Schedule.of(given.program, STEPS)
    expected = Definition(given.program).run(schedule, given.parameters, given.inputs)
    program = duplicate(given.program)
    if seed % 5:
        finish(program)
    for side in sides:
        if side == "warnings" and not seed % 5:  # nobody has taken away what is not needed
            continue
        try:
            # Those slots alone that finishing has left.
            actual = SIDES[side](program, narrowed(given, program))
            found = next(differences(actual, expected, given.spans), None)
        except (EngineMissing, UnsupportedOperation):
            told[f"{side} (refused)"] += 1
        except Exception:
            yield side, "".join(traceback.format_exc(limit=-4))
        else:
            told[side] += 1
            if found:
                yield side, found


def narrowed(given: Example, program: Program) -> Example:
    """The arguments that a program still has."""
    return Example(
        program,
        {name: given.parameters[name] for name in program.parameters},
        {name: given.inputs[name] for name in program.inputs},
        given.spans,
    )


def reduced(seed: int, nodes: int, side: str) -> Iterator[str]:
    """The program with one output alone, for the first that still shows the find; its text."""
    given = example(seed, nodes)
    schedule = Schedule.of(given.program, STEPS)
    expected = Definition(given.program).run(schedule, given.parameters, given.inputs)
    best: Program | None = None
    for output in given.program.outputs:
        part = duplicate(given.program)
        part.outputs = [each for each in part.outputs if each.name == output.name]
        part = finish(part)
        try:
            actual = SIDES[side](part, narrowed(given, part))
            wrong = next(differences(actual, expected, given.spans), None) is not None
        except UnsupportedOperation:
            wrong = False
        except Exception:
            wrong = True
        if wrong and (best is None or size(part) < size(best)):
            best = part
    yield text(best) if best is not None else "no output alone shows it"


def size(program: Program) -> int:
    """How many nodes a program has."""
    return sum(1 for region in (program.init, program.step) for _ in region.walk())
