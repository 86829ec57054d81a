"""Two agencies and the people who are told of things."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from models import Agency
from models.enums import Role
from services.access.scopes import Scope
from tests.factories import make_agency, make_scope


@dataclass
class Office:
    """Two agencies beside the desk, and who works there."""

    roads: Agency
    health: Agency
    coordinator: Scope
    liaison: Scope
    officer: Scope
    stranger: Scope
    inspector: Scope


@pytest.fixture
async def office(database: object) -> Office:
    roads, health = await make_agency("pupr"), await make_agency("dinkes")
    return Office(
        roads,
        health,
        await make_scope(Role.COORDINATOR),
        await make_scope(Role.LIAISON, roads),
        await make_scope(Role.OFFICER, roads),
        await make_scope(Role.LIAISON, health),
        await make_scope(Role.INSPECTOR),
    )
