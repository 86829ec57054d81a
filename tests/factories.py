"""Rows for tests, each with the events that a real one would have left, so that log and tables tell the same story."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from models import (
    Agency,
    AgencyName,
    Area,
    Assignment,
    Category,
    Client,
    DeadlinePolicy,
    Event,
    Installation,
    Officer,
    Reporter,
    ResolvingRule,
    Ticket,
)
from models.database import connection as pooled
from models.enums import (
    ActorKind,
    AgencyKind,
    AreaLevel,
    Channel,
    EventKind,
    PrincipalKind,
    Role,
    SubjectKind,
    TicketStatus,
    Visibility,
)
from realtime import log
from services.access.scopes import Scope
from services.access.states import ticket_state
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.reference import read_reference
from services.credentials import passwords
from services.deadlines.calendar_book import NO_BOOK
from services.deadlines.policies import NO_POLICIES
from services.deadlines.stored.kept import Measures
from services.reporters.sealing import sealed_columns
from services.tickets.case import Done
from services.tickets.clocks.measures import measures_of
from services.tickets.clocks.rows import write_clocks
from services.tickets.clocks.ticket_clocks import begin
from services.tickets.numbering import next_number

MOMENT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FIRST_DAY = date(2020, 1, 1)
KEYS = Keys(b"a-secret-of-the-tests-that-guards-nothing")  # those of the desk that tests/conftest.py opens
WIB = ZoneInfo("Asia/Jakarta")


async def make_agency(
    code: str | None = None,
    *,
    name: str | None = None,
    kind: AgencyKind = AgencyKind.OPD,
    parent: Agency | None = None,
    active: bool = True,
    short_name: str | None = None,
) -> Agency:
    """An agency under its own name."""
    code = code or f"agency-{await Agency.all().count() + 1}"
    async with in_transaction() as connection:
        agency = await Agency.create(
            code=code,
            name=name or f"Dinas {code}",
            short_name=short_name,
            kind=kind,
            parent=parent,
            active=active,
            using_db=connection,
        )
        await AgencyName.create(agency=agency, name=agency.name, valid_from=FIRST_DAY, using_db=connection)
        await log.append(connection, [reference_changed()])
    return agency


async def make_resolving(role: Role, agency: Agency | None = None, *, valid_from: date = FIRST_DAY) -> None:
    """Who resolves from a day on, in one agency or in all that have no row."""
    async with in_transaction() as connection:
        await ResolvingRule.create(
            agency=agency, role=role, valid_from=valid_from, legal_basis="Uji", using_db=connection
        )
        await log.append(connection, [reference_changed()])


async def make_category(code: str | None = None, *, parent: Category | None = None, active: bool = True) -> Category:
    """A category of one of the two levels."""
    code = code or f"category-{await Category.all().count() + 1}"
    async with in_transaction() as connection:
        category = await Category.create(
            code=code, name=f"Kategori {code}", parent=parent, active=active, using_db=connection
        )
        await log.append(connection, [reference_changed()])
    return category


async def make_area(code: str = "35.71.01.1001", *, name: str = "Bandar Lor", kecamatan: str = "Mojoroto") -> Area:
    """A kelurahan, and its kecamatan where that is missing."""
    async with in_transaction() as connection:
        await Area.get_or_create(
            code=code.rpartition(".")[0],
            defaults={"name": kecamatan, "level": AreaLevel.KECAMATAN},
            using_db=connection,
        )
        area = await Area.create(
            code=code,
            name=name,
            level=AreaLevel.KELURAHAN,
            parent_id=code.rpartition(".")[0],
            using_db=connection,
        )
        await log.append(connection, [reference_changed()])
    return area


async def make_officer(
    agency: Agency,
    *roles: Role,
    name: str | None = None,
    active: bool = True,
    valid_from: date = FIRST_DAY,
    valid_to: date | None = None,
) -> Officer:
    """An officer (Role.OFFICER unless other roles are given) with assignments in one agency."""
    place = await Officer.all().count() + 1
    async with in_transaction() as connection:
        officer = await Officer.create(
            name=name or f"Petugas {place}", email=f"petugas{place}@example.test", active=active, using_db=connection
        )
        for role in roles or (Role.OFFICER,):
            await Assignment.create(
                officer=officer, agency=agency, role=role, valid_from=valid_from, valid_to=valid_to, using_db=connection
            )
        await log.append(connection, [_rights_changed(officer.id)])
    return officer


async def make_scope(role: Role = Role.OFFICER, agency: Agency | None = None, *more: Role) -> Scope:
    """The scope of a new officer with these roles, as a token would give it."""
    agency = agency or await make_agency()
    officer = await make_officer(agency, role, *more)
    return scope_of(officer, agency, role, *more)


def scope_of(officer: Officer, agency: Agency, *roles: Role) -> Scope:
    return Scope(
        kind=PrincipalKind.STAFF,
        principal=f"officer:{officer.id}",
        name=officer.name,
        officer_id=officer.id,
        agency_id=agency.id,
        roles=frozenset(roles),
    )


async def make_client_scope(kind: PrincipalKind = PrincipalKind.PARTNER, name: str | None = None) -> Scope:
    """The scope of a new partner or display."""
    client = await Client.create(kind=kind, name=name or f"{kind.value} {await Client.all().count() + 1}")
    return Scope(kind=kind, principal=f"client:{client.id}", name=client.name, client_id=client.id)


def citizen_scope(ticket: Ticket) -> Scope:
    return Scope(kind=PrincipalKind.CITIZEN, principal=f"ticket:{ticket.id}", ticket_id=ticket.id)


def anonymous_scope(address: str = "one") -> Scope:
    return Scope(kind=PrincipalKind.ANONYMOUS, principal=f"address:{address}")


async def make_ticket(
    status: TicketStatus = TicketStatus.RECEIVED,
    *,
    lead: Agency | None = None,
    supporting: tuple[Agency, ...] = (),
    assignee: Officer | None = None,
    at: datetime = MOMENT,
    reporter: dict[str, str] | None = None,
    **columns: Any,
) -> Ticket:
    """A ticket of version 1 that was born in this status, with its one event; columns override any other column."""
    async with in_transaction() as connection:
        received_at = columns.get("received_at", at)
        values = {
            **_usual(at),
            "number": await next_number(connection, "KDR", received_at, WIB),
            "status": status,
            "lead_agency_id": lead.id if lead else None,
            "supporting_agency_ids": sorted(agency.id for agency in supporting),
            "assignee_id": assignee.id if assignee else None,
            **columns,
        }
        clocks, standing = begin(await _measures(connection), _with_defaults(values), EventKind.SUBMITTED, at, {})
        ticket = await Ticket.create(**{**standing, **values}, using_db=connection)
        await write_clocks(connection, {ticket.id: clocks.kept})
        if reporter:
            await Reporter.create(ticket_id=ticket.id, **sealed_columns(KEYS, ticket.id, reporter), using_db=connection)
        await log.append(connection, [_submitted(ticket, at)])
    return ticket


async def make_tickets(count: int, at: datetime = MOMENT) -> None:
    """Many received tickets in one transaction and few statements, under numbers that no desk gives."""
    columns = {**_usual(at), "status": TicketStatus.RECEIVED, "supporting_agency_ids": []}
    begun = await Ticket.all().count()
    numbers = [f"BULK-{begun + place}" for place in range(count)]
    async with in_transaction() as connection:
        clocks, standing = begin(await _measures(connection), _with_defaults(columns), EventKind.SUBMITTED, at, {})
        columns |= standing
        await Ticket.bulk_create([Ticket(number=number, **columns) for number in numbers], using_db=connection)
        tickets = await Ticket.filter(number__in=numbers).using_db(connection).order_by("id")
        await write_clocks(connection, {ticket.id: clocks.kept for ticket in tickets})
        await log.append(connection, [_submitted(ticket, at) for ticket in tickets])


async def _measures(connection: BaseDBAsyncClient) -> Measures:
    """What clocks are counted by; without policies nothing else is read, as nothing is counted."""
    if await DeadlinePolicy.exists(using_db=connection):
        return measures_of(await read_reference(connection, MOMENT.date()), WIB)
    version = (await Installation.all().using_db(connection).values_list("rules_version", flat=True) or [1])[0]
    return Measures(NO_BOOK, NO_POLICIES, cast(int, version), WIB, {}, lambda _: ())


def _with_defaults(columns: dict[str, Any]) -> dict[str, Any]:
    return {"classification": None, "hold_until": None, "category_id": None, "handling_class": "ORDINARY", **columns}


def _usual(at: datetime) -> dict[str, Any]:
    return {
        "version": 1,
        "title": "Lampu jalan mati",
        "body": "Lampu jalan di depan pasar mati sejak kemarin malam.",
        "channel": Channel.SURGA_WEB,
        "anonymous": False,
        "confidential": False,
        "supervisory": False,
        "received_at": at,
        "created_at": at,
        "updated_at": at,
        "return_count": 0,
        "reopen_count": 0,
        "answers_waiting": 0,
        "extension_askers": [],
        "secret_rotation": 0,
        "submitted_by": "address:test",
        "external_keys": [],
        "escalated_to": [],
        "media": [],
    }


def _submitted(ticket: Ticket, at: datetime) -> log.NewEvent:
    return log.NewEvent(
        kind=EventKind.SUBMITTED,
        visibility=Visibility.PUBLIC,
        at=at,
        actor_kind=ActorKind.REPORTER,
        ticket_id=ticket.id,
        version=ticket.version,
        after=ticket_state(ticket),
    )


async def seq_of(done: Done) -> int:
    """The place in the log of the last event that a use case wrote."""
    return await log.last_seq(pooled(), done.appended)


async def event_of(done: Done) -> Event:
    """The last event that a use case wrote of its ticket."""
    found = Event.filter(ticket_id=done.ticket.id, seq__lte=await seq_of(done))
    return await latest(found)


async def latest(events: QuerySet[Event]) -> Event:
    """The last of these events."""
    found = await events.order_by("-seq").first()
    assert found is not None
    return found


def reference_changed() -> log.NewEvent:
    return log.NewEvent(
        kind=EventKind.REFERENCE_CHANGED,
        at=MOMENT,
        actor_kind=ActorKind.SYSTEM,
        subject_kind=SubjectKind.REFERENCE,
    )


def _rights_changed(officer_id: int) -> log.NewEvent:
    return log.NewEvent(
        kind=EventKind.RIGHTS_CHANGED,
        at=MOMENT,
        actor_kind=ActorKind.SYSTEM,
        subject_kind=SubjectKind.OFFICER,
        subject_id=officer_id,
    )


async def give_password(desk: Desk, officer: Officer, password: str) -> None:
    """Let an officer sign in."""
    async with in_transaction() as connection:
        await passwords.keep(officer.id, await desk.passwords.hashed(password), desk.now(), connection)
