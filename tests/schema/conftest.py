"""The whole schema on a small city, asked as different callers would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, execute, parse

from models import Agency, Category
from models.enums import PrincipalKind, Role
from schema import build_schema
from schema.core.context import context_for
from schema.execution.plans import PlanExecutionContext
from services.access.scopes import Scope
from services.core.desk import Desk
from services.credentials.narrow_door import OPEN_DOOR, NarrowDoor
from tests.factories import make_agency, make_area, make_category, make_client_scope, make_scope


class OpenGate:
    """Lets everybody through, and counts the tries that were not given back."""

    def __init__(self) -> None:
        self.knocks = 0

    async def submission(self, address: str) -> None:
        self.knocks += 1

    async def reveal(self, principal: str) -> None:
        self.knocks += 1

    async def lookup(self, principal: str) -> None:
        self.knocks += 1

    @asynccontextmanager
    async def attempt(self, *_: str) -> AsyncIterator[NarrowDoor]:
        self.knocks += 1
        yield OPEN_DOOR
        self.knocks -= 1

    citizen_session = sign_in = password_change = invitation = user_code = attempt


@dataclass(frozen=True)
class City:
    """Two working agencies beside the desk, and a caller of every kind."""

    desk_agency: Agency
    roads: Agency
    health: Agency
    drains: Category
    coordinator: Scope
    officer: Scope
    liaison: Scope
    stranger: Scope
    leader: Scope
    inspector: Scope
    admin: Scope
    partner: Scope
    display: Scope
    anonymous: Scope


Ask = Callable[..., Awaitable[ExecutionResult]]


parsed = lru_cache(maxsize=500)(parse)  # a document is parsed once in production, too


@pytest.fixture(scope="session")
def schema() -> strawberry.Schema:
    return build_schema()


@pytest.fixture
async def city(database: object) -> City:
    """Made anew for every test."""
    desk_agency = await make_agency("diskominfo", name="Dinas Komunikasi dan Informatika")
    roads = await make_agency("pupr", name="Dinas Pekerjaan Umum")
    health = await make_agency("dinkes", name="Dinas Kesehatan")
    inspectorate = await make_agency("inspektorat", name="Inspektorat")
    await make_area()
    return City(
        desk_agency=desk_agency,
        roads=roads,
        health=health,
        drains=await make_category("drainase"),
        coordinator=await make_scope(Role.COORDINATOR, desk_agency),
        officer=await make_scope(Role.OFFICER, roads),
        liaison=await make_scope(Role.LIAISON, roads),
        stranger=await make_scope(Role.OFFICER, health),
        leader=await make_scope(Role.LEADER, desk_agency),
        inspector=await make_scope(Role.INSPECTOR, inspectorate),
        admin=await make_scope(Role.ADMIN, desk_agency),
        partner=await make_client_scope(PrincipalKind.PARTNER),
        display=await make_client_scope(PrincipalKind.DISPLAY),
        anonymous=Scope(kind=PrincipalKind.ANONYMOUS, principal="address:test"),
    )


@pytest.fixture
def gate() -> OpenGate:
    return OpenGate()


@pytest.fixture
def ask(schema: strawberry.Schema, desk: Desk, gate: OpenGate) -> Ask:
    """Run an operation as a caller: `await ask(scope, document, **variables)`."""

    async def run(scope: Scope, document: str, language: str = "en", **variables: Any) -> ExecutionResult:
        result = execute(
            schema._schema,
            parsed(document),
            context_value=context_for(desk, scope, language, "test-address", gate),
            variable_values=variables,
            executor_class=PlanExecutionContext,
        )
        return result if isinstance(result, ExecutionResult) else await result

    return run
