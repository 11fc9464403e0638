"""Runs random programs on every engine beside the definitions of the operations, and says where they part.

    python -m tests.engines.side_by_side [--on NAME]... [--first SEED] [--count N] [--seconds T] [--nodes N] [--show]

Integers, booleans and what no order of terms can change have to be the same to the last bit, the rest within a bound
that follows from a few units in the last place of each operation. What an engine does not have it refuses by name.
A find is known by its seed; `--show` prints the program, cut down to the first result that differs. `CC` chooses the
compiler and its options. Exit status 1 if anything was found.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.engines.side_by_side.finding import finds, reduced
from tests.engines.side_by_side.sides import SIDES


def main(arguments: list[str] | None = None) -> int:
    """Run, print each find; gives the exit status."""
    name, description = "python -m tests.engines.side_by_side", str(__doc__).splitlines()[0]
    parser = argparse.ArgumentParser(prog=name, description=description)
    parser.add_argument("--on", action="append", choices=sorted(SIDES), help="all, if none is named")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--nodes", type=int, default=30)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args(arguments)
    end, told, total, seeds = time.monotonic() + given.seconds, Counter[str](), 0, 0
    for seed in range(given.first, given.first + given.count):
        if time.monotonic() > end:
            break
        seeds += 1
        for side, find in finds(seed, given.nodes, given.on or list(SIDES), told):
            total += 1
            print(f"--first {seed} --on {side} --nodes {given.nodes}: {find}", flush=True)
            if given.show:
                print(*reduced(seed, given.nodes, side), sep="\n", flush=True)
    print(f"{seeds} programs, {total} finds: {', '.join(f'{key} {count}' for key, count in sorted(told.items()))}")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
