"""The floor under a 50-row list: Starlette, one joined statement, no GraphQL, no rights."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STATEMENT = """
SELECT t.id, t.number, t.version, t.title, t.status, t.channel, t.received_at, a.name AS agency, o.name AS assignee
FROM ticket t LEFT JOIN agency a ON a.id = t.lead_agency_id LEFT JOIN officer o ON o.id = t.assignee_id
ORDER BY t.received_at DESC, t.number DESC LIMIT 50
"""


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.pool = await asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=1, max_size=10)
    yield
    await app.state.pool.close()


async def listed(request: Request) -> Response:
    async with request.app.state.pool.acquire() as connection:
        rows = await connection.fetch(STATEMENT)
    return Response(orjson.dumps([dict(row) for row in rows]), media_type="application/json")


app = Starlette(routes=[Route("/", listed, methods=["GET", "POST"])], lifespan=lifespan)
