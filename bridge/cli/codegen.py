"""``slbridge codegen MODEL -o DIR``: readable C99."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from bridge.errors import FileError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("model", help="a model (.mdl, .slx)")
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write to")
    parser.add_argument("--workspace", metavar="F", help="workspace variables: a .mat, or a .m script of assignments")
    parser.add_argument("--subsystem", metavar="PATH", help="this subsystem alone")


def run(options: argparse.Namespace) -> int:
    """Write model.h, model.c, main.c and CMakeLists.txt."""
    from bridge.engines.c_project import project
    from bridge.simulation import Simulator

    simulator = Simulator(options.model, options.workspace, subsystem=options.subsystem)
    folder = Path(options.output)
    for name, text in project(simulator.program, simulator.diagram.parameters, simulator.steps).items():
        target, beside = folder / name, folder / f"{name}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            beside.write_text(text, encoding="ascii")
            os.replace(beside, target)
        except OSError as error:
            raise FileError(target, (error.strerror or str(error)).lower()) from error
        print(target)
    return 0
