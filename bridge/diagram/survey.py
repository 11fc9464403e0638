"""What running a model would need, found without running it: workspace variables, and kinds that are not supported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bridge.diagram.control import control_of
from bridge.diagram.links import is_function, is_silent, kind_name
from bridge.diagram.parameters import Array, Integer, Matrix, Parameter, SampleTime, Scalar, Tunable
from bridge.diagram.registry import find
from bridge.errors import MatlabError
from bridge.matlab.evaluate import names
from bridge.model import Block, Model, System, join_path

# Blocks that the flattening itself understands.
_STRUCTURAL = frozenset({"SubSystem", "Inport", "InportShadow", "Outport", "Goto", "From", "EnablePort"})
_SETTINGS = ("StartTime", "StopTime", "FixedStep")
_EXPRESSIONS = (Tunable, Matrix, Array, Scalar, Integer, SampleTime)


@dataclass
class Survey:
    """`variables`: workspace names that parameters read, in alphabetical order; `unsupported`: path and kind."""

    variables: list[str] = field(default_factory=list)
    unsupported: list[tuple[str, str]] = field(default_factory=list)


def survey(model: Model, known: Iterable[str] = ()) -> Survey:
    """Look at every block that takes part. `known` are the variables of the model's own workspace."""
    found = Survey()
    wanted: set[str] = set()
    for name in _SETTINGS:
        wanted |= _names(model.setting(name) or "") - {"auto"}
    _visit(model, model.root, model.name, set(known), wanted, found)
    found.variables = sorted(wanted - set(known))
    return found


def _visit(model: Model, system: System, path: str, hidden: set[str], wanted: set[str], found: Survey) -> None:
    for block in system.blocks:
        here = f"{path}/{join_path(block.name)}"
        if block.get("Commented", "off") != "off" or is_silent(block):
            continue
        inside = block.subsystem
        if block.kind == "SubSystem" and inside is not None and not is_function(block):
            wanted |= _mask_names(block) - hidden
            mask = block.mask
            own = {parameter.name for parameter in mask.parameters} if mask else set()
            # Initialization code may define more than the parameters; its names are not asked for.
            own |= _names_of_script(mask.initialization) if mask and mask.initialization.strip() else set()
            _visit(model, inside, here, hidden | own, wanted, found)
            continue
        kind = find(kind_name(block))
        if kind is None:
            if is_function(block):
                found.unsupported.append((here, block.get("SFBlockType") or "Stateflow"))
            elif block.kind == "SubSystem" or (block.kind not in _STRUCTURAL and control_of(block, "") is None):
                found.unsupported.append((here, kind_name(block)))
            continue
        for text in _texts(model, block, kind.declared().values()):
            wanted |= _names(text) - hidden


def _texts(model: Model, block: Block, declared: Iterable[Parameter[object]]) -> Iterator[str]:
    defaults = model.defaults.get(block.kind, {})
    for parameter in declared:
        text = block.get(parameter.name) or defaults.get(parameter.name)
        if text and (isinstance(parameter, _EXPRESSIONS) or (block.kind, parameter.name) == _WORKSPACE_DATA):
            yield text


_WORKSPACE_DATA = ("FromWorkspace", "VariableName")


def _mask_names(block: Block) -> set[str]:
    mask = block.mask
    if mask is None:
        return set()
    texts = [block.get(p.name) or p.value for p in mask.parameters if p.evaluate and p.type == "edit"]
    return set[str]().union(*(_names(text) for text in texts)) if texts else set()


def _names(text: str) -> set[str]:
    try:
        return names(text) if text.strip() else set()
    except MatlabError:
        return set()  # what is wrong with it is said when the model is run


def _names_of_script(text: str) -> set[str]:
    from bridge.matlab import tree
    from bridge.matlab.syntax import parse_script

    try:
        statements = parse_script(text)
    except MatlabError:
        return set()
    targets = [target for node in statements if isinstance(node, tree.Assignment) for target in node.targets]
    return {target.name for target in targets if isinstance(target, tree.Name | tree.Access)}
