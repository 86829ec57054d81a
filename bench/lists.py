"""CPU per request of a 50-row list with agency and assignee, beside bare Starlette with one joined statement."""

from __future__ import annotations

import http.client
import json
import statistics
from pathlib import Path

from bench.desks import Served, bare, quiet_demo
from bench.rounds import told

ROUNDS, REQUESTS, WARM_UP = 3, 400, 100
QUERY = """{ tickets(first: 50) { edges { node {
  id number version title status channel receivedAt leadAgency { name } assignee { name } } } } }"""


def main() -> None:
    with quiet_demo() as (desk, folder):
        url = database_url(folder)
        with bare("bench.bare_list:app", BENCH_DATABASE_URL=url) as floor:
            body = json.dumps({"query": QUERY}).encode()
            headers = {"Authorization": f"Bearer {desk.access['tokens']['coordinator']}"}
            check(desk, body, headers)
            pairs = [(spent(desk, body, headers), spent(floor, b"{}", {})) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    print("50-row list with agency and assignee, CPU of the server process per request")
    print(f"  surga (GraphQL, rights, one statement)      {ours:.2f} ms")
    print(f"  baseline: bare Starlette, one joined select {theirs:.2f} ms")
    print(f"  ratio {told([our / their for our, their in pairs])}")


def database_url(folder: Path) -> str:
    servers = json.loads((folder / "servers.json").read_text("utf-8"))
    found: str = servers["database_url"]
    return found


def check(desk: Served, body: bytes, headers: dict[str, str]) -> None:
    answer = json.loads(ask(http.client.HTTPConnection("127.0.0.1", desk.port), "/graphql", body, headers))
    assert len(answer["data"]["tickets"]["edges"]) == 50, answer  # noqa: S101


def spent(served: Served, body: bytes, headers: dict[str, str]) -> float:
    """CPU seconds per request, one after the other on one connection."""
    line = http.client.HTTPConnection("127.0.0.1", served.port)
    path = "/graphql" if served.access else "/"
    for _ in range(WARM_UP):
        ask(line, path, body, headers)
    before = served.cpu_seconds()
    for _ in range(REQUESTS):
        ask(line, path, body, headers)
    return (served.cpu_seconds() - before) / REQUESTS


def ask(line: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    line.request("POST", path, body, {"Content-Type": "application/json", **headers})
    response = line.getresponse()
    answer = response.read()
    if response.status != 200:
        raise SystemExit(f"{response.status}: {answer[:200]!r}")
    return answer


if __name__ == "__main__":
    main()
