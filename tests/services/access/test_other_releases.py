"""States that another release wrote: nothing raises, and nobody sees more than with every value of what is missing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.enums import ActorKind, EventKind, PrincipalKind, TicketStatus, Visibility
from realtime.log import LoggedEvent
from services.access import access
from services.access.predicates import Anything, Not, meets
from services.access.scopes import Sight
from services.access.states import COLUMNS, State
from services.access.ticket_fields import TICKET_FIELDS
from services.board.tally import BoardQuery, Tally, TicketEvent
from services.core.reference import Reference
from services.feeds import decisions, feeds
from services.feeds.changes import readable_changes
from tests.drawn import MOMENT, SIGHTS, VALUES, drawn_predicate, drawn_state

EMPTY = Reference(
    epoch="log", seq=1, day=date(2026, 3, 2), agencies={}, agency_codes={}, categories={}, category_codes={}, areas={},
    kecamatan={}, officers={}, city_code=None, city_name=None, number_prefix="KDR",
)  # fmt: skip


def cases(seed: int, count: int) -> Iterator[tuple[random.Random, State, str]]:
    """Random states, each with every field that another release may lack."""
    chance = random.Random(seed)
    for _ in range(count):
        state = drawn_state(chance)
        for field in COLUMNS:
            yield chance, state, field


def without(state: State, field: str) -> State:
    return {name: value for name, value in state.items() if name != field}


def with_every_value(state: State, field: str) -> list[State]:
    return [{**state, field: value} for value in VALUES[field]]


def test_all_fields_of_a_state_are_tried() -> None:
    assert VALUES.keys() == COLUMNS.keys()


def test_a_predicate_holds_or_fails_for_a_whole_state_and_never_both() -> None:
    for chance, state, _ in cases(1, 60):
        rule = drawn_predicate(chance)
        assert rule.holds(state) is not rule.fails(state), (rule, state)


def test_a_predicate_is_certain_only_of_what_every_value_of_a_missing_field_would_give() -> None:
    uncertain = 0
    for chance, state, field in cases(2, 150):
        rule, whole = drawn_predicate(chance), with_every_value(state, field)
        holds, fails = rule.holds(without(state, field)), rule.fails(without(state, field))
        assert not holds or all(rule.holds(each) for each in whole), (rule, state, field)
        assert not fails or not any(rule.holds(each) for each in whole), (rule, state, field)
        uncertain += not holds and not fails
    assert uncertain > 0


def test_a_filter_reads_a_missing_field_as_empty() -> None:
    empty = {each.state: each.first() for each in TICKET_FIELDS}
    for chance, state, field in cases(3, 100):
        wanted = drawn_predicate(chance)
        assert meets(wanted, without(state, field)) is wanted.holds({**state, field: empty.get(field)}), (wanted, field)


@pytest.mark.parametrize("sight", SIGHTS, ids=str)
def test_a_missing_field_shows_nobody_a_ticket_that_some_value_of_it_hides(sight: Sight) -> None:
    rule = access.row_rule(sight)
    for _, state, field in cases(4, 60):
        if rule.holds(without(state, field)):
            assert all(rule.holds(each) for each in with_every_value(state, field)), (state, field)


@pytest.mark.parametrize("sight", SIGHTS, ids=str)
def test_a_missing_field_makes_nobody_more_to_a_ticket_than_every_value_of_it(sight: Sight) -> None:
    for _, state, field in cases(5, 60):
        less, whole = without(state, field), with_every_value(state, field)
        for reader in (access.handles, access.acts_for_desk, access.may_reveal, access.works_on):
            assert not reader(sight, less) or all(reader(sight, each) for each in whole), (reader, state, field)
        assert access.accused(sight, less) or not any(access.accused(sight, each) for each in whole), (state, field)
        for each in whole:
            assert access.relations(sight, less) <= access.relations(sight, each), (state, field)
            assert access.hidden_fields(sight, less).keys() >= access.hidden_fields(sight, each).keys(), (state, field)


def event(before: State | None, after: State | None) -> LoggedEvent:
    return LoggedEvent(
        visibility=Visibility.PUBLIC,
        kind=EventKind.STATUS_CHANGED,
        at=MOMENT,
        actor_kind=ActorKind.STAFF,
        ticket_id=1,
        before=before,
        after=after,
        changed=("status", "answers", "timeline"),
        seq=1,
        recorded_at=MOMENT,
    )


@pytest.fixture
def _plain_views(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "TicketView", lambda row, reference, sight: row)


@pytest.mark.usefixtures("_plain_views")
@pytest.mark.parametrize("sight", SIGHTS, ids=str)
def test_an_event_without_a_field_is_shown_to_nobody_from_whom_some_value_of_it_hides_the_ticket(sight: Sight) -> None:
    for chance, state, field in cases(6, 40):
        watched = feeds.Watch(sight, access.row_rule(sight), drawn_predicate(chance))
        now: Any = SimpleNamespace(row={}, reference=EMPTY, state=state)
        before = {**state, "status": "RECEIVED"}
        for one in (event(before, without(state, field)), event(without(before, field), state)):
            decisions.status_change(one, watched, now)
            decisions.membership(one, watched, now)
            readable_changes(one, sight, EMPTY)
        seen = decisions.membership(event(None, without(state, field)), watched, now)
        assert seen is None or all(watched.sees(each) for each in with_every_value(state, field)), (state, field)


def test_a_status_that_only_another_release_knows_is_no_change_that_this_one_tells() -> None:
    state: State = {field: values[0] for field, values in VALUES.items()} | {
        "confidential": False,
        "supervisory": False,
    }
    sight = Sight(PrincipalKind.DISPLAY)
    watched = feeds.Watch(sight, access.row_rule(sight), Anything())
    now: Any = SimpleNamespace(row={}, reference=None, state=state)

    assert decisions.status_change(event(state, {**state, "status": "ESCALATED"}), watched, now) is None


def make_tally(query: BoardQuery) -> Tally:
    return Tally(query, date(2026, 3, 2), {}, ZoneInfo("Asia/Jakarta"), date(2026, 2, 1))


def test_a_board_that_meets_a_state_without_a_field_is_counted_anew() -> None:
    sight = Sight(PrincipalKind.DISPLAY)
    query = BoardQuery(Anything(), access.row_rule(sight), Not(access.PUBLIC_ROWS))
    for _, state, field in cases(7, 30):
        for before, after in ((None, without(state, field)), (without(state, field), state)):
            tally = make_tally(query)
            happened = TicketEvent(1, MOMENT, 1, before, after)
            tally.take(happened)
            tally.note_change(happened)
            assert (tally.stale, tally.status.total(), tally.withheld) == (True, 0, 0)


def test_an_event_without_a_field_concerns_every_board_that_some_value_of_it_would_concern() -> None:
    for chance, state, field in cases(8, 60):
        for sight in (SIGHTS[0], SIGHTS[-4], SIGHTS[-3]):
            query = BoardQuery(drawn_predicate(chance), access.row_rule(sight), Not(access.PUBLIC_ROWS))
            concerned = any(query.concerns(None, each) for each in with_every_value(state, field))
            assert query.concerns(None, without(state, field)) or not concerned, (query, state, field)


def test_the_latest_changes_leave_out_what_only_another_release_can_name() -> None:
    sight = Sight(PrincipalKind.DISPLAY)
    tally = make_tally(BoardQuery(Anything(), access.row_rule(sight), Not(access.PUBLIC_ROWS)))
    state: State = {field: values[0] for field, values in VALUES.items()}

    tally.note_change(TicketEvent(1, MOMENT, 1, None, {**state, "status": "ESCALATED"}))
    tally.note_change(TicketEvent(2, MOMENT, 1, None, state))

    assert [(change.seq, change.to) for change in tally.latest] == [(2, TicketStatus.RECEIVED)]
