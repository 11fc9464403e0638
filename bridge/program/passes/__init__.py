"""Transformations of programs: each a function that checks or rewrites one thing."""

from bridge.program.form import Program
from bridge.program.passes.fold import fold
from bridge.program.passes.hoist import hoist
from bridge.program.passes.prune import prune
from bridge.program.passes.share import share
from bridge.program.passes.verify import verify


def finish(program: Program) -> Program:
    """Verify what was traced, then fold constants, move what does not change out of the step, share and drop."""
    program.seal()
    verify(program)
    hoist(program)
    fold(program)
    share(program)
    prune(program)
    program.seal()
    verify(program)
    return program


__all__ = ["finish", "fold", "hoist", "prune", "share", "verify"]
