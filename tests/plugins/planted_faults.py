"""Faults planted in the LSTM diagram, a block each: wrong gain, sign, delay, start, gate, wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridge.model import Endpoint, Model

GATES = {"i": "1:Nn", "f": "Nn+1:2*Nn", "g": "2*Nn+1:3*Nn", "o": "3*Nn+1:4*Nn"}


@dataclass(frozen=True)
class Fault:
    """`plant` changes a model; `blocks` are those that it changes."""

    name: str
    blocks: tuple[str, ...]
    plant: Callable[[Model], object]

    def __str__(self) -> str:
        return self.name


def parameter(block: str, **values: str) -> Fault:
    """Other parameters."""
    told = ", ".join(f"{name} {value}" for name, value in values.items())
    return Fault(f"{block}: {told}", (block,), lambda model: model.find(block).parameters.update(values))


def library(block: str, function: str) -> Fault:
    """Another function of the neural library."""
    values = {"SourceBlock": f"neural/Transfer Functions/{function}", "SourceType": function.upper()}
    return Fault(f"{block}: {function}", (block,), lambda model: model.find(block).parameters.update(values))


def exchanged(one: str, port: int, other: str, second: int) -> Fault:
    """The wires into two ports exchanged."""

    def plant(model: Model) -> None:
        ends = Endpoint(one, "in", port), Endpoint(other, "in", second)
        pieces = {
            piece.destination: piece for line in model.root.lines for piece in line.walk() if piece.destination in ends
        }
        first, last = (pieces[end] for end in ends)
        first.destination, last.destination = last.destination, first.destination

    return Fault(f"wires of {one}/{port} and {other}/{second}", (one, other), plant)


def another_kind(block: str, kind: str, **values: str) -> Fault:
    """A block of another kind in its place."""

    def plant(model: Model) -> None:
        found = model.find(block)
        found.kind = kind
        for name in ("InitialCondition", "SourceBlock", "SourceType", "LibraryVersion", "HasFrameUpgradeWarning"):
            if name in found.parameters and name not in values and kind != "UnitDelay":
                start = found.parameters.pop(name)
                if name == "InitialCondition" and kind == "Delay":
                    found.parameters[name] = start
        found.parameters.update(values)

    return Fault(f"{block}: {kind} {values}", (block,), plant)


def faults() -> list[Fault]:
    """At least one for every block whose fault changes the output."""
    found = [
        parameter("From Workspace", VariableName="[t -u]"),
        parameter("From Workspace", VariableName="[t u(:,[2 1 3 4])]"),
        parameter("From Workspace", SampleTime="3*Ts"),
        parameter("FC layer", Gain="1.001*F"),
        parameter("FC layer", Gain="-F"),
        parameter("FC layer", Gain="F([2 1],:)"),
        parameter("Hidden State", InitialCondition="0"),
        parameter("Hidden State", InitialCondition="c0"),
        parameter("Cell State", InitialCondition="c0 + 1e-3"),
        parameter("Cell State", InitialCondition="-c0"),
        parameter("sum c", Inputs="+-"),
        parameter("sum c", Inputs="-+"),
        parameter("f * c(t-1)", Inputs="*/"),
        parameter("i * g", Inputs="/*"),
        parameter("o * tansig(c)", Inputs="*/"),
        library("tansig", "logsig"),
        library("cell candidate", "logsig"),
        *(library(block, "tansig") for block in ("forget gate", "input gate", "output gate")),
        another_kind("Hidden State", "Delay", DelayLength="2", SampleTime="Ts"),
        another_kind("Cell State", "Delay", DelayLength="3", SampleTime="Ts"),
        another_kind("tansig", "Gain", Gain="1"),
        another_kind("forget gate", "Gain", Gain="0.5"),
        exchanged("f * c(t-1)", 2, "i * g", 1),
        exchanged("i * g", 2, "o * tansig(c)", 2),
        exchanged("sum i", 3, "sum o", 3),
        exchanged("Hidden State", 1, "Cell State", 1),
    ]
    for gate, rows in GATES.items():
        other = {"i": "f", "f": "i", "g": "o", "o": "g"}[gate]
        found += [
            parameter(f"W{gate}", Gain=f"1.001*W({rows},:)"),
            parameter(f"W{gate}", Gain=f"W({GATES[other]},:)"),
            parameter(f"R{gate}", Gain=f"-R({rows},:)"),
            parameter(f"R{gate}", Gain=f"R({GATES[other]},:)"),
            parameter(f"R{gate}", Gain=f"R({rows},:)'"),
            parameter(f"b{gate}", Value=f"b({rows}) - 1e-3"),
            parameter(f"b{gate}", Value=f"b({GATES[other]})"),
            parameter(f"sum {gate}", Inputs="++-"),
            parameter(f"sum {gate}", Inputs="+-+"),
            exchanged(f"sum {gate}", 1, f"sum {other}", 1),
            exchanged(f"sum {gate}", 2, f"sum {other}", 2),
        ]
    return found


def neighbours(model: Model, blocks: tuple[str, ...]) -> set[str]:
    """Some blocks and those that a line connects with them."""
    found = set(blocks)
    for line in model.root.lines:
        ends = {line.source.block if line.source else "", *(end.block for end in line.destinations)}
        for block in blocks:
            if line.source is not None and line.source.block == block:
                found |= ends
            elif block in ends and line.source is not None:
                found.add(line.source.block)
    return found
