"""Feeds mutated files to the readers, and says what became of them.

    python -m tests.hostile.run [--reader NAME]... [--executions N] [--seed S] [--first K] [--seconds T] [--keep DIR]

Every execution has to end in a result or in an error of `bridge.errors`, in under 5 s of processor time and 1 GiB of
memory. It is known by reader, seed and number, and can be repeated alone; `--keep` writes the files of what was found.
Exit status 1 if anything was.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from tests.hostile import watched

BATCH = 20_000


def main(arguments: list[str] | None = None) -> int:
    """Run, print a line for each reader and each find; gives the exit status."""
    from tests.hostile.readers import READERS

    parser = argparse.ArgumentParser(prog="python -m tests.hostile.run", description=str(__doc__).splitlines()[0])
    parser.add_argument("--reader", action="append", choices=sorted(READERS), help="all, if none is named")
    parser.add_argument("--executions", type=int, default=1000, help="of each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first execution")
    parser.add_argument("--seconds", type=float, default=1e9, help="for each reader, at most")
    parser.add_argument("--keep", type=Path, help="folder for the files of what was found")
    given = parser.parse_args(arguments)
    total, finds = 0, 0
    for reader in given.reader or sorted(READERS):
        found = _batches(reader, given)
        total += found.executions
        finds += len(found.finds)
        answers = ", ".join(f"{name} {count}" for name, count in found.answers.most_common())
        print(
            f"{reader:16} {found.executions:8} executions, {found.seconds:7.1f} s, slowest {found.slowest:.2f} s,"
            f" {found.resident >> 20} MiB, {len(found.finds)} finds: {answers}",
            flush=True,
        )
        for find in found.finds:
            print(f"  --reader {find}", flush=True)
            if given.keep:
                _keep(reader, find, given.keep)
    print(f"{total} executions, {finds} finds")
    return 1 if finds else 0


def _batches(reader: str, given: argparse.Namespace) -> watched.Outcome:
    """In several workers, one after the other, so that none grows old."""
    found = watched.Outcome(reader)
    first, left = given.first, given.executions
    share = given.seconds / max(-(-left // BATCH), 1)
    while left > 0:
        size = min(left, BATCH)
        part = watched.run(reader, given.seed, size, share, first)
        found.executions += part.executions
        found.seconds += part.seconds
        found.slowest, found.resident = max(found.slowest, part.slowest), max(found.resident, part.resident)
        found.answers += part.answers
        found.finds += part.finds
        first, left = first + size, left - size
    return found


def _keep(reader: str, find: str, folder: Path) -> None:
    from tests.hostile.readers import READERS, mutant

    match = re.search(r"--seed (\d+) --first (\d+)", find)
    if match:
        folder.mkdir(parents=True, exist_ok=True)
        data = mutant(reader, READERS[reader].seeds(), int(match[1]), int(match[2]))
        (folder / f"{reader}-{match[1]}-{match[2]}").write_bytes(data)


if __name__ == "__main__":
    sys.path[:0] = [str(watched.ROOT / "tests" / "plugins")]
    sys.exit(main())
