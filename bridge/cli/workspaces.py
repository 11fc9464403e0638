"""``--workspace F`` and ``--set NAME=VALUE``: the variables of a diagram, and what replaces them and its parameters."""

from __future__ import annotations

import argparse

from bridge.errors import UsageError
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


def add_settings(parser: argparse._ActionsContainer) -> None:
    """Declare ``--set``."""
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[],
        help="for BLOCK/PARAMETER, or a variable; may be repeated",
    )  # fmt: skip


def settings_of(options: argparse.Namespace) -> dict[str, str]:
    """What ``--set`` replaces: values by block and parameter, or by variable."""
    return dict(_setting(text) for text in options.set)


def _setting(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise UsageError(f"{text!r}: write BLOCK/PARAMETER=VALUE or VARIABLE=VALUE")
    return key, value
