"""``slbridge draw FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bridge import storage
from bridge.errors import ModelError, UsageError

ENDINGS = (".svg", ".html")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("file", help="a model (.mdl, .slx), a network (.mat, .onnx, …) or a recording")
    parser.add_argument("-o", "--output", metavar="F", help="the .svg to write, or .html; FILE.svg by default")
    parser.add_argument("--subsystem", metavar="PATH", help="of a model: draw what is inside this subsystem")
    parser.add_argument("--network", metavar="NAME", help="of several networks in a .mat, this one")


def run(options: argparse.Namespace) -> int:
    """Draw a model's diagram (as .html every level, opened by a click), a network's layers or a recording's signals."""
    from bridge.model import Model

    target = Path(options.output or Path(options.file).with_suffix(".svg").name)
    if target.suffix.lower() not in ENDINGS:
        raise UsageError(f"{target}: drawings are written as {' or '.join(ENDINGS)}")
    thing = _thing(options)
    whole = isinstance(thing, Model) and not options.subsystem
    if target.suffix.lower() == ".html" and whole:
        from bridge.drawing.page import page

        drawn = page(thing)
    else:
        drawn = _drawing(thing, options)
        if target.suffix.lower() == ".html":
            from bridge.drawing.page import framed

            drawn = framed(Path(options.file).stem, drawn)
    storage.replace(target, drawn)
    print(target)
    return 0


def _thing(options: argparse.Namespace) -> Any:
    from bridge.api import load
    from bridge.files import recordings
    from bridge.network import Network, ShallowNetwork

    thing = load(options.file, options.network)
    if not isinstance(thing, dict):
        return thing
    networks = {name: value for name, value in thing.items() if isinstance(value, Network | ShallowNetwork)}
    if len(networks) == 1:
        return next(iter(networks.values()))
    if networks:
        raise UsageError(f"{options.file}: holds the networks {', '.join(networks)}; --network says which to draw")
    return recordings.from_variables(thing, options.file)


def _drawing(thing: Any, options: argparse.Namespace) -> str:
    from bridge.api import draw
    from bridge.model import Model

    if options.subsystem:
        if not isinstance(thing, Model):
            raise UsageError(f"{options.file}: holds no Simulink model, so --subsystem names nothing")
        inside = thing.find(options.subsystem.removeprefix(f"{thing.name}/")).subsystem
        if inside is None:
            raise ModelError(options.subsystem, "is no subsystem")
        thing = inside
    return str(draw(thing))
