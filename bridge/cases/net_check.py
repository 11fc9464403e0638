"""Checking a network with nothing but its .mat file: which arrays beside it are MATLAB's own predictions?

Every array beside a network is tried as its input, in both orientations, standardized with a mean and a deviation that
stand there, without some first or last steps, from the reset state and the saved one; and every array as what MATLAB
predicted from it, scaled back or not. What agrees is computed again on every engine.

An agreement counts only where it cannot be chance: at least five clearly different values, all steps of one of the two
arrays, and a tolerance (2e-6 of the recorded values' range and their rounding) that tells apart networks whose weights
differ by a thousandth. Labels alone do not: they are reported and prove little.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

from bridge.cases import net_asked, net_labels, net_search, shallow_search
from bridge.cases.net_matching import Match
from bridge.cases.net_search import Claim
from bridge.errors import BridgeError, EngineMissing, EvidenceError, UnsupportedLayer, UnsupportedOperation
from bridge.files import mat, matlab_network
from bridge.layers import shallow
from bridge.matlab.values import Struct
from bridge.network import Network, ShallowNetwork, UnknownLayer
from bridge.recording import EVIDENCE

__all__ = ["ENGINES", "NetworkReport", "Verdict", "check_networks", "holds_network"]

ENGINES = ("numpy", "torch", "onnx", "compiled", "torch.nn", "onnxruntime")
_WHOSE = {
    "matlab": "MATLAB's own predictions",
    "octave": "GNU Octave's predictions",
    "bridge": "predictions that this package may have made",
}
_SHOWN = 8
"""At most so many claims are computed again on every engine."""
_ROUNDING = 5e-7
"""What claims differ by less is rounding, and does not tell which is the better one."""
_NEAR = 0.05
"""Recorded in single precision and nearer than this share of its range, an array is taken for predictions that differ;
farther off, in double precision, or by such a name as `_TARGETS` lists, it may as well be what the network was
trained to say."""
_TARGETS = re.compile(
    r"(^|[._])([ty]_?(tr|train|test|te|val|valid|validation)|targets?|t|truth|actual|labels?)\w?'?$", re.IGNORECASE
)


@dataclass(frozen=True, eq=False)
class Verdict:
    """What was found about one network of the file. `engines`: engine -> for each claim its match, or why
    there is none. `evidence`: its class by the recorded variable, at "" of all others."""

    name: str
    evidence: Mapping[str, str]
    claims: tuple[Claim, ...] = ()
    engines: Mapping[str, tuple[Match | str, ...]] = field(default_factory=dict)
    nearest: Claim | None = None
    labels: tuple[str, ...] = ()
    failure: BridgeError | None = None

    @property
    def differs(self) -> bool:
        """Whether an engine, or what is clearly a prediction, is off."""
        if self.claims:
            return any(isinstance(one, Match) and not one.agrees for found in self.engines.values() for one in found)
        near = self.nearest
        return near is not None and _as_predicted(near)

    @property
    def status(self) -> int:
        """0 agrees, 1 differs, 3 could not run, 4 nothing to hold it against."""
        if self.failure is not None:
            return 3
        if self.differs:
            return 1
        return 0 if self.claims else 4

    def evidence_of(self, claim: Claim) -> str:
        """The class of evidence that the recorded values of a claim are."""
        place = claim.recorded.expression
        while place and place not in self.evidence:  # what stands in a structure is as its variable is
            place = place[: max(place.rfind(letter) for letter in ".{('")] if set(place) & set(".{('") else ""
        return self.evidence[place]

    def lines(self) -> list[str]:
        """What was found, a line each."""
        if self.failure is not None:
            return [f"{self.name}: cannot be run: {self.failure}"]
        lines = [
            f"{_WHOSE.get(self.evidence_of(claim), 'recorded predictions')}: {claim.expression(self.name)}, "
            f"{_counted(claim)}"
            for claim in self.claims
        ]
        lines += [f"  {engine}: {_summary(found)}" for engine, found in self.engines.items()]
        lines += self.labels
        if not self.claims and self.nearest is not None:
            near = self.nearest
            word = "DIFFERS" if self.differs else "nearest"
            lines.append(f"{word}: {near.expression(self.name)} is off by {_up(near.match.relative)} of its range")
        if not self.claims and not self.differs:
            lines.append(f"{self.name}: nothing beside it is recognised as its predictions; self-consistent at best")
        return lines

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "network": self.name,
            "evidence": self.evidence_of(self.claims[0]) if self.claims else None,
            "agrees": self.status == 0,
            "found": [_claim_json(claim, self.name) for claim in self.claims],
            "engines": {
                name: [one if isinstance(one, str) else {"agrees": one.agrees, **_match_json(one)} for one in found]
                for name, found in self.engines.items()
            },
            "nearest": None if self.nearest is None else _claim_json(self.nearest, self.name),
            "labels": list(self.labels),
            "failure": None if self.failure is None else str(self.failure),
            "verdict": self.lines(),
        }


@dataclass(frozen=True, eq=False)
class NetworkReport:
    """What checking a .mat file found, network by network."""

    path: str
    verdicts: tuple[Verdict, ...]

    @property
    def status(self) -> int:
        """The exit status: 1 if a network differs, 3 if one could not run, 4 if nothing could be checked, else 0."""
        found = {verdict.status for verdict in self.verdicts}
        return next((status for status in (1, 3, 0, 4) if status in found), 4)

    @property
    def agrees(self) -> bool:
        return self.status == 0

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "file": self.path,
            "agrees": self.agrees,
            "status": self.status,
            "networks": [verdict.to_json() for verdict in self.verdicts],
        }

    def __str__(self) -> str:
        return "\n".join(line for verdict in self.verdicts for line in verdict.lines())


def holds_network(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a .mat file: the only kind in which networks have data beside them."""
    try:
        with open(path, "rb") as file:
            return mat.matches(file.read(mat.HEAD), path)
    except OSError:
        return False


def check_networks(path: str | os.PathLike[str], *others: str | os.PathLike[str]) -> NetworkReport:
    """Hold every network of a .mat file against what stands beside it, and in `others`, .mat files with more data.

    Raises `EvidenceError` where the file holds no network.
    """
    variables = mat.read(path)
    networks = [found for found in matlab_network.find(variables) if found.trained]
    if not networks:
        raise EvidenceError(f"{os.fspath(path)}: holds no network that could be checked")
    data, evidence = dict(variables), {}
    for other in others:
        stem = os.path.splitext(os.path.basename(os.fspath(other)))[0]
        more = mat.read(other)
        said = _said(more) or "foreign"
        for name, value in more.items():
            place = name if name not in data else f"{stem}.{name}"
            data[place] = value
            evidence[place] = said
    own = _said(variables)
    return NetworkReport(os.fspath(path), tuple(_verdict(found, data, evidence, own, path) for found in networks))


def _said(variables: Mapping[str, Any]) -> str | None:
    """What a recording says of itself: its class of evidence."""
    about = variables.get("recording_about")
    if not isinstance(about, Struct) or about.size != 1 or "evidence" not in about:
        return None
    said = str(about["evidence"])
    return said if said in EVIDENCE else "foreign"


def _verdict(
    found: matlab_network.Found,
    variables: Mapping[str, Any],
    sources: Mapping[str, str],
    own: str | None,
    path: str | os.PathLike[str],
) -> Verdict:
    # Objects are written by MATLAB alone, and so is what stands beside them; structures may be anyone's.
    evidence = {**sources, "": own or ("bridge" if found.class_name == "struct" else "matlab")}
    try:
        network = found.network(path)
        _require_known(network)
    except BridgeError as error:
        return Verdict(found.place, evidence, failure=error)
    agreeing: dict[str, list[Claim]] = {}
    nearest: Claim | None = None
    found_claims = (
        shallow_search.search(network, variables)
        if isinstance(network, ShallowNetwork)
        else chain(net_search.search(network, variables), net_asked.search(network, variables))
    )
    for claim in found_claims:
        if claim.match.agrees:
            agreeing.setdefault(claim.recorded.expression, []).append(claim)
        elif nearest is None or _nearness(claim) < _nearness(nearest):
            nearest = claim
    claims = tuple(sorted(map(_best, agreeing.values()), key=lambda claim: (claim.changes, -claim.match.steps)))
    engines = {
        engine: tuple(_again(network, claim, engine) for claim in claims[:_SHOWN])
        for engine in (shallow_search.ENGINES if isinstance(network, ShallowNetwork) else ENGINES)
        if claims
    }
    labels = () if isinstance(network, ShallowNetwork) else net_labels.agreeing(network, variables)
    return Verdict(found.place, evidence, claims, engines, None if claims else nearest, labels)


def _best(claims: list[Claim]) -> Claim:
    """Of those that explain one array about equally well, the one with the fewest changes."""
    least = min(claim.match.relative for claim in claims)
    good = [claim for claim in claims if claim.match.relative <= max(3 * least, _ROUNDING)]
    return min(good, key=lambda claim: (claim.changes, -claim.match.steps, claim.match.relative))


def _nearness(claim: Claim) -> tuple[bool, float]:
    return (not _as_predicted(claim), claim.match.relative)


def _as_predicted(claim: Claim) -> bool:
    """Whether values that do not agree are clearly meant as the network's predictions."""
    near = claim.recorded.single and claim.match.relative < _NEAR
    return near and _TARGETS.search(claim.recorded.expression) is None


def _require_known(network: Network | ShallowNetwork) -> None:
    if isinstance(network, ShallowNetwork):
        shallow.compile(network)  # raises for what is not computed
        return
    for number, layer in enumerate(network, 1):
        if isinstance(layer, UnknownLayer):
            raise UnsupportedLayer(layer.Name, f"(number {number} of {len(network)}) is a {layer.Kind}")
        for name, array in layer.learnables.items():
            if array is None:
                raise layer.refuse(f"{name} is not set: the network is not trained")


def _again(network: Network | ShallowNetwork, claim: Claim, engine: str) -> Match | str:
    try:
        found = claim.again(network, engine)
    except (EngineMissing, UnsupportedOperation, UnsupportedLayer) as error:
        return f"not run: {error}"
    return "gave numbers that are not finite" if found is None else found


def _summary(found: tuple[Match | str, ...]) -> str:
    """All claims on one engine in a line."""
    matches = [one for one in found if isinstance(one, Match)]
    if len(matches) < len(found):
        return next(one for one in found if isinstance(one, str))
    word = "agrees" if all(one.agrees for one in matches) else "DIFFERS"
    return f"{word}, within {_up(max(one.relative for one in matches))} of their range"


def _counted(claim: Claim) -> str:
    found, manner = claim.match, str(claim.how)
    text = f"{found.within} of {found.steps} within {_up(found.worst)} ({_up(found.relative)} of their range)"
    ours = "" if claim.recorded.values.shape[1] == found.steps else f" of {claim.recorded.values.shape[1]}"
    if ours:
        text += f", from step {found.offset + 1}{ours}"
    elif found.offset:
        text += f", from step {found.offset + 1} of the network's"
    return f"{text}{', ' + manner if manner else ''}"


def _up(value: float) -> str:
    """Rounded up to one digit, so that "within" is true."""
    if not value or not np.isfinite(value):
        return f"{value:g}"
    power = 10.0 ** np.floor(np.log10(value))
    return f"{np.ceil(value / power) * power:.0e}".replace("e-0", "e-")


def _match_json(found: Match) -> dict[str, Any]:
    return {
        "steps": found.steps,
        "within": found.within,
        "absolute": found.worst,
        "relative": found.relative,
        "tolerance": found.tolerance,
    }


def _claim_json(claim: Claim, network: str) -> dict[str, Any]:
    return {
        "claim": claim.expression(network),
        "recorded": claim.recorded.expression,
        "input": claim.candidate.expression,
        "how": str(claim.how),
        "reason": claim.reason,
        **_match_json(claim.match),
    }
