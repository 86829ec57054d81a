"""Screens as the schema shows them: whole, to those who handle them, for two statements however many hang."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from models import Display
from models.enums import AuditKind
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.nodes import node_id
from services.displays import device_grant, displays
from services.displays.endings import REUSED, end_display
from tests.conftest import Statements
from tests.schema.conftest import Ask, City, OpenGate

Count = Callable[[], AbstractContextManager[Statements]]
SHOWN = "id name board agency { code } address createdAt approvedBy lastHeartbeatAt revokedAt revokedAsCopied"
LIST = f"{{ displays {{ {SHOWN} }} }}"
APPROVE = f"""mutation ($code: String!, $name: String!) {{
  approveDisplay(input: {{userCode: $code, name: $name, clientMutationId: "mine"}}) {{
    display {{ {SHOWN} }} clientMutationId errors {{ __typename code message path }} }} }}"""
RENAME = """mutation ($id: ID!, $name: String!) { renameDisplay(input: {id: $id, name: $name}) {
  display { name } errors { __typename code message path } } }"""
DENY = """mutation ($code: String!) { denyDisplay(input: {userCode: $code}) { denied errors { code message } } }"""
REVOKE = "mutation ($id: ID!) { revokeDisplay(input: {id: $id}) { display { name revokedAt } errors { code } } }"


async def hang(desk: Desk, *names: str) -> None:
    for place, name in enumerate(names):
        codes = await device_grant.begin(desk, "kota", f"203.0.113.{place}")
        await displays.approve(desk, SYSTEM, codes.user_code, name)


async def test_a_coordinator_approves_renames_and_revokes(ask: Ask, desk: Desk, city: City) -> None:
    codes = await device_grant.begin(desk, "pupr", "203.0.113.9")

    approved = (await ask(city.coordinator, APPROVE, code=codes.user_code, name="Lobi")).data["approveDisplay"]
    key = approved["display"]["id"]
    renamed = (await ask(city.coordinator, RENAME, id=key, name="Aula")).data["renameDisplay"]
    revoked = (await ask(city.coordinator, REVOKE, id=key)).data["revokeDisplay"]

    now = desk.now().isoformat()
    assert approved == {
        "display": {
            "id": node_id("Client", (await Display.get()).client_id),
            "name": "Lobi",
            "board": "pupr",
            "agency": {"code": "pupr"},
            "address": "203.0.113.9",
            "createdAt": now,
            "approvedBy": city.coordinator.name,
            "lastHeartbeatAt": None,
            "revokedAt": None,
            "revokedAsCopied": False,
        },
        "clientMutationId": "mine",
        "errors": [],
    }
    assert renamed == {"display": {"name": "Aula"}, "errors": []}
    assert (revoked["errors"], revoked["display"]["revokedAt"]) == ([], now)


async def test_a_screen_that_was_copied_reads_otherwise_than_one_that_was_revoked(
    ask: Ask, desk: Desk, city: City
) -> None:
    await hang(desk, "Lobi", "Aula")
    one, other = await Display.all().order_by("client_id")
    await end_display(desk, SYSTEM, one.client_id, REUSED)
    await displays.revoke(desk, SYSTEM, other.client_id)

    found = (await ask(city.admin, LIST)).data["displays"]

    assert {each["name"]: each["revokedAsCopied"] for each in found} == {
        f"Lobi #{one.client_id}": True,
        f"Aula #{other.client_id}": False,
    }


async def test_who_lets_a_screen_in_reads_whose_board_it_asks_for(ask: Ask, desk: Desk, city: City) -> None:
    asked = [await device_grant.begin(desk, board, f"203.0.113.{len(board)}") for board in ("PUPR", "kota")]
    document = "query ($code: String!) { displayRequest(userCode: $code) { board agency { name } } }"

    found = [(await ask(city.admin, document, code=codes.user_code)).data["displayRequest"] for codes in asked]

    assert found == [
        {"board": "pupr", "agency": {"name": "Dinas Pekerjaan Umum"}},
        {"board": "kota", "agency": None},
    ]


@pytest.mark.parametrize(
    ("document", "variables", "field", "code", "message"),
    [
        (APPROVE, {"code": "000000", "name": "Lobi"}, "approveDisplay", "CODE_UNKNOWN", "No screen waits with this"),
        (DENY, {"code": "000000"}, "denyDisplay", "CODE_UNKNOWN", "No screen waits with this code."),
        (RENAME, {"id": "x", "name": "Lobi"}, "renameDisplay", "DISPLAY_UNKNOWN", "There is no such screen"),
        (RENAME, {"id": "x", "name": ""}, "renameDisplay", "TEXT_LENGTH_BOUND", "A text must have 1 to 100"),
    ],
)
async def test_refusals_say_what_to_do(
    ask: Ask, city: City, document: str, variables: dict[str, Any], field: str, code: str, message: str
) -> None:
    payload = (await ask(city.admin, document, **variables)).data[field]

    error = payload["errors"][-1]
    assert error["code"] == code
    assert error["message"].startswith(message)
    assert await Display.all().count() == 0


async def test_a_list_of_screens_costs_two_statements_however_many_hang(
    ask: Ask, desk: Desk, city: City, count_queries: Count
) -> None:
    await hang(desk, "Satu")
    with count_queries() as one:
        await ask(city.admin, LIST)
    await hang(desk, *(f"Layar {place}" for place in range(10)))

    with count_queries() as many:
        listed = (await ask(city.admin, LIST)).data["displays"]

    assert (len(listed), one.count, many.count) == (11, 2, 2)  # the screens, and whether the master data is as held


async def test_a_wrong_code_is_counted_for_the_audit_whoever_asks_or_approves(
    ask: Ask, city: City, desk: Desk, gate: OpenGate
) -> None:
    shown = await ask(city.admin, '{ displayRequest(userCode: "000000") { board } }')
    await ask(city.admin, APPROVE, code="000000", name="Lobi")

    refused = [(kind, who, number) for (_, kind, who), number in desk.counters.counts.items()]
    assert shown.data == {"displayRequest": None}
    assert refused == [(AuditKind.REFUSED, city.admin.principal, 2)]
    assert gate.knocks == 2
