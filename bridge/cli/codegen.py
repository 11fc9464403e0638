"""``slbridge codegen MODEL -o DIR``: readable C99."""

from __future__ import annotations

import argparse

from bridge.cli.solving import add_solver
from bridge.cli.workspaces import add_settings, add_workspace, settings_of, workspace_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("model", help="a model (.mdl, .slx)")
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write to")
    add_workspace(parser)
    add_settings(parser)
    parser.add_argument("--subsystem", metavar="PATH", help="this subsystem alone")
    add_solver(parser)
    parser.add_argument("--name", default="model", help="in place of 'model' in the names of files and functions")
    parser.add_argument("--single", action="store_true", help="compute in single precision")


def run(options: argparse.Namespace) -> int:
    """Write model.h, model.c, main.c and CMakeLists.txt."""
    from bridge.deployment import write_c

    given = {name: getattr(options, name) for name in ("name", "single", "subsystem", "step", "solver")}
    for path in write_c(options.model, options.output, workspace_of(options), set=settings_of(options), **given):
        print(path)
    return 0
