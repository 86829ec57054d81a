"""Every request over HTTP has one answer, in JSON, whatever is raised on its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import strawberry
from graphql import ExecutionResult

from api.documents.documents import Documents
from api.http.graphql import GraphQLEndpoint, HttpLimits
from schema.execution.plans import PlanExecutionContext
from services.core.refusals import EdgeRefusal
from tests.api.http.test_graphql_http import SCHEMA, Recorder, code, post

RAISED: list[Callable[[], BaseException]] = [
    lambda: ValueError("secret of Budi"),
    asyncio.CancelledError,
    lambda: SystemExit(1),
    GeneratorExit,
]
NAMES = ["error", "cancellation", "exit", "generator"]


class Broken(GraphQLEndpoint):
    """Raises on the way of a request, at one step of it."""

    def __init__(self, step: str, raised: Callable[[], BaseException], log: Recorder) -> None:
        async def raising(*arguments: Any) -> Any:
            await asyncio.sleep(0)
            if step == "told":
                return Untold(raised)
            raise raised()

        async def known(*arguments: Any) -> Any:
            return Known()

        def counting(*arguments: Any) -> None:
            raise raised()

        self.step, self.raised = step, raised
        super().__init__(
            Documents(SCHEMA._schema),
            raising if step in ("context", "told") else known,
            log=log,
            executor_class=PlanExecutionContext,
            choose=raising if step == "documents" else None,
            charge=raising if step == "charge" else None,
            refused=counting if step == "counting" else None,
        )

    def _executed(self, prepared: Any, context: Any) -> Any:
        if self.step == "executing":
            raise self.raised()
        if self.step == "executed":
            return self._later()
        return super()._executed(prepared, context)

    async def _later(self) -> ExecutionResult:
        await asyncio.sleep(0)
        raise self.raised()


class Known:
    scope = None


class Untold(Known):
    def __init__(self, raised: Callable[[], BaseException]) -> None:
        self.raised = raised

    def as_extensions(self) -> Any:
        raise self.raised()


@asynccontextmanager
async def client_of(endpoint: GraphQLEndpoint) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=endpoint)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        yield client


@pytest.mark.parametrize("raised", RAISED, ids=NAMES)
@pytest.mark.parametrize("step", ["executing", "executed", "told"])
async def test_what_an_execution_raises_is_an_answer_without_data(step: str, raised: Callable[[], Any]) -> None:
    log = Recorder()
    async with client_of(Broken(step, raised, log)) as client:
        response = await post(client, '{ echo(text: "a") }')

    assert (response.status_code, code(response), response.json()["data"]) == (200, "INTERNAL", None)
    assert len(log.lines) == 1


@pytest.mark.parametrize("raised", RAISED, ids=NAMES)
@pytest.mark.parametrize("step", ["context", "documents", "charge"])
async def test_what_is_raised_before_an_operation_is_ours_and_json(step: str, raised: Callable[[], Any]) -> None:
    log = Recorder()
    async with client_of(Broken(step, raised, log)) as client:
        response = await post(client, '{ echo(text: "a") }')

    assert (response.status_code, code(response)) == (500, "INTERNAL")
    assert (list(response.json()), len(log.lines)) == (["errors"], 1)


async def test_an_answer_that_can_not_be_counted_is_given() -> None:
    log = Recorder()
    async with client_of(Broken("counting", RAISED[0], log)) as client:
        response = await post(client, "{ boom }")

    assert (response.status_code, response.json()["data"]) == (200, {"boom": None})
    assert len(log.lines) == 2


async def test_a_request_that_is_cancelled_itself_is_not_answered() -> None:
    endpoint = GraphQLEndpoint(Documents(SCHEMA._schema), context_of_nobody, log=Recorder())
    async with client_of(endpoint) as client:
        task = asyncio.create_task(post(client, "{ never }"))
        await asyncio.sleep(0.01)
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task


async def context_of_nobody(request: Any) -> Any:
    return Known()


# ---------------------------------------------------------------- turns


@strawberry.type
class Query:
    @strawberry.field
    def name(self, info: strawberry.Info[Any]) -> str:
        return str(info.context.name)


class Named:
    def __init__(self, name: str) -> None:
        self.scope = self.name = name


@pytest.mark.parametrize(("waited", "name"), [(0.5, "first"), (1.5, "second")])
async def test_who_waited_long_for_a_turn_is_identified_again(waited: float, name: str) -> None:
    names = iter(["first", "second"])

    async def context(request: Any) -> Named:
        return Named(next(names))

    @asynccontextmanager
    async def turn(scope: Any) -> AsyncIterator[float]:
        yield waited

    documents = Documents(strawberry.Schema(Query)._schema)
    async with client_of(GraphQLEndpoint(documents, context, log=Recorder(), turn=turn)) as client:
        response = await post(client, "{ name }")

    assert response.json() == {"data": {"name": name}}


async def test_who_is_over_their_share_is_told_when_to_return_and_never_5xx() -> None:
    @asynccontextmanager
    async def turn(scope: Any) -> AsyncIterator[float]:
        raise EdgeRefusal("BUSY", "executions_waiting", extensions={"retryAfterSeconds": 2})
        yield 0.0

    endpoint = GraphQLEndpoint(
        Documents(SCHEMA._schema), context_of_nobody, log=Recorder(), limits=HttpLimits(), turn=turn
    )
    async with client_of(endpoint) as client:
        response = await post(client, "{ never }")

    assert (response.status_code, response.headers["retry-after"], code(response)) == (429, "2", "BUSY")
    assert response.json()["errors"][0]["extensions"]["retryAfterSeconds"] == 2
