"""Model and workspace into a program, pass after pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from bridge.diagram import buses
from bridge.diagram.blocks.control_ports import HeldOutport
from bridge.diagram.flatten import Flattener
from bridge.diagram.graph import Group, Unit, Wire, exit_of
from bridge.diagram.inference import infer_types
from bridge.diagram.lower import Lowering
from bridge.diagram.masks import mask_scope
from bridge.diagram.merges import connect_merges, order_merges
from bridge.diagram.missing import missing_variables
from bridge.diagram.order import sort
from bridge.diagram.rates import Timing, find_rates
from bridge.diagram.scope import Scope
from bridge.diagram.settings import Settings, read_settings
from bridge.errors import ModelError, SimulationLimit, UndefinedName, UnknownInput, UsageError
from bridge.limits import current
from bridge.model import Block, Endpoint, Model, System
from bridge.program import Output, Program
from bridge.program.form import Value
from bridge.program.passes import finish
from bridge.program.trace import tracing
from bridge.program.types import DOUBLE, Type
from bridge.suggestions import meant, misspelt, offered

# What only says where a block lies and what it looks like.
_LOOKS = frozenset({"Position", "ZOrder", "BackgroundColor", "ForegroundColor", "ShowName", "NameLocation", "FontSize"})


@dataclass(frozen=True)
class Diagram:
    """A program with what is needed to run it.

    `parameters` are the workspace values by name; those in `structural` also shaped the program, so that others need
    another program. `steps` is the number of base steps from start to stop. `root` is the sorted graph that the program
    was made of, `sinks` the path of the block that records each output. `solver` tells how continuous states are
    integrated; it is empty where there are none.
    """

    program: Program
    parameters: Mapping[str, NDArray[Any]]
    structural: frozenset[str]
    settings: Settings
    steps: int
    root: Group
    sinks: Mapping[str, str]
    solver: str = ""


def build(
    model: Model,
    workspace: Mapping[str, Any],
    *,
    model_workspace: Mapping[str, Any] | None = None,
    subsystem: str | None = None,
    overrides: Mapping[str, object] | None = None,
    log: Sequence[str] = (),
    step: float | None = None,
    stop_time: float | None = None,
    input_types: Mapping[str, Type] | None = None,
    solver: str | None = None,
) -> Diagram:
    """Turn a diagram, or one `subsystem` of it, into a program.

    `overrides` replace block parameters by ``Subsystem/Block/Parameter``; `log` names blocks (first output),
    ``Block:2`` or labelled lines whose signals become outputs, or ``*`` for every output of every block that computes,
    named ``model/Subsystem/Block:1``; `step` is the base period in seconds; `input_types` are
    those of the data for the root Inports; `solver` is a fixed-step solver in place of the model's. Raises a
    `ModelError` or `MatlabError` that names block and cause; `MissingVariables` names every variable that is in neither
    workspace.
    """
    by_block = _by_block(model, overrides or {})
    around = _around(model, subsystem)
    try:
        return _built(
            model, workspace, model_workspace or {}, by_block, around, log, step, stop_time, input_types, solver
        )
    except UndefinedName as error:
        chosen = [name for name, given in (("StopTime", stop_time), ("FixedStep", step)) if given is not None]
        raise missing_variables(model, error, workspace, model_workspace or {}, by_block, around, chosen) from None


def _built(
    model: Model,
    workspace: Mapping[str, Any],
    model_workspace: Mapping[str, Any],
    by_block: Mapping[str, Mapping[str, object]],
    around: Mapping[str, Block],
    log: Sequence[str],
    step: float | None,
    stop_time: float | None,
    input_types: Mapping[str, Type] | None,
    solver: str | None,
) -> Diagram:
    program = Program(model.name)
    scope = Scope(program, workspace)
    if model_workspace:
        scope = Scope(program, model_workspace, scope)
    system, scope, path = _start(model, scope, around, by_block)
    flattener = Flattener(model, by_block)
    root = flattener.run(system, scope, path)
    _attach_inports(program, root, input_types or {})
    settings = read_settings(model, scope, step, stop_time, solver)
    _check_overrides(model, by_block, flattener, around)
    if not model.format:
        _check_spelling(flattener)
    _attach_clock(program, root)
    timing = find_rates(root, settings.fixed_step, settings.fallback_step)
    program.period, program.start, program.rates = timing.period, settings.start, timing.rates
    connect_merges(root)
    infer_types(root)
    sort(root)
    classic = (model.setting("UnderspecifiedInitializationDetection") or "Classic").lower() == "classic"
    order_merges(root, classic=classic)
    sinks = _lower(program, root, timing, list(_taps(flattener, root, log)))
    solved = _solve(program, settings, model.name)
    _check_size(program, root)
    finish(program)
    operations = scope.operations
    needed = {value for node in program.init.walk() for value in node.inputs} | program.step.free().keys()
    needed |= {slot.initial for slot in program.slots}
    program.parameters = {name: value for name, value in program.parameters.items() if value in needed}
    program.seal()
    return Diagram(
        program,
        {name: operations.values[name] for name in program.parameters},
        frozenset(operations.structural),
        settings,
        settings.steps(timing.period),
        root,
        sinks,
        solved,
    )


def _solve(program: Program, settings: Settings, name: str) -> str:
    """Let a fixed-step solver integrate the continuous states; tells how, and nothing where there are none."""
    path = next((slot.path for slot in program.slots if slot.kind == "continuous"), None)
    if path is None or program.period is None:
        return ""
    from bridge.diagram.solving import choose, told
    from bridge.program.integration import integrate

    solver = choose(name, path, settings)
    integrate(program, solver)
    return told(settings, solver, program.period)


def _check_size(program: Program, root: Group) -> None:
    """Refuse a program whose arrays together need more memory than the limits allow."""
    sizes: dict[str, int] = {}
    for node in (*program.init.walk(), *program.step.walk()):
        here = sum(value.type.size * value.type.dtype.numpy.itemsize for value in node.outputs)
        sizes[node.origin] = sizes.get(node.origin, 0) + here
    total, most = sum(sizes.values()), current().run_bytes
    if total > most:
        largest = max(sizes, key=lambda path: sizes[path])
        cause = f"needs {sizes[largest]:,} of the {total:,} bytes of all signals and states"
        raise SimulationLimit(largest or root.path, f"{cause}; the limit is {most:,} (run_bytes in bridge.allow)")


def _around(model: Model, subsystem: str | None) -> dict[str, Block]:
    """The subsystem that is run alone and those around it, by path, from the outside in."""
    if subsystem is None:
        return {}
    path = subsystem.removeprefix(f"{model.name}/")
    block: Block | None = model.find(path)
    if block is not None and block.subsystem is None:
        raise ModelError(f"{model.name}/{path}", f"is a {block.kind} block, not a subsystem")
    chain: list[Block] = []
    while block is not None:
        chain.append(block)
        owner = block.parent.owner if block.parent is not None else None
        block = owner if isinstance(owner, Block) else None
    return {f"{model.name}/{each.path}": each for each in reversed(chain)}


def _start(
    model: Model, scope: Scope, around: Mapping[str, Block], overrides: Mapping[str, Mapping[str, object]]
) -> tuple[System, Scope, str]:
    """The system to run, and the scope that holds inside it."""
    system, path = model.root, model.name
    for path, block in around.items():
        assert block.subsystem is not None
        system, scope = block.subsystem, mask_scope(block, scope, path, overrides.get(path, {}))
    return system, scope, path


def _by_block(model: Model, overrides: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """``{"PID/P/Gain": 2}`` as ``{"model/PID/P": {"Gain": 2}}``."""
    result: dict[str, dict[str, object]] = {}
    for key, value in overrides.items():
        block, _, parameter = key.removeprefix(f"{model.name}/").rpartition("/")
        if not block:
            raise UsageError(f"{key!r} is no parameter: write Subsystem/Block/Parameter")
        if value is None:
            raise UsageError(f"parameter {key!r} cannot be set to None")
        result.setdefault(f"{model.name}/{block}", {})[parameter] = value
    return result


def _check_overrides(
    model: Model,
    overrides: Mapping[str, Mapping[str, object]],
    flattener: Flattener,
    around: Mapping[str, Block],
) -> None:
    """Raise `UsageError` for a block or parameter that there is not. `around` are the subsystems that are run alone."""
    for path, given in overrides.items():
        if path in flattener.blocks:
            block = flattener.blocks[path][1]
        elif path in around:
            block = around[path]
        else:
            there = [each.removeprefix(f"{model.name}/") for each in (*flattener.blocks, *around)]
            near = meant(path.removeprefix(f"{model.name}/"), there)
            raise UsageError(f"there is no block {path!r} to set {', '.join(given)} of{near}")
        masked = {parameter.name for parameter in block.mask.parameters} if block.mask else set()
        known = masked | set(block.parameters) | set(block.instance_data) | set(model.defaults.get(block.kind, {}))
        unit = next((member for member in flattener.units if member.path == path), None)
        if unit is not None:
            known |= set(unit.block.declared())
        if any(leave.path == path for _, _, leave in flattener.exits):
            known |= set(HeldOutport.declared())
        for name in given:
            if name not in known:
                has = offered(name, sorted(known - _LOOKS), "it has")
                raise UsageError(f"block {path!r} has no parameter {name!r}{has}")


def _check_spelling(flattener: Flattener) -> None:
    """Refuse a parameter that is none of its block's, but nearly one of those that the block was not given.

    For a diagram that was made here, where Simulink has not looked: the default would be taken in silence.
    """
    for unit in flattener.units:
        if unit.path not in flattener.blocks:  # a part of a block, such as a state port
            continue
        given = flattener.blocks[unit.path][1].parameters
        free = [name for name in unit.block.declared() if name not in given]
        for name in given:
            right = None if name in unit.block.declared() else misspelt(name, free)
            if right is not None:
                raise UsageError(f"block {unit.path!r} has no parameter {name!r}; did you mean {right!r}?")


def _attach_inports(program: Program, root: Group, types: Mapping[str, Type]) -> None:
    """Let every root Inport take its value from the program's input of its name; `UnknownInput` where there is none."""
    names = []
    for unit in root.units():
        if unit.block.kind != "Inport":
            continue
        name = unit.site.source.name.replace("\n", " ")
        names.append(name)
        unit.site.external = types.get(name)

        def feed(type: Type, name: str = name) -> Value:
            if name not in program.inputs or program.inputs[name].type != type:
                program.inputs[name] = Value(type, name)
            return program.inputs[name]

        unit.site.feeder = feed
    unknown = [name for name in types if name not in names]
    if unknown:
        there = offered(unknown[0], names)
        raise UnknownInput(names, f"there is no root Inport {unknown[0]!r} in {program.name}{there}")


def _attach_clock(program: Program, root: Group) -> None:
    """Give every block the time, which becomes an argument of the step where one asks for it."""

    def clock() -> Value:
        if program.time is None:
            program.time = Value(Type((), DOUBLE), "time")
        return program.time

    for unit in root.units():
        unit.site.clock = clock


# Kinds that are dissolved, and yet stand for a signal.
_SHOWN = frozenset({"From", "Inport", "Goto", "Outport", *buses.KINDS})


def _taps(flattener: Flattener, root: Group, log: Sequence[str]) -> Iterator[tuple[str, Wire]]:
    """The wires that the caller wants recorded, by the name that he gave."""
    for name in log:
        if name == "*":
            yield from (
                (f"{unit.path}:{port + 1}", Wire(unit, port)) for unit in root.units() for port in range(unit.outputs)
            )
        else:
            yield name, _tap(flattener, root, name)


def _tap(flattener: Flattener, root: Group, name: str) -> Wire:
    text, _, port = name.rpartition(":") if name.rpartition(":")[2].isdecimal() else (name, "", "1")
    for path in (text, f"{root.path}/{text}"):
        if path in flattener.blocks:
            frame, block = flattener.blocks[path]
            member = frame.members.get(block.name)
            if member is not None:
                if not 1 <= int(port) <= len(member.types):
                    raise UsageError(f"{path!r} has no output {port}; it has {len(member.types)}")
                return Wire(member, int(port) - 1)
            if block.name in frame.frames or block.kind in _SHOWN:
                found = flattener.output_of(frame, block, int(port))
                if found is not None:
                    return found
    for frame in flattener.frames:
        for line in frame.system.lines:
            if line.name and line.name == text and line.destinations:
                found = flattener.source(frame, line.destinations[0])
                if found is not None:
                    return found
    labels = [line.name for frame in flattener.frames for line in frame.system.lines if line.name]
    inside = [path.removeprefix(f"{root.path}/") for path in flattener.blocks]
    near = meant(text, [*labels, *inside, *flattener.blocks])
    if labels and not near:
        near = offered(text, labels, "its labelled lines are")
    raise UsageError(f"there is no block or labelled line {name!r} to log in {root.path}{near}")


def _lower(program: Program, root: Group, timing: Timing, taps: Sequence[tuple[str, Wire]]) -> dict[str, str]:
    """Lower the graph with its recorded outputs; returns the path of the block that records each."""
    exposed = [(name, _expose(wire, root)) for name, wire in taps]
    sinks = [unit for unit in root.units() if unit.block.records]
    inputs = {
        unit: [None if wire is None else _expose(wire, root, unit.group) for wire in unit.inputs] for unit in sinks
    }
    recorders: dict[str, str] = {}
    lowering = Lowering(program, timing)
    lowering.declare(root)
    with tracing(program.step):
        lowering.run(root)
        for unit in sinks:
            for output in unit.block.record(*(lowering.value(wire) for wire in inputs[unit])):
                rate = timing.of[unit]
                _add(program, Output(output.name, output.value, output.kind, rate, output.options), unit.path)
                recorders[output.name] = unit.path
        for name, wire in exposed:
            rate = timing.of[wire.source] if isinstance(wire.source, Unit) else None
            _add(program, Output(name, lowering.value(wire), "line", rate), name)
    for rate in range(len(timing.rates)):
        program.hits.append(lowering.hit(rate))
    return recorders


def _add(program: Program, output: Output, path: str) -> None:
    if any(output.name == other.name for other in program.outputs):
        raise ModelError(path, f"its signal {output.name!r} is recorded by another block under the same name")
    program.outputs.append(output)


def _expose(wire: Wire, root: Group, holder: Group | None = None) -> Wire:
    """The same signal where the whole diagram can see it: held while the groups around it pause.

    `holder` is the group in which a sink reads it; by default the one in which it is made.
    """
    if holder is None:
        holder = wire.source.parent if isinstance(wire.source, Group) else wire.source.group
    while holder is not None and holder is not root:
        wire = exit_of(holder, wire)
        holder = holder.parent
    return wire


__all__ = ["Diagram", "Endpoint", "build"]
