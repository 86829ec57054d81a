"""A desk with three agencies, a coordinator, and an officer of the one that works on roads."""

import pytest

from models.enums import Role
from tests.factories import make_agency, make_scope


@pytest.fixture
async def home(desk):
    return await make_agency("diskominfo")


@pytest.fixture
async def pupr(desk):
    return await make_agency("dinas-pupr")


@pytest.fixture
async def social(desk):
    return await make_agency("dinas-sosial")


@pytest.fixture
async def coordinator(home):
    return await make_scope(Role.COORDINATOR, home)


@pytest.fixture
async def liaison(pupr):
    return await make_scope(Role.LIAISON, pupr)


@pytest.fixture
async def officer(pupr):
    return await make_scope(Role.OFFICER, pupr)
