"""What a monitor and a load balancer ask."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace

import asyncpg
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.server import probe
from models.database import connection
from models.patient_pool import PatientClient
from realtime.bell import Bell
from realtime.hub import Hub
from services import epochs


@pytest.fixture
async def app(settings, desk):
    async with running(create_app(settings, desk=desk)) as client:
        yield client


@asynccontextmanager
async def running(app):
    """An HTTP client of an app that has started."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield client


async def heard(desk):
    """The bell connects in a task of its own."""
    async with asyncio.timeout(60):
        while not desk.bell.live:  # noqa: ASYNC110 - the bell tells nobody but the hub
            await asyncio.sleep(0.01)


async def test_a_running_process_is_alive(app):
    answer = await app.get("/alive")

    assert (answer.status_code, answer.json()) == (200, {"alive": True})
    assert answer.headers["cache-control"] == "no-store"


async def test_a_server_with_a_bell_is_ready_and_live(app, desk):
    await heard(desk)

    answer = await app.get("/ready")

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "bus": "LIVE"})


async def test_a_late_job_is_named_and_takes_no_web_server_out_of_service(settings, desk, database, clock):
    app = create_app(settings, desk=desk)
    async with running(app) as client:
        answers = [(await client.get("/ready")).json()]
        clock.forward(seconds=61)
        answers.append((await client.get("/ready")).json())
        status = (await client.get("/ready")).status_code

    assert [answer.get("late") for answer in answers] == [None, ["CLOCKS", "NOTIFICATIONS"]]
    assert (status, answers[1]["ready"]) == (200, True)


async def test_a_silent_bus_makes_changes_slower_and_nothing_unready(settings, desk, tmp_path):
    deaf = Bell(f"unix://{tmp_path}/nobody.sock", "epoch")
    try:
        async with running(create_app(settings, desk=with_bell(desk, deaf))) as client:
            answer = await client.get("/ready")
    finally:
        await deaf.close()

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "bus": "POLLING"})


def with_bell(desk, bell):
    return type(desk)(keys=desk.keys, cursors=desk.cursors, bell=bell, clock=desk.clock)


async def test_a_missing_migration_makes_it_unready(app, monkeypatch):
    monkeypatch.setattr(probe, "known_migrations", lambda: {"0001_initial", "9999_of_tomorrow"})

    answer = await app.get("/ready")

    assert answer.status_code == 503
    assert answer.json()["reason"] == "the database lacks migrations: run surga migrate"


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (ConnectionRefusedError("10.0.0.7"), "the database does not answer"),
        (asyncpg.TooManyConnectionsError("for role surga"), "the database has no connection left"),
    ],
)
async def test_a_database_that_does_not_answer_makes_it_unready(app, monkeypatch, problem, reason):
    async def fails(self):
        raise problem

    monkeypatch.setattr(PatientClient, "connect_alone", fails)

    answer = await app.get("/ready")

    assert (answer.status_code, answer.json()) == (503, {"ready": False, "bus": answer.json()["bus"], "reason": reason})


async def test_a_pool_without_a_free_connection_does_not_make_it_unready(app):
    async with AsyncExitStack() as stack:
        for _ in range(9):
            await stack.enter_async_context(connection().acquire_connection())

        answer = await app.get("/ready")

    assert (answer.status_code, answer.json()["ready"]) == (200, True)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"error": "TypeError('secret')"}, "live updates stand still: the last look at the log failed"),
        ({"looked_ago": 5.1}, "live updates stand still: the log was not looked at for too long"),
        ({"behind_ms": 10_001}, "live updates are too late: the log is not read up to its end"),
    ],
)
async def test_a_hub_that_does_not_follow_the_log_makes_it_unready(app, monkeypatch, state, reason):
    told = {"looked_ago": 5.0, "behind_ms": 10_000, "error": None}
    monkeypatch.setattr(Hub, "state", SimpleNamespace(**told))
    before = await app.get("/ready")

    monkeypatch.setattr(Hub, "state", SimpleNamespace(**told | state))
    answer = await app.get("/ready")

    assert (before.status_code, answer.status_code, answer.json()["reason"]) == (200, 503, reason)


async def test_metrics_tell_of_log_bell_sockets_groups_pool_and_requests(app, desk):
    await heard(desk)
    await app.get("/alive")
    await app.get("/some/path/of/an/attacker")

    answer = await app.get("/metrics")

    shown = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert shown["surga_log_position", ()] == 0
    assert shown["surga_log_newer_formats", ()] == 0
    assert shown["surga_bell_live", ()] == 1
    assert shown["surga_sockets", ()] == shown["surga_groups", ()] == shown["surga_subscriptions", ()] == 0
    assert shown["surga_pool_connections", ()] >= 1
    assert shown["surga_pool_waiting", ()] == shown["surga_pool_refused", ()] == 0
    assert shown["surga_tasks_begun_again_total", ("heartbeats",)] == 0
    assert shown["surga_requests_total", ("/alive", "200")] == 1
    assert shown["surga_requests_total", ("other", "404")] == 1


async def test_a_foreign_host_is_refused(app):
    assert (await app.get("/metrics", headers={"host": "evil.example"})).status_code == 421


async def test_graphql_answers_through_the_app(app):
    answer = await app.post("/graphql", json={"query": "{ viewer { kind } }"})

    assert answer.json() == {"data": {"viewer": {"kind": "ANONYMOUS"}}}
    assert answer.headers["x-request-id"]


async def test_a_log_away_from_its_home_makes_it_unready_and_unavailable_until_it_is_adopted(app, desk):
    await connection().execute_query("UPDATE log_head SET home = '1/00000001/2/3'")
    asked = {"query": "{ tickets(first: 1) { totalCount } }"}
    token = {"authorization": "Bearer srg_" + "x" * 43}

    answer, refused = await app.get("/ready"), await app.post("/graphql", json=asked, headers=token)
    await epochs.adopt(desk)
    unknown = await app.post("/graphql", json=asked, headers=token)
    async with asyncio.timeout(60):
        while not (await app.get("/ready")).json()["ready"]:  # noqa: ASYNC110 - the hub looks again by itself
            await asyncio.sleep(0.01)

    assert (answer.status_code, answer.json()["reason"]) == (
        503,
        "the database was restored, copied or failed over: run surga worker or surga log adopt",
    )
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
    assert refused.json()["errors"][0]["message"] == (
        "Basis data baru saja dipulihkan atau dipindahkan. Coba lagi beberapa saat lagi."
    )
    assert unknown.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
