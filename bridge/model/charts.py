"""Charts and MATLAB Functions: the code behind blocks of a model, as written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.model.paths import as_in_path
from bridge.model.section import Section

if TYPE_CHECKING:
    from bridge.model.model import Model


@dataclass(slots=True, frozen=True)
class ChartData:
    """A variable of a chart or function.

    `scope` is ``INPUT_DATA``, ``OUTPUT_DATA``, ``PARAMETER_DATA``, ``LOCAL_DATA``, …; `size`, `type` and
    `initial_value` are text as written, empty where the file leaves them to Simulink (``Inherit: …`` counts as text).
    """

    name: str
    scope: str
    size: str = ""
    type: str = ""
    initial_value: str = ""


@dataclass(slots=True, frozen=True)
class Chart:
    """What one block of a chart, truth table or MATLAB Function holds. `path` is the block's, as `Model.find` takes it.

    `section` is the whole of it as a tree: ``state``, ``transition``, ``junction``, ``data`` and ``event`` in the
    section ``Children`` of what they belong to.
    """

    path: str
    section: Section

    @property
    def kind(self) -> str:
        """``EML_CHART`` for a MATLAB Function, ``TRUTH_TABLE_CHART``, ``STATE_TRANSITION_TABLE_CHART``; empty else."""
        return self.section.get("type") or ""

    @property
    def script(self) -> str | None:
        """The code of a MATLAB Function block; None for charts."""
        if self.kind != "EML_CHART":
            return None
        for state in self._children("state"):
            code = state.section("eml")
            if code is not None and code.get("script") is not None:
                return code.get("script")
        return None

    @property
    def data(self) -> list[ChartData]:
        """The variables of the whole chart, in the order of the file, which is that of ports."""
        found = []
        for section in self._children("data"):
            props = section.section("props") or Section("props")
            array = props.section("array") or Section("array")
            name = section.attributes.get("name") or section.get("name") or ""
            found.append(
                ChartData(
                    name,
                    section.get("scope") or "",
                    array.get("size") or "",
                    section.get("dataType") or "",
                    props.get("initialValue") or "",
                )
            )
        return found

    def _children(self, kind: str) -> list[Section]:
        children = self.section.section("Children")
        return list(children.sections(kind)) if children is not None else []


def charts_of(model: Model) -> dict[str, Chart]:
    """The charts of a model by the path of their block."""
    if model.stateflow is None:
        return {}
    charts = {section.attributes.get("id"): section for section in model.stateflow.walk() if section.name == "chart"}
    found = {}
    for instance in model.stateflow.sections("instance"):
        section = charts.get(instance.get("chart"))
        if section is not None:
            path = as_in_path(instance.get("name") or "")
            found[path] = Chart(path, section)
    return found
