"""Delays by any number of samples: the Delay block with its ports, and the library blocks around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.diagram.block import Block, Results, State, as_parameter
from bridge.diagram.blocks.edges import UNKNOWN, crossing_reset, reaches, sign
from bridge.diagram.blocks.history import refuse_frames
from bridge.diagram.parameters import Choice, Flag, Integer, Matrix, SampleTime, Text, Tunable
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT32, Shape, Type


def pushed(line: Value, u: Value) -> Value:
    """A delay line, oldest sample first along axis 0, with `u` behind and the oldest dropped."""
    newest = t.reshape(u, (1, *u.shape))
    length = line.shape[0]
    return newest if length == 1 else t.concat([t.cut(line, (1, length)), newest])


@register("Delay")
class Delay(Block):
    """y[n] = u[n-DelayLength], before that InitialCondition (Simulink, *Delay*, and its variants in the library).

    Ports: u, then as the options say d (the length), Enable, R (external reset) and x0 (the initial condition).
    """

    inputs = None
    restrictions = "frames of one row only; no Enable port beside an external reset"
    DelayLengthSource = Choice("Dialog", "Input port")
    DelayLength = Integer("2")
    DelayLengthUpperLimit = Integer("100")
    PreventDirectFeedthrough = Flag("off")
    InitialConditionSource = Choice("Dialog", "Input port")
    InitialCondition = Matrix("0.0")
    ExternalReset = Choice("None", "Rising", "Falling", "Either", "Level", "Level hold")
    ShowEnablePort = Flag("off")
    InputProcessing = Text("Elements as channels (sample based)")
    SampleTime = SampleTime("-1")

    @property
    def ports(self) -> list[str]:
        """What each input port carries."""
        options = {
            "length": self.DelayLengthSource == "Input port",
            "enable": self.ShowEnablePort,
            "reset": self.ExternalReset != "None",
            "x0": self.InitialConditionSource == "Input port",
        }
        return ["u", *(name for name, there in options.items() if there)]

    def count_ports(self) -> tuple[int, int]:
        return len(self.ports), 1

    @property
    def feedthrough(self) -> Sequence[bool]:
        through = self.DelayLengthSource == "Input port" or self.DelayLength == 0
        return [through and not self.PreventDirectFeedthrough, *(True for _ in self.ports[1:])]

    @property
    def length(self) -> int:
        """How many samples are kept."""
        variable = self.DelayLengthSource == "Input port"
        length = self.DelayLengthUpperLimit if variable else self.DelayLength
        if length < 0 or (variable and length == 0):
            name = "DelayLengthUpperLimit" if variable else "DelayLength"
            raise self.wrong(name, f"{length} is no number of samples")
        return max(length, 1) if self.PreventDirectFeedthrough else length

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        u = inputs[0]
        if u is not None:
            refuse_frames(self, self.InputProcessing, u)
        return [u]

    def assume(self) -> Sequence[Type | None]:
        if self.InitialConditionSource == "Input port" or not self.length:
            return [None]
        width = max(self.InitialCondition.type.size // self.length, 1)
        return [Type(() if width == 1 else (width,), DOUBLE)]

    def _line(self, value: Value, shape: Shape) -> Value:
        """An initial condition for every sample kept, (length, …), oldest first.

        One number or one signal for all of them, or in MATLAB's layout one for each along the last dimension.
        """
        rows, size = self.length, Type(shape, DOUBLE).size
        if value.type.size == 1:
            return t.broadcast(t.column_major(value, ()), (rows, *shape))
        if value.type.size == rows * size:
            stacked = t.column_major(value, (*shape, rows))
            return t.transpose(stacked, (len(shape), *range(len(shape))))
        if value.type.size == size:
            return t.broadcast(t.column_major(value, shape), (rows, *shape))
        given = "x".join(map(str, value.shape))
        raise self.misshapen(f"the initial condition of size {given} fits neither the input nor input x {rows} samples")

    def states(self, *inputs: Type) -> Mapping[str, State]:
        if self.ShowEnablePort and (self.ExternalReset != "None" or not self.length):
            raise self.unsupported("an Enable port beside an external reset, or of a delay by no sample")
        if not self.length:
            return {}
        of = dict(zip(self.ports, inputs, strict=True))
        u = of["u"]
        states: dict[str, State] = {}
        if "x0" in of:
            states["x"] = State(t.zeros(Type((self.length, *u.shape), u.dtype)))
            states["load"] = State(t.true(), kind="mode")
        else:
            states["x"] = State(self._line(as_parameter(self.InitialCondition, u.dtype), u.shape))
        if "reset" in of:
            if of["reset"].size != 1:
                raise self.unsupported("a reset signal of more than one element")
            states["sign"] = State(t.constant(UNKNOWN, INT32), kind="edge history")
            states["reached"] = State(t.constant(0, INT32), kind="edge history")
        if "enable" in of:
            states["y"] = State(t.zeros(u), kind="held output")
        return states

    def _now(self, of: Mapping[str, Value]) -> Value:
        """The line as this step sees it: loaded at first and on a reset."""
        line = self.state("x")
        u = of["u"]
        fresh = as_parameter(of.get("x0", self.InitialCondition), u.dtype)
        loads = [self.state("load")] if "x0" in of else []
        if "reset" in of:
            loads.append(self._resets(of["reset"]))
        if not loads:
            return line
        load = loads[0] if len(loads) == 1 else loads[0] | loads[1]
        return t.where(load, self._line(fresh, u.shape), line)

    def _resets(self, signal: Value) -> Value:
        now, before = sign(t.reshape(signal, ())), self.state("sign")
        return crossing_reset(self.ExternalReset.lower(), now, before, self.state("reached"))

    def output(self, *inputs: Value) -> Results:
        of = dict(zip(self.ports, inputs, strict=True))
        y = self._delayed(of)
        return t.where(self._enabled(of["enable"]), y, self.state("y")) if "enable" in of else y

    def _delayed(self, of: Mapping[str, Value]) -> Value:
        u = of["u"]
        if not self.length:
            return u
        line = self._now(of)
        if "length" not in of:
            return t.reshape(t.cut(line, (0, 1)), u.shape)
        # Beyond the limits a length is clipped, and what is not whole is cut off.
        least = 1 if self.PreventDirectFeedthrough else 0
        given = t.reshape(of["length"], ())
        whole = t.storage(t.trunc(given) if given.dtype.is_float else given, INT32)
        clipped = t.where(whole > self.length, self.length, t.where(whole < least, least, whole))
        if least:
            return t.gather(line, self.length - clipped)
        both = t.concat([line, t.reshape(u, (1, *u.shape))])
        return t.gather(both, self.length - clipped)

    @staticmethod
    def _enabled(signal: Value) -> Value:
        signal = t.reshape(signal, ())
        return signal if signal.dtype == BOOLEAN else t.not_equal(signal, 0)

    def update(self, *inputs: Value) -> Mapping[str, Value]:
        of = dict(zip(self.ports, inputs, strict=True))
        if not self.length:
            return {}
        following = {"x": pushed(self._now(of), of["u"])}
        if "enable" in of:
            enabled = self._enabled(of["enable"])
            following["x"] = t.where(enabled, following["x"], self.state("x"))
            following["y"] = t.where(enabled, self._delayed(of), self.state("y"))
        if "x0" in of:
            loaded = t.constant(False, BOOLEAN)
            following["load"] = t.where(enabled, loaded, self.state("load")) if "enable" in of else loaded
        if "reset" in of:
            now = sign(t.reshape(of["reset"], ()))
            following |= {"sign": now, "reached": reaches(now, self.state("sign"))}
        return following


@register("simulink/Discrete/Integer Delay")
class IntegerDelay(Block):
    """y[n] = u[n-NumDelays], before that vinit (Simulink up to R2011, *Integer Delay*)."""

    vinit = Tunable("0.0")
    NumDelays = Integer("4")
    samptime = SampleTime("-1")
    feedthrough = False

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return self.samptime

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        return list(inputs)

    def assume(self) -> Sequence[Type | None]:
        return [Type((), DOUBLE)]

    def states(self, u: Type) -> Mapping[str, State]:
        if self.NumDelays < 1:
            raise self.wrong("NumDelays", f"{self.NumDelays} is no number of samples from 1 on")
        first = self.shaped(as_parameter(self.vinit, u.dtype), u.shape, "vinit")
        return {"x": State(t.broadcast(first, (self.NumDelays, *u.shape)))}

    def output(self, u: Value) -> Value:
        return t.reshape(t.cut(self.state("x"), (0, 1)), u.shape)

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"x": pushed(self.state("x"), u)}


@register("simulink/Discrete/Tapped Delay")
class TappedDelay(Block):
    """The last NumDelays samples of a scalar as a vector (Simulink, *Tapped Delay*)."""

    restrictions = "scalar inputs only"
    vinit = Tunable("0.0")
    NumDelays = Integer("4")
    samptime = SampleTime("-1")
    DelayOrder = Choice("Oldest", "Newest")
    includeCurrent = Flag("off")

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return self.samptime

    @property
    def feedthrough(self) -> bool:
        return self.includeCurrent

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        (u,) = inputs
        if u is None:
            return [None]
        if u.size != 1:
            raise self.unsupported(f"an input of {u.size} elements")
        return [u.with_shape((self.NumDelays + self.includeCurrent,))]

    def assume(self) -> Sequence[Type | None]:
        return [Type((self.NumDelays + self.includeCurrent,), DOUBLE)]

    def states(self, u: Type) -> Mapping[str, State]:
        if self.NumDelays < 1:
            raise self.wrong("NumDelays", f"{self.NumDelays} is no number of samples from 1 on")
        return {"x": State(self.vinit, like=u.with_shape((self.NumDelays,)))}

    def output(self, u: Value) -> Value:
        line = self.state("x")
        if self.includeCurrent:
            line = t.concat([line, t.reshape(u, (1,))])
        return line if self.DelayOrder == "Oldest" else t.take(line, range(line.shape[0] - 1, -1, -1))

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"x": pushed(self.state("x"), t.reshape(u, ()))}
