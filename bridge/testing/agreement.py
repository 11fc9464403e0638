"""`assert_agree`: two recordings agree, or the test fails with the table and the first sample that differs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridge.comparing import Comparison, Tolerance
    from bridge.recording import Recording


def assert_agree(
    a: object,
    b: object,
    *,
    tolerance: Tolerance | Mapping[str, Tolerance] | None = None,
    signals: Iterable[str] | Mapping[str, str] | None = None,
) -> Comparison:
    """Fail unless `a` agrees with the reference `b`; `tolerance` and `signals` are those of `bridge.compare`.

    Each is a `Recording`, the path of one (.mat, .csv), a mapping of signals by name with their ``time`` among them
    (0, 1, 2, … where it is not), or one array `T x …`, which is then the signal ``y``. Returns the comparison.
    Raises AssertionError where they differ, EvidenceError where there is nothing to compare.
    """
    __tracebackhide__ = True
    from bridge.cases.outcomes import disagreement
    from bridge.comparing import compare

    found = compare(as_recording(a), as_recording(b), tolerance=tolerance, signals=signals)
    if not found.agrees:
        raise AssertionError(disagreement(found))
    return found


def as_recording(thing: object) -> Recording:
    """What `assert_agree` takes, as a recording; arrays without a word of their origin count as foreign."""
    import numpy as np

    from bridge.errors import UsageError
    from bridge.files import recordings
    from bridge.recording import Recording

    if isinstance(thing, Recording):
        return thing
    if isinstance(thing, str | os.PathLike):
        return recordings.read(thing)
    given: Mapping[str, Any] = thing if isinstance(thing, Mapping) else {"y": thing}
    arrays = {str(name): _array(value) for name, value in given.items()}
    time = arrays.pop("time", None)
    for name, array in arrays.items():
        if array.ndim == 0:
            raise UsageError(f"signal {name!r} is a single number; an array with a row per sample is wanted")
    longest = max((len(array) for array in arrays.values()), default=0)
    return Recording(arrays, np.arange(float(longest)) if time is None else time.ravel(), evidence="foreign")


def _array(value: Any) -> Any:
    import numpy as np

    if hasattr(value, "detach"):  # a torch tensor, perhaps with gradients
        value = value.detach().cpu().numpy()
    return np.asarray(value)
