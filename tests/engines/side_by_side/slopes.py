"""The gradient transformation, on numpy and compiled, beside torch's own gradients of the same run."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.engines import Schedule, engine
from bridge.errors import UnsupportedOperation
from bridge.program import Program
from bridge.program.adjoint import adjoint
from bridge.program.types import SINGLE
from tests.engines.side_by_side.programs import STEPS, Arrays, Example

# Of the largest element of a gradient, or of 1: what rounding amounts to where large terms cancel.
APART = 1e-7


def slopes(program: Program, given: Example) -> Arrays:
    """Raise `AssertionError` where the gradients of a weighted sum of all real outputs differ; no numbers."""
    nodes = (*program.init.walk(), *program.step.walk())
    values = (*program.parameters.values(), *program.inputs.values(), *(value for n in nodes for value in n.outputs))
    if any(value.dtype == SINGLE for value in values):
        raise UnsupportedOperation("gradients of single precision are not compared")
    if any(name.startswith("special") for name in program.inputs):
        raise UnsupportedOperation("gradients of NaN and of infinite numbers are not compared")
    outputs = [o.name for o in program.outputs if o.value.dtype.is_float and given.spans[o.name].plain]
    draw = np.random.default_rng(0)
    weights = {name: draw.normal(size=(STEPS, *_shape(program, name))) for name in outputs}
    expected = _of_torch(program, given, weights)
    for name in ("numpy", "compiled"):
        for key, array in _transformed(name, program, given, weights).items():
            wanted = expected[key]
            bound = APART * max(1.0, float(np.abs(wanted).max(initial=0)))
            with np.errstate(invalid="ignore"):
                near = (np.abs(array - wanted) <= bound) | (array == wanted) | (np.isnan(array) & np.isnan(wanted))
            if not near.all():
                raise AssertionError(f"{name}, with respect to {key}: {array.ravel()[:9]}, not {wanted.ravel()[:9]}")
    return {}


def _shape(program: Program, name: str) -> tuple[int, ...]:
    return next(output.value.shape for output in program.outputs if output.name == name)


def _real(program: Program) -> tuple[list[str], list[str]]:
    """The parameters and inputs with gradients."""
    parameters = [name for name, value in program.parameters.items() if value.dtype.is_float]
    return parameters, [name for name, value in program.inputs.items() if value.dtype.is_float]


def _of_torch(program: Program, given: Example, weights: Arrays) -> Arrays:
    import torch

    leaves: dict[str, Any] = {}

    def tensors(arrays: Arrays, names: list[str]) -> dict[str, Any]:
        for name in names:
            leaves[name] = torch.tensor(arrays[name], requires_grad=True)
        return {name: leaves.get(name, array) for name, array in arrays.items()}

    parameters, inputs = _real(program)
    schedule = Schedule.of(program, STEPS)
    run = (
        engine("torch")
        .load(program)
        .run(schedule, tensors(given.parameters, parameters), tensors(given.inputs, inputs))
    )
    loss = sum((run.outputs[name] * torch.tensor(weight)).sum() for name, weight in weights.items())
    if isinstance(loss, torch.Tensor) and loss.requires_grad:
        loss.backward()
    return {
        name: np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.numpy().astype(float)
        for name, leaf in leaves.items()
    }


def _transformed(name: str, program: Program, given: Example, weights: Arrays) -> Arrays:
    parameters, inputs = _real(program)
    made = adjoint(program, list(weights), parameters, inputs, False)
    forward, backward, start = (engine(name).load(each) for each in (made.forward, made.backward, made.start))
    schedule = Schedule.of(program, STEPS)
    run = forward.run(schedule, given.parameters, given.inputs)
    known = {key: run.outputs[key] for key in made.states.values()}
    known |= {f"input {key}": array for key, array in given.inputs.items()}
    known |= {key: weights[output] for output, key in made.gradients.items()}
    rows = {key: np.ascontiguousarray(known[key][::-1]) for key in made.backward.inputs}
    back = backward.run(Schedule(schedule.times[::-1], schedule.hits[::-1]), given.parameters, rows)
    ends = {key: np.asarray(back.state[key])[None] for key in (*made.slots.values(), *made.sums)}
    first = start.run(Schedule.of(made.start, 1), given.parameters, ends)
    found = {key: np.asarray(first.outputs[key][0], float) for key in parameters}
    return found | {key: np.asarray(back.outputs[held], float)[::-1] for key, held in made.inputs.items()}
