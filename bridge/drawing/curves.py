"""Icons that are curves, in a square from -1 to 1, x to the right and y upwards: by block kind, by library block."""

from __future__ import annotations

import math

from bridge.drawing.shapes import trace

_AXES = "M -1 0 L 1 0 M 0 -1 L 0 1 "
_STAIRS = "M -1 -0.9 L -0.6 -0.9 L -0.6 -0.3 L -0.1 -0.3 L -0.1 0.3 L 0.4 0.3 L 0.4 0.9 L 1 0.9"
_SAW = "M -1 -0.7 L -0.35 0.7 L -0.35 -0.7 L 0.3 0.7 L 0.3 -0.7 L 0.95 0.7"
_TABLE = "M -1 -1 L -1 1 M -1 -1 L 1 -1 M -0.9 -0.8 L -0.3 -0.1 L 0.3 0.1 L 0.9 0.8"
_RAMP = "M -1 -0.8 L -0.3 -0.8 L 0.9 0.8"
_NOISE = "M -1 0.1 L -0.8 -0.5 L -0.6 0.6 L -0.4 -0.2 L -0.2 0.8 L 0 -0.7 L 0.2 0.3 L 0.4 -0.4 L 0.6 0.9 L 1 0"
_TRANSPORT = "M -1 -0.8 L -0.5 0.2 L -0.1 -0.2 L 0.2 0.5 M -0.2 -0.8 L 0.3 0.2 L 0.7 -0.2 L 1 0.5"

BY_KIND = {
    "DeadZone": _AXES + "M -1 -0.8 L -0.35 0 L 0.35 0 L 1 0.8",
    "Relay": "M -1 -0.7 L 0.4 -0.7 L 0.4 0.7 M 1 0.7 L -0.4 0.7 L -0.4 -0.7",
    "Signum": _AXES + "M -1 -0.7 L 0 -0.7 M 0 0.7 L 1 0.7",
    "Quantizer": _STAIRS,
    "Backlash": "M -1 -0.8 L 0.1 -0.8 L 1 0.8 M 1 0.8 L -0.1 0.8 L -1 -0.8",
    "RateLimiter": "M -1 -0.8 L -0.4 -0.8 L 0.4 0.8 L 1 0.8 M -0.1 -0.8 L -0.1 -0.8",
    "Step": "M -1 -0.7 L 0 -0.7 L 0 0.7 L 1 0.7",
    "Ramp": _RAMP,
    "Sin": trace(lambda x: math.sin(math.pi * x)),
    "SignalGenerator": "M -1 0.5 L -0.6 0.5 L -0.6 0.95 L -0.1 0.95 L -0.1 0.5 L 0.4 0.5 L 0.4 0.95 L 0.9 0.95 "
    + trace(lambda x: -0.4 + 0.4 * math.sin(2 * math.pi * x)),
    "DiscretePulseGenerator": "M -1 -0.7 L -0.5 -0.7 L -0.5 0.7 L 0 0.7 L 0 -0.7 L 0.5 -0.7 L 0.5 0.7 L 1 0.7",
    "Ground": "M 0 0.8 L 0 0 M -0.8 0 L 0.8 0 M -0.5 -0.4 L 0.5 -0.4 M -0.2 -0.8 L 0.2 -0.8",
    "Terminator": "M -0.8 0 L 0.6 0 M 0.6 0.8 L 0.6 -0.8",
    "Lookup_n-D": _TABLE,
    "Lookup": _TABLE,
    "Lookup2D": _TABLE,
    "LookupNDDirect": _TABLE,
    "Interpolation_n-D": _TABLE,
    "PreLookup": "M -1 -1 L -1 1 M -1 -1 L 1 -1 M -1 0.2 L 0.2 0.2 L 0.2 -1 M -0.9 -0.8 L 0.9 0.9",
    "RateTransition": _STAIRS,
    "SignalConversion": "M -1 0 L 1 0 M 0.6 0.4 L 1 0 L 0.6 -0.4",
    "TransportDelay": _TRANSPORT,
    "VariableTransportDelay": _TRANSPORT,
    "HitCross": "M -1 0 L 1 0 M -0.8 -0.8 L 0.8 0.8 M -0.2 0.6 L -0.2 -0.6",
    "RandomNumber": _NOISE,
    "UniformRandomNumber": _NOISE,
    "EnablePort": "M -1 -0.6 L -0.5 -0.6 L -0.5 0.6 L 0.5 0.6 L 0.5 -0.6 L 1 -0.6",
    "TriggerPort": "M -0.8 -0.7 L 0 -0.7 L 0 0.7 L 0.8 0.7 M -0.3 -0.1 L 0 0.3 L 0.3 -0.1",
    "ResetPort": "M -0.8 -0.7 L 0 0.7 L 0.8 -0.7",
    "FloatingScope": "M -0.6 0.7 L 0.6 0.7 L 0.6 -0.1 L -0.6 -0.1 L -0.6 0.7 M -0.4 0.1 L -0.1 0.5 L 0.2 0.2 L 0.5 0.5",
    "Concatenate": "M -1 0.6 L -0.2 0.6 L 0.4 0 L 1 0 M -1 0 L 0.4 0 M -1 -0.6 L -0.2 -0.6 L 0.4 0",
    "Selector": "M -1 0.8 L -0.4 0.8 M -1 0.3 L -0.4 0.3 L 0.5 0 L 1 0 M -1 -0.3 L -0.4 -0.3 M -1 -0.8 L -0.4 -0.8",
}
BY_LIBRARY = {
    "logsig": trace(lambda x: 2 / (1 + math.exp(-5 * x)) - 1),
    "tansig": trace(lambda x: math.tanh(3 * x)),
    "purelin": "M -1 -1 L 1 1",
    "poslin": "M -1 0 L 0 0 L 1 1",
    "satlin": "M -1 -1 L -0.4 -1 L 0.4 1 L 1 1",
    "satlins": _AXES + "M -1 -0.9 L -0.4 -0.9 L 0.4 0.9 L 1 0.9",
    "hardlim": "M -1 -1 L 0 -1 L 0 1 L 1 1",
    "hardlims": _AXES + "M -1 -0.9 L 0 -0.9 L 0 0.9 L 1 0.9",
    "radbas": trace(lambda x: 2 * math.exp(-8 * x * x) - 1),
    "Ramp": _RAMP,
    "Repeating Sequence": _SAW,
    "Repeating Sequence Interpolated": _SAW,
    "Repeating Sequence Stair": _STAIRS,
    "Chirp Signal": trace(lambda x: math.sin(1.6 * math.pi * (x + 1) ** 2), 60),
    "Band-Limited White Noise": _NOISE,
    "Saturation Dynamic": "M -1 -0.7 L -0.5 -0.7 L 0.5 0.7 L 1 0.7",
    "Dead Zone Dynamic": BY_KIND["DeadZone"],
    "Rate Limiter Dynamic": BY_KIND["RateLimiter"],
    "Coulomb & Viscous Friction": _AXES + "M -1 -0.9 L 0 -0.4 L 0 0.4 L 1 0.9",
    "Wrap To Zero": "M -1 -0.8 L 0.3 0.8 L 0.3 -0.8 L 1 -0.8",
    "XY Graph": "M -1 -1 L -1 1 M -1 -1 L 1 -1 M -0.8 -0.4 L -0.2 0.6 L 0.4 0.5 L 0.7 -0.2 L 0.1 -0.7",
    "Counter Limited": _STAIRS,
    "Counter Free-Running": _STAIRS,
    "Floating Scope": BY_KIND["FloatingScope"],
    "tribas": "M -1 -0.8 L -0.6 -0.8 L 0 0.8 L 0.6 -0.8 L 1 -0.8",
    "elliotsig": trace(lambda x: 4 * x / (1 + 4 * abs(x))),
    "elliot2sig": trace(lambda x: 9 * x * abs(x) / (1 + 9 * x * x)),
    "Manual Switch": "M -1 0.75 L -0.2 0.75 L 0.5 0 L 1 0 M -1 -0.75 L -0.2 -0.75",
}
