"""``slbridge draw MODEL``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from bridge.errors import FileError, ModelError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("model", help="a model (.mdl, .slx)")
    parser.add_argument("-o", "--output", metavar="F", help="the .svg to write; MODEL.svg by default")
    parser.add_argument("--subsystem", metavar="PATH", help="draw what is inside this subsystem")


def run(options: argparse.Namespace) -> int:
    """Draw one level of the diagram as SVG."""
    from bridge.api import load
    from bridge.drawing.diagram import svg
    from bridge.model import Model

    if options.output and not options.output.lower().endswith(".svg"):
        raise UsageError(f"{options.output}: a diagram is drawn as .svg")
    model = load(options.model)
    if not isinstance(model, Model):
        raise UsageError(f"{options.model}: holds no Simulink model")
    system = model.root
    if options.subsystem:
        inside = model.find(options.subsystem.removeprefix(f"{model.name}/")).subsystem
        if inside is None:
            raise ModelError(options.subsystem, "is no subsystem")
        system = inside
    target = Path(options.output or Path(options.model).with_suffix(".svg").name)
    beside = target.with_name(target.name + ".part")
    try:
        beside.write_text(svg(system), encoding="utf-8")
        os.replace(beside, target)
    except OSError as error:
        raise FileError(target, (error.strerror or str(error)).lower()) from error
    print(target)
    return 0
