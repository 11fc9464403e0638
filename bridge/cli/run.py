"""``slbridge run MODEL --workspace F --output F`` and ``slbridge run NETWORK --input F --output F``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from bridge.cli import diagrams, networks
from bridge.cli.fitting import refuse_misfits
from bridge.cli.solving import add_solver, seconds
from bridge.cli.workspaces import add_settings, add_workspace, settings_of, workspace_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("thing", help="a model (.mdl, .slx) or a network (.mat, .onnx, .pt)")
    parser.add_argument("--input", metavar="F", help="the data that go in, and their time: .mat, .csv")
    parser.add_argument(
        "--signal", metavar="NAME", help="of several arrays in the input, this one; INPUT=NAME,… for several inputs"
    )
    parser.add_argument(
        "--layout", metavar="LETTERS", help="how the input lies: TC, CT; for a network TCB, CBT, BC, CB too"
    )
    parser.add_argument("-o", "--output", metavar="F", help="where to write what is recorded: .mat or .csv")
    parser.add_argument(
        "--engine", metavar="NAME", default="auto", help="numpy, torch, onnx, compiled; also torch.nn, onnxruntime"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    model = parser.add_argument_group("for a model")
    add_workspace(model)
    model.add_argument("--subsystem", metavar="PATH", help="run this subsystem alone")
    add_settings(model)
    model.add_argument(
        "--log", metavar="NAME", action="append", default=[], help="record a block's output or a line; may be repeated"
    )
    add_solver(model)
    model.add_argument("--stop-time", metavar="SECONDS", type=seconds, help="in place of the model's")
    model.add_argument("-v", "--verbose", action="store_true", help="say why the engine was chosen")
    networks.arguments(parser.add_argument_group("for a network"))


def run(options: argparse.Namespace) -> int:
    """Run the model, write the recording, print a line per signal."""
    if options.output:
        from bridge.files.recordings import check_ending

        check_ending(options.output)
    if networks.is_network_file(options.thing):
        refuse_misfits(options, "a network")
        return networks.run(options)
    refuse_misfits(options, "a diagram")
    from bridge.simulation import Simulator, record

    def simulated(inputs: dict[str, Any]) -> Any:
        simulator = Simulator(
            options.thing,
            workspace,
            inputs=inputs,
            subsystem=options.subsystem,
            set=settings_of(options),
            log=options.log,
            step=options.step,
            solver=options.solver,
            stop_time=options.stop_time,
            engine=options.engine,
        )
        diagrams.say_without_data(simulator.ready.program.inputs, inputs, options)
        return record(simulator, inputs, stop_time=options.stop_time)

    inputs, workspace = diagrams.arguments_of(options), workspace_of(options)
    recording = diagrams.fed(simulated, inputs, options)
    diagrams.say_steps(inputs, recording.time, options)
    if options.output:
        from bridge.api import save

        save(recording, options.output)
    facts: dict[str, Any] = {
        name: {"size": list(a.shape), "class": str(a.dtype), "first": _plain(a[:1]), "last": _plain(a[-1:])}
        for name, a in recording.items()
    }
    if options.json:
        print(json.dumps({"signals": facts, "steps": len(recording.time), **dict(recording.origin)}, indent=1))
        return 0
    span = f"{len(recording.time)} steps"
    if len(recording.time):
        span += f", {recording.time[0]:g} to {recording.time[-1]:g} s"
    solver = f", {recording.origin['solver']}" if "solver" in recording.origin else ""
    print(f"{recording.origin['model']}: {span}, engine {recording.origin['engine']}{solver}")
    if options.verbose:
        print(f"  engine {recording.origin['engine']}: {recording.origin.get('choice', 'as asked for')}")
    if not recording:
        print("  nothing is recorded: no Outport, no To Workspace block; --log BLOCK records its output, --log '*' all")
    for name, array in recording.items():
        size = "x".join(map(str, array.shape))
        print(f"  {name}  {size} {array.dtype}  first {_plain(array[:1])}  last {_plain(array[-1:])}")
    return 0


def _plain(array: Any) -> Any:
    values = [round(float(value), 6) if array.dtype.kind == "f" else value for value in array.ravel()[:4].tolist()]
    return values
