"""The noun: what a Simulink file says, without meaning, and the same whichever form the file has.

`Model.root` is a `System` of `Block`s and `Line`s. Blocks hold their parameters as text, exactly as written; whoever
gives them a meaning evaluates them. A diagram can also be built from nothing::

    model = Model.new("integrator")
    model.root.add("Constant", "one")
    model.root.add("Integrator", "sum", InitialCondition=2)
    model.root.connect("one", "sum")
"""

from __future__ import annotations

from bridge.model.block import PORT_KINDS, Block, PortProperties
from bridge.model.comparison import differences, mask_differences, section_differences, settings_differences
from bridge.model.line import Branch, Endpoint, Line
from bridge.model.mask import Mask, MaskParameter
from bridge.model.model import Model, Part, Relationship, Workspace
from bridge.model.paths import join_path, split_path
from bridge.model.section import Entry, Parameter, Section
from bridge.model.system import Annotation, System

__all__ = [
    "PORT_KINDS",
    "Annotation",
    "Block",
    "Branch",
    "Endpoint",
    "Entry",
    "Line",
    "Mask",
    "MaskParameter",
    "Model",
    "Parameter",
    "Part",
    "PortProperties",
    "Relationship",
    "Section",
    "System",
    "Workspace",
    "differences",
    "join_path",
    "mask_differences",
    "section_differences",
    "settings_differences",
    "split_path",
]
