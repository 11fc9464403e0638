"""Drawings as SVG: a diagram, a network, a recording."""
