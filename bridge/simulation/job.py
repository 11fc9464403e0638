"""What a diagram's program is made from, and making it: the one place that needs the room of diagrams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridge.errors import MatlabError
from bridge.program import Program, Type
from bridge.simulation.replacing import variables_in
from bridge.simulation.sources import Path, Workspace, load_model, load_workspace, model_workspace

if TYPE_CHECKING:
    from bridge.diagram.build import Diagram
    from bridge.model import Model


@dataclass(frozen=True)
class Job:
    """Everything that decides what the program is, as the caller gave it."""

    model: Model | Path
    workspace: Workspace = None
    subsystem: str | None = None
    set: Mapping[str, object] | None = None
    log: Sequence[str] = ()
    step: float | None = None
    stop_time: float | None = None
    solver: str | None = None
    input_types: Mapping[str, Type] | None = None
    transform: Callable[[Program], object] | None = None
    data: Mapping[str, Any] | None = None
    """Variables in place of the caller's and of those that the model carries."""

    def build(self) -> Built:
        """Read the files and trace the program."""
        from bridge.diagram.build import build
        from bridge.diagram.survey import refuse_unsupported

        model = load_model(self.model)
        given = load_workspace(self.workspace)
        try:
            carried = {**model_workspace(model), **(self.data or {})}
        except MatlabError:
            if self.subsystem is None:
                refuse_unsupported(model)  # which no variables would help
            raise
        parameters = {name: value for name, value in (self.set or {}).items() if "/" in name}
        if len(parameters) < len(self.set or {}):
            carried |= variables_in(self.set or {}, model, {**given, **carried})
        tensors = {name: value for name, value in given.items() if hasattr(value, "detach")}
        diagram = build(
            model,
            {**given, **{name: value.detach().cpu().numpy() for name, value in tensors.items()}},
            model_workspace=carried,
            subsystem=self.subsystem,
            overrides=parameters,
            log=self.log,
            step=self.step,
            stop_time=self.stop_time,
            input_types=self.input_types,
            solver=self.solver,
        )
        if self.transform is not None:
            self.transform(diagram.program)
        return Built(model, diagram, {**given, **carried}, tensors)


@dataclass(frozen=True)
class Built:
    """A model read and traced, with every variable that it was given or carries; `tensors` are those of torch."""

    model: Model
    diagram: Diagram
    variables: Mapping[str, Any]
    tensors: Mapping[str, Any]


@dataclass(frozen=True)
class Ready:
    """What running needs. Of the program no more than parameters, inputs, slots, outputs and rates where it is kept.

    `operations` counts the nodes of a step, those of loops and branches once. `solver` tells how continuous states are
    integrated, if there are any.
    """

    program: Program
    parameters: Mapping[str, Any]
    structural: frozenset[str]
    steps: int
    operations: int
    model: str
    release: str
    solver: str = ""

    @staticmethod
    def of(built: Built) -> Ready:
        """What running needs of a diagram that has just been built."""
        diagram, program = built.diagram, built.diagram.program
        operations = sum(1 for node in program.step.walk() if node.op != "constant")
        release = built.model.release or ""
        return Ready(
            program,
            diagram.parameters,
            diagram.structural,
            diagram.steps,
            operations,
            built.model.name,
            release,
            diagram.solver,
        )
