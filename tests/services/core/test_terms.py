"""The words of closed lists: every value has them, and docs/glossary.md holds the same terms."""

from __future__ import annotations

import re

import pytest

from models.enums import TIMELINE_KINDS, Channel, Classification, Role, TicketStatus
from schema.core.enums import CLOSED_LISTS
from services.core.labels import closed_lists, labels
from services.feeds.decisions import LeftReason
from tests.root import ROOT

LISTS = {
    **{closed.__name__: list(closed) for closed in CLOSED_LISTS},
    "TicketEventKind": sorted(TIMELINE_KINDS),
    "TicketLeftReason": list(LeftReason),
}
WITHOUT_TERMS = {"ActorKind", "Link", "MoveMutation", "TicketEventKind", "TicketLeftReason", "TicketOrder"}
IN_THE_GLOSSARY = (TicketStatus, Classification, Channel, Role)
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \|", re.MULTILINE)


def test_every_closed_list_is_described():
    words = closed_lists()

    assert set(words) == set(LISTS)
    assert all(found.description for found in words.values())


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_value_has_its_term(name):
    terms = closed_lists()[name].terms

    expected = set() if name in WITHOUT_TERMS else {str(value) for value in LISTS[name]}
    assert set(terms) == expected - ({"ANY"} if name == "AgencyRole" else set())
    assert all(terms.values())


@pytest.mark.parametrize("closed", IN_THE_GLOSSARY)
def test_the_glossary_holds_the_same_terms(closed):
    glossary = dict(ROW.findall((ROOT / "docs" / "glossary.md").read_text("utf-8")))
    terms = closed_lists()[closed.__name__].terms

    for value in closed:
        assert first_word(glossary.get(value, "missing")) in first_word(terms[value]), value


def first_word(term: str) -> str:
    """What a term begins with, as both places may go on differently."""
    return re.split(r"[\s,:;]", term.casefold(), maxsplit=1)[0]


def test_a_language_that_the_desk_does_not_speak_has_no_words():
    with pytest.raises(KeyError):
        labels("nl")
