"""A production desk from the wheel alone, in a clean folder, behind nginx or Caddy with TLS, by the page's commands."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import websockets

from api.embedded.child_processes import unprivileged
from api.embedded.postgres import own_folder
from api.embedded.valkey import running_valkey
from tests.installed.machine import Machine, blocks, build_wheel
from tests.models.certificates import Authority
from tests.realtime.chaos import free_port
from tests.realtime.moved_servers import Cluster
from tests.test_operations import caddy, nginx, proxied

pytestmark = pytest.mark.slow(seconds=90)

SECONDS = 60.0
NAME = "lapor.example.go.id"
PASSWORD = "kuda lumping menari"
INVITED = "mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { email errors { code } } }"
SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { csrfToken viewer { roles } errors { code } } }"
INVITE = "mutation ($input: InviteStaffInput!) { inviteStaff(input: $input) { path errors { code } } }"
SUBMIT = "mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { ticket { number } errors { code } } }"
NUMBERS = "{ tickets(first: 5) { edges { node { number } } } }"
FEED = "subscription { ticketFeed { __typename ... on TicketEntered { ticket { number } } } }"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that the server's account may reach, whatever other runs do to the folders of pytest."""
    with tempfile.TemporaryDirectory(prefix="surga-test-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def machine(folder: Path) -> Iterator[Machine]:
    """A machine with a PostgreSQL and a Valkey of its own, and the wheel in the home folder."""
    postgres = Cluster(own_folder(folder / "servers", unprivileged()), "postgres")
    postgres.create()
    postgres.start()
    (folder / "valkey").mkdir()
    try:
        with running_valkey(folder / "valkey", folder / "valkey") as redis_url:
            machine = Machine(folder / "machine", postgres.sockets)
            (machine.folder / "redis_url").write_text(redis_url)
            build_wheel(machine.home)
            yield machine
    finally:
        postgres.stop(signal.SIGQUIT)


def write_secrets(machine: Machine, database: str) -> None:
    """What the page leaves to the administrator: where both servers are, and as whom."""
    folder = machine.path("/etc/surga/secrets")
    at = machine.environment["PGHOST"]
    found = {name: f"postgresql://surga_{role}@/{database}?host={at}" for name, role in (
        ("database_url", "app"), ("owner_url", "owner"),
    )} | {"redis_url": (machine.folder / "redis_url").read_text()}  # fmt: skip
    for name, value in found.items():
        (folder / name).write_text(value)
        (folder / name).chmod(0o400)


def ports() -> dict[str, str]:
    """What differs from the example where other tests run on the same machine."""
    return {"PORT": str(free_port()), "SURGA_METRICS": f"127.0.0.1:{free_port()}"}


class Desk:
    """The installed desk, as a browser sees it: through a proxy, under its name, over TLS."""

    def __init__(self, machine: Machine, folder: Path, proxy: Callable[..., list[Any]] = nginx) -> None:
        folder.mkdir(exist_ok=True)
        authority = Authority(folder, "ca")
        self.trusting = ssl.create_default_context(cafile=str(authority.file))
        self.port = free_port()
        self.proxy = proxy(folder, self.port, int(machine.settings["PORT"]), authority.pair("proxy"))
        self.origin = f"https://{NAME}"
        self.headers = {"Host": NAME, "Origin": self.origin}
        self.client, self.citizen = self._browser(), self._browser()
        self.cookie = ""

    def _browser(self) -> httpx.AsyncClient:
        address = f"https://127.0.0.1:{self.port}"
        return httpx.AsyncClient(verify=self.trusting, base_url=address, headers=self.headers, timeout=SECONDS)

    async def ask(self, query: str, by: httpx.AsyncClient | None = None, **given: Any) -> Any:
        """The data of an answer without errors."""
        answer = (await (by or self.client).post("/graphql", json={"query": query, "variables": given})).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def accept(self, link: str) -> None:
        """Set the password behind a one-time link."""
        given = {"token": link.partition("#token=")[2], "password": PASSWORD}
        assert (await self.ask(INVITED, self.citizen, input=given))["acceptInvitation"]["errors"] == []

    async def sign_in(self, email: str, role: str) -> None:
        """Keep the session's cookie and its token, as the desk's own page does."""
        query = {"query": SIGN_IN, "variables": {"input": {"email": email, "password": PASSWORD, "cookie": True}}}
        answer = await self.citizen.post("/graphql", json=query)
        self.citizen.cookies.clear()
        signed_in = answer.json()["data"]["signIn"]
        assert (signed_in["viewer"], signed_in["errors"]) == ({"roles": [role]}, [])
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        self.client.headers.update({"Cookie": self.cookie, "X-Surga-CSRF": signed_in["csrfToken"]})

    def go_on(self, session: Desk) -> None:
        """Go on with the session that was begun through another proxy."""
        self.cookie = session.cookie
        self.client.headers.update({name: session.client.headers[name] for name in ("Cookie", "X-Surga-CSRF")})

    async def ready(self) -> dict[str, Any]:
        """What /ready says once it is 200."""
        async with asyncio.timeout(SECONDS):
            while (answer := await self.client.get("/ready")).status_code != 200:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
        return dict(answer.json())

    @asynccontextmanager
    async def feed(self) -> AsyncIterator[Any]:
        """A live list that stands."""
        headers = {"Cookie": self.cookie, "Origin": self.origin}
        async with websockets.connect(
            f"wss://{NAME}/graphql", host="127.0.0.1", port=self.port, ssl=self.trusting, open_timeout=SECONDS,
            server_hostname="127.0.0.1", subprotocols=["graphql-transport-ws"], additional_headers=headers,
        ) as line:  # fmt: skip
            await line.send(json.dumps({"type": "connection_init"}))
            await line.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": FEED}}))
            assert (await frame(line))["__typename"] == "FeedHeartbeat"
            yield line


async def frame(line: Any) -> dict[str, Any]:
    """The next event of the live list."""
    while (said := json.loads(await line.recv()))["type"] != "next":
        assert said["type"] in ("connection_ack", "ping"), said
    return dict(said["payload"]["data"]["ticketFeed"])


async def entered(line: Any) -> str:
    """The number of the next ticket that comes into the list."""
    async with asyncio.timeout(SECONDS):
        while (event := await frame(line))["__typename"] != "TicketEntered":
            assert event["__typename"] == "FeedHeartbeat"
    return str(event["ticket"]["number"])


async def invited(desk: Desk, email: str) -> str:
    """The link by which a new coordinator sets their password."""
    posts = [{"agencyCode": "DISKOMINFO", "role": "COORDINATOR"}]
    answer = (await desk.ask(INVITE, input={"email": email, "name": "Sari Uji", "assignments": posts}))["inviteStaff"]
    assert answer["errors"] == []
    return str(answer["path"])


async def submitted(desk: Desk, title: str = "Lampu jalan padam", body: str = "Gelap sejak Senin.") -> str:
    """The number of a report."""
    given = {"title": title, "body": body, "channel": "SURGA_WEB"}
    answer = (await desk.ask(SUBMIT, desk.citizen, input=given))["submitTicket"]
    assert answer["errors"] == []
    return str(answer["ticket"]["number"])


async def told_by(machine: Machine, *words: str) -> str:
    """The metrics, once they hold all of these words."""
    async with httpx.AsyncClient(timeout=SECONDS) as client, asyncio.timeout(SECONDS):
        while True:
            text = (await client.get(f"http://{machine.settings['SURGA_METRICS']}/metrics")).text
            if all(word in text for word in words):
                return text
            await asyncio.sleep(0.2)


def forget_jobs(machine: Machine) -> None:
    """Forget when jobs went well: what is written from now on comes from a worker that runs now."""
    machine.run("psql -d surga -qc 'DELETE FROM job_success'")


async def works(machine: Machine) -> None:
    """Wait until a job of the worker went well."""
    times = "psql -d surga -qtAc \"SELECT count(*) FROM job_success WHERE name = 'seal_audit_log'\""
    async with asyncio.timeout(SECONDS):
        while machine.run(times) == "0\n":  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


def children(process: subprocess.Popen[bytes]) -> set[int]:
    """The processes that serve; Python's own helper is none."""
    found = psutil.Process(process.pid).children()
    return {child.pid for child in found if not any("resource_tracker" in word for word in words_of(child))}


def words_of(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return list(process.cmdline())
    return []


async def reloaded(desk: Desk, process: subprocess.Popen[bytes]) -> list[int]:
    """What requests are answered while all processes are replaced, one after another."""
    old, answers = children(process), []
    process.send_signal(signal.SIGHUP)
    async with asyncio.timeout(SECONDS):
        while old & children(process) or len(children(process)) < len(old):
            answers.append((await desk.client.get("/alive")).status_code)
    return answers


async def test_the_page_installs_upgrades_and_restores_a_desk(machine: Machine, folder: Path) -> None:
    install, prepare, look, upgrade, backup, restore, adopt = blocks()
    machine.run(install)
    write_secrets(machine, "surga")
    machine.configure(**ports())
    link = machine.run(prepare, EMAIL="admin@kediri.example").splitlines()[-1]
    desk = Desk(machine, folder)
    async with proxied(desk.proxy, desk.port, folder), desk.client, desk.citizen:
        with machine.unit("surga-serve") as serve:
            with machine.unit("surga-worker"):
                assert "hints" not in await desk.ready()
                await desk.accept(link)
                await desk.sign_in("admin@kediri.example", "ADMIN")
                await desk.accept(await invited(desk, "sari@kediri.example"))
                await desk.sign_in("sari@kediri.example", "COORDINATOR")
                async with desk.feed() as line:
                    number = await submitted(desk)
                    assert await entered(line) == number
                await told_by(machine, 'surga_up{worker="0"} 1.0', 'surga_up{worker="1"} 1.0', 'job="seal_audit_log"')
                assert "commit " in machine.run(look)
            forget_jobs(machine)
            with machine.unit("surga-worker"):  # as `systemctl restart` does
                await works(machine)

            assert "Nothing would be applied" in machine.run(upgrade)
            assert set(await reloaded(desk, serve)) == {200}
            machine.run(backup)
        machine.run(restore)
        write_secrets(machine, "surga_baru")
        machine.run(adopt)
        with machine.unit("surga-serve"):
            await desk.ready()
            assert await numbers(desk) == [number]
            await goes_through_caddy(machine, folder, desk, number)


async def goes_through_caddy(machine: Machine, folder: Path, session: Desk, number: str) -> None:
    """The same desk behind the other proxy: a page, a query, a live list and the address of who asks."""
    desk = Desk(machine, folder / "caddy", caddy)
    desk.go_on(session)
    async with proxied(desk.proxy, desk.port, folder / "caddy"), desk.client, desk.citizen:
        assert "hints" not in await desk.ready()
        page = await desk.client.get("/invite")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert (await desk.client.get("/metrics")).status_code == 404
        assert await numbers(desk) == [number]
        async with desk.feed() as line:
            later = await submitted(desk, "Pohon tumbang", "Menutup separuh jalan di depan pasar.")
            assert await entered(line) == later
        assert "hints" not in await desk.ready()


async def numbers(desk: Desk) -> list[str]:
    """The reports of the desk, newest first."""
    return [edge["node"]["number"] for edge in (await desk.ask(NUMBERS))["tickets"]["edges"]]
