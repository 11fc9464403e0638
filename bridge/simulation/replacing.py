"""``set={"Sub/Block/Gain": 2, "Ts": 0.1}``: block parameters, and variables wherever they are held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bridge.errors import MatlabError, UsageError
from bridge.suggestions import offered

if TYPE_CHECKING:
    from bridge.model import Model


def variables_in(settings: Mapping[str, object], model: Model, held: Mapping[str, Any]) -> dict[str, Any]:
    """The values of those settings that name a variable: one of `held`, or another that the model reads.

    A name has no slash, a parameter has one. A text is an expression over the held variables. Raises `UsageError` for a
    name of neither, `MatlabError` for an expression that fails.
    """
    from bridge.diagram.survey import survey
    from bridge.matlab.evaluate import evaluate

    found: dict[str, Any] = {}
    for name, value in settings.items():
        if "/" in name:
            continue
        if name not in held:
            known = sorted({*held, *survey(model).variables})
            if name not in known:
                what = f"{name!r} is no variable of {model.name}, nor a parameter, written Subsystem/Block/Parameter"
                raise UsageError(f"{what}{offered(name, known, 'the variables are')}")
        if not isinstance(value, str):
            found[name] = value
            continue
        try:
            found[name] = evaluate(value, held)
        except MatlabError as error:
            error.where = error.where or f"variable {name} to set"
            raise
    return found
