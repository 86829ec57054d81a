"""What a board shows at one moment, made of its tally and the two lists (docs/adr/0008, 0026)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from models.enums import DeadlineStanding, TicketStatus
from services.access.small_cells import merged, stepped
from services.board.due_first import OpenTicket, open_ticket
from services.board.reading import BoardReading
from services.board.tally import LATEST, NOWHERE, Tally
from services.board.usual import days_like
from services.core.desk import Desk
from services.core.reference import AgencyRef, CategoryRef, Reference
from services.deadlines.clocks import holder
from services.inputs.names import sort_key

TREND_DAYS = 30


@dataclass(frozen=True, slots=True)
class Caution:
    """How small counts are shown: those below least are too small (decided here).

    merges: parts by category and kecamatan merge what is too small. hides: the whole board is one cell, so that nothing
    of it is told where its total is too small. closed: nothing is told whatever its total, as it overlaps with others.
    withholds: what is withheld is told, in steps of this size. compares: what is usual at this hour is told.
    whole: nothing narrows it, so that what the city says of itself as a whole is told.
    """

    least: int
    merges: bool = False
    hides: bool = False
    closed: bool = False
    withholds: bool = True
    step: int = 1
    compares: bool = True
    whole: bool = False


@dataclass(frozen=True, slots=True)
class StatusCount:
    status: TicketStatus
    count: int


@dataclass(frozen=True, slots=True)
class AgencyLoad:
    agency: AgencyRef
    open: int
    overdue: int
    due_soon: int
    oldest_open_at: datetime | None


@dataclass(frozen=True, slots=True)
class CategoryCount:
    category: CategoryRef | None
    count: int


@dataclass(frozen=True, slots=True)
class AreaCount:
    code: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class TrendDay:
    day: date
    received: int
    resolved: int
    dispatched: int | None
    working_day: bool
    day_off: str | None


@dataclass(frozen=True, slots=True)
class OldTicket:
    """An open ticket. working_days_left are those after today up to due_on; below 0, those that have passed since."""

    number: str
    agency: AgencyRef | None
    category: CategoryRef | None
    received_at: datetime
    status: TicketStatus
    standing: DeadlineStanding
    due_on: date | None
    working_days_left: int | None
    hold_until: date | None


@dataclass(frozen=True, slots=True)
class BoardChange:
    at: datetime
    number: str
    to: TicketStatus
    agency: AgencyRef | None
    category: CategoryRef | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A board at one seq of the log; until is the midnight at which it changes by itself.

    agency: whose board it is; None: that of the city. dispatched_today is told of boards of one agency.

    overdue_limit: above so many overdue the city's whole board alarms; None on every other board.

    too_few: the total is below least, perhaps 0, so that nothing is shown: every number is 0, every list empty.
    """

    as_of: datetime
    until: datetime
    epoch: str
    seq: int
    city: str | None
    agency: AgencyRef | None
    total: int
    open: int
    overdue: int
    overdue_limit: int | None
    due_soon: int
    due_today: int
    open_without_agency: int
    overdue_without_agency: int
    received_today: int
    resolved_today: int
    dispatched_today: int | None
    usual_received: int | None
    withheld: int | None
    too_few: bool
    by_status: list[StatusCount]
    by_agency: list[AgencyLoad]
    by_lateness: list[AgencyLoad]
    by_category: list[CategoryCount]
    by_kecamatan: list[AreaCount]
    trend: list[TrendDay]
    oldest_open: list[OldTicket]
    due_first: list[OldTicket]
    latest: list[BoardChange]


def trend_begins(today: date) -> date:
    return today - timedelta(days=TREND_DAYS - 1)


def snapshot_of(
    desk: Desk, tally: Tally, row: BoardReading, reference: Reference, today: date, caution: Caution
) -> Snapshot:
    """The snapshot of a tally and of the lists in row."""
    too_few = caution.closed or (caution.hides and tally.status.total() < caution.least)
    if too_few:
        tally, row = tally.emptied(), row.emptied()
    least = caution.least if caution.merges else 0
    now, trend, loads = desk.now(), list(_trend(tally, reference, today)), _loads(tally, row, reference)
    local, compares = now.astimezone(desk.rules.zone), caution.compares and not too_few
    return Snapshot(
        as_of=now,
        until=datetime.combine(today + timedelta(days=1), time(), desk.rules.zone),
        epoch=row.epoch,
        seq=row.seq,
        city=reference.city_name,
        agency=reference.agencies.get(tally.query.agency or 0),
        total=tally.status.total(),
        open=tally.open.total(),
        overdue=tally.overdue.total(),
        overdue_limit=reference.overdue_limit if caution.whole else None,
        due_soon=tally.due_soon.total(),
        due_today=tally.due_today,
        open_without_agency=tally.open[None],
        overdue_without_agency=tally.overdue[None],
        received_today=trend[-1].received,
        resolved_today=trend[-1].resolved,
        dispatched_today=trend[-1].dispatched,
        usual_received=_usual(tally, reference, local, today) if compares else None,
        withheld=_withheld(tally.withheld, caution),
        too_few=too_few,
        by_status=[StatusCount(status, tally.status[status]) for status in TicketStatus],
        by_agency=sorted(loads, key=_by_load),
        by_lateness=sorted(loads, key=_by_lateness),
        by_category=_categories(merged(tally.category, None, least), reference),
        by_kecamatan=_areas(merged(_kecamatan_cells(tally, reference), NOWHERE, least), reference),
        trend=trend,
        oldest_open=[_shown(ticket, tally, reference) for ticket in _oldest(tally, row)],
        due_first=[_shown(ticket, tally, reference) for ticket in tally.due_first.first()],
        latest=list(_latest(tally, reference)),
    )


def _withheld(number: int, caution: Caution) -> int | None:
    if not caution.withholds or number < caution.least:
        return None
    return stepped(number, caution.step)


def _loads(tally: Tally, row: BoardReading, reference: Reference) -> list[AgencyLoad]:
    waiting = {key: datetime.fromisoformat(at) for key, at in row.rows("waiting")}
    return [
        AgencyLoad(reference.agencies[key], number, tally.overdue[key], tally.due_soon[key], waiting.get(key))
        for key, number in tally.open.items()
        if key is not None and number
    ]


def _by_load(load: AgencyLoad) -> tuple[int, str, str]:
    return -load.open, sort_key(load.agency.name), load.agency.code


def _by_lateness(load: AgencyLoad) -> tuple[int, int, int, str, str]:
    return -load.overdue, -load.due_soon, *_by_load(load)


def _trend(tally: Tally, reference: Reference, today: date) -> Iterator[TrendDay]:
    calendar, of_agency = reference.calendar.desk, tally.query.agency is not None
    for day in (trend_begins(today) + timedelta(days=number) for number in range(TREND_DAYS)):
        yield TrendDay(
            day=day,
            received=tally.received[day],
            resolved=tally.resolved.days[day],
            dispatched=tally.dispatched.days[day] if of_agency else None,
            working_day=calendar.is_working(day),
            day_off=off.name if (off := calendar.day_off(day)) else None,
        )


def _usual(tally: Tally, reference: Reference, now: datetime, today: date) -> int | None:
    days = days_like(today, reference.calendar.desk, tally.first_day)
    return tally.arrivals.by_this_minute(now, days)


def _categories(cells: Mapping[int | None, int], reference: Reference) -> list[CategoryCount]:
    """By the ticket's own category, the largest first; those without one come last."""
    counts = [
        CategoryCount(None if key is None else reference.categories[key], number)
        for key, number in cells.items()
        if number
    ]
    return sorted(counts, key=_by_size)


def _by_size(each: CategoryCount) -> tuple[bool, int, str]:
    return each.category is None, -each.count, each.category.code if each.category else ""


def _kecamatan_cells(tally: Tally, reference: Reference) -> dict[str, int]:
    """The count of every kecamatan of the city, then of tickets without a known one."""
    return {code: tally.kecamatan[code] for code in (*sorted(reference.kecamatan), NOWHERE)}


def _areas(cells: Mapping[str, int], reference: Reference) -> list[AreaCount]:
    """Kecamatan that are not merged, by code; the rest comes last, where there is any."""
    counts = [AreaCount(code, reference.kecamatan[code], number) for code, number in cells.items() if code != NOWHERE]
    nowhere = cells[NOWHERE]
    return [*counts, AreaCount(NOWHERE, "", nowhere)] if nowhere else counts


def _oldest(tally: Tally, row: BoardReading) -> Iterator[OpenTicket]:
    return (open_ticket(values, tally.zone, tally.today) for values in row.listed("oldest"))


def _shown(ticket: OpenTicket, tally: Tally, reference: Reference) -> OldTicket:
    agency = reference.agencies.get(ticket.lead or 0)
    return OldTicket(
        number=ticket.number,
        agency=agency,
        category=reference.categories.get(ticket.category or 0),
        received_at=ticket.received_at,
        status=ticket.status,
        standing=ticket.standing,
        due_on=ticket.due_on,
        working_days_left=_left(ticket, agency, reference, tally.today),
        hold_until=ticket.hold_until,
    )


def _left(ticket: OpenTicket, agency: AgencyRef | None, reference: Reference, today: date) -> int | None:
    """The working days after today up to the last one in time, by the calendar of who has the ticket."""
    if ticket.due_on is None:
        return None
    calendar = reference.calendar.of_agency(holder(ticket.status, agency.code if agency else None))
    return calendar.between(today, ticket.due_on)


def _latest(tally: Tally, reference: Reference) -> Iterator[BoardChange]:
    for change in tally.latest[:LATEST]:
        yield BoardChange(
            at=change.at,
            number=change.number,
            to=change.to,
            agency=reference.agencies.get(change.lead or 0),
            category=reference.categories.get(change.category or 0),
        )
