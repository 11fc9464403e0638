"""The sides: every way in which a program can be run, each a function that gives outputs and last states by name."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridge.engines import Runner, Schedule, engine, engine_names
from bridge.engines.c_cache import compiler
from bridge.engines.c_executable import Executable
from bridge.engines.c_program import library, to_c
from bridge.engines.compiled_batch import CompiledBlock, address, built_batch, wide_of
from bridge.program import Program, Value
from bridge.program.batch import batched
from tests.engines.side_by_side.definition import Definition, differences
from tests.engines.side_by_side.files import file_of_a_step, whole_file
from tests.engines.side_by_side.programs import STEPS, Arrays, Example
from tests.engines.side_by_side.slopes import slopes


def _whole(runner: Runner, program: Program, given: Example) -> Arrays:
    run = runner.run(Schedule.of(program, STEPS), given.parameters, given.inputs)
    return {**run.outputs, **run.state}


def on(name: str) -> Callable[[Program, Example], Arrays]:
    """A whole run of an engine."""
    return lambda program, given: _whole(engine(name).load(program), program, given)


def generated_c(program: Program, given: Example) -> Arrays:
    """Readable C, compiled into a program of its own."""
    return _whole(Executable().load(program), program, given)


def step_by_step(name: str) -> Callable[[Program, Example], Arrays]:
    """An engine by hand, between runs with other numbers, with arrays that lie anyhow and are not kept.

    Halfway the runner starts again, from the state that it has reached.
    """

    def run(program: Program, given: Example) -> Arrays:
        runner, schedule = engine(name).load(program), Schedule.of(program, STEPS)
        others = {key: np.zeros_like(array) for key, array in given.parameters.items()}
        runner.run(schedule, others, given.inputs)
        state: dict[str, Any] | None = None
        rows: dict[str, list[np.ndarray]] = {output.name: [] for output in program.outputs}
        for k, now in enumerate(schedule.times):
            if k % 2 == 0:
                parameters = {key: np.array(array, order="F") for key, array in given.parameters.items()}
                state = runner.start(parameters, state)
                for array in parameters.values():  # the caller's, who may use them for something else
                    array[...] = 1
            elif k == 3:
                runner.run(schedule, others, given.inputs)
            inputs = {key: np.array(array[k]) for key, array in given.inputs.items()}
            assert state is not None
            outputs, state = runner.step(now, schedule.hits[k], inputs, state)
            for array in inputs.values():
                array[...] = 0
            for key, array in outputs.items():
                rows[key].append(array)
        return {key: np.array(each) for key, each in rows.items()} | (state or {})

    return run


def half_by_half(name: str) -> Callable[[Program, Example], Arrays]:
    """Two runs, the second from where the first has ended; and one without steps."""

    def run(program: Program, given: Example) -> Arrays:
        runner, half = engine(name).load(program), STEPS // 2
        first, second = Schedule.of(program, half), Schedule.of(program, STEPS - half, half)
        none = runner.run(Schedule.of(program, 0), given.parameters, {key: x[:0] for key, x in given.inputs.items()})
        before = runner.run(first, given.parameters, {key: x[:half] for key, x in given.inputs.items()}, none.state)
        rest = {key: x[half:] for key, x in given.inputs.items()}
        after = runner.run(second, given.parameters, rest, before.state)
        parts = (none.outputs, before.outputs, after.outputs)
        return {key: np.concatenate([part[key] for part in parts]) for key in none.outputs} | after.state

    return run


def without_warnings(program: Program, given: Example) -> Arrays:
    """Both forms of C under a strict compiler; no numbers."""
    strict = ["-std=c99", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror", "-c", "-o", os.devnull]
    for gnu in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "model.c")
            source.write_text(library(to_c(program, gnu=gnu), len(program.rates)), encoding="ascii")
            command = [*compiler(), *strict, str(source)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(done.stderr)
    return {}


def _lanes(program: Program, given: Example) -> tuple[Program, list[Example], Example]:
    """Three runs, half of whose arguments differ, as one program with its arguments."""
    names = [*given.parameters, *given.inputs]
    different = {name for k, name in enumerate(names) if k % 2 == len(names) % 2 and not name.startswith("points")}
    runs = [given]
    for lane in (1, 2):
        parts = [
            {n: np.roll(x, lane).reshape(x.shape) if n in different else x for n, x in part.items()}
            for part in (given.parameters, given.inputs)
        ]
        runs.append(Example(program, *parts, given.spans))
    wide = batched(program, 3, *([n for n in part if n in different] for part in (given.parameters, given.inputs)))
    stacked = [
        {n: np.stack([part[n] for part in parts], -1) if n in different else parts[0][n] for n in parts[0]}
        for parts in ([run.parameters for run in runs], [run.inputs for run in runs])
    ]
    return wide, runs, Example(wide, *stacked, given.spans)


def lanes(name: str) -> Callable[[Program, Example], Arrays]:
    """Runs side by side on an engine, each against itself alone; the numbers are those of the first."""

    def run(program: Program, given: Example) -> Arrays:
        wide, runs, stacked = _lanes(program, given)
        found = on(name)(wide, stacked)

        def of(lane: int, key: str, shape: tuple[int, ...]) -> np.ndarray:
            return found[key] if found[key].shape == shape else found[key][..., lane]

        return _apart(program, runs, of)

    return run


def _apart(program: Program, runs: Sequence[Example], of: Callable[[int, str, tuple[int, ...]], np.ndarray]) -> Arrays:
    first: Arrays = {}
    for lane, each in enumerate(runs):
        expected = Definition(program).run(Schedule.of(program, STEPS), each.parameters, each.inputs)
        own = {key: of(lane, key, array.shape) for key, array in expected.items()}
        for find in differences(own, expected, each.spans):
            raise AssertionError(f"lane {lane}: {find}")
        first = first or own
    return first


def block_of_lanes(program: Program, given: Example) -> Arrays:
    """The library of a batch, which reads and writes one array per lane."""
    wide, runs, _ = _lanes(program, given)
    having = wide_of(program, wide, 3)
    block = CompiledBlock(built_batch(wide, having))
    schedule = Schedule.of(program, STEPS)

    def arrays(values: Mapping[str, Value], own: frozenset[int], steps: int) -> list[tuple[str, list[np.ndarray]]]:
        leading = (steps,) if steps else ()
        return [
            (name, [np.full((*leading, *v.shape), 7).astype(v.dtype.numpy) for _ in range(3 if k in own else 1)])
            for k, (name, v) in enumerate(values.items())
        ]

    def given_arrays(parts: Sequence[Arrays], own: frozenset[int]) -> np.ndarray:
        kept = [
            np.ascontiguousarray(part[name])
            for k, name in enumerate(parts[0])
            for part in (parts if k in own else parts[:1])
        ]
        alive.extend(kept)
        return np.array([address(array) for array in kept], np.uintp)

    alive: list[np.ndarray] = []
    outputs = arrays({output.name: output.value for output in program.outputs}, having.outputs, STEPS)
    states = arrays({slot.path: slot.current for slot in program.slots}, having.states, 0)
    block.run(
        schedule,
        given_arrays([run.parameters for run in runs], having.parameters),
        given_arrays([run.inputs for run in runs], having.inputs),
        *(np.array([address(array) for _, each in part for array in each], np.uintp) for part in (outputs, states)),
    )
    found = dict([*outputs, *states])
    return _apart(program, runs, lambda lane, key, _: found[key][min(lane, len(found[key]) - 1)])


SIDES: dict[str, Callable[[Program, Example], Arrays]] = {
    **{name: on(name) for name in ("numpy", "compiled", "torch", "onnx")},
    "generated": generated_c,
    **{f"{name} steps": step_by_step(name) for name in engine_names()},
    **{f"{name} halves": half_by_half(name) for name in engine_names()},
    "warnings": without_warnings,
    "lanes": lanes("numpy"),
    "block": block_of_lanes,
    "onnx file": whole_file,
    "onnx step file": file_of_a_step,
    "slopes": slopes,
}
