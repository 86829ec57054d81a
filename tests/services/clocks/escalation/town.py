"""A small town with Kediri's calendars, policies and ladder, whose clocks pass when a test says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from models import Agency, Escalation, Event
from models.enums import EventKind, Role, Visibility
from services.access.scopes import SYSTEM, Scope
from services.clocks.passing import pass_clocks
from services.core.desk import Desk
from services.deadlines.rows.calendars import sync_calendars, sync_days
from services.deadlines.rows.escalation import sync_ladder
from services.deadlines.rows.policies import sync_policies
from services.master_data.cities import load_city
from services.tickets.case import locked_case
from tests.factories import make_agency, make_scope
from tests.root import ROOT

WIB = ZoneInfo("Asia/Jakarta")
KEDIRI = load_city(ROOT / "cities" / "kediri")


@dataclass(frozen=True, slots=True)
class Town:
    """The desk, an agency with its leader, liaison and officer, the city's leader and the inspector."""

    home: Agency
    lead: Agency
    coordinator: Scope
    officer: Scope
    liaison: Scope
    head: Scope
    leader: Scope
    inspector: Scope


async def make_town(desk: Desk, database) -> Town:
    await sync_calendars(database, KEDIRI.calendar.calendars)
    await sync_days(database, desk.today())
    await sync_policies(database, KEDIRI.deadlines)
    await sync_ladder(database, KEDIRI.escalations)
    home, lead = await make_agency("DISKOMINFO"), await make_agency("DISHUB")
    return Town(
        home,
        lead,
        await make_scope(Role.COORDINATOR, home),
        await make_scope(Role.OFFICER, lead),
        await make_scope(Role.LIAISON, lead),
        await make_scope(Role.LEADER, lead),
        await make_scope(Role.LEADER, await make_agency("SETDA")),
        await make_scope(Role.INSPECTOR, await make_agency("INSPEKTORAT")),
    )


def at(text: str) -> datetime:
    """A moment in WIB, as `2026-03-16 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


async def passed(desk: Desk, clock, moment: str) -> None:
    """Let time go on to a moment, and the job write down what has passed."""
    clock.set(at(moment))
    await pass_clocks(desk)


async def climbed(ticket) -> list[tuple[str | None, str, list[int]]]:
    """Rule, moment and who was told of every escalation of a ticket."""
    rows = await Escalation.filter(ticket_id=ticket.id).order_by("at", "id")
    return [(row.rule_code, f"{row.at.astimezone(WIB):%Y-%m-%d %H:%M}", row.notified) for row in rows]


async def events_of(ticket, kind: EventKind = EventKind.ESCALATED) -> list[Event]:
    return await Event.filter(ticket_id=ticket.id, kind=kind).order_by("seq")


async def linked(desk: Desk, clock, ticket, since: str) -> None:
    """Let the national clock of a ticket count from a moment, as a link to SP4N-LAPOR! does."""
    clock.set(at(since))
    async with locked_case(desk, SYSTEM, ticket.id) as case:
        case.record(
            EventKind.DEADLINE_MOVED, visibility=Visibility.PUBLIC, details={"nationalSince": at(since).isoformat()}
        )
