"""A town whose reports are about its own agencies."""

from __future__ import annotations

import pytest

from models.enums import Role
from services.core.desk import Desk
from tests.factories import make_agency, make_officer
from tests.services.access.town import Town


@pytest.fixture
async def town(desk: Desk) -> Town:
    codes = ("diskominfo", "inspektorat", "dishub", "pupr", "satpol", "setda")
    found = Town(desk, {code: await make_agency(code) for code in codes})
    await make_officer(found.agencies["inspektorat"], Role.INSPECTOR)
    return found
