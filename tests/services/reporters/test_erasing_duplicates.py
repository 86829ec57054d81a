"""What an erasure takes along, what it names and leaves, and what it keeps of why and of names elsewhere."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import AuditEntry, Event, ExternalLink, Reporter, Ticket, TicketText
from models.enums import Channel, Classification, EventKind, Role, TicketStatus, Visibility
from services.access.filters.filters import TicketFilter
from services.access.scopes import Scope
from services.access.states import ticket_state
from services.audit.words import WordVerification
from services.core.desk import Desk, Rules
from services.core.refusals import InvalidInput, Refusal
from services.core.words import ERASED
from services.intake.forms import Person, Submission
from services.intake.submissions import submit
from services.queries.lists import lists
from services.queries.lists.orders import TicketOrder
from services.reporters.erasure import Erasure, erase
from services.reporters.retention import erase_expired_reporters
from services.tickets.editing import Note, add_note
from services.tickets.location import Place
from services.tickets.merging import Merge, merge
from services.tickets.moves import Reopen, reopen
from tests.conftest import Clock
from tests.factories import anonymous_scope, make_agency, make_client_scope, make_scope, make_ticket
from tests.services.reporters.test_sealing import everything

PLANTED = ("Sekar", "812077618834", "sekar@", "3571990000000001", "Jalan Planted", "-7.8317", "planted")
REQUESTED = "REPORTER_REQUEST"


@pytest.fixture
async def coordinator(database: object) -> Scope:
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


async def same(desk: Desk, times: int = 2) -> list[Ticket]:
    """The same report from one address so many times, with a reporter each: all but the first are merged."""
    form = Submission(
        title="Title planted by Sekar",
        body="Body planted, 0812077618834",
        channel=Channel.SURGA_WEB,
        anonymous=False,
        place=Place(address="Jalan Planted 1", latitude=-7.8317, longitude=112.01),
        reporter=Person("Sekar Warga", "0812077618834", "sekar@example.test", "3571990000000001"),
    )
    return [(await submit(desk, anonymous_scope(), form)).ticket for _ in range(times)]


async def erased(desk: Desk, scope: Scope, ticket: Ticket, reason: str = REQUESTED) -> tuple[int, ...]:
    """Erase a ticket as it is now; gives the others that are named."""
    now = await Ticket.get(id=ticket.id)
    return (await erase(desk, scope, Erasure(ticket.id, now.version, reason))).others


async def gone() -> list[int]:
    return list(await Ticket.exclude(erased_at=None).order_by("id").values_list("id", flat=True))


async def test_what_the_desk_merged_by_itself_is_erased_along(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    tickets = await same(desk, 3)

    assert await erased(desk, coordinator, tickets[0]) == ()

    rows = await Ticket.all().order_by("id")
    blank = (ERASED, ERASED, None, "erased", desk.now())
    assert [(row.title, row.body, row.address, row.submitted_by, row.erased_at) for row in rows] == [blank] * 3
    assert await Reporter.all().count() == 0
    assert [word for word in PLANTED if word.lower() in (await everything(database)).lower()] == []
    events = await Event.filter(kind=EventKind.REPORTER_ERASED).order_by("seq")
    assert [(event.ticket_id, event.after) for event in events] == [(row.id, ticket_state(row)) for row in rows]
    assert {event.actor_id for event in events} == {coordinator.principal}
    entries = await AuditEntry.filter(kind="REPORTER_ERASED").order_by("id").values_list("subject", flat=True)
    assert entries == [f"ticket:{row.id}" for row in rows]


async def test_other_duplicates_are_named_and_left(desk: Desk, coordinator: Scope) -> None:
    first, second = await same(desk)
    by_hand = await make_ticket()
    await merge(desk, coordinator, Merge(by_hand.id, 1, first.number))
    await reopen(desk, coordinator, Reopen(second.id, 2, "NEW_INFORMATION"))

    assert await erased(desk, coordinator, first) == (second.id, by_hand.id)

    assert await gone() == [first.id]


async def test_whoever_erases_a_duplicate_hears_of_the_first(desk: Desk, coordinator: Scope) -> None:
    first, second = await same(desk)

    assert await erased(desk, coordinator, second) == (first.id,)

    assert await gone() == [second.id]


async def test_words_that_a_duplicate_got_later_are_erased_by_the_first_again(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    first, second = await same(desk)
    await erased(desk, coordinator, first)
    version = (await Ticket.get(id=first.id)).version
    await add_note(desk, coordinator, Note(second.id, "planted again", Visibility.INTERNAL))

    await erased(desk, coordinator, first)

    assert "planted" not in await everything(database)
    assert (await Ticket.get(id=first.id)).version == version
    with pytest.raises(InvalidInput, match="ALREADY_ERASED"):
        await erased(desk, coordinator, first)


async def test_a_duplicate_whose_reporter_the_caller_may_not_see_is_left(desk: Desk, coordinator: Scope) -> None:
    first, second = await same(desk)
    await Ticket.filter(id=second.id).update(supervisory=True)

    assert await erased(desk, coordinator, first) == (second.id,)

    assert await gone() == [first.id]


async def test_a_period_that_ends_takes_duplicates_along(desk: Desk, clock: Clock) -> None:
    keeping = replace(desk, rules=replace(Rules(), retention=((None, timedelta(days=10)),)))
    first, second = await same(desk)
    await Ticket.filter(id=first.id).update(status=TicketStatus.ARCHIVED)
    await Ticket.filter(id=second.id).update(classification=Classification.COMPLAINT)
    clock.forward(days=11)

    assert await erase_expired_reporters(keeping) == 1

    assert await gone() == [first.id, second.id]
    events = await Event.filter(kind=EventKind.REPORTER_ERASED)
    assert [event.details for event in events] == [{"reason": "NO_LONGER_NEEDED"}] * 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (REQUESTED, REQUESTED),
        (" unlawful ", "UNLAWFUL"),
        ("Sekar planted, 0812077618834", "OTHER"),
        ("x" * 1_000, "OTHER"),
    ],
)
async def test_the_reason_of_an_erasure_is_a_code_and_no_words(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope, given: str, kept: str
) -> None:
    ticket = await make_ticket(reporter={"name": "Sekar"})

    await erase(desk, coordinator, Erasure(ticket.id, 1, given, "Sekar.planted"))

    event, entry = await Event.get(kind=EventKind.REPORTER_ERASED), await AuditEntry.get()
    assert event.details == {"reason": kept}
    assert (entry.kind, entry.details, entry.reason_digest) == (
        "REPORTER_ERASED",
        "{}",
        desk.keys.text_digest(kept).hex(),
    )
    assert event.client_mutation_id == desk.keys.mutation_digest(ticket.id, "Sekar.planted")
    assert [word for word in PLANTED if word in await everything(database)] == []


async def test_a_name_elsewhere_finds_no_erased_ticket_and_its_sender_is_known_again(
    desk: Desk, coordinator: Scope
) -> None:
    partner = await make_client_scope()
    form = Submission("Title", "Body planted", Channel.PARTNER, external_id="planted-77", anonymous=False)
    ticket = (await submit(desk, partner, form)).ticket
    wanted = TicketFilter(external_id="planted-77"), TicketOrder.NEWEST_FIRST, 10, None
    assert [view.pk for view in (await lists.ticket_page(desk, coordinator, *wanted)).tickets] == [ticket.id]

    await erased(desk, coordinator, ticket)

    assert (await lists.ticket_page(desk, coordinator, *wanted)).tickets == []
    link, row = await ExternalLink.get(), await Ticket.get()
    digest, other = desk.keys.all_external_digests("planted-77")
    assert (link.external_id, row.external_keys) == (other, [f"{link.system}|{other}"])
    assert digest != other
    assert (await Event.get(kind=EventKind.REPORTER_ERASED)).after == ticket_state(row)
    again = await submit(desk, partner, form)
    assert (again.replay, again.ticket.id) == (True, ticket.id)


async def test_an_erasure_is_whole_or_not_at_all(
    desk: Desk, coordinator: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = await same(desk)
    texts = await TicketText.all().order_by("id").values()

    async def broken(*_: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr("services.reporters.reindexing.request", broken)
    with pytest.raises(ConnectionResetError):
        await erased(desk, coordinator, tickets[0])

    assert await gone() == []
    assert await Reporter.all().count() == 2
    assert await TicketText.all().order_by("id").values() == texts
    assert await Event.filter(kind=EventKind.REPORTER_ERASED).count() == 0


async def test_erasures_and_the_same_report_at_the_same_moment_wait_for_each_other_in_no_ring(
    desk: Desk, coordinator: Scope
) -> None:
    first, second = await same(desk)

    outcomes = await asyncio.gather(
        erased(desk, coordinator, first),
        erased(desk, coordinator, second),
        same(desk, 1),
        add_note(desk, coordinator, Note(second.id, "Later", Visibility.INTERNAL)),
        return_exceptions=True,
    )

    assert [each for each in outcomes if isinstance(each, BaseException) and not isinstance(each, Refusal)] == []
    assert {first.id, second.id} & set(await gone()) != set()
    assert [str(finding) async for finding in WordVerification(desk.keys).findings()] == []
