"""A citizen's door to one ticket."""

from datetime import timedelta

import pytest

from models import Credential
from models.enums import PrincipalKind
from services import credentials
from services.citizens import start_session
from services.refusals import EdgeRefusal, NotFound
from tests.factories import make_ticket


async def test_number_and_secret_give_a_token_for_this_ticket(desk, clock):
    ticket = await make_ticket()

    session = await start_session(desk, ticket.number, desk.keys.tracking_secret(ticket.id, 0))

    scope = await credentials.identify(desk, session.token)
    assert (scope.kind, scope.ticket_id, session.ticket_id) == (PrincipalKind.CITIZEN, ticket.id, ticket.id)
    assert session.expires_at == desk.now() + timedelta(hours=2)
    clock.forward(hours=2)
    with pytest.raises(EdgeRefusal):
        await credentials.identify(desk, session.token)


@pytest.mark.parametrize("typed", [str.lower, lambda secret: secret.replace("-", " "), lambda secret: f" {secret}\n"])
async def test_the_secret_may_be_typed_in_any_form(desk, typed):
    ticket = await make_ticket()

    session = await start_session(desk, f" {ticket.number.lower()}", typed(desk.keys.tracking_secret(ticket.id, 0)))

    assert session.ticket_id == ticket.id


async def test_wrong_numbers_and_wrong_secrets_look_alike(desk, count_queries):
    ticket, other = await make_ticket(), await make_ticket()
    secret = desk.keys.tracking_secret(ticket.id, 0)
    tries = [
        (ticket.number, desk.keys.tracking_secret(other.id, 0)),
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
