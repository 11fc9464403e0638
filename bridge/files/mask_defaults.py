"""Defaults of masks: in two sections of plain values up to R2017a and in classic files, as attributes since.

The model holds them the old way. What only the new way can say, the layout of dialogs, stays in ``MaskDefaults``.
"""

from __future__ import annotations

from bridge.model import Entry, Parameter, Section

_MASK = "MaskDefaults"
_PARAMETERS = "MaskParameterDefaults"


def plain_mask_defaults(section: Section) -> list[Section]:
    """The plain sections that say what ``<MaskDefaults SelfModifiable="off"><Display …/>…`` says."""
    leaves = {entry.name: entry for entry in section.sections() if entry.name in ("Display", "MaskParameter")}
    if section.name != _MASK or (not section.attributes and not leaves):
        return [section]
    if any(leaf.entries or leaf.text for leaf in leaves.values()):
        return [section]
    values = {**section.attributes, **(leaves["Display"].attributes if "Display" in leaves else {})}
    rest = [entry for entry in section.entries if entry not in leaves.values()]
    found = [Section(_MASK, {}, [*_parameters(values), *rest])]
    if "MaskParameter" in leaves:
        found.append(Section(_PARAMETERS, {}, [*_parameters(leaves["MaskParameter"].attributes)]))
    return found


def nested_mask_defaults(sections: list[Section]) -> list[Section]:
    """The inverse: sections of defaults, in which those of masks are one, with attributes."""
    masks = next((section for section in sections if section.name == _MASK and not section.attributes), None)
    parameters = next((section for section in sections if section.name == _PARAMETERS), None)
    if masks is None:
        return sections
    values = masks.parameters
    nested = Section(_MASK, {name: values.pop(name) for name in ("SelfModifiable",) if name in values})
    if values:
        nested.entries.append(Section("Display", values))
    if parameters is not None:
        nested.entries.append(Section("MaskParameter", parameters.parameters))
    nested.entries += masks.sections()
    replaced = [nested if section is masks else section for section in sections]
    return [section for section in replaced if section is not parameters]


def _parameters(values: dict[str, str]) -> list[Entry]:
    return [Parameter(name, text) for name, text in values.items()]
