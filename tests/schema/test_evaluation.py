"""Unresolved cases over GraphQL, with the documents of the admin pages: pages, filters, prices and refusals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from models import Agency, Event, UnresolvedCase
from models.enums import TicketStatus
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from services.tickets.moves import ChangeStatus, Reopen, change_status, reopen
from tests.conftest import Clock
from tests.factories import citizen_scope, make_ticket
from tests.root import ROOT
from tests.schema.conftest import Ask, City

OPERATIONS = ROOT / "web" / "admin" / "operations"
PAGE, EVALUATE, CLOSE, OF_TICKET = (
    (OPERATIONS / f"{name}.graphql").read_text("utf-8")
    for name in ("unresolved-cases", "evaluate-unresolved-case", "close-unresolved-case", "ticket-cases")
)
Count = Callable[[], AbstractContextManager[Any]]


async def unresolved(desk: Desk, scope: Scope, agency: Agency, reason: str = "NO_BUDGET", **columns: Any) -> str:
    """The global id of a new case."""
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=agency, **columns)
    await change_status(
        desk, scope, ChangeStatus(ticket.id, 1, TicketStatus.UNRESOLVED, note="Belum.", reason_code=reason)
    )
    return node_id("UnresolvedCase", (await UnresolvedCase.get(ticket_id=ticket.id)).id)


def input_of(desk: Desk, case: str, **more: Any) -> dict[str, Any]:
    return {
        "id": case,
        "expectedVersion": 1,
        "level": "LEADER",
        "decision": "Tunda.",
        "recommendation": "Usulkan.",
        "responsibleAgencyCode": "dinkes",
        "followUpOn": (desk.today() + timedelta(days=7)).isoformat(),
        **more,
    }


async def listed(ask: Ask, scope: Scope, **given: Any) -> dict[str, Any]:
    result = await ask(scope, PAGE, **given)
    assert result.errors is None, result.errors
    found: dict[str, Any] = result.data["unresolvedCases"]
    return found


def ids(page: dict[str, Any]) -> list[str]:
    return [edge["node"]["id"] for edge in page["edges"]]


async def test_a_case_goes_from_its_opening_to_its_outcome(ask: Ask, city: City, desk: Desk) -> None:
    case = await unresolved(desk, city.coordinator, city.roads)
    made = await ask(city.coordinator, EVALUATE, input=input_of(desk, case, clientMutationId="a"))
    done = await ask(
        city.coordinator, CLOSE, input={"id": case, "expectedVersion": 2, "outcome": "Beres.", "clientMutationId": "b"}
    )

    payload, ended = made.data["evaluateUnresolvedCase"], done.data["closeUnresolvedCase"]
    assert (payload["errors"], payload["clientMutationId"], ended["errors"], ended["clientMutationId"]) == (
        [],
        "a",
        [],
        "b",
    )
    assert {
        name: payload["case"][name] for name in ("version", "state", "cause", "level", "decision", "followUpOn")
    } == {
        "version": 2,
        "state": "FOLLOW_UP",
        "cause": "NO_BUDGET",
        "level": "LEADER",
        "decision": "Tunda.",
        "followUpOn": "2026-03-09",
    }
    assert payload["case"]["responsibleAgency"]["code"] == "dinkes"
    assert (ended["case"]["state"], ended["case"]["outcome"], ended["case"]["closedAt"]) == (
        "DONE",
        "Beres.",
        "2026-03-02T02:00:00+00:00",
    )
    again = (await ask(city.coordinator, CLOSE, input={"id": case, "expectedVersion": 3, "outcome": "Lagi."})).data
    assert [(each["code"], each["path"]) for each in again["closeUnresolvedCase"]["errors"]] == [("CASE_ENDED", ["id"])]


async def test_a_stale_version_is_told_with_what_happened_to_the_case(ask: Ask, city: City, desk: Desk) -> None:
    case = await unresolved(desk, city.coordinator, city.roads)
    await ask(city.coordinator, EVALUATE, input=input_of(desk, case))

    (error,) = (await ask(city.coordinator, EVALUATE, input=input_of(desk, case))).data["evaluateUnresolvedCase"][
        "errors"
    ]

    assert (error["__typename"], error["path"], error["currentTicket"]) == (
        "VersionConflict",
        ["expectedVersion"],
        None,
    )
    assert [each["kind"] for each in error["changedSince"]] == ["CASE_EVALUATED"]


async def test_pages_hold_every_case_once_the_latest_first(ask: Ask, city: City, desk: Desk, clock: Clock) -> None:
    cases = []
    for number in range(5):
        clock.forward(minutes=number % 2)  # some at the same moment
        cases.append(await unresolved(desk, city.coordinator, city.roads))

    whole = await listed(ask, city.coordinator, first=100, withTotal=True)
    walked, after = [], None
    for _ in range(3):
        page = await listed(ask, city.coordinator, first=2, after=after)
        walked, after = [*walked, *ids(page)], page["pageInfo"]["endCursor"]

    assert (whole["totalCount"], ids(whole), walked) == (5, cases[::-1], cases[::-1])
    assert not page["pageInfo"]["hasNextPage"]


async def test_filters_join_and_are_exact(ask: Ask, city: City, desk: Desk, clock: Clock) -> None:
    first = await unresolved(desk, city.coordinator, city.roads)
    clock.forward(days=1)
    second = await unresolved(desk, city.coordinator, city.roads, "PLANNED")
    await ask(city.coordinator, EVALUATE, input=input_of(desk, first))
    for given, found in (
        ({}, [second, first]),
        ({"state": ["TO_EVALUATE"]}, [second]),
        ({"state": []}, []),
        ({"cause": ["no_budget"]}, [first]),
        ({"agencyCode": ["DINKES"]}, [first]),  # responsible for it; the other was led by roads
        ({"agencyCode": ["pupr"]}, [second]),
        ({"followUpBefore": "2026-03-10"}, []),
        ({"followUpBefore": "2026-03-11"}, [first]),
        ({"openedFrom": "2026-03-03T02:00:00Z"}, [second]),
        ({"openedTo": "2026-03-03T02:00:00Z"}, [first]),
        ({"state": ["FOLLOW_UP"], "cause": ["PLANNED"]}, []),
    ):
        page = await listed(ask, city.coordinator, filter=given, withTotal=True)
        assert (ids(page), page["totalCount"]) == (found, len(found)), given
    for given in ({"agencyCode": ["?"]}, {"cause": ["?"]}, {"state": ["DONE"] * 201}, {"cause": ["PLANNED"] * 201}):
        assert (await ask(city.coordinator, PAGE, filter=given)).errors[0].original_error.code == "BAD_INPUT"


async def test_a_follow_up_is_overdue_the_day_after_it(ask: Ask, city: City, desk: Desk, clock: Clock) -> None:
    case = await unresolved(desk, city.coordinator, city.roads)
    await ask(city.coordinator, EVALUATE, input=input_of(desk, case))
    seen = []
    for days in (7, 1):
        clock.forward(days=days)
        seen.append((await listed(ask, city.coordinator))["edges"][0]["node"]["followUpOverdue"])
    await ask(city.coordinator, CLOSE, input={"id": case, "expectedVersion": 2, "outcome": "Beres."})

    assert [*seen, (await listed(ask, city.coordinator))["edges"][0]["node"]["followUpOverdue"]] == [False, True, False]


async def test_everybody_reads_the_cases_of_the_tickets_that_they_see_and_only_staff(
    ask: Ask, city: City, desk: Desk
) -> None:
    plain = await unresolved(desk, city.coordinator, city.roads)
    closed = await unresolved(desk, city.coordinator, city.roads, confidential=True)
    for scope, found in (
        (city.coordinator, [closed, plain]),
        (city.officer, [closed, plain]),
        (city.leader, [plain]),
        (city.admin, [plain]),
        (city.stranger, []),
        (city.inspector, []),
    ):
        page = await listed(ask, scope, withTotal=True)
        assert (ids(page), page["totalCount"]) == (found, len(found))
        nodes = [
            (await ask(scope, "query ($id: ID!) { node(id: $id) { id } }", id=each)).data["node"]
            for each in (closed, plain)
        ]
        assert [node["id"] for node in nodes if node] == found
    row = await UnresolvedCase.get(id=1).select_related("ticket")
    for scope, code in (
        (city.partner, "FORBIDDEN"),
        (city.display, "FORBIDDEN"),
        (citizen_scope(row.ticket), "FORBIDDEN"),
        (city.anonymous, "UNAUTHENTICATED"),
    ):
        assert (await ask(scope, PAGE)).errors[0].original_error.code == code


async def test_the_reporter_sees_no_evaluation_of_their_own_report(ask: Ask, city: City, desk: Desk) -> None:
    case = await unresolved(desk, city.coordinator, city.roads)
    await ask(city.coordinator, EVALUATE, input=input_of(desk, case))
    row = await UnresolvedCase.get(id=1).select_related("ticket")
    document = """query ($id: ID!) { ticket(id: $id) { unresolvedCases { id } hidden { field }
      timeline(first: 100) { edges { node { kind text } } } } }"""

    shown = (await ask(citizen_scope(row.ticket), document, id=node_id("Ticket", row.ticket_id))).data["ticket"]
    staff = (await ask(city.officer, OF_TICKET, id=node_id("Ticket", row.ticket_id))).data["ticket"]

    assert (shown["unresolvedCases"], "unresolvedCases" in {each["field"] for each in shown["hidden"]}) == ([], True)
    assert "CASE_EVALUATED" not in {edge["node"]["kind"] for edge in shown["timeline"]["edges"]}
    assert [each["decision"] for each in staff["unresolvedCases"]] == ["Tunda."]


async def test_the_cases_of_a_report_stand_in_the_order_in_which_it_was_given_up(
    ask: Ask, city: City, desk: Desk, clock: Clock
) -> None:
    await unresolved(desk, city.coordinator, city.roads)
    key = (await UnresolvedCase.get(id=1)).ticket_id
    await reopen(desk, city.coordinator, Reopen(key, 2, "NEW_INFORMATION"))
    clock.forward(hours=1)
    await change_status(desk, city.officer, ChangeStatus(key, 3, TicketStatus.IN_PROGRESS))
    again = ChangeStatus(key, 4, TicketStatus.UNRESOLVED, note="Sengketa.", reason_code="LEGAL_DISPUTE")
    await change_status(desk, city.coordinator, again)

    shown = (await ask(city.officer, OF_TICKET, id=node_id("Ticket", key))).data["ticket"]["unresolvedCases"]

    assert [(each["state"], each["cause"]) for each in shown] == [
        ("REOPENED", "NO_BUDGET"),
        ("TO_EVALUATE", "LEGAL_DISPUTE"),
    ]


@pytest.mark.parametrize("cases", [1, 6])
async def test_a_page_costs_the_same_statements_however_many_cases_it_has(
    ask: Ask, city: City, desk: Desk, count_queries: Count, cases: int
) -> None:
    for _ in range(cases):
        await unresolved(desk, city.coordinator, city.roads)
    await listed(ask, city.coordinator)

    with count_queries() as plain:
        await listed(ask, city.coordinator)
    with count_queries() as counted:
        await listed(ask, city.coordinator, withTotal=True)
    with count_queries() as nested:
        await ask(city.coordinator, "{ tickets(first: 50) { edges { node { unresolvedCases { decision } } } } }")

    assert (plain.count, counted.count, nested.count) == (1, 2, 2)


async def test_a_refused_change_leaves_no_event(ask: Ask, city: City, desk: Desk) -> None:
    case = await unresolved(desk, city.coordinator, city.roads)
    before = await Event.all().count()

    refused = (await ask(city.officer, EVALUATE, input=input_of(desk, case))).data["evaluateUnresolvedCase"]["errors"]

    assert [(each["__typename"], each["path"]) for each in refused] == [("Forbidden", [])]
    assert await Event.all().count() == before
