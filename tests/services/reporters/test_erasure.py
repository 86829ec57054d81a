"""After an erasure a dump of the database holds no word and no person, and log, counts and digests are as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import Agency, Answer, Event, ExternalLink, Reporter, Ticket, TicketText
from models.database import connection
from models.enums import AnswerState, Channel, Classification, EventKind, LinkDirection, Role, TicketStatus, Visibility
from realtime import log
from services.access.filters.filters import TicketFilter
from services.access.scopes import Scope
from services.core.desk import Desk, Rules
from services.core.refusals import Forbidden, InvalidInput, NotFound, VersionConflict
from services.feeds import decisions, feeds
from services.intake.forms import Person, Submission
from services.intake.submissions import submit
from services.queries.lists import lists
from services.queries.lists.orders import TicketOrder
from services.reporters.erasure import ERASED, Erasure, erase
from services.reporters.retention import erase_expired_reporters
from services.tickets.answers import Draft, Review, Send, review, save_draft, send
from services.tickets.editing import Edit, Note, add_note, edit
from services.tickets.location import Place
from services.tickets.moves import Dispatch, Verify, dispatch, verify
from tests.conftest import Clock
from tests.factories import anonymous_scope, make_agency, make_client_scope, make_scope, make_ticket, seq_of
from tests.services.reporters.test_sealing import everything

PLANTED = ("Sekar", "812077618834", "sekar@", "3571990000000001", "Jalan Planted", "-7.8317", "planted")


@pytest.fixture
async def roads(database: object) -> Agency:
    await make_agency("dlh")
    return await make_agency("pupr")


@pytest.fixture
async def coordinator(roads: Agency) -> Scope:
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


async def told(desk: Desk, coordinator: Scope, roads: Agency) -> Ticket:
    """A ticket with a personal value on every path that one can come in by."""
    form = Submission(
        title="Title planted by Sekar",
        body="Body planted, 0812077618834",
        channel=Channel.SURGA_WEB,
        idempotency_key="key-planted",
        anonymous=False,
        place=Place(address="Jalan Planted 1", latitude=-7.8317, longitude=112.01),
        reporter=Person("Sekar Warga", "0812077618834", "sekar@example.test", "3571990000000001"),
    )
    key = (await submit(desk, anonymous_scope(), form)).ticket.id
    await verify(desk, coordinator, Verify(key, 1, Classification.COMPLAINT, title="Second planted title"))
    await dispatch(desk, coordinator, Dispatch(key, 2, "pupr", note="Note planted"))
    officer = await make_scope(Role.OFFICER, roads)
    await add_note(desk, officer, Note(key, "Note planted for Sekar", Visibility.INTERNAL))
    await save_draft(desk, officer, Draft(key, "Answer planted for Sekar"))
    await edit(desk, coordinator, Edit(key, 3, body="Second planted body"))
    await ExternalLink.create(
        ticket_id=key,
        system="open311",
        external_id="77",
        direction=LinkDirection.INBOUND,
        raw_status="planted status",
        data={"description": "Raw planted words", "digest": "0a"},
        created_at=desk.now(),
    )
    return await Ticket.get(id=key)


async def log_of(ticket: Ticket) -> list[dict[str, object]]:
    names = ("seq", "kind", "before", "after", "changed", "details", "text_id", "text_digest")
    return list(await Event.filter(ticket_id=ticket.id).order_by("seq").values(*names))


async def test_a_dump_holds_nothing_of_an_erased_reporter(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope, roads: Agency
) -> None:
    ticket = await told(desk, coordinator, roads)
    before = await everything(database)
    assert [word for word in PLANTED if word not in before] == ["sekar@", "3571990000000001"]  # sealed

    await erase(desk, coordinator, Erasure(ticket.id, ticket.version, "Permintaan pelapor."))

    after = await everything(database)
    assert [word for word in PLANTED if word.lower() in after.lower()] == []


async def test_events_counts_and_digests_stay_as_they_were(desk: Desk, coordinator: Scope, roads: Agency) -> None:
    ticket = await told(desk, coordinator, roads)
    events = await log_of(ticket)
    texts = await TicketText.filter(ticket_id=ticket.id).count()

    done = await erase(desk, coordinator, Erasure(ticket.id, ticket.version, "Permintaan pelapor.", "mine"))

    found = await log_of(ticket)
    assert found[:-1] == events
    assert (found[-1]["kind"], found[-1]["seq"]) == (EventKind.REPORTER_ERASED, await seq_of(done))
    assert (found[-1]["details"], found[-1]["text_id"]) == ({"reason": "OTHER"}, None)
    assert await TicketText.filter(ticket_id=ticket.id).count() == texts
    assert await TicketText.filter(ticket_id=ticket.id, erased_at=None).count() == 0
    after = await Ticket.get(id=ticket.id)
    assert (after.number, after.status, after.received_at) == (ticket.number, ticket.status, ticket.received_at)
    assert (after.title, after.body, after.version) == (ERASED, ERASED, ticket.version + 1)
    assert after.erased_at == desk.now()
    assert await Reporter.all().count() == 0
    assert (await ExternalLink.get()).data == {"digest": "0a"}


async def test_search_finds_the_words_no_more_and_lists_hear_of_it(
    desk: Desk, coordinator: Scope, roads: Agency
) -> None:
    ticket = await told(desk, coordinator, roads)
    arguments = TicketFilter(search="planted"), TicketOrder.RELEVANCE, 10, None
    assert len((await lists.ticket_page(desk, coordinator, *arguments)).tickets) == 1

    await erase(desk, coordinator, Erasure(ticket.id, ticket.version, "Permintaan pelapor."))

    assert (await lists.ticket_page(desk, coordinator, *arguments)).tickets == []
    event = (await log.read_after(connection(), (await Event.all().count()) - 1, 1))[0][0]
    watched = await feeds.watch(desk, coordinator, TicketFilter())
    shown = decisions.membership(event, watched, (await feeds.load(desk, [ticket.id]))[ticket.id])
    assert isinstance(shown, decisions.Updated)
    assert {"title", "body", "location", "reporter"} <= set(shown.changed)


async def test_erasing_asks_for_the_version_and_happens_once(desk: Desk, coordinator: Scope, roads: Agency) -> None:
    ticket = await told(desk, coordinator, roads)

    with pytest.raises(VersionConflict):
        await erase(desk, coordinator, Erasure(ticket.id, ticket.version - 1, "Permintaan pelapor."))
    with pytest.raises(InvalidInput, match="EMPTY"):
        await erase(desk, coordinator, Erasure(ticket.id, ticket.version, " "))
    assert await Reporter.all().count() == 1
    await erase(desk, coordinator, Erasure(ticket.id, ticket.version, "Permintaan pelapor."))
    with pytest.raises(InvalidInput, match="ALREADY_ERASED"):
        await erase(desk, coordinator, Erasure(ticket.id, ticket.version + 1, "Permintaan pelapor."))


@pytest.mark.parametrize("way", ["note", "edit", "place", "draft", "move"])
async def test_words_that_come_after_an_erasure_are_erased_too(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope, roads: Agency, way: str
) -> None:
    ticket = await told(desk, coordinator, roads)
    key = ticket.id
    done = await erase(desk, coordinator, Erasure(key, ticket.version, "Permintaan pelapor."))
    match way:
        case "note":
            await add_note(desk, coordinator, Note(key, "planted again", Visibility.INTERNAL))
        case "edit":
            await edit(desk, coordinator, Edit(key, done.ticket.version, title="planted again"))
        case "place":
            await edit(desk, coordinator, Edit(key, done.ticket.version, place=Place(address="Jalan planted")))
        case "draft":
            await save_draft(desk, coordinator, Draft(key, "planted again"))
        case "move":
            await dispatch(desk, coordinator, Dispatch(key, done.ticket.version, "dlh", note="planted again"))
    assert "planted" in await everything(database)

    version = (await Ticket.get(id=key)).version
    again = await erase(desk, coordinator, Erasure(key, version, "Permintaan pelapor, sekali lagi."))

    assert "planted" not in await everything(database)
    assert again.ticket.erased_at == desk.now()
    with pytest.raises(InvalidInput, match="ALREADY_ERASED"):
        await erase(desk, coordinator, Erasure(key, again.ticket.version, "Permintaan pelapor."))


async def test_words_that_come_after_an_erasure_have_a_period_of_their_own(desk: Desk, clock: Clock) -> None:
    keeping = replace(desk, rules=replace(Rules(), retention=((None, timedelta(days=10)),)))
    ticket = await closed(desk, 11, None)
    assert await erase_expired_reporters(keeping) == 1
    coordinator = await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))
    await edit(keeping, coordinator, Edit(ticket.id, ticket.version + 1, body="planted again"))

    clock.forward(days=9)
    assert await erase_expired_reporters(keeping) == 0
    clock.forward(days=2)
    assert await erase_expired_reporters(keeping) == 1
    assert (await Ticket.get(id=ticket.id)).body == ERASED


async def test_only_those_who_may_reveal_may_erase(desk: Desk, coordinator: Scope, roads: Agency) -> None:
    ticket = await told(desk, coordinator, roads)
    callers = [await make_scope(role, roads) for role in (Role.OFFICER, Role.LIAISON)]
    callers += [await make_client_scope()]

    for scope in callers:
        with pytest.raises((Forbidden, NotFound)):
            await erase(desk, scope, Erasure(ticket.id, ticket.version, "Permintaan pelapor."))
    assert (await Ticket.get(id=ticket.id)).title == "Second planted title"
    assert await Reporter.all().count() == 1


async def closed(desk: Desk, days: int, classification: Classification | None, **columns: object) -> Ticket:
    at = desk.now() - timedelta(days=days)
    status = columns.pop("status", TicketStatus.RESOLVED)
    return await make_ticket(status, at=at, classification=classification, reporter={"name": "Sekar"}, **columns)


async def test_nothing_is_erased_by_itself_unless_a_period_is_set(desk: Desk) -> None:
    await closed(desk, 4_000, Classification.COMPLAINT)

    assert await erase_expired_reporters(desk) == 0
    assert await Reporter.all().count() == 1


@pytest.mark.slow
async def test_a_ticket_that_somebody_works_on_holds_up_no_other(desk: Desk, database_url: str) -> None:
    keeping = replace(desk, rules=replace(Rules(), retention=((None, timedelta(days=10)),)))
    held, other = await closed(desk, 12, None), await closed(desk, 11, None)
    holder = await asyncpg.connect(database_url)

    async with holder.transaction():
        await holder.execute("SELECT 1 FROM ticket WHERE id = $1 FOR UPDATE", held.id)
        assert await erase_expired_reporters(keeping) == 1
    await holder.close()

    assert await Ticket.exclude(erased_at=None).values_list("id", flat=True) == [other.id]
    assert await erase_expired_reporters(keeping) == 1


async def test_each_class_is_erased_after_its_own_period(desk: Desk) -> None:
    periods = ((Classification.COMPLAINT, timedelta(days=100)), (None, timedelta(days=10)))
    keeping = replace(desk, rules=replace(Rules(), retention=periods))
    due = [await closed(desk, 101, Classification.COMPLAINT), await closed(desk, 11, None)]
    kept = [
        await closed(desk, 99, Classification.COMPLAINT),
        await closed(desk, 9, None),
        await closed(desk, 4_000, Classification.ASPIRATION),
        await closed(desk, 4_000, Classification.COMPLAINT, status=TicketStatus.IN_PROGRESS),
    ]

    assert await erase_expired_reporters(keeping) == 2
    assert await erase_expired_reporters(keeping) == 0

    erased = set(await Ticket.exclude(erased_at=None).values_list("id", flat=True))
    assert erased == {ticket.id for ticket in due}
    assert await Reporter.filter(ticket_id__in=[ticket.id for ticket in kept]).count() == 4
    event = await Event.get(ticket_id=due[0].id, kind=EventKind.REPORTER_ERASED)
    assert (event.actor_kind, event.text_id) == ("SYSTEM", None)


async def test_an_answer_that_was_erased_waits_no_more_and_is_not_sent(
    desk: Desk, coordinator: Scope, roads: Agency
) -> None:
    liaison, ticket = await make_scope(Role.LIAISON, roads), await make_ticket(TicketStatus.IN_PROGRESS, lead=roads)
    waiting, approved = [
        await save_draft(desk, liaison, Draft(ticket.id, "Lampu sudah kami ganti.", submit=True)) for _ in range(2)
    ]
    await review(desk, liaison, Review(approved.id, 1, approve=True))

    await erase(desk, coordinator, Erasure(ticket.id, 1, "REPORTER_REQUEST"))

    left = await Answer.filter(ticket_id=ticket.id).order_by("id").values_list("id", "state", "approver_id", "text")
    assert left == [(each.id, AnswerState.DRAFT, None, ERASED) for each in (waiting, approved)]
    assert (await Ticket.get(id=ticket.id)).answers_waiting == 0
    with pytest.raises(InvalidInput, match="ANSWER_NOT_APPROVED"):
        await send(desk, liaison, Send(ticket.id, 2, approved.id))
    told = await Event.filter(ticket_id=ticket.id).order_by("-seq").limit(3).values_list("kind", flat=True)
    assert told == [EventKind.REPORTER_ERASED, EventKind.ANSWER_DRAFTED, EventKind.ANSWER_DRAFTED]
