"""The pages for users: what they say happens when one does what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages import Reader, blocks

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.mark.parametrize("name", ["colleague-network.md", "diagram.md"])
def test_a_page_can_be_followed(name: str, reader: Reader) -> None:
    pytest.importorskip("torch")
    reader.follow(DOCS / name)


@pytest.mark.parametrize("name", ["colleague-network.md", "diagram.md"])
def test_a_page_begins_with_the_demonstration(name: str) -> None:
    first = next(text for language, text in blocks(DOCS / name) if language == "sh")
    assert first.startswith("slbridge demo demo\n")


def test_every_link_leads_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (DOCS / target).exists(), f"{page.name}: {target}"


def test_every_file_that_the_architecture_names_is_there() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("| to change or add |")[2]
    named = set(re.findall(r"`(?:bridge/)?(\w[\w/]*(?:\.py|/))`", table.partition("\n")[2]))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (DOCS.parent / "bridge" / name).exists()] == []
