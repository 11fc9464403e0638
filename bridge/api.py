"""The public functions, each a few lines over the room that does the work. Nothing is imported before it is needed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridge.model import Model, System
    from bridge.network import Network, ShallowNetwork
    from bridge.recording import Recording

Path = str | os.PathLike[str]


def load(path: Path, variable: str | None = None) -> Any:
    """Read a file by its content: a `Model`, a `Network`, a `Recording` or a mapping of variables; one alone if named.

    A .mat file is a recording where it says so, as those that `Recording.save` writes, and a .csv always is.
    Raises a `FileError` that names the file, the place in it and the cause.
    """
    from bridge import files
    from bridge.errors import UsageError
    from bridge.files import recordings
    from bridge.suggestions import offered

    if variable is None and _ending(path) == ".csv":
        return recordings.read(path)
    found = files.read(path, unwrap=variable is None)
    if variable is None:
        declared = isinstance(found, dict) and recordings.ABOUT in found and recordings.is_recording(found)
        return recordings.from_variables(found, os.fspath(path)) if declared else found
    if not isinstance(found, dict):
        kind = type(found).__name__
        raise UsageError(f"{os.fspath(path)}: there is no variable {variable!r}; there is a {kind}")
    if variable not in found:
        raise UsageError(f"{os.fspath(path)}: there is no variable {variable!r}{offered(variable, found)}")
    return found[variable]


def save(thing: Any, path: Path, *, precision: str | None = None, version: str | None = None) -> list[str]:
    """Write a model, network, recording or mapping of variables in the form that the ending of `path` names.

    A network becomes a diagram (.mdl, .slx) with its weights in the model's own workspace; a diagram becomes a network
    (.mat, .onnx, .pt, .m) where it is recognised as one. `precision` is that in which an .onnx graph computes: single,
    or ``double`` (see `bridge.prediction.onnx_double`); files keep each array's own in any case. `version` is that of
    a .mat, ``7`` or ``7.3``.

    Returns what the form cannot hold, a line each; what it cannot hold at all is an error.
    """
    from bridge.recording import Recording

    if isinstance(thing, Recording):
        write_recording(thing, os.fspath(path))
        return []
    from bridge.cases.conversion import convert
    from bridge.errors import UsageError
    from bridge.model import Model
    from bridge.network import Network, ShallowNetwork

    if isinstance(thing, Mapping):
        if _ending(path) != ".mat":
            raise UsageError(f"{os.fspath(path)}: variables are written as .mat")
    elif not isinstance(thing, Model | Network | ShallowNetwork):
        kind = type(thing).__name__
        raise UsageError(f"{os.fspath(path)}: a {kind} cannot be saved; models, networks, recordings and mappings can")
    return convert(thing, path, precision=precision, version=version)


def crossed(thing: Any, path: Path, workspace: Mapping[str, Any] | Path | None = None) -> Any:
    """A network as a diagram where the ending of `path` is a diagram's, and a diagram as a network the other way.

    `workspace` holds the diagram's variables, where the model does not carry them itself.
    """
    from bridge.files import WRITERS
    from bridge.model import Model
    from bridge.network import Network, ShallowNetwork

    drawn = _ending(path) in WRITERS["Model"]
    if isinstance(thing, ShallowNetwork) and _ending(path) == ".onnx":
        from bridge.prediction import shallow_onnx

        return shallow_onnx.model(thing)
    if isinstance(thing, ShallowNetwork) and drawn:
        from bridge.crossings.model_workspace import embed
        from bridge.crossings.shallow_drawing import diagram_from_shallow

        return embed(*diagram_from_shallow(thing, name=_model_name(path)))
    if isinstance(thing, Network) and drawn:
        from bridge.crossings import diagram_from_network
        from bridge.crossings.model_workspace import embed

        return embed(*diagram_from_network(thing, name=_model_name(path)))
    if isinstance(thing, Model) and _ending(path) in WRITERS["Network"]:
        return network_from_diagram(thing, workspace)
    return thing


def _ending(path: Path) -> str:
    return os.path.splitext(os.fspath(path))[1].lower()


def _model_name(path: Path) -> str:
    """A name that MATLAB takes for a model: letters, digits and underscores, a letter first."""
    stem = os.path.splitext(os.path.basename(os.fspath(path)))[0]
    name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in stem)
    return name if name[:1].isalpha() else f"m{name}"


def write_recording(signals: Recording, path: str) -> None:
    """A recording as a .mat of arrays with ``time`` beside them, or as a .csv."""
    from bridge import files
    from bridge.files import recordings

    recordings.check_ending(path)
    if path.lower().endswith(".csv"):
        from bridge.files import csv_table

        csv_table.write(signals, path)
    else:
        files.write(recordings.to_variables(signals), path)


def plot_recording(signals: Recording, names: list[str]) -> object:
    """Some signals of a recording as a matplotlib Figure, or as an `SVG` where matplotlib is not installed."""
    from bridge.drawing.plots import plot

    return plot(signals, names)


def network_svg(net: Network | ShallowNetwork) -> str:
    """What a network shows of itself in notebooks."""
    from bridge.drawing.network import svg

    return svg(net)


def draw(thing: Any) -> Any:
    """A model, a system of one, a network or a recording as an `SVG`: notebooks show it, and `.save(path)` writes it.

    The drawing of a model is one level; ``draw(model.find("Controller").subsystem)`` is what is inside a block.
    """
    from bridge.drawing import plots
    from bridge.errors import UsageError
    from bridge.model import Model, System
    from bridge.network import Network, ShallowNetwork
    from bridge.recording import Recording

    if isinstance(thing, Recording):
        return plots.svg(thing)
    if isinstance(thing, Network | ShallowNetwork):
        return plots.SVG(network_svg(thing))
    if isinstance(thing, Model | System):
        return plots.SVG(model_svg(thing))
    raise UsageError(f"a {type(thing).__name__} cannot be drawn; models, systems, networks and recordings can")


def model_svg(drawn: Model | System) -> str:
    """A diagram as SVG."""
    from bridge.drawing.diagram import svg

    return svg(drawn)


def initialize(net: Network, stream: Any) -> None:
    """What `Network.initialize` does."""
    from bridge.layers.initialize import initialize as draw

    draw(net, stream)


def to_torch(net: Network, dtype: Any) -> Any:
    """What `Network.to_torch` does."""
    from bridge.prediction import foreign

    return foreign.to_torch(net, dtype)


def network_from_diagram(
    model: Model | Path, workspace: Mapping[str, Any] | Path | None = None, *, output: str | None = None
) -> Network:
    """The network that a Simulink diagram draws, its weights bit for bit; a ModelError names where it is none.

    `model` may be a path, as may `workspace` (.mat, .m). See `bridge.crossings.network_from_diagram`.
    """
    from bridge import simulation
    from bridge.crossings import network_from_diagram as recognise

    drawing = simulation.load_model(model)
    given = simulation.load_workspace(workspace)
    return recognise(drawing, given, model_workspace=simulation.model_workspace(drawing), output=output)
