"""Marks of cursors: pinned, so that a rename or another Python ends nobody's cursors unnoticed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest

from models.enums import PrincipalKind, Role
from services.access.predicates import (
    Above,
    Among,
    Anything,
    Before,
    Either,
    Every,
    External,
    Flag,
    Missing,
    Not,
    Nothing,
    Overlaps,
    Since,
)
from services.access.scopes import Sight
from services.feeds.feeds import Watch
from services.feeds.marks import mark_of, written_sight, written_value
from tests.drawn import GRANT, MOMENT, SIGHTS, drawn_predicate

AT = 1_772_413_200_000_000
WRITTEN = [
    (Anything(), ["Anything"]),
    (Nothing(), ["Nothing"]),
    (Among("status", ("CLOSED", "RECEIVED")), ["Among", "status", {"all": ["CLOSED", "RECEIVED"]}]),
    (Flag("anonymous", None), ["Flag", "anonymous", None]),
    (Missing("lead"), ["Missing", "lead"]),
    (Overlaps("supporting", (1, 2), "int"), ["Overlaps", "supporting", {"all": [1, 2]}, "int"]),
    (External(("one",), "partner:1"), ["External", {"all": ["one"]}, "partner:1"]),
    (Above("returns", 0), ["Above", "returns", 0]),
    (Since("received_at", MOMENT), ["Since", "received_at", {"at": AT}]),
    (Before("updated_at", MOMENT), ["Before", "updated_at", {"at": AT}]),
    (Every((Anything(), Nothing())), ["Every", {"all": [["Anything"], ["Nothing"]]}]),
    (Either(()), ["Either", {"all": []}]),
    (Not(Missing("lead")), ["Not", ["Missing", "lead"]]),
]
OFFICER = Sight(PrincipalKind.STAFF, (Role.INSPECTOR, Role.OFFICER), 1)
PARTNER = Sight(PrincipalKind.PARTNER, client_id=7, granted=GRANT)


@pytest.mark.parametrize(("predicate", "written"), WRITTEN)
def test_every_predicate_is_written_this_way(predicate, written):
    assert written_value(predicate) == written


def test_a_sight_is_written_this_way():
    assert written_sight(OFFICER) == ["STAFF", ["INSPECTOR", "OFFICER"], 1, None, None, None]
    assert written_sight(PARTNER) == ["PARTNER", [], None, None, 7, ["contract", "digest"]]


@pytest.mark.parametrize(
    ("watched", "mark"),
    [
        (Watch(OFFICER, Anything(), Every(())), "98931c79180fab21"),
        (Watch(PARTNER, Not(Flag("confidential", True)), Every((Since("received_at", MOMENT),))), "3c727244d3a4c7cc"),
    ],
)
def test_a_mark_is_this_one(watched, mark):
    assert watched.mark.hex() == mark


def test_another_list_has_another_mark_and_the_same_one_the_same():
    chance = random.Random(1)
    drawn = {(sight, drawn_predicate(chance), drawn_predicate(chance)) for sight in SIGHTS for _ in range(40)}

    assert len({mark_of(*each) for each in drawn}) == len(drawn)


def test_a_moment_is_the_same_in_every_time_zone_and_at_the_end_of_time():
    jakarta = MOMENT.astimezone(timezone(timedelta(hours=7)))
    last = datetime.max.replace(tzinfo=timezone(-timedelta(hours=12)))

    assert mark_of(OFFICER, Anything(), Since("received_at", jakarta)) == mark_of(
        OFFICER, Anything(), Since("received_at", MOMENT)
    )
    assert written_value(last) != written_value(datetime.max.replace(tzinfo=UTC))


def test_words_are_marked_whatever_they_hold():
    odd = External(("\ud800\x00\u202e",), None)

    assert mark_of(OFFICER, Anything(), odd) != mark_of(OFFICER, Anything(), External(("",), None))


def test_what_has_no_written_form_is_refused():
    @dataclass(frozen=True)
    class Odd:
        values: frozenset[int]

    with pytest.raises(TypeError, match="A frozenset has no written form"):
        written_value(Odd(frozenset({1})))
