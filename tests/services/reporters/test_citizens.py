"""A citizen's door to one ticket, and its lock, which a coordinator may change."""

import asyncio
import contextvars
from datetime import timedelta

import pytest
from asyncpg import RaiseError

from models import AuditEntry, Credential, Event, Ticket, TicketCounter, TicketText
from models.database import connection
from models.enums import AuditKind, Channel, EventKind, PrincipalKind, Role, SubjectKind, TicketStatus, Visibility
from services.core.refusals import EdgeRefusal, Forbidden, InvalidInput, NotFound
from services.credentials import identify
from services.intake.forms import Submission
from services.intake.submissions import submit
from services.reporters import citizens
from services.reporters.citizens import RotateSecret, rotate_secret, start_session
from tests.factories import anonymous_scope, citizen_scope, make_agency, make_client_scope, make_scope, make_ticket

REASON = "Warga kehilangan kode rahasianya."
REPORT = Submission(title="Jalan berlubang", body="Ada lubang besar.", channel=Channel.SURGA_WEB)


@pytest.fixture
async def coordinator(database):
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


async def told(**flags):
    return await make_ticket(TicketStatus.DISPATCHED, lead=await make_agency("pupr"), **flags)


def secret_of(desk, ticket):
    return desk.keys.tracking_secret(ticket.id, ticket.secret_rotation, ticket.secret_salt)


async def identified(desk, session):
    return (await identify.identify(desk, session.token)).ticket_id


async def test_number_and_secret_give_a_token_for_this_ticket(desk, clock):
    ticket = await make_ticket()

    session = await start_session(desk, ticket.number, desk.keys.tracking_secret(ticket.id, 0))

    scope = await identify.identify(desk, session.token)
    assert (scope.kind, scope.ticket_id, session.ticket_id) == (PrincipalKind.CITIZEN, ticket.id, ticket.id)
    assert session.expires_at == desk.now() + timedelta(hours=2)
    clock.forward(hours=2)
    with pytest.raises(EdgeRefusal):
        await identify.identify(desk, session.token)


@pytest.mark.parametrize("typed", [str.lower, lambda secret: secret.replace("-", " "), lambda secret: f" {secret}\n"])
async def test_the_secret_may_be_typed_in_any_form(desk, typed):
    ticket = await make_ticket()

    session = await start_session(desk, f" {ticket.number.lower()}", typed(desk.keys.tracking_secret(ticket.id, 0)))

    assert session.ticket_id == ticket.id


async def test_wrong_numbers_and_wrong_secrets_look_alike(desk, count_queries):
    ticket, other = await make_ticket(), await make_ticket()
    secret = desk.keys.tracking_secret(ticket.id, 0)
    repeated, twin = [await submit(desk, anonymous_scope(), REPORT) for _ in range(2)]
    tries = [
        (ticket.number, desk.keys.tracking_secret(other.id, 0)),
        (repeated.ticket.number, secret),
        (twin.ticket.number, repeated.secret),
        (ticket.number, desk.keys.tracking_secret(ticket.id, 1)),
        (ticket.number, ""),
        (ticket.number, "\ud800\x00"),
        (other.number, secret),
        ("KDR-2026-999999", secret),
        ("KDR-2026-999999", desk.keys.tracking_secret(0, 0)),
        ("", ""),
        ("x\x00\ud800", secret),
    ]
    seen = []

    for number, typed in tries:
        with count_queries() as statements, pytest.raises(NotFound) as refusal:
            await start_session(desk, number, typed)
        seen.append((statements.texts, refusal.value.code, refusal.value.path))

    assert all(each == seen[0] for each in seen)
    assert await Credential.all().count() == 0


async def test_a_new_rotation_ends_the_old_secret(desk):
    ticket = await make_ticket(secret_rotation=1)

    with pytest.raises(NotFound):
        await start_session(desk, ticket.number, desk.keys.tracking_secret(ticket.id, 0))


async def test_a_coordinator_rotates_the_secret_and_what_the_old_one_opened_ends(desk, coordinator):
    ticket, other = await told(), await make_ticket()
    first = desk.keys.tracking_secret(ticket.id, 0)
    sessions = [await start_session(desk, ticket.number, first) for _ in range(2)]
    neighbour = await start_session(desk, other.number, desk.keys.tracking_secret(other.id, 0))

    given = await rotate_secret(desk, coordinator, RotateSecret(ticket.id, f" {REASON} ", "mine"))

    await ticket.refresh_from_db()
    assert given == secret_of(desk, ticket) != desk.keys.tracking_secret(ticket.id, 1)
    for session in sessions:
        with pytest.raises(EdgeRefusal, match="BAD_TOKEN"):
            await identify.identify(desk, session.token)
    with pytest.raises(NotFound):
        await start_session(desk, ticket.number, first)
    assert await identified(desk, await start_session(desk, ticket.number, given)) == ticket.id
    assert await identified(desk, neighbour) == other.id
    assert (ticket.secret_rotation, ticket.version) == (1, 1)


async def test_a_rotation_leaves_its_trace(desk, coordinator):
    ticket = await told()
    sessions = [await start_session(desk, ticket.number, desk.keys.tracking_secret(ticket.id, 0)) for _ in range(2)]
    held = [(await identify.identify(desk, session.token)).credential_id for session in sessions]

    await rotate_secret(desk, coordinator, RotateSecret(ticket.id, REASON, "mine"))

    rotated, revoked = await Event.filter(kind__startswith="CREDENTIAL_").order_by("seq")
    reason = await TicketText.get()
    assert (rotated.kind, rotated.ticket_id, rotated.visibility) == ("CREDENTIAL_ROTATED", ticket.id, "INTERNAL")
    assert (rotated.actor_officer_id, rotated.text_id, rotated.client_mutation_id) == (
        coordinator.officer_id,
        reason.id,
        desk.keys.mutation_digest(ticket.id, "mine"),
    )
    assert reason.body == REASON
    assert (revoked.kind, revoked.subject_kind, revoked.ticket_id) == (
        EventKind.CREDENTIAL_REVOKED,
        SubjectKind.CREDENTIAL,
        None,
    )
    assert (revoked.details, revoked.visibility) == ({"credentials": sorted(held)}, Visibility.INTERNAL)
    entry = await AuditEntry.get(kind=AuditKind.SECRET_ROTATED)
    assert (entry.principal, entry.subject) == (coordinator.principal, f"ticket:{ticket.id}")
    assert entry.reason_digest == desk.keys.text_digest(REASON).hex()


async def refused(desk, scope, ticket, error, reason=REASON):
    with pytest.raises(error):
        await rotate_secret(desk, scope, RotateSecret(ticket.id, reason))
    await ticket.refresh_from_db()
    assert ticket.secret_rotation == 0
    assert await Event.filter(kind__startswith="CREDENTIAL_").count() == 0
    assert await TicketText.all().count() == 0
    assert await AuditEntry.filter(kind=AuditKind.SECRET_ROTATED).count() == 0


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1_001, "nol\x00"])
async def test_a_rotation_needs_a_reason(desk, coordinator, reason):
    await refused(desk, coordinator, await told(), InvalidInput, reason)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LIAISON, Role.LEADER, Role.ADMIN])
async def test_no_other_role_rotates(desk, role):
    ticket = await told()
    agency = await make_agency("dinas") if role in (Role.LEADER, Role.ADMIN) else await ticket.lead_agency

    await refused(desk, await make_scope(role, agency), ticket, Forbidden)


async def test_the_coordinator_of_the_reported_agency_rotates_nothing(desk):
    agency = await make_agency("diskominfo")
    ticket, unsaid = await told(supervisory=True, reported_agency=agency), await make_ticket(supervisory=True)

    scope = await make_scope(Role.COORDINATOR, agency)
    await refused(desk, scope, ticket, NotFound)
    await refused(desk, scope, unsaid, Forbidden)


async def test_no_screen_partner_citizen_or_stranger_rotates(desk):
    ticket = await told(confidential=False)

    for kind in (PrincipalKind.PARTNER, PrincipalKind.DISPLAY):
        await refused(desk, await make_client_scope(kind), ticket, Forbidden)
    await refused(desk, citizen_scope(ticket), ticket, Forbidden)
    await refused(desk, anonymous_scope(), ticket, NotFound)


async def test_a_session_that_begins_while_the_secret_is_rotated_does_not_outlive_it(desk, coordinator, monkeypatch):
    ticket = await told()
    first = desk.keys.tracking_secret(ticket.id, 0)
    outside, opening = contextvars.copy_context(), None
    whole = citizens._end_sessions

    async def with_a_guest(case, reason):
        nonlocal opening
        opening = asyncio.create_task(start_session(desk, ticket.number, first), context=outside.copy())
        while not await asyncio.create_task(somebody_waits(), context=outside.copy()):
            assert not opening.done()
        await whole(case, reason)

    monkeypatch.setattr(citizens, "_end_sessions", with_a_guest)
    await rotate_secret(desk, coordinator, RotateSecret(ticket.id, REASON))

    with pytest.raises(NotFound):
        await opening
    assert await Credential.all().count() == 0


async def somebody_waits():
    """Whether a statement on this database waits for a lock."""
    statement = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool((await connection().execute_query(statement))[0])


async def test_two_rotations_at_once_give_two_secrets_and_the_last_one_holds(desk, coordinator):
    ticket = await told()

    given = await asyncio.gather(*(rotate_secret(desk, coordinator, RotateSecret(ticket.id, REASON)) for _ in range(2)))

    await ticket.refresh_from_db()
    last = secret_of(desk, ticket)
    (lost,) = set(given) - {last}
    with pytest.raises(NotFound):
        await start_session(desk, ticket.number, lost)
    await start_session(desk, ticket.number, last)


async def test_who_submits_again_is_not_told_the_new_secret(desk, coordinator):
    form = Submission(
        title="Lampu mati", body="Lampu jalan mati.", channel=Channel.SURGA_WEB, idempotency_key="kunci-1"
    )
    first = await submit(desk, anonymous_scope(), form)
    given = secret_of(desk, first.ticket)
    await rotate_secret(desk, coordinator, RotateSecret(first.ticket.id, REASON))

    again = await submit(desk, anonymous_scope(), form)

    assert first.secret == given
    assert (again.replay, again.ticket.id, again.secret) == (True, first.ticket.id, None)


FORM = Submission(title="Lampu mati", body="Lampu jalan mati.", channel=Channel.SURGA_WEB, idempotency_key="kunci-2")
LOST = "DELETE FROM {} WHERE ticket_id = $1"


async def lose(ticket):
    """What a dump restored from before a ticket makes of it: no row, and its id and number stand next to be given."""
    using = connection()
    await using.execute_query("ALTER TABLE event DISABLE TRIGGER USER")
    await using.execute_query("ALTER TABLE ticket_counter DISABLE TRIGGER USER")
    for table in ("event", "idempotency_key"):
        await using.execute_query(LOST.format(table), [ticket.id])
    await using.execute_query("DELETE FROM ticket WHERE id = $1", [ticket.id])
    await using.execute_query("UPDATE ticket_counter SET issued = issued - 1")
    await using.execute_query("SELECT setval('ticket_id_seq', $1, false)", [ticket.id])
    await using.execute_query("ALTER TABLE event ENABLE TRIGGER USER")
    await using.execute_query("ALTER TABLE ticket_counter ENABLE TRIGGER USER")


async def test_the_citizen_of_a_lost_ticket_does_not_open_the_next_citizens(desk):
    mine = await submit(desk, anonymous_scope(), FORM)
    await lose(mine.ticket)
    other = await submit(desk, anonymous_scope(), FORM)
    assert (other.ticket.id, other.ticket.number) == (mine.ticket.id, mine.ticket.number)

    with pytest.raises(NotFound):
        await start_session(desk, mine.ticket.number, mine.secret)

    assert await Credential.all().count() == 0
    assert (await start_session(desk, other.ticket.number, other.secret)).ticket_id == other.ticket.id


async def test_a_lost_rotation_does_not_tell_the_next_one(desk, coordinator):
    ticket = await told()
    lost = await rotate_secret(desk, coordinator, RotateSecret(ticket.id, REASON))
    await Ticket.filter(id=ticket.id).update(secret_rotation=0, secret_salt=None)

    again = await rotate_secret(desk, coordinator, RotateSecret(ticket.id, REASON))

    assert again != lost
    with pytest.raises(NotFound):
        await start_session(desk, ticket.number, lost)


async def test_a_repeated_form_gives_the_same_secret_again(desk):
    first = await submit(desk, anonymous_scope(), FORM)

    again = await submit(desk, anonymous_scope(), FORM)

    assert (again.replay, again.ticket.id, again.secret) == (True, first.ticket.id, first.secret)


@pytest.mark.parametrize("statement", ["UPDATE ticket_counter SET issued = 0", "DELETE FROM ticket_counter"])
async def test_the_counter_of_numbers_never_falls(desk, statement):
    await submit(desk, anonymous_scope(), FORM)

    with pytest.raises(RaiseError, match="never given again"):
        await connection().execute_query(statement)

    assert await TicketCounter.all().values_list("issued", flat=True) == [1]
