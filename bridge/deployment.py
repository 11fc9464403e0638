"""Diagrams for where no Python is: as C99, and as ONNX models that count their own steps."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridge import storage
from bridge.errors import FileError, UsageError
from bridge.simulation import Simulator

if TYPE_CHECKING:
    from bridge.model import Model


def write_c(
    model: Model | str | os.PathLike[str],
    folder: str | os.PathLike[str],
    workspace: Any = None,
    *,
    name: str = "model",
    single: bool = False,
    **options: Any,
) -> list[Path]:
    """Write model.h, model.c, main.c and CMakeLists.txt into a folder, which is made if need be; their paths.

    name     in place of ``model``, in the names of files, types and functions: for several diagrams in one program
    single   computes in single precision (`float`), apart from times
    options  further ones of `bridge.Simulator`: `subsystem`, `set`, `step`, …

    C99 with nothing but its library; no allocation and no static data that changes. Raises `UnsupportedOperation`
    naming the block that C cannot express.
    """
    from bridge.engines.c_project import project

    simulator = Simulator(model, workspace, **options)
    program = _precise(simulator, single)
    texts = project(program, simulator.diagram.parameters, simulator.steps, name)
    return _written(Path(folder), {name: text.encode("ascii") for name, text in texts.items()})


def to_onnx(
    model: Model | str | os.PathLike[str],
    workspace: Any = None,
    *,
    step: bool = False,
    single: bool = False,
    base_step: float | None = None,
    **options: Any,
) -> Any:
    """A diagram as an `onnx.ModelProto` in which the workspace's values are constants.

    A whole run (a Scan over the steps) starts from the diagram's initial states; its inputs are the root Inports,
    `T x width`, or where there are none `steps`, their number. With `step` it is one step: inputs are the Inports, the
    states, and `tick`, the number of the step, where time matters; outputs are those of the diagram and the next
    states. Metadata list the names: `bridge.engines.onnx_model.names_in`. A Stop block is an output and ends nothing.
    `base_step` in seconds takes the place of the model's; `options` are further ones of `bridge.Simulator`: `solver`,
    `subsystem`, `log`, … Raises `UnsupportedOperation` naming the block that ONNX has no form for, and `UsageError`
    where the diagram records nothing, since a graph has outputs.
    """
    from bridge.engines.onnx_model import to_onnx as spelled

    simulator = Simulator(model, workspace, step=base_step, **options)
    program = _precise(simulator, single)
    if not program.outputs:
        cause = "records nothing that an ONNX graph could put out: it has no Outport and no To Workspace block"
        raise UsageError(f"{program.name}: {cause}; log= (--log) names blocks whose outputs are recorded")
    parameters = simulator.diagram.parameters
    return spelled(program, whole=not step, parameters=parameters, initial_states=not step, clock=True)


def write_onnx(
    model: Model | str | os.PathLike[str], path: str | os.PathLike[str], workspace: Any = None, **options: Any
) -> Path:
    """Write what `to_onnx` makes."""
    target = Path(path)
    made = to_onnx(model, workspace, **options)
    return _written(target.parent, {target.name: made.SerializeToString(deterministic=True)})[0]


def program_facts(model: Any) -> dict[str, Any]:
    """What `to_onnx` made, as plain data: `bridge.files.onnx_facts.of_model` with what each input and output is.

    ``form`` is ``whole run`` or ``one step``; ``states`` have the place in the diagram, type and shape, and the names
    of the ``input`` (none where they start within the graph) and of the ``output`` that holds the next or last one.
    """
    from bridge.engines.onnx_model import names_in
    from bridge.files import onnx_facts

    facts, names = onnx_facts.of_model(model), names_in(model)
    ports = {port["name"]: port for port in (*facts["inputs"], *facts["outputs"])}
    if names.next_states:
        whole = not names.states
    else:
        whole = any(port["shape"][:1] == ["T"] for port in facts["outputs"])
    counter = "number of steps" if whole else "number of the step, from 0"
    about = {
        **dict.fromkeys(names.inputs.values(), "root Inport"),
        **dict.fromkeys(names.parameters.values(), "workspace variable"),
        **dict.fromkeys(names.states.values(), "state"),
        names.time: "time in seconds",
        names.hits: "which sample times are due",
        names.steps: counter,
    }
    states = []
    for path, after in names.next_states.items():
        before = names.states.get(path)
        said = f"from {before} to {after}" if before else f"starts in the graph, ends in {after}"
        shown = {"type": ports[after]["type"], "shape": ports[after]["shape"]}
        states.append({"name": path, **shown, "input": before, "output": after, "about": said})
    return {
        **facts,
        "kind": "program of a diagram, " + ("a whole run" if whole else "one step"),
        "form": "whole run" if whole else "one step",
        "inputs": [
            {**port, **({"about": about[port["name"]]} if port["name"] in about else {})} for port in facts["inputs"]
        ],
        "outputs": [port for port in facts["outputs"] if port["name"] not in names.next_states.values()],
        "states": states,
    }


def _precise(simulator: Simulator, single: bool) -> Any:
    if not single:
        return simulator.program
    from bridge.program.precision import in_single

    return in_single(simulator.program)


def _written(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Each file written into the folder, which is made if need be; their paths."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError.of(folder, error, "cannot be made") from error
    for name, content in contents.items():
        storage.replace(folder / name, content)
    return [folder / name for name in contents]
