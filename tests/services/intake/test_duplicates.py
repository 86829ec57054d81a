"""The same report again from the same sender: never lost, never twice on the desk, and officers see why."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from models import Event, Ticket, TicketText
from models.enums import ActorKind, Channel, EventKind, PrincipalKind, Role, TicketStatus, Visibility
from services.access.states import ticket_state
from services.core.desk import Rules
from services.intake.forms import Person, Submission
from services.intake.submissions import submit
from services.tickets.editing import Note, add_note
from services.tickets.location import Place
from tests.factories import anonymous_scope, make_client_scope, make_scope, seq_of


def form(**more):
    values = {"title": "Jalan berlubang", "body": "Ada lubang besar.", "channel": Channel.SURGA_WEB}
    return Submission(**{**values, **more})


async def merged():
    """For each ticket the id of the one that it was merged into."""
    return [row.merged_into_id for row in await Ticket.all().order_by("id")]


async def test_the_same_again_gets_a_number_of_its_own_and_is_merged_by_itself(desk):
    first = await submit(desk, anonymous_scope(), form())

    again = await submit(desk, anonymous_scope(), form(title="  JALAN  berlubang!", body="Ada lubang, besar"))

    row = await Ticket.get(number="KDR-2026-000002")
    assert (row.status, row.version, row.merged_into_id) == (TicketStatus.ARCHIVED, 2, first.ticket.id)
    assert (row.title, row.body) == ("JALAN  berlubang!", "Ada lubang, besar")
    assert again.secret == desk.keys.tracking_secret(row.id, 0, row.secret_salt)
    assert ticket_state(again.ticket) == ticket_state(row)
    assert (await Ticket.get(id=first.ticket.id)).status is TicketStatus.RECEIVED


async def test_officers_see_why_on_both_tickets_and_nobody_else_does(desk):
    first = await submit(desk, anonymous_scope(), form())

    again = await submit(desk, anonymous_scope(), form())

    events = await Event.filter(seq__gt=await seq_of(first)).order_by("seq")
    texts = {text.id: text.body for text in await TicketText.all()}
    assert [(event.kind, event.ticket_id, event.version, event.actor_kind) for event in events] == [
        (EventKind.SUBMITTED, again.ticket.id, 1, ActorKind.REPORTER),
        (EventKind.MERGED, again.ticket.id, 2, ActorKind.SYSTEM),
        (EventKind.DUPLICATE_MERGED, first.ticket.id, 1, ActorKind.SYSTEM),
    ]
    assert events[1].details["textVisibility"] == Visibility.INTER_AGENCY
    assert events[2].details == {"duplicate": again.ticket.id, "textVisibility": "INTER_AGENCY"}
    assert texts[events[1].text_id].startswith("Digabungkan otomatis dengan KDR-2026-000001: pengirim yang sama")
    assert texts[events[2].text_id] == (
        "Pengirim yang sama mengirim laporan ini lagi (KDR-2026-000002); digabungkan otomatis."
    )
    assert (events[2].before, events[2].after) == (events[2].after, ticket_state(await Ticket.get(id=first.ticket.id)))


async def test_every_further_one_is_merged_into_the_first(desk):
    for _ in range(4):
        await submit(desk, anonymous_scope(), form())

    assert await merged() == [None, 1, 1, 1]


@pytest.mark.parametrize(
    "more",
    [
        {"body": "Ada dua lubang besar."},
        {"anonymous": True},
        {"confidential": True},
        {"reporter": Person(name="Siti")},
        {"place": Place(address="Jalan Dhoho 1")},
        {"place": Place(latitude=-7.8, longitude=112.0)},
    ],
)
async def test_whoever_says_anything_else_or_asks_for_more_protection_is_heard_anew(desk, more):
    await submit(desk, anonymous_scope(), form())

    await submit(desk, anonymous_scope(), form(**more))

    assert await merged() == [None, None]


async def test_other_senders_and_those_who_are_known_are_never_merged(desk):
    partner, officer = await make_client_scope(PrincipalKind.PARTNER), await make_scope(Role.OFFICER)

    for scope in (anonymous_scope(), anonymous_scope("two"), partner, partner, officer, officer):
        await submit(desk, scope, form())

    assert await merged() == [None] * 6


async def test_after_the_window_it_is_a_new_report(desk, clock):
    await submit(desk, anonymous_scope(), form())
    clock.forward(hours=24)

    await submit(desk, anonymous_scope(), form())
    await submit(desk, anonymous_scope(), form())

    assert await merged() == [None, None, 2]


async def test_after_the_end_of_the_first_it_is_a_new_report(desk):
    first = await submit(desk, anonymous_scope(), form())
    await Ticket.filter(id=first.ticket.id).update(status=TicketStatus.ARCHIVED)

    await submit(desk, anonymous_scope(), form())
    await submit(desk, anonymous_scope(), form())

    assert await merged() == [None, None, 2]


async def test_an_installation_may_hear_everything(desk):
    patient = replace(desk, rules=replace(Rules(), same_report=timedelta()))

    await submit(patient, anonymous_scope(), form())
    await submit(patient, anonymous_scope(), form())

    assert await merged() == [None, None]


async def test_the_same_key_gives_the_first_answer_and_merges_nothing(desk):
    first = await submit(desk, anonymous_scope(), form(idempotency_key="k-1"))

    again = await submit(desk, anonymous_scope(), form(idempotency_key="k-1"))

    assert (again.ticket.id, again.replay) == (first.ticket.id, True)
    assert await Ticket.all().count() == 1


@pytest.mark.parametrize("earlier", [False, True])
async def test_many_at_the_same_moment_leave_one_open(desk, earlier):
    if earlier:
        first = await submit(desk, anonymous_scope(), form())
        await Ticket.filter(id=first.ticket.id).update(status=TicketStatus.ARCHIVED, merged_into_id=first.ticket.id)

    await asyncio.gather(*(submit(desk, anonymous_scope(), form()) for _ in range(5)))

    [stays] = await Ticket.filter(merged_into_id=None)
    assert stays.status is TicketStatus.RECEIVED
    assert await Ticket.filter(merged_into_id=stays.id).count() == 4


async def test_the_first_can_be_worked_on_with_the_version_that_was_read(desk):
    first = await submit(desk, anonymous_scope(), form())
    await submit(desk, anonymous_scope(), form())

    done = await add_note(
        desk, await make_scope(Role.COORDINATOR), Note(first.ticket.id, "Dilihat.", Visibility.INTER_AGENCY)
    )

    assert done.ticket.version == 1
