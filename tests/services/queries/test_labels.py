"""The words that clients show: every value has them in both languages, and the web workspace holds the same."""

from __future__ import annotations

import json

import pytest
from graphql import GraphQLEnumType

from schema import build_schema
from services.core.labels import LANGUAGES
from services.core.messages import catalog
from services.queries.labels import MISSING, all_labels
from services.tickets.table.rules import EVERY_MOVE, MOVES
from tests.root import ROOT

# What nobody chooses any more, and what stands in the log.
EARLIER = {"UNKNOWN", "OTHER_GOVERNMENT", "CENTRAL_GOVERNMENT", "LEGISLATURE", "NO_AUTHORITY", "REPORTER_UNREACHABLE"}
WEB = ROOT / "web" / "shared" / "src" / "labels"


def enums_of_the_schema() -> dict[str, set[str]]:
    types = build_schema()._schema.type_map.values()
    return {
        kind.name: set(kind.values)
        for kind in types
        if isinstance(kind, GraphQLEnumType) and not kind.name.startswith("__")
    }


def values(found: dict[str, dict[str, str]], prefix: str) -> dict[str, set[str]]:
    """The values of all lists whose names begin so."""
    return {name: set(words) for name, words in found.items() if name.startswith(prefix)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_of_every_enum_has_its_words(language):
    found = all_labels(language)

    expected = enums_of_the_schema()
    assert {name: set(words) for name, words in found.items() if name in expected} == expected
    assert {"TicketStatus", "AuditKind", "TicketLeftReason"} <= set(expected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_empty(language):
    assert [
        (name, value) for name, words in all_labels(language).items() for value, word in words.items() if not word
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_move_has_words_by_where_it_starts(language):
    expected: dict[str, set[str]] = {}
    for move in MOVES:
        expected.setdefault(f"Move.{move.source}", set()).add(f"{move.by}.{move.to}")

    assert values(all_labels(language), "Move.") == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words_by_its_move_and_in_one_list(language):
    found = all_labels(language)
    expected: dict[str, set[str]] = {}
    for move in MOVES:
        if move.reason_codes:
            expected.setdefault(f"Reason.{move.by}.{move.to}", set()).update(move.reason_codes)

    assert values(found, "Reason.") == expected
    by_themselves = {"DUPLICATE", *(move.reason for move in EVERY_MOVE if move.reason)}
    assert set(found["Reason"]) == (EARLIER | by_themselves).union(*expected.values())
    assert set(found["Missing"]) == set(MISSING)


def test_no_text_of_a_move_a_reason_or_a_lack_is_left_over():
    """A key that no list reads would be a word that nobody sees, and that everybody thinks is there."""
    moves = {f"move.{m.by}.{m.to}" for m in EVERY_MOVE} | {f"move.{m.source}.{m.by}.{m.to}" for m in EVERY_MOVE}
    reasons = {f"reason.{code}" for code in all_labels("id")["Reason"]}
    missing = {f"missing.{code}" for code in MISSING}

    kept = {key for key in catalog() if key.startswith(("move.", "reason.", "missing."))}

    assert kept - moves - reasons - missing == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reporter_s_list_has_every_value_and_differs(language):
    found = all_labels(language)

    whole = {name.removesuffix(".reporters"): words for name, words in found.items() if name.endswith(".reporters")}

    assert set(whole) == {"TicketStatus", "TicketEventKind"}
    for name, words in whole.items():
        assert set(words) == set(found[name])
        assert words != found[name]


def test_words_stand_where_clients_look_for_them():
    found = all_labels("id")

    assert found["TicketStatus"]["DISPATCHED"] == "Terdisposisi"
    assert found["TicketStatus.reporters"]["DISPATCHED"] == "Diteruskan ke instansi"
    assert found["TicketStatus.reporters"]["RESOLVED"] == "Selesai"
    assert found["Move.VERIFIED"]["DISPATCH.DISPATCHED"] == "Disposisikan"
    assert found["Move.DISPATCHED"]["DISPATCH.DISPATCHED"] == "Alihkan ke instansi lain"
    assert (
        found["Reason.RETURN.VERIFIED"]["WRONG_LOCATION"]
        == found["Reason"]["WRONG_LOCATION"]
        == "Lokasi bukan di wilayah kerja kami"
    )
    assert all_labels("en")["Missing"]["PROOF"] == "Supporting proof"


def test_a_language_that_the_desk_does_not_speak_has_no_words():
    with pytest.raises(KeyError):
        all_labels("nl")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_hold_the_same_words(language):
    """`surga schema --labels id > web/shared/src/labels/id.json` writes them anew."""
    assert json.loads((WEB / f"{language}.json").read_text("utf-8")) == all_labels(language)
