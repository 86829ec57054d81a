"""What became of connected callers' rights: judged together in one statement, and each by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from models import Assignment, Client, Credential, Display, Grant, Officer
from models.database import connection
from models.enums import PrincipalKind, Role
from realtime.members import Validity
from services.access.scopes import SYSTEM, Scope
from services.core.desk import Desk
from services.credentials import credentials, identify, sessions
from services.feeds import rights
from services.partners import partners
from tests.conftest import Clock, Statements
from tests.factories import anonymous_scope, make_agency, make_officer, make_ticket

SAME, CHANGED, REVOKED, UNKNOWN = Validity


@pytest.fixture
async def scopes(desk: Desk) -> dict[str, Scope]:
    """A caller of every kind, with the scope that its credential gives."""
    roads = await make_agency("pupr")
    officer, colleague, ticket = await make_officer(roads), await make_officer(roads), await make_ticket()
    partner = await partners.standard(desk, "Ombudsman")
    screens = [await hung_screen(desk, "kota"), await hung_screen(desk, "pupr")]
    whose: dict[str, tuple[PrincipalKind, dict[str, Any]]] = {
        "officer": (PrincipalKind.STAFF, {"officer_id": officer.id}),
        "colleague": (PrincipalKind.STAFF, {"officer_id": colleague.id}),
        "partner": (PrincipalKind.PARTNER, {"client_id": partner.id}),
        "second key": (PrincipalKind.PARTNER, {"client_id": partner.id}),
        "screen": (PrincipalKind.DISPLAY, {"client_id": screens[0].id}),
        "agency screen": (PrincipalKind.DISPLAY, {"client_id": screens[1].id}),
        "citizen": (PrincipalKind.CITIZEN, {"ticket_id": ticket.id, "expires_at": desk.now() + timedelta(hours=2)}),
    }
    given = {name: await credentials.issue(desk, kind, name="", **keys) for name, (kind, keys) in whose.items()}
    found = {name: await identify.identify(desk, each.token) for name, each in given.items()}
    session = await sessions.open_session(desk, officer.id, "", connection())
    return {**found, "session": await identify.identify(desk, session.token), "anonymous": anonymous_scope()}


async def hung_screen(desk: Desk, board: str) -> Client:
    client = await Client.create(kind=PrincipalKind.DISPLAY, name=f"Layar {board}")
    await Display.create(client_id=client.id, board=board, address="", created_at=desk.now())
    return client


async def judged(desk: Desk, scopes: dict[str, Scope]) -> dict[str, Validity]:
    """Who is not the same, by name."""
    verdicts = await rights.judged(desk, scopes.values())
    return {name: verdicts[scope] for name, scope in scopes.items() if verdicts[scope] is not SAME}


def stored(scope: Scope) -> Any:
    return Credential.filter(id=scope.credential_id)


async def test_one_statement_judges_callers_of_every_kind(
    desk: Desk, scopes: dict[str, Scope], count_queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    await desk.reference()

    with count_queries() as statements:
        assert await judged(desk, scopes) == {}

    assert statements.count == 1


async def test_those_without_a_credential_are_not_asked_for(
    desk: Desk, count_queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    with count_queries() as statements:
        assert await rights.judged(desk, [anonymous_scope()]) == {anonymous_scope(): SAME}
        assert await rights.judged(desk, []) == {}

    assert statements.count == 0


async def test_very_many_are_judged_in_parts(
    desk: Desk, scopes: dict[str, Scope], count_queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    gone = [replace(scopes["citizen"], credential_id=10_000 + place) for place in range(rights.JUDGED_AT_ONCE)]

    with count_queries() as statements:
        verdicts = await rights.judged(desk, [*gone, scopes["officer"]])

    assert statements.count == 2
    assert [verdicts[scope] for scope in gone] == [REVOKED] * rights.JUDGED_AT_ONCE
    assert verdicts[scopes["officer"]] is SAME


async def test_each_is_judged_by_what_it_has_now(desk: Desk, scopes: dict[str, Scope]) -> None:
    await stored(scopes["citizen"]).update(revoked_at=desk.now())
    await stored(scopes["second key"]).update(expires_at=desk.now() + timedelta(days=1))
    await Assignment.filter(officer_id=scopes["officer"].officer_id).update(role=Role.LIAISON)
    await Officer.filter(id=scopes["colleague"].officer_id).update(active=False)
    await Client.filter(id=scopes["screen"].client_id).update(active=False)
    await stored(scopes["agency screen"]).delete()

    assert await judged(desk, scopes) == {
        "citizen": REVOKED,
        "second key": CHANGED,
        "officer": CHANGED,
        "session": CHANGED,
        "colleague": REVOKED,
        "screen": REVOKED,
        "agency screen": REVOKED,
    }


async def test_a_grant_judges_all_keys_of_its_partner(desk: Desk, scopes: dict[str, Scope]) -> None:
    change = partners.TermsChange({"rows": {"agencyCode": ["pupr"]}})
    await partners.change(desk, SYSTEM, scopes["partner"].client_id or 0, change, lambda _: None)
    assert await judged(desk, scopes) == {"partner": CHANGED, "second key": CHANGED}

    await Grant.filter(client_id=scopes["partner"].client_id).update(ends_at=desk.now())
    assert await judged(desk, scopes) == {"partner": REVOKED, "second key": REVOKED}


async def test_a_scope_whose_time_is_over_has_changed_at_least(
    desk: Desk, scopes: dict[str, Scope], clock: Clock
) -> None:
    renewed = replace(scopes["officer"], valid_until=desk.now() + timedelta(minutes=1))
    late = replace(anonymous_scope(), valid_until=desk.now() + timedelta(minutes=1))
    clock.forward(hours=2)

    verdicts = await rights.judged(desk, [renewed, late, scopes["citizen"]])

    assert verdicts == {renewed: CHANGED, late: CHANGED, scopes["citizen"]: REVOKED}


async def test_two_scopes_of_one_credential_are_judged_by_what_each_says(desk: Desk, scopes: dict[str, Scope]) -> None:
    older = replace(scopes["officer"], roles=frozenset({Role.ADMIN}))

    verdicts = await rights.judged(desk, [older, scopes["officer"]])

    assert verdicts == {older: CHANGED, scopes["officer"]: SAME}


async def break_the_role(scopes: dict[str, Scope]) -> None:
    query = "UPDATE assignment SET role = 'MAYOR' WHERE officer_id = $1"
    await connection().execute_query(query, [scopes["colleague"].officer_id])


async def break_the_networks(scopes: dict[str, Scope]) -> None:
    query = """UPDATE credential SET networks = '7' WHERE id = $1"""
    await connection().execute_query(query, [scopes["second key"].credential_id])


async def break_the_kind(scopes: dict[str, Scope]) -> None:
    query = "UPDATE credential SET kind = 'KIOSK' WHERE id = $1"
    await connection().execute_query(query, [scopes["citizen"].credential_id])


async def break_the_rows_of_the_grant(scopes: dict[str, Scope]) -> None:
    query = "UPDATE partner_grant SET rows = '[1]' WHERE client_id = $1"
    await connection().execute_query(query, [scopes["partner"].client_id])


@pytest.mark.parametrize(
    ("spoil", "whose"),
    [
        (break_the_role, ["colleague"]),
        (break_the_networks, ["second key"]),
        (break_the_kind, ["citizen"]),
        (break_the_rows_of_the_grant, ["partner", "second key"]),
    ],
)
async def test_a_row_that_this_release_can_not_read_is_unknown_alone(
    desk: Desk, scopes: dict[str, Scope], caplog: pytest.LogCaptureFixture, spoil: Any, whose: list[str]
) -> None:
    await spoil(scopes)

    with caplog.at_level(logging.ERROR):
        verdicts = await judged(desk, scopes)

    assert verdicts == dict.fromkeys(whose, UNKNOWN)
    ids = sorted(scopes[name].credential_id or 0 for name in whose)
    assert sorted(record.args[0] for record in caplog.records if record.args) == ids  # type: ignore[index]


async def test_master_data_that_can_not_be_read_is_unknown_to_those_whose_rights_speak_of_it(
    desk: Desk, scopes: dict[str, Scope]
) -> None:
    await connection().execute_query("UPDATE agency SET kind = 'EMBASSY'")
    desk.references._latest = None

    unknown = ("partner", "second key", "agency screen")
    assert await judged(desk, scopes) == dict.fromkeys(unknown, UNKNOWN)


async def test_a_database_that_does_not_answer_judges_nobody(
    desk: Desk, scopes: dict[str, Scope], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        async def execute_query(self, *_: Any) -> Any:
            raise asyncpg.ConnectionDoesNotExistError

    monkeypatch.setattr(identify, "connection", Away)

    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await rights.judged(desk, scopes.values())


async def test_master_data_that_can_not_be_asked_for_judges_nobody(
    desk: Desk, scopes: dict[str, Scope], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr(desk.references, "at", away)

    with pytest.raises(TimeoutError):
        await rights.judged(desk, scopes.values())
