"""The lines to PostgreSQL and Redis over TLS: a server that does not prove who it is hears nothing of ours."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from api.cli.migrate import migrated
from api.security import budgets as budgeting
from api.security import gate as throttling
from api.security.budgets import Budgets
from api.security.throttles import Throttles
from api.server.probe import Probe, Trouble
from api.settings import Environment, Settings
from models.database import connect_alone, connection, migrate, tortoise_config
from models.enums import Purpose
from realtime.bell import Bell, BellLimits
from services.access.scopes import Budget
from tests.models.certificates import Authority
from tests.models.tls_front import Front, front_of

Fronts = Callable[[ssl.SSLContext | None], AbstractAsyncContextManager[Front]]


@pytest.fixture
def trusted(tmp_path: Path) -> Authority:
    """The authority that our side trusts."""
    return Authority(tmp_path, "trusted")


@pytest.fixture
def right(trusted: Authority) -> ssl.SSLContext:
    """What the right server uses."""
    return trusted.context("server")


@pytest.fixture(params=["foreign", "expired", "of another address"])
def false(request: pytest.FixtureRequest, trusted: Authority, tmp_path: Path) -> ssl.SSLContext:
    """What a server uses that is not the right one."""
    if request.param == "foreign":
        return Authority(tmp_path, "foreign").context("false")
    if request.param == "expired":
        return trusted.context("false", days=-1)
    return trusted.context("false", address="127.0.0.2")


@pytest.fixture
def postgres(database_url: str) -> Fronts:
    """Fronts before PostgreSQL."""
    (folder,) = parse_qs(urlsplit(database_url).query)["host"]
    return lambda context: front_of(f"{folder}/.s.PGSQL.5432", context, asks=True)


@pytest.fixture
def redis(redis_url: str) -> Fronts:
    """Fronts before Valkey."""
    return lambda context: front_of(urlsplit(redis_url).path, context, asks=False)


@pytest.fixture
def verified(database_url: str, trusted: Authority) -> Callable[[Front], str]:
    """The URL of this worker's database behind a front, whose certificate must be right."""
    query = f"sslmode=verify-full&sslrootcert={trusted.file}"
    return lambda front: f"postgresql://postgres@127.0.0.1:{front.port}{urlsplit(database_url).path}?{query}"


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch, trusted: Authority) -> None:
    """Our machine trusts that authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.file))
    monkeypatch.setenv("SSL_CERT_DIR", str(trusted.file.parent / "nobody"))


@pytest.fixture
def by_system(verified: Callable[[Front], str], trusted: Authority) -> Callable[[Front], str]:
    """The URL of a database behind a front whose certificate must be right by whom the machine trusts."""
    return lambda front: verified(front).replace(str(trusted.file), "system")


@pytest.fixture
async def pooled() -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """Make a URL's database that of connection(), in a context of its own."""
    async with TortoiseContext() as context:
        yield lambda url: context.init(config=tortoise_config(url, pool_size=2))


async def is_tls() -> bool:
    """Whether our end of the pool's line is one of TLS."""
    async with connection().acquire_connection() as line:  # type: ignore[attr-defined]
        return line._transport.get_extra_info("ssl_object") is not None


async def test_a_server_that_proves_who_it_is_serves_pool_and_probe(postgres, verified, right, pooled):
    async with postgres(right) as front:
        await pooled(verified(front))
        probe = Probe(connect_alone, patience=60)

        assert await is_tls()
        assert (await connection().execute_query("SELECT 1 AS one"))[1][0]["one"] == 1
        assert await probe.ask() is None
        assert front.heard == b""
        await probe.close()


async def test_a_false_server_hears_no_word_from_the_pool(postgres, verified, false, pooled):
    async with postgres(false) as front:
        await pooled(verified(front))

        with pytest.raises(ssl.SSLCertVerificationError):
            await connection().execute_query("SELECT 1")

    assert (front.heard, front.passed) == (b"", 0)


async def test_a_false_server_hears_no_word_from_the_probe(postgres, verified, false, pooled):
    async with postgres(false) as front:
        await pooled(verified(front))

        assert await Probe(connect_alone).ask() is Trouble.DATABASE

    assert (front.heard, front.passed) == (b"", 0)


async def test_a_false_server_hears_no_word_from_migrations_and_verbs(postgres, verified, false):
    async with postgres(false) as front:
        settings = Settings(environment=Environment.TEST, database_url=verified(front))

        for use in (lambda: migrate(verified(front)), lambda: migrated(settings, Purpose.TEST)):
            with pytest.raises(ssl.SSLCertVerificationError):
                await use()

    assert (front.heard, front.passed) == (b"", 0)


async def test_a_server_without_tls_hears_the_question_for_it_and_no_more(postgres, verified, pooled):
    async with postgres(None) as front:
        await pooled(verified(front))

        with pytest.raises(ConnectionError):
            await connection().execute_query("SELECT 1")
        with pytest.raises(ConnectionError):
            await migrate(verified(front))
        assert await Probe(connect_alone).ask() is Trouble.DATABASE

    assert (front.heard, front.passed) == (b"", 0)


@pytest.mark.slow
async def test_a_database_is_migrated_over_tls(postgres, right, empty_database_url, trusted):
    async with postgres(right) as front:
        name = urlsplit(empty_database_url).path
        await migrate(
            f"postgresql://postgres@127.0.0.1:{front.port}{name}?sslmode=verify-full&sslrootcert={trusted.file}"
        )

    server = await asyncpg.connect(empty_database_url)
    assert await server.fetchval("SELECT count(*) FROM log_head") == 1
    await server.close()


async def test_a_client_shows_the_certificate_that_its_url_names(postgres, verified, trusted, right, pooled):
    right.verify_mode = ssl.CERT_REQUIRED
    right.load_verify_locations(trusted.file)
    own = trusted.pair("client")
    async with postgres(right) as front:
        await pooled(f"{verified(front)}&sslcert={own.certificate}&sslkey={own.key}")

        assert (await connection().execute_query("SELECT 1 AS one"))[1][0]["one"] == 1


async def test_a_server_that_the_machine_trusts_serves_pool_probe_and_migrations(
    postgres, by_system, right, pooled, trusted, trusting
):
    right.verify_mode = ssl.CERT_REQUIRED
    right.load_verify_locations(trusted.file)
    own = trusted.pair("client")
    async with postgres(right) as front:
        url = f"{by_system(front)}&sslcert={own.certificate}&sslkey={own.key}"
        await pooled(url)
        probe = Probe(connect_alone, patience=60)

        assert await is_tls()
        assert await probe.ask() is None
        await migrate(url)
        assert front.heard == b""
        await probe.close()


async def test_a_server_that_the_machine_does_not_trust_hears_no_word(postgres, by_system, false, pooled, trusting):
    async with postgres(false) as front:
        await pooled(by_system(front))

        with pytest.raises(ssl.SSLCertVerificationError):
            await connection().execute_query("SELECT 1")
        with pytest.raises(ssl.SSLCertVerificationError):
            await migrate(by_system(front))
        assert await Probe(connect_alone).ask() is Trouble.DATABASE

    assert (front.heard, front.passed) == (b"", 0)


async def test_the_next_host_serves_where_the_first_is_away(postgres, verified, right, pooled):
    async with postgres(right) as front:
        near = f"127.0.0.1:{front.port}"
        await pooled(verified(front).replace(near, f"127.0.0.1:1,{near}") + "&target_session_attrs=read-write")

        assert await is_tls()
        assert front.heard == b""


@pytest.fixture
def bus(trusted: Authority) -> Callable[[Front], str]:
    """The URL of the bus behind a front, whose certificate must be right."""
    return lambda front: f"rediss://127.0.0.1:{front.port}/0?ssl_ca_certs={trusted.file}"


async def test_the_bell_rings_over_tls(redis, bus, right):
    heard = asyncio.Event()
    async with redis(right) as front:
        bell = Bell(bus(front), "epoch", BellLimits(ring=5.0))
        listening = asyncio.create_task(bell.listen(heard.set))
        async with asyncio.timeout(60):
            await heard.wait()
            heard.clear()
            await bell.ring(1)
            await heard.wait()

        assert (bell.live, bell.failed_rings) == (True, 0)
        assert front.passed > 0
        listening.cancel()
        await asyncio.wait([listening])
        await bell.close()


async def test_a_false_bus_hears_no_ring_and_nobody_listens_to_it(redis, bus, false):
    told = asyncio.Event()
    async with redis(false) as front:
        bell = Bell(bus(front), "epoch", BellLimits(ring=5.0))
        listening = asyncio.create_task(bell.listen(told.set))
        async with asyncio.timeout(60):
            await bell.ring(1)
            await told.wait()

        assert (bell.live, bell.connections, bell.failed_rings) == (False, 0, 1)
        listening.cancel()
        await asyncio.wait([listening])
        await bell.close()

    assert front.passed == 0


async def test_throttles_and_budgets_count_over_tls(redis, bus, right, monkeypatch):
    for patient in (throttling, budgeting):
        monkeypatch.setattr(patient, "PATIENCE_SECONDS", 30.0)  # two certificates are looked at in one process
    async with redis(right) as front:
        throttles, budgets = Throttles(bus(front)), Budgets(bus(front), "test")

        await throttles.submission("somebody")
        passed = front.passed
        await budgets.spend(1, Budget(100, 1), 10)

        assert 0 < passed < front.passed
        await throttles.close()
        await budgets.close()


async def test_throttles_and_budgets_tell_a_false_bus_nothing_and_go_on(redis, bus, false):
    async with redis(false) as front:
        throttles, budgets = Throttles(bus(front)), Budgets(bus(front), "test")

        await throttles.submission("somebody")
        charge = await budgets.spend(1, Budget(100, 1), 10)

        assert charge.refusal is None
        await throttles.close()
        await budgets.close()

    assert front.passed == 0
