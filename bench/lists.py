"""CPU per request of a 50-row list with agency and assignee, and of a request that asks for nothing.

Beside PostGraphile 5, Mercurius (both on the wheel's Node) and bare Starlette, which read the same tables over the same
socket; these check no rights, hide no field and write no log. Each is warm before the first round, as Node's compiler
takes its time, and again before each of its turns; the servers take turns in each round.
"""

from __future__ import annotations

import http.client
import json
import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.desks import Served, bare, quiet_demo
from bench.node_servers import require_rivals, serving
from bench.rounds import told

ROUNDS, REQUESTS, WARM_UP, BEFORE_A_TURN = 5, 1_500, 1_000, 100
QUERY = """{ tickets(first: 50) { edges { node {
  id number version title status channel receivedAt leadAgency { name } assignee { name } } } } }"""
AMBER = """{ allTickets(first: 50, orderBy: [RECEIVED_AT_DESC, NUMBER_DESC]) { edges { node {
  id number version title status channel receivedAt
  agencyByLeadAgencyId { name } officerByAssigneeId { name } } } } }"""
LOADED = """{ tickets(first: 50) {
  id number version title status channel receivedAt leadAgency { name } assignee { name } } }"""
NOTHING = "{ __typename }"


@dataclass(frozen=True)
class Asked:
    """One request, over and over, to one server. named: what it is called in the table."""

    named: str
    served: Served
    path: str
    body: bytes
    headers: Mapping[str, str]

    @classmethod
    def graphql(cls, named: str, served: Served, query: str, **headers: str) -> Asked:
        return cls(named, served, "/graphql", json.dumps({"query": query}).encode(), headers)


def main() -> None:
    require_rivals()
    with ExitStack() as stack:
        desk, folder = stack.enter_context(quiet_demo())
        url = database_url(folder)
        floor = stack.enter_context(bare("bench.bare_list:app", BENCH_DATABASE_URL=url))
        graphile = stack.enter_context(serving("postgraphile", DATABASE_URL=url))
        mercurius = stack.enter_context(serving("mercurius-list", DATABASE_URL=url))
        token = f"Bearer {desk.access['tokens']['coordinator']}"
        ours = Asked.graphql("surga: GraphQL, rights, costs, log, one statement", desk, QUERY, authorization=token)
        others = [
            Asked.graphql("PostGraphile 5: one statement, no rights", graphile, AMBER),
            Asked.graphql("Mercurius with JIT and pg: three statements, no rights", mercurius, LOADED),
            Asked("bare Starlette: one joined statement, no GraphQL", floor, "/", b"{}", {}),
        ]
        nothing = Asked.graphql("surga: a request that asks for nothing", desk, NOTHING, authorization=token)
        for each in (ours, *others[:2]):
            check(each)
        for each in (ours, *others, nothing):
            warm(each)
        rounds = [[spent(each) for each in (ours, *others, nothing)] for _ in range(ROUNDS)]
    tell([ours, *others, nothing], [list(column) for column in zip(*rounds, strict=True)])


def tell(asked: Sequence[Asked], columns: Sequence[Sequence[float]]) -> None:
    print("50-row list with agency and assignee, CPU of the server process per request")
    for each, seconds in zip(asked, columns, strict=True):
        print(f"  {each.named:56} {statistics.median(seconds) * 1000:.2f} ms")
    for each, seconds in list(zip(asked, columns, strict=True))[1:4]:
        ratio = told([mine / other for mine, other in zip(columns[0], seconds, strict=True)])
        print(f"  ratio of the list to {each.named.partition(':')[0]:26} {ratio}")


def database_url(folder: Path) -> str:
    servers = json.loads((folder / "servers.json").read_text("utf-8"))
    found: str = servers["database_url"]
    return found


def check(asked: Asked) -> None:
    """Make sure that 50 rows come back."""
    line = http.client.HTTPConnection("127.0.0.1", asked.served.port)
    [listed] = json.loads(ask(line, asked.path, asked.body, asked.headers))["data"].values()
    assert len(listed["edges"] if isinstance(listed, dict) else listed) == 50, listed  # noqa: S101


def warm(asked: Asked, times: int = WARM_UP) -> http.client.HTTPConnection:
    """The connection over which a server was asked so often."""
    line = http.client.HTTPConnection("127.0.0.1", asked.served.port)
    for _ in range(times):
        ask(line, asked.path, asked.body, asked.headers)
    return line


def spent(asked: Asked) -> float:
    """CPU seconds per request, one after the other on one connection."""
    line = warm(asked, BEFORE_A_TURN)
    before = asked.served.cpu_seconds()
    for _ in range(REQUESTS):
        ask(line, asked.path, asked.body, asked.headers)
    return (asked.served.cpu_seconds() - before) / REQUESTS


def ask(line: http.client.HTTPConnection, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    line.request("POST", path, body, {"Content-Type": "application/json", **headers})
    response = line.getresponse()
    answer = response.read()
    if response.status != 200:
        raise SystemExit(f"{response.status}: {answer[:200]!r}")
    return answer


if __name__ == "__main__":
    main()
