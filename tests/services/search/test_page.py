"""The page for officers says what is true."""

from __future__ import annotations

import re

import asyncpg
import pytest

from tests.root import ROOT
from tests.services.search.test_words_that_meet import meetings

ROW = re.compile(r"^\| `(.+?)` \| (.*?) \| (.*?) ?\|$", re.MULTILINE)


@pytest.mark.slow
async def test_every_example_of_the_page_finds_what_it_says(both: dict[str, asyncpg.Connection]) -> None:
    rows = ROW.findall((ROOT / "docs" / "mencari.md").read_text("utf-8"))
    found = [[asked, stored] for asked, stored, _ in rows]
    missed = [[asked, stored] for asked, _, stored in rows if stored.strip()]

    assert (len(found), len(missed)) == (16, 7)
    for held in both.values():
        assert await meetings(held, found) == [tuple(pair) for pair in found]
        assert await meetings(held, missed) == []
