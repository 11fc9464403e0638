"""The sides of a case whose weights and parameters can be changed, and how they run with others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bridge.cases.case import Case, Side
from bridge.cases.origins.of_network import Prepared
from bridge.cases.origins.weights import gates_of
from bridge.cases.sides import inputs_of, load_network, sequence, simulator
from bridge.diagram.parameters import Matrix, Tunable
from bridge.errors import BridgeError, EngineError
from bridge.network import Network
from bridge.recording import Recording
from bridge.simulation import Simulator, record

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Quantity:
    """Something that can be changed: a name, its value, the rows of each gate in it (label, first, last + 1), and the
    file that holds it: sides that read the same file change with it."""

    name: str
    value: Array
    file: str
    gates: tuple[tuple[str, int, int], ...] = ()


@dataclass
class Adjustable:
    """A side that runs with changed quantities: `run` takes values by name. `exact` runs on the side's own engine."""

    side: Side
    quantities: list[Quantity]
    run: Callable[[Mapping[str, Array]], Recording]
    exact: Callable[[Mapping[str, Array]], Recording]
    fixed: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)


def adjustable(case: Case, side: Side) -> Adjustable:
    """The side made ready. Raises what running it raises."""
    return _network(case, side) if side.kind in ("network", "onnx") else _diagram(case, side)


def _network(case: Case, side: Side) -> Adjustable:
    from bridge.prediction import predict

    network = load_network(case, side)
    time, rows = sequence(case, side)
    precision = str(side.options.get("precision", "single"))
    layout = side.options.get("layout", "TC")
    found = []
    for layer in network:
        for name, array in layer.arrays.items():
            if name.startswith("Initial"):  # what a state is after a reset is the state itself again
                continue
            gates = gates_of(layer) if name not in layer.state_names and "Projector" not in name else ()
            found.append(Quantity(f"{layer.Name}: {name}", array, side.source, _rows_of(gates, len(array))))

    def exact(values: Mapping[str, Array]) -> Recording:
        changes: dict[str, dict[str, Array]] = {}
        for key, array in values.items():
            layer, _, name = key.rpartition(": ")
            changes.setdefault(layer, {})[name] = array
        engine = side.engine if side.kind == "network" else "numpy"
        output = predict(network.with_(changes), rows, layout=layout, precision=precision, engine=engine)
        return Recording({"y": np.asarray(output)}, time)

    prepared = Prepared(network, rows, layout, single=precision == "single")

    def quick(values: Mapping[str, Array]) -> Recording:
        return Recording({"y": prepared.run({key.replace(": ", "/"): array for key, array in values.items()})}, time)

    return Adjustable(side, found, quick, exact)


def _diagram(case: Case, side: Side) -> Adjustable:
    prepared = _simulator(case, side, side.engine if side.kind == "model" else "numpy")
    literals = _literals(prepared)
    if literals:
        prepared = _with(case, side, literals, prepared)
        literals = {name: value for name, value in literals.items() if _full(prepared, name) in _parameters(prepared)}
    try:
        quick = _simulator(case, side, "compiled", literals)
        record(quick, _inputs(case, side), stop_time=case.stop_time)
    except EngineError:  # no compiler, or an operation that it has no form for
        quick = prepared
    inputs = _inputs(case, side)
    full = {name: _full(prepared, name) for name in literals}

    def run(simulator: Simulator, values: Mapping[str, Array]) -> Recording:
        given = {full.get(name, name): array for name, array in values.items()}
        return record(simulator, inputs, stop_time=case.stop_time, parameters=given)

    shared = _inputs_of_others(case, side)
    held = prepared.diagram.parameters
    workspace = str(side.options.get("workspace", side.source))
    gates = _gates(prepared)
    found = [
        Quantity(name, array, workspace, gates.get(name, ()))
        for name, array in held.items()
        if name in prepared.variables and name not in shared and name not in prepared.diagram.structural
    ]
    found += [Quantity(name, held[full[name]], side.source) for name in literals]
    fixed = {name: "it shapes the program" for name in sorted(prepared.diagram.structural) if name in held}
    fixed |= dict.fromkeys(sorted(shared & held.keys()), "an input that other sides share")
    known = {*held, *prepared.diagram.structural}
    unused = [name for name in prepared.variables if name not in known and name not in shared]
    return Adjustable(
        side, found, lambda values: run(quick, values), lambda values: run(prepared, values), fixed, unused
    )


def _simulator(case: Case, side: Side, engine: str, literals: Mapping[str, Any] | None = None) -> Simulator:
    return simulator(case, side, engine=engine, more=literals or {})


def _with(case: Case, side: Side, literals: dict[str, Any], before: Simulator) -> Simulator:
    """The simulator with numbers in blocks as parameters of the program; those that do not allow it are dropped."""
    engine = before.engine_name
    try:
        return _simulator(case, side, engine, literals)
    except BridgeError:
        for name in list(literals):
            try:
                _simulator(case, side, "numpy", {name: literals[name]})
            except BridgeError:
                del literals[name]
        try:
            return _simulator(case, side, engine, literals)
        except BridgeError:
            literals.clear()
            return before


def _full(prepared: Simulator, name: str) -> str:
    return f"{prepared.model.name}/{name}"


def _parameters(prepared: Simulator) -> set[str]:
    return prepared.diagram.parameters.keys() - prepared.diagram.structural


def _literals(prepared: Simulator) -> dict[str, Any]:
    """Numbers written in blocks where a variable could stand, by ``Subsystem/Block/Parameter``."""
    from bridge.matlab.evaluate import evaluate, names

    found: dict[str, Any] = {}
    for unit in prepared.diagram.root.units():
        path = unit.path.partition("/")[2]
        for name, declared in unit.block.declared().items():
            if not isinstance(declared, Tunable | Matrix) or name in unit.site.overrides:
                continue
            text = unit.site.text(name, declared.default)
            try:
                if not text.strip() or names(text, functions=True):
                    continue
                value = evaluate(text, {})
            except BridgeError:
                continue
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.any():
                found[f"{path}/{name}"] = value
    return found


def _inputs(case: Case, side: Side) -> dict[str, Any]:
    return {name: np.asarray(data) for name, data in inputs_of(case, side).items()}


def _inputs_of_others(case: Case, side: Side) -> set[str]:
    """Variables of the workspace that networks of the case take as their input sequence."""
    taken = any(
        other.kind in ("network", "onnx")
        and not other.options.get("inputs")
        and other.options.get("workspace") == side.options.get("workspace")
        for other in case.sides
    )
    return {"t", "u"} if taken else set()


def _gates(prepared: Simulator) -> dict[str, tuple[tuple[str, int, int], ...]]:
    """The rows of the gates in workspace variables that are whole arrays of the network that the diagram draws."""
    from bridge.crossings import network_from_diagram

    try:
        network: Network = network_from_diagram(prepared.model, prepared.variables)
    except BridgeError:
        return {}
    found = {}
    for layer in network:
        for array in layer.arrays.values():
            for name, value in prepared.diagram.parameters.items():
                if gates_of(layer) and value.shape == array.shape and np.array_equal(value, array):
                    found[name] = _rows_of(gates_of(layer), len(array))
    return found


def _rows_of(gates: tuple[str, ...], height: int) -> tuple[tuple[str, int, int], ...]:
    if not gates or height % len(gates):
        return ()
    rows = height // len(gates)
    return tuple((gate, k * rows, (k + 1) * rows) for k, gate in enumerate(gates))
