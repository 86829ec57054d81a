"""Personal values are unreadable in the database, bound to their place, and readable through every rotation."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import Reporter
from models.enums import Channel, Role
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.refusals import EdgeRefusal
from services.intake.forms import Person, Submission
from services.intake.submissions import submit
from services.reporters.key_rotation import rotate
from services.reporters.reporters import Lookup, find, masked_reporters
from services.reporters.sealing import FIELDS, CannotUnseal, digests, seal, unseal
from services.tickets.location import Place
from tests.factories import KEYS, anonymous_scope, make_scope, make_ticket

NEW = b"a-newer-secret-of-the-tests-that-guards-nothing"
PERSON = Person("Sekar Rahasia", "0812-0776-18834", "sekar.rahasia@example.test", "3571990000000001")
PLAIN = ("Sekar", "Rahasia", "812077618834", "sekar.rahasia", "3571990000000001")


def form(**given: Any) -> Submission:
    return Submission(
        title="Lampu mati",
        body="Lampu jalan mati.",
        channel=Channel.SURGA_WEB,
        anonymous=False,
        reporter=PERSON,
        **given,
    )


async def everything(database: BaseDBAsyncClient) -> str:
    """Every row of every table as text, as a dump would hold it, without the words of the city's list for search."""
    tables = await database.execute_query_dict("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    texts = []
    for table in sorted({row["tablename"] for row in tables} - {"search_word"}):
        rows = await database.execute_query_dict(f'SELECT t::text AS line FROM "{table}" t')
        texts += [row["line"] for row in rows]
    return "\n".join(texts)


async def test_no_value_of_a_reporter_stands_readable_in_the_database(desk: Desk, database: BaseDBAsyncClient) -> None:
    done = await submit(desk, anonymous_scope(), form(place=Place(address="Jalan Contoh 1")))

    dump = await everything(database)

    assert "Lampu jalan mati." in dump
    assert [value for value in PLAIN if value in dump] == []
    stored = await Reporter.get(ticket_id=done.ticket.id)
    shown = [unseal(desk.keys, done.ticket.id, name, getattr(stored, name)) for name in FIELDS]
    assert shown == ["Sekar Rahasia", "+62812077618834", "sekar.rahasia@example.test", "3571990000000001"]


def test_equal_values_look_different_and_belong_to_one_place_only() -> None:
    first, second = (seal(KEYS, 1, "name", "Sekar") for _ in range(2))

    assert first != second
    for ticket_id, field in ((2, "name"), (1, "email")):
        with pytest.raises(CannotUnseal):
            unseal(KEYS, ticket_id, field, first)


def test_a_changed_value_and_a_missing_key_are_noticed() -> None:
    sealed = seal(Keys(KEYS.secret, (NEW,)), 1, "name", "Sekar")
    name, _, value = sealed.partition(".")

    for broken in (f"{name}.{'A' if value[0] != 'A' else 'B'}{value[1:]}", f"{name}.AAAA"):
        with pytest.raises(CannotUnseal):
            unseal(Keys(KEYS.secret, (NEW,)), 1, "name", broken)
    with pytest.raises(CannotUnseal):
        unseal(KEYS, 1, "name", sealed)


def test_indexes_hang_on_key_and_field() -> None:
    keys = Keys(KEYS.secret, (NEW,))

    assert digests(keys, "phone", "+62812")[1:] == digests(KEYS, "phone", "+62812")
    assert len({*digests(keys, "phone", "1"), *digests(keys, "nik", "1")}) == 4


async def test_masks_tell_enough_to_recognise_and_no_more(desk: Desk) -> None:
    done = await submit(desk, anonymous_scope(), form())

    shown = (await masked_reporters(desk, [done.ticket.id]))[done.ticket.id]

    assert (shown.name, shown.phone) == ("S*** R***", "0812****34")
    assert (shown.email, shown.nik) == ("s***@example.test", "3571********0001")


async def test_rotation_reseals_everything_while_both_keys_are_read(desk: Desk) -> None:
    scope = await make_scope(Role.COORDINATOR)
    done = await submit(desk, anonymous_scope(), form())
    newer = replace(desk, keys=Keys(desk.keys.secret, (NEW,)))
    before = await Reporter.get()
    assert [view.pk for view in await find(newer, scope, Lookup(phone="0812077618834"))] == [done.ticket.id]
    told: list[tuple[int, int]] = []

    rotated = await rotate(newer.keys, lambda so_far, total: told.append((so_far, total)))

    after = await Reporter.get()
    assert (rotated.sealed, rotated.unreadable, told) == (1, 0, [(1, 1)])
    assert after.key_id != before.key_id
    assert after.phone_index != before.phone_index
    assert (await masked_reporters(newer, [done.ticket.id]))[done.ticket.id].nik == "3571********0001"
    assert [view.pk for view in await find(newer, scope, Lookup(nik="3571990000000001"))] == [done.ticket.id]
    assert (await rotate(newer.keys)).sealed == 0
    with pytest.raises(EdgeRefusal, match="IDENTITY_KEY_MISSING"):
        await masked_reporters(desk, [done.ticket.id])


async def test_rotation_seals_what_was_stored_before_and_leaves_what_it_can_not_read(desk: Desk) -> None:
    old, lost = await make_ticket(), await make_ticket()
    await Reporter.create(ticket_id=old.id, name="Sekar", phone="+62812077618834")
    await Reporter.create(ticket_id=lost.id, name=seal(Keys(os.urandom(32)), lost.id, "name", "Sekar"), key_id="other")
    kept = (await Reporter.get(ticket_id=lost.id)).name

    rotated = await rotate(desk.keys)

    assert (rotated.sealed, rotated.unreadable) == (1, 1)
    assert "Sekar" not in str((await Reporter.get(ticket_id=old.id)).name)
    assert (await Reporter.get(ticket_id=lost.id)).name == kept
