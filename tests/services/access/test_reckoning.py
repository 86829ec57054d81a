"""Whoever compares answers learns of no small number of protected tickets: an attack by many pairs of boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models import Category
from models.enums import AgencyKind, Channel, PrincipalKind, TicketStatus
from services.access import grant_rows
from services.access.filters import filters
from services.access.filters.filters import DIMENSIONS
from services.access.scopes import Budget, Granted, Sight
from services.access.states import COLUMNS, State, instant
from services.board.board import Board, BoardFilter, board_query, narrowed_by
from services.board.reading import BoardReading
from services.board.snapshot import Snapshot, _withheld, snapshot_of, trend_begins
from services.board.tally import BoardQuery, Tally, TicketEvent
from services.core.desk import Desk
from services.core.reference import Reference
from tests.factories import MOMENT, make_agency, make_area, make_category

LEAST = 5
ATTACK = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # what is found is told as it is: making it smaller takes longer than finding it
    suppress_health_check=list(HealthCheck),
)
AGENCIES, CATEGORIES, PLACES = ("pupr", "dinkes", "pln"), ("drainase", "jalan", "lubang"), ("35.71.01", "35.71.02")
KELURAHAN = ("35.71.01.1001", "35.71.02.1001", None)
CHANNELS = (Channel.SURGA_WEB, Channel.PHONE)


Ticket = dict[str, Any]


@dataclass(frozen=True)
class Town:
    """Everything that boards need of a desk, read once."""

    desk: Desk
    reference: Reference


@pytest.fixture
async def town(desk: Desk) -> Town:
    for code in AGENCIES:
        await make_agency(code, kind=AgencyKind.EXTERNAL if code == "pln" else AgencyKind.OPD)
    for code in CATEGORIES[:2]:
        await make_category(code)
    await make_category("lubang", parent=await Category.get(code="jalan"))
    await make_area(KELURAHAN[0], name="Mojoroto", kecamatan="Mojoroto")
    await make_area(KELURAHAN[1], name="Burengan", kecamatan="Pesantren")
    return Town(desk, await desk.reference())


def some(values: Sequence[Any]) -> st.SearchStrategy[tuple[Any, ...] | None]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)
    return st.none() | chosen.map(lambda each: tuple(sorted(each)))


BOARDS = st.builds(
    BoardFilter,
    agency_code=some(AGENCIES),
    category_code=some(CATEGORIES),
    channel=some(CHANNELS),
    kecamatan_code=some(PLACES),
)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "agencyCode": st.just(["pupr"]),
        "categoryCode": st.just(["drainase"]),
        "kecamatanCode": st.just(["35.71.02"]),
        "channel": st.just(["PHONE"]),
        "open": st.booleans(),
    },
).map(lambda rows: rows or None)
KINDS = st.sampled_from(["partner", "display", "display of an agency"])
TICKETS = st.fixed_dictionaries(
    {
        "lead": st.sampled_from((*AGENCIES, None)),
        "category": st.sampled_from((*CATEGORIES, None)),
        "kelurahan": st.sampled_from(KELURAHAN),
        "channel": st.sampled_from(CHANNELS),
        "status": st.sampled_from([TicketStatus.RECEIVED, TicketStatus.RESOLVED]),
    }
)
PROTECTION = st.sampled_from(
    [
        {"confidential": True, "supervisory": False},
        {"confidential": None, "supervisory": False},
        {"confidential": False, "supervisory": True},
    ]
)
OPEN = {"confidential": False, "supervisory": False}
PUBLIC = st.lists(TICKETS, max_size=20)
HIDDEN = st.lists(st.tuples(TICKETS, PROTECTION), max_size=14)
MANY_HIDDEN = st.tuples(TICKETS, st.lists(PROTECTION, min_size=6, max_size=12)).map(
    lambda drawn: [(drawn[0], flags) for flags in drawn[1]]
)
MATTERS = {
    "categoryCode": "category_code",
    "channel": "channel",
    "kecamatanCode": "kecamatan_code",
    "open": "open",
}


def caller(town: Town, kind: str, rows: Ticket | None) -> Sight:
    if kind == "display":
        return Sight(PrincipalKind.DISPLAY)
    if kind == "display of an agency":
        return Sight(PrincipalKind.DISPLAY, agency_id=town.reference.agency_codes["pupr"].pk)
    rule = grant_rows.row_rule(rows, town.reference)
    granted = Granted("contract", repr(rule), Budget(1, 1), rule, grant_rows.narrowed_by(rows))
    return Sight(PrincipalKind.PARTNER, client_id=1, granted=granted)


def state(town: Town, key: int, ticket: Ticket, flags: Ticket) -> State:
    agency = town.reference.agency_codes.get(ticket["lead"])
    category = town.reference.category_codes.get(ticket["category"])
    usual: State = {**dict.fromkeys(COLUMNS), "version": 1, "anonymous": False, "supporting": []}
    return {
        **usual,
        **ticket,
        **flags,
        "id": key,
        "number": f"KDR-2026-{key:06d}",
        "status": str(ticket["status"]),
        "channel": str(ticket["channel"]),
        "lead": agency.pk if agency else None,
        "category": category.pk if category else None,
        "received_at": instant(MOMENT),
        "updated_at": instant(MOMENT),
    }


def tallied(town: Town, query: BoardQuery, events: Sequence[TicketEvent]) -> Tally:
    today, zone = MOMENT.date(), town.desk.rules.zone
    tally = Tally(query, today, town.reference.areas, zone, trend_begins(today))
    for event in events:
        tally.take(event)
    assert not tally.stale
    return tally


def board(town: Town, sight: Sight, wanted: BoardFilter, events: Sequence[TicketEvent]) -> Snapshot:
    """What the caller is told, without the lists that only the database knows."""
    tally = tallied(town, board_query(town.reference, sight, wanted), events)
    row = BoardReading(len(events), 0, "e" * 32, {"oldest": None, "waiting": None})
    caution = Board(sight, wanted).caution(town.desk, town.reference)
    shown = snapshot_of(town.desk, tally, row, town.reference, MOMENT.date(), caution)
    return replace(shown, seq=0)


def past(town: Town, public: Sequence[Ticket], hidden: Sequence[tuple[Ticket, Ticket]]) -> list[TicketEvent]:
    """Tickets come in; those of hidden too, and are protected only afterwards: every prefix is a moment."""
    events = [
        TicketEvent(key, MOMENT, key, None, state(town, key, ticket, OPEN))
        for key, ticket in enumerate(public, start=1)
    ]
    for key, (ticket, flags) in enumerate(hidden, start=1_000):
        first, last = state(town, key, ticket, OPEN), state(town, key, ticket, flags)
        events += [TicketEvent(key, MOMENT, key, None, first), TicketEvent(key, MOMENT, key, first, last)]
    return events


def told(shown: Snapshot) -> int:
    return shown.withheld or 0


def widened(data: st.DataObject, wanted: BoardFilter) -> BoardFilter:
    """A filter of which this one is a part: each field with more values, or left out."""
    wider = {}
    for each, every in zip(fields(wanted), (AGENCIES, CATEGORIES, CHANNELS, PLACES), strict=True):
        values = getattr(wanted, each.name)
        more = [values, None] if values is None else [values, None, tuple(sorted({*values, *every}))]
        wider[each.name] = data.draw(st.sampled_from(more if values is not None else [None]))
    return BoardFilter(**wider)


def is_crossed(sight: Sight, wanted: BoardFilter) -> bool:
    return len(narrowed_by(sight, wanted)) > 1


@pytest.mark.slow
async def test_no_two_answers_differ_by_fewer_than_five_protected_tickets(town: Town) -> None:
    @ATTACK
    @given(PUBLIC, MANY_HIDDEN, st.data())
    def attack(public: Any, hidden: Any, data: st.DataObject) -> None:
        events = past(town, public, hidden)
        answers = set()
        for _ in range(2):
            sight, wanted = caller(town, data.draw(KINDS), data.draw(ROWS)), data.draw(BOARDS)
            answers |= {told(board(town, sight, wanted, events[:moment])) for moment in range(len(events) + 1)}

        assert [(one, other) for one in answers for other in answers if 0 < other - one < LEAST] == []

    attack()


async def test_who_hands_in_protected_tickets_finds_out_nothing_of_those_of_others(town: Town) -> None:
    """However many the attacker adds, narrowed boards tell nothing, and a whole one its multiple of five of all."""

    @ATTACK
    @given(st.integers(0, 70), KINDS, st.none() | ROWS, st.just(BoardFilter()) | BOARDS)
    def attack(others: int, kind: str, rows: Any, wanted: BoardFilter) -> None:
        caution = Board(caller(town, kind, rows), wanted).caution(town.desk, town.reference)
        is_whole = wanted == BoardFilter() and (kind == "display" or (kind == "partner" and rows is None))
        shown = [_withheld(others + own, caution) for own in range(50)]

        steps = [(others + own) // LEAST * LEAST or None for own in range(50)]
        assert shown == (steps if is_whole else [None] * 50)

    attack()


@pytest.mark.slow
async def test_no_board_that_two_things_narrow_is_part_of_another_one_that_is_hardly_larger(town: Town) -> None:
    @ATTACK
    @given(PUBLIC.filter(lambda public: len(public) > 8), KINDS, ROWS, BOARDS, st.data())
    def attack(public: Any, kind: str, rows: Any, wanted: BoardFilter, data: st.DataObject) -> None:
        sight, wider = caller(town, kind, rows), widened(data, wanted)
        answers = [board(town, sight, each, past(town, public, [])) for each in (wanted, wider)]
        if is_crossed(sight, wanted) and is_crossed(sight, wider) and not any(shown.too_few for shown in answers):
            assert answers[1].total - answers[0].total not in range(1, LEAST)

    attack()


async def test_a_cell_of_two_things_is_told_and_what_overlaps_with_it_is_not(town: Town) -> None:
    ticket: Ticket = {"lead": "pupr", "category": "drainase", "kelurahan": KELURAHAN[0], "channel": CHANNELS[0]}
    ticket["status"] = TicketStatus.RECEIVED
    events = past(town, [ticket] * 6 + [{**ticket, "category": "lubang"}] * 6, [])
    cell = BoardFilter(category_code=("drainase",), kecamatan_code=("35.71.01",))
    overlapping = [
        replace(cell, category_code=("drainase", "lubang")),
        replace(cell, category_code=("jalan",)),
        replace(cell, kecamatan_code=PLACES),
        replace(cell, channel=(CHANNELS[0],)),
        replace(cell, agency_code=("pupr",)),
    ]
    granted = caller(town, "partner", {"categoryCode": ["drainase"]})
    two = caller(town, "partner", {"categoryCode": ["drainase"], "kecamatanCode": ["35.71.01"]})

    def total(sight: Sight, wanted: BoardFilter) -> int | None:
        shown = board(town, sight, wanted, events)
        return None if shown.too_few else shown.total

    display = caller(town, "display", None)
    assert total(display, cell) == total(display, replace(cell, category_code=("lubang",))) == 6
    assert [total(display, each) for each in overlapping] == [None] * 5
    assert total(granted, BoardFilter(kecamatan_code=("35.71.01",))) == total(two, BoardFilter()) == 6
    assert (total(granted, cell), total(two, BoardFilter(category_code=("drainase",)))) == (None, None)


async def test_protected_tickets_change_nothing_but_what_is_withheld(town: Town) -> None:
    @ATTACK
    @given(PUBLIC, HIDDEN, KINDS, ROWS, BOARDS)
    def attack(public: Any, hidden: Any, kind: str, rows: Any, wanted: BoardFilter) -> None:
        sight = caller(town, kind, rows)
        without = board(town, sight, wanted, past(town, public, []))
        within = board(town, sight, wanted, past(town, public, hidden))

        assert replace(within, withheld=without.withheld) == without

    attack()


async def test_a_partner_is_told_of_nothing_outside_of_its_rows(town: Town) -> None:
    @ATTACK
    @given(PUBLIC, HIDDEN, ROWS, BOARDS)
    def attack(public: Any, hidden: Any, rows: Any, wanted: BoardFilter) -> None:
        sight = caller(town, "partner", rows)
        granted = sight.granted
        assert granted is not None
        rule = granted.rule
        events = past(town, public, hidden)
        inside = [event for event in events if event.after is not None and rule.holds(event.after)]

        assert board(town, sight, wanted, events) == board(town, sight, wanted, inside)

    attack()


async def test_nothing_small_is_told_of_what_is_narrowed_by_filters_or_grants(town: Town) -> None:
    @ATTACK
    @given(PUBLIC, KINDS, ROWS, BOARDS)
    def attack(public: Any, kind: str, rows: Any, wanted: BoardFilter) -> None:
        sight = caller(town, kind, rows)
        granted = set(rows or ()) if kind == "partner" else set()
        narrows = [one for one, other in MATTERS.items() if one in granted or getattr(wanted, other, None) is not None]
        shown = board(town, sight, wanted, past(town, public, []))

        parts = [(each.category, each.count) for each in shown.by_category]
        places = [(each.code, each.count) for each in shown.by_kecamatan]
        if narrows:
            assert [count for key, count in parts if key is not None and 0 < count < LEAST] == []
            assert [count for key, count in places if key and 0 < count < LEAST] == []
        if len(narrows) > 1:
            assert shown.total not in range(1, LEAST)
            assert shown.too_few is (shown.total == 0)
        for part in (parts, places):
            assert sum(count for _, count in part) == shown.total

    attack()


async def test_a_moment_at_which_only_something_protected_happens_hastens_no_frame(town: Town) -> None:
    @ATTACK
    @given(TICKETS, PROTECTION, KINDS, ROWS, BOARDS)
    def attack(ticket: Any, flags: Any, kind: str, rows: Any, wanted: BoardFilter) -> None:
        query = board_query(town.reference, caller(town, kind, rows), wanted)
        before = state(town, 1, ticket, flags)
        after = {**before, "status": "VERIFIED"}

        assert not query.concerns(None, before)
        assert not query.concerns(before, after)

    attack()


async def test_rows_narrow_as_the_same_filter_does(town: Town) -> None:
    first: Ticket = {"lead": None, "category": "drainase", "kelurahan": KELURAHAN[0], "channel": CHANNELS[0]}
    first["status"] = TicketStatus.RECEIVED
    events = past(town, [*[first] * 6, *[{**first, "kelurahan": KELURAHAN[1]}] * 2], [])
    wanted = BoardFilter(category_code=("drainase",))

    filtered = board(town, caller(town, "partner", None), wanted, events)
    granted = board(town, caller(town, "partner", {"categoryCode": ["drainase"]}), BoardFilter(), events)
    both = board(
        town, caller(town, "partner", {"categoryCode": ["drainase"]}), BoardFilter(kecamatan_code=("35.71.02",)), events
    )

    assert [(each.code, each.count) for each in filtered.by_kecamatan] == [("", 8)]
    assert granted.by_kecamatan == filtered.by_kecamatan
    assert (both.total, both.too_few, both.by_status[0].count, both.latest) == (0, True, 0, [])


def test_every_field_of_a_filter_narrows_by_something_or_is_no_matter_of_a_reporter() -> None:
    plain = {"agency_code", "agency_role", *grant_rows.REFUSED}

    assert set(DIMENSIONS) | plain == {field.name for field in fields(filters.TicketFilter)}
    assert {field.name for field in fields(BoardFilter)} <= set(DIMENSIONS) | plain
