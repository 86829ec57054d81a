"""The whole schema on a small city, asked as different callers would."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
from tests.factories import make_agency, make_area, make_category, make_client_scope, make_scope


class OpenGate:
    """Lets everybody through, and counts."""

    def __init__(self) -> None:
        self.knocks = 0

    async def submission(self, address: str) -> None:
        self.knocks += 1

    async def citizen_session(self, address: str, number: str) -> None:
        self.knocks += 1

    async def citizen_session_failed(self, address: str) -> None:
        self.knocks += 1

    async def citizen_session_opened(self, address: str, number: str) -> None:
        self.knocks = 0

    async def sign_in(self, address: str, account: str) -> None:
        self.knocks += 1

    async def user_code(self, principal: str) -> None:
        self.knocks += 1

    async def reveal(self, principal: str) -> None:
        self.knocks += 1

    async def lookup(self, principal: str) -> None:
        self.knocks += 1

    async def sign_in_failed(self, address: str) -> None:
        self.knocks += 1

    async def signed_in(self, address: str, account: str) -> None:
        self.knocks = 0

    async def invitation(self, address: str) -> None:
        self.knocks += 1


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
            parse(document),
            context_value=context_for(desk, scope, language, "test-address", gate),
            variable_values=variables,
            executor_class=PlanExecutionContext,
        )
        return result if isinstance(result, ExecutionResult) else await result

    return run
