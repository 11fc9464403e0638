"""Read what MATLAB and Simulink users have, compute what their tools compute, and prove that all sides agree.

Names are resolved when they are first used, so that ``import bridge`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from bridge import matlab as matlab
    from bridge.api import load as load
    from bridge.api import save as save
    from bridge.comparing import Comparison as Comparison
    from bridge.comparing import Tolerance as Tolerance
    from bridge.comparing import compare as compare
    from bridge.errors import BridgeError as BridgeError
    from bridge.linear_system import LinearSystem as LinearSystem
    from bridge.model import Model as Model
    from bridge.recording import Recording as Recording
    from bridge.simulation import Simulator as Simulator
    from bridge.simulation import simulate as simulate

# Where each public name lives.
_HOME = {
    "BridgeError": "bridge.errors",
    "Comparison": "bridge.comparing",
    "LinearSystem": "bridge.linear_system",
    "Model": "bridge.model",
    "Recording": "bridge.recording",
    "Simulator": "bridge.simulation",
    "Tolerance": "bridge.comparing",
    "compare": "bridge.comparing",
    "load": "bridge.api",
    "matlab": "bridge.matlab",
    "save": "bridge.api",
    "simulate": "bridge.simulation",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> object:
    """Import the module in which the public `name` lives, and keep what it is."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'bridge' has no attribute {name!r}")
    from importlib import import_module

    import_module("bridge.api")  # gives every recording, wherever it is made, its `save` and `plot`
    module = import_module(home)
    value = module if home == f"bridge.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
