"""The town in which tickets are escalated."""

import pytest

from tests.services.clocks.escalation.town import make_town


@pytest.fixture
async def town(desk, database):
    return await make_town(desk, database)
