"""GraphQL over HTTP: media types, statuses, hostile bodies, deadlines, and what never reaches a client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import strawberry
from starlette.requests import Request
from starlette.types import Message

from api.documents.documents import Documents
from api.http.graphql import GraphQLEndpoint, HttpLimits
from services.core.refusals import EdgeRefusal

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


class Recorder:
    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def error(self, event: str, **values: Any) -> None:
        self.lines.append({"event": event, **values})


@strawberry.type
class Query:
    @strawberry.field
    def echo(self, text: str) -> str | None:
        return text

    @strawberry.field
    async def later(self, text: str) -> str:
        await asyncio.sleep(0)
        return text

    @strawberry.field
    async def never(self) -> str:
        await asyncio.Event().wait()
        return "never"

    @strawberry.field
    def boom(self) -> str | None:
        raise ValueError("secret of Budi")

    @strawberry.field
    def half(self) -> str:
        return "\ud800"

    @strawberry.field
    def caller(self, info: strawberry.Info[Any]) -> str:
        return str(info.context)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self) -> str:
        return "changed"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncIterator[int]:
        yield 1


SCHEMA = strawberry.Schema(Query, Mutation, Subscription)


async def context(request: Request) -> str:
    if request.headers.get("authorization") == "slow":
        await asyncio.Event().wait()
    token = request.headers.get("authorization")
    if token == "Bearer wrong":
        raise EdgeRefusal("UNAUTHENTICATED", "token_wrong")
    if token == "Bearer often":
        raise EdgeRefusal("RATE_LIMITED", "often", extensions={"retryAfterSeconds": 7})
    if token == "Bearer away":
        raise ConnectionRefusedError("db")
    if token == "Bearer broken":
        raise ValueError("secret of Budi")
    return token or "anonymous"


@pytest.fixture
def log() -> Recorder:
    return Recorder()


@pytest.fixture
def limits() -> HttpLimits:
    return HttpLimits()


@pytest.fixture
def endpoint(log: Recorder, limits: HttpLimits) -> GraphQLEndpoint:
    return GraphQLEndpoint(
        Documents(SCHEMA._schema), context, log=log, executor_class=SCHEMA.execution_context_class, limits=limits
    )


@pytest.fixture
async def client(endpoint: GraphQLEndpoint) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=endpoint)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers={"accept": GRAPHQL}) as client:
        yield client


async def post(client: httpx.AsyncClient, query: str, **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    return await client.post("/graphql", json={"query": query, **more}, headers=headers)


def code(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


async def test_answers_a_query(client: httpx.AsyncClient) -> None:
    response = await post(client, "query ($t: String!) { later(text: $t) }", variables={"t": "Jalan Dhoho, é"})

    assert response.status_code == 200
    assert response.json() == {"data": {"later": "Jalan Dhoho, é"}}
    assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON};q=0.5, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0, {JSON}", JSON),
        ("text/html, */*;q=0.1", JSON),
    ],
)
async def test_the_client_chooses_the_media_type(client: httpx.AsyncClient, accept: str, media: str) -> None:
    response = await post(client, '{ echo(text: "a") }', headers={"accept": accept})

    assert response.headers["content-type"] == f"{media}; charset=utf-8"


async def test_a_media_type_that_is_not_offered_is_refused(client: httpx.AsyncClient) -> None:
    response = await post(client, '{ echo(text: "a") }', headers={"accept": "text/html"})

    assert (response.status_code, code(response)) == (406, "BAD_INPUT")


async def test_queries_may_come_by_get(client: httpx.AsyncClient) -> None:
    asked = {"query": "query A($t: String!) { echo(text: $t) } query B { caller }", "operationName": "A"}
    response = await client.get("/graphql", params={**asked, "variables": '{"t": "x"}'})

    assert response.json() == {"data": {"echo": "x"}}


async def test_mutations_may_not_come_by_get(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "mutation { change }"})

    assert (response.status_code, response.headers["allow"], code(response)) == (405, "POST", "BAD_INPUT")
    assert (await post(client, "mutation { change }")).json() == {"data": {"change": "changed"}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")

    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_subscriptions_are_sent_to_the_websocket(client: httpx.AsyncClient) -> None:
    by_post = await post(client, "subscription { ticks }", headers={"accept-language": "en"})
    by_get = await client.get("/graphql", params={"query": "subscription { ticks }"})

    assert (by_post.status_code, by_get.status_code) == (400, 400)
    assert "graphql-transport-ws" in by_post.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql",
     "application/json; charset=utf-16", "application/jsonx"],
)  # fmt: skip
async def test_only_json_is_read(client: httpx.AsyncClient, content_type: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = await client.post("/graphql", content=b'{"query":"{ caller }"}', headers=headers)

    assert (response.status_code, code(response)) == (415, "BAD_INPUT")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity"])
async def test_compressed_bodies_are_refused(client: httpx.AsyncClient, encoding: str) -> None:
    response = await client.post("/graphql", json={"query": "{ caller }"}, headers={"content-encoding": encoding})

    assert response.status_code == 415


HOSTILE = {
    "nothing": b"",
    "null": b"null",
    "number": b"1",
    "text": b'"x"',
    "list of null": b"[null]",
    "batch": b'[{"query":"{ caller }"}]',
    "NaN": b'{"query":"{ caller }","variables":{"t":NaN}}',
    "infinity": b'{"query":"{ caller }","variables":{"t":1e999}}',
    "long integer": b'{"query":"{ caller }","variables":{"t":' + b"7" * 6_000 + b"}}",
    "bare long integer": b"7" * 6_000,
    "deep": b"[" * 90_000,
    "deep variables": b'{"query":"{ caller }","variables":{"t":' + b"[" * 500 + b"]" * 500 + b"}}",
    "bad UTF-8": b'{"query":"{ caller }\xff"}',
    "UTF-16": '{"query":"{ caller }"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"query":"{ caller }"}',
    "raw NUL": b'{"query":"{ caller }\x00"}',
    "NUL in the document": b'{"query":"{ caller }\\u0000"}',
    "NUL in a literal": b'{"query":"{ echo(text: \\"\\\\u0000\\") }"}',
    "NUL in a braced literal": b'{"query":"{ echo(text: \\"\\\\u{000}\\") }"}',
    "NUL in a variable": b'{"query":"query($t:String!){echo(text:$t)}","variables":{"t":"a\\u0000b"}}',
    "NUL in a name": b'{"query":"{ caller }","variables":{"t":{"a\\u0000b":1}}}',
    "lone surrogate": b'{"query":"query($t:String!){echo(text:$t)}","variables":{"t":"\\ud800"}}',
    "lone surrogate in the document": b'{"query":"{ echo(text: \\"\\\\ud800\\") }"}',
    "no query": b"{}",
    "empty query": b'{"query":""}',
    "null query": b'{"query":null}',
    "query a number": b'{"query":1}',
    "variables a list": b'{"query":"{ caller }","variables":[]}',
    "variables a text": b'{"query":"{ caller }","variables":"{}"}',
    "operationName a number": b'{"query":"{ caller }","operationName":1}',
    "extensions a list": b'{"query":"{ caller }","extensions":[]}',
    "half an object": b'{"query":"{ caller }"',
    "two objects": b'{"query":"{ caller }"}{}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_bodies_are_the_clients_mistake(client: httpx.AsyncClient, log: Recorder, body: bytes) -> None:
    response = await client.post("/graphql", content=body, headers={"content-type": JSON})

    assert (response.status_code, code(response)) == (400, "BAD_INPUT")
    assert "data" not in response.json()
    assert log.lines == []


HASHED = {"persistedQuery": {"version": 1, "sha256Hash": "ab" * 32}}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
@pytest.mark.parametrize("query", [{}, {"query": ""}, {"query": None}], ids=["left out", "empty", "null"])
async def test_who_sends_a_hash_is_told_to_send_the_text(
    client: httpx.AsyncClient, query: dict[str, Any], accept: str
) -> None:
    body = {"operationName": "Q", "variables": {}, "extensions": HASHED, **query}
    told = {"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}
    in_url = {"operationName": "Q", "variables": "{}", "extensions": json.dumps(HASHED)}

    for language in ("id", "en"):
        headers = {"accept": accept, "accept-language": language}
        posted = await client.post("/graphql", json=body, headers=headers)
        got = await client.get("/graphql", params=in_url, headers=headers)

        assert (posted.status_code, posted.json()) == (got.status_code, got.json()) == (200, {"errors": [told]})


async def test_a_text_with_its_hash_is_answered(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": '{ echo(text: "x") }', "extensions": HASHED})

    assert response.json() == {"data": {"echo": "x"}}


@pytest.mark.parametrize("name", [name for name in HOSTILE if "NUL" in name or "surrogate" in name])
async def test_what_nobody_can_write_is_a_400_for_clients_that_know_only_json_too(
    client: httpx.AsyncClient, name: str
) -> None:
    headers = {"content-type": JSON, "accept": JSON}
    response = await client.post("/graphql", content=HOSTILE[name], headers=headers)

    assert (response.status_code, code(response)) == (400, "BAD_INPUT")


async def test_100_000_levels_of_json_are_refused_where_larger_bodies_are_allowed(log: Recorder) -> None:
    endpoint = GraphQLEndpoint(Documents(SCHEMA._schema), context, log=log, limits=HttpLimits(body_bytes=10**6))
    transport = httpx.ASGITransport(app=endpoint)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        response = await client.post("/graphql", content=b"[" * 100_000, headers={"content-type": JSON})

    assert (response.status_code, code(response)) == (400, "BAD_INPUT")


@pytest.mark.parametrize("variables", ["{", "1", "[]", "\x00", "\ud800"])
async def test_hostile_urls_are_the_clients_mistake(client: httpx.AsyncClient, variables: str) -> None:
    asked = {"query": "{ caller }", "variables": variables.encode("utf-8", "surrogatepass")}
    response = await client.get("/graphql", params=httpx.QueryParams(asked))  # type: ignore[arg-type]

    assert (response.status_code, code(response)) == (400, "BAD_INPUT")


async def test_invalid_documents_are_400_or_a_well_formed_200(client: httpx.AsyncClient) -> None:
    for query in ("{", "{ nothing }", "{ echo }"):
        assert (await post(client, query)).status_code == 400
        assert (await post(client, query, headers={"accept": JSON})).status_code == 200


async def test_wrong_variables_are_400_and_not_echoed(client: httpx.AsyncClient) -> None:
    response = await post(client, "query ($t: String!) { echo(text: $t) }", variables={"t": {"name": "Budi"}})

    assert (response.status_code, code(response)) == (400, "BAD_INPUT")
    assert "Budi" not in response.text


async def run(endpoint: GraphQLEndpoint, chunks: list[bytes], headers: dict[str, str]) -> tuple[list[Message], int]:
    """Send a body chunk by chunk; what came back, and how many chunks were taken."""
    sent: list[Message] = []
    waiting = list(chunks)

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": waiting.pop(0), "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in {"content-type": JSON, **headers}.items()]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": raw}
    await endpoint(scope, receive, send)
    return sent, len(chunks) - len(waiting)


async def test_a_body_over_the_limit_is_not_read_on(endpoint: GraphQLEndpoint) -> None:
    sent, taken = await run(endpoint, [b" " * 60_000] * 50, {})

    assert sent[0]["status"] == 413
    assert (b"connection", b"close") in sent[0]["headers"]
    assert taken == 2


async def test_a_body_that_announces_too_much_is_not_read_at_all(endpoint: GraphQLEndpoint) -> None:
    sent, taken = await run(endpoint, [b"{}"], {"content-length": "100001"})

    assert (sent[0]["status"], taken) == (413, 0)


async def test_a_body_of_exactly_the_limit_is_read(client: httpx.AsyncClient) -> None:
    body = b'{"query":"{ caller }"}'.ljust(100_000)
    response = await client.post("/graphql", content=body, headers={"content-type": JSON})

    assert response.status_code == 200


@pytest.mark.parametrize("limits", [HttpLimits(body_seconds=0.05)])
async def test_a_stalled_body_is_given_up(endpoint: GraphQLEndpoint) -> None:
    sent, taken = await run(endpoint, [b'{"query":'], {})

    assert (sent[0]["status"], taken) == (408, 1)
    assert (b"connection", b"close") in sent[0]["headers"]


@pytest.mark.parametrize("limits", [HttpLimits(request_seconds=0.05)])
async def test_an_answer_that_takes_too_long_is_a_timeout(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ never }")

    assert response.status_code == 200
    assert response.json()["data"] is None
    assert code(response) == "TIMEOUT"


@pytest.mark.parametrize("limits", [HttpLimits(request_seconds=0.05)])
async def test_a_caller_who_can_not_be_identified_in_time_is_told_to_come_back(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ caller }", headers={"authorization": "slow"})

    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert code(response) == "BUSY"


async def test_a_wrong_token_is_never_anonymous(client: httpx.AsyncClient) -> None:
    for accept in (JSON, GRAPHQL):
        response = await post(client, "{ caller }", headers={"authorization": "Bearer wrong", "accept": accept})

        assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")
        assert response.headers["www-authenticate"] == "Bearer"
        assert "data" not in response.json()


async def test_a_throttled_caller_learns_when_to_return(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ caller }", headers={"authorization": "Bearer often"})

    assert (response.status_code, response.headers["retry-after"], code(response)) == (429, "7", "RATE_LIMITED")


async def test_an_absent_database_is_unavailable(client: httpx.AsyncClient, log: Recorder) -> None:
    response = await post(client, "{ caller }", headers={"authorization": "Bearer away"})

    assert (response.status_code, code(response)) == (503, "UNAVAILABLE")
    assert log.lines == []


async def test_surprises_are_masked_and_logged_once(client: httpx.AsyncClient, log: Recorder) -> None:
    in_field = await post(client, "{ boom }")
    in_context = await post(client, "{ caller }", headers={"authorization": "Bearer broken"})
    in_answer = await post(client, "{ half }")

    assert [r.status_code for r in (in_field, in_context, in_answer)] == [200, 500, 200]
    assert [code(r) for r in (in_field, in_context, in_answer)] == ["INTERNAL"] * 3
    assert in_field.json()["data"] == {"boom": None}
    assert len(log.lines) == 3
    assert "Budi" not in json.dumps(log.lines) + in_field.text + in_context.text


async def test_each_request_has_its_own_context(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(post(client, "{ caller }", headers={"authorization": f"Bearer {n}"}) for n in range(5))
    )

    assert [answer.json()["data"]["caller"] for answer in answers] == [f"Bearer {n}" for n in range(5)]
