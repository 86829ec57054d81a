"""The official words: every value has them in both languages, and the web workspace holds the same."""

from __future__ import annotations

import json

import pytest

from models.enums import Channel, Classification, TicketStatus
from services.core.labels import LANGUAGES, labels
from services.core.links import Link
from tests.root import ROOT

WEB = ROOT / "web" / "shared" / "src" / "labels"
LISTS = {"TicketStatus": TicketStatus, "Classification": Classification, "Link": Link, "Channel": Channel}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_has_its_words(language):
    found = labels(language)

    assert {name: set(words) for name, words in found.items()} == {name: set(values) for name, values in LISTS.items()}
    assert all(word for words in found.values() for word in words.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_hold_the_same_words(language):
    """`surga schema --labels id > web/shared/src/labels/id.json` writes them anew."""
    assert json.loads((WEB / f"{language}.json").read_text("utf-8")) == labels(language)
