"""From the parts of a package to the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.errors import MalformedFile, UnsupportedContent
from bridge.files.block_defaults import NAME, OTHERS, add_defaults, keep_aside
from bridge.files.configuration_sets import take_inline
from bridge.files.core_properties import read_properties
from bridge.files.diagram_xml import DiagramReader
from bridge.files.mask_defaults import plain_mask_defaults
from bridge.files.model_groups import GROUPS
from bridge.files.object_trees import entry_name
from bridge.files.package import Package
from bridge.files.simulink_xml import collect, entry_of, parse, section_of
from bridge.model import Model, Parameter, Part, Section
from bridge.model.section import Entry

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAIN = "simulink/blockdiagram.xml"


def model_of_package(package: Package, format_: str) -> Model:
    """The model that a package describes. `format_` is ``opc`` or ``slx``. Raises FileError."""
    return _Reader(package).model(format_)


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._path = package.path
        self._understood: set[str] = set()

    def model(self, format_: str) -> Model:
        main = next(iter(self._package.related("", "blockDiagram")), MAIN)
        if main not in self._package.parts:
            raise MalformedFile(self._path, f"the package holds no {MAIN}: it is not a Simulink model")
        information = self._element(main)
        kinds = [child for child in information if child.tag in ("Model", "Library", "Subsystem")]
        if information.tag != "ModelInformation" or len(kinds) != 1:
            raise UnsupportedContent(self._path, "no Model or Library inside", main)
        element = kinds[0]
        model = Model(_stem(self._path), kind=element.tag, format=format_)
        read_properties(model, self._package, self._understood)
        for child in information:
            if child.tag == "Stateflow":
                model.stateflow = section_of(child, self._path)
            elif child is not element:
                model.sections.append(Section("ModelInformation", {}, [entry_of(child, self._path)]))
        self._model_element(model, element, main)
        self._defaults(model, main)
        self._configurations(model)
        self._stateflow(model, main)
        for name, content in self._package.parts.items():
            if name not in self._understood:
                model.parts[name] = Part(content, self._package.content_types.get(name))
        model.relationships = [
            relationship
            for relationship in self._package.relationships
            if relationship.target not in self._understood or relationship.external
        ]
        return model

    def _element(self, part: str) -> Element:
        self._understood.add(part)
        return parse(self._package.parts[part], self._path, part)

    def _model_element(self, model: Model, element: Element, main: str) -> None:
        for child in element:
            tag = child.tag
            if tag == "System":
                model.root = DiagramReader(self._path, self._load_system).system(child, main)
                model.root.owner = model
            elif tag in GROUPS and not child.attrib:
                self._group(model, child)
            elif tag == NAME:
                self._block_defaults(model, child)
            elif tag in OTHERS:
                model.other_defaults += plain_mask_defaults(section_of(child, self._path))
            elif tag == "ConfigurationSet":
                take_inline(model, section_of(child, self._path))
            else:
                collect(child, model.parameters, model.sections, self._path)

    def _group(self, model: Model, element: Element) -> None:
        """Take the parameters and objects of a group to the model's own, unless a name is there already."""
        parameters: dict[str, str] = {}
        sections: list[Entry] = []
        for child in element:
            collect(child, parameters, sections, self._path)
        names = [*parameters, *(entry_name(section) for section in sections)]
        taken = any(name in model.groups or name in model.parameters for name in names)
        if taken or "" in names:
            model.sections.append(section_of(element, self._path))
        else:
            model.parameters.update(parameters)
            model.sections += sections
            model.groups.update(dict.fromkeys(names, element.tag))

    def _load_system(self, reference: str, part: str) -> tuple[Element, str]:
        targets = [
            relationship.target
            for relationship in self._package.relationships
            if relationship.source == part and relationship.id == reference
        ]
        folder = MAIN.rpartition("/")[0]
        for name in (*targets, f"{folder}/systems/{reference.replace(':', '_')}.xml"):
            if name in self._package.parts and name not in self._understood:
                return self._element(name), name
        raise MalformedFile(self._path, f"the system {reference!r} is missing, or is inside itself", part)

    def _block_defaults(self, model: Model, element: Element) -> None:
        for child in element:
            kind = child.get("BlockType")
            if kind is None or child.tag != "Block" or len(child.attrib) > 1:
                keep_aside(model, entry_of(child, self._path))
                continue
            values: dict[str, str] = {}
            rest: list[Entry] = []
            for value in child:
                collect(value, values, rest, self._path)
            add_defaults(model, kind, values, rest)

    def _defaults(self, model: Model, main: str) -> None:
        parts = self._package.related("", "blockDiagramDefaults") + self._package.related(main, "blockDiagramDefaults")
        for part in dict.fromkeys([*parts, "simulink/bddefaults.xml"]):
            if part not in self._package.parts or part in self._understood:
                continue
            for child in self._element(part):
                if child.tag == NAME:
                    self._block_defaults(model, child)
                else:
                    model.other_defaults += plain_mask_defaults(section_of(child, self._path))

    def _configurations(self, model: Model) -> None:
        part = next(iter(self._package.related("", "configSetInfo")), "simulink/configSetInfo.xml")
        if part not in self._package.parts:
            return
        for entry in self._element(part):
            name = entry.get("PartName", "").removeprefix("/")
            if name not in self._package.parts or name in self._understood:
                raise MalformedFile(self._path, f"the configuration set {name!r} is missing", part)
            if entry.get("Active") == "true":
                model.active_configuration = len(model.configurations)
            section = section_of(self._element(name), self._path)
            only = section.entries[0] if len(section.entries) == 1 else section
            model.configurations.append(only if isinstance(only, Section) else section)

    def _stateflow(self, model: Model, main: str) -> None:
        known = ("simulink/stateflow.xml", "simulink/stateflow/machine.xml")
        parts = [*self._package.related(main, "stateflowMachine"), *known]
        for part in dict.fromkeys(parts):
            if part not in self._package.parts or part in self._understood or model.stateflow is not None:
                continue
            element = self._element(part)
            if element.tag != "Stateflow":
                self._understood.remove(part)
                continue
            model.stateflow = section_of(element, self._path)
            folder = part.rpartition("/")[0]
            for section in list(model.stateflow.walk()):
                section.entries = [self._chart(entry, folder, part) for entry in section.entries]

    def _chart(self, entry: Entry, folder: str, part: str) -> Entry:
        """The chart that stands in a part of its own, in place of ``<chart Ref="chart_46"/>``."""
        reference = entry.attributes.get("Ref")
        if isinstance(entry, Parameter) or entry.name != "chart" or reference is None:
            return entry
        name = f"{folder}/{reference}.xml"
        if name not in self._package.parts or name in self._understood:
            raise MalformedFile(self._path, f"the chart {reference!r} is missing", part)
        return section_of(self._element(name), self._path)


def _stem(path: str) -> str:
    name = path.replace("\\", "/").rpartition("/")[2]
    return name.rpartition(".")[0] or name
