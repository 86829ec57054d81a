"""The database's own troubles: counted, logged once a minute without what they quote, and told by /ready."""

import logging

import asyncpg
import pytest

from api.app import create_app
from models.database import connection
from models.faults import Faults
from tests.api.http.test_health import running

FULL = """
CREATE FUNCTION surga_test_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file "base/1/2" for ''Sari'' (email)=(sari@warga.example) 081200000000'
        USING ERRCODE = '53100', DETAIL = 'Key (name)=(Sari)';
END $$
"""


def fault(state, text="could not extend file"):
    wrong = asyncpg.DiskFullError(text)
    wrong.sqlstate = state
    return wrong


@pytest.fixture
def minutes():
    return [0.0]


@pytest.fixture
def faults(minutes):
    return Faults(lambda: minutes[0] * 60)


def test_each_kind_is_logged_once_a_minute_and_always_counted(faults, minutes, caplog):
    for moment in (0.0, 0.5, 0.99, 1.0):
        minutes[0] = moment
        faults.note(fault("53100"))
    faults.note(fault("57P01"))
    faults.note(fault("XX001"))
    faults.note(fault("23505"))

    assert faults.counted == {"53100": 4, "57P01": 1, "XX001": 1}
    assert [record.args[1:] for record in caplog.records] == [("53100", 1), ("53100", 4), ("57P01", 1), ("XX001", 1)]


def test_only_what_stops_writes_says_that_writes_fail(faults, minutes):
    faults.note(fault("53300"))
    before = faults.writes_fail
    faults.note(fault("53100"))

    assert (before, faults.writes_fail, faults.is_recent) == (False, True, True)
    minutes[0] = 0.6
    assert (faults.writes_fail, faults.is_recent) == (True, False)
    faults.end()
    assert not faults.writes_fail


async def test_a_full_disk_makes_it_unready_until_a_write_goes_well(settings, desk, caplog, monkeypatch):
    caplog.set_level(logging.ERROR, "surga.database")
    app = create_app(settings, desk=desk)
    async with running(app) as client:
        assert (await client.get("/ready")).status_code == 200
        await connection().execute_script(FULL)
        await connection().execute_script(
            "CREATE TRIGGER full_disk BEFORE INSERT ON agency FOR EACH ROW EXECUTE FUNCTION surga_test_full()"
        )
        try:
            with pytest.raises(Exception, match="could not extend file"):
                await connection().execute_query("INSERT INTO agency (code, kind) VALUES ('x', 'DINAS')")
            full = await client.get("/ready")
            page = (await client.get("/metrics")).text
        finally:
            await connection().execute_script("DROP FUNCTION surga_test_full() CASCADE")
        monkeypatch.setattr("models.faults.QUIET_SECONDS", 0.0)
        again = await client.get("/ready")

    assert (full.status_code, full.json()["ready"]) == (503, False)
    assert full.json()["reason"] == "the database takes no writes: its own log and ours say why"
    assert 'surga_database_faults_total{sqlstate="53100"} 1.0' in page
    assert "surga_database_writes_fail 1.0" in page
    assert (again.status_code, again.json()["ready"]) == (200, True)
    [line] = [record.getMessage() for record in caplog.records if record.name == "surga.database"]
    assert line.startswith("PostgreSQL is in trouble: could not extend file")
    assert not [value for value in ("Sari", "sari@", "081200000000") if value in line]
    assert connection().faults.counted.pop("53100") == 1
