"""Releases of MATLAB: the Simulink versions that classic files give instead, and what each release changed in the form.

The releases at which the form changed are those of the files counted in public, to within one release.
"""

from __future__ import annotations

import re

_VERSIONS = {
    "6.0": "R14", "6.1": "R14SP1", "6.2": "R14SP2", "6.3": "R14SP3", "6.4": "R2006a", "6.5": "R2006b", "6.6": "R2007a",
    "7.0": "R2007b", "7.1": "R2008a", "7.2": "R2008b", "7.3": "R2009a", "7.4": "R2009b", "7.5": "R2010a",
    "7.6": "R2010b", "7.7": "R2011a", "7.8": "R2011b", "7.9": "R2012a", "8.0": "R2012b", "8.1": "R2013a",
    "8.2": "R2013b", "8.3": "R2014a", "8.4": "R2014b", "8.5": "R2015a", "8.6": "R2015b", "8.7": "R2016a",
    "8.8": "R2016b", "8.9": "R2017a", "9.0": "R2017b", "9.1": "R2018a", "9.2": "R2018b", "9.3": "R2019a",
    "10.0": "R2019b", "10.1": "R2020a", "10.2": "R2020b", "10.3": "R2021a", "10.4": "R2021b", "10.5": "R2022a",
    "10.6": "R2022b", "10.7": "R2023a", "23.2": "R2023b", "24.1": "R2024a", "24.2": "R2024b", "25.1": "R2025a",
    "25.2": "R2025b", "26.1": "R2026a",
}  # fmt: skip

NEWEST = "R2022a"  # the release whose form a model takes that names none

# From which release on packages spell it so.
CONFIGURATION_PARTS = "R2015a"  # configuration sets in parts of their own
STATEFLOW_PART = "R2015a"  # charts in a part of their own
DEFAULTS_PART = "R2017b"  # block defaults in a part of their own
DEFAULTS_OWNER = "R2021a"  # which belongs to the package instead of the block diagram
MASK_ELEMENT = "R2017b"  # <Mask> instead of an object
CHART_PARTS = "R2019a"  # each chart in a part of its own
SYSTEM_PARTS = "R2020a"  # each system in a part of its own
PORT_ELEMENTS = "R2022b"  # <PortCounts> and <PortProperties>

_RELEASE = re.compile(r"R(\d{4}[ab]|14)")


def release_of(version: str) -> str | None:
    """The release of Simulink `version`: R2013a for 8.1."""
    return _VERSIONS.get(version)


def version_of(release: str | None) -> str:
    """The version of Simulink in `release`: 8.1 for R2013a. One that is not known has that of `NEWEST`."""
    names = {name: version for version, name in _VERSIONS.items()}
    return names.get(release or "", names[NEWEST])


def reached(release: str | None, change: str) -> bool:
    """Whether `release` is `change` or later. One that is not named or not understood counts as `NEWEST`."""
    match = _RELEASE.match(release or "")
    name = match[1] if match else NEWEST[1:]
    return name != "14" and name >= change[1:]
