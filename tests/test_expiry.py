from datetime import timedelta

import pytest

from models import Credential, IdempotencyKey, Invitation, MutationId, Ticket
from models.enums import PrincipalKind
from services.core import transactions
from services.credentials import invitations, sessions
from services.intake import idempotency
from services.tickets import mutation_ids
from tests.factories import make_agency, make_officer

TICKET = {
    "number": "KDR-2026-000001",
    "title": "Lampu jalan",
    "body": "Padam.",
    "status": "RECEIVED",
    "channel": "PHONE",
    "submitted_by": "system",
}


@pytest.fixture
async def ticket(desk):
    now = desk.now()
    return await Ticket.create(**TICKET, received_at=now, created_at=now, updated_at=now)


async def keep_key(ticket, name, expires_at):
    await IdempotencyKey.create(
        principal="officer:1", key=name, content_digest=b"x", ticket_id=ticket.id, expires_at=expires_at
    )


async def keep_credential(desk, name, kind, expires_at, session=False):
    columns = {"kind": kind, "name": name, "digest": name, "session": session}
    await Credential.create(**columns, created_at=desk.now(), expires_at=expires_at)


async def test_only_expired_keys_are_forgotten(desk, ticket):
    await keep_key(ticket, "old", desk.now())
    await keep_key(ticket, "young", desk.now() + timedelta(seconds=1))

    assert await idempotency.expire_idempotency_keys(desk) == 1

    assert await IdempotencyKey.all().values_list("key", flat=True) == ["young"]


async def test_what_clients_call_their_changes_is_kept_while_a_feed_may_tell_it(desk, ticket):
    end = desk.now() - desk.rules.horizon - timedelta(days=1)
    for name, at in (("old", end), ("young", end + timedelta(seconds=1))):
        await MutationId.create(ticket=ticket, digest=name, value=name, at=at)

    assert await mutation_ids.forget_mutation_ids(desk) == 1

    assert await MutationId.all().values_list("value", flat=True) == ["young"]


async def test_many_keys_go_in_batches(desk, ticket, monkeypatch):
    monkeypatch.setattr(transactions, "BATCH", 2)
    for number in range(5):
        await keep_key(ticket, f"old {number}", desk.now())

    assert await idempotency.expire_idempotency_keys(desk) == 5
    assert await IdempotencyKey.all().count() == 0


async def test_sessions_go_a_day_after_their_end_and_made_tokens_stay(desk):
    long_ago = desk.now() - timedelta(days=1)
    await keep_credential(desk, "ended", PrincipalKind.CITIZEN, long_ago)
    await keep_credential(desk, "today", PrincipalKind.CITIZEN, desk.now())
    await keep_credential(desk, "staff", PrincipalKind.STAFF, long_ago)
    await keep_credential(desk, "gone home", PrincipalKind.STAFF, long_ago, session=True)
    await keep_credential(desk, "at work", PrincipalKind.STAFF, desk.now(), session=True)

    assert await sessions.expire_sessions(desk) == 2

    left = await Credential.all().order_by("name").values_list("name", flat=True)
    assert left == ["at work", "staff", "today"]


async def test_links_go_when_they_are_over(desk):
    officer = await make_officer(await make_agency())
    for name, ends in (("old", desk.now()), ("young", desk.now() + timedelta(seconds=1))):
        await Invitation.create(officer=officer, digest=name, created_at=desk.now(), expires_at=ends)

    assert await invitations.expire_invitations(desk) == 1

    assert await Invitation.all().values_list("digest", flat=True) == ["young"]
