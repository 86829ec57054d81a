"""What a board shows at one moment, made of its tally and the two lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from models.enums import TicketStatus
from services.access.small_cells import merged, stepped
from services.board.reading import Row
from services.board.tally import LATEST, NOWHERE, Tally
from services.core.desk import Desk
from services.core.reference import AgencyRef, CategoryRef, Reference
from services.inputs.names import sort_key

TREND_DAYS = 30


@dataclass(frozen=True, slots=True)
class Caution:
    """How small counts are shown: those below least are too small.

    merges: parts by category and kecamatan merge what is too small. hides: the whole board is one cell, so that nothing
    of it is told where its total is too small. closed: nothing is told whatever its total, as it overlaps with others.
    withholds: what is withheld is told, in steps of this size.
    """

    least: int
    merges: bool = False
    hides: bool = False
    closed: bool = False
    withholds: bool = True
    step: int = 1


@dataclass(frozen=True, slots=True)
class StatusCount:
    status: TicketStatus
    count: int


@dataclass(frozen=True, slots=True)
class AgencyLoad:
    agency: AgencyRef
    open: int
    overdue: int
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


@dataclass(frozen=True, slots=True)
class OldTicket:
    number: str
    agency: AgencyRef | None
    category: CategoryRef | None
    received_at: datetime


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

    too_few: the total is below least, perhaps 0, so that nothing is shown: every number is 0, every list empty.
    """

    as_of: datetime
    until: datetime
    epoch: str
    seq: int
    total: int
    open: int
    overdue: int
    due_soon: int
    open_without_agency: int
    overdue_without_agency: int
    received_today: int
    resolved_today: int
    withheld: int | None
    too_few: bool
    by_status: list[StatusCount]
    by_agency: list[AgencyLoad]
    by_category: list[CategoryCount]
    by_kecamatan: list[AreaCount]
    trend: list[TrendDay]
    oldest_open: list[OldTicket]
    latest: list[BoardChange]


def trend_begins(today: date) -> date:
    return today - timedelta(days=TREND_DAYS - 1)


def snapshot_of(desk: Desk, tally: Tally, row: Row, reference: Reference, today: date, caution: Caution) -> Snapshot:
    """The snapshot of a tally and of the lists in row."""
    too_few = caution.closed or (caution.hides and tally.status.total() < caution.least)
    if too_few:
        tally, row = tally.emptied(), row.emptied()
    least = caution.least if caution.merges else 0
    trend = [
        TrendDay(day, tally.received[day], tally.resolved_days[day])
        for day in (trend_begins(today) + timedelta(days=number) for number in range(TREND_DAYS))
    ]
    return Snapshot(
        as_of=desk.now(),
        until=datetime.combine(today + timedelta(days=1), time(), desk.rules.zone),
        epoch=row.epoch,
        seq=row.seq,
        total=tally.status.total(),
        open=tally.open.total(),
        overdue=tally.overdue.total(),
        due_soon=tally.due_soon,
        open_without_agency=tally.open[None],
        overdue_without_agency=tally.overdue[None],
        received_today=trend[-1].received,
        resolved_today=trend[-1].resolved,
        withheld=_withheld(tally.withheld, caution),
        too_few=too_few,
        by_status=[StatusCount(status, tally.status[status]) for status in TicketStatus],
        by_agency=_loads(tally, row, reference),
        by_category=_categories(merged(tally.category, None, least), reference),
        by_kecamatan=_areas(merged(_kecamatan_cells(tally, reference), NOWHERE, least), reference),
        trend=trend,
        oldest_open=list(_oldest(row, reference)),
        latest=list(_latest(tally, reference)),
    )


def _withheld(number: int, caution: Caution) -> int | None:
    if not caution.withholds or number < caution.least:
        return None
    return stepped(number, caution.step)


def _loads(tally: Tally, row: Row, reference: Reference) -> list[AgencyLoad]:
    waiting = {key: datetime.fromisoformat(at) for key, at in row.rows("waiting")}
    loads = [
        AgencyLoad(reference.agencies[key], number, tally.overdue[key], waiting.get(key))
        for key, number in tally.open.items()
        if key is not None and number
    ]
    return sorted(loads, key=lambda load: (-load.open, sort_key(load.agency.name), load.agency.code))


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


def _oldest(row: Row, reference: Reference) -> Iterator[OldTicket]:
    for number, lead, category, at in row.rows("oldest"):
        yield OldTicket(
            number, reference.agencies.get(lead), reference.categories.get(category), datetime.fromisoformat(at)
        )


def _latest(tally: Tally, reference: Reference) -> Iterator[BoardChange]:
    for change in tally.latest[:LATEST]:
        yield BoardChange(
            at=change.at,
            number=change.number,
            to=change.to,
            agency=reference.agencies.get(change.lead or 0),
            category=reference.categories.get(change.category or 0),
        )
