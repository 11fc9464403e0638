"""How the time to compile grows with the number of blocks, as multiples of that of 250 blocks measured in turn.

    python benchmarks/compile_time.py [ROUNDS]

Chains of delays, sums, gains and hyperbolic tangents, traced, written as C and compiled, each time into an empty cache;
by the processor's clock, with the compiler's.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile

from bridge.engines import engine
from bridge.program import Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.types import DOUBLE

SIZES = (250, 500, 1000, 2000)


def chain(blocks: int) -> Program:
    """Five blocks a link: a delay, its gain, a difference, a tangent, a switch."""
    program = Program("chain")
    x = program.inputs["u"] = Value(Type((), DOUBLE), "u")
    with t.tracing(program.init):
        zero = t.constant(0.0, DOUBLE)
    for link in range(blocks // 5):
        with t.tracing(program.step), t.origin(f"chain/link {link}"):
            state = Value(x.type)
            x = t.where(x > 0.5, x + state * (0.1 * (link % 7)), t.tanh(x) - state)
        program.slots.append(Slot(f"chain/delay {link}", "discrete", zero, state, x))
    program.outputs = [Output("y", x, "outport")]
    return finish(program)


def seconds(blocks: int) -> float:
    """Processor time of this process and of the compiler."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BRIDGE_CACHE"] = folder
        before = os.times()
        engine("compiled").load(chain(blocks))
        after = os.times()
    return sum(after[:4]) - sum(before[:4])


def main() -> None:
    """Print a line per size."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    seconds(SIZES[0])
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(rounds):
        times = {size: seconds(size) for size in SIZES}
        for size, each in times.items():
            found[size].append(each / times[SIZES[0]])
    print(f"multiples of the time for {SIZES[0]} blocks (lowest, median, highest of {rounds} rounds)")
    for size, ratios in found.items():
        print(f"  {size:5} blocks {min(ratios):7.2f} {statistics.median(ratios):7.2f} {max(ratios):7.2f}")


if __name__ == "__main__":
    main()
