"""``slbridge info FILE``."""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from typing import Any

from bridge.errors import BridgeError, FileError, MalformedFile
from bridge.model import Model


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("file", help="a model (.mdl, .slx), a .mat file, or a network (.onnx, .pt)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--strict", action="store_true", help="exit with 3 where a block or layer is not supported")


def run(options: argparse.Namespace) -> int:
    """Print what the file holds."""
    from bridge import files

    reader = files.reader_of(options.file)
    facts = describe_graph(options.file) if reader.__name__.endswith(".network_onnx") else None
    if facts is None:
        thing = reader.read(options.file)
        facts = describe_model(thing) if isinstance(thing, Model) else describe_data(thing)
    if options.json:
        print(json.dumps(facts, indent=1))
    elif facts["kind"] == "network":
        from bridge.files import network_facts

        print(network_facts.readable(facts))
    elif "operators" in facts:
        from bridge.files import onnx_facts

        print(onnx_facts.readable(facts))
    else:
        print(_readable(facts))
    return 3 if options.strict and facts.get("unsupported") else 0


def describe_model(model: Model) -> dict[str, Any]:
    """A model's facts: kind, format, release, blocks, block_types, …, solver, inputs, variables, unsupported."""
    from bridge.diagram.survey import survey
    from bridge.simulation import model_workspace

    blocks = [block for _, block in model.root.walk()]
    systems = [model.root, *(block.subsystem for block in blocks if block.subsystem is not None)]
    try:
        known = model_workspace(model)
    except BridgeError:  # it takes code that only MATLAB has; what it would define is then asked for
        known = {}
    found = survey(model, known)
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
        "inputs": inputs_of(model),
        "variables": found.variables,
        "unsupported": [{"path": path, "kind": kind} for path, kind in found.unsupported],
    }


def inputs_of(model: Model) -> list[str]:
    """What ``slbridge run --input`` and ``inputs=`` may feed: root Inports, and From Workspace blocks by their data."""
    from bridge.simulation.feeding import sources

    inports = [block.name.replace("\n", " ") for block in model.root.blocks if block.kind == "Inport"]
    return list(dict.fromkeys([*inports, *(source.data or source.path for source in sources(model))]))


def describe_graph(path: str) -> dict[str, Any] | None:
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
        return {**facts, "use": "onnxruntime runs it; slbridge run and check take the diagram itself"}
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


def _use(facts: dict[str, Any], path: str) -> str:
    """What can be done with a graph of others."""
    first = next(iter(facts["inputs"]), {"type": "", "shape": []})
    if first["type"] in ("float", "double") and len(first["shape"]) in (2, 3):
        return f'onnx = "{os.path.basename(path)}" in a case.toml: a side, run by onnxruntime, T x C or T x 1 x C in'
    return "onnxruntime runs it; as a side of a case it would take a sequence, T x C or T x 1 x C, first"


def describe_data(thing: Any) -> dict[str, Any]:
    """What a file other than a diagram holds: a network, networks among variables, or variables alone."""
    from bridge.files import network_facts
    from bridge.network import Network, ShallowNetwork

    if isinstance(thing, Network | ShallowNetwork):
        return network_facts.of_network(thing)
    return network_facts.of_variables(thing) or describe_variables(thing)


def describe_variables(variables: dict[str, Any]) -> dict[str, Any]:
    """The variables of a .mat file: class and size of each."""
    from bridge.matlab.values import class_of, shape_of

    return {
        "kind": "variables",
        "variables": {name: {"class": class_of(v), "size": list(shape_of(v))} for name, v in variables.items()},
    }


def _readable(facts: dict[str, Any]) -> str:
    lines = []
    for name, value in facts.items():
        if name == "unsupported":
            lines += ["unsupported   " + ("none" if not value else f"{len(value)} blocks:")]
            lines += [f"  {item['path']} ({item['kind']})" for item in value]
        elif isinstance(value, dict):
            lines.append(f"{name:13} " + ", ".join(f"{key} {_short(item)}" for key, item in value.items()))
        elif isinstance(value, list):
            lines.append(f"{name:13} " + (", ".join(map(str, value)) or "none"))
        else:
            lines.append(f"{name:13} {value}")
    return "\n".join(lines)


def _short(item: Any) -> str:
    return f"({'x'.join(map(str, item['size']))} {item['class']})" if isinstance(item, dict) else str(item)
