"""A diagram of LSTM and fully connected layers, back to the network that it draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.crossings.affine import weighted_sum
from bridge.crossings.elements import Reading
from bridge.crossings.lstm_cell import find_cell
from bridge.diagram.build import build
from bridge.errors import ModelError, UsageError
from bridge.model import Model
from bridge.network import LSTM, FullyConnected, Layer, Network, SequenceInput
from bridge.program import Output, Program
from bridge.program.form import Value


def network_from_diagram(
    model: Model,
    workspace: Mapping[str, Any],
    *,
    model_workspace: Mapping[str, Any] | None = None,
    output: str | None = None,
) -> Network:
    """The network that a diagram draws, its weights bit for bit as the diagram's parameters give them.

    model      the diagram: From Workspace (or a root Inport), any chain of LSTM layers and weighted sums, To Workspace
               (or a root Outport). How its blocks are ordered, named and grouped does not matter: the diagram's
               mathematics is compared, not its drawing. Gates may share blocks; tansig and tanh are taken as equal;
               weights are those of the gate that they act in, wherever they stand in the workspace
    workspace  variables by name, among them those that the From Workspace block reads
    output     the recorded signal that is the network's output, where there are several

    `HiddenState` and `CellState` are the delays' initial conditions, not set where these are zero. Arrays are in
    double precision.
    Raises ModelError with the path of the block at which the diagram is not that of such a network.
    """
    diagram = build(model, workspace, model_workspace=model_workspace)
    _check_steady(diagram.program)
    reading = Reading(model, diagram.program, diagram.parameters)
    signals: tuple[Value, ...] = (_output(reading, output),)
    layers: list[Layer] = []
    while not all(_is_input(model, reading, signal) for signal in signals):
        layer, signals = _layer(reading, signals)
        layers.insert(0, layer)
    if not layers:
        raise ModelError(model.name, "the output is the input: there is no layer between them")
    return Network([SequenceInput(sum(signal.type.size for signal in signals)), *layers])


def _check_steady(program: Program) -> None:
    """Refuse blocks that pause: a layer computes at every step."""
    for node in program.step.nodes:
        if node.op != "if":
            continue
        delays = [slot for slot in program.slots if slot.kind == "discrete" and not slot.path.startswith(node.origin)]
        others = " and ".join(f"'{slot.path}'" for slot in delays)
        beside = f", at another sample time than {others}" if others and program.rates else ""
        raise ModelError(node.origin, f"runs only at some steps of {program.period:g} s{beside}, so this is no LSTM")


def _layer(reading: Reading, signals: tuple[Value, ...]) -> tuple[Layer, tuple[Value, ...]]:
    """The last layer before a signal, and the signals that it takes."""
    value = reading.bare(signals[0])
    if len(signals) > 1:
        others = ", ".join(f"'{reading.origin(signal)}'" for signal in signals[1:])
        raise ModelError(reading.origin(value), f"goes into one layer together with {others}: no chain of layers")
    node = value.node
    if node is not None and node.op == "mul" and not any(operand in reading.constants for operand in node.inputs):
        cell = find_cell(reading, value)
        states = {name: state for name, state in cell.states.items() if state.any()}
        arrays = {"InputWeights": cell.InputWeights, "RecurrentWeights": cell.RecurrentWeights, "Bias": cell.Bias}
        return LSTM(len(cell.RecurrentWeights) // 4, **arrays, **states), cell.inputs
    total = weighted_sum(reading, value)
    weights = [term.weights for term in total.terms.values() if term.weights is not None]
    if not weights or len(weights) < len(total.terms):
        raise _unknown(reading, value)
    bias = np.zeros(total.rows) if total.constant is None else total.constant
    return FullyConnected(total.rows, Weights=np.hstack(weights), Bias=bias[:, None]), tuple(total.terms)


def _unknown(reading: Reading, value: Value) -> ModelError:
    if value in reading.slots:
        return ModelError(reading.origin(value), "delays a signal outside of an LSTM layer")
    if value in reading.constants:
        return ModelError(reading.program.name, "the output does not depend on the input")
    return ModelError(reading.origin(value), "is neither the output of an LSTM nor a weighted sum of one signal")


def _output(reading: Reading, name: str | None) -> Value:
    """The recorded signal that is asked for, or that all others go into."""
    outputs: dict[str, Output] = {output.name: output for output in reading.program.outputs}
    if name is not None:
        if name not in outputs:
            there = ", ".join(outputs) or "nothing"
            raise UsageError(f"{reading.program.name} records no {name!r}; it records {there}")
        return outputs[name].value
    if not outputs:
        raise ModelError(reading.program.name, "records nothing: a To Workspace block or a root Outport is needed")
    values = {output.value for output in outputs.values()}
    last = [output.value for output in outputs.values() if values <= _behind(reading, output.value)]
    if not last:
        raise UsageError(f"{reading.program.name} records {', '.join(outputs)}: name the network's output")
    return last[0]


def _behind(reading: Reading, value: Value) -> set[Value]:
    """All that a signal is computed from within a step, and the states before it."""
    seen: set[Value] = set()
    pending = [value]
    while pending:
        each = pending.pop()
        if each in seen:
            continue
        seen.add(each)
        slot = reading.slots.get(each)
        if slot is not None and slot.next is not None:
            pending.append(slot.next)
        if each.node is not None:
            pending += [*each.node.inputs, *(free for region in each.node.regions for free in region.free())]
    return seen


def _is_input(model: Model, reading: Reading, value: Value) -> bool:
    """Whether a signal comes as it is from a block without inputs."""
    program = reading.program
    if value in program.inputs.values():
        return True
    if value.node is None or value in reading.constants:
        return False
    cone = _behind(reading, value) - reading.constants.keys()
    if any(each in reading.slots or each in program.hits for each in cone):
        return False
    origins = {each.node.origin for each in cone if each.node is not None}
    return all(_is_source(model, origin) for origin in origins)


def _is_source(model: Model, path: str) -> bool:
    block = model.find(path)
    system = block.parent
    return system is not None and not any(end.block == block.name for line in system.lines for end in line.destinations)
