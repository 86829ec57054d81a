"""Whom an event may concern, found by keys: never fewer than those who would say so if they were asked."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from models.enums import ActorKind, AgencyKind, Channel, EventKind, PrincipalKind, Role, TicketStatus, Visibility
from realtime.log import LoggedEvent
from services.access.access import row_rule
from services.access.filters.filters import AgencyRole, TicketFilter, condition
from services.access.filters.worklists import Worklist
from services.access.predicates import Among, Anything, Either, Every, Flag, Missing, Not, Nothing, Overlaps
from services.access.scopes import Budget, Granted, Scope, Sight
from services.access.states import State
from services.board import board
from services.board.board import BoardFilter
from services.core.desk import Desk
from services.core.reference import AgencyRef, AreaRef, CategoryRef
from services.feeds import decisions, feeds
from services.feeds.feeds import Watch
from services.feeds.interests import Keys, board_keys, interests, keys_for, keys_of
from tests.drawn import MOMENT, VALUES, a_reference, drawn_predicate, drawn_state

AGENCIES = {key: AgencyRef(key, f"a{key}", f"a{key}", f"A{key}", AgencyKind.OPD, None, True) for key in range(1, 9)}
CATEGORIES = {key: CategoryRef(key, f"c{key}", f"c{key}", f"C{key}", None, None, True) for key in range(1, 9)}
AREAS = {f"35.71.01.{key}": AreaRef(f"35.71.01.{key}", f"K{key}", "Mojoroto", "35.71.01") for key in range(1001, 1005)}
REFERENCE = a_reference(AGENCIES, CATEGORIES, AREAS)
CITY: dict[str, tuple[Any, ...]] = {
    **VALUES,
    "id": tuple(range(1, 41)),
    "status": tuple(str(status) for status in TicketStatus),
    "category": (None, *CATEGORIES),
    "channel": tuple(str(channel) for channel in Channel),
    "reported": (None, *AGENCIES),
    "lead": (None, *AGENCIES),
    "supporting": ([], [], [1], [2, 3], [8]),
    "assignee": (None, *range(1, 21)),
    "kelurahan": (None, *AREAS),
}


def some(chance: random.Random, values: Any, most: int = 2) -> tuple[Any, ...] | None:
    values = list(values)
    return tuple(chance.sample(values, chance.randrange(1, most + 1))) if chance.random() < 0.25 else None


def drawn_filter(chance: random.Random, *, staff: bool) -> TicketFilter:
    return TicketFilter(
        status=some(chance, TicketStatus, 4),
        open=chance.choice([None, None, None, True, False]),
        agency_code=some(chance, REFERENCE.agency_codes),
        agency_role=chance.choice(list(AgencyRole)),
        assignee_id=chance.choice([None, None, None, chance.randrange(1, 21)]) if staff else None,
        unassigned=chance.choice([None, None, None, True, False]) if staff else None,
        worklist=chance.choice([None, None, None, chance.choice(list(Worklist))]) if staff else None,
        category_code=some(chance, REFERENCE.category_codes),
        channel=some(chance, Channel, 5),
        kecamatan_code=("35.71.01",) if chance.random() < 0.1 else None,
        kelurahan_code=some(chance, AREAS),
        received_from=chance.choice([None, None, MOMENT]),
        external_id=chance.choice([None, None, None, "one", "two"]),
    )


def drawn_scope(chance: random.Random) -> Scope:
    kind = chance.choice([kind for kind in PrincipalKind if kind is not PrincipalKind.ANONYMOUS])
    agency = chance.choice(list(AGENCIES))
    if kind is PrincipalKind.STAFF:
        roles = frozenset(chance.sample(list(Role), chance.choice([1, 1, 2])))
        return Scope(kind, "officer:1", officer_id=chance.randrange(1, 21), agency_id=agency, roles=roles)
    if kind is PrincipalKind.PARTNER:
        return Scope(kind, "client:1", client_id=1, granted=drawn_grant(chance))
    if kind is PrincipalKind.DISPLAY:
        return Scope(kind, "client:2", client_id=2, agency_id=chance.choice([None, agency]))
    return Scope(kind, "ticket:1", ticket_id=chance.choice(CITY["id"]))


def drawn_grant(chance: random.Random) -> Granted | None:
    if chance.random() < 0.2:
        return None
    rows = replace(drawn_filter(chance, staff=False), external_id=None)
    anybody = Scope(kind=PrincipalKind.PARTNER, principal="partner")
    return Granted("contract", "digest", Budget(1, 1), condition(rows, REFERENCE, anybody))


def drawn_watch(chance: random.Random) -> Watch:
    scope = drawn_scope(chance)
    return feeds.watched_by(REFERENCE, scope, drawn_filter(chance, staff=scope.is_staff))


def city_state(chance: random.Random) -> State:
    return {field: chance.choice(values) for field, values in CITY.items()}


def drawn_event(chance: random.Random) -> LoggedEvent:
    before = city_state(chance)
    moved = chance.sample(list(CITY), chance.randrange(4))
    after = {**before, **{field: chance.choice(CITY[field]) for field in moved if field != "id"}}
    return event_of(None if chance.random() < 0.2 else before, after)


def event_of(before: State | None, after: State | None) -> LoggedEvent:
    return LoggedEvent(
        visibility=Visibility.PUBLIC,
        kind=EventKind.FIELD_CHANGED,
        at=MOMENT,
        actor_kind=ActorKind.STAFF,
        ticket_id=(after or before or {}).get("id"),
        before=before,
        after=after,
        changed=("status", "timeline"),
        seq=1,
        recorded_at=MOMENT,
    )


def finds(keys: Keys | None, found: Keys | None) -> bool:
    return keys is None or found is None or not keys.isdisjoint(found)


@pytest.fixture
def _plain_views(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "TicketView", lambda row, reference, sight: row)


def shows(event: LoggedEvent, watch: Watch, rows: list[State]) -> bool:
    """Whether the event shows anything to this watch, whatever the row of its ticket is by now."""
    loaded: list[Any] = [SimpleNamespace(row={}, reference=None, state=row) for row in rows]
    readers: tuple[Callable[..., Any], ...] = (decisions.status_change, decisions.membership)
    return any(reader(event, watch, now) is not None for reader in readers for now in loaded)


@pytest.mark.slow
@pytest.mark.usefixtures("_plain_views")
def test_2_000_watches_are_found_by_every_event_that_shows_them_anything() -> None:
    chance = random.Random(13)
    asked = found = shown = 0
    for _ in range(2_000):
        watch = drawn_watch(chance)
        keys = keys_of(watch)
        for event in (drawn_event(chance) for _ in range(20)):
            rows = [event.after or {}, event.before or {}, city_state(chance)]
            is_shown, is_found = shows(event, watch, rows), finds(keys, interests(event))
            assert is_found or not is_shown, (watch, event)
            asked, found, shown = asked + 1, found + is_found, shown + is_shown

    assert asked == 40_000
    assert shown > 400
    assert found < 0.25 * asked


def test_random_conditions_are_found_too() -> None:
    chance = random.Random(12)
    for _ in range(3_000):
        rule, state = drawn_predicate(chance), drawn_state(chance)
        keys, event = keys_for(rule), event_of(None, state)
        assert finds(keys, interests(event)) or not rule.holds(state), (rule, state)
        assert finds(keys, interests(replace(event, before=state, after=None))) or not rule.holds(state)


def test_a_citizen_is_found_by_events_of_the_own_ticket_alone() -> None:
    chance = random.Random(13)
    for _ in range(300):
        event = drawn_event(chance)
        citizen = Scope(kind=PrincipalKind.CITIZEN, principal="ticket:7", ticket_id=7)
        watch = feeds.watched_by(REFERENCE, citizen, drawn_filter(chance, staff=False))
        if keys_of(watch) == frozenset():
            continue
        assert finds(keys_of(watch), interests(event)) <= (event.ticket_id == 7)


@pytest.mark.parametrize("field", [field for field in VALUES if field != "number"])
def test_a_state_of_another_release_finds_all_who_may_be_shown_it(field: str) -> None:
    chance = random.Random(14)
    for _ in range(300):
        rule, state = drawn_predicate(chance), drawn_state(chance)
        watch = Watch(Sight(PrincipalKind.DISPLAY), Anything(), rule)
        less = {name: value for name, value in state.items() if name != field}
        assert finds(keys_of(watch), interests(event_of(None, less))) or not watch.holds(less), (rule, less)


def test_a_state_whose_values_can_not_be_keys_may_concern_all() -> None:
    state: State = {field: values[0] for field, values in VALUES.items()}

    assert interests(event_of(None, {**state, "lead": [1, 2]})) is None


def test_the_most_selective_condition_gives_the_keys() -> None:
    led, helped = Among("lead", (7,)), Overlaps("supporting", (7,), "int")
    opened = Among("status", ("RECEIVED", "VERIFIED"))
    public = Every((Flag("confidential", False), Flag("supervisory", False)))

    assert keys_for(Every((public, opened, led))) == {("lead", 7)}
    assert keys_for(Every((opened, Either((led, helped))))) == {("lead", 7), ("supporting", 7)}
    assert keys_for(Every((public, opened))) == {("status", "RECEIVED"), ("status", "VERIFIED")}
    assert keys_for(Every((opened, Missing("lead")))) == {("status", "RECEIVED"), ("status", "VERIFIED")}
    assert keys_for(Every((Among("category", (1, 2, 3)), Among("category", (2, 3))))) == {
        ("category", 2),
        ("category", 3),
    }
    assert keys_for(Every((opened, Among("assignee", ())))) == frozenset()
    assert keys_for(Either((led, Nothing()))) == {("lead", 7)}
    assert keys_for(Either((led, Not(opened)))) is None
    assert keys_for(Anything()) is None


def test_an_event_of_no_ticket_has_no_keys() -> None:
    assert interests(event_of(None, None)) == frozenset()


def drawn_board_filter(chance: random.Random) -> BoardFilter:
    return BoardFilter(
        agency_code=some(chance, REFERENCE.agency_codes),
        category_code=some(chance, REFERENCE.category_codes),
        channel=some(chance, Channel, 5),
        kecamatan_code=("35.71.01",) if chance.random() < 0.1 else None,
    )


async def test_boards_are_found_by_every_event_that_changes_them(desk: Desk) -> None:
    chance = random.Random(15)
    desk.references._latest = REFERENCE
    asked = found = changed = 0
    for _ in range(500):
        scope, wanted = drawn_scope(chance), drawn_board_filter(chance)
        keys, query = board_keys(desk, scope.sight, wanted), board.board_query(REFERENCE, scope.sight, wanted)
        for event in (drawn_event(chance) for _ in range(10)):
            is_changed = query.concerns(event.before, event.after)
            is_found = finds(keys, interests(event))
            assert is_found or not is_changed, (query, event)
            asked, found, changed = asked + 1, found + is_found, changed + is_changed

    assert asked == 5_000
    assert changed > 100
    assert found < 0.8 * asked


async def test_a_board_has_no_keys_that_other_master_data_would_make_wrong(desk: Desk) -> None:
    display = Sight(PrincipalKind.DISPLAY)

    assert board_keys(desk, display, BoardFilter()) is None
    desk.references._latest = REFERENCE
    assert board_keys(desk, display, BoardFilter(category_code=("c1",), kecamatan_code=("35.71.01",))) is None
    assert board_keys(desk, display, BoardFilter(agency_code=("a1",), category_code=("c1",))) == {("lead", 1)}
    assert board_keys(desk, display, BoardFilter(agency_code=("unknown",))) is None
    assert board_keys(desk, replace(display, agency_id=3), BoardFilter()) == {("lead", 3)}


def test_a_rule_of_rights_gives_keys_where_the_filter_gives_none() -> None:
    officer = Sight(PrincipalKind.STAFF, (Role.OFFICER,), 7)
    leader = Sight(PrincipalKind.STAFF, (Role.LEADER,), 7)
    coordinator = Sight(PrincipalKind.STAFF, (Role.COORDINATOR,), 7)

    assert keys_of(Watch(officer, row_rule(officer), Anything())) == {("lead", 7), ("supporting", 7)}
    assert keys_of(Watch(leader, row_rule(leader), Anything())) == {("supervisory", False)}
    assert keys_of(Watch(coordinator, row_rule(coordinator), Anything())) is None
