"""The options that say by which steps and solver a diagram is run."""

from __future__ import annotations

import argparse


def add_solver(parser: argparse._ActionsContainer) -> None:
    """Declare ``--step`` and ``--solver``."""
    parser.add_argument("--step", metavar="SECONDS", type=float, help="base step, in place of the model's")
    parser.add_argument(
        "--solver", metavar="NAME", help="ode1 … ode5 or ode8 for continuous states, in place of the model's"
    )
