"""A list that is read with its caller's row is the one that a server which expects nothing gives, whatever changed."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
import strawberry
import structlog

from api.composition import callers_of
from api.documents.documents import Documents
from api.http.graphql import GraphQLEndpoint
from api.settings import Settings
from models import Agency, Assignment, Client, Credential, Grant, Officer, Ticket
from models.database import connection
from models.enums import PrincipalKind, Role, TicketStatus
from realtime import log
from schema import build_schema
from schema.execution.plans import PlanExecutionContext
from services.core.desk import Desk
from services.core.reference import References
from services.credentials import prefetch
from services.credentials.credentials import issue
from services.credentials.prefetch import Expected, Prefetches
from services.credentials.sessions import open_session
from tests.api.partner_desk import make_partner
from tests.conftest import Clock, counted
from tests.factories import MOMENT, make_agency, make_officer, make_ticket, reference_changed
from tests.schema.conftest import OpenGate

LIST = "{ tickets(first: 50) { edges { node { number title status leadAgency { name } hidden { field reason } } } } }"
OTHER = "{ tickets(first: 2) { edges { node { number } } } }"
PARTNERS = "{ tickets(first: 50) { edges { node { number title status } } } }"
DAY = timedelta(days=1)


@dataclass
class House:
    """A desk with an officer of pupr, a session of theirs and a partner's key, and a server that expects lists."""

    desk: Desk
    clock: Clock
    settings: Settings
    schema: strawberry.Schema
    officer: Officer
    client: Client
    tokens: dict[str, str]
    prefetches: Prefetches
    at: httpx.AsyncClient

    async def asked(self, token: str, query: str = LIST) -> tuple[int, bytes]:
        return await self.said(self.at, token, query)

    async def said(self, at: httpx.AsyncClient, token: str, query: str) -> tuple[int, bytes]:
        headers = {"authorization": f"Bearer {self.tokens[token]}", "accept-language": "en"}
        answer = await at.post("/graphql", json={"query": query}, headers=headers)
        return answer.status_code, answer.content

    async def fresh(self, token: str, query: str = LIST) -> tuple[int, bytes]:
        """What a server says that has just begun."""
        desk = replace(self.desk, scopes=OrderedDict(), references=References())
        async with serving(desk, self.settings, self.schema) as (_, at):
            return await self.said(at, token, query)

    async def expecting(self, token: str, query: str = LIST) -> tuple[int, bytes]:
        """Ask until the list is read with the caller's row, and give that answer."""
        answers = [await self.asked(token, query) for _ in range(3)]
        with counted() as statements:
            answers.append(await self.asked(token, query))
        assert [is_joined(each) for each in statements.texts] == [True]
        assert set(answers) == {answers[0]}
        return answers[0]


def is_joined(statement: str) -> bool:
    return statement.startswith("SELECT CASE WHEN row_number()")


@asynccontextmanager
async def serving(
    desk: Desk, settings: Settings, schema: strawberry.Schema
) -> AsyncIterator[tuple[Prefetches, httpx.AsyncClient]]:
    callers = callers_of(settings, desk, OpenGate())  # type: ignore[arg-type]
    log_ = structlog.get_logger("tests")
    endpoint = GraphQLEndpoint(
        Documents(schema._schema), callers.of_request, log=log_, executor_class=PlanExecutionContext
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(endpoint), base_url="http://localhost") as client:
        yield callers.prefetches, client


@pytest.fixture(scope="module")
def schema() -> strawberry.Schema:
    return build_schema()


@pytest.fixture
async def house(
    desk: Desk, clock: Clock, settings: Settings, schema: strawberry.Schema, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    for seconds in ("FRESH_SECONDS", "LONGEST_SECONDS"):
        monkeypatch.setattr(prefetch, seconds, 600.0)  # a busy machine reads nothing twice
    pupr, dishub = await make_agency("pupr"), await make_agency("dishub")
    for agency in (pupr, dishub, None):
        await make_ticket(TicketStatus.DISPATCHED if agency else TicketStatus.RECEIVED, lead=agency, confidential=True)
        await make_ticket(TicketStatus.DISPATCHED if agency else TicketStatus.RECEIVED, lead=agency)
    officer = await make_officer(pupr, Role.OFFICER)
    made = await issue(desk, PrincipalKind.STAFF, name="uji", officer_id=officer.id, expires_at=MOMENT + DAY)
    session = await open_session(desk, officer.id, "uji", connection())
    client, key = await make_partner(desk, "Mitra")
    tokens = {"officer": made.token, "session": session.token, "partner": key}
    async with serving(desk, settings, schema) as (prefetches, at):
        yield House(desk, clock, settings, schema, officer, client, tokens, prefetches, at)


async def revoked(house: House) -> None:
    await Credential.all().update(revoked_at=MOMENT)


async def deactivated(house: House) -> None:
    await Officer.filter(pk=house.officer.pk).update(active=False)


async def post_ended(house: House) -> None:
    await Assignment.all().update(valid_to=house.desk.today() - DAY)


async def second_post(house: House) -> None:
    agency = await Agency.get(code="dishub")
    await Assignment.create(officer=house.officer, agency=agency, role=Role.OFFICER, valid_from=house.desk.today())


async def post_switched(house: House) -> None:
    await second_post(house)
    await Credential.all().update(acting_agency_id=(await Agency.get(code="dishub")).pk)


async def moved_to_another_agency(house: House) -> None:
    await Assignment.all().update(agency_id=(await Agency.get(code="dishub")).pk)


async def became_coordinator(house: House) -> None:
    await Assignment.all().update(role=Role.COORDINATOR)


async def time_passed(house: House) -> None:
    house.clock.forward(days=1)


async def session_idle(house: House) -> None:
    house.clock.forward(hours=5)


async def agreement_withdrawn(house: House) -> None:
    await Client.filter(pk=house.client.pk).update(active=False)


async def agreement_ended(house: House) -> None:
    await Grant.all().update(ends_at=MOMENT)


async def agreement_narrowed(house: House) -> None:
    await Grant.all().update(rows={"status": ["RECEIVED"]})


async def agency_renamed(house: House) -> None:
    await Agency.filter(code="pupr").update(name="Dinas Baru")
    await log.append(connection(), [reference_changed()])


async def ticket_changed(house: House) -> None:
    await Ticket.filter(lead_agency__code="pupr").update(title="Judul lain")


async def ticket_made(house: House) -> None:
    await make_ticket(TicketStatus.DISPATCHED, lead=await Agency.get(code="pupr"))


Changed = Callable[[House], Awaitable[None]]
CHANGES: list[tuple[str, Changed, int]] = [
    ("officer", revoked, 401),
    ("officer", deactivated, 401),
    ("officer", post_ended, 200),
    ("officer", second_post, 200),
    ("officer", post_switched, 200),
    ("officer", moved_to_another_agency, 200),
    ("officer", became_coordinator, 200),
    ("officer", time_passed, 401),
    ("officer", agency_renamed, 200),
    ("officer", ticket_changed, 200),
    ("officer", ticket_made, 200),
    ("session", revoked, 401),
    ("session", session_idle, 401),
    ("partner", agreement_withdrawn, 401),
    ("partner", agreement_ended, 401),
    ("partner", agreement_narrowed, 200),
]


@pytest.mark.parametrize(("token", "change", "status"), CHANGES)
async def test_after_a_change_the_same_request_is_answered_as_by_a_fresh_server(
    house: House, token: str, change: Changed, status: int
) -> None:
    query = PARTNERS if token == "partner" else LIST
    before = await house.expecting(token, query)
    assert before[0] == 200

    await change(house)
    after = await house.asked(token, query)

    assert after == await house.fresh(token, query)
    assert after != before
    assert after[0] == status
    assert await house.asked(token, query) == after


async def sent(house: House, token: str, query: str = LIST) -> list[bool]:
    """Of each statement that a request sends, whether it reads the list with the caller's row."""
    with counted() as statements:
        await house.asked(token, query)
    return [is_joined(each) for each in statements.texts]


async def test_a_list_is_read_with_its_callers_row_once_it_was_asked_for_twice(house: House) -> None:
    await house.asked("officer")  # the first reads the master data besides

    assert [await sent(house, "officer") for _ in range(3)] == [[False, False], [True], [True]]
    assert await sent(house, "partner") == [False, False, False]  # the first use of a key is noted
    assert await sent(house, "officer", OTHER) == [False, False]
    assert await sent(house, "officer", "{ __typename }") == [False]


async def test_nothing_is_read_ahead_for_a_credential_that_has_ended_by_the_clock(house: House) -> None:
    await house.expecting("officer")
    house.clock.forward(days=1)

    assert await sent(house, "officer") == [False]


async def test_who_was_refused_reads_ahead_no_second_time(house: House) -> None:
    await house.expecting("officer")
    await revoked(house)

    assert [await sent(house, "officer") for _ in range(2)] == [[True], [False]]


async def test_what_waited_is_read_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.expecting("officer")
    monkeypatch.setattr(prefetch, "FRESH_SECONDS", -1.0)

    assert await sent(house, "officer") == [True, False]


async def test_a_list_that_can_not_be_read_ahead_is_read_plainly(house: House) -> None:
    before = await house.expecting("officer")
    [(key, read)] = house.prefetches._kept.items()
    house.prefetches._kept[key] = replace(read, statement=f"{read.statement} LIMIT 1/0")

    assert await house.asked("officer") == before
    assert await sent(house, "officer") == [False, False]


async def test_a_list_that_takes_long_is_left_to_who_asks_for_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await house.expecting("officer")
    monkeypatch.setattr(prefetch, "LONGEST_SECONDS", 0.0)  # over in the very turn of the loop in which it begins

    with counted() as statements:
        assert await house.asked("officer") == before
    assert [is_joined(each) for each in statements.texts][-2:] == [False, False]
    assert [await sent(house, "officer") for _ in range(3)] == [[False, False]] * 3


async def test_one_credential_reads_one_list_ahead_at_a_time(house: House) -> None:
    for query in (LIST, OTHER):
        await house.expecting("officer", query)

    with counted() as statements:
        await asyncio.gather(house.asked("officer"), house.asked("officer", OTHER))

    assert sorted(is_joined(each) for each in statements.texts) == [False, False, True]


def test_as_many_lists_are_expected_as_the_limit_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetch, "MOST_KEPT", 2)
    kept, read = Prefetches(), Expected("SELECT 1 AS n", "n", [], ("id",), None, alike=True)
    for request in range(3):
        kept.note(("digest", request), read)

    assert [kept.taken(("digest", request), MOMENT) for request in range(3)] == [None, read, read]
