"""The script for MATLAB that runs a diagram and records what Simulink computes: everything that the model records.

The variables that it needs come from a .mat or a script beside the model, or are in MATLAB's workspace already. Root
Inports get what the model's own settings give them.
"""

from __future__ import annotations

import os
import re

from bridge.cases.ask_texts import about, quoted
from bridge.diagram.survey import survey
from bridge.errors import UsageError
from bridge.model import Model
from bridge.simulation.sources import carried_variables

_SCRIPT = """\
% What Simulink computes with the diagram {file}.
% Run this in MATLAB with Simulink, in the folder that holds {needed}; send back {result}.
{missing}{variables}load_system('{file}');
simulated = sim('{name}', 'SrcWorkspace', 'current', 'ReturnWorkspaceOutputs', 'on');
{about}recording_about.model = '{file}';
save('{result}', 'simulated', 'recording_about', '-v7');
disp('{result} is written');
"""
_LOADED = {".mat": "load('{file}');\n", ".m": "run('{file}');\n"}


def script(model: Model, *, path: str | os.PathLike[str], workspace: str | None, result: str) -> str:
    """The script's text, for the model of the file at `path`; `result` is the file that it writes.

    Raises `UsageError` for a workspace that is no .mat and no .m, and for a file's name that MATLAB takes for no model.
    """
    file = os.path.basename(os.fspath(path))
    name = os.path.splitext(file)[0]
    if not re.fullmatch(r"[A-Za-z]\w{0,62}", name, re.ASCII):
        raise UsageError(f"{os.fspath(path)}: Simulink opens no model of this name; use letters, digits and _")
    files, variables = [file], ""
    missing = survey(model, carried_variables(model)).variables if workspace is None else []
    if workspace is not None:
        ending = os.path.splitext(workspace)[1].lower()
        if ending not in _LOADED:
            raise UsageError(f"{workspace}: the variables of a diagram stand in a .mat or a .m")
        files.append(os.path.basename(workspace))
        variables = _LOADED[ending].format(file=quoted(files[-1]))
    return _SCRIPT.format(
        file=quoted(file),
        needed=" and ".join(map(quoted, files)),
        name=name,
        result=quoted(result),
        variables=variables,
        missing=(f"% The workspace must hold {', '.join(missing)}.\n" if missing else "") + _of_inports(model),
        about=about("recording_about", "simulink"),
    )


def _of_inports(model: Model) -> str:
    names = [" ".join(block.name.split()) for block in model.root.blocks if block.kind == "Inport"]
    said = "what the model's own settings load into these Inports, else zeros"
    return f"% {', '.join(names)}: {said}.\n" if names else ""
