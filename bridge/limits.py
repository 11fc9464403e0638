"""What a file, a text or a run may cost, all limits in one place, so that nothing a user was sent exhausts the machine.

    with bridge.allow(mat_bytes=8 << 30):
        recording = bridge.load("twenty_hours.mat")

holds for everything that is read, evaluated or run inside of the block, in the same thread. Every error says which
limit it met, by the name that stands here. Some depths are no matter of choice, for Python's own stack bounds them:
elements in elements of a part (100), subsystems in subsystems (64), branches in branches (2000).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace

from bridge.errors import UsageError
from bridge.suggestions import offered

__all__ = ["Limits", "allow", "current"]


@dataclass(frozen=True)
class Limits:
    """The largest costs.

    | of files | |
    | --- | --- |
    | `file_bytes` | a file that is read whole: .mdl, .slx, .onnx, .pt |
    | `mat_bytes` | arrays and decompressed streams of one .mat file together |
    | `mat_depth` | cells, structures and objects in each other |
    | `mat_parts` | cells, fields, arrays and objects of one .mat file together |
    | `package_parts`, `part_bytes`, `package_bytes` | parts of a package, bytes of one, bytes of all, unpacked |

    | of MATLAB's language | |
    | --- | --- |
    | `steps` | evaluated tree nodes (2 to 5 microseconds each), and thousands of array elements made or operations |
    | `elements` | elements of one array, also of a block's parameter |
    | `depth` | nesting of brackets, blocks and calls |
    | `length` | characters of source text |

    | of running a diagram | |
    | --- | --- |
    | `run_steps` | base steps of a run |
    | `run_ports` | inputs, or outputs, of one block |
    | `run_operations` | operations of a program, of which a block has a handful, a filter some for each coefficient |
    | `run_elements` | elements of one signal or state |
    | `run_bytes` | all signals and states of a program together; what a run records, with its inputs |
    """

    file_bytes: int = 1 << 30
    mat_bytes: int = 1 << 30
    mat_depth: int = 100
    mat_parts: int = 2_000_000
    package_parts: int = 20_000
    part_bytes: int = 128 << 20
    package_bytes: int = 256 << 20
    steps: int = 500_000
    elements: int = 20_000_000
    depth: int = 64
    length: int = 20_000_000
    run_steps: int = 100_000_000
    run_ports: int = 10_000
    run_operations: int = 200_000
    run_elements: int = 100_000_000
    run_bytes: int = 2 << 30


_CURRENT: ContextVar[Limits] = ContextVar("limits", default=Limits())  # noqa: B039  # it cannot be changed


def current() -> Limits:
    """The limits that hold now."""
    return _CURRENT.get()


@contextmanager
def allow(**limits: int) -> Iterator[Limits]:
    """Other limits within a `with` block: those that are named, by keyword; `UsageError` for a name that is none."""
    known = [field.name for field in fields(Limits)]
    for name, value in limits.items():
        if name not in known:
            raise UsageError(f"there is no limit {name!r}{offered(name, known)}")
        if value < 0:
            raise UsageError(f"the limit {name} = {value} is negative")
    token = _CURRENT.set(replace(current(), **limits))
    try:
        yield current()
    finally:
        _CURRENT.reset(token)
