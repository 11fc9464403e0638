"""Options of ``slbridge run`` that do not fit what is run: refused with what to use instead, never passed over."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Literal

from bridge.errors import UsageError

Kind = Literal["a diagram", "a network", "a layer network", "a shallow network"]

_INITIAL = "it starts from its initial conditions, which --set BLOCK/InitialCondition=VALUE replaces"
_ONE_SEQUENCE = "it takes one sequence"
_ALONE = "each of its sequences is computed by itself"
_ROWS = "it takes a step for each row of its input"

# What does not go with each kind, and what to do instead.
_MISFITS: Mapping[Kind, Mapping[str, str]] = {
    "a diagram": {
        "network": "it is run as it is",
        "precision": "it computes in its own types; convert and codegen take --single",
        "state": _INITIAL,
        "initial": _INITIAL,
        "mini_batch_size": _ONE_SEQUENCE,
        "padding": _ONE_SEQUENCE,
    },
    "a network": {
        "workspace": "it holds its own weights, and its data come with --input",
        "subsystem": "of several networks in a .mat, --network names one",
        "set": "in Python, network.with_(…) gives one with other weights",
        "log": "its outputs are recorded; slbridge check looks inside where two sides differ",
        "step": _ROWS,
        "solver": _ROWS,
        "stop_time": _ROWS,
        "verbose": "--engine names its engine",
    },
    "a layer network": {"initial": "--state says what it starts from: reset or saved"},
    "a shallow network": {
        "state": "it holds no state; --initial XI,AI gives one",
        "mini_batch_size": _ALONE,
        "padding": _ALONE,
    },
}


def refuse_misfits(options: argparse.Namespace, kind: Kind) -> None:
    """Raise `UsageError` for an option that does not go with what `options.thing` is."""
    for name, instead in _MISFITS[kind].items():
        given = getattr(options, name)
        if given is not None and given is not False and given != []:
            raise UsageError(f"{options.thing}: --{name.replace('_', '-')} does not go with {kind}: {instead}")
