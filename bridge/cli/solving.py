"""The options that say by which steps and solver a diagram is run."""

from __future__ import annotations

import argparse

from bridge.errors import MatlabError


def add_solver(parser: argparse._ActionsContainer) -> None:
    """Declare ``--step`` and ``--solver``."""
    parser.add_argument("--step", metavar="SECONDS", type=seconds, help="base step, in place of the model's")
    parser.add_argument(
        "--solver", metavar="NAME", help="ode1 … ode5 or ode8 for continuous states, in place of the model's"
    )


def seconds(text: str) -> float:
    """A number of seconds, which may be an expression of MATLAB's: ``1/30``."""
    try:
        return float(text)
    except ValueError:
        from bridge.matlab.evaluate import evaluate

    try:
        return float(evaluate(text, {}).reshape(()))
    except (MatlabError, AttributeError, TypeError, ValueError) as error:
        cause = f": {error}" if isinstance(error, MatlabError) else ""
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds{cause}") from None
