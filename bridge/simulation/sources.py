"""Where a model and its workspace come from: objects, files, the model itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bridge.errors import BridgeError, MatlabError, UnknownFormat, UsageError

if TYPE_CHECKING:
    from bridge.model import Model

Path = str | os.PathLike[str]
Workspace = Mapping[str, Any] | Path | None


def load_model(model: Model | Path) -> Model:
    """The model itself, or the one that a file holds."""
    from bridge.model import Model

    if isinstance(model, Model):
        return model
    from bridge import files

    loaded = files.read(model)
    if not isinstance(loaded, Model):
        held = "variables" if isinstance(loaded, Mapping) else "a network, which slbridge convert draws as one (.slx)"
        raise UsageError(f"{os.fspath(model)}: holds no Simulink model, but {held}")
    return loaded


def load_workspace(workspace: Workspace) -> dict[str, Any]:
    """Variables by name, from a mapping, a .mat or a .m file."""
    if workspace is None:
        return {}
    if isinstance(workspace, Mapping):
        return dict(workspace)
    if os.fspath(workspace).lower().endswith(".m"):
        from bridge.matlab.workspace import read_script

        return dict(read_script(workspace))
    from bridge import files
    from bridge.files import mat

    try:
        reader = files.reader_of(workspace)
    except UnknownFormat:
        reader = None
    if reader is not mat:
        name = os.fspath(workspace)
        raise UsageError(f"{name}: variables come from a .mat or a .m; data go in with --input F, in Python inputs=")
    return mat.workspace(mat.read(workspace))


def model_workspace(model: Model) -> dict[str, Any]:
    """The variables that the model itself carries."""
    held = model.workspace
    if held is None:
        return {}
    if held.code.strip():
        from bridge.matlab.evaluate import run_script

        try:
            return dict(run_script(held.code))
        except MatlabError as error:
            error.where = f"model workspace of '{model.name}'" + (f", {error.where}" if error.where else "")
            raise
    if held.data:
        from bridge.files import mat

        return mat.workspace(mat.read_bytes(held.data, f"{model.name}: model workspace"))
    return {}


def carried_variables(model: Model) -> dict[str, Any]:
    """The variables that the model itself carries; none where code that only MATLAB can run makes them."""
    try:
        return model_workspace(model)
    except BridgeError:
        return {}
