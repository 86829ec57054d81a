"""A server of the chaos test that ends at its start tells why; only a database that is away excuses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.realtime.chaos import Worker, require_away

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "said",
    [
        "surga: a server does not answer (Connection refused): is it running, and is its address right?",
        "surga: This server can not start: the database does not answer.",
        "surga: TimeoutError",
        "asyncpg.exceptions.ConnectionDoesNotExistError: connection was closed\nERROR: Application startup failed.",
    ],
)
def test_a_database_that_is_away_is_an_excuse(said: str) -> None:
    require_away(said, 1)


async def test_a_server_that_ends_at_its_start_for_another_reason_fails_the_test(tmp_path: Path) -> None:
    worker = Worker({"SURGA_ENVIRONMENT": "test", "SURGA_DATA_DIR": str(tmp_path), "SURGA_LOG_LOOK_SECONDS": "never"})

    with pytest.raises(AssertionError, match=r"(?s)A server ended with 1 at its start: .*SURGA_LOG_LOOK_SECONDS"):
        await worker.start()
