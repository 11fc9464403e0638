"""Diagrams for where no Python is: as C99, and as ONNX models that count their own steps."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridge.errors import FileError
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
    **options: Any,
) -> Any:
    """A diagram as an `onnx.ModelProto` in which the workspace's values are constants.

    A whole run (a Scan over the steps) starts from the diagram's initial states; its inputs are the root Inports,
    `T x width`, or where there are none `steps`, their number. With `step` it is one step: inputs are the Inports, the
    states, and `tick`, the number of the step, where time matters; outputs are those of the diagram and the next
    states. Metadata list the names: `bridge.engines.onnx_model.names_in`.
    Raises `UnsupportedOperation` naming the block that ONNX has no form for.
    """
    from bridge.engines.onnx_model import to_onnx as spelled

    simulator = Simulator(model, workspace, **options)
    program = _precise(simulator, single)
    parameters = simulator.diagram.parameters
    return spelled(program, whole=not step, parameters=parameters, initial_states=not step, clock=True)


def write_onnx(
    model: Model | str | os.PathLike[str], path: str | os.PathLike[str], workspace: Any = None, **options: Any
) -> Path:
    """Write what `to_onnx` makes."""
    target = Path(path)
    made = to_onnx(model, workspace, **options)
    return _written(target.parent, {target.name: made.SerializeToString(deterministic=True)})[0]


def _precise(simulator: Simulator, single: bool) -> Any:
    if not single:
        return simulator.program
    from bridge.program.precision import in_single

    return in_single(simulator.program)


def _written(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Each file written beside its place, then moved there."""
    made = []
    for name, content in contents.items():
        target, beside = folder / name, folder / f"{name}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(content)
            os.replace(beside, target)
        except OSError as error:
            raise FileError(target, (error.strerror or str(error)).lower()) from error
        made.append(target)
    return made
