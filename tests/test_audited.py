"""Every use case that must be proven later leaves one entry: who, whom, and never in words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from models import Agency, AuditEntry, Credential, Event
from models.enums import AuditKind, Classification, PrincipalKind, Role, TicketStatus
from services.access.scopes import SYSTEM, Budget, Scope
from services.core.desk import Desk, Rules
from services.core.keys import Keys
from services.core.refusals import Forbidden, NotFound
from services.credentials import identify, sessions
from services.operations import tokens
from services.partners import keys, partners
from services.partners.keys import KeyTerms
from services.partners.partners import TermsChange
from services.partners.terms import Terms
from services.reporters import key_rotation
from services.reporters.citizens import start_session
from services.reporters.erasure import Erasure, erase
from services.reporters.reporters import Lookup, Reveal, find, reveal
from services.reporters.retention import erase_expired_reporters
from tests.factories import make_agency, make_scope, make_ticket
from tests.root import ROOT

PERSON = {"name": "Sekar Warga", "phone": "+62812077618834", "nik": "3571990000000001"}
REASON = "Warga meminta dihubungi lewat 0812077618834."


async def entries() -> list[tuple[str, str, str | None, dict[str, Any]]]:
    found = await AuditEntry.all().order_by("id")
    return [(entry.kind.value, entry.principal, entry.subject, json.loads(entry.details)) for entry in found]


@pytest.fixture
async def agency(database: object) -> Agency:
    return await make_agency("diskominfo")


@pytest.fixture
async def coordinator(agency: Agency) -> Scope:
    return await make_scope(Role.COORDINATOR, agency)


async def reported(**flags: Any) -> Any:
    lead = await make_agency("pupr")
    return await make_ticket(TicketStatus.DISPATCHED, lead=lead, reporter=PERSON, **{"anonymous": False, **flags})


async def test_an_unmasked_read(desk: Desk, coordinator: Scope) -> None:
    ticket = await reported()

    await reveal(desk, coordinator, Reveal(ticket.id, REASON))

    assert await entries() == [("REPORTER_REVEALED", coordinator.principal, f"ticket:{ticket.id}", {})]
    assert (await AuditEntry.get()).reason_digest == desk.keys.text_digest(REASON).hex()


async def test_a_refused_read_leaves_no_entry_of_a_read(desk: Desk, agency: Agency) -> None:
    ticket = await reported()

    with pytest.raises(Forbidden):
        await reveal(desk, await make_scope(Role.LEADER, agency), Reveal(ticket.id, REASON))

    assert await entries() == []


async def test_a_look_up_tells_how_and_how_many_but_not_for_whom(desk: Desk, coordinator: Scope) -> None:
    await reported()

    await find(desk, coordinator, Lookup(phone="0812077618834"))

    assert await entries() == [("REPORTER_SOUGHT", coordinator.principal, None, {"by": "phone", "found": 1})]


async def test_an_erasure_by_hand_and_by_the_clock(desk: Desk, coordinator: Scope) -> None:
    first, second = await reported(), await make_ticket(TicketStatus.RESOLVED, classification=Classification.COMPLAINT)

    await erase(desk, coordinator, Erasure(first.id, first.version, REASON))
    later = Desk(
        desk.keys,
        desk.cursors,
        desk.bell,
        clock=lambda: desk.now() + timedelta(days=400),
        rules=Rules(retention=((Classification.COMPLAINT, timedelta(days=365)),)),
    )
    await erase_expired_reporters(later)

    assert await entries() == [
        ("REPORTER_ERASED", coordinator.principal, f"ticket:{first.id}", {}),
        ("REPORTER_ERASED", "system", f"ticket:{second.id}", {}),
    ]


async def test_entries_of_an_erased_reporter_hold_nothing_of_them(desk: Desk, coordinator: Scope) -> None:
    ticket = await reported()
    await start_session(desk, ticket.number, desk.keys.tracking_secret(ticket.id, 0))
    with pytest.raises(NotFound):
        await start_session(desk, ticket.number, "WRONG")
    await reveal(desk, coordinator, Reveal(ticket.id, REASON))
    await find(desk, coordinator, Lookup(nik=PERSON["nik"]))
    await erase(desk, coordinator, Erasure(ticket.id, ticket.version, REASON))

    written = json.dumps([list(map(str, row)) for row in await AuditEntry.all().values_list()])

    assert [kind for kind, *_ in await entries()] == [
        "SIGNED_IN",
        "SIGN_IN_FAILED",
        "REPORTER_REVEALED",
        "REPORTER_SOUGHT",
        "REPORTER_ERASED",
    ]
    personal = [
        *PERSON.values(),
        "0812077618834",
        "Sekar",
        ticket.title,
        ticket.body,
        ticket.number,
        REASON,
        "dihubungi",
    ]
    assert [word for word in personal if word in written] == []
    assert await AuditEntry.exclude(address=None).count() == 0
    digest = (await Event.get(kind="REPORTER_REVEALED")).text_digest
    assert (await AuditEntry.get(kind=AuditKind.REPORTER_REVEALED)).reason_digest == bytes(digest or b"").hex()


async def test_a_citizens_sign_in_and_a_failure(desk: Desk) -> None:
    ticket = await make_ticket()

    session = await start_session(desk, ticket.number, desk.keys.tracking_secret(ticket.id, 0))
    for number in (ticket.number, "KDR-2026-999999"):
        with pytest.raises(NotFound):
            await start_session(desk, number, "WRONG")

    mine = f"ticket:{session.ticket_id}"
    assert await entries() == [
        ("SIGNED_IN", mine, None, {"credential": 1}),
        ("SIGN_IN_FAILED", "anonymous", mine, {}),
        ("SIGN_IN_FAILED", "anonymous", None, {}),
    ]


async def test_grants_and_keys_of_partners(desk: Desk, agency: Agency) -> None:
    admin = await make_scope(Role.ADMIN, agency)
    terms = Terms(frozenset({"Query.viewer", "Viewer.kind"}), "Uji")

    client = await partners.create(desk, admin, "Ombudsman", terms, lambda _: None)
    change = TermsChange({"purpose": "Lain", "budget": Budget(5, 5)})
    await partners.change(desk, admin, client.id, change, lambda _: None)
    await partners.change(desk, admin, client.id, change, lambda _: None)  # nothing changes
    key = await keys.create_key(desk, admin, client.id, KeyTerms("server"))
    await keys.revoke_key(desk, admin, key.credential_id)
    await partners.end(desk, admin, client.id)
    await partners.standard(desk, "Provinsi")

    who, whom, which = admin.principal, f"client:{client.id}", {"credential": key.credential_id}
    assert await entries() == [
        ("GRANT_CHANGED", who, whom, {"changed": "created"}),
        ("GRANT_CHANGED", who, whom, {"changed": "purpose,budget"}),
        ("KEY_ISSUED", who, whom, which),
        ("KEY_REVOKED", who, whom, which),
        ("GRANT_CHANGED", who, whom, {"changed": "ends_at"}),
        ("GRANT_CHANGED", "system", f"client:{client.id + 1}", {"changed": "created"}),
    ]


async def test_an_export(desk: Desk) -> None:
    client = await partners.standard(desk, "Provinsi")

    await partners.note_export(desk, client.id)

    assert (await entries())[1:] == [("EXPORTED", "system", f"client:{client.id}", {"what": "grant"})]


def test_every_kind_is_written_by_some_use_case() -> None:
    sources = "".join(
        path.read_text("utf-8") for folder in ("services", "api") for path in (ROOT / folder).rglob("*.py")
    )

    assert [kind for kind in AuditKind if f"AuditKind.{kind}" not in sources] == []


async def test_tokens_by_hand(desk: Desk, coordinator: Scope) -> None:
    issued = await tokens.give(desk, PrincipalKind.STAFF, name="laptop", officer_id=coordinator.officer_id)

    assert await tokens.take_back(desk, issued.credential_id)
    assert not await tokens.take_back(desk, issued.credential_id)

    told = {"credential": issued.credential_id, "kind": "STAFF"}
    assert await entries() == [
        ("TOKEN_ISSUED", "system", coordinator.principal, told),
        ("TOKEN_REVOKED", "system", coordinator.principal, told),
    ]


@pytest.mark.parametrize("way", ["sign-out", "session", "token"])
async def test_nothing_ends_without_its_entry(desk: Desk, coordinator: Scope, way: str) -> None:
    issued = await tokens.give(desk, PrincipalKind.STAFF, name="laptop", officer_id=coordinator.officer_id)
    await Credential.filter(id=issued.credential_id).update(session=way != "token", last_used_at=desk.now())
    scope = await identify.identify(desk, issued.token)
    events = await Event.all().count()
    ways: dict[str, Callable[[], Awaitable[object]]] = {
        "sign-out": lambda: sessions.end_own(desk, scope),
        "session": lambda: sessions.revoke_own(desk, scope, issued.credential_id),
        "token": lambda: tokens.take_back(desk, issued.credential_id),
    }

    with patch("services.audit.audit.insert", side_effect=ConnectionError), pytest.raises(ConnectionError):
        await ways[way]()

    assert (await Credential.get(id=issued.credential_id)).revoked_at is None
    assert await Event.all().count() == events


async def test_a_rotation_of_keys(desk: Desk) -> None:
    await reported()
    newer = Desk(Keys(desk.keys.secret, (b"a newer secret for identities, long enough",)), desk.cursors, desk.bell)

    await key_rotation.rotate_on_record(newer)

    [begun, done] = await entries()
    assert (begun[:3], begun[3]["state"]) == (("KEYS_ROTATED", SYSTEM.principal, None), "begun")
    assert done[3] == {"key": begun[3]["key"], "state": "done", "sealed": 1, "unreadable": 0}
