"""The audit log as a query: all of it for admins, their own part for those whom it concerns, nothing for others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from models.enums import AuditKind, PrincipalKind
from services.access.scopes import Scope
from services.audit.audit import record
from services.audit.sealing import seal_waiting
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from tests.factories import citizen_scope, make_ticket
from tests.schema.conftest import Ask, City

LOG = """query ($first: Int!, $filter: AuditFilter, $after: Cursor) {
  auditLog(first: $first, filter: $filter, after: $after) {
    edges { cursor node {
      number at kind principal subject details { name value } count address position sealedAt } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def rows(ask: Ask, scope: Scope, first: int = 100, **wanted: Any) -> list[dict[str, Any]]:
    result = await ask(scope, LOG, first=first, **wanted)
    assert result.errors is None
    assert result.data is not None
    return [edge["node"] for edge in result.data["auditLog"]["edges"]]


async def numbers(ask: Ask, scope: Scope, **wanted: Any) -> list[int]:
    return [int(row["number"]) for row in await rows(ask, scope, **wanted)]


@pytest.fixture
async def written(desk: Desk, city: City, clock: Any) -> Desk:
    """1: an admin changes the officer's rights. 2: the officer signs in. 3: somebody fails to, as the officer.
    4: the coordinator reveals ticket 9. 5: the system erases it. 6: the citizen of ticket 9 comes in.
    """
    officer, admin = city.officer.principal, city.admin.principal
    await record(desk, AuditKind.RIGHTS_CHANGED, admin, subject=officer, details={"role": "LIAISON", "ended": True})
    clock.forward(seconds=1)
    await record(desk, AuditKind.SIGNED_IN, officer, address="ab" * 16)
    await record(desk, AuditKind.SIGN_IN_FAILED, "address:" + "cd" * 16, subject=officer)
    clock.forward(seconds=1)
    await record(desk, AuditKind.REPORTER_REVEALED, city.coordinator.principal, subject="ticket:9", reason="Perlu.")
    await record(desk, AuditKind.REPORTER_ERASED, "system", subject="ticket:9")
    await record(desk, AuditKind.SIGNED_IN, "ticket:9")
    return desk


def citizen(ticket_id: int) -> Scope:
    return Scope(kind=PrincipalKind.CITIZEN, principal=f"ticket:{ticket_id}", ticket_id=ticket_id)


async def test_admins_read_all_of_it_newest_first(ask: Ask, city: City, written: Desk) -> None:
    assert await numbers(ask, city.admin) == [6, 5, 4, 3, 2, 1]


async def test_an_entry_is_shown_whole(ask: Ask, city: City, written: Desk) -> None:
    await seal_waiting(written)

    entry = (await rows(ask, city.admin))[-1]

    assert entry == {
        "number": "1",
        "at": "2026-03-02T02:00:00+00:00",
        "kind": "RIGHTS_CHANGED",
        "principal": city.admin.principal,
        "subject": city.officer.principal,
        "details": [{"name": "ended", "value": "true"}, {"name": "role", "value": "LIAISON"}],
        "count": 1,
        "address": None,
        "position": "1",
        "sealedAt": "2026-03-02T02:00:02+00:00",
    }


async def test_an_entry_that_waits_has_no_place_yet(ask: Ask, city: City, written: Desk) -> None:
    entry = (await rows(ask, city.admin))[0]

    assert (entry["position"], entry["sealedAt"]) == (None, None)


async def test_staff_read_what_they_did_and_what_was_done_to_them(ask: Ask, city: City, written: Desk) -> None:
    assert await numbers(ask, city.officer) == [3, 2, 1]
    assert await numbers(ask, city.coordinator) == [4]
    assert await numbers(ask, city.leader) == []


async def test_citizens_read_what_was_done_to_their_ticket_but_not_by_whom(ask: Ask, city: City, written: Desk) -> None:
    found = await rows(ask, citizen(9))

    assert [(row["kind"], row["principal"]) for row in found] == [
        ("SIGNED_IN", "ticket:9"),
        ("REPORTER_ERASED", "system"),
        ("REPORTER_REVEALED", "officer"),
    ]
    assert await numbers(ask, citizen(8)) == []


@pytest.mark.parametrize("caller", ["partner", "display"])
async def test_partners_and_displays_read_nothing(ask: Ask, city: City, written: Desk, caller: str) -> None:
    result = await ask(getattr(city, caller), LOG, first=10)

    [error] = result.errors or []
    assert result.data == {"auditLog": None}
    assert isinstance(error.original_error, EdgeRefusal)
    assert error.original_error.code == "FORBIDDEN"


async def test_strangers_are_asked_to_sign_in(ask: Ask, city: City, written: Desk) -> None:
    [error] = (await ask(city.anonymous, LOG, first=10)).errors or []

    assert isinstance(error.original_error, EdgeRefusal)
    assert error.original_error.code == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"kinds": ["SIGNED_IN"]}, [6, 2]),
        ({"kinds": ["SIGNED_IN", "RIGHTS_CHANGED"]}, [6, 2, 1]),
        ({"kinds": []}, [6, 5, 4, 3, 2, 1]),
        ({"principal": "ticket:9"}, [6]),
        ({"subject": "ticket:9"}, [5, 4]),
        ({"since": "2026-03-02T09:00:01+07:00"}, [6, 5, 4, 3, 2]),
        ({"until": "2026-03-02T02:00:01Z"}, [1]),
        ({"since": "2026-03-02T02:00:01Z", "until": "2026-03-02T02:00:02Z"}, [3, 2]),
        ({"principal": "officer:0"}, []),
        ({"principal": "'; --\x00"}, []),
    ],
)
async def test_narrows(ask: Ask, city: City, written: Desk, wanted: dict[str, Any], found: list[int]) -> None:
    assert await numbers(ask, city.admin, filter=wanted) == found


async def test_a_filter_never_widens_what_a_caller_reads(
    ask: Ask, city: City, written: Desk, count_queries: Callable[[], AbstractContextManager[Any]]
) -> None:
    """Entries of others and entries that never were look alike: nothing, for the same statements."""
    seen = []
    for wanted in ({"principal": city.coordinator.principal}, {"principal": "officer:12345"}):
        with count_queries() as statements:
            assert await numbers(ask, city.officer, filter=wanted) == []
        seen.append(statements.texts)

    assert seen[0] == seen[1]


async def test_pages_go_on_where_the_last_one_ended(ask: Ask, city: City, written: Desk) -> None:
    found: list[int] = []
    after = None
    flags = []
    while True:
        data = (await ask(city.admin, LOG, first=4, after=after)).data
        assert data is not None
        page = data["auditLog"]
        found += [int(edge["node"]["number"]) for edge in page["edges"]]
        flags.append((page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]))
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert found == [6, 5, 4, 3, 2, 1]
    assert flags == [(True, False), (False, True)]


@pytest.mark.parametrize("first", [0, 101, -1])
async def test_refuses_other_sizes(ask: Ask, city: City, first: int) -> None:
    [error] = (await ask(city.admin, LOG, first=first)).errors or []

    assert isinstance(error.original_error, EdgeRefusal)
    assert error.original_error.code == "BAD_INPUT"


async def test_refuses_a_cursor_of_another_list(ask: Ask, city: City, desk: Desk, written: Desk) -> None:
    for after in ("nonsense", desk.cursors.seal_page("NEWEST_FIRST", [1, "KDR-2026-000001"])):
        [error] = (await ask(city.admin, LOG, first=1, after=after)).errors or []

        assert isinstance(error.original_error, EdgeRefusal)
        assert error.original_error.code == "BAD_CURSOR"


async def test_a_page_costs_one_statement_however_long_the_log_is(
    ask: Ask, city: City, written: Desk, count_queries: Callable[[], AbstractContextManager[Any]]
) -> None:
    counts = []
    for _ in range(2):
        for scope in (city.admin, city.officer):
            with count_queries() as statements:
                await rows(ask, scope)
            counts.append(statements.count)
        for number in range(20):
            await record(written, AuditKind.SIGNED_IN, city.officer.principal, details={"session": number})
        await seal_waiting(written)

    assert counts == [1, 1, 1, 1]


async def test_a_ticket_of_a_citizen_is_the_one_of_the_session(ask: Ask, city: City, desk: Desk) -> None:
    mine, other = await make_ticket(), await make_ticket()
    await record(desk, AuditKind.REPORTER_REVEALED, "officer:1", subject=f"ticket:{other.id}")

    assert await numbers(ask, citizen_scope(mine)) == []
    assert await numbers(ask, citizen_scope(other)) == [1]
