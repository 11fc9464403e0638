"""Workspace variables that a diagram needs and nobody gave: all in one error, with who reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.diagram.survey import SETTINGS, mask_variables, survey
from bridge.errors import MissingVariables, UndefinedName
from bridge.model import Block, Model
from bridge.suggestions import meant

LISTED = 10
"""How many variables one error names."""


def missing_variables(
    model: Model,
    error: UndefinedName,
    workspace: Mapping[str, Any],
    model_workspace: Mapping[str, Any],
    overrides: Mapping[str, Mapping[str, object]],
    around: Mapping[str, Block],
    replaced: Sequence[str],
) -> UndefinedName:
    """What stopped at the first undefined name, as an error about all of them.

    overrides  parameters that the caller replaces, by the path of their block
    around     the subsystem that is run alone and those around it, by path, from the outside in
    replaced   the model's settings that the caller replaces

    The error itself comes back where its name is none that a workspace could hold: in the code of a mask, a function.
    """
    known = {*workspace, *model_workspace}
    hidden = known.union(*(mask_variables(block) for block in around.values()))
    inside = [(block.subsystem, path) for path, block in around.items() if block.subsystem is not None]
    settings = [name for name in SETTINGS if name not in replaced]
    uses = survey(model, hidden, settings=settings, overrides=overrides, start=inside[-1] if inside else None).uses
    if error.name not in uses:
        return error
    here = "the workspace that was given (--workspace FILE, workspace= in Python) does not hold "
    there = "give {} with --workspace FILE, a .mat or .m, or --set NAME=VALUE; in Python workspace="
    if len(uses) == 1:
        advice = f"{here}it" if workspace else there.format("it")
        return MissingVariables([error.name], error.name, f"{error}; {advice}")
    names = sorted(uses, key=str.lower)
    listed = [f"{name} ({uses[name].place(model)}{meant(name, workspace)})" for name in names[:LISTED]]
    more = f", and {len(names) - LISTED} more (slbridge info lists all)" if len(names) > LISTED else ""
    advice = f"{here}them" if workspace else there.format("them")
    said = f"{model.name}: {len(names)} variables are undefined: {', '.join(listed)}{more}; {advice}"
    return MissingVariables(names, error.name, said)
