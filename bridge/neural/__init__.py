"""The functions of MATLAB's shallow networks, as nodes, which the blocks ``neural/…`` and `ShallowNetwork` share.

A signal is a vector with the rows of one layer, or a matrix with a column for each observation beside it.
"""

from bridge.neural.net_input import NET_INPUT
from bridge.neural.transfer import TRANSFER
from bridge.neural.weight import WEIGHT

__all__ = ["NET_INPUT", "TRANSFER", "WEIGHT"]
