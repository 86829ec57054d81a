"""A small town whose desk is served on a real port, for clients that are not ours."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from api.app import create_app
from api.server.serving import options
from api.settings import Settings
from models import Agency
from models.enums import PrincipalKind, Role
from services.core.desk import Desk
from services.credentials.credentials import issue
from tests.clients import documents
from tests.factories import make_agency, make_area, make_category, make_officer
from tests.residue import keep
from tests.serving import serving


@dataclass(frozen=True)
class Town:
    """Where the desk is served, and a token for each role."""

    graphql: str
    ws: str
    tokens: dict[str, str]

    async def ask(self, who: str | None, name: str, **variables: Any) -> dict[str, Any]:
        """Run one document of the admin frontend as somebody, or as nobody; GraphQL errors fail the test."""
        answer = await self.post(self.tokens[who] if who else None, documents.text(name), variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def post(self, token: str | None, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Send one request as any client would."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:
            answer = await client.post(self.graphql, json={"query": query, "variables": variables})
        return answer.json()


async def found_town(desk: Desk) -> dict[str, str]:
    """Make the agencies, areas, categories and officers of a small town; returns a token for each role."""
    steering = await make_agency("diskominfo", name="Dinas Kominfo")
    roads = await make_agency("dpupr", name="Dinas PUPR")
    await make_category("jalan-rusak", parent=await make_category("infrastruktur"))
    await make_area("35.71.01.1001", name="Bandar Lor", kecamatan="Mojoroto")
    return {
        "coordinator": await token(desk, steering, Role.COORDINATOR, "Koordinator Uji"),
        "liaison": await token(desk, roads, Role.LIAISON, "Penghubung Uji"),
        "officer": await token(desk, roads, Role.OFFICER, "Petugas Uji"),
    }


async def token(desk: Desk, agency: Agency, role: Role, name: str) -> str:
    """Make an officer and give a token for it."""
    officer = await make_officer(agency, role, name=name)
    issued = await issue(desk, PrincipalKind.STAFF, name=name, officer_id=officer.id)
    return issued.token


@asynccontextmanager
async def served_town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    """Serve a new town on a free loopback port until the block ends, as `surga serve` does."""
    tokens = await found_town(desk)
    async with served(desk, settings) as place:
        yield Town(f"http://{place}/graphql", f"ws://{place}/graphql", tokens)


async def keep_metrics(url: str) -> None:
    """What a monitor would read now is searched with all else at the end of the run."""
    async with httpx.AsyncClient(timeout=60) as client:
        keep("metrics.txt", (await client.get(url)).text)


@asynccontextmanager
async def served(desk: Desk, settings: Settings, port: int = 0) -> AsyncIterator[str]:
    """Serve a desk on this loopback port, else on a free one; gives host and port."""
    with socket.create_server(("127.0.0.1", port)) as line:
        host, port = line.getsockname()
        async with serving(uvicorn.Config(create_app(settings, desk=desk), **options(settings)), line):
            yield f"{host}:{port}"
            await keep_metrics(f"http://{host}:{port}/metrics")
