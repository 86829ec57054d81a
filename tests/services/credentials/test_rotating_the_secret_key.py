"""A leaked SURGA_SECRET_KEY is changed as docs/security.md says: what goes on, and what ends."""

from dataclasses import replace

import pytest

from models.enums import PrincipalKind
from realtime.cursors import BadCursor, Cursors
from services.core.keys import Keys
from services.core.refusals import NotFound
from services.credentials.credentials import issue
from services.credentials.identify import identify
from services.reporters.citizens import start_session
from services.reporters.key_rotation import rotate
from services.reporters.reporters import masked_reporters
from tests.conftest import SECRET
from tests.factories import make_agency, make_officer, make_ticket

LEAKED, FRESH, IDENTITY = (
    SECRET.encode(),
    b"a-fresh-key-of-the-tests-for-the-desk",
    b"a-fresh-key-of-the-tests-for-reporters",
)


def under(desk, keys):
    """The desk as servers open it that were told other secrets."""
    return replace(desk, keys=keys, cursors=Cursors(keys.derive("cursors", 64)))


async def test_reporters_stay_readable_and_no_longer_need_the_leaked_key(desk):
    ticket = await make_ticket(reporter={"name": "Siti Aminah"})
    shown = await masked_reporters(desk, [ticket.id])

    both = under(desk, Keys(FRESH, (IDENTITY, LEAKED)))
    assert await masked_reporters(both, [ticket.id]) == shown
    assert (await rotate(both.keys)).sealed == 1

    without = under(desk, Keys(FRESH, (IDENTITY,)))
    assert await masked_reporters(without, [ticket.id]) == shown


async def test_citizens_secrets_and_cursors_end_and_tokens_of_staff_go_on(desk):
    ticket, officer = await make_ticket(), await make_officer(await make_agency())
    secret, cursor = desk.keys.tracking_secret(ticket.id, 0), desk.cursors.seal_feed("e" * 32, 1)
    staff = await issue(desk, PrincipalKind.STAFF, name="uji", officer_id=officer.id)

    fresh = under(desk, Keys(FRESH, (IDENTITY, LEAKED)))

    with pytest.raises(NotFound):
        await start_session(fresh, ticket.number, secret)
    with pytest.raises(BadCursor):
        fresh.cursors.open_feed(cursor)
    assert (await start_session(fresh, ticket.number, fresh.keys.tracking_secret(ticket.id, 0))).ticket_id == ticket.id
    assert (await identify(fresh, staff.token)).officer_id == officer.id
