"""Running a side of a case: whatever it is, a recording comes out, with its class of evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.cases.case import Case, Side
from bridge.errors import EngineMissing, EvidenceError, UsageError
from bridge.recording import Recording

if TYPE_CHECKING:
    from bridge.engines import Engine
    from bridge.model import Model
    from bridge.network import Network, ShallowNetwork
    from bridge.program import Program
    from bridge.simulation import Simulator


def run_side(case: Case, side: Side) -> Recording:
    """The recording of one side. Raises the error that names what is missing."""
    try:
        return _RUN[side.kind](case, side)
    except ImportError as error:
        if isinstance(error, EngineMissing):
            raise
        raise EngineMissing(f"side {side.name!r} needs a package that is not installed: {error}") from error


def _model(case: Case, side: Side) -> Recording:
    from bridge.simulation import simulate

    inputs = inputs_of(case, side)
    return simulate(inputs=inputs, engine=side.engine, **_job(case, side))


def simulated(case: Case, side: Side) -> tuple[Simulator, Recording]:
    """What runs a side that is a diagram, and what it records."""
    from bridge.simulation import record

    made = simulator(case, side)
    return made, record(made, inputs_of(case, side), stop_time=case.stop_time)


def simulator(
    case: Case,
    side: Side,
    *,
    engine: str | Engine | None = None,
    more: Mapping[str, object] | None = None,
    log: Sequence[str] | None = None,
    transform: Callable[[Program], object] | None = None,
) -> Simulator:
    """What runs a side that is a diagram; `more` are further block parameters to replace."""
    from bridge.simulation import Simulator

    job = _job(case, side)
    job["set"] = {**(job["set"] or {}), **(more or {})}
    job["log"] = job["log"] if log is None else log
    arrays = {name: np.asarray(data) for name, data in inputs_of(case, side).items()}
    return Simulator(inputs=arrays, engine=engine or side.engine, transform=transform, **job)


def drawing(case: Case, side: Side) -> tuple[Model, dict[str, Any]]:
    """The diagram of a side, and its workspace with what the model carries itself."""
    from bridge.simulation import load_model, model_workspace

    model = load_model(case.path(side.source))
    return model, {**_workspace(case, side), **model_workspace(model)}


def _job(case: Case, side: Side) -> dict[str, Any]:
    """What `simulate` and `Simulator` are told of a side that is a diagram."""
    options = side.options
    return {
        "model": case.path(side.source),
        "workspace": _path(case, options.get("workspace")),
        "subsystem": options.get("subsystem"),
        "set": options.get("set"),
        "log": options.get("log") or (),
        "step": case.step,
        "solver": case.solver,
        "stop_time": case.stop_time,
    }


def _recording(case: Case, side: Side) -> Recording:
    from bridge.cases import golden
    from bridge.files import recordings

    if any(sign in side.source for sign in "*?[") and not case.path(side.source).is_file():
        raise EvidenceError(f"{case.path(side.source)}: no recording matches")
    recording = recordings.read(case.path(side.source), side.options.get("evidence"))
    golden.require_fresh(recording, case, case.path(side.source))
    return recording


def load_network(case: Case, side: Side) -> Network:
    """The layer network that a side's file holds."""
    from bridge.network import Network

    network = _held(case, side)
    if not isinstance(network, Network):
        raise UsageError(f"{case.path(side.source)}: holds a shallow network, which has no layers to look into")
    return network


def _held(case: Case, side: Side) -> Network | ShallowNetwork:
    from bridge.api import load
    from bridge.network import Network, ShallowNetwork

    network = load(case.path(side.source))
    if not isinstance(network, Network | ShallowNetwork):
        raise UsageError(f"{case.path(side.source)}: holds no network")
    return network


def _network(case: Case, side: Side) -> Recording:
    from bridge.network import ShallowNetwork
    from bridge.prediction import predict

    network = _held(case, side)
    time, given = sequence(case, side)
    shallow = isinstance(network, ShallowNetwork)
    precision = side.options.get("precision", "double" if shallow else "single")
    layout = side.options.get("layout", "TC")
    if isinstance(network, ShallowNetwork) and not network.dynamic:
        layout = layout.replace("T", "B")  # its steps are observations
    output = predict(network, given, layout=layout, precision=precision, engine=side.engine)
    foreign = side.engine in ("torch.nn", "onnxruntime")
    origin = {"model": side.source, "engine": side.engine, "precision": precision}
    return Recording({"y": np.asarray(output)}, time, evidence="foreign" if foreign else "bridge", origin=origin)


def _onnx(case: Case, side: Side) -> Recording:
    from bridge.cases.side_onnx import run

    return run(case, side, inputs_of(case, side), lambda: sequence(case, side))


def _python(case: Case, side: Side) -> Recording:
    from bridge.cases.side_python import run

    return run(case, side, inputs_of(case, side))


def _c(case: Case, side: Side) -> Recording:
    from bridge.cases.side_c import run

    return run(case, side)


_RUN: dict[str, Callable[[Case, Side], Recording]] = {
    "model": _model,
    "recording": _recording,
    "network": _network,
    "onnx": _onnx,
    "python": _python,
    "c": _c,
}


def _path(case: Case, name: str | None) -> str | None:
    return None if name is None else str(case.path(name))


def _workspace(case: Case, side: Side) -> dict[str, Any]:
    from bridge.simulation import load_workspace

    return load_workspace(_path(case, side.options.get("workspace")))


def inputs_of(case: Case, side: Side) -> dict[str, Any]:
    """The inputs of a side by name, with ``time`` among them where it is known."""
    from bridge.cases.side_inputs import read_inputs

    given = side.options.get("inputs")
    workspace = _workspace(case, side) if isinstance(given, Mapping) else {}
    return read_inputs(case.file, given, workspace)


def sequence(case: Case, side: Side) -> tuple[Any, Any]:
    """Time and the one sequence that a network takes: the only input, or ``u`` (and ``t``) of the workspace."""
    inputs = inputs_of(case, side)
    if not inputs and side.options.get("workspace"):
        variables = _workspace(case, side)
        inputs = {"time": variables["t"].ravel(), "u": variables["u"]} if {"t", "u"} <= variables.keys() else {}
    time = inputs.pop("time", None)
    if len(inputs) != 1:
        raise EvidenceError(f"side {side.name!r}: one input sequence is needed, not {', '.join(inputs) or 'none'}")
    rows = np.asarray(next(iter(inputs.values())))
    return (np.arange(len(rows), dtype=float) if time is None else time), rows
