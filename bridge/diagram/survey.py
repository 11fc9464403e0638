"""What running a model would need, found without running it: workspace variables, and kinds that are not supported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.diagram import buses
from bridge.diagram.blocks.control_ports import HeldOutport
from bridge.diagram.conditions import Cases, Questions
from bridge.diagram.control import CONTROL_KINDS
from bridge.diagram.links import code_of, is_function, is_silent, kind_name, missing_kind, unsupported
from bridge.diagram.parameters import Array, Integer, Matrix, Parameter, SampleTime, Scalar, Tunable
from bridge.diagram.registry import find
from bridge.errors import MatlabError, UnsupportedBlock
from bridge.matlab.evaluate import names
from bridge.model import Block, Model, System, join_path

# Blocks that the flattening itself understands.
_STRUCTURAL = frozenset({"SubSystem", "Inport", "InportShadow", "Outport", "Goto", "From", *buses.KINDS})
SETTINGS = ("StartTime", "StopTime", "FixedStep")
"""The settings of a model that may be expressions over its variables."""
_EXPRESSIONS = (Tunable, Matrix, Array, Scalar, Integer, SampleTime, Cases)


def refuse_unsupported(model: Model) -> None:
    """Raise `UnsupportedBlock` that names every block of a kind that is not supported, where there is any."""
    found = survey(model).unsupported
    if found:
        errors = [(UnsupportedBlock(path, f"{kind!r} is not supported yet"), kind) for path, kind in found]
        raise unsupported(model.name, errors)


@dataclass(frozen=True)
class Use:
    """A workspace variable, and who reads it first: a block's path, or none for a setting of the model."""

    variable: str
    path: str
    parameter: str

    def place(self, model: Model) -> str:
        """The reader as text, without the model's name."""
        if not self.path:
            return f"the model's {self.parameter}"
        return f"{self.path.removeprefix(f'{model.name}/')}, parameter {self.parameter}"


@dataclass
class Survey:
    """`uses`: the workspace names that parameters read, each once; `unsupported`: path and kind."""

    uses: dict[str, Use] = field(default_factory=dict)
    unsupported: list[tuple[str, str]] = field(default_factory=list)

    @property
    def variables(self) -> list[str]:
        """The names in alphabetical order."""
        return sorted(self.uses)

    def reads(self, names: Iterable[str], path: str, parameter: str) -> None:
        """Note who reads these names."""
        for name in sorted(names):
            self.uses.setdefault(name, Use(name, path, parameter))


def survey(
    model: Model,
    known: Iterable[str] = (),
    *,
    settings: Sequence[str] = SETTINGS,
    overrides: Mapping[str, Mapping[str, object]] | None = None,
    start: tuple[System, str] | None = None,
) -> Survey:
    """Look at every block that takes part.

    known      variables that are there: those of the model's own workspace, of the caller's
    settings   those of the model's settings that count
    overrides  parameters that are replaced, by the path of their block
    start      a system with its path, to be looked at alone
    """
    found = Survey()
    hidden = set(known)
    for name in settings:
        found.reads(_names(model.setting(name) or "") - {"auto"} - hidden, "", name)
    _visit(model, *(start or (model.root, model.name)), hidden, overrides or {}, found)
    return found


def _visit(
    model: Model,
    system: System,
    path: str,
    hidden: set[str],
    overrides: Mapping[str, Mapping[str, object]],
    found: Survey,
    conditional: bool = False,
) -> None:
    for block in system.blocks:
        here = f"{path}/{join_path(block.name)}"
        if block.get("Commented", "off") != "off" or is_silent(block):
            continue
        inside, replaced = block.subsystem, overrides.get(here, {})
        if block.kind == "SubSystem" and inside is not None and not is_function(block):
            for name, text in (*_mask_texts(block, replaced), *_system_texts(model, block)):
                found.reads(_names(text) - hidden, here, name)
            controlled = any(inner.kind in CONTROL_KINDS for inner in inside.blocks)
            _visit(model, inside, here, hidden | mask_variables(block), overrides, found, controlled)
            continue
        kind = HeldOutport if block.kind == "Outport" and conditional else find(kind_name(block))
        if kind is None:
            if block.kind == "SubSystem" or block.kind not in _STRUCTURAL:
                found.unsupported.append((here, missing_kind(block)))
            continue
        code = code_of(block) if block.kind == "SubSystem" else None
        for data in code.data if code is not None else ():
            if data.scope == "PARAMETER_DATA":
                found.reads({data.name} - hidden, here, "its code")
        for name, read in _reads(model, block, kind.declared().values(), replaced):
            found.reads(read - hidden, here, name)


def _reads(
    model: Model, block: Block, declared: Iterable[Parameter[object]], replaced: Mapping[str, object]
) -> Iterator[tuple[str, set[str]]]:
    """The parameters that are expressions, and the variables that each reads."""
    defaults = model.defaults.get(block.kind, {})
    for parameter in declared:
        text = replaced.get(parameter.name, block.get(parameter.name) or defaults.get(parameter.name))
        if not isinstance(text, str) or not text:
            continue
        if isinstance(parameter, Questions):
            yield parameter.name, parameter.variables(text)
        elif isinstance(parameter, _EXPRESSIONS) or (block.kind, parameter.name) == _WORKSPACE_DATA:
            yield parameter.name, _names(text)


_WORKSPACE_DATA = ("FromWorkspace", "VariableName")


def _mask_texts(block: Block, replaced: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for parameter in block.mask.parameters if block.mask else ():
        text = replaced.get(parameter.name, block.get(parameter.name) or parameter.value)
        if isinstance(text, str) and parameter.evaluate and parameter.type == "edit":
            yield parameter.name, text


def _system_texts(model: Model, block: Block) -> Iterator[tuple[str, str]]:
    """The expressions of a subsystem itself: the sample time of an atomic one, as those are that can pause."""
    defaults = model.defaults.get(block.kind, {})
    text = block.get("SystemSampleTime") or defaults.get("SystemSampleTime", "-1")
    inside = block.subsystem.blocks if block.subsystem is not None else ()
    pauses = any(inner.kind in CONTROL_KINDS for inner in inside)
    if pauses or (block.get("TreatAsAtomicUnit") or defaults.get("TreatAsAtomicUnit", "off")) == "on":
        yield "SystemSampleTime", text


def mask_variables(block: Block) -> set[str]:
    """What a mask defines for the blocks inside: initialization code may define more than the parameters."""
    mask = block.mask
    if mask is None:
        return set()
    own = {parameter.name for parameter in mask.parameters}
    return own | (_names_of_script(mask.initialization) if mask.initialization.strip() else set())


def _names(text: str) -> set[str]:
    try:
        return names(text) if text.strip() else set()
    except MatlabError:
        return set()  # what is wrong with it is said when the model is run


def _names_of_script(text: str) -> set[str]:
    from bridge.matlab.names import assigned_names
    from bridge.matlab.syntax import parse_script

    try:
        return assigned_names(parse_script(text))
    except MatlabError:
        return set()
