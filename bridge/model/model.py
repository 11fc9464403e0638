"""The whole of what a Simulink file says, whichever of the three forms it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridge.errors import ModelError
from bridge.model.block import Block
from bridge.model.display import drawing
from bridge.model.paths import escape_name, join_path, split_path
from bridge.model.section import Entry, Parameter, Section
from bridge.model.system import System, parameter_text

if TYPE_CHECKING:
    from bridge.model.charts import Chart

# The components of a configuration set in which new settings go; all others go to the solver's.
_COMPONENT_OF = {
    "SolverCC": "StartTime StopTime AbsTol RelTol FixedStep InitialStep MaxOrder MaxStep MinStep Solver SolverName",
    "DataIOCC": "Decimation ExternalInput FinalStateName InitialState LimitDataPoints LoadExternalInput "
    "LoadInitialState OutputOption OutputSaveName OutputTimes Refine ReturnWorkspaceOutputs SaveFinalState SaveFormat "
    "SaveOutput SaveState SaveTime SignalLogging SignalLoggingName StateSaveName TimeSaveName",
}


@dataclass(slots=True)
class Part:
    """A part of the package that is kept as it is. `content_type` is what the package declares for it, if anything."""

    content: bytes = field(repr=False)
    content_type: str | None = None


@dataclass(slots=True, frozen=True)
class Relationship:
    """Which part belongs to which, and as what. `source` is the owner's name, empty for the package itself."""

    source: str
    id: str
    type: str
    target: str
    external: bool = False


@dataclass(slots=True)
class Workspace:
    """A model workspace as the file holds it.

    `source` is ``Model File``, ``MAT-File``, ``MATLAB File`` or ``MATLAB Code`` (``M-Code``). The variables stand in
    `data`, whose `form` is ``mat`` (a .mat file) or ``mxarray`` (one array of such a file), or come from `code`.
    """

    source: str
    form: str = ""
    data: bytes = field(default=b"", repr=False)
    code: str = ""


@dataclass(slots=True, eq=False, repr=False)
class Model:
    """What a Simulink file says, without meaning.

    `kind` is ``Model``, ``Library`` or ``Subsystem``; `format` ``mdl`` (classic), ``opc`` (text package), ``slx``, or
    empty for a model made here; `release` the MATLAB release that wrote it.
    `parameters` are the model's own, wherever the file groups them (`groups` remembers where, by name).
    `defaults` are the file's block defaults by block kind; `other_defaults` those of annotations, lines, masks, ….
    `configurations` are the configuration sets, `active_configuration` the index of the one in use.
    `stateflow` holds charts and MATLAB Function code; `sections` what else stands in the model;
    `parts` and `relationships` what else stands in the package, `properties` who made it and when (``dc:creator``).
    """

    name: str
    root: System = field(default_factory=System)
    kind: str = "Model"
    format: str = ""
    release: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, dict[str, str]] = field(default_factory=dict)
    other_defaults: list[Section] = field(default_factory=list)
    configurations: list[Section] = field(default_factory=list)
    active_configuration: int = 0
    stateflow: Section | None = None
    sections: list[Entry] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)
    relationships: list[Relationship] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    last_sid: int = 0

    def __post_init__(self) -> None:
        self.root.owner = self

    def __repr__(self) -> str:
        count = sum(1 for _ in self.all_blocks())
        return f"<{self.kind} {self.name!r}, {self.release or 'no release'}, {count} blocks>"

    def _repr_svg_(self) -> str | None:
        return drawing(self)

    @classmethod
    def new(cls, name: str, kind: str = "Model", release: str = "R2022a") -> Model:
        """An empty diagram, to be filled with `System.add` and `System.connect`.

        `release` (``R2022a``) is the one that the file will claim: that Simulink and every later one opens it.
        """
        if re.fullmatch(r"R20\d\d[ab]", release) is None:
            raise ModelError(name, f"{release!r} is no release; they are called like R2022a")
        model = cls(name, kind=kind, release=release)
        model.root.parameters.update(Location="[100, 100, 1100, 700]", Open="on", SIDHighWatermark="0")
        version = {"Version": f"{release[3:5]}.{'ab'.index(release[5])}.0"} if release >= "R2022a" else {}
        solver = Section("Object", {"ObjectID": "2", **version, "ClassName": "Simulink.SolverCC"})
        solver.entries += [
            Parameter("StartTime", "0.0"),
            Parameter("StopTime", "10.0"),
            Parameter("SolverName", "VariableStepAuto"),
        ]
        components = Section("Array", {"PropName": "Components", "Type": "Handle", "Dimension": "1*1"}, [solver])
        attributes = {"ObjectID": "1", **version, "ClassName": "Simulink.ConfigSet"}
        model.configurations.append(Section("Object", attributes, [components, Parameter("Name", "Configuration")]))
        return model

    @property
    def configuration(self) -> Section | None:
        """The configuration set in use."""
        if 0 <= self.active_configuration < len(self.configurations):
            return self.configurations[self.active_configuration]
        return None

    def component(self, class_name: str) -> Section | None:
        """A component of the configuration set in use, by class: ``SolverCC`` or ``Simulink.SolverCC``."""
        for section in self.configuration.walk() if self.configuration is not None else ():
            if section.attributes.get("ClassName", "").rpartition(".")[2] == class_name.rpartition(".")[2]:
                return section
        return None

    def setting(self, name: str, default: str | None = None) -> str | None:
        """A setting such as ``StopTime`` as written, from the configuration set or the model itself."""
        for section in self.configuration.walk() if self.configuration is not None else ():
            value = section.get(name)
            if value is not None:
                return value
        return self.parameters.get(name, default)

    @property
    def solver(self) -> str | None:
        """The solver's name, ``ode45`` or ``VariableStepAuto``: `SolverName`, or `Solver` in older files."""
        return self.setting("SolverName") or self.setting("Solver")

    def configure(self, **settings: object) -> None:
        """Change settings where they stand (``configure(StopTime=5, SolverName="ode4")``), or add them."""
        for name, value in settings.items():
            text = parameter_text(value)
            sections = list(self.configuration.walk()) if self.configuration is not None else []
            holder = next((section for section in sections if section.get(name) is not None), None)
            if holder is None and name not in self.parameters:
                holder = self._component_for(name)
            if holder is None:
                self.parameters[name] = text
            else:
                holder.set(name, text)

    def _component_for(self, name: str) -> Section | None:
        wanted = next((class_ for class_, names in _COMPONENT_OF.items() if name in names.split()), "SolverCC")
        found = self.component(wanted)
        array = self.configuration.section("Array") if self.configuration is not None else None
        if found is None and array is not None:
            others = [section.attributes for section in array.sections()]
            number = 1 + max((sid_number(found.get("ObjectID")) for found in others), default=1)
            version = {key: text for key, text in others[0].items() if key == "Version"} if others else {}
            found = Section("Object", {"ObjectID": str(number), **version, "ClassName": f"Simulink.{wanted}"})
            array.entries.append(found)
            array.attributes["Dimension"] = f"1*{len(array.entries)}"
        return found

    @property
    def charts(self) -> dict[str, Chart]:
        """Charts, truth tables and MATLAB Functions by the path of their block."""
        from bridge.model.charts import charts_of

        return charts_of(self)

    @property
    def functions(self) -> dict[str, str]:
        """The code of every MATLAB Function block, by the block's path."""
        return {path: chart.script for path, chart in self.charts.items() if chart.script is not None}

    @property
    def workspace(self) -> Workspace | None:
        """The model workspace, undecoded; None where the model has none of its own."""
        source = self.parameters.get("WSDataSource", "")
        code = self.parameters.get("WSMCode", "")
        names = [owned.target for owned in self.relationships if owned.type.endswith("/modelWorkspaceData")]
        for entry in self.sections:
            reference = entry.attributes.get("Ref", "")
            if entry.name == "WSMdlFileData" and reference.startswith("bdmxdata:"):
                names.append(f"simulink/bdmxdata/{reference.removeprefix('bdmxdata:')}.mxarray")
        for name in names:
            if name in self.parts:
                return Workspace(source or "Model File", name.rpartition(".")[2], self.parts[name].content, code)
        return Workspace(source, code=code) if source or code else None

    def all_blocks(self) -> Iterator[tuple[str, Block]]:
        """Every block with its path (``Controller/Gain``, without the model's name), from the outside in."""
        return self.root.walk()

    def find(self, path: str) -> Block:
        """The block at `path`, with or without the model's name in front. Raises ModelError, naming what is missing."""
        block = _at(self.root, path) or _at(self.root, path.removeprefix(join_path(self.name) + "/"))
        if block is not None:
            return block
        system: System | None = self.root
        for name in split_path(path):
            if system is None:
                break
            block = system.block(name)  # says what is missing
            system = block.subsystem
        raise ModelError(path, f"{block.path!r} has no blocks inside" if block is not None else "names no block")

    def new_sid(self) -> str:
        """A number that no block or annotation has; counts up from the largest one."""
        if self.last_sid == 0:
            systems = [self.root, *(block.subsystem for _, block in self.all_blocks() if block.subsystem is not None)]
            sids = [block.sid for system in systems for block in system.blocks]
            sids += [note.sid for system in systems for note in system.annotations]
            sids.append(self.root.parameters.get("SIDHighWatermark"))
            self.last_sid = max(map(sid_number, sids), default=0)
        self.last_sid += 1
        if "SIDHighWatermark" in self.root.parameters:
            self.root.parameters["SIDHighWatermark"] = str(self.last_sid)
        return str(self.last_sid)


def sid_number(sid: str | None) -> int:
    """The number that an SID is, or 0: within links and charts SIDs have several parts."""
    return int(sid) if sid is not None and sid.isdecimal() and len(sid) < 10 else 0


def _at(system: System, path: str) -> Block | None:
    """The block at `path` from here. Names are compared, not divided: a run of slashes can be divided in two ways."""
    for block in system.blocks:
        name = escape_name(block.name)
        if path == name:
            return block
        if block.subsystem is not None and path.startswith(f"{name}/"):
            found = _at(block.subsystem, path[len(name) + 1 :])
            if found is not None:
                return found
    return None
