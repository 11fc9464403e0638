"""Masks: the dialog that a block shows instead of its own, and the variables that it defines for what is inside."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.model.section import Entry

# The flat parameters of files up to R2012a, and the field of `Mask` that says the same.
FLAT_TEXTS = {
    "MaskType": "type",
    "MaskDescription": "description",
    "MaskHelp": "help",
    "MaskInitialization": "initialization",
    "MaskDisplay": "display",
}


@dataclass(slots=True)
class MaskParameter:
    """One variable of a mask. `attributes` are as written: ``Evaluate``, ``Tunable``, ``Visible``, …

    `options` are the choices of a popup.
    """

    name: str
    value: str = ""
    type: str = "edit"
    prompt: str = ""
    callback: str = ""
    options: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    sections: list[Entry] = field(default_factory=list)

    @property
    def evaluate(self) -> bool:
        """Whether MATLAB evaluates the value; otherwise the variable is the text itself."""
        return self.attributes.get("Evaluate", "on") != "off"

    @property
    def tunable(self) -> bool:
        """Whether the value may change while the simulation runs."""
        return self.attributes.get("Tunable", "on") != "off"


@dataclass(slots=True)
class Mask:
    """A mask. `options` are those of the icon (``IconOpaque``, ``RunInitForIconRedraw``), `sections` the dialog's rest.

    `attributes` are those of the mask itself (``SelfModifiable``). Values are text exactly as written.
    """

    type: str = ""
    description: str = ""
    help: str = ""
    initialization: str = ""
    display: str = ""
    parameters: list[MaskParameter] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    sections: list[Entry] = field(default_factory=list)

    def parameter(self, name: str) -> MaskParameter | None:
        """The parameter called `name`."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


def mask_from_flat_parameters(parameters: dict[str, str]) -> Mask | None:
    """The mask that ``MaskVariables``, ``MaskValueString`` and their like describe; None where there is none.

    ``MaskVariables`` reads ``gain=@1;unit=&2;``: @ evaluates the value, & takes it as text. The value, prompt and
    style strings are divided by ``|``; within a popup style so are its choices, between parentheses.
    """
    if not any(name in parameters for name in ("MaskVariables", "MaskPromptString", "MaskDisplay", "MaskType")):
        return None
    mask = Mask()
    for name, text in FLAT_TEXTS.items():
        setattr(mask, text, parameters.get(name, ""))
    values = _divided(parameters.get("MaskValueString", ""))
    prompts = _divided(parameters.get("MaskPromptString", ""))
    styles = _styles(parameters.get("MaskStyleString", ""))
    callbacks = _divided(parameters.get("MaskCallbackString", ""))
    tunable = parameters.get("MaskTunableValueString", "").split(",")
    for variable in parameters.get("MaskVariables", "").split(";"):
        name, _, place = variable.strip().partition("=")
        if not name or len(place) < 2 or not place[1:].isdecimal():
            continue
        at = int(place[1:]) - 1
        type_, options = _style(_item(styles, at, "edit"))
        mask.parameters.append(
            MaskParameter(
                name,
                _item(values, at),
                type_,
                _item(prompts, at),
                _item(callbacks, at),
                options,
                {"Evaluate": "off" if place[0] == "&" else "on", "Tunable": _item(tunable, at, "on")},
            )
        )
    return mask


def _item(texts: list[str], at: int, default: str = "") -> str:
    return texts[at] if 0 <= at < len(texts) and texts[at] else default


def _divided(text: str) -> list[str]:
    return text.split("|") if text else []


def _styles(text: str) -> list[str]:
    styles, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            styles.append(text[start:at])
            start = at + 1
    return [*styles, text[start:]]


def _style(text: str) -> tuple[str, list[str]]:
    type_, parenthesis, rest = text.partition("(")
    return type_, rest.removesuffix(")").split("|") if parenthesis else []
