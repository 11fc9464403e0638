"""Pass 5: sample times, in whole ticks of a base period.

A block without a sample time of its own takes that of the atomic subsystem around, else the fastest of its inputs', and
a source that of what it drives. Inside a subsystem that is triggered or called, a block takes the sample time of what
triggers or calls, and runs whenever the subsystem does. Period 0 and blocks that nothing determines run at every step:
continuous, or with offset 1 fixed in minor step. An infinite period (constant) is resolved like them, since the value
never changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.diagram.graph import Group, Unit, Wire
from bridge.errors import ModelError
from bridge.program.form import Rate

SampleTime = tuple[float, float]
_CONTINUOUS: SampleTime = (0.0, 0.0)
_FIXED_IN_MINOR_STEP: SampleTime = (0.0, 1.0)


@dataclass(frozen=True)
class Timing:
    """The base period in seconds, the distinct slower rates, and for each unit its index there.

    None stands for every step in which the subsystem around runs. `continuous` are the units of continuous sample time,
    which the minor steps of a solver compute too.
    """

    period: float
    rates: list[Rate]
    of: dict[Unit, int | None]
    continuous: frozenset[Unit]


def find_rates(root: Group, fixed_step: float | None, fallback: float) -> Timing:
    """Resolve every unit's sample time.

    `fixed_step` is the step that the user or a fixed-step solver sets; `fallback` the step of a diagram without any
    sample time, a fiftieth of the simulated time as Simulink takes it.
    """
    times = _sample_times(root)
    discrete = sorted({time for time in times.values() if 0 < time[0] < math.inf})
    lengths = [length for time in discrete for length in time if length > 0]
    period = fixed_step if fixed_step is not None else (_common_divisor(lengths) if lengths else fallback)
    rates: list[Rate] = []
    of: dict[Unit, int | None] = {}
    for unit, time in times.items():
        unit.site.sample_period = time[0] if 0 < time[0] < math.inf else period
        unit.site.base_period = period
        unit.site.at_events = any(group.at_events for group in unit.group.chain())
        given = [times[source][0] for source in _sources(unit.inputs)]
        unit.site.input_periods = [seconds for seconds in given if 0 < seconds < math.inf]
        if not 0 < time[0] < math.inf or unit.block.every_step or unit.group.driver is not None:
            of[unit] = None
            continue
        rate = Rate(_ticks(unit, time[0], period), _ticks(unit, time[1], period))
        if rate == Rate(1, 0):
            of[unit] = None
            continue
        if rate not in rates:
            rates.append(rate)
        of[unit] = rates.index(rate)
    return Timing(period, rates, of, frozenset(unit for unit, time in times.items() if time == _CONTINUOUS))


def _ticks(unit: Unit, seconds: float, period: float) -> int:
    ticks = round(seconds / period)
    if not math.isclose(ticks * period, seconds, rel_tol=1e-9, abs_tol=1e-12 * period):
        raise ModelError(unit.path, f"sample time {seconds:g} s is no multiple of the step {period:g} s")
    return ticks


def _sample_times(root: Group) -> dict[Unit, SampleTime]:
    units = list(root.units())
    own = {unit: unit.block.sample_time or unit.site.system_time for unit in units}
    known = {unit: time for unit, time in own.items() if time is not None}
    driven = [unit for unit in units if unit.group.driver is not None and not unit.block.every_step]
    for unit in driven:
        if known.get(unit) != (math.inf, 0.0):
            known.pop(unit, None)
    inheriting = [unit for unit in units if unit not in known]
    _inherit(inheriting, known)
    if _inherit_back(inheriting, known):
        _inherit([unit for unit in inheriting if unit.inputs], known)
    for unit in driven:
        _check_driven(unit, own[unit], known)
    return {unit: known.get(unit, _CONTINUOUS) for unit in units}


def _check_driven(unit: Unit, own: SampleTime | None, known: dict[Unit, SampleTime]) -> None:
    """Refuse a sample time that is not that of what triggers or calls the subsystem around."""
    driver = unit.group.driver
    if own is None or driver is None or not 0 < own[0] < math.inf:
        return
    if any(group.at_events for group in unit.group.chain()) or own != known.get(driver, own):
        cause = f"its sample time is {own[0]:g} s, but what runs it is {driver.path!r}: inherited (-1) is needed"
        raise ModelError(unit.path, cause)


def _inherit(units: Sequence[Unit], known: dict[Unit, SampleTime]) -> None:
    """Give units the sample times of their inputs, until nothing changes."""
    changed = True
    while changed:
        changed = False
        for unit in units:
            inherited = _fastest(known[source] for source in _givers(unit) if source in known)
            if inherited is not None and inherited != known.get(unit):
                known[unit] = inherited
                changed = True


def _inherit_back(units: Sequence[Unit], known: dict[Unit, SampleTime]) -> bool:
    """Give sources without a sample time that of the blocks that they drive, if these have one and the same.

    Simulink calls it back propagation. A counter, say, counts the samples of what it drives. Inports are left alone:
    their data come at every step.
    """
    readers: dict[Unit, list[Unit]] = {}
    for unit in (*known, *units):
        for source in _givers(unit):
            readers.setdefault(source, []).append(unit)
    found = False
    for unit in units:
        if unit in known or unit.inputs or unit.block.kind == "Inport":
            continue
        times: set[SampleTime] = set()
        seen, pending = {unit}, [unit]
        while pending:
            for reader in readers.get(pending.pop(), ()):
                if reader in known:
                    times.add(known[reader])
                elif reader not in seen:
                    seen.add(reader)
                    pending.append(reader)
        if len(times) == 1 and 0 < min(times)[0] < math.inf:
            known[unit] = times.pop()
            found = True
    return found


def _givers(unit: Unit) -> list[Unit]:
    """The units of which this one takes the sample time: what runs the subsystem around, else what feeds it."""
    driver = unit.group.driver
    if driver is None:
        return _sources(unit.inputs)
    return _sources(driver.inputs)


def _sources(wires: Sequence[Wire | None]) -> list[Unit]:
    """The units that make signals; through a group's exits, the units inside."""
    found: list[Unit] = []
    for wire in wires:
        while wire is not None and isinstance(wire.source, Group):
            wire = wire.source.exits[wire.port].wire
        if wire is not None and isinstance(wire.source, Unit):
            found.append(wire.source)
    return found


def _fastest(times: Iterable[SampleTime]) -> SampleTime | None:
    """Of continuous and discrete the fastest; of several discrete ones their greatest common divisor."""
    given = set(times)
    if not given:
        return None
    for every_step in (_CONTINUOUS, _FIXED_IN_MINOR_STEP):
        if every_step in given:
            return every_step
    finite = {time for time in given if time[0] < math.inf}
    if not finite:
        return math.inf, 0.0
    if len(finite) == 1:
        return finite.pop()
    return _common_divisor([length for time in finite for length in time if length > 0]), 0.0


def _common_divisor(lengths: Sequence[float]) -> float:
    """The greatest common divisor of periods that are decimal fractions, up to rounding."""
    result = lengths[0]
    for length in lengths[1:]:
        a, b = max(result, length), min(result, length)
        while b > 1e-9 * a:
            a, b = b, a - b * round(a / b)
            b = abs(b)
        result = a
    # Among the given lengths one may be the divisor itself: keep its exact value.
    return (
        min(lengths, key=lambda length: abs(length - result))
        if any(math.isclose(length, result, rel_tol=1e-9) for length in lengths)
        else result
    )
