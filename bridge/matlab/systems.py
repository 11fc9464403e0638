"""MATLAB's linear systems: `zpk`, `tf`, `ss`, `pole`, `zero`, `c2d`, `dcgain`, `lsim`.

Zero-pole-gain systems and transfer functions have one input and one output; state space has any number. `Ts` is
the sample time in seconds, None for continuous time. `print(system)` shows a system as MATLAB does.
"""

from __future__ import annotations

from bridge.matlab.system_forms import TransferFunction, ZeroPoleGain, pole, ss, tf, zero, zpk
from bridge.matlab.system_response import c2d, dcgain, lsim

__all__ = ["TransferFunction", "ZeroPoleGain", "c2d", "dcgain", "lsim", "pole", "ss", "tf", "zero", "zpk"]
