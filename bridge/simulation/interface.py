"""A compiled diagram's interface, kept in the user's cache, so that a second process neither reads nor traces again.

The key is a checksum of everything that goes into a program: the bytes of the model, every variable's type and value,
the options, the code of this package, and what the library depends on. What is kept is plain JSON behind its own
checksum; what does not fit into it is not kept, and a file that is not as it was written is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.engines import c_cache
from bridge.errors import EngineError, EngineMissing
from bridge.program import Output, Program, Rate, Slot, Type, Value
from bridge.program.types import BOOLEAN, BUILT_IN
from bridge.simulation.job import Job, Ready

if TYPE_CHECKING:
    from bridge.engines.compiled_engine import Library

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Parameters whose values are not found in the workspace as they are must be kept themselves; not more than this.
_MOST_BYTES = 200_000


class _Unkeepable(Exception):
    """Something whose content has no plain form."""


def key(job: Job) -> str | None:
    """The checksum of everything that the program is made from; None where something has no plain content."""
    if not isinstance(job.model, str | os.PathLike) or job.transform is not None:
        return None
    digest = hashlib.sha256()
    try:
        _feed(digest, [*_code(), sys.version, np.__version__, *c_cache.environment()])
        _feed(digest, [os.path.basename(os.fspath(job.model)), _content(job.model)])
        workspace = job.workspace
        if isinstance(workspace, str | os.PathLike):
            _feed(digest, [os.path.splitext(os.fspath(workspace))[1], _content(workspace)])
        else:
            _feed(digest, workspace)
        types = {name: str(type) for name, type in (job.input_types or {}).items()}
        _feed(digest, [job.subsystem, job.set, list(job.log), job.step, job.stop_time, job.solver, types, job.data])
    except (_Unkeepable, OSError, EngineMissing):
        return None
    return digest.hexdigest()[:40]


def _content(path: str | os.PathLike[str]) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _code() -> Iterator[str]:
    """This package's modules with size and time of change."""
    pending = [_PACKAGE]
    while pending:
        for entry in sorted(os.scandir(pending.pop()), key=lambda entry: entry.name):
            if entry.is_dir() and entry.name != "__pycache__":
                pending.append(entry.path)
            elif entry.name.endswith(".py"):
                about = entry.stat()
                yield f"{entry.path} {about.st_size} {about.st_mtime_ns}"


def _feed(digest: Any, value: Any) -> None:
    """A value's type, size and content; no two different values have the same text."""
    kind = type(value)
    if value is None or kind in (bool, int, float, complex, str):
        text = f"{kind.__name__} {value!r}"
        digest.update(f"{len(text)} {text}".encode("utf-8", "surrogatepass"))
    elif kind is bytes:
        digest.update(b"bytes %d " % len(value))
        digest.update(value)
    elif kind is np.ndarray or isinstance(value, np.generic):
        if value.dtype.kind not in "biufcSU":
            raise _Unkeepable
        digest.update(f"{kind.__name__} {value.dtype.str} {value.shape} ".encode())
        digest.update(value.tobytes())
    elif kind in (list, tuple):
        digest.update(f"{kind.__name__} {len(value)} ".encode())
        for item in value:
            _feed(digest, item)
    elif kind is dict:
        digest.update(f"dict {len(value)} ".encode())
        for name, item in value.items():
            _feed(digest, name)
            _feed(digest, item)
    else:
        raise _Unkeepable


def find(job: Job, name: str) -> tuple[Ready, Library] | None:
    """What was kept under a key, if it is there, whole, and its library too."""
    folder = c_cache.cache_folder()
    try:
        with open(os.path.join(folder, f"{name}.json"), "rb") as file:
            head, _, text = file.read().partition(b"\n")
        if head.decode("ascii") != c_cache.checksum(text):
            return None
        return _found(job, folder, json.loads(text))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _found(job: Job, folder: str, kept: Any) -> tuple[Ready, Library] | None:
    library = os.path.join(folder, kept["library"])
    if not c_cache.intact(library):
        return None
    from bridge.engines.compiled_engine import Library

    program = _program(kept["program"])
    given = job.workspace if isinstance(job.workspace, Mapping) else {}
    parameters = {
        parameter: _array(given[parameter] if data is None else bytes.fromhex(data), program.parameters[parameter].type)
        for parameter, data in kept["parameters"].items()
    }
    ready = Ready(
        program,
        parameters,
        frozenset(kept["structural"]),
        kept["steps"],
        kept["operations"],
        kept["model"],
        kept["release"],
        kept["solver"],
    )
    return ready, Library(library, tuple(kept["failures"]))


def keep(job: Job, name: str, ready: Ready, library: Library) -> None:
    """Write down what `find` needs; nothing where it has no plain form, or where nothing can be written."""
    given = job.workspace if isinstance(job.workspace, Mapping) else {}
    program = ready.program
    parameters: dict[str, str | None] = {}
    for parameter, value in program.parameters.items():
        array = np.ascontiguousarray(ready.parameters[parameter], value.dtype.numpy)
        parameters[parameter] = None if _is_given(given.get(parameter), array, value.type) else array.tobytes().hex()
    content = {
        "library": os.path.basename(library.path),
        "failures": library.failures,
        "program": _description(program),
        "parameters": parameters,
        "structural": sorted(ready.structural),
        "steps": ready.steps,
        "operations": ready.operations,
        "model": ready.model,
        "release": ready.release,
        "solver": ready.solver,
    }
    if sum(len(data) for data in parameters.values() if data) > 2 * _MOST_BYTES or not _is_plain(content["program"]):
        return
    text = json.dumps(content).encode("ascii")
    folder = c_cache.cache_folder()
    with contextlib.suppress(EngineError), c_cache.keeping(folder) as place:
        beside = os.path.join(place, "interface.json")
        with open(beside, "wb") as file:
            file.write(c_cache.checksum(text).encode("ascii") + b"\n" + text)
        os.replace(beside, os.path.join(folder, f"{name}.json"))


def _array(data: Any, type: Type) -> np.ndarray[Any, Any]:
    array = np.frombuffer(data, type.dtype.numpy) if isinstance(data, bytes) else np.asarray(data, type.dtype.numpy)
    return array.reshape(type.shape)


def _is_given(value: Any, array: np.ndarray[Any, Any], type: Type) -> bool:
    """Whether a variable of the workspace, in the parameter's type and shape, is the parameter bit for bit."""
    if value is None or np.size(value) != array.size:
        return False
    return _array(value, type).tobytes() == array.tobytes()


def _is_plain(content: Any) -> bool:
    """Whether JSON gives back what went in."""
    try:
        return bool(json.loads(json.dumps(content)) == content)
    except (TypeError, ValueError):
        return False


def _description(program: Program) -> dict[str, Any]:
    def typed(value: Value) -> list[Any]:
        return [list(value.shape), value.dtype.name]

    return {
        "name": program.name,
        "parameters": {name: typed(value) for name, value in program.parameters.items()},
        "inputs": {name: typed(value) for name, value in program.inputs.items()},
        "slots": [[slot.path, slot.kind, typed(slot.current)] for slot in program.slots],
        "outputs": [[o.name, typed(o.value), o.kind, o.rate, dict(o.options)] for o in program.outputs],
        "rates": [[rate.period, rate.offset] for rate in program.rates],
        "period": program.period,
        "start": program.start,
    }


def _program(kept: Mapping[str, Any]) -> Program:
    """A program without nodes."""

    def value(typed: Any) -> Value:
        shape, dtype = typed
        return Value(Type(tuple(shape), BUILT_IN[dtype]))

    return Program(
        kept["name"],
        parameters={name: value(typed) for name, typed in kept["parameters"].items()},
        inputs={name: value(typed) for name, typed in kept["inputs"].items()},
        slots=[Slot(path, kind, value(typed), value(typed)) for path, kind, typed in kept["slots"]],
        outputs=[Output(name, value(typed), *rest) for name, typed, *rest in kept["outputs"]],
        rates=[Rate(*rate) for rate in kept["rates"]],
        hits=[Value(Type((), BOOLEAN)) for _ in kept["rates"]],
        period=kept["period"],
        start=kept["start"],
    )
