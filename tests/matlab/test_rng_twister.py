from __future__ import annotations

import math

import numpy as np
import pytest

from bridge import published
from bridge.matlab import rng_ziggurat
from bridge.matlab.rng import rng
from bridge.matlab.rng_twister import Twister, uniforms
from bridge.matlab.rng_ziggurat import normals, tables


@pytest.mark.parametrize("seed", [1, 5489, 2**32 - 1])
def test_words_are_those_of_numpys_twister(seed):
    other = np.random.RandomState(seed)
    key = other.get_state(legacy=False)["state"]["key"]
    words = Twister(seed)
    assert np.array_equal(words.state[:-1], key)
    reference = np.random.MT19937()
    reference.state = other.get_state(legacy=False)
    assert np.array_equal(words.take(3000), reference.random_raw(3000))


def test_looking_takes_nothing():
    words = Twister(1)
    seen = words.peek(2000).copy()
    assert np.array_equal(words.take(700), seen[:700])
    assert np.array_equal(words.take(1300), seen[700:])


def test_uniforms_are_numpys_doubles():
    assert np.array_equal(uniforms(Twister(42), 5000), np.random.RandomState(42).random_sample(5000))


class Scripted(Twister):
    """A source whose words are given, then those of seed 1."""

    def __init__(self, words):
        super().__init__(1)
        self._given = np.array(words, dtype=np.uint32)

    def peek(self, count):
        return np.concatenate([self._given, super().peek(count)])[:count]

    def advance(self, count):
        given = min(count, self._given.size)
        self._given = self._given[given:]
        super().advance(count - given)


def test_zero_is_drawn_again():
    words = Scripted([0, 0, 0, 0])
    assert np.array_equal(uniforms(words, 3), uniforms(Twister(1), 3))


def test_ziggurat_tables_are_those_of_generated_code():
    x, y = tables()
    values = next(e for e in published.load("random_numbers") if e["id"] == "t1")["values"]
    assert x[1:5].tolist() == values["x(2:5)"]
    assert y[1:4].tolist() == values["y(2:4)"]
    assert x[256] == values["x(257)"]
    assert x[0] == 0.0
    assert np.all(np.diff(x) > 0)
    # Equal areas: every layer is as wide as its base and as high as its step.
    areas = x[2:-1] * -np.diff(y[1:-1])
    assert np.allclose(areas, areas[0], rtol=1e-10)  # 15 digits in y of size 1, steps of size 1e-3


def one_by_one(words: Twister) -> float:
    """The ziggurat as it is described, a draw at a time."""
    x, y = tables()
    while True:
        a, b = (int(word) for word in words.take(2))
        layer = b >> 24
        r = (((a >> 3) * 2**24 + (b & 0xFFFFFF)) * 2.0**-52 - 1.0) * x[layer + 1]
        if abs(r) <= x[layer]:
            return float(r)
        if layer < 255:
            u = uniforms(words, 1)[0]
            if y[layer + 1] + u * (y[layer] - y[layer + 1]) < math.exp(-0.5 * r * r):
                return float(r)
            continue
        while True:
            beyond = math.log(uniforms(words, 1)[0]) * 0.273661237329758
            if -2.0 * math.log(uniforms(words, 1)[0]) > beyond * beyond:
                return float(beyond - 3.65415288536101 if r < 0 else 3.65415288536101 - beyond)


def test_drawing_many_equals_drawing_one_by_one(monkeypatch):
    # Chunks of 1000 put their borders on every kind of draw.
    monkeypatch.setattr(rng_ziggurat, "_LARGEST_CHUNK", 1000)
    many, single = Twister(11), Twister(11)
    drawn = normals(many, 30_000)
    assert drawn.tolist() == [one_by_one(single) for _ in range(30_000)]
    assert np.array_equal(many.state, single.state)
    assert (np.abs(drawn) > 3.6541528853610088).any()  # the tail was visited


def test_a_draw_that_needs_more_words_than_were_seen_is_finished(monkeypatch):
    # All ones: layer 255 at its very edge, and a uniform number close to one, which the tail accepts.
    # All zeros: the tail cannot accept a uniform number that does not exist, and must look further.
    words = Scripted([0xFFFFFFFF, 0xFFFFFFFF] + [0] * 4000)
    assert abs(normals(words, 1)[0]) > 3.65


def test_normal_draws_are_normal():
    drawn = rng(1).randn(1000, 1000).ravel()
    for edge in (1.0, 2.0, 3.0, 4.0):
        wanted = math.erfc(edge / math.sqrt(2)) * drawn.size
        assert abs((np.abs(drawn) > edge).sum() - wanted) < 4 * math.sqrt(wanted)  # four standard deviations
