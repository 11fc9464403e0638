"""The generated table of supported blocks is the one that the registry gives."""

from __future__ import annotations

from pathlib import Path

from bridge.diagram.catalogue import table
from bridge.diagram.registry import kinds

PAGE = Path(__file__).parents[2] / "docs" / "blocks.md"


def test_the_page_is_what_the_registry_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == table(), "run: python -m bridge.diagram.catalogue > docs/blocks.md"


def test_every_kind_says_what_it_computes() -> None:
    unsaid = [name for name, block in kinds().items() if "__doc__" not in vars(block) or not block.__doc__]
    assert not unsaid
