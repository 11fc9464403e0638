"""Every exception that `bridge` raises on purpose, on one page.

Each is also the builtin that it is, so that ``except ValueError`` keeps working::

    BridgeError (Exception)
    ├── FileError (ValueError)              a file, and the place in it
    │   ├── UnknownFormat                   none of the readers claims the file
    │   ├── MalformedFile                   claimed, but broken
    │   ├── UnsupportedContent              well formed, but not understood; never guessed
    │   └── LimitExceeded                   larger, deeper or longer than the reader's limits
    ├── MatlabError (ValueError)            an expression in MATLAB's language, and the column
    │   ├── MatlabSyntaxError
    │   ├── UndefinedName (LookupError)     a variable or function that is not there
    │   │   └── MissingVariables            all that a diagram needs and no workspace holds
    │   └── EvaluationLimit                 too many steps, elements or levels
    ├── ModelError (ValueError)             a diagram, and the block path
    │   ├── ParameterError                  a parameter's value does not fit the block
    │   ├── UnsupportedBlock (NotImplementedError)
    │   ├── DimensionMismatch
    │   ├── TypeMismatch (TypeError)
    │   ├── SimulationLimit                 more steps, elements or bytes than the limits allow
    │   └── AlgebraicLoop
    ├── NetworkError (ValueError)           a network, and the layer's name
    │   ├── UnsupportedLayer (NotImplementedError)
    │   └── LayoutError                     a sequence that does not fit the network's input
    ├── ProgramError (ValueError)           the intermediate form is inconsistent: a defect of a block or pass
    ├── EngineError (RuntimeError)
    │   ├── EngineMissing (ImportError)     an optional package or compiler is not installed
    │   └── UnsupportedOperation (NotImplementedError)
    ├── EvidenceError (RuntimeError)        a side, recording or signal is missing or stale
    └── UsageError (ValueError)             a call that cannot mean anything
        └── UnknownInput                    data for an input that a diagram does not have
"""

from __future__ import annotations

import os

from bridge.suggestions import meant

_LONGEST = 1000
_EXCERPT = 120


class BridgeError(Exception):
    """The base of all: one readable sentence, `str(error)`, without a traceback's help.

    What a file says may stand in it, so that it is kept to one line, and what is long is cut in the middle.
    """

    def __str__(self) -> str:
        return _readable(super().__str__())


def _readable(text: str) -> str:
    """A text in one line of at most a thousand characters."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 250]} […] {text[-240:]}"


class FileError(BridgeError, ValueError):
    """A file could not be read or written.

    `path` is the file, `place` where in it (a line, a part, a byte offset), `cause` what is wrong.
    """

    def __init__(self, path: str | os.PathLike[str] | None, cause: str, place: str | None = None) -> None:
        self.path = None if path is None else os.fspath(path)
        self.place = place
        self.cause = cause
        super().__init__(": ".join(part for part in (self.path, place, cause) if part))

    @classmethod
    def of(cls, path: str | os.PathLike[str] | None, error: Exception, failed: str = "") -> FileError:
        """What the system says of a file; of one that is missing also the names beside it that are nearly the same.

        `failed` is what could not be done, where that is more than reading: ``cannot be written``.
        """
        cause = str(getattr(error, "strerror", None) or error).lower()
        if isinstance(error, FileNotFoundError) and path is not None:
            folder, name = os.path.split(os.path.abspath(os.fsdecode(path)))
            cause += meant(name, os.listdir(folder)) if os.path.isdir(folder) else f"; there is no folder {folder}"
        if failed:
            return cls(path, f"{failed}: {cause}")
        if path is not None and os.path.exists(os.path.join(os.fsdecode(path), "case.toml")):
            cause += "; slbridge check is for the case in it"
        return cls(path, cause)


class UnknownFormat(FileError):
    """No reader recognises the content of the file."""


class MalformedFile(FileError):
    """The file is of a known kind, but broken or cut short."""


class UnsupportedContent(FileError):
    """The file is well formed and holds something that `bridge` does not understand."""


class LimitExceeded(FileError):
    """The file asks for more memory, depth or parts than the limits allow."""


class MatlabError(BridgeError, ValueError):
    """An expression in MATLAB's language failed.

    `expression` is the source, `column` the 1-based column in it where the error lies,
    `where` what the expression belongs to (``block 'lstm/Gain', parameter Gain``), set by the caller.
    """

    def __init__(self, cause: str, expression: str = "", column: int = 0, where: str = "") -> None:
        self.cause = cause
        self.expression = expression
        self.column = column
        self.where = where
        super().__init__(cause)

    def __str__(self) -> str:
        place = f" in {self._excerpt()!r}" if self.expression else ""
        if self.column:
            place += f", column {self.column}"
        return _readable(f"{self.where + ': ' if self.where else ''}{self.cause}{place}")

    def _excerpt(self) -> str:
        """The expression; of a long one what stands around the error."""
        text = self.expression.strip()
        if len(text) <= 2 * _EXCERPT:
            return text
        at = max(self.column - 1 - (len(self.expression) - len(self.expression.lstrip())), 0)
        start, stop = max(at - _EXCERPT, 0), at + _EXCERPT
        return f"{'…' if start else ''}{text[start:stop]}{'…' if stop < len(text) else ''}"


class MatlabSyntaxError(MatlabError):
    """The text is not MATLAB."""


class UndefinedName(MatlabError, LookupError):
    """A variable that the workspace lacks, or a function that is not in the table. `name` is it."""

    def __init__(self, name: str, cause: str, expression: str = "", column: int = 0, where: str = "") -> None:
        self.name = name
        super().__init__(cause, expression, column, where)


class MissingVariables(UndefinedName):
    """Workspace variables that a diagram reads and nobody gave. `names` are all of them, `name` the first met."""

    def __init__(self, names: list[str], name: str, cause: str) -> None:
        self.names = names
        super().__init__(name, cause)


class EvaluationLimit(MatlabError):
    """Evaluating would take more steps, elements or nesting than the limits allow."""


class ModelError(BridgeError, ValueError):
    """A diagram cannot be run as it is. `path` is the block, ``model/Subsystem/Block``."""

    def __init__(self, path: str, cause: str) -> None:
        self.path = path
        self.cause = cause
        super().__init__(f"{path}: {cause}" if path else cause)


class ParameterError(ModelError):
    """A block parameter has a value that the block cannot take."""


class UnsupportedBlock(ModelError, NotImplementedError):
    """A block kind, or an option of one, that is not implemented."""


class DimensionMismatch(ModelError):
    """Two signals, or a signal and a parameter, whose sizes do not fit."""


class TypeMismatch(ModelError, TypeError):
    """Data types that a block cannot combine."""


class SimulationLimit(ModelError):
    """A run that would take more steps, or larger signals, states or recordings, than `bridge.limits` allows."""


class AlgebraicLoop(ModelError):
    """Blocks that need each other's outputs within one step. `cycle` lists their paths in order."""

    def __init__(self, cycle: list[str]) -> None:
        self.cycle = cycle
        super().__init__(cycle[0] if cycle else "", "algebraic loop: " + " -> ".join([*cycle, *cycle[:1]]))


class NetworkError(BridgeError, ValueError):
    """A network is inconsistent. `layer` is the layer's name."""

    def __init__(self, layer: str, cause: str) -> None:
        self.layer = layer
        self.cause = cause
        super().__init__(f"layer '{layer}': {cause}" if layer else cause)


class UnsupportedLayer(NetworkError, NotImplementedError):
    """A layer class, or an option of one, that is not implemented."""


class LayoutError(NetworkError):
    """A sequence does not fit the network's input size in the given layout."""


class ProgramError(BridgeError, ValueError):
    """The intermediate form is inconsistent, which a user cannot cause: a defect of a block or a pass."""


class EngineError(BridgeError, RuntimeError):
    """A program could not be run by an engine."""


class EngineMissing(EngineError, ImportError):
    """The engine's package or compiler is not installed; the message says how to get it."""


class UnsupportedOperation(EngineError, NotImplementedError):
    """The engine has no form for an operation; the message names the block that it comes from."""


class EvidenceError(BridgeError, RuntimeError):
    """What a comparison needs (a side, a recording, a signal) is missing or stale."""


class UsageError(BridgeError, ValueError):
    """The arguments of a call contradict each other or cannot mean anything."""


class UnknownInput(UsageError):
    """Data are given for an input that the diagram does not have. `known` are those that it has."""

    def __init__(self, known: list[str], cause: str) -> None:
        self.known = known
        super().__init__(cause)
