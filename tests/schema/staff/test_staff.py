"""Accounts in the schema: for admins only, at the same price however many there are, and refusals as typed data."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest

from models import Assignment, Officer
from models.enums import Role
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from tests.clients import documents
from tests.factories import make_officer
from tests.schema.conftest import Ask, City, OpenGate

STAFF, INVITE, CHANGE, END, RENEW, ACCEPT = (
    documents.text(name)
    for name in ("staff", "invite-staff", "change-staff", "end-staff", "renew-invitation", "accept-invitation")
)
SARI: dict[str, Any] = {
    "email": "sari@kediri.example",
    "name": "Sari Dewi",
    "assignments": [{"agencyCode": "pupr", "role": "OFFICER", "validTo": "2026-12-31"}],
}


async def done(ask: Ask, caller: Scope, document: str, **given: Any) -> Any:
    """The payload of one mutation."""
    result = await ask(caller, document, input=given)
    assert result.errors is None, result.errors
    return next(iter(result.data.values()))


async def listed(ask: Ask, caller: Scope, **variables: Any) -> Any:
    result = await ask(caller, STAFF, **variables)
    assert result.errors is None, result.errors
    return result.data["staff"]


async def test_an_admin_invites_lists_changes_and_ends(ask: Ask, city: City) -> None:
    invited = await done(ask, city.admin, INVITE, **SARI)
    account = invited["account"]
    assert invited["errors"] == []
    assert invited["path"].startswith("/invite#token=srg_")
    assert account["assignments"] == [
        {
            "agency": {"id": node_id("Agency", city.roads.id), "code": "pupr", "name": "Dinas Pekerjaan Umum"},
            "role": "OFFICER",
            "validFrom": "2026-03-02",
            "validTo": "2026-12-31",
        }
    ]
    page = await listed(ask, city.admin, search="SARI")
    assert [edge["node"] for edge in page["edges"]] == [account]

    changed = await done(ask, city.admin, CHANGE, id=account["id"], expectedVersion=1, name="Sari D.")
    assert (changed["account"]["name"], changed["account"]["version"]) == ("Sari D.", 2)
    renewed = await done(ask, city.admin, RENEW, id=account["id"])
    assert renewed["path"] != invited["path"]
    ended = await done(ask, city.admin, END, id=account["id"])
    assert (ended["account"]["active"], ended["account"]["linkExpiresAt"]) == (False, None)
    assert (await listed(ask, city.admin, search="sari"))["edges"] == []
    assert len((await listed(ask, city.admin, search="sari", includeEnded=True))["edges"]) == 1


async def test_an_invited_colleague_takes_their_account(ask: Ask, city: City, gate: OpenGate) -> None:
    invited = await done(ask, city.admin, INVITE, **SARI)
    token = invited["path"].partition("#token=")[2]

    weak = await done(ask, city.anonymous, ACCEPT, token=token, password="sari")
    taken = await done(ask, city.anonymous, ACCEPT, token=token, password="kuda lumping menari")
    again = await done(ask, city.anonymous, ACCEPT, token=token, password="kuda lumping menari")

    assert [error["code"] for error in weak["errors"]] == ["PASSWORD_LENGTH"]
    assert taken == {"email": "sari@kediri.example", "errors": []}
    assert (again["email"], again["errors"][0]["code"]) == (None, "INVITATION_UNKNOWN")
    assert gate.knocks == 2  # the one that succeeded was given back
    [edge] = (await listed(ask, city.admin, search="sari"))["edges"]
    assert edge["node"]["passwordChangedAt"] == "2026-03-02T02:00:00+00:00"


async def test_an_account_and_its_officer_have_ids_of_their_own_and_both_name_it(ask: Ask, city: City) -> None:
    officer = node_id("Officer", city.officer.officer_id or 0)
    account = node_id("StaffAccount", city.officer.officer_id or 0)

    for version, given in ((1, account), (2, officer)):
        changed = await done(ask, city.admin, CHANGE, id=given, expectedVersion=version, name=f"Nama {version}")
        assert (changed["errors"], changed["account"]["name"]) == ([], f"Nama {version}")
    [edge] = (await listed(ask, city.admin, search="Nama 2"))["edges"]
    assert edge["node"]["id"] == account


async def test_nobody_else_reads_or_changes_accounts(ask: Ask, city: City) -> None:
    before = await Officer.all().order_by("id").values()
    target = node_id("Officer", city.officer.officer_id or 0)
    others = {name: getattr(city, name) for name in City.__dataclass_fields__}
    for name, caller in others.items():
        if not isinstance(caller, Scope) or name == "admin":
            continue
        result = await ask(caller, STAFF)
        assert result.data == {"staff": None}
        code = "UNAUTHENTICATED" if name == "anonymous" else "FORBIDDEN"
        assert [error.original_error.code for error in result.errors or ()] == [code], name
        for document, given in (
            (INVITE, SARI),
            (CHANGE, {"id": target, "expectedVersion": 1, "name": "Lain"}),
            (END, {"id": target}),
            (RENEW, {"id": target}),
        ):
            payload = await done(ask, caller, document, **given)
            assert payload["account"] is None
            assert payload.get("path") is None
            assert [error["code"] for error in payload["errors"]] == ["STAFF_ADMIN_ONLY"], name
    assert await Officer.all().order_by("id").values() == before


async def test_absent_ended_and_foreign_ids_look_alike(ask: Ask, city: City) -> None:
    gone = await make_officer(city.roads, active=False)
    ids = (node_id("Officer", gone.id), node_id("Officer", 10**17), node_id("Ticket", 1), "x")

    answers = [(await done(ask, city.admin, END, id=each))["errors"] for each in ids]

    assert [[error["code"] for error in errors] for errors in answers] == [["STAFF_UNKNOWN"]] * 4


async def test_accounts_come_in_pages_by_name(ask: Ask, city: City) -> None:
    names = ["Ayu", "Bima", "Bima", "Citra", "Dewi"]
    for name in names:
        await make_officer(city.roads, name=f"Uji {name}")
    seen, after = [], None
    for _ in range(3):
        page = await listed(ask, city.admin, search="uji", first=2, after=after)
        seen += [edge["node"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]

    assert seen == [f"Uji {name}" for name in names]
    assert page["pageInfo"]["hasNextPage"] is False


async def test_the_price_of_the_list_is_the_same_for_any_number(
    ask: Ask, desk: Desk, city: City, count_queries: Callable[[], AbstractContextManager[Any]]
) -> None:
    async def price() -> int:
        await desk.reference()
        with count_queries() as statements:
            found = await listed(ask, city.admin, first=100)
        assert all(edge["node"]["assignments"] for edge in found["edges"])
        return int(statements.count)

    before = await price()
    for officer in await Officer.all():
        await make_officer(city.roads, Role.LIAISON, Role.OFFICER)
        agency = city.health.id
        await Assignment.create(officer=officer, agency_id=agency, role=Role.LEADER, valid_from=date(2027, 1, 1))

    assert (before, await price()) == (2, 2)


@pytest.mark.parametrize("first", [0, 101])
async def test_a_page_has_its_bounds(ask: Ask, city: City, first: int) -> None:
    result = await ask(city.admin, STAFF, first=first)

    assert [error.original_error.code for error in result.errors or ()] == ["BAD_INPUT"]
