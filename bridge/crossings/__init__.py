"""Crossings between the kinds of things: network to diagram and back, linear system to network and back.

`diagram_from_network` draws, `network_from_diagram` recognises; `lstm_from_linear_system` and
`linear_system_from_lstm` change the form of a linear system; `example_model` is the file of the drawn example.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridge.crossings.diagram_to_network import network_from_diagram as network_from_diagram
    from bridge.crossings.example import example_model as example_model
    from bridge.crossings.linear_systems import linear_system_from_lstm as linear_system_from_lstm
    from bridge.crossings.linear_systems import lstm_from_linear_system as lstm_from_linear_system
    from bridge.crossings.network_to_diagram import diagram_from_network as diagram_from_network

_HOME = {
    "diagram_from_network": "network_to_diagram",
    "example_model": "example",
    "linear_system_from_lstm": "linear_systems",
    "lstm_from_linear_system": "linear_systems",
    "network_from_diagram": "diagram_to_network",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    """Import what is asked for: recognising needs the diagram's passes, drawing does not."""
    if name not in _HOME:
        raise AttributeError(f"module 'bridge.crossings' has no attribute {name!r}")
    return getattr(import_module(f"bridge.crossings.{_HOME[name]}"), name)
