"""docs/alur-laporan.md: the table of moves for officers."""

from __future__ import annotations

from services.queries.officer_page import page
from services.tickets.table.rules import MOVES
from tests.root import ROOT
from tests.words_of_people import unsaid


def test_the_page_in_docs_is_the_table_s():
    assert (ROOT / "docs" / "alur-laporan.md").read_text("utf-8") == page()


def test_it_says_every_move_and_no_code():
    steps = [line for line in page().splitlines() if line.startswith("| ") and line.count("|") == 7]

    assert len(steps) >= len({(move.source, move.by, move.to, move.who) for move in MOVES})
    assert unsaid(page().replace("kabar-pelapor.md", "")) == []
