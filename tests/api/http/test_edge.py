"""The edge: what every request passes first, and what every answer gets on its way out."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.edge import Edge
from api.http.metrics import Metrics
from api.security.origins import Origins

DESK = Origins(hosts=("desk.example.go.id",), origins=("https://portal.example.go.id",))


async def direct(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("direct")(scope, receive, send)


def varied(_: Request) -> Response:
    return PlainTextResponse("varied", headers={"vary": "Accept", "x-frame-options": "SAMEORIGIN"})


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise ZeroDivisionError


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(metrics: Metrics) -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/varied", varied)])
    edge: ASGIApp = Edge(app, metrics=metrics, origins=DESK, https=False, direct={"/graphql": direct, "/x": broken})
    return httpx.AsyncClient(transport=httpx.ASGITransport(edge), base_url="https://desk.example.go.id")


async def test_a_direct_path_never_meets_the_routes(client: httpx.AsyncClient) -> None:
    assert (await client.post("/graphql")).text == "direct"


async def test_a_page_of_a_listed_origin_takes_the_direct_way_too(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", headers={"origin": "https://portal.example.go.id"})

    assert answer.text == "direct"
    assert answer.headers["access-control-allow-origin"] == "https://portal.example.go.id"
    assert answer.headers["vary"] == "Origin"


async def test_a_page_of_another_origin_is_allowed_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", headers={"origin": "https://evil.example"})

    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"


async def test_what_an_answer_says_itself_is_said_once(client: httpx.AsyncClient) -> None:
    answer = await client.get("/varied")

    assert answer.headers.get_list("vary") == ["Accept, Origin"]
    assert answer.headers.get_list("x-frame-options") == ["SAMEORIGIN"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_answer_without_an_origin_varies_by_it(client: httpx.AsyncClient) -> None:
    assert (await client.post("/graphql")).headers.get_list("vary") == ["Origin"]


async def test_a_given_id_comes_back_and_a_bad_one_does_not(client: httpx.AsyncClient) -> None:
    good = await client.post("/graphql", headers={"x-request-id": "proxy-0001"})
    bad = await client.post("/graphql", headers={"x-request-id": "no id"})

    assert good.headers["x-request-id"] == "proxy-0001"
    assert len(bad.headers["x-request-id"]) == 32


async def test_a_request_that_breaks_is_counted_as_a_500(client: httpx.AsyncClient, metrics: Metrics) -> None:
    with pytest.raises(ZeroDivisionError):
        await client.get("/x")
    await client.post("/graphql")
    await client.post("/graphql")

    told = generate_latest(metrics.registry).decode()
    assert 'surga_requests_total{route="other",status="500"} 1.0' in told
    assert 'surga_requests_total{route="/graphql",status="200"} 2.0' in told
    assert 'surga_request_seconds_count{route="/graphql"} 2.0' in told
