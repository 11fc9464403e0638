"""Shared libraries from C: compiled once by the system's compiler, kept in the user's cache by what they are made of.

Two processes that need the same library may both compile it; each renames its own into place, and either will do.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from bridge.errors import EngineError, EngineMissing

# Contraction would round a product and a sum once, and differ from numpy. `errno` and traps are nobody's business here.
FLAGS = ("-std=c99", "-O3", "-fPIC", "-shared", "-ffp-contract=off", "-fwrapv", "-fno-math-errno", "-fno-trapping-math")
# On this machine alone; left out where the compiler does not know it.
NATIVE = ("-march=native",)


def compiler() -> list[str]:
    """The C compiler with an absolute path, then its own arguments: ``$CC``, else cc, gcc or clang."""
    given = shlex.split(os.environ.get("CC", ""))
    for command in [given] if given else [["cc"], ["gcc"], ["clang"]]:
        found = shutil.which(command[0])
        if found:
            return [found, *command[1:]]
    wanted = f"$CC is {given[0]!r}, which is not there" if given else "there is no cc, gcc or clang"
    raise EngineMissing(f"the compiled engine needs a C compiler: {wanted}; install gcc or clang, or set CC")


def cache_folder() -> Path:
    """``$BRIDGE_CACHE``, else `bridge` in the user's cache directory."""
    if own := os.environ.get("BRIDGE_CACHE"):
        return Path(own)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "simulink-bridge"


def _processor() -> str:
    """What ``-march=native`` depends on: a home directory may be shared by different machines."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith(("flags", "Features")):
                return line
    return platform.processor()


def _key(source: str, command: list[str]) -> str:
    about = os.stat(command[0])
    parts = [source, *command, str(about.st_size), str(about.st_mtime_ns), platform.machine(), _processor()]
    return hashlib.sha256("\0".join([*parts, *FLAGS, *NATIVE]).encode()).hexdigest()[:40]


def shared_library(source: str) -> Path:
    """The path of the compiled library, from the cache where it is there."""
    command = compiler()
    folder = cache_folder()
    path = folder / f"{_key(source, command)}.so"
    if path.exists():
        return path
    try:
        # Code is loaded from here: nobody else may write into it.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="building-", dir=folder) as place:
            text, made = Path(place, "model.c"), Path(place, "model.so")
            text.write_text(source, encoding="ascii")
            _compile(command, text, made)
            os.replace(made, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise EngineError(f"{folder}: the compiled library cannot be written there: {reason}") from None
    return path


def _compile(command: list[str], text: Path, made: Path) -> None:
    import subprocess

    message = ""
    for flags in ((*FLAGS, *NATIVE), FLAGS):
        whole = [command[0], *flags, *command[1:], "-o", str(made), str(text), "-lm"]
        done = subprocess.run(whole, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        message = message or " ".join(done.stderr.split())[:400]
    raise EngineError(f"{command[0]} does not compile the program: {message}")
