"""``slbridge run`` of a diagram: its input data out of a file, and which of them is for which input."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from bridge.cli import signals
from bridge.errors import UnknownInput, UsageError
from bridge.suggestions import offered

Made = TypeVar("Made")


def arguments_of(options: argparse.Namespace) -> dict[str, Any]:
    """Input data by the names that ``--signal`` gives them, else by their own; ``time`` among them as a row.

    ``--signal XTest`` takes that array alone, ``--signal u=XTest,v=YTest`` says which is for which input of the
    diagram; ``--layout CT`` that time lies along the columns.
    """
    if options.input is None:
        for option in ("signal", "layout"):
            if getattr(options, option) is not None:
                raise UsageError(f"--{option} says how to take the data of --input F, which is missing")
        return {}
    if options.layout not in (None, "TC", "CT"):
        raise UsageError(f"--layout {options.layout}: the data of a diagram are TC, or CT")
    from bridge.files.recordings import read_arrays

    found = read_arrays(options.input)
    time = {"time": found["time"].ravel()} if "time" in found else {}
    chosen = {name: value for name, value in found.items() if name != "time"}
    if options.signal is not None:
        pairs = signals.named(options.signal)
        chosen = {given or name: signals.array(found, name, options.input) for given, name in pairs}
    else:
        odd = next((name for name, value in chosen.items() if not _is_numbers(value)), None)
        if odd is not None:
            others = offered(None, [name for name, value in chosen.items() if _is_numbers(value)])
            advice = f"--signal INPUT=NAME says which goes in{others}"
            raise UsageError(f"{options.input}: {odd!r} is no array of numbers; {advice}")
    if options.layout == "CT":
        chosen = {name: value.T if getattr(value, "ndim", 0) == 2 else value for name, value in chosen.items()}
    return {**time, **chosen}


def _is_numbers(value: object) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", "none") in tuple("biufc")


def say_steps(inputs: dict[str, Any], taken: Any, options: argparse.Namespace) -> None:
    """Say on stderr where the diagram took other steps than the rows of its input, between which it interpolates."""
    times = inputs.get("time")
    if options.json or times is None or len(times) < 2 or len(taken) == len(times):
        return
    apart = f"{len(times)} rows over {times[-1] - times[0]:g} s", f"{len(taken)} steps over {taken[-1] - taken[0]:g} s"
    said = f"{options.input} has {apart[0]}; the diagram took {apart[1]}, by its sample times"
    print(f"slbridge run: {said}", file=sys.stderr)


def say_without_data(inports: Collection[str], inputs: Collection[str], options: argparse.Namespace) -> None:
    """Say on stderr which root Inports have no data, so that zeros in the results are no riddle."""
    without = [name for name in inports if name not in inputs]
    if without and not options.json:
        some = f"{', '.join(without[:10])}{' …' if without[10:] else ''}"
        what = f"the Inport {some} is" if len(without) == 1 else f"the Inports {some} are"
        print(f"slbridge run: {what} zero, as no data are given: --input F", file=sys.stderr)


def fed(call: Callable[[dict[str, Any]], Made], inputs: dict[str, Any], options: argparse.Namespace) -> Made:
    """What `call` makes of the inputs. A single signal is for a diagram's single input, whatever the two are called."""
    try:
        return call(inputs)
    except UnknownInput as error:
        names = [name for name in inputs if name != "time"]
        if len(names) != 1 or len(error.known) != 1 or "=" in (options.signal or ""):
            advice = f"; --signal {error.known[0]}=NAME says which array goes into it" if error.known else ""
            raise UnknownInput(error.known, f"{options.input}: {error}{advice}") from None
        (given,), (wanted,) = names, error.known
    if not options.json:
        size = "x".join(map(str, inputs[given].shape))
        print(f"slbridge run: input {wanted} is {given} of {options.input}, {size}", file=sys.stderr)
    return call({wanted if name == given else name: value for name, value in inputs.items()})
