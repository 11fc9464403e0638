"""From the model to the parts of a package, in the form of the release that the model names."""

from __future__ import annotations

import re
from itertools import count

from bridge.files import block_defaults
from bridge.files.configuration_sets import inline_section
from bridge.files.core_properties import add_properties
from bridge.files.diagram_xml_write import DiagramWriter
from bridge.files.mask_defaults import nested_mask_defaults
from bridge.files.model_groups import GROUPS, usual_groups
from bridge.files.object_trees import entry_name, object_numbers
from bridge.files.package import Package
from bridge.files.package_reader import MAIN
from bridge.files.releases import (
    CHART_PARTS,
    CONFIGURATION_PARTS,
    DEFAULTS_OWNER,
    DEFAULTS_PART,
    MASK_ELEMENT,
    NEWEST,
    STATEFLOW_PART,
    SYSTEM_PARTS,
    reached,
)
from bridge.files.simulink_xml import Lines
from bridge.model import Block, Model, Section, System
from bridge.model.model import sid_number

_SIMULINK = "http://schemas.mathworks.com/simulink"
_MODEL = "http://schemas.mathworks.com/simulinkModel"
_MAIN_TYPE = "application/vnd.mathworks.simulink.mdl+xml"
_CONFIGURATION_TYPE = "application/vnd.mathworks.simulink.configSet"
_STATEFLOW_TYPE = "application/vnd.mathworks.stateflow"


def package_of_model(model: Model, path: str) -> Package:
    """The package of a model, to be written at `path`. Raises UnsupportedContent for what XML cannot hold."""
    return _Writer(model, path).package


class _Writer:
    def __init__(self, model: Model, path: str) -> None:
        self._model = model
        self._release = model.release
        self._path = path
        self.package = Package(path, release=model.release or NEWEST)
        for name, part in model.parts.items():
            self.package.add(name, part.content, part.content_type)
        self._next_object = count(1 + max(object_numbers(model), default=0))
        self._sids = block_sids(model)
        self._diagram = DiagramWriter(self._release, self._sids, self._refer, self._new_object)
        self._owner = MAIN  # the part that is being written, which owns the systems that it refers to
        self._waiting: list[tuple[System, str]] = []
        self._main()
        self._configurations()
        self._defaults()
        self._stateflow()
        for relationship in model.relationships:
            known = not relationship.source or relationship.source in self.package.parts
            source = relationship.source if known else MAIN
            self.package.relate(source, relationship.target, relationship.type, relationship.id, relationship.external)
        add_properties(model, self.package, self._release)

    def _reached(self, change: str) -> bool:
        return reached(self._release, change)

    def _new_object(self) -> int:
        return next(self._next_object)

    def _add(self, name: str, out: Lines, content_type: str = _MAIN_TYPE) -> str:
        """Add a written part, under another name if a part that was kept has this one already."""
        stem, dot, ending = name.rpartition(".")
        names = (name, *(f"{stem}_{number}{dot}{ending}" for number in range(2, len(self.package.parts) + 3)))
        free = next(name for name in names if name not in self.package.parts)
        self.package.add(free, out.content(self._path, free), content_type)
        return free

    # -- the block diagram

    def _main(self) -> None:
        model, out = self._model, Lines()
        out.begin("ModelInformation", {"Version": "1.0" if self._reached("R2014b") else "0.9"})
        out.begin(model.kind)
        self._parameters(out)
        if not self._reached(CONFIGURATION_PARTS) and model.configurations:
            out.entry(inline_section(model, self._new_object))
        if not self._reached(DEFAULTS_PART):
            out.entries(self._default_sections())
        if self._reached(SYSTEM_PARTS):
            out.leaf("System", {"Ref": self._reference(model.root, "root")})
        else:
            self._diagram.system(model.root, out)
        out.end(model.kind)
        if model.stateflow is not None and not self._reached(STATEFLOW_PART):
            out.entry(model.stateflow)
        for entry in model.sections:
            if entry.name == "ModelInformation" and isinstance(entry, Section):
                out.entries(entry.entries)
        out.end("ModelInformation")
        self.package.add(MAIN, out.content(self._path, MAIN), _MAIN_TYPE)
        self.package.relate("", MAIN, f"{_SIMULINK}/2010/relationships/blockDiagram", "blockDiagram")
        while self._waiting:
            system, self._owner = self._waiting.pop()
            out = Lines()
            self._diagram.system(system, out)
            self.package.add(self._owner, out.content(self._path, self._owner), _MAIN_TYPE)

    def _parameters(self, out: Lines) -> None:
        """The model's own parameters and objects, in the groups that its file had or that are usual."""
        model = self._model
        groups = model.groups if model.format in ("opc", "slx") else usual_groups()
        sections = [entry for entry in model.sections if entry.name != "ModelInformation"]
        own = {name: text for name, text in model.parameters.items() if name not in groups}
        out.own(own, [entry for entry in sections if entry_name(entry) not in groups])
        used = {groups[name] for name in (*model.parameters, *map(entry_name, sections)) if name in groups}
        for group in sorted(used, key=[*GROUPS, *used].index):
            out.begin(group)
            own = {name: text for name, text in model.parameters.items() if groups.get(name) == group}
            out.own(own, [entry for entry in sections if groups.get(entry_name(entry)) == group])
            out.end(group)

    def _refer(self, block: Block, system: System) -> str | None:
        return self._reference(system, self._sids[id(block)]) if self._reached(SYSTEM_PARTS) else None

    def _reference(self, system: System, key: str) -> str:
        """Put a system in a part of its own and return the reference that stands in its place."""
        reference = f"system_{key}"
        file = re.sub(
            r"[^0-9A-Za-z_-]", "_", reference
        )  # a colon has no place in a file's name, nor have stranger things
        name = f"simulink/systems/{file}.xml"
        taken = {*self.package.parts, *(name for _, name in self._waiting)}
        if name in taken:
            name = next(free for number in count(2) if (free := f"{name[:-4]}_{number}.xml") not in taken)
        self._waiting.append((system, name))
        self.package.relate(self._owner, name, f"{_SIMULINK}/2010/relationships/system", reference)
        return reference

    # -- the other parts

    def _default_sections(self) -> list[Section]:
        """All sections of defaults; those of blocks come last, as Simulink writes them."""
        others = [section for section in self._model.other_defaults if section.name != block_defaults.NAME]
        others = nested_mask_defaults(others) if self._reached(MASK_ELEMENT) else others
        return [*others, *block_defaults.defaults_section(self._model)]

    def _configurations(self) -> None:
        model = self._model
        if not self._reached(CONFIGURATION_PARTS) or not model.configurations:
            return
        information = Lines()
        information.begin("ConfigSetInfo")
        names = []
        for number, section in enumerate(model.configurations):
            out = Lines()
            out.entry(section if section.name == "ConfigSet" else Section("ConfigSet", {}, [section]))
            names.append(self._add(f"simulink/configSet{number}.xml", out, f"{_CONFIGURATION_TYPE}+xml"))
            active = {"Active": "true"} if number == model.active_configuration else {}
            information.leaf("ConfigSet", {"PartName": f"/{names[-1]}", **active}, section.get("Name") or "")
        information.end("ConfigSetInfo")
        part = self._add("simulink/configSetInfo.xml", information, f"{_CONFIGURATION_TYPE}Info+xml")
        self.package.relate("", part, f"{_SIMULINK}/2014/relationships/configSetInfo", "configSetInfo")
        for number, name in enumerate(names):
            self.package.relate(part, name, f"{_SIMULINK}/2014/relationships/configSet", f"configSet{number}")

    def _defaults(self) -> None:
        defaults = self._default_sections()
        if not self._reached(DEFAULTS_PART) or not defaults:
            return
        out = Lines()
        out.entry(Section("BlockDiagramDefaults", {}, [*defaults]))
        part = self._add("simulink/bddefaults.xml", out)
        owner = "" if self._reached(DEFAULTS_OWNER) else MAIN
        self.package.relate(owner, part, f"{_SIMULINK}/2017/relationships/blockDiagramDefaults", "blockDiagramDefaults")

    def _stateflow(self) -> None:
        stateflow = self._model.stateflow
        if stateflow is None or not self._reached(STATEFLOW_PART):
            return
        split = self._reached(CHART_PARTS)
        charts: dict[str, Section] = {}
        out = Lines()
        out.entry(self._without_charts(stateflow, charts) if split else stateflow)
        name = "simulink/stateflow/machine.xml" if split else "simulink/stateflow.xml"
        machine = self._add(name, out, f"{_STATEFLOW_TYPE}.machine+xml")
        id_ = "stateflow_machine" if split else "stateflow"
        self.package.relate(MAIN, machine, f"{_MODEL}/2014/relationships/stateflowMachine", id_)
        for reference, chart in charts.items():
            out = Lines()
            out.entry(chart)
            part = self._add(_chart_part(reference), out, f"{_STATEFLOW_TYPE}.chart+xml")
            self.package.relate(machine, part, f"{_MODEL}/2018/relationships/stateflowMachine", reference)

    def _without_charts(self, section: Section, charts: dict[str, Section]) -> Section:
        """A copy in which references stand for the charts, which are added to `charts`."""
        copy = Section(section.name, section.attributes, [], section.text)
        for entry in section.entries:
            if not isinstance(entry, Section):
                copy.entries.append(entry)
                continue
            reference = f"chart_{entry.attributes.get('id', '')}"
            taken = reference in charts or _chart_part(reference) in self.package.parts
            if entry.name == "chart" and re.fullmatch(r"chart_\w+", reference) and not taken:
                charts[reference] = entry
                copy.entries.append(Section("chart", {"Ref": reference}))
            else:
                copy.entries.append(self._without_charts(entry, charts))
        return copy


def _chart_part(reference: str) -> str:
    return f"simulink/stateflow/{reference}.xml"


def block_sids(model: Model) -> dict[int, str]:
    """The SID of every block, by identity: its own, or a number that is free where the file gave it none."""
    found = {id(block): block.sid for _, block in model.all_blocks()}
    notes = [note.sid for note in model.root.annotations]
    taken = [*found.values(), *notes, model.root.parameters.get("SIDHighWatermark")]
    free = count(1 + max(map(sid_number, taken), default=0))
    return {key: sid if sid is not None else str(next(free)) for key, sid in found.items()}
