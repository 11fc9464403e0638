"""Golden recordings: what one side of a case computed, with the checksums of the files that it computed it from.

They are of class ``bridge``: they hold a result fast and prove nothing about MATLAB. One whose model, workspace or
inputs have changed since is stale, which is an `EvidenceError`, never a pass.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path

import bridge
from bridge.cases.case import Case, Side, read_case
from bridge.cases.sides import run_side
from bridge.errors import BridgeError, EvidenceError, FileError, UsageError
from bridge.recording import Recording

NAME = "golden.mat"
# In the origin of a golden recording: lines of sha256sum, and the job as JSON.
CHECKSUMS, SIDE, JOB = NOTES = ("checksums", "side", "job")


def record(case: Case | str | os.PathLike[str], side: str | None = None, output: str | None = None) -> Path:
    """Run one side of a case (the first that is no recording) and store what it computed; returns the file.

    That is `output`, or the case's one recording that is missing or golden, or ``golden.mat`` beside the case.
    A file that is not golden is never overwritten. Raises what running the side raises.
    """
    case = case if isinstance(case, Case) else read_case(case)
    chosen = _chosen(case, side)
    target = Path(output) if output else _target(case)
    if target.suffix.lower() != ".mat":
        raise FileError(target, "a golden recording is written as .mat, which has room for its checksums")
    if target.exists() and not _is_golden(target):
        raise FileError(target, "is there and no golden recording; it is not overwritten")
    computed = run_side(case, chosen)
    folder = target.parent.resolve()
    origin = {
        **computed.origin,
        "versions": _versions(chosen.engine),
        "platform": platform.platform(),
        SIDE: chosen.name,
        JOB: _job(case, chosen),
        CHECKSUMS: "\n".join(f"{sha256(path)}  {relative(path, folder)}" for path in sources(case, chosen)),
    }
    own = {name: time for name, time in computed.times.items() if time is not computed.time}
    # Of class bridge even where a foreign implementation computed it: this package chose and fed it.
    stored = Recording(dict(computed), computed.time, times=own, evidence="bridge", origin=origin)
    bridge.save(stored, target)
    return target


def require_fresh(recording: Recording, case: Case, path: Path) -> None:
    """Raise EvidenceError, naming what changed, if a golden recording at `path` is stale. Others are let through."""
    if CHECKSUMS not in recording.origin:
        return
    again = f"is stale: %s since it was recorded; after looking at why: slbridge record {case.folder}"
    for line in str(recording.origin[CHECKSUMS]).splitlines():
        digest, _, name = line.partition("  ")
        file = path.parent / name
        if not file.is_file():
            raise EvidenceError(f"{path}: {again % f'{name} has gone'}")
        if sha256(file) != digest:
            raise EvidenceError(f"{path}: {again % f'{name} has changed'}")
    for side in case.sides:
        if side.name == recording.origin.get(SIDE) and _job(case, side) != recording.origin.get(JOB):
            raise EvidenceError(f"{path}: {again % f'what the case says of side {side.name!r} has changed'}")


def sources(case: Case, side: Side) -> list[Path]:
    """The files that a side computes from: its model, network or module, the workspace, the inputs."""
    source = side.source.partition(":")[0].replace(".", "/") + ".py" if side.kind == "python" else side.source
    inputs = side.options.get("inputs")
    read = inputs.get("file") if isinstance(inputs, Mapping) else inputs
    names = [source, side.options.get("workspace"), read]
    paths = [case.path(str(name)) for name in dict.fromkeys(names) if name]
    paths = [inner for path in paths for inner in (sorted(path.glob("*.[ch]")) if path.is_dir() else [path])]
    return [path for path in paths if side.kind != "python" or path.suffix != ".py" or path.is_file()]


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileError.of(path, error) from error


def _chosen(case: Case, name: str | None) -> Side:
    able = [side for side in case.sides if side.kind != "recording"]
    found = next((side for side in able if name in (None, side.name)), None)
    if found is None:
        there = ", ".join(side.name for side in able) or "none"
        raise UsageError(f"case {case.name}: no side {name + ' ' if name else ''}computes; those that do: {there}")
    return found


def _target(case: Case) -> Path:
    named = [case.path(side.source) for side in case.sides if side.kind == "recording"]
    free = [path for path in named if not path.exists() or _is_golden(path)]
    return free[0] if len(free) == 1 else case.path(NAME)


def _is_golden(path: Path) -> bool:
    from bridge.files import recordings

    try:
        return CHECKSUMS in recordings.read(path).origin
    except BridgeError:
        return False


def _job(case: Case, side: Side) -> str:
    """What the case has the side do, but not on which engine: engines agree, or the case says so."""
    told = {"kind": side.kind, "source": side.source, "stop_time": case.stop_time, "step": case.step}
    return json.dumps({**told, **case.asked_solver, "options": dict(side.options)}, sort_keys=True, default=str)


def relative(path: Path, folder: Path) -> str:
    """The path of a file seen from a folder, with slashes."""
    return Path(os.path.relpath(path.resolve(), folder)).as_posix()


def _versions(engine: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    found = [f"bridge {bridge.__version__}", f"Python {platform.python_version()}"]
    for package in dict.fromkeys(("numpy", *({"onnx": ("onnxruntime",)}.get(engine) or (engine.partition(".")[0],)))):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
