"""Marks on every way in: refused calls leave none anywhere, and an erasure takes all that tickets held.

What logs, the bus and the metrics hold is searched for the same marks at the end of the run.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from api.settings import Settings
from models import Answer, Assignment, ExternalLink, PendingReindex, Ticket
from models.enums import Role
from services.audit.words import WordVerification
from services.core.desk import Desk
from services.core.nodes import node_id
from services.intake.open311.georeport import KEPT
from services.intake.open311.importer import import_open311
from tests.clients.town import Town, served_town
from tests.services.reporters.test_sealing import everything
from tests.spills import NIK_MARK, PHONE_MARK, note
from tests.words_of_the_schema import document_of, mark_of, marked_variables, mutations, texts_of
from workers.jobs import JOBS
from workers.loop import run_all

pytestmark = pytest.mark.slow

NO_CODES = {"categoryCode": None, "reportedAgencyCode": None, "location.kelurahanCode": None}
PHONE, NIK = f"+62{PHONE_MARK}77", f"{NIK_MARK}7"
# Codes of closed lists and of master data, numbers and links in place of words; other values are refused.
CODES = ("Code", "Codes", "intoNumber", "number")
# Mutations that change a ticket: all of their texts have to be planted, and to go.
OF_TICKETS = (
    *("submitTicket", "verifyTicket", "dispatchTicket", "returnTicket", "assignOfficer", "changeTicketStatus"),
    *(
        "saveAnswerDraft",
        "reviewAnswer",
        "recallAnswer",
        "sendAnswer",
        "reopenTicket",
        "mergeTicket",
        "addNote",
        "editTicket",
    ),
    *("revealReporter", "findReporterTickets", "rotateTrackingSecret", "eraseReporter"),
)
# What belongs to accounts, screens and partners: names that go with them, and no words of a ticket.
OF_OTHERS = (
    *("approveDisplay", "denyDisplay", "renameDisplay", "revokeDisplay", "createPartner", "changePartnerGrant"),
    *("endPartner", "storePartnerDocument", "createPartnerKey", "revokePartnerKey", "signIn", "signOut"),
    *("revokeSession", "changePassword", "inviteStaff", "changeStaff", "endStaff", "renewInvitation"),
    *("acceptInvitation", "startCitizenSession"),
)


class Planter:
    """Calls mutations with marks in their texts, and remembers which were taken."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.planted: set[str] = set()

    async def send(self, who: str | None, mutation: str, given: dict[str, Any]) -> dict[str, Any]:
        """The answer to a call with a mark in every text, but for what is given by coordinate under `input`."""
        values = {f"{mutation}.input.{name}": value for name, value in given.items()}
        variables = marked_variables(mutation, values)
        for path in texts_of(mutation):
            note("word", mark_of(path))
        answer = await self.town.post(self.town.tokens[who] if who else None, document_of(mutation), variables)
        return {**answer, "sent": json.dumps(variables)}

    async def plant(self, who: str | None, mutation: str, **given: Any) -> None:
        """The same, where it has to be taken."""
        answer = await self.send(who, mutation, given)
        assert "errors" not in answer, (mutation, answer)
        assert answer["data"][mutation].get("errors", []) == [], (mutation, answer)
        self.planted |= {path for path in texts_of(mutation) if mark_of(path) in answer["sent"]}


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    async with served_town(desk, settings) as town:
        yield town


def marks() -> list[str]:
    return [mark_of(path) for mutation in mutations() for path in texts_of(mutation)]


def test_every_mutation_is_one_of_tickets_or_of_others() -> None:
    """A new one is planted below, or its texts belong to no ticket: say which."""
    assert sorted(mutations()) == sorted((*OF_TICKETS, *OF_OTHERS))
    assert len(set(marks())) == len(marks())


async def left_in_rows(database: BaseDBAsyncClient) -> list[str]:
    dump = await everything(database)
    return [path for mutation in mutations() for path in texts_of(mutation) if mark_of(path) in dump]


async def left_in_files(database: BaseDBAsyncClient) -> list[str]:
    """Marks on disk once all pages are written, with the tables and indexes that hold them."""
    async with database.acquire_connection() as held:
        await held.execute("CHECKPOINT")
        folder = Path(await held.fetchval("SHOW data_directory"))
        oid = await held.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
        names = dict(await held.fetch("SELECT pg_relation_filenode(oid)::text, relname FROM pg_class"))
    bytes_of = {path.name: path.read_bytes() for path in (folder / "base" / str(oid)).iterdir()}
    sought = [*marks(), *IMPORTED]
    found = {
        (name.partition(".")[0], mark) for name, data in bytes_of.items() for mark in sought if mark.encode() in data
    }
    return sorted(f"{names.get(name, name)}: {mark}" for name, mark in found)


@pytest.mark.parametrize("who", ["officer", None])
async def test_calls_that_are_refused_leave_nothing_of_their_texts(
    database: BaseDBAsyncClient, town: Town, who: str | None
) -> None:
    planter = Planter(town)
    for mutation in mutations():
        if texts_of(mutation):
            answer = await planter.send(who, mutation, {})
            assert answer.get("errors") or answer["data"][mutation]["errors"], answer

    assert await left_in_rows(database) == []
    assert await left_in_files(database) == []
    assert await Ticket.all().count() == 0


async def plant_all(planter: Planter) -> list[int]:
    """Two tickets' lives by every mutation of theirs, with a mark in every text; gives the tickets."""
    plant = planter.plant
    await plant("officer", "submitTicket", **NO_CODES, **person(), anonymous=False, confidential=False)
    ticket = (await Ticket.get()).id
    key = {"id": node_id("Ticket", ticket)}

    async def now() -> dict[str, Any]:
        return key | {"expectedVersion": (await Ticket.get(id=ticket)).version}

    dispatch = {"leadAgencyCode": "dpupr", "supportingAgencyCodes": None}
    await plant(
        "coordinator",
        "verifyTicket",
        **await now(),
        **NO_CODES,
        **{f"dispatch.{name}": dispatch[name] for name in dispatch},
    )
    await plant("officer", "editTicket", **await now(), **NO_CODES)
    await plant("liaison", "returnTicket", **await now(), reasonCode="NOT_OUR_DUTY")
    await plant("coordinator", "dispatchTicket", **await now(), **dispatch)
    officer = await Assignment.filter(agency__code="dpupr", role=Role.OFFICER).first()
    assert officer is not None
    await plant("liaison", "assignOfficer", **await now(), officerId=node_id("Officer", officer.officer_id))
    await plant("officer", "changeTicketStatus", **await now(), status="IN_PROGRESS", reasonCode=None, evidence=None)
    await plant("officer", "addNote", **key)
    await plant("officer", "saveAnswerDraft", ticketId=key["id"], submit=True)
    answer = {"answerId": node_id("Answer", (await Answer.get()).id)}
    await plant("officer", "recallAnswer", **answer, expectedAnswerVersion=1)
    await plant("officer", "saveAnswerDraft", ticketId=key["id"], submit=True, **answer, expectedAnswerVersion=2)
    await plant("liaison", "reviewAnswer", **answer, expectedAnswerVersion=3, approve=True)
    version = (await now())["expectedVersion"]
    await plant("liaison", "sendAnswer", ticketId=key["id"], expectedVersion=version, **answer)
    await plant("liaison", "changeTicketStatus", **await now(), status="RESOLVED", reasonCode=None, **evidence())
    await plant("coordinator", "reopenTicket", **await now(), reasonCode="NEW_INFORMATION")
    await plant("coordinator", "revealReporter", **key)
    await plant("coordinator", "findReporterTickets", phone=PHONE, nik=None)
    await plant("coordinator", "findReporterTickets", nik=NIK, phone=None)
    await plant("coordinator", "rotateTrackingSecret", **key)
    other = {"idempotencyKey": None, "externalId": None, "anonymous": True, "confidential": True}
    await plant("officer", "submitTicket", **NO_CODES, **person(), **other)
    second = await Ticket.get(id__gt=ticket)
    number = (await Ticket.get(id=ticket)).number
    merged = {"id": node_id("Ticket", second.id), "expectedVersion": 1, "intoNumber": number}
    await plant("coordinator", "mergeTicket", **merged)
    return [ticket, second.id]


def person() -> dict[str, Any]:
    email = f"{mark_of('submitTicket.input.reporter.email')}@contoh.example"
    return {"reporter.phone": PHONE, "reporter.nik": NIK, "reporter.email": email}


def evidence() -> dict[str, Any]:
    url = f"https://contoh.example/{mark_of('changeTicketStatus.input.evidence.url')}"
    return {"evidence.url": url}


def records() -> bytes:
    """A file of another system with a mark in everything that it says of one case."""
    said = {name: mark_of(f"import.{name}") for name in KEPT if not name.endswith("datetime")}
    times = dict.fromkeys(("requested_datetime", "updated_datetime", "expected_datetime"), "2026-01-02T00:00:00Z")
    deep = {
        "extended_attributes": {mark_of("import.key"): [mark_of("import.item")], "channel": mark_of("import.channel")}
    }
    note_ = {name: mark_of(f"import.note.{name}") for name in ("type", "summary", "description")}
    names = {"service_code": "lampu", "service_name": "Lampu", "agency_responsible": "Dinas PUPR"}
    more = {name: mark_of(f"import.{name}") for name in ("service_request_id", "description", "address")}
    media = {"media_url": [f"https://contoh.example/{mark_of('import.media')}"], "status": "open"}
    record = {**said, **times, **deep, **names, **more, **media, "lat": -7.8, "long": 112.0}
    return json.dumps([record | {"notes": [note_ | {"datetime": "2026-01-02T00:00:00Z"}]}]).encode()


IMPORTED = [
    mark_of(f"import.{name}")
    for name in (
        *("status_notes", "service_notice", "address_id", "zipcode", "key", "item", "channel", "note.type"),
        *("note.summary", "note.description", "service_request_id", "description", "address", "media"),
    )
]


async def test_an_erasure_leaves_no_word_in_rows_files_logs_bus_or_metrics(
    desk: Desk, database: BaseDBAsyncClient, town: Town
) -> None:
    planter = Planter(town)
    ids = await plant_all(planter)
    for mark in IMPORTED:
        note("word", mark)
    assert (await import_open311(desk, BytesIO(records()))).imported == 1
    ids += [link.ticket_id for link in await ExternalLink.filter(system="open311")]
    await database.execute_script("ANALYZE")
    before = await everything(database)
    digested = {mark_of("import.service_request_id")}  # kept as a digest from the beginning
    assert [mark for mark in IMPORTED if mark not in before] == sorted(digested)

    for ticket in await Ticket.filter(id__in=ids).order_by("id"):
        await planter.plant(
            "coordinator", "eraseReporter", id=node_id("Ticket", ticket.id), expectedVersion=ticket.version
        )
    while await PendingReindex.all().count():  # a transaction of another test's database may be in its way
        await run_all(desk, JOBS)

    wanted = {path for mutation in OF_TICKETS for path in texts_of(mutation)}
    assert {path for path in wanted - planter.planted if not path.endswith((*CODES, "phone", "nik"))} == set()
    assert await left_in_rows(database) == []
    dump = await everything(database)
    assert [mark for mark in (*IMPORTED, PHONE_MARK, NIK_MARK) if mark in dump] == []
    assert await left_in_files(database) == []
    assert [str(finding) async for finding in WordVerification(desk.keys).findings()] == []
