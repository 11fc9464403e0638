"""Drawing lines: ways of right angles, and the tree of branches that Simulink stores."""

from __future__ import annotations

import pytest

from bridge.crossings.sheet import Sheet, branches, port_position, way
from bridge.errors import UsageError
from bridge.model import Endpoint, Model


def end(name: str) -> Endpoint:
    return Endpoint(name, "in", 1)


def test_ports_stand_five_pixels_outside_and_share_the_height() -> None:
    sheet = Sheet(Model.new("m"))
    block = sheet.block("Sum", "sum", (100, 200, 30, 150), {"in": 3, "out": 1})
    assert [port_position(block, "in", k) for k in (1, 2, 3)] == [(95, 225), (95, 275), (95, 325)]
    assert port_position(block, "out") == (135, 275)


def test_a_mirrored_block_has_its_input_on_the_right() -> None:
    sheet = Sheet(Model.new("m"))
    delay = sheet.block("UnitDelay", "z", (100, 200, 35, 34), BlockMirror=True)
    assert (port_position(delay, "in"), port_position(delay, "out")) == ((140, 217), (95, 217))


def test_a_way_goes_along_its_rails() -> None:
    assert way((0, 0), (100, 0), []) == [(0, 0), (100, 0)]
    assert way((0, 0), (100, 50), [40]) == [(0, 0), (40, 0), (40, 50), (100, 50)]
    assert way((0, 0), (100, 50), [40, 80, 90]) == [(0, 0), (40, 0), (40, 80), (90, 80), (90, 50), (100, 50)]
    assert way((0, 0), (100, 50), [120, 50]) == [(0, 0), (120, 0), (120, 50), (100, 50)]


def test_points_are_relative_and_the_last_piece_goes_without_saying() -> None:
    tree = branches([(end("a"), way((0, 0), (100, 50), [40]))])
    assert tree.destination == end("a")
    assert tree.points == [(40, 0), (0, 50)]
    assert branches([(end("a"), way((0, 0), (100, 0), []))]).parameters == {}


def test_ways_share_a_trunk_up_to_where_they_part() -> None:
    ends = {"a": (100, 0), "b": (100, 50), "c": (100, 90)}
    tree = branches([(end(name), way((0, 0), point, [40])) for name, point in ends.items()])
    assert tree.points == [(40, 0)]
    straight, down = tree.branches
    assert (straight.destination, straight.points) == (end("a"), [])
    assert (down.destination, down.points) == (None, [(0, 50)])
    assert [(piece.destination, piece.points) for piece in down.branches] == [(end("b"), []), (end("c"), [(0, 40)])]


def test_a_trunk_parts_in_the_middle_of_a_straight_piece() -> None:
    through = [(0.0, 0.0), (100.0, 0.0)]
    tree = branches([(end("a"), through), (end("b"), way((0, 0), (100, 50), [60]))])
    assert tree.points == [(60, 0)]
    assert [piece.points for piece in tree.branches] == [[], [(0, 50)]]


def test_a_diagonal_is_refused() -> None:
    with pytest.raises(UsageError, match="right angles"):
        branches([(end("a"), [(0, 0), (10, 10)])])
