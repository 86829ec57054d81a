"""The passwords of PostgreSQL and Redis change while the desk runs, as docs/security.md says, and no event is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import redis.exceptions
from redis.asyncio import Redis

from tests.realtime.chaos import SURGA
from tests.realtime.test_processes import Desk, desk, made, moved, postgres

__all__ = ["desk", "made", "postgres"]
pytestmark = pytest.mark.slow


class Secrets:
    """The passwords that the servers want, and the files that the desk reads them from."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.folder = folder
        self.redis_url = desk.environment.pop("SURGA_REDIS_URL")
        del desk.environment["SURGA_DATABASE_URL"]
        for name in ("DATABASE", "REDIS"):
            desk.environment[f"SURGA_{name}_URL_FILE"] = str(folder / name)
        self.redis = Redis.from_url(self.redis_url)

    async def begin(self, password: str) -> None:
        rule = self.desk.postgres.folder / "postgres" / "pg_hba.conf"
        rule.write_text("local all surga scram-sha-256\n" + rule.read_text())
        await self.run(f"CREATE ROLE surga SUPERUSER LOGIN PASSWORD '{password}'", "SELECT pg_reload_conf()")
        await self.redis.config_set("requirepass", password)
        self.write(password)

    async def change(self, password: str) -> None:
        await self.run(f"ALTER ROLE surga PASSWORD '{password}'")
        await self.redis.config_set("requirepass", password)

    async def run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.desk.postgres.url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    def urls(self, password: str) -> dict[str, str]:
        host = urlsplit(self.redis_url).netloc
        database = self.desk.postgres.url.replace("postgres@", f"surga:{password}@")
        return {"DATABASE": database, "REDIS": f"redis://:{password}@{host}"}

    def write(self, password: str) -> None:
        for name, url in self.urls(password).items():
            file = self.folder / name
            file.touch(mode=0o600)
            file.write_text(url)

    async def require_useless(self, password: str) -> None:
        """Nobody gets in with this password."""
        urls = self.urls(password)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(urls["DATABASE"])
        async with Redis.from_url(urls["REDIS"]) as client:
            with pytest.raises(redis.exceptions.AuthenticationError):
                await client.ping()


@asynccontextmanager
async def working(environment: dict[str, str]) -> AsyncIterator[None]:
    """One `surga worker` that has begun to work."""
    given = {**os.environ, **environment}
    process = await asyncio.create_subprocess_exec(
        str(SURGA), "worker", env=given, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while b"job done" not in (said := await process.stdout.readline()):
                assert said, "the worker ended"
        yield
        assert process.returncode is None
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        async with asyncio.timeout(60):
            await process.communicate()
    assert process.returncode in (0, -signal.SIGTERM)


async def test_passwords_change_while_the_desk_runs_and_no_event_is_lost(desk: Desk, tmp_path: Path) -> None:
    secrets = Secrets(desk, tmp_path)
    await secrets.begin("the-first")
    await desk.serve()
    async with working(desk.environment):
        async with desk.following(await desk.cursor()) as line:
            first = await moved(desk)
            version, _, cursor = await line.change()
            while version < first:
                version, _, cursor = await line.change()

        await secrets.change("the-second")
        await secrets.require_useless("the-first")

        missed = [await moved(desk), await moved(desk)]  # on connections that were open
        await desk.until_ready("LIVE")
    secrets.write("the-second")
    await desk.end()
    await desk.serve()
    async with working(desk.environment), desk.following(cursor) as line:
        last = await moved(desk)
        seen = [(await line.change())[0]]
        while seen[-1] < last:
            seen.append((await line.change())[0])

    assert missed[-1] in seen
    assert seen == list(range(version + 1, last + 1))
    await secrets.redis.aclose()
