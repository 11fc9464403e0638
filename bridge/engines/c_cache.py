"""Shared libraries from C: compiled once by the system's compiler, kept in the user's cache by what they are made of.

Two processes that need the same library may both compile it; each renames its own into place, and either will do. A
library's name ends in the checksum of its content: one that was cut off or altered is not loaded but made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bridge.errors import EngineError, EngineMissing

if TYPE_CHECKING:
    import ctypes

# Contraction would round a product and a sum once, and differ from numpy. `errno` and traps are nobody's business here.
# gcc 12 vectorizes straight code wrongly where it takes the elements of a register that was stored in another order;
# what gains by vectors stands in loops and vector types.
FLAGS = (
    *("-std=c99", "-fPIC", "-shared", "-ffp-contract=off", "-fwrapv", "-fno-math-errno", "-fno-trapping-math"),
    "-fno-tree-slp-vectorize",
)
# For this machine alone, in an order that keeps its vector registers busy: clang finds that unasked, gcc does not.
# Left out where the compiler does not know them.
NATIVE = ("-march=native", "-fschedule-insns")
# Optimisation by the number of statements: what -O3 costs grows faster than the source does.
_LEVELS = ((1000, "-O3"), (10_000, "-O1"))
_LEAST_LEVEL = "-O0"
# More files than these are not kept: the older half goes.
_MOST_FILES = 2000
# In folders of this name libraries are made.
_BUILDING = "building-"
# A compiler that takes longer waits for something else than its own work.
_SECONDS = 300


def level(source: str) -> str:
    """The option that optimises a source of that many statements in reasonable time."""
    statements = source.count(";")
    return next((option for most, option in _LEVELS if statements <= most), _LEAST_LEVEL)


def compiler() -> list[str]:
    """The C compiler with an absolute path, then its own arguments: ``$CC``, else cc, gcc or clang."""
    given: list[str] = []
    if text := os.environ.get("CC", ""):
        import shlex

        try:
            # A path with spaces, as it stands, is one word.
            given = [text] if _on_path(text) else shlex.split(text)
        except ValueError as error:
            raise EngineMissing(f"the compiled engine needs a C compiler: $CC is {text!r}: {error}") from None
    for command in [given] if given else [["cc"], ["gcc"], ["clang"]]:
        found = _on_path(command[0])
        if found:
            return [found, *command[1:]]
    wanted = f"$CC is {given[0]!r}, which is not there" if given else "there is no cc, gcc or clang"
    raise EngineMissing(f"the compiled engine needs a C compiler: {wanted}; install gcc or clang, or set CC")


def _on_path(name: str) -> str | None:
    """What `shutil.which` finds, whose import would cost more than loading a library."""
    if sys.platform == "win32":
        import shutil

        return shutil.which(name)
    places = [""] if os.sep in name else os.environ.get("PATH", os.defpath).split(os.pathsep)
    for place in places:
        path = os.path.abspath(os.path.join(place, name))
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def cache_folder() -> str:
    """``$BRIDGE_CACHE``, else `simulink-bridge` in the user's cache directory."""
    if own := os.environ.get("BRIDGE_CACHE"):
        return own
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(base, "simulink-bridge")


def _processor() -> str:
    """What ``-march=native`` depends on: a home directory may be shared by different machines."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith(("flags", "Features")):
                return line
    import platform

    return platform.processor()


def environment() -> list[str]:
    """Everything beside the source that decides what a library is: compiler, options, machine."""
    import platform

    command = compiler()
    about = os.stat(command[0])
    parts = [*command, str(about.st_size), str(about.st_mtime_ns), platform.machine(), _processor(), *FLAGS, *NATIVE]
    return [*parts, repr(_LEVELS), _LEAST_LEVEL]


def checksum(data: bytes) -> str:
    """What tells one content from another."""
    return hashlib.sha256(data).hexdigest()[:40]


def intact(path: str) -> bool:
    """Whether a library is there with the content that it was made with."""
    try:
        with open(path, "rb") as file:
            return path.endswith(f"-{checksum(file.read())}.so")
    except OSError:
        return False


def shared_library(source: str) -> str:
    """The path of the compiled library, from the cache where it is there and intact."""
    command, folder = compiler(), cache_folder()
    key = checksum("\0".join([source, *environment()]).encode())
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(f"{key}-") and intact(path := os.path.join(folder, name)):
                return path
    with keeping(folder) as place:
        text, made = os.path.join(place, "model.c"), os.path.join(place, "model.so")
        with open(text, "w", encoding="ascii") as file:
            file.write(source)
        _compile(command, (level(source), *FLAGS), text, made)
        with open(made, "rb") as library:
            path = os.path.join(folder, f"{key}-{checksum(library.read())}.so")
        os.replace(made, path)
    return path


@contextlib.contextmanager
def keeping(folder: str) -> Iterator[str]:
    """A directory inside the cache, to write in what is then renamed; it goes afterwards."""
    import tempfile

    try:
        # Code is loaded from here: nobody else may write into it.
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_BUILDING, dir=folder) as place:
            yield place
        _tidy(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        cause = f"{folder}: the compiled library cannot be written there: {reason}"
        raise EngineError(f"{cause}; set BRIDGE_CACHE to a folder where it can") from None


def _tidy(folder: str) -> None:
    """Forget the older half of very many files, and what processes left that were ended while they compiled."""
    import shutil
    import time

    with contextlib.suppress(OSError):
        entries = list(os.scandir(folder))
        for entry in entries:
            if entry.name.startswith(_BUILDING) and time.time() - entry.stat().st_mtime > 2 * _SECONDS:
                shutil.rmtree(entry.path, ignore_errors=True)
        files = [entry for entry in entries if entry.is_file()]
        if len(files) > _MOST_FILES:
            for entry in sorted(files, key=lambda entry: entry.stat().st_mtime)[: len(files) // 2]:
                os.unlink(entry.path)


def _compile(command: list[str], options: tuple[str, ...], text: str, made: str) -> None:
    message = ""
    for flags in ((*options, *NATIVE), options):
        said = called(command, flags, [made, text])
        if said is None and os.path.exists(made):
            return
        message = message or said or "it says nothing and writes no library"
    raise EngineError(f"{command[0]} does not compile the program: {message}")


# The user's own options of these kinds stand behind ours again, so that they win; of others a second one may do harm.
_WINNING = ("-O", "-f", "-m", "-std=", "-g", "-W")


def called(command: list[str], options: Sequence[str], files: Sequence[str]) -> str | None:
    """Run the compiler on what is to be made and its sources; None, or what it says where it fails.

    A command may begin with another one, as ``ccache gcc`` and ``python -m ziglang cc`` do, so that it stays whole.
    """
    import subprocess

    own = [word for word in command[1:] if word.startswith(_WINNING) and len(word) > 2]
    whole = [*command, *options, *own, "-o", *files, "-lm"]
    try:
        done = subprocess.run(whole, capture_output=True, text=True, errors="replace", check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise EngineError(f"{command[0]} did not end within {_SECONDS} seconds") from None
    except OSError as error:
        raise EngineError(f"{command[0]} cannot be run: {error.strerror or error}") from None
    return None if done.returncode == 0 else " ".join(done.stderr.split())[:400]


def loaded(path: str) -> ctypes.CDLL:
    """The functions of a library; `EngineError` where the system refuses it, as on a disk that nothing runs from."""
    import ctypes

    try:
        return ctypes.CDLL(path)
    except OSError as error:
        cause = f"the compiled library cannot be loaded: {error}"
        raise EngineError(f"{cause}; set BRIDGE_CACHE to a folder from which it can") from None
