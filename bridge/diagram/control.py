"""What decides whether a subsystem runs in a step: one class per kind of control port."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.model import Block as Source
from bridge.program.form import Value
from bridge.program.trace import not_equal, reduce
from bridge.program.types import BOOLEAN


@dataclass(frozen=True)
class Control:
    """The condition of a group. `port` is the kind of endpoint that carries the signal.

    `resets_states`: states take their initial values when the group runs again after a pause.
    """

    port: str
    resets_states: bool = False

    def condition(self, signal: Value) -> Value:
        """A boolean scalar: whether the subsystem runs."""
        raise NotImplementedError


@dataclass(frozen=True)
class Enable(Control):
    """Runs while the signal is above zero; of a vector, while any element is (Simulink, *Enable* block)."""

    port: str = "enable"

    def condition(self, signal: Value) -> Value:
        positive = signal if signal.dtype == BOOLEAN else _above_zero(signal)
        return reduce("any", positive)


def _above_zero(signal: Value) -> Value:
    if signal.dtype.is_integer and not signal.dtype.signed:
        return not_equal(signal, 0)
    return signal > 0


def control_of(source: Source, text: str) -> Control | None:
    """The control that a block inside a subsystem stands for, if it is an EnablePort. `text` is StatesWhenEnabling."""
    if source.kind == "EnablePort":
        return Enable(resets_states=text.strip().lower() == "reset")
    return None
