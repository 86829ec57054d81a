"""Reporters of releases that kept telephones as they were typed."""

from models import Reporter
from models.enums import Role
from services.reporters.contacts import normalise_contacts
from services.reporters.reporters import Lookup, find
from services.reporters.sealing import sealed_columns, unseal
from tests.factories import KEYS, make_scope, make_ticket


async def older(desk, **values: str) -> int:
    ticket = await make_ticket(anonymous=False)
    columns = {**sealed_columns(KEYS, ticket.id, values), "form": 1}
    await Reporter.create(ticket_id=ticket.id, **columns)
    return int(ticket.id)


async def test_an_older_reporter_is_found_by_the_number_that_one_types(desk):
    coordinator = await make_scope(Role.COORDINATOR)
    key = await older(desk, phone="0812\u00a00123/45678", email="sari@contoh.go.id\u200b", nik="3571990000000001")

    assert await find(desk, coordinator, Lookup(phone="0812 0123 45678")) == []
    assert (await normalise_contacts(desk), await normalise_contacts(desk)) == (1, 0)
    assert [view.pk for view in await find(desk, coordinator, Lookup(phone="0812 0123 45678"))] == [key]

    row = await Reporter.get(ticket_id=key)
    kept = {name: unseal(KEYS, key, name, getattr(row, name)) for name in ("phone", "email", "nik")}
    assert kept == {"phone": "+62812012345678", "email": "sari@contoh.go.id", "nik": "3571990000000001"}


async def test_what_nobody_understands_stays_as_it_was_typed(desk):
    key = await older(desk, phone="hubungi tetangga")
    sealed = (await Reporter.get(ticket_id=key)).phone

    assert await normalise_contacts(desk) == 1

    row = await Reporter.get(ticket_id=key)
    assert (row.phone, row.form) == (sealed, 2)


async def test_a_value_under_a_key_that_was_not_told_waits(desk):
    key = await older(desk, phone="0812 0123 45678")
    await Reporter.filter(ticket_id=key).update(phone="000000000000.AAAA")

    assert await normalise_contacts(desk) == 0

    assert (await Reporter.get(ticket_id=key)).form == 1
