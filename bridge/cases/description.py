"""What a file holds, as plain data and as text: for ``slbridge info``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bridge.errors import FileError, MalformedFile
from bridge.model import Model

Facts = dict[str, Any]


def describe(path: str) -> Facts:
    """The facts of a model, network, ONNX graph, recording, table, variables or case; ``kind`` says which it is.

    What of a model or network cannot run is listed as ``unsupported``, with path and kind. Raises `FileError`.
    """
    from bridge import files

    if os.path.isdir(path) or path.lower().endswith(".toml"):
        return _case(path)
    if path.lower().endswith(".csv"):
        return _table(path)
    reader = files.reader_of(path)
    facts = _graph(path) if reader.__name__.endswith(".network_onnx") else None
    if facts is None:
        thing = reader.read(path)
        facts = _model(thing) if isinstance(thing, Model) else _data(thing, path)
    return facts


def _model(model: Model) -> Facts:
    """A model's facts: kind, format, release, blocks, block_types, …, solver, inputs, variables, unsupported."""
    from bridge.diagram.survey import survey
    from bridge.simulation.sources import carried_variables

    blocks = [block for _, block in model.root.walk()]
    systems = [model.root, *(block.subsystem for block in blocks if block.subsystem is not None)]
    found = survey(model, carried_variables(model))
    return {
        "kind": model.kind.lower(),
        "name": model.name,
        "format": model.format,
        "release": model.release,
        "blocks": len(blocks),
        "block_types": dict(Counter(block.kind for block in blocks).most_common()),
        "lines": sum(len(system.lines) for system in systems),
        "systems": len(systems),
        "solver": model.solver,
        "inputs": _inputs(model),
        "variables": found.variables,
        "unsupported": [{"path": path, "kind": kind} for path, kind in found.unsupported],
    }


def _inputs(model: Model) -> list[str]:
    """What ``slbridge run --input`` and ``inputs=`` may feed: root Inports, and From Workspace blocks by their data."""
    from bridge.simulation.feeding import sources

    inports = [block.name.replace("\n", " ") for block in model.root.blocks if block.kind == "Inport"]
    return list(dict.fromkeys([*inports, *(source.data or source.path for source in sources(model))]))


def _graph(path: str) -> Facts | None:
    """What an ONNX graph consists of that is the program of a diagram, or no network that is read; None of one."""
    from bridge.files import network_onnx, onnx_facts, onnx_file

    model = onnx_file.load(path)
    keys = {each.key for each in model.metadata_props}
    if onnx_file.PROGRAM in keys:
        from bridge.deployment import program_facts

        try:
            facts = program_facts(model)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise MalformedFile(path, f"does not list the names of a program: {error}", onnx_file.PROGRAM) from None
        return {**facts, "use": _as_side(path) if facts["form"] == "whole run" else "onnxruntime runs it"}
    try:
        network_onnx.read(path)
    except FileError as error:
        if network_onnx.METADATA in keys:
            raise  # a file of ours, which is not as it was written
        facts = onnx_facts.of_model(model)
        facts["network"] = f"not understood as one: {error.place + ': ' if error.place else ''}{error.cause}"
        facts["use"] = _use(facts, path)
        return {**facts, "unsupported": [{"path": error.place or "", "kind": error.cause}]}
    return None


def _use(facts: Facts, path: str) -> str:
    """What can be done with a graph of others."""
    inputs = facts["inputs"]
    if len(inputs) == 1 and inputs[0]["type"] in ("float", "double") and len(inputs[0]["shape"]) in (2, 3):
        return f"{_as_side(path)}, T x C or T x 1 x C in"
    return "onnxruntime runs it; no side of a case, which would take one sequence, T x C or T x 1 x C"


def _as_side(path: str) -> str:
    return f'onnx = "{os.path.basename(path)}" in a case.toml: a side, run by onnxruntime'


def _data(thing: Any, path: str) -> Facts:
    """What a file other than a diagram holds: a network, networks among variables, a recording, or variables alone."""
    from bridge.files import network_facts, recordings
    from bridge.network import Network, ShallowNetwork

    if isinstance(thing, Network | ShallowNetwork):
        return network_facts.of_network(thing)
    if recordings.holds_recording(thing):
        return _recording(recordings.from_variables(thing, path))
    return network_facts.of_variables(thing) or _variables(thing)


def _variables(variables: Facts) -> Facts:
    """The variables of a .mat file: class and size of each."""
    from bridge.matlab.values import class_of, shape_of

    return {
        "kind": "variables",
        "variables": {name: {"class": class_of(v), "size": list(shape_of(v))} for name, v in variables.items()},
    }


def _recording(recording: Any) -> Facts:
    """A recording's facts: kind, evidence, origin, time, signals."""
    time = recording.time
    return {
        "kind": "recording",
        "evidence": recording.evidence,
        "origin": {key: str(value) for key, value in recording.origin.items() if key != "file"},
        "time": f"{len(time)} samples" + (f", {time[0]:g} to {time[-1]:g} s" if len(time) else ""),
        "signals": {name: {"class": str(a.dtype), "size": list(a.shape)} for name, a in recording.items()},
    }


def _table(path: str) -> Facts:
    """A table's facts: those of a recording where it has a time."""
    from bridge.files import csv_table, recordings

    columns = csv_table.read(path)
    if recordings.is_recording(columns):
        return _recording(recordings.from_variables(columns, path))
    return {**_variables(columns), "kind": "table"}


def _case(path: str) -> Facts:
    """A case's facts: kind, name, what all sides share, and each side's kind, source and engine."""
    from bridge.cases.case import read_case

    case = read_case(path)
    inputs = sorted(case.inputs) if isinstance(case.inputs, Mapping) else case.inputs
    return {
        "kind": "case",
        "name": case.name,
        "workspace": case.workspace or "none",
        "inputs": inputs or "none",
        "sides": {side.name: _side(side) for side in case.sides},
        "required": list(case.require),
    }


def _side(side: Any) -> dict[str, str]:
    computed = {"engine": side.engine} if side.kind in ("model", "network") else {}
    return {"kind": side.kind, "source": side.source, **computed}


def readable(facts: Facts) -> str:
    """The facts as lines of text."""
    from bridge.files import network_facts, onnx_facts

    if facts["kind"] == "network":
        return network_facts.readable(facts)
    if "operators" in facts:
        return onnx_facts.readable(facts)
    lines = []
    for name, value in facts.items():
        if name == "unsupported":
            lines += ["unsupported   " + ("none" if not value else f"{len(value)} blocks:")]
            lines += [f"  {item['path']} ({item['kind']})" for item in value]
        elif isinstance(value, dict) and value:
            lines.append(f"{name:13} " + ", ".join(f"{key} {_short(item)}" for key, item in value.items()))
        elif isinstance(value, dict | list):
            lines.append(f"{name:13} " + (", ".join(map(str, value)) or "none"))
        else:
            lines.append(f"{name:13} {value}")
    return "\n".join(lines)


def _short(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    if "size" in item:
        return f"({'x'.join(map(str, item['size']))} {item['class']})"
    return f"({', '.join(item.values())})"
