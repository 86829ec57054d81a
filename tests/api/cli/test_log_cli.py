"""`surga log`: where the log lives, and adopting it by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import LogHead
from services.core.desk import Desk
from tests.conftest import SECRET
from tests.forking import Program

pytestmark = pytest.mark.slow

Surga = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def surga(program: Program, desk: Desk, database_url: str, redis_url: str) -> Surga:
    """Run the program on this test's database, in a process of its own."""
    place = {"SURGA_DATABASE_URL": database_url, "SURGA_REDIS_URL": redis_url, "SURGA_SECRET_KEY": SECRET}
    return lambda *words: program.run(*words, **place, SURGA_ENVIRONMENT="test", COLUMNS="200")


async def test_a_log_away_from_its_home_is_shown_adopted_and_left_alone_then(
    surga: Surga, database: BaseDBAsyncClient
) -> None:
    before = (await LogHead.get()).epoch
    await database.execute_query("UPDATE log_head SET home = '1/00000001/2/3'")

    seen, served = surga("log", "show"), surga("serve", "--check")
    unchanged = (await LogHead.get()).epoch
    done, again, home = surga("log", "adopt"), surga("log", "adopt"), surga("log", "show")

    epoch = (await LogHead.get()).epoch
    assert (seen.returncode, unchanged, epoch != before) == (1, before, True)
    assert "RESTORED: the log of 1/00000001/2/3 is on" in seen.stdout
    assert (served.returncode, served.stderr.splitlines()[-1]) == (
        1,
        "surga: This server can not start: the database was restored, copied or failed over: "
        "run surga worker or surga log adopt.",
    )
    assert done.stdout.splitlines()[-1] == (
        f"RESTORED: epoch {epoch} begins after seq 0 of {before}. Every client loads anew."
    )
    assert [each.returncode for each in (done, again, home)] == [0, 0, 0]
    assert again.stdout == "The log is at home: nothing was changed.\n"
    assert home.stdout.splitlines()[-1] == "The log is at home, at seq 1."
