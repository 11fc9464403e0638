"""Masks in the generic tree: the `Mask` element from R2017b, the ``Simulink.Mask`` object before and in classic files.

The two say the same: an attribute of the one is a value of the other, ``TypeOptions`` a cell array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard

from bridge.model import Block, Entry, Mask, MaskParameter, Parameter, Section

_MASK_TEXTS = {
    "Type": "type",
    "Description": "description",
    "Help": "help",
    "Initialization": "initialization",
    "Display": "display",
}
_PARAMETER_TEXTS = {"Prompt": "prompt", "Value": "value", "Callback": "callback"}
_ICON_OPTIONS = (
    "IconFrame",
    "IconOpaque",
    "IconRotate",
    "IconUnits",
    "PortRotate",
    "RunInitForIconRedraw",
    "ShowPortLabels",
)
_ATTRIBUTES = ("SelfModifiable",)
_PARAMETER_ATTRIBUTES = (
    "Evaluate",
    "Tunable",
    "NeverSave",
    "Internal",
    "ReadOnly",
    "Hidden",
    "Enabled",
    "Visible",
    "ToolTip",
    "Alias",
    "TabName",
)


# -- the Mask element


def mask_of_element(section: Section) -> Mask:
    """The mask in a ``<Mask>`` element."""
    mask = Mask(attributes=dict(section.attributes))
    for entry in section.entries:
        text = _MASK_TEXTS.get(entry.name)
        if isinstance(entry, Section) and entry.name == "MaskParameter" and "Name" in entry.attributes:
            mask.parameters.append(_parameter_of_element(entry))
        elif text is not None and _is_leaf(entry, entry.name == "Display") and not getattr(mask, text):
            setattr(mask, text, entry.text)
            mask.options.update(entry.attributes)
        else:
            mask.sections.append(entry)
    return mask


def _parameter_of_element(section: Section) -> MaskParameter:
    attributes = dict(section.attributes)
    parameter = MaskParameter(attributes.pop("Name"), type=attributes.pop("Type", ""), attributes=attributes)
    for entry in section.entries:
        text = _PARAMETER_TEXTS.get(entry.name)
        if isinstance(entry, Section) and entry.name == "TypeOptions" and not parameter.options and _all_options(entry):
            parameter.options = [option.text for option in entry.sections()]
        elif text is not None and _is_leaf(entry) and not getattr(parameter, text):
            setattr(parameter, text, entry.text)
        else:
            parameter.sections.append(entry)
    return parameter


def _is_leaf(entry: Entry, attributes: bool = False) -> TypeGuard[Section]:
    """Whether an entry is an element that says nothing but its text, and its `attributes` where they are known."""
    return isinstance(entry, Section) and not entry.entries and (attributes or not entry.attributes)


def _all_options(section: Section) -> bool:
    return bool(section.entries) and all(
        isinstance(entry, Section) and entry.name == "Option" and not entry.entries and not entry.attributes
        for entry in section.entries
    )


def element_of_mask(mask: Mask) -> Section:
    """The ``<Mask>`` element of a mask."""
    element = Section("Mask", dict(mask.attributes))
    for name, text in _MASK_TEXTS.items():
        attributes = dict(mask.options) if name == "Display" else {}
        if getattr(mask, text) or name == "Display":  # an icon that is empty says so
            element.entries.append(Section(name, attributes, [], getattr(mask, text)))
    for parameter in mask.parameters:
        attributes = {"Name": parameter.name, "Type": parameter.type} if parameter.type else {"Name": parameter.name}
        child = Section("MaskParameter", {**attributes, **parameter.attributes})
        for name, text in _PARAMETER_TEXTS.items():
            if getattr(parameter, text):
                child.entries.append(Section(name, {}, [], getattr(parameter, text)))
        if parameter.options:
            child.entries.append(
                Section("TypeOptions", {}, [Section("Option", {}, [], option) for option in parameter.options])
            )
        child.entries += parameter.sections
        element.entries.append(child)
    element.entries += mask.sections
    return element


# -- the Simulink.Mask object


def take_mask_object(block: Block) -> None:
    """Turn a block's nested object that is its mask into the mask."""
    for entry in block.sections:
        names = (entry.attributes.get("PropName"), entry.attributes.get("ClassName"))
        if isinstance(entry, Section) and names == ("MaskObject", "Simulink.Mask") and block.own_mask is None:
            block.own_mask = mask_of_object(entry)
            block.sections.remove(entry)
            return


def mask_of_object(section: Section) -> Mask:
    """The mask in an ``Object`` of class ``Simulink.Mask``. Its object numbers are not kept: nothing refers to them."""
    mask = Mask()
    for entry in section.entries:
        if isinstance(entry, Section) and entry.attributes.get("PropName") == "Parameters" and not mask.parameters:
            objects = [entry] if entry.name == "Object" else list(entry.sections())
            mask.parameters = [_parameter_of_object(object_) for object_ in objects]
        elif not _is_text(entry):
            mask.sections.append(entry)
        elif entry.name in _MASK_TEXTS and not getattr(mask, _MASK_TEXTS[entry.name]):
            setattr(mask, _MASK_TEXTS[entry.name], entry.value)
        elif entry.name in _ICON_OPTIONS:
            mask.options[entry.name] = entry.value
        elif entry.name in _ATTRIBUTES:
            mask.attributes[entry.name] = entry.value
        else:
            mask.sections.append(entry)
    return mask


def _parameter_of_object(section: Section) -> MaskParameter:
    parameter = MaskParameter("", type="")
    for entry in section.entries:
        if isinstance(entry, Section) and entry.attributes.get("PropName") == "TypeOptions" and not parameter.options:
            parameter.options = [cell.text for cell in entry.sections()]
        elif not _is_text(entry):
            parameter.sections.append(entry)
        elif entry.name == "Name":
            parameter.name = entry.value
        elif entry.name == "Type":
            parameter.type = entry.value
        elif entry.name in _PARAMETER_TEXTS and not getattr(parameter, _PARAMETER_TEXTS[entry.name]):
            setattr(parameter, _PARAMETER_TEXTS[entry.name], entry.value)
        elif entry.name in _PARAMETER_ATTRIBUTES:
            parameter.attributes[entry.name] = entry.value
        else:
            parameter.sections.append(entry)
    return parameter


def _is_text(entry: Entry) -> TypeGuard[Parameter]:
    return isinstance(entry, Parameter) and entry.attributes.get("Class", "char") == "char"


def object_of_mask(mask: Mask, new_id: Callable[[], int]) -> Section:
    """The ``Simulink.Mask`` object of a mask. `new_id` gives numbers that no other object of the file has."""
    object_ = Section("Object", {"PropName": "MaskObject", "ObjectID": str(new_id()), "ClassName": "Simulink.Mask"})
    texts = {name: getattr(mask, text) for name, text in _MASK_TEXTS.items()}
    object_.entries += _texts({**texts, **mask.options, **mask.attributes})
    if len(mask.parameters) == 1:
        only = _object_of_parameter(mask.parameters[0], new_id)
        only.attributes.update(PropName="Parameters", ClassName="Simulink.MaskParameter")
        object_.entries.append(only)
    elif mask.parameters:
        attributes = {
            "PropName": "Parameters",
            "Type": "Simulink.MaskParameter",
            "Dimension": f"1*{len(mask.parameters)}",
        }
        parameters: list[Entry] = [_object_of_parameter(parameter, new_id) for parameter in mask.parameters]
        object_.entries.append(Section("Array", attributes, parameters))
    object_.entries += mask.sections
    return object_


def _object_of_parameter(parameter: MaskParameter, new_id: Callable[[], int]) -> Section:
    object_ = Section("Object", {"ObjectID": str(new_id())})
    object_.entries += _texts({"Type": parameter.type})
    if parameter.options:
        attributes = {"PropName": "TypeOptions", "Type": "Cell", "Dimension": f"1*{len(parameter.options)}"}
        cells: list[Entry] = [Section("Cell", {"Class": "char"}, [], option) for option in parameter.options]
        object_.entries.append(Section("Array", attributes, cells))
    texts = {name: getattr(parameter, text) for name, text in _PARAMETER_TEXTS.items()}
    object_.entries += _texts({"Name": parameter.name, **texts, **parameter.attributes})
    object_.entries += parameter.sections
    return object_


def _texts(values: dict[str, str]) -> list[Parameter]:
    return [Parameter(name, value, {"Class": "char"}) for name, value in values.items() if value]
