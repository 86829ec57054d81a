"""A long answer is encoded when there is time for it: over HTTP and over sockets, after it was executed."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
import strawberry

from api.documents.documents import Documents
from api.endpoints import SharedParts, executor, http_endpoint
from api.http.graphql import GraphQLEndpoint, Reply
from api.security.executions import Executions
from realtime.yielding import Pace, PaceLimits
from tests.api.http.test_graphql_http import Recorder, post
from tests.api.http.test_one_end import client_of

STEPS: list[str] = []


@strawberry.type
class Query:
    @strawberry.field
    async def name(self) -> str:
        await asyncio.sleep(0)
        STEPS.append("executed")
        return "Budi"


DOCUMENTS = Documents(strawberry.Schema(Query)._schema)
CONTEXT = SimpleNamespace(scope=SimpleNamespace(principal="anna"))


async def note_pause(scope: Any) -> None:
    STEPS.append(f"paused {scope.principal}")


@pytest.fixture(autouse=True)
def no_steps() -> None:
    STEPS.clear()


async def test_an_answer_by_http_is_encoded_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    async def context(request: Any) -> Any:
        return CONTEXT

    encode = Reply.with_result
    monkeypatch.setattr(Reply, "with_result", lambda self, result: STEPS.append("encoded") or encode(self, result))
    async with client_of(GraphQLEndpoint(DOCUMENTS, context, log=Recorder(), pause=note_pause)) as client:
        response = await post(client, "{ name }")

    assert response.json() == {"data": {"name": "Budi"}}
    assert STEPS == ["executed", "paused anna", "encoded"]


async def test_an_answer_by_socket_is_handed_over_after_a_pause() -> None:
    async def require(scope: Any, prepared: Any) -> None:
        STEPS.append("allowed")

    answer = executor(cast(Any, SimpleNamespace(require=require)), note_pause)
    result = await answer(DOCUMENTS.prepare("{ name }"), cast(Any, CONTEXT))

    assert result.data == {"name": "Budi"}
    assert STEPS == ["allowed", "executed", "paused anna"]


async def test_who_used_much_has_no_answer_encoded_while_an_event_is_on_its_way() -> None:
    pace = Pace(PaceLimits(urgent_seconds=60.0))
    parts: Any = SimpleNamespace(executions=Executions(pace=pace))
    pace.charge("anna", 1.0)
    pace.hurry()

    writing = asyncio.create_task(SharedParts.pause(parts, cast(Any, CONTEXT.scope)))
    for _ in range(8):
        await asyncio.sleep(0)
    written = writing.done()
    pace.calm()
    await writing

    assert not written


def test_both_endpoints_pause_by_the_pace_of_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}
    monkeypatch.setattr("api.endpoints.GraphQLEndpoint", lambda *given, **more: made.update(more))
    shared: Any = SimpleNamespace(
        **dict.fromkeys(("documents", "log", "turn")), pause=note_pause,
        callers=SimpleNamespace(of_request=None), settings=SimpleNamespace(body_limit=1),
        contracts=SimpleNamespace(of=None), uses=SimpleNamespace(charge=None),
        counts=SimpleNamespace(refused_request=None),
    )  # fmt: skip

    http_endpoint(shared)

    assert made["pause"] is note_pause
