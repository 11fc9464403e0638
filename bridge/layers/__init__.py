"""What network layers compute: one small class for each, whose mathematics emits nodes of the intermediate form."""

from bridge.layers.plan import Plan, Stage, compile, execute, plan, require_steps, takes_whole_sequences, values
from bridge.layers.registry import Mathematics, computes, mathematics, table

__all__ = [
    "Mathematics",
    "Plan",
    "Stage",
    "compile",
    "computes",
    "execute",
    "mathematics",
    "plan",
    "require_steps",
    "table",
    "takes_whole_sequences",
    "values",
]
