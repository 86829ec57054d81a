"""The fixtures that all other tests stand on."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from models import Agency, Event, Installation, LogHead
from models.enums import AgencyKind, Purpose
from tests.kept import keeping
from tests.realtime.chaos import OWNED, free_port

AGENCY = {"code": "dinas-contoh", "name": "Dinas Contoh", "kind": AgencyKind.OPD}


def test_a_port_belongs_to_one_process_only():
    port = free_port()
    words = f"import fcntl; fcntl.lockf(open({str(OWNED)!r}, 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, {{}})"

    taken, free = [
        subprocess.run([sys.executable, "-c", words.format(place)], capture_output=True).returncode
        for place in (port, 9_999)
    ]

    assert (taken, free) == (1, 0)


async def test_the_database_starts_empty_with_a_purpose(database):
    assert await Installation.all().values_list("purpose", "number_prefix") == [(Purpose.TEST, "KDR")]
    assert await LogHead.all().values_list("seq", "reference_seq") == [(0, 0)]
    assert await Event.all().count() == 0


@pytest.fixture
async def kept_agency(database):
    if keeping.lacks("kept_agency"):
        await Agency.create(**AGENCY)
        await keeping.keep("kept_agency", "told")


@pytest.mark.parametrize("time", ["first", "second"])
async def test_what_a_fixture_keeps_is_there_for_each_test_that_takes_it(kept_agency, time):
    assert (await Agency.all().count(), keeping.told) == (1, "told")
    assert (keeping.fits(["database", "kept_agency"]), keeping.fits(["database"])) == (True, False)


async def test_what_another_test_kept_is_gone(database):
    assert (await Agency.all().count(), keeping.name) == (0, None)


async def test_a_test_that_writes_to_what_is_kept_fails_and_leaves_nothing_kept(kept_agency, database):
    await keeping.require_unchanged()
    assert not keeping.lacks("kept_agency")
    await database.execute_script("UPDATE log_head SET seq = seq + 1")

    with pytest.raises(AssertionError):
        await keeping.require_unchanged()

    assert keeping.lacks("kept_agency")


async def test_each_test_gets_a_log_of_its_own(database, emptying):
    first = (await LogHead.get()).epoch

    await emptying()

    assert (await LogHead.get()).epoch != first


async def test_emptying_removes_rows_and_restarts_ids(database, emptying):
    await database.execute_script(
        "INSERT INTO event (seq, at, recorded_at, subject_kind, subject_id, kind, actor_kind, visibility)"
        " VALUES (1, now(), now(), 'TICKET', 1, 'SUBMITTED', 'SYSTEM', 'PUBLIC')"
    )

    agency = await Agency.create(**AGENCY)
    await agency.delete()

    await emptying()

    assert await Event.all().count() == 0
    assert (await Agency.create(**AGENCY)).id == agency.id == 1


async def test_only_statements_are_counted(database, count_queries):
    with count_queries() as statements:
        await Agency.all().count()
        await Agency.filter(code="x").values("code")

    assert statements.count == 2


def test_the_clock_stands_still_until_it_is_moved(clock):
    clock.forward(hours=1)

    assert clock() == clock() == datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


async def test_settings_name_the_worker_s_database(settings, database_url):
    assert settings.database_url == database_url
    assert "surga_test_" in database_url


async def test_the_desk_uses_the_clock(desk, clock):
    assert desk.now() == clock()


async def test_rows_that_were_not_ordered_come_in_no_order(database):
    made = [(await Agency.create(**AGENCY | {"code": code})).id for code in "abc"]

    assert await Agency.all().values_list("id", flat=True) == made[::-1]
    assert await Agency.all().order_by("id").values_list("id", flat=True) == made
    _, rows = await database.execute_query(
        "SELECT id FROM (SELECT id FROM agency ORDER BY id) a WHERE 'ORDER BY' <> ''"
    )
    assert [row["id"] for row in rows] == made[::-1]
