"""The page of the workflow, and the texts that it stands on."""

import re

from services.core.messages import catalog
from services.tickets.table.rules import MOVES
from services.tickets.table.workflow_page import page
from tests.root import ROOT

RAISED = re.compile(r'(?:Forbidden|InvalidInput|NotFound|IdempotencyConflict|IllegalTransition)\(\s*"([A-Z_]+)"')
SOURCES = sorted((ROOT / "services").rglob("*.py"))


def test_the_page_in_docs_is_the_table_s():
    assert (ROOT / "docs" / "workflow.md").read_text("utf-8") == page()


def test_every_reason_of_a_move_has_words_in_both_languages():
    keys = {f"reason.{code}" for move in MOVES for code in move.reason_codes}

    assert {key for key in keys if set(catalog().get(key, {})) != {"id", "en"}} == set()


def test_every_refusal_that_a_use_case_raises_has_a_text():
    codes = {code for source in SOURCES for code in RAISED.findall(source.read_text("utf-8"))}

    assert "EMPTY" in codes
    assert codes - set(catalog()) == set()
