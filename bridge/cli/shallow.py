"""``slbridge run`` of a shallow network: its inputs and the values before the first step, out of a file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.errors import UsageError
from bridge.matlab.values import Cell
from bridge.network import ShallowNetwork
from bridge.suggestions import offered


def predicted(network: ShallowNetwork, found: Mapping[str, Any], names: list[str], options: argparse.Namespace) -> Any:
    """What the network says of the variables `names`, one for each input or a cell array for all.

    ``--initial XI,AI`` names what was before the first step; data of a .mat lie as in MATLAB.
    """
    from bridge.prediction import predict

    u = found[names[0]] if len(names) == 1 else [found[name] for name in names]
    layout = options.layout
    state = None
    if options.initial:
        wanted = options.initial.split(",")
        missing = [name for name in wanted if name not in found]
        if missing or len(wanted) > 2:
            what = f"there is no {missing[0]!r}{offered(missing[0], found)}" if missing else f"not {options.initial}"
            raise UsageError(f"{options.input}: --initial is XI,AI, variables of it; {what}")
        state = dict(zip(("Xi", "Ai"), (found[name] for name in wanted), strict=False))
    result = predict(network, u, layout=layout, state=state, precision=options.precision, engine=options.engine)
    if isinstance(result, Cell):
        rows = [np.concatenate([result[k, step] for step in range(result.shape[1])], 1) for k in range(result.shape[0])]
        result = rows[0] if len(rows) == 1 else dict(zip(network.output_names(), rows, strict=True))
        layout = "CT"
    if str(options.output).lower().endswith(".csv") and (layout or "CT") in ("CT", "CB"):
        # A table has a row for each observation.
        return {k: y.T for k, y in result.items()} if isinstance(result, Mapping) else result.T
    return result
