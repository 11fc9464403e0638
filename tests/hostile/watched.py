"""Runs executions in a process of their own, under watch: what hangs is killed, what dies is noticed.

The worker writes the number of its execution into shared memory; who looks at the same number for too long kills it,
and another worker goes on behind it.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 5.0
"""Processor time that one execution may take."""
HANGING = 4 * SECONDS
"""Processor time after which it is killed."""
WAITING = 600.0
"""Time on the clock after which it is killed: it may wait for something, or the machine is busy with other things."""
RESIDENT = 1 << 30
"""Bytes of memory that a worker may have used."""
ADDRESSES = 6 << 30
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Outcome:
    """What became of the executions of one reader."""

    reader: str
    executions: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    resident: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    finds: list[str] = field(default_factory=list)


def run(reader: str, seed: int, count: int, seconds: float, first: int = 0) -> Outcome:
    """Run executions `first` to `first + count`, or as many as fit into `seconds` on the clock."""
    found = Outcome(reader)
    end = time.monotonic() + seconds
    number = first
    while number < first + count and time.monotonic() < end:
        number = _one_worker(found, seed, number, first + count - number, end - time.monotonic())
    return found


def _one_worker(found: Outcome, seed: int, first: int, count: int, seconds: float) -> int:
    """Add what one worker does to `found`; gives the number of the next execution."""
    with tempfile.TemporaryFile() as shared, tempfile.TemporaryFile("w+") as told:
        shared.truncate(8)
        beat = mmap.mmap(shared.fileno(), 8)
        struct.pack_into("<q", beat, 0, first)
        command = [sys.executable, "-m", "tests.hostile.watched", found.reader, str(seed), str(first), str(count)]
        paths = (str(ROOT), str(ROOT / "tests" / "plugins"), os.environ.get("PYTHONPATH", ""))
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        process = subprocess.Popen(
            [*command, str(seconds), str(shared.fileno())],
            cwd=ROOT, env=environment, pass_fds=[shared.fileno()], stdout=told, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        hung = _watched(process, beat)
        here = struct.unpack_from("<q", beat, 0)[0]
        beat.close()
        errors = process.stderr.read() if process.stderr else ""
        if process.stderr:
            process.stderr.close()
        told.seek(0)
        ended = False
        for line in told:
            ended |= _understood(found, json.loads(line))
    if ended:
        return first + count
    if not hung and process.returncode == STOPPED:
        return here + 1
    what = "hangs" if hung else f"ends its process with {process.returncode}: {errors.strip()[-300:]}"
    found.executions += here - first
    found.finds.append(f"{found.reader} --seed {seed} --first {here} --executions 1: {what}")
    return here + 1


def _watched(process: subprocess.Popen[str], beat: mmap.mmap) -> bool:
    """Wait for the end of the process; whether it had to be killed."""
    last, since, used = -1, time.monotonic(), 0.0
    while process.poll() is None:
        here = struct.unpack_from("<q", beat, 0)[0]
        if here != last:
            last, since, used = here, time.monotonic(), _processor_time(process.pid)
        elif time.monotonic() - since > WAITING or _processor_time(process.pid) - used > HANGING:
            process.kill()
            process.wait()
            return True
        time.sleep(0.05)
    return False


def _processor_time(process: int) -> float:
    """Seconds that a process has computed, where the system tells it in /proc, else 0."""
    try:
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _understood(found: Outcome, told: dict[str, object]) -> bool:
    """Take in a line of the worker; whether it was its last."""
    if "find" in told:
        found.finds.append(f"{found.reader} {told['find']}")
        return False
    found.executions += int(str(told["executions"]))
    found.seconds += float(str(told["seconds"]))
    found.slowest = max(found.slowest, float(str(told["slowest"])))
    found.resident = max(found.resident, int(str(told["resident"])))
    found.answers.update(told["answers"])  # type: ignore[arg-type]
    return bool(told["ended"])


# -- the worker

STOPPED = 17
"""The worker's exit status when it ends early to give back memory that one execution took."""


def _work(
    reader: str, seed: int, first: int, count: int, seconds: float, beat: mmap.mmap
) -> Iterator[dict[str, object]]:
    from bridge.errors import BridgeError
    from tests.hostile.readers import READERS, mutant

    chosen = READERS[reader]
    seeds = chosen.seeds()
    chosen.execute(seeds[0])  # what is imported and compiled once does not count
    answers: Counter[str] = Counter()
    slowest, end, number, ended = 0.0, time.monotonic() + seconds, first, True
    started = time.process_time()
    for number in range(first, first + count):
        struct.pack_into("<q", beat, 0, number)
        data = mutant(reader, seeds, seed, number)
        begun = time.process_time()
        problem = ""
        try:
            chosen.execute(data)
            answers["read"] += 1
        except BridgeError as error:
            answers[type(error).__name__] += 1
            if not str(error) or "\n" in str(error) or len(str(error)) > 2000:
                problem = f"has an unreadable message: {str(error)[:100]!r}"
        except Exception as error:
            answers["other"] += 1
            problem = f"raises {type(error).__name__}: {str(error)[:200]} at {_place(error)}"
        took = time.process_time() - begun
        slowest = max(slowest, took)
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
        if took > SECONDS:
            problem = f"takes {took:.1f} s"
        if resident > RESIDENT:
            problem = f"takes {resident >> 20} MiB"
        if problem:
            yield {"find": f"--seed {seed} --first {number} --executions 1: {problem}"}
        if resident > RESIDENT:
            ended = False
            break
        if time.monotonic() > end:
            break
    yield {
        "executions": number - first + 1, "seconds": time.process_time() - started, "slowest": slowest,
        "resident": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10, "answers": answers, "ended": ended,
    }  # fmt: skip


def _place(error: BaseException) -> str:
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    ours = [entry for entry in traceback.extract_tb(error.__traceback__) if "/bridge/" in entry.filename]
    place = ours[-1] if ours else frame
    return f"{Path(place.filename).name}:{place.lineno}"


def _main(arguments: list[str]) -> int:
    import warnings

    warnings.simplefilter("ignore")
    reader, seed, first, count, seconds, descriptor = arguments
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    beat = mmap.mmap(int(descriptor), 8)
    told: dict[str, object] = {}
    for told in _work(reader, int(seed), int(first), int(count), float(seconds), beat):
        print(json.dumps(told), flush=True)
    return 0 if told.get("ended") else STOPPED


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
