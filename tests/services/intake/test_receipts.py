"""A receipt: the tracking secret for the reporter at the counter, once, and for nobody else."""

import asyncio
from datetime import timedelta

import pytest

from models import Assignment, AuditEntry, Event, IdempotencyKey, Ticket, TicketCounter
from models.database import connection
from models.enums import AuditKind, Channel, PrincipalKind, Role
from services.core.refusals import Forbidden, InvalidInput, NotFound
from services.intake import idempotency
from services.intake.forms import Submission
from services.intake.submissions import submit
from services.reporters.citizens import RotateSecret, rotate_secret, start_session
from tests.factories import (
    FIRST_DAY,
    anonymous_scope,
    citizen_scope,
    make_agency,
    make_client_scope,
    make_scope,
    make_ticket,
)
from tests.services.reporters.test_sealing import everything
from tests.spills import note

AT_THE_COUNTER = (Channel.WALK_IN, Channel.PHONE, Channel.LETTER)


def form(**more):
    values = {"title": "Jalan berlubang", "body": "Ada lubang besar.", "channel": Channel.WALK_IN, "receipt": True}
    return Submission(**{**values, **more})


async def kept():
    """All that a refusal must leave as it was."""
    return (
        await Ticket.all().count(),
        await Event.all().count(),
        await AuditEntry.all().count(),
        await IdempotencyKey.all().count(),
        await TicketCounter.all().values("year", "issued"),
    )


async def handed_out():
    return await AuditEntry.filter(kind=AuditKind.SECRET_ROTATED).order_by("id")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LIAISON, Role.COORDINATOR, Role.INSPECTOR])
@pytest.mark.parametrize("channel", AT_THE_COUNTER)
async def test_a_receipt_holds_the_secret_and_is_audited_once(desk, channel, role):
    scope = await make_scope(role)

    done = await submit(desk, scope, form(channel=channel))

    session = await start_session(desk, done.ticket.number, done.secret)
    (entry,) = await handed_out()
    assert session.ticket_id == done.ticket.id
    assert (entry.principal, entry.subject, entry.details) == (
        scope.principal, f"ticket:{done.ticket.id}", '{"receipt":true}',
    )  # fmt: skip


async def test_without_asking_there_is_neither_secret_nor_entry(desk):
    done = await submit(desk, await make_scope(), form(receipt=False))

    assert done.secret is None
    assert await handed_out() == []


@pytest.mark.parametrize("channel", sorted(set(Channel) - set(AT_THE_COUNTER)))
async def test_no_other_channel_has_receipts(desk, channel):
    scope = await make_scope()
    before = await kept()

    with pytest.raises(InvalidInput, match="NO_RECEIPT_BY_CHANNEL") as refusal:
        await submit(desk, scope, form(channel=channel, idempotency_key="k"))

    assert refusal.value.path == ("receipt",)
    assert await kept() == before


@pytest.mark.parametrize("channel", AT_THE_COUNTER)
async def test_nobody_but_officers_who_take_reports_in_gets_one(desk, channel):
    readers = [await make_scope(role) for role in (Role.LEADER, Role.ADMIN)]
    clients = [await make_client_scope(kind) for kind in (PrincipalKind.PARTNER, PrincipalKind.DISPLAY)]
    citizen = citizen_scope(await make_ticket())
    before = await kept()

    for scope in (*readers, *clients, citizen, anonymous_scope()):
        with pytest.raises(Forbidden):
            await submit(desk, scope, form(channel=channel, idempotency_key="k"))

    assert await kept() == before


async def test_a_stranger_is_told_which_field_needs_a_token(desk):
    before = await kept()

    with pytest.raises(Forbidden, match="TOKEN_NEEDED") as refusal:
        await submit(desk, anonymous_scope(), form(channel=Channel.SURGA_WEB))

    assert ("receipt",) in [each.path for each in refusal.value.each()]
    assert await kept() == before


@pytest.mark.parametrize("name", ["idempotency_key", "external_id"])
async def test_a_replay_holds_no_secret(desk, name):
    scope = await make_scope()
    first = await submit(desk, scope, form(**{name: "k"}))

    again = await submit(desk, scope, form(**{name: "k"}))

    assert (again.ticket.id, again.replay, again.secret) == (first.ticket.id, True, None)
    assert len(await handed_out()) == 1


@pytest.mark.parametrize("name", ["idempotency_key", "external_id"])
async def test_a_receipt_can_not_be_asked_for_later(desk, name):
    scope = await make_scope()
    first = await submit(desk, scope, form(receipt=False, **{name: "k"}))

    again = await submit(desk, scope, form(**{name: "k"}))

    assert (again.ticket.id, again.replay, again.secret) == (first.ticket.id, True, None)
    assert await handed_out() == []


@pytest.mark.parametrize("name", ["idempotency_key", "external_id"])
async def test_of_many_at_the_same_moment_one_holds_the_secret(desk, name):
    scope = await make_scope()
    asked = [form(**{name: "k"}, client_mutation_id="a") for _ in range(8)]

    outcomes = await asyncio.gather(*(submit(desk, scope, each) for each in asked))

    assert sorted(done.secret is None for done in outcomes) == [False] + [True] * 7
    assert len(await handed_out()) == await Ticket.all().count() == 1


async def test_two_without_a_key_are_two_reports_with_a_secret_each(desk):
    """An officer takes the same words from five callers, and clientMutationId makes nothing happen once only."""
    scope = await make_scope()

    first, second = await asyncio.gather(*(submit(desk, scope, form(client_mutation_id="a")) for _ in range(2)))

    assert first.secret != second.secret
    assert (await start_session(desk, first.ticket.number, first.secret)).ticket_id == first.ticket.id
    with pytest.raises(NotFound):
        await start_session(desk, first.ticket.number, second.secret)
    assert {entry.subject for entry in await handed_out()} == {f"ticket:{done.ticket.id}" for done in (first, second)}


async def test_a_colleague_with_the_same_key_enters_a_report_of_their_own(desk):
    agency = await make_agency()
    one, two = await make_scope(Role.OFFICER, agency), await make_scope(Role.OFFICER, agency)
    first = await submit(desk, one, form(idempotency_key="k"))

    other = await submit(desk, two, form(idempotency_key="k"))

    assert other.ticket.id != first.ticket.id
    assert other.secret not in (None, first.secret)


async def test_after_it_only_a_change_of_the_code_gives_one(desk):
    officer = await make_scope()
    coordinator = await make_scope(Role.COORDINATOR)
    first = await submit(desk, officer, form(idempotency_key="k"))
    fresh = await rotate_secret(desk, coordinator, RotateSecret(first.ticket.id, "Kertasnya hilang."))

    again = await submit(desk, officer, form(idempotency_key="k"))

    assert again.secret is None
    with pytest.raises(NotFound):
        await start_session(desk, first.ticket.number, first.secret)
    assert (await start_session(desk, first.ticket.number, fresh)).ticket_id == first.ticket.id
    assert len(await handed_out()) == 2


@pytest.mark.parametrize("other_post", [False, True])
async def test_a_report_about_an_agency_of_the_officer_s_has_no_receipt(desk, other_post):
    agency = await make_agency("dishub")
    scope = await make_scope(Role.OFFICER, await make_agency("pupr") if other_post else agency)
    if other_post:
        await Assignment.create(
            officer_id=scope.officer_id, agency=agency, role=Role.OFFICER, valid_from=FIRST_DAY, valid_to=None
        )
    before = await kept()

    with pytest.raises(Forbidden, match="RECEIPT_OF_OWN_AGENCY") as refusal:
        await submit(desk, scope, form(reported_agency_code="dishub"))

    assert refusal.value.path == ("receipt",)
    assert await kept() == before
    assert (await submit(desk, scope, form(reported_agency_code="dishub", receipt=False))).secret is None


async def test_a_post_that_is_over_does_not_count(desk):
    agency = await make_agency("dishub")
    scope = await make_scope(Role.OFFICER)
    over = desk.today() - timedelta(days=1)
    await Assignment.create(
        officer_id=scope.officer_id, agency=agency, role=Role.OFFICER, valid_from=FIRST_DAY, valid_to=over
    )

    assert (await submit(desk, scope, form(reported_agency_code="dishub"))).secret is not None


async def test_the_secret_is_kept_nowhere(desk):
    done = await submit(desk, await make_scope(), form(idempotency_key="k", external_id="e", client_mutation_id="a"))
    note("tracking secret", done.secret)  # what the logs, the bus and the metrics hold is searched after the run

    dump = await everything(connection())
    assert done.secret not in dump
    assert done.secret.replace("-", "") not in dump


def test_a_receipt_is_no_content(desk):
    """A server of the release before, which knows no receipts, reads the same form as the same."""
    assert idempotency.content_digests(desk, form()) == idempotency.content_digests(desk, form(receipt=False))
