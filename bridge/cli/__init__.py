"""The command line: ``slbridge VERB …``, one module per verb, each a few lines over a public function.

Exit status: 0 done or agrees, 1 differs, 2 misuse, 3 could not run, 4 evidence missing or stale, 130 interrupted.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from bridge.cli.spelling import Parser, misspelt
from bridge.errors import BridgeError, EvidenceError, FileError, UsageError

# Verb: (module, what it does). The module is imported only when its verb is used.
VERBS = {
    "info": "what is inside a file: a network's layers, a diagram's blocks and variables, signals; what cannot run",
    "run": "run a diagram or a network and record its outputs",
    "convert": "a diagram, a network or data in another form: .mdl, .slx, .mat, .onnx, .pt, .m, .csv, to serve",
    "draw": "a diagram as Simulink shows it, a network's layers or a recording, as SVG or a page",
    "codegen": "the diagram as readable C: init and step, a header, a main that reads and writes CSV, a CMake file",
    "ask": "a script for MATLAB that records what it computes with a network or a diagram, for whoever has the licence",
    "check": "the same job on every side of a case: who agrees with whom, on what evidence",
    "record": "keep what a side of a case computes now, with checksums of the files it was computed from",
    "diff": "what differs between two models, networks, recordings or files of variables",
    "demo": "a folder to play with: a model, weights, a network, a recording, and a case that passes",
    "reproduce": "the published example, number by number, MATLAB's print beside ours",
}


# New objects between two looks for garbage. Imports make many that stay: torch's alone some hundred thousand.
_COLLECT_AFTER = 100_000
# Steps of small products gain nothing from threads, and to start those of BLAS and torch costs a tenth of a check.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_TRAINS = "reproduce"


def command() -> NoReturn:
    """What ``slbridge`` starts: `main` in a process of its own, where nobody tidies up what ends with the process.

    The garbage collector would look through all that imports made, again and again as they make more, and at its end
    the interpreter would take apart module after module, where the memory goes back as a whole anyway: with torch
    that is a fifth of the time. Inside another program that is not ours to decide, so `main` leaves it alone.
    """
    gc.set_threshold(_COLLECT_AFTER)
    if sys.argv[1:2] != [_TRAINS]:
        for name in _THREADS:  # read when numpy and torch are imported; whoever has set them keeps them
            os.environ.setdefault(name, "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")  # what the terminal has no letter for ends no command
    status = main()
    atexit._run_exitfuncs()  # what the interpreter's own way out would have called
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:  # nobody reads on, as in `main`
            continue
        except OSError as error:  # a full disk behind the pipe or file
            status = status or _refused(sys.argv[1], FileError.of(error.filename, error))
    os._exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = Parser(prog="slbridge", description="Simulink and MATLAB models in Python.")
    parser.add_argument("--version", action="version", version=_version())
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, help_text in VERBS.items():
        child = verbs.add_parser(verb, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
        if given and given[0] == verb:
            importlib.import_module(f"bridge.cli.{verb}").arguments(child)
    wrong = misspelt(given, VERBS, verbs.choices)
    if wrong:
        print(wrong, file=sys.stderr)
        return 2
    if not given:
        parser.print_help(sys.stderr)
        return 2
    options, rest = parser.parse_known_args(given)
    if rest:
        verbs.choices[options.verb].error(f"takes no {' '.join(rest)}")
    try:
        status: int = importlib.import_module(f"bridge.cli.{options.verb}").run(options)
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        print(f"slbridge {options.verb}: interrupted", file=sys.stderr)
        return 130  # as a shell has it: 128 and the number of the signal
    except OSError as error:
        return _refused(options.verb, FileError.of(error.filename, error))
    except BridgeError as error:
        return _refused(options.verb, error)
    return status


def _refused(verb: str, error: BridgeError) -> int:
    """Say in one line why the verb ended; the exit status."""
    print(f"slbridge {verb}: {' '.join(str(error).split())}", file=sys.stderr)
    return 4 if isinstance(error, EvidenceError) else 2 if isinstance(error, FileError | UsageError) else 3


def _version() -> str:
    from bridge import __version__

    return f"slbridge {__version__}"
