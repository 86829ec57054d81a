"""Marks on every way in: refused calls leave none anywhere, and an erasure takes all that tickets held.

What logs, the bus and the metrics hold is searched for the same marks at the end of the run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from api.settings import Settings
from models import ExternalLink, PendingReindex, Ticket
from services.audit.words import WordVerification
from services.core.desk import Desk
from services.core.nodes import node_id
from services.intake.open311.importer import import_open311
from tests.clients.town import Town, served_town
from tests.marked_imports import IMPORTED, records
from tests.planting import Planter, plant_all
from tests.services.reporters.test_sealing import everything
from tests.spills import NIK_MARK, PHONE_MARK, note
from tests.words_of_the_schema import mark_of, mutations, texts_of
from tests.words_on_disk import left_in_files
from workers.jobs import JOBS
from workers.loop import run_all

pytestmark = pytest.mark.slow

# Codes of closed lists and of master data, numbers and links in place of words; other values are refused.
CODES = ("Code", "Codes", "trackingId", "intoNumber", "answeredInNumber", "number", "missing")
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
    *("evaluateUnresolvedCase", "closeUnresolvedCase", "linkSp4n", "unlinkSp4n", "recordSp4nStatus"),
    *("revealReporter", "findReporterTickets", "rotateTrackingSecret", "eraseReporter"),
    *("escalateTicket", "acknowledgeEscalation", "recordOmbudsmanConsent"),
    *("changeHandlingClass", "requestExtension", "decideExtension", "recordReporterReply"),
)
# What belongs to accounts, screens and partners: names that go with them, and no words of a ticket.
OF_OTHERS = (
    *("approveDisplay", "denyDisplay", "renameDisplay", "revokeDisplay", "createPartner", "changePartnerGrant"),
    *("endPartner", "storePartnerDocument", "createPartnerKey", "revokePartnerKey", "signIn", "signOut"),
    *("revokeSession", "changePassword", "inviteStaff", "changeStaff", "endStaff", "renewInvitation"),
    *("acceptInvitation", "checkInvitation", "startCitizenSession", "switchAssignment"),
    "markNotificationsRead",
    "changeDeadlineRules",
)


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
    assert await left_in_files(database, [*marks(), *IMPORTED]) == []
    assert await Ticket.all().count() == 0


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
    assert await left_in_files(database, [*marks(), *IMPORTED]) == []
    assert [str(finding) async for finding in WordVerification(desk.keys).findings()] == []
