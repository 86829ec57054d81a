"""Tickets of every kind with a unique word in every field, callers of every kind, and what each of them may read."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from models import Agency, Answer, Escalation, LogHead, Sp4nLink, Sp4nSaid, Ticket, TicketText, UnresolvedCase
from models.enums import AnswerState, PrincipalKind, Role, TextKind, TicketStatus, Visibility
from services.access.scopes import Scope
from services.core.desk import Desk
from services.tickets import moves
from services.tickets.answers import Draft, Review, review, save_draft
from services.tickets.editing import Note, add_note
from tests.factories import (
    anonymous_scope,
    citizen_scope,
    make_agency,
    make_client_scope,
    make_officer,
    make_scope,
    make_ticket,
    scope_of,
)
from tests.schema.conftest import City
from tests.spills import NAME_MARK, NIK_MARK, PHONE_MARK, note

OFFICE = ("own", "liaison", "supporting", "coordinator", "rival", "inspector", "leader", "admin")
OUTSIDE = ("other", "reported", "citizen", "neighbour", "partner", "second", "display", "screen", "anonymous")
CALLERS = (*OFFICE, *OUTSIDE)

# Which tickets exist for whom. rival is a coordinator of the agency that the supervisory ticket is about; neighbour is
# the citizen of another ticket; display shows the whole city, screen one agency.
PUBLIC = {"own", "liaison", "supporting", "coordinator", "rival", "leader", "admin", "partner", "second", "display"}
SEES: dict[str, set[str]] = {
    "plain": PUBLIC | {"citizen", "screen"},
    "nameless": PUBLIC | {"screen"},
    "closed": {"own", "liaison", "supporting", "coordinator", "rival"},
    "serious": {"own", "liaison", "supporting", "coordinator", "inspector"},
    "unclear": {"own", "liaison", "supporting", "coordinator", "rival", "inspector"},
    "double": PUBLIC | {"screen"},
    "strange": {"neighbour", "coordinator", "rival", "leader", "admin", "partner", "second", "display"},
}
FLAGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "nameless": {"anonymous": True},
    "closed": {"confidential": True},
    "serious": {"supervisory": True},
    "unclear": {"supervisory": True},
    "double": {},
    "strange": {},
}
# Who is shown a masked reporter: never where the reporter did not decline anonymity, never the reported side.
MASKED: dict[str, set[str]] = {
    "plain": {"own", "liaison", "supporting", "coordinator", "rival", "citizen"},
    "nameless": set(),
    "closed": {"own", "liaison", "supporting", "coordinator", "rival"},
    "serious": {"own", "liaison", "supporting", "coordinator", "inspector"},
    "unclear": {"inspector"},
    "double": {"own", "liaison", "supporting", "coordinator", "rival"},
    "strange": {"neighbour", "coordinator", "rival"},
}
WORDS = {"title", "body", "sent", "open"}
ALL_STAFF = WORDS | {"verdict", "upwards", "heard", "address", "officer", "actor", "author", "shared", "move"}
READS: dict[str, set[str]] = {
    "own": ALL_STAFF | {"draft", "review", "inner"},
    "liaison": ALL_STAFF | {"draft", "review", "inner"},
    "supporting": ALL_STAFF | {"draft", "review"},
    "coordinator": ALL_STAFF | {"draft", "review"},
    "rival": ALL_STAFF | {"draft", "review"},
    "inspector": ALL_STAFF | {"draft", "review"},
    "leader": ALL_STAFF,
    "admin": ALL_STAFF,
    "partner": WORDS,
    "second": WORDS,
    "display": set(),
    "screen": set(),
    "citizen": WORDS | {"address"},
    "neighbour": WORDS | {"address"},
}
# What nobody ever reads but in the answer of a reveal.
NEVER = ("name", "phone", "nik", "mailbox")


@dataclass(frozen=True)
class Planted:
    """The city with its planted tickets by their flavour, and its callers by name."""

    tickets: dict[str, Ticket]
    callers: dict[str, Scope]
    event_ids: list[int]
    answer_ids: list[int]
    case_ids: list[int]
    escalation_ids: list[int]


def word(field: str, flavour: str) -> str:
    """The planted word of a field: one token, unlike every other one, as search finds words that look alike."""
    place = list(SEES).index(flavour)
    letters = b32encode(sha256(f"{field} of {flavour}".encode()).digest()).decode().lower()[:14]
    marked = {
        "phone": f"+62{PHONE_MARK}{place}",
        "nik": f"{NIK_MARK}{place}",
        "name": NAME_MARK + letters,
        "mailbox": NAME_MARK + letters,
    }
    return marked.get(field, letters)


def markers(flavour: str) -> Iterator[str]:
    """All fields with a word of their own; masked is the domain that a masked e-mail still shows."""
    yield from (
        "title",
        "body",
        "address",
        "officer",
        "actor",
        "author",
        "open",
        "shared",
        "inner",
        "draft",
        "review",
        "sent",
        "move",
        "verdict",
        "upwards",
        "heard",
        "masked",
    )
    yield from NEVER


def may_read(caller: str, flavour: str, field: str) -> bool:
    """Whether this caller may be shown the planted word of a field, by the tables above."""
    if caller not in SEES[flavour] or field in NEVER:
        return False
    return caller in MASKED[flavour] if field == "masked" else field in READS[caller]


def leaks(caller: str, answer: str) -> list[str]:
    """The planted words in an answer that this caller may not read."""
    return [
        f"{caller} reads {field} of {flavour}"
        for flavour in SEES
        for field in markers(flavour)
        if word(field, flavour) in answer and not may_read(caller, flavour, field)
    ]


def shown(caller: str, answer: str) -> set[tuple[str, str]]:
    """The planted words in an answer."""
    return {(flavour, field) for flavour in SEES for field in markers(flavour) if word(field, flavour) in answer}


def readable(caller: str) -> set[tuple[str, str]]:
    return {(flavour, field) for flavour in SEES for field in markers(flavour) if may_read(caller, flavour, field)}


async def plant(desk: Desk, city: City) -> Planted:
    """Make every kind of ticket and caller."""
    for flavour in SEES:
        for field in markers(flavour):
            note(field, word(field, flavour))
    accused = await make_agency("sekretariat", name="Sekretariat Daerah")
    tickets = {flavour: await _ticket(city, flavour, accused) for flavour in SEES if flavour != "double"}
    tickets["double"] = await _ticket(city, "double", accused, merged_into_id=tickets["closed"].id)
    for flavour, ticket in tickets.items():
        await _written(desk, city, flavour, ticket)
    cases = [await _case(desk, flavour, ticket) for flavour, ticket in tickets.items()]
    raised = [await _escalation(desk, flavour, ticket) for flavour, ticket in tickets.items()]
    rows, head = await Answer.all().order_by("id"), (await LogHead.get()).seq
    callers = await _callers(city, tickets, accused)
    return Planted(tickets, callers, list(range(1, head + 2)), [row.id for row in rows], cases, raised)


async def _ticket(city: City, flavour: str, accused: Agency, **more: Any) -> Ticket:
    """strange is led by an agency that handles nothing else."""
    lead = await make_agency("taman", name="Dinas Taman") if flavour == "strange" else city.roads
    reported = {"serious": accused.id, "unclear": None}.get(flavour, city.health.id)
    officer = await make_officer(lead, name=word("officer", flavour))
    return await make_ticket(
        TicketStatus.DISPATCHED,
        lead=lead,
        supporting=() if flavour == "strange" else (city.health,),
        assignee=officer,
        title=word("title", flavour),
        body=word("body", flavour),
        address=word("address", flavour),
        latitude=-7.8,
        longitude=112.0,
        kelurahan_id="35.71.01.1001",
        category_id=city.drains.id,
        reported_agency_id=reported,
        reporter={
            "name": word("name", flavour),
            "phone": word("phone", flavour),
            "email": f"{word('mailbox', flavour)}@{word('masked', flavour)}.test",
            "nik": word("nik", flavour),
        },
        **{**FLAGS[flavour], **more},
    )


async def _written(desk: Desk, city: City, flavour: str, ticket: Ticket) -> None:
    """Notes for everyone, for offices and for one agency; an answer sent and one rejected; a change of status."""
    lead = await Agency.get(id=ticket.lead_agency_id)
    scope = scope_of(await make_officer(lead, name=word("actor", flavour)), lead, Role.OFFICER)
    notes = {"open": Visibility.PUBLIC, "shared": Visibility.INTER_AGENCY, "inner": Visibility.INTERNAL}
    for field, visibility in notes.items():
        await add_note(desk, scope, Note(ticket.id, word(field, flavour), visibility))
    drafted = await save_draft(desk, scope, Draft(ticket.id, word("draft", flavour), submit=True))
    approver = scope_of(await make_officer(lead), lead, Role.LIAISON)
    await review(desk, approver, Review(drafted.id, drafted.version, approve=False, note=word("review", flavour)))
    change = moves.ChangeStatus(ticket.id, 1, TicketStatus.IN_PROGRESS, client_mutation_id=word("move", flavour))
    await moves.change_status(desk, scope, change)
    await Answer.create(
        ticket_id=ticket.id,
        version=1,
        state=AnswerState.SENT,
        text=word("sent", flavour),
        author_id=(await make_officer(lead, name=word("author", flavour))).id,
        updated_at=desk.now(),
        sent_at=desk.now(),
    )


async def _case(desk: Desk, flavour: str, ticket: Ticket) -> int:
    """A case, and a link to SP4N-LAPOR!, whose words are one and the same, as the same callers read all of them."""
    text = await TicketText.create(ticket_id=ticket.id, kind=TextKind.DECISION, body=word("verdict", flavour))
    texts = dict.fromkeys(("decision_id", "recommendation_id", "outcome_id"), text.id)
    case = await UnresolvedCase.create(
        ticket_id=ticket.id, entered=1, state="DONE", cause="NO_BUDGET", opened_at=desk.now(), **texts
    )
    said = await TicketText.create(ticket_id=ticket.id, kind=TextKind.RAW_STATUS, body=word("heard", flavour))
    await Sp4nLink.create(ticket_id=ticket.id, tracking_id=said.id, direction="INBOUND")
    await Sp4nSaid.create(ticket_id=ticket.id, at=desk.now(), text_id=said.id, status="UNKNOWN")
    return case.id


async def _escalation(desk: Desk, flavour: str, ticket: Ticket) -> int:
    """An escalation whose words are one and the same."""
    text = await TicketText.create(ticket_id=ticket.id, kind=TextKind.REASON, body=word("upwards", flavour))
    row = await Escalation.create(
        ticket_id=ticket.id,
        level="COORDINATOR",
        at=desk.now(),
        at_once=True,
        notified=[],
        reason_id=text.id,
        note_id=text.id,
    )
    return row.id


async def _callers(city: City, tickets: dict[str, Ticket], accused: Agency) -> dict[str, Scope]:
    return {
        "own": city.officer,
        "liaison": city.liaison,
        "supporting": await make_scope(Role.OFFICER, city.health),
        "coordinator": city.coordinator,
        "rival": await make_scope(Role.COORDINATOR, accused),
        "inspector": city.inspector,
        "leader": city.leader,
        "admin": city.admin,
        "other": await make_scope(Role.OFFICER, await make_agency("lain", name="Dinas Lain")),
        "reported": await make_scope(Role.LIAISON, accused),
        "citizen": citizen_scope(tickets["plain"]),
        "neighbour": citizen_scope(tickets["strange"]),
        "partner": city.partner,
        "second": await make_client_scope(PrincipalKind.PARTNER),
        "display": city.display,
        "screen": replace(await make_client_scope(PrincipalKind.DISPLAY), agency_id=city.roads.id),
        "anonymous": anonymous_scope("someone"),
    }
