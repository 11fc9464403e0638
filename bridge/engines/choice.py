"""Which engine ``auto`` is, by the work that is to be expected.

The choice depends on the program and the number of steps alone, not on what happens to be compiled already: the same
call gives the same bits.
"""

from __future__ import annotations

# Rough costs on a machine of today, in seconds: one operation in the numpy engine; a compilation, and its share of
# each operation. A factor of two in them moves the point of change by as much, and nothing else.
_NUMPY = 0.5e-6
_COMPILER, _COMPILED = 0.3, 2e-4


def compiling_pays(operations: int, steps: int) -> bool:
    """Whether numpy would take longer than to compile the program and run it."""
    return operations * steps * _NUMPY > _COMPILER + operations * _COMPILED


def reason(operations: int, steps: int, engine: str) -> str:
    """What to tell the user."""
    work = f"{steps} steps of {operations} operations"
    return f"{work}: compiling them {'pays' if engine == 'compiled' else 'would take longer than running them'}"


_told = False


def say_once(cause: str) -> None:
    """Tell, once a process, that a long run goes without a compiler."""
    global _told
    if not _told:
        _told = True
        import logging

        logging.getLogger("bridge").warning("long runs use numpy: %s", cause)
