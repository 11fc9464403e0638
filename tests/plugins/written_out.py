"""Networks written out in plain numpy, to hold diagrams against."""

from __future__ import annotations

import numpy as np

import bridge


def answer(net, u):
    """What the network answers to `u`, T x N, written out."""
    for layer in net.layers[1:]:
        if isinstance(layer, bridge.FullyConnected):
            u = u @ layer.Weights.T + layer.Bias[:, 0]
            continue
        h, c, out = layer.start("HiddenState")[:, 0], layer.start("CellState")[:, 0], []
        for row in u:
            i, f, g, o = np.split(layer.InputWeights @ row + layer.RecurrentWeights @ h + layer.Bias[:, 0], 4)
            i, f, o = (1 / (1 + np.exp(-x)) for x in (i, f, o))
            c = f * c + i * np.tanh(g)
            h = o * np.tanh(c)
            out.append(h)
        u = np.array(out)
    return u
