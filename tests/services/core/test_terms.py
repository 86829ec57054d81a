"""The words of closed lists: every value has them, and docs/glossary.md holds the same terms."""

from __future__ import annotations

import re

import pytest

from models.calendars import DayKind
from models.enums import TIMELINE_KINDS, Channel, Classification, Role, TicketStatus
from schema.core.enums import CLOSED_LISTS
from services.core.labels import LANGUAGES, closed_lists, labels, reporter_labels
from services.feeds.decisions import LeftReason
from services.master_data.cities import load_city
from tests.root import ROOT

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
LISTS = {
    **{closed.__name__: list(closed) for closed in CLOSED_LISTS},
    "TicketEventKind": sorted(TIMELINE_KINDS),
    "TicketLeftReason": list(LeftReason),
    "CalendarDayKind": list(DayKind),
}
# Of these only some values say more than their name.
WITHOUT_TERMS = {"ActorKind", "Link", "MoveMutation", "TicketEventKind", "TicketLeftReason", "TicketOrder"}
IN_THE_GLOSSARY = (TicketStatus, Classification, Channel, Role)
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \|(?: ([^|]+) \|)?", re.MULTILINE)


def test_every_closed_list_is_described():
    words = closed_lists()

    assert set(words) == set(LISTS)
    assert all(found.description for found in words.values())


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_value_has_its_term(name):
    terms, values = closed_lists()[name].terms, {str(value) for value in LISTS[name]}

    assert set(terms) <= values
    if name not in WITHOUT_TERMS:
        assert set(terms) == values - ({"ANY"} if name == "AgencyRole" else set())
    assert all(terms.values())


@pytest.mark.parametrize("closed", IN_THE_GLOSSARY)
def test_the_glossary_holds_the_words_of_officers(closed):
    rows = {code: words for code, words, _ in ROW.findall(GLOSSARY)}

    assert {value: rows.get(value) for value in closed} == labels("id")[closed.__name__]


def test_the_glossary_holds_what_reporters_read_of_a_status():
    rows = {code: words for code, _, words in ROW.findall(GLOSSARY)}
    words = reporter_labels("id")["TicketStatus.reporters"]

    assert {value: rows.get(value) for value in TicketStatus} == words


def test_the_words_for_channels_are_those_of_kediri():
    city = {channel.code: channel.labels for channel in load_city(ROOT / "cities" / "kediri").channels}

    for language in LANGUAGES:
        assert {code: words[language] for code, words in city.items()} == labels(language)["Channel"]


def test_a_language_that_the_desk_does_not_speak_has_no_words():
    with pytest.raises(KeyError):
        labels("nl")
