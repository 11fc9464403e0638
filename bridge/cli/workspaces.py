"""``--workspace F``: the variables of a diagram, out of one file or several."""

from __future__ import annotations

import argparse

from bridge.simulation.sources import Workspace, load_workspace


def add_workspace(parser: argparse._ActionsContainer, what: str = "workspace variables") -> None:
    """Declare the option."""
    said = f"{what}: a .mat, or a .m script of assignments; may be repeated"
    parser.add_argument("--workspace", metavar="F", action="append", help=said)


def workspace_of(options: argparse.Namespace) -> Workspace:
    """The one file as it is, or the variables of all, those of a later file in place of an earlier one's."""
    files: list[str] = options.workspace or []
    if len(files) < 2:
        return files[0] if files else None
    return {name: value for file in files for name, value in load_workspace(file).items()}
