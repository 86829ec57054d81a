"""docs/partners.md as it stands there, against a served desk."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models import Client, Event, Grant
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


async def test_the_desk_agrees_with_a_partner_as_the_page_says(
    program: Program, desk: Desk, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    program.write_command(tmp_path / "surga")
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SURGA_DATABASE_URL": database_url,
        "SURGA_REDIS_URL": redis_url,
        "SURGA_SECRET_KEY": SECRET,
        "SURGA_ENVIRONMENT": "test",
    }

    done = await asyncio.to_thread(
        subprocess.run,
        ["sh", "-e", "-c", snippet("sh surga")],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "Nothing breaks" in done.stdout
    grant = await Grant.get(client=await Client.get(name="Dinas Contoh"))
    assert grant.ends_at is not None
    assert await Event.filter(kind="RIGHTS_CHANGED", subject_kind="CLIENT").count() == 2
