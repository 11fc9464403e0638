"""The ports that decide whether a subsystem runs, or starts anew: Enable, Trigger, Action Port, Reset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.diagram.block import Block, State, as_parameter
from bridge.diagram.blocks.discrete import UnitDelay
from bridge.diagram.blocks.edges import UNKNOWN, crossing, crossing_reset, reaches, sign, signed
from bridge.diagram.control import ControlPort
from bridge.diagram.parameters import Choice, Flag, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT8, INT32, Type


@register("EnablePort")
class EnablePort(ControlPort):
    """The subsystem runs while the signal is above zero; of a vector, while any element is (Simulink, *Enable*)."""

    every_step = True
    StatesWhenEnabling = Choice("held", "reset")
    ShowOutputPort = Flag("off")

    @property
    def resets_states(self) -> bool:
        return self.StatesWhenEnabling == "reset"

    @property
    def shows(self) -> bool:
        return self.ShowOutputPort

    def output(self, signal: Value) -> Sequence[Value]:
        runs = t.reduce("any", _above_zero(signal))
        return [signal, runs] if self.shows else [runs]


def _above_zero(signal: Value) -> Value:
    if signal.dtype == BOOLEAN:
        return signal
    if signal.dtype.is_integer and not signal.dtype.signed:
        return t.not_equal(signal, 0)
    return signal > 0


class HeldOutport(Block):
    """An Outport of a subsystem that runs under a condition: what it shows while the subsystem does not run."""

    kind = "Outport"
    outputs = 0
    OutputWhenDisabled = Choice("held", "reset")
    InitialOutput = Tunable("[]")
    #: Off, it copies its input whenever the subsystem runs; on, it only passes on what blocks inside write.
    EnsureOutportIsVirtual = Flag("off")

    @property
    def has_initial(self) -> bool:
        """Whether it has an initial output of its own."""
        return self.InitialOutput.type.size > 0

    def initial(self, type: Type) -> Value:
        """What it shows before the subsystem first runs."""
        return self.shaped(as_parameter(self.InitialOutput, type.dtype), type.shape, "InitialOutput")


class Latch(UnitDelay):
    """An Inport that shows what stood at the edge of a triggered subsystem in the step before.

    (Simulink, *Inport*, Latch input by delaying outside signal.)
    """


_FIRST = {"compatibility (no trigger on first evaluation)": UNKNOWN, "zero": 0, "positive": 1, "negative": -1}
_CALLED = "function-call"


@register("TriggerPort")
class TriggerPort(ControlPort):
    """The subsystem runs when the signal, or any element of it, crosses zero, or when it is called (*Trigger*).

    Rising is from below zero to zero or above, or from zero to above; but a signal that has just come to zero and so
    has fired does not fire again when it leaves zero in the next step. (MathWorks' ``rt_ZCFcn``.) The output tells of
    each element 1 where it rises, -1 where it falls, 0 where it does neither; 2 in a call.
    """

    restrictions = "function calls come from Function-Call Generator and Split"
    momentary = True
    drives = True
    TriggerType = Choice("rising", "falling", "either", _CALLED)
    InitialTriggerSignalState = Choice(*_FIRST)
    StatesWhenEnabling = Choice("held", "reset", "inherit")
    ShowOutputPort = Flag("off")
    OutputDataType = Choice("auto", "double", "int8")
    SampleTimeType = Choice("triggered")

    @property
    def is_event(self) -> bool:
        return True

    @property
    def called(self) -> bool:
        return self.TriggerType == _CALLED

    @property
    def resets_states(self) -> bool:
        return self.called and self.StatesWhenEnabling == "reset"

    @property
    def shows(self) -> bool:
        return self.ShowOutputPort

    def states(self, signal: Type, *_: Type) -> Mapping[str, State]:
        if self.called:
            return {}
        if signal.dtype.kind == "complex":
            raise self.mistyped("a complex signal does not cross zero")
        first = _FIRST[self.InitialTriggerSignalState]
        like = signal.with_dtype(INT32)
        if not signed(signal.dtype):  # it never comes to zero from below
            return {"before": State(t.constant(max(first, 0), INT32), like=like, kind="edge history")}
        return {
            "before": State(t.constant(first, INT32), like=like, kind="edge history"),
            "reached": State(t.constant(0, INT32), like=like, kind="edge history"),
        }

    def output(self, signal: Value, enabled: Value | None = None) -> Sequence[Value]:
        if self.called:
            return [self._shown(t.constant(2, INT8)), _call(signal)] if self.shows else [_call(signal)]
        now, before = sign(signal), self.state("before")
        reached = self.state("reached") if signed(signal.dtype) else t.zeros(now.type)
        event, fires = t.zeros(now.type.with_dtype(INT8)), t.zeros(now.type.with_dtype(BOOLEAN))
        for kind, number in (("rising", 1), ("falling", -1)):
            if self.TriggerType in (kind, "either"):
                found = crossing(kind, now, before, reached)
                event, fires = t.where(found, number, event), fires | found
        runs = t.reduce("any", fires)
        return [self._shown(event), runs] if self.shows else [runs]

    def _shown(self, event: Value) -> Value:
        return event if self.OutputDataType == "int8" else a.convert(event, DOUBLE)

    def update(self, signal: Value, enabled: Value | None = None) -> Mapping[str, Value]:
        if self.called:
            return {}
        now, before = sign(signal), self.state("before")
        if signed(signal.dtype):
            return {"before": now, "reached": reaches(now, before)}
        if enabled is not None and signal.dtype == BOOLEAN:
            # So in generated code, which keeps the history of a boolean while the subsystem is disabled.
            return {"before": t.where(enabled, now, before)}
        return {"before": now}


@register("ActionPort")
class ActionPort(ControlPort):
    """The subsystem runs when an If or a Switch Case block calls it (Simulink, *Action Port*)."""

    every_step = True
    drives = True
    called = True
    InitializeStates = Choice("held", "reset")

    @property
    def resets_states(self) -> bool:
        return self.InitializeStates == "reset"

    def output(self, call: Value) -> Value:
        return _call(call)


def _call(signal: Value) -> Value:
    """A call; none where nothing is connected."""
    return signal if signal.dtype == BOOLEAN else t.constant(False, BOOLEAN)


@register("ResetPort")
class ResetPort(ControlPort):
    """The states in the subsystem take their initial values, before the outputs of the step (Simulink, *Reset*).

    *Level* resets while the signal is not zero and once more when it has come back to zero; *level hold* does not.
    """

    ResetTriggerType = Choice("level", "rising", "falling", "either", "level hold")

    @property
    def resets(self) -> bool:
        return True

    def states(self, signal: Type) -> Mapping[str, State]:
        if signal.size != 1 or signal.dtype.kind == "complex":
            raise self.mistyped(f"one real number resets, not {signal}")
        return {
            "before": State(t.constant(UNKNOWN, INT32), kind="edge history"),
            "reached": State(t.constant(0, INT32), kind="edge history"),
        }

    def output(self, signal: Value) -> Value:
        now = sign(t.reshape(signal, ()))
        return crossing_reset(self.ResetTriggerType, now, self.state("before"), self.state("reached"))

    def update(self, signal: Value) -> Mapping[str, Value]:
        now = sign(t.reshape(signal, ()))
        return {"before": now, "reached": reaches(now, self.state("before"))}
