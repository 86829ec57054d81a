"""docs/partners.md as it stands there, against a served desk."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from graphql import parse, validate

from models import Client, Event, Grant
from schema import build_schema
from schema.partners.contracts import contract
from services.access.grants import read_coordinates
from services.core.desk import Desk
from tests.api.partner_desk import ask, make_partner
from tests.clients.town import Town
from tests.conftest import SECRET
from tests.factories import make_ticket
from tests.forking import Program
from tests.root import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "partners.md"
Fetch = Callable[..., Any]
Typed = Callable[[str], Awaitable[subprocess.CompletedProcess[str]]]


def snippet(kind: str) -> str:
    """The block of the page that is marked so, e.g. `graphql list`."""
    found = re.search(rf"^```{kind}\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None, kind
    return found[1]


async def data(town: Town, key: str, kind: str, **variables: Any) -> dict[str, Any]:
    answer = (await ask(town, key, snippet(f"graphql {kind}"), **variables)).json()
    assert "errors" not in answer, answer
    names = {"requested", "fields", "statements", "left", "restorePerSecond"}
    assert answer["extensions"]["cost"].keys() == names
    found: dict[str, Any] = answer["data"]
    return found


def client() -> Callable[..., Any]:
    names: dict[str, Any] = {"LIVE": snippet("graphql live")}
    exec(snippet("python live"), names)  # noqa: S102 - the page's own program
    follow: Callable[..., Any] = names["follow"]
    return follow


async def test_from_a_key_to_the_first_live_event_and_on_after_a_pause(desk: Desk, town: Town) -> None:
    _, key = await make_partner(desk, "Pembaca")
    start = (await data(town, key, "list"))["tickets"]["feedCursor"]
    made = [(await make_ticket()).number for _ in range(2)]
    seen: list[str] = []

    def shown(change: dict[str, Any]) -> bool:
        seen.append(change["ticket"]["number"])
        return len(seen) not in (1, 3)

    after = await asyncio.wait_for(client()(town.ws, key, start, shown), 60)
    made.append((await make_ticket()).number)
    last = await asyncio.wait_for(client()(town.ws, key, after, shown), 60)

    assert seen == made
    assert last != after


async def test_the_same_report_is_made_once_and_found_again(desk: Desk, town: Town) -> None:
    _, key = await make_partner(desk, "Pengirim")

    first, again = [(await data(town, key, "submit", externalId="A-1"))["submitTicket"] for _ in range(2)]
    found = (await data(town, key, "find", externalId="A-1"))["tickets"]["edges"]

    assert first == again
    assert first["errors"] == []
    assert found == [{"node": {"number": first["ticket"]["number"], "status": "RECEIVED"}}]


async def test_the_pull_feed_starts_goes_on_and_stands_still(desk: Desk, town: Town) -> None:
    _, key = await make_partner(desk, "Penarik")
    place = (await data(town, key, "pull"))["ticketStatusChanges"]["cursor"]
    ticket = await make_ticket()

    page = (await data(town, key, "pull", after=place))["ticketStatusChanges"]
    rest = (await data(town, key, "pull", after=page["cursor"]))["ticketStatusChanges"]

    assert [edge["node"]["ticket"] for edge in page["edges"]] == [{"number": ticket.number, "status": "RECEIVED"}]
    assert (page["hasNextPage"], page["reset"], rest["edges"]) == (False, False, [])
    assert desk.cursors.open_feed(rest["cursor"]) == desk.cursors.open_feed(page["cursor"])


async def test_the_shell_finds_the_key_and_asks_as_the_page_says(desk: Desk, town: Town, tmp_path: Path) -> None:
    _, key = await make_partner(desk, "Peminta")
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo.json").write_text(json.dumps({"tokens": {"partner": key}}))
    find, request = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    script = find.replace("http://127.0.0.1:8000/graphql", town.graphql) + request

    running = await asyncio.create_subprocess_shell(script, cwd=tmp_path, stdout=asyncio.subprocess.PIPE)
    said, _ = await running.communicate()

    assert json.loads(said)["data"]["tickets"]["edges"] == []


@pytest.fixture
def typed(program: Program, database_url: str, redis_url: str, tmp_path: Path) -> Typed:
    """Run lines of the page in a shell that knows `surga`."""
    program.write_command(tmp_path / "surga")
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SURGA_DATABASE_URL": database_url,
        "SURGA_REDIS_URL": redis_url,
        "SURGA_SECRET_KEY": SECRET,
        "SURGA_ENVIRONMENT": "test",
    }

    async def run(lines: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            subprocess.run,
            ["sh", "-e", "-c", lines],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    return run


async def test_the_smallest_agreement_is_enough_and_can_be_completed(
    desk: Desk, town: Town, typed: Typed, tmp_path: Path
) -> None:
    (tmp_path / "kecil.yaml").write_text(snippet("yaml minimal"))
    (tmp_path / "ringkas.yaml").write_text(snippet("yaml leaves"))
    number = (await make_ticket()).number

    done = await typed(snippet("sh minimal"))

    assert done.returncode == 0, done.stderr
    key = next(line for line in done.stdout.split() if line.startswith("srg_"))
    body = {"query": snippet("graphql minimal"), "operationName": "Now"}
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {key}"}, timeout=60) as http:
        shown = (await http.post(town.graphql, json=body)).json()
    assert shown["data"]["tickets"]["edges"] == [{"node": {"number": number, "status": "RECEIVED"}}]
    assert [line for line in done.stdout.splitlines() if line.startswith("+ ")] == [
        "+ Query.ticketStatusChanges",
        "+ Query.tickets",
        "+ TicketConnection.edges",
        "+ TicketEdge.node",
        "+ TicketStatusChangeConnection.edges",
        "+ TicketStatusChangeEdge.node",
    ]
    assert await Grant.filter(client__name="Dinas Ringkas").count() == 1


def test_the_smallest_agreement_has_nothing_to_spare() -> None:
    core, document = build_schema()._schema, parse(snippet("graphql minimal"))
    coordinates = read_coordinates(yaml.safe_load(snippet("yaml minimal"))["coordinates"])

    assert validate(contract(core, coordinates), document) == []
    for each in coordinates:
        made = contract(core, coordinates - {each})
        assert made.query_type is None or validate(made, document) != [], each


async def test_the_desk_agrees_with_a_partner_as_the_page_says(desk: Desk, typed: Typed) -> None:
    done = await typed(snippet("sh surga"))

    assert done.returncode == 0, done.stderr
    assert "Nothing breaks" in done.stdout
    grant = await Grant.get(client=await Client.get(name="Dinas Contoh"))
    assert grant.ends_at is not None
    assert await Event.filter(kind="RIGHTS_CHANGED", subject_kind="CLIENT").count() == 2
