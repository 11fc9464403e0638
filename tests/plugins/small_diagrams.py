"""Small diagrams for tests: one block between Inports and Outports, run on every engine that is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bridge.model import Block, Model, System
from bridge.recording import Recording
from bridge.simulation import simulate

_PACKAGES = {"torch": "torch", "onnx": "onnxruntime"}
ENGINES = ("numpy", *(engine for engine, package in _PACKAGES.items() if find_spec(package)))
# Engines may differ in the last bits of exp, log and sin, and in the order of the terms of a sum: 4 units of 2^-52.
ROUNDING = 4 * 2.0**-52


def run(model: Model, *, exact: bool = False, **options: Any) -> Recording:
    """The recording of numpy, once the other engines have given the same, bit for bit where `exact`."""
    reference = simulate(model, engine="numpy", **options)
    for engine in ENGINES[1:]:
        other = simulate(model, engine=engine, **options)
        assert list(other) == list(reference)
        for name in reference:
            _agree(f"{engine}: {name}", other[name], reference[name], exact)
            np.testing.assert_array_equal(other.times[name], reference.times[name])
    return reference


def _agree(where: str, given: NDArray[Any], expected: NDArray[Any], exact: bool) -> None:
    assert given.dtype == expected.dtype, where
    tolerance = 0.0 if exact or expected.dtype.kind != "f" else ROUNDING
    if expected.dtype == np.float32:
        tolerance *= 2.0**29  # single has 29 bits less
    np.testing.assert_allclose(given, expected, rtol=tolerance, atol=tolerance, err_msg=where)


def single(kind: str, inputs: int, outputs: int = 1, **parameters: object) -> Model:
    """Inports u1, u2, …, the block ``block``, Outports y1, y2, … A `kind` with a slash is a library block's path."""
    model = Model.new("m")
    root = model.root
    for k in range(inputs):
        root.add("Inport", f"u{k + 1}", Port=k + 1)
    if "/" in kind:
        root.add("Reference", "block", SourceBlock=kind, **parameters)
    else:
        root.add(kind, "block", **parameters)
    for k in range(outputs):
        root.add("Outport", f"y{k + 1}", Port=k + 1)
    for k in range(inputs):
        root.connect(f"u{k + 1}", f"block/{k + 1}")
    for k in range(outputs):
        root.connect(f"block/{k + 1}", f"y{k + 1}")
    return model


def one_block(
    kind: str,
    inputs: Sequence[ArrayLike] = (),
    *,
    outputs: int = 1,
    steps: int = 0,
    step: float = 1.0,
    solver: str | None = None,
    workspace: Mapping[str, Any] | None = None,
    exact: bool = False,
    **parameters: object,
) -> Any:
    """What a block puts out for the given inputs, one row a step: an array, or a list where it has several outputs.

    `steps` counts where there are no inputs. All engines have to agree.
    """
    model = single(kind, len(inputs), outputs, **parameters)
    arrays = {f"u{k + 1}": np.asarray(array) for k, array in enumerate(inputs)}
    count = len(arrays["u1"]) if arrays else steps
    stop_time = (count - 1) * step
    timing = {"step": step, "stop_time": stop_time, "solver": solver}
    recorded = run(model, exact=exact, workspace=workspace, inputs=arrays or None, **timing)
    found = [recorded[f"y{k + 1}"] for k in range(outputs)]
    return found[0] if outputs == 1 else found


def wired(system: System, *lines: str) -> None:
    """Lines as text: ``a -> b -> c/2`` connects in a row."""
    for line in lines:
        ends = [end.strip() for end in line.split("->")]
        for start, end in pairwise(ends):
            system.connect(start, end)


def inside(block: Block) -> System:
    """The system inside a subsystem."""
    assert block.subsystem is not None
    return block.subsystem
