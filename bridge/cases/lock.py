"""The lock beside a case (``case.lock``; of ``NAME.toml`` ``NAME.lock``): what its agreement rests on.

A case says what is compared, so that striking out a side strikes out the question, too. The lock keeps what the last
check that passed rested on; a check in which something of that is missing fails, until it is accepted. As with the
snapshots of other test tools it is written by a check that finds more than it says, and belongs into version control:
whoever removes it together with a side is seen there alone. Where the environment variable CI is set it is not changed;
where there is none, one is written all the same, for whatever runs later in the same checkout, and a warning says so.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from bridge import storage
from bridge.cases.case import Case
from bridge.cases.lock_basis import Basis, basis
from bridge.cases.lock_text import text
from bridge.cases.report import Held, Report
from bridge.errors import FileError, MalformedFile, UsageError

Mode = Literal["write", "read", "accept"]


def path_of(case: Case) -> Path | None:
    """The lock of a case; None of one that was not read from a file."""
    file = case.written
    if file is None:
        return None
    return file.with_suffix(".lock") if file.suffix.lower() == ".toml" else file.with_name(f"{file.name}.lock")


def in_ci() -> bool:
    """Whether a build server runs this, where nobody would commit what is written."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def read(case: Case, mode: Mode) -> str | None:
    """The text of a case's lock; None where there is none. Raises `UsageError` for accepting on a build server."""
    if mode not in ("write", "read", "accept"):
        raise UsageError(f"lock is {mode!r}; write, read or accept is wanted")
    if mode == "accept" and in_ci():
        raise UsageError("what is missing is accepted by hand; here the environment variable CI is set")
    file = path_of(case)
    if file is None or not os.path.lexists(file):
        return None
    try:
        content = storage.read_bytes(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedFile(file, "is not the lock of a case: it is no UTF-8", f"byte {error.start}") from error
    return content.replace("\r\n", "\n")


def hold(case: Case, report: Report, content: str | None, mode: Mode) -> Held | None:
    """How a report stands to the lock with this `content`; where it agrees and rests on more, the lock is written.

    None for a case that was not read from a file. Raises `MalformedFile`, with the line, for a damaged lock.
    """
    file = path_of(case)
    if file is None:
        return None
    found = basis(case, report)
    if content == text(found):
        return Held(file.name)
    held: Basis | None = None
    gone: tuple[str, ...] = ()
    if content is not None:
        from bridge.cases.lock_missing import missing
        from bridge.cases.lock_reading import parse

        held = parse(content, file)
        gone = tuple(missing(held, found, case, report))
    if not report.agrees:
        note = "nothing is accepted while sides differ or do not run" if gone and mode == "accept" else ""
        return Held(file.name, gone, _command(case), note)
    if gone and mode != "accept":
        return Held(file.name, gone, _command(case))
    if found == held:
        return Held(file.name)
    warning = _unheld(case, f"there is no {file.name}") if held is None and (mode == "read" or in_ci()) else ""
    if mode == "read" and held is None:
        return Held(file.name, warning=warning)
    if held is not None and (mode == "read" or in_ci()):
        return Held(file.name, note=f"does not hold {_more(held, found)} yet: check where CI is not set, and commit it")
    try:
        write(file, found)
    except FileError as error:
        warning = _unheld(case, f"{file.name} {error.cause}") if held is None else ""
        return Held(file.name, note=error.cause, warning=warning)
    return Held(file.name, note=f"{_news(held, found, gone)}; commit it", warning=warning)


def write(file: Path, found: Basis) -> None:
    """Write a lock, whole or not at all: another process may write the same. Raises `FileError`."""
    storage.replace(file, text(found).encode())


def _news(held: Basis | None, found: Basis, gone: Sequence[str]) -> str:
    """What a lock says that it did not say before."""
    if held is None:
        return f"holds {len(found.sides)} sides and {len(found.compared)} comparisons fast from now on"
    if gone:
        return f"accepted: {gone[0]}" + (f", and {len(gone) - 1} more" if len(gone) > 1 else "")
    return f"holds {_more(held, found)} from now on"


def _more(held: Basis, found: Basis) -> str:
    """What is found and not held."""
    sides = [f"side {label!r}" for label in found.sides if label not in held.sides]
    more = len(sides) - 3
    sides = sides if more < 1 else [*sides[:3], f"{more} more"]
    changed = sum(label in held.sides and held.sides[label] != side for label, side in found.sides.items())
    given = sum(held.given.get(key) != size for key, size in found.given.items())
    compared = sum(held.compared.get(key) != extent for key, extent in found.compared.items())
    counts = ((changed, "changed sides"), (given, "new or longer inputs"), (compared, "new or closer comparisons"))
    return ", ".join([*sides, *(f"{count} {what}" for count, what in counts if count)])


def _unheld(case: Case, why: str) -> str:
    """A warning, unless the case itself names the sides that it requires."""
    return "" if case.require else f"nothing holds its sides fast: {why}, and the case does not require them by name"


def _command(case: Case) -> str:
    """What accepts that something is missing."""
    import shlex

    place = case.folder if case.file.name == "case.toml" else case.file
    return f"slbridge check {shlex.quote(str(place))} --accept"
