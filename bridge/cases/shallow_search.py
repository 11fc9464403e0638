"""The search for recorded outputs of a shallow network: ``y = net(x)``, ``Y = net(Xs, Xi, Ai)``, and the usual detours.

Detours are what scripts around such networks do by hand: ``mapminmax('apply', x, ps)`` before and
``mapminmax('reverse', y, ps)`` after, with settings that stand in the file; a mean and a deviation; and what
`preparets` does with whole series.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from bridge.cases import net_candidates as candidates
from bridge.cases import shallow_training
from bridge.cases.net_candidates import Candidate, Recorded
from bridge.cases.net_scalings import Scaling, scalings
from bridge.cases.net_search import Claim, How
from bridge.cases.shallow_claims import Call, ShallowClaim, apply, matched, processed, undone
from bridge.errors import BridgeError
from bridge.files import shallow_network
from bridge.files.matlab_layer_fields import Unreadable
from bridge.files.shallow_settings import processing
from bridge.matlab.values import Cell, Struct
from bridge.network import Processing, ShallowNetwork

ENGINES = ("numpy", "torch", "onnx", "compiled")
_WORK = 2_000_000
"""Steps that the search computes at most."""
_ATTEMPTS = 400
_STATES = 4
_FEWEST = 3


def search(network: ShallowNetwork, variables: Mapping[str, Any]) -> Iterator[Claim]:
    """For each call that is tried, the recorded arrays that it comes near to. Agreeing or not."""
    plain = {
        name: value
        for name, value in variables.items()
        if not getattr(value, "class_name", "") and not shallow_network.is_network(value)
    }
    wanted = [candidates.recorded(plain, each.size) for each in network.outputs]
    undo = [list(_backs(plain, each.size)) for each in network.outputs]
    records = list(shallow_training.records(plain))
    work = 0
    for number, call in enumerate(_calls(network, plain, _lengths(wanted))):
        work += call.steps
        if work > _WORK or number >= _ATTEMPTS:
            return
        try:
            ys = call.outputs(network, "numpy")
        except BridgeError:
            continue
        yield from shallow_training.claims(call, ys, wanted, records)
        for k, y in enumerate(ys):
            for back, scaling in undo[k]:
                predicted = undone(y, back, scaling)
                for recorded in wanted[k]:
                    if _name(recorded.expression) in call.names:
                        continue
                    found = matched(predicted, recorded)
                    if found is not None:
                        shown = Candidate(call.expression, [])
                        yield ShallowClaim(recorded, shown, How(), scaling, found, call, k, back)


def _name(expression: str) -> str:
    found = re.match(r"[A-Za-z][\w.]*", expression)
    return found.group() if found else expression


def _lengths(wanted: Sequence[Sequence[Recorded]]) -> list[int]:
    """The different lengths of what is recorded, for networks that take nothing but a number of steps."""
    return sorted({each.values.shape[1] for listed in wanted for each in listed if each.values.shape[1] >= _FEWEST})


def _calls(network: ShallowNetwork, variables: Mapping[str, Any], lengths: Sequence[int]) -> Iterator[Call]:
    if network.dynamic or len(network.inputs) != 1:
        yield from _of_cells(network, variables, lengths)
    if not network.inputs:
        return
    series = [_series(variables, each.size) for each in network.inputs]
    for chosen in product(*series):
        if len({each.sequences[0].shape[1] for each in chosen}) == 1:
            yield from _of_series(network, chosen, variables)


def _series(variables: Mapping[str, Any], rows: int) -> list[Candidate]:
    """Whole arrays as one input; as they are, then scaled by hand."""
    found = [
        replace(each, sequences=[np.concatenate(each.sequences, 1)])
        for each in candidates.inputs(variables, rows)
        if not each.expression.startswith("dlarray")
    ]
    scaled = []
    for name, each in processings(variables):
        if _fits(each, rows):
            scaled += [
                Candidate(f"{each.function}('apply', {x.expression}, {name})", [apply(each, x.sequences[0])], 1)
                for x in found
            ]
    pairs = [pair for pair in scalings(variables) if pair.fits(rows)]
    return [*found, *scaled, *(x.scaled(pair) for x in found for pair in pairs[:2])]


def _of_series(network: ShallowNetwork, chosen: Sequence[Candidate], variables: Mapping[str, Any]) -> Iterator[Call]:
    """Whole series in; of a dynamic network with its first steps as what was before, as `preparets` has it."""
    arrays = [each.sequences[0] for each in chosen]
    text = ", ".join(each.expression for each in chosen)
    text = text if len(chosen) == 1 else f"{{{text}}}"
    changes, steps = sum(each.changes for each in chosen), arrays[0].shape[1]
    u: Any = arrays if len(arrays) > 1 else arrays[0]
    yield Call(text, u, steps, None, changes + 2 * network.dynamic)
    depth = max(network.numInputDelays, network.numLayerDelays)
    if not network.dynamic or steps - depth < _FEWEST:
        return
    rest: Any = [x[:, depth:] for x in arrays]
    before = [x[:, :depth] for x in arrays]
    closed = [each for each in network.outputs if network.delays_of_layer(each.layer)]
    states: list[tuple[str, Any, int]] = [("", {"Xi": before}, 0)]
    for each in closed if len(closed) == 1 else ():
        for target in candidates.recorded(variables, each.size):
            if target.values.shape[1] == steps:
                first = [np.zeros((layer.size, depth)) for layer in network.layers]
                first[each.layer - 1] = processed(each, target.values[:, :depth])
                states.append((f", {target.expression}", {"Xi": before, "Ai": first}, 1))
    for said, state, more in states:
        call = f"preparets: {text}{said}"
        yield Call(call, rest if len(rest) > 1 else rest[0], steps - depth, state, changes + 1 + more)


def _of_cells(network: ShallowNetwork, variables: Mapping[str, Any], lengths: Sequence[int]) -> Iterator[Call]:
    """Cell arrays as MATLAB's own calls have them: X, Xi, Ai."""
    cells = {name: value for name, value in variables.items() if isinstance(value, Cell) and len(value.shape) == 2}
    inputs = [(name, x, x.shape[1]) for name, x in cells.items() if _holds(x, [each.size for each in network.inputs])]
    if not network.inputs:
        inputs = [(f"cell(0,{steps})", Cell(np.empty((0, steps), object)), steps) for steps in lengths]
    before = _states(cells, [each.size for each in network.inputs], network.numInputDelays)
    layers = _states(cells, [each.size for each in network.layers], network.numLayerDelays)
    for name, x, steps in inputs:
        for (xi, first), (ai, second) in product(before, layers):
            if x.shape[1] < _FEWEST and network.dynamic:
                continue
            text = ", ".join([name, *([xi or "{}"] if xi or ai else []), *([ai] if ai else [])])
            # Without what was before the first step, where there is something, it is less likely what was called.
            changes = (bool(network.numInputDelays) and not xi) + (bool(network.numLayerDelays) and not ai)
            yield Call(text, x, steps, (first, second), changes)


def _states(cells: Mapping[str, Cell], sizes: Sequence[int], depth: int) -> list[tuple[str, Cell | None]]:
    fitting = [(name, each) for name, each in cells.items() if each.shape[1] == depth and _holds(each, sizes)]
    return [*(fitting[:_STATES] if depth else []), ("", None)]


def _holds(cell: Cell, sizes: Sequence[int]) -> bool:
    """Whether a cell array has a row for each, with as many rows in every cell."""
    if cell.shape[0] != len(sizes) or not cell.size:
        return False
    return all(
        isinstance(cell[k, step], np.ndarray) and cell[k, step].ndim == 2 and cell[k, step].shape[0] == size
        for k, size in enumerate(sizes)
        for step in range(cell.shape[1])
    )


def processings(variables: Mapping[str, Any]) -> Iterator[tuple[str, Processing]]:
    """Settings of `mapminmax` and `mapstd` that stand beside the network."""
    for name, value in variables.items():
        if isinstance(value, Struct) and value.size == 1 and "xrows" in value:
            function = str(value.get("name", "mapminmax" if "xmin" in value else "mapstd"))
            if function in ("mapminmax", "mapstd"):
                try:
                    yield name, processing(function, value)
                except Unreadable:
                    continue


def _backs(variables: Mapping[str, Any], rows: int) -> Iterator[tuple[tuple[str, Processing] | None, Scaling | None]]:
    yield None, None
    for name, each in processings(variables):
        if _fits(each, rows):
            yield (name, each), None
    for pair in scalings(variables)[:2]:
        if pair.fits(rows):
            yield None, pair


def _fits(each: Processing, rows: int) -> bool:
    return each.settings["xoffset"].size == rows
