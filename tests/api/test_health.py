"""What a monitor and a load balancer ask."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api import health
from api.app import create_app
from realtime.bell import Bell


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
    monkeypatch.setattr(health, "known_migrations", lambda: {"0001_initial", "9999_of_tomorrow"})

    answer = await app.get("/ready")

    assert answer.status_code == 503
    assert answer.json()["reason"] == "the database lacks migrations: run surga migrate"


async def test_a_database_that_does_not_answer_makes_it_unready(app, monkeypatch):
    async def fails(statement):
        raise ConnectionRefusedError

    monkeypatch.setattr(type(health.connection()), "execute_query_dict", lambda self, statement: fails(statement))

    answer = await app.get("/ready")

    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["reason"] == "the database does not answer"


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
    assert shown["surga_bell_live", ()] == 1
    assert shown["surga_sockets", ()] == shown["surga_groups", ()] == shown["surga_subscriptions", ()] == 0
    assert shown["surga_pool_connections", ()] >= 1
    assert shown["surga_requests_total", ("/alive", "200")] == 1
    assert shown["surga_requests_total", ("other", "404")] == 1


async def test_a_foreign_host_is_refused(app):
    assert (await app.get("/metrics", headers={"host": "evil.example"})).status_code == 421


async def test_graphql_answers_through_the_app(app):
    answer = await app.post("/graphql", json={"query": "{ viewer { kind } }"})

    assert answer.json() == {"data": {"viewer": {"kind": "ANONYMOUS"}}}
    assert answer.headers["x-request-id"]
