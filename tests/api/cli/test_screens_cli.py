"""`surga token approve`: let a screen in from a terminal, and take it down again."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from models import AuditEntry, Credential, Display
from models.enums import AuditKind
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.credentials import identify
from services.displays import device_grant, displays
from services.displays.device_grant import DeviceGrantRefused
from tests.conftest import SECRET, Clock
from tests.factories import make_agency, make_officer
from tests.forking import Program

pytestmark = pytest.mark.slow

HERE = "203.0.113.9"
ABSENT = "There is no account of nobody@kediri.example; `surga staff list` shows them.\n"
Surga = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def surga(program: Program, desk: Desk, clock: Clock, database_url: str, redis_url: str) -> Surga:
    """Run the program on this test's database, in a process of its own, where it is now what it really is."""
    clock.set(datetime.now(UTC))
    place = {"SURGA_DATABASE_URL": database_url, "SURGA_REDIS_URL": redis_url, "SURGA_SECRET_KEY": SECRET}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **place, "SURGA_ENVIRONMENT": "test", "COLUMNS": "200"}
        return program.run(*words, **environment)

    return run


async def test_a_screen_is_let_in_by_its_code(surga: Surga, desk: Desk) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)

    done = surga("token", "approve", codes.user_code, "--name", "Lobi")

    told, result = done.stdout.splitlines()
    assert re.fullmatch(rf"A screen at {HERE} asks for the board kota, for \d+:\d\d minutes now\.", told), told
    assert result == f"Lobi shows the board kota at {HERE}. Revoke it at /activate."
    tokens = await device_grant.exchange(desk, codes.device_code)
    assert (await identify.identify(desk, tokens.access_token)).name == "Lobi"
    (view,) = await displays.displays(SYSTEM)
    assert (view.name, view.approved_by) == ("Lobi", None)
    assert (await AuditEntry.get(kind=AuditKind.DISPLAY_APPROVED)).principal == "system"


async def test_a_name_is_found_where_none_is_given(surga: Surga, desk: Desk) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)

    surga("token", "approve", codes.user_code)

    assert [view.name for view in await displays.displays(SYSTEM)] == [f"Layar {codes.user_code}"]


async def test_who_waits_is_listed_the_oldest_first(surga: Surga, desk: Desk, clock: Clock) -> None:
    assert surga("token", "approve").stdout == "No screen waits to be let in.\n"
    moment = clock.moment
    clock.set(moment - timedelta(minutes=3))
    older = await device_grant.begin(desk, "kota", HERE)
    clock.set(moment)
    younger = await device_grant.begin(desk, "kota", "203.0.113.10")

    lines = surga("token", "approve").stdout.splitlines()

    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "203.0.113" in line]
    assert [row[:3] for row in rows] == [[older.user_code, "kota", HERE], [younger.user_code, "kota", "203.0.113.10"]]
    assert [int(row[3].partition(":")[0]) >= least for row, least in zip(rows, (3, 0), strict=True)] == [True, True]
    assert await Display.all().count() == 0


async def test_a_wrong_code_and_a_taken_name_are_said_in_one_line(surga: Surga, desk: Desk) -> None:
    codes = [await device_grant.begin(desk, "kota", HERE) for _ in range(2)]
    surga("token", "approve", codes[0].user_code, "--name", "Lobi")

    again = surga("token", "approve", codes[0].user_code)
    taken = surga("token", "approve", codes[1].user_code, "--name", "Lobi")

    assert again.stderr.startswith("surga: No screen waits with this code.")
    assert taken.stderr == "surga: There is a screen of this name already.\n"
    assert (again.returncode, taken.returncode) == (1, 1)
    assert await Display.all().count() == 1


async def test_the_end_of_its_token_is_the_end_of_a_screen(surga: Surga, desk: Desk) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)
    await displays.approve(desk, SYSTEM, codes.user_code, "Lobi")
    tokens = await device_grant.exchange(desk, codes.device_code)

    done = surga("token", "revoke", str((await Credential.get()).id))

    assert done.stdout.endswith("is revoked.\n")
    with pytest.raises(DeviceGrantRefused):
        await device_grant.renew(desk, tokens.refresh_token)
    assert (await displays.displays(SYSTEM))[0].revoked_at is not None


async def test_an_officer_is_given_a_token_by_e_mail(surga: Surga, desk: Desk) -> None:
    officer = await make_officer(await make_agency("pupr"), name="Sari Dewi dari Dinas Perhubungan")

    token = surga("token", "create", "STAFF", "laporan harian otomatis", "--officer", officer.email.upper()).stdout
    absent = surga("token", "create", "STAFF", "lain", "--officer", "nobody@kediri.example")
    nobodys = surga("token", "create", "STAFF", "lain")
    listed = surga("token", "list").stdout

    assert (await identify.identify(desk, token.strip())).officer_id == officer.id
    assert (absent.returncode, absent.stderr) == (1, "surga: " + ABSENT)
    assert "needs --officer EMAIL" in nobodys.stderr
    assert [line.count("│") for line in listed.splitlines() if "laporan harian otomatis" in line] == [7]
    assert await Credential.all().count() == 1


async def test_a_screen_with_a_token_of_its_own_is_listed(surga: Surga, desk: Desk) -> None:
    token = surga("token", "create", "DISPLAY", "Ruang rapat").stdout.strip()

    scope = await identify.identify(desk, token)
    (view,) = await displays.displays(SYSTEM)
    assert (view.name, view.board, view.client_id) == ("Ruang rapat", "kota", scope.client_id)
