"""GraphQL over HTTP, as its specification and the published audits expect it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import orjson
from graphql import ExecutionResult, Executor, GraphQLError, OperationType
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.documents.documents import Documents, Prepared
from api.documents.refusals import DocumentRefused
from api.documents.time_limits import within
from api.http.graphql_request import JSON, GraphQLParameters, HttpLimits, RequestRefused, acceptable, parameters_of
from api.security.budgets import Charge
from realtime.strays import only_errors
from schema.core.errors import ErrorLog, formatted, formatted_exception, formatted_refusal
from schema.execution.plans import PlanExecutionContext
from services.core.messages import preferred_language
from services.core.refusals import EdgeRefusal, bad_input

__all__ = ["GraphQLEndpoint", "HttpLimits"]

MakeContext = Callable[[Request], Awaitable[Any]]
Turn = Callable[[Any], AbstractAsyncContextManager[float]]
LONG_AGO_SECONDS = 1.0  # who waited longer for a turn is identified again
STATUSES = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "RATE_LIMITED": 429,
    "BUSY": 503,
    "UNAVAILABLE": 503,
    "TIMEOUT": 504,
    "INTERNAL": 500,
}


class GraphQLEndpoint:
    """An ASGI application that answers queries and mutations on one path.

    make_context identifies the caller and may refuse them with an EdgeRefusal; an answer that takes longer than
    limits.request_seconds is TIMEOUT. Nothing that a client sends is answered with a 5xx. choose gives the documents of
    a scope that has a schema of its own, charge what an operation took from the budget of a scope that has one. refused
    is called with the request, the scope if it is known, and the codes of an answer's errors. turn takes a slot for an
    operation of a scope and gives the seconds that it waited for it, or raises an EdgeRefusal. pause waits until there
    is time to encode an answer for a scope, which holds the loop for a while where it is long.
    """

    def __init__(
        self,
        documents: Documents,
        make_context: MakeContext,
        *,
        log: ErrorLog,
        executor_class: type[Executor[Any]] | None = None,
        limits: HttpLimits | None = None,
        choose: Callable[[Any], Awaitable[Documents]] | None = None,
        charge: Callable[[Any, Prepared], Awaitable[Charge | None]] | None = None,
        refused: Callable[[Request, Any, Collection[str]], None] | None = None,
        turn: Turn = lambda scope: nullcontext(0.0),
        pause: Callable[[Any], Awaitable[None]] | None = None,
    ) -> None:
        self.documents = documents
        self.make_context = make_context
        self.log = log
        self.executor_class = executor_class
        self.limits = limits or HttpLimits()
        self.choose = choose
        self.charge = charge
        self.refused = refused
        self.turn = turn
        self.pause = pause

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """The response to one request; every refusal is an answer too."""
        reply = Reply(preferred_language(request.headers.get("accept-language")), self.log)
        response = await self._response(request, reply)
        if self.refused is not None and reply.codes:
            try:
                self.refused(request, reply.caller, reply.codes)
            except Exception as problem:  # what is counted badly was answered well
                formatted_exception(problem, reply.language, log=self.log)
        return response

    async def _response(self, request: Request, reply: Reply) -> Response:
        """One answer for each request, whatever is raised on its way."""
        try:
            with only_errors():
                return await self._answered(request, reply)
        except Exception as problem:
            return reply.to_failure(problem)

    async def _answered(self, request: Request, reply: Reply) -> Response:
        try:
            reply.media = acceptable(request.headers.get("accept"))
            parameters = await parameters_of(request, self.limits)
            context = await self._context(request)
            reply.caller = getattr(context, "scope", None)
            return await self._in_turn(request, parameters, context, reply)
        except RequestRefused as refused:
            return reply.to_request(refused)
        except DocumentRefused as refused:
            return reply.to_document(refused.errors, malformed=refused.unwritable)
        except Failed as failed:
            return reply.to_caller(failed.error)

    async def _in_turn(self, request: Request, parameters: GraphQLParameters, context: Any, reply: Reply) -> Response:
        """Carry out an operation in its turn; the caller's own flood is no failure of the server's, so never a 5xx."""
        begun = False
        try:
            async with self.turn(getattr(context, "scope", None)) as waited:
                begun = True
                if waited > LONG_AGO_SECONDS:
                    context = await self._context(request)
                return await self._carried_out(request, parameters, context, reply)
        except EdgeRefusal as busy:
            if begun:
                raise
            raise RequestRefused(429, busy, _headers(busy.extensions | {"code": busy.code})) from None

    async def _carried_out(
        self, request: Request, parameters: GraphQLParameters, context: Any, reply: Reply
    ) -> Response:
        prepared = self._prepared(request, parameters, await self._documents(context))
        await self._paid(context, prepared, reply)
        try:
            result = await self._result(prepared, context)
        except Failed as failed:
            return reply.to_failure(failed.error)
        if self.pause is not None:
            await self.pause(getattr(context, "scope", None))
        reply.extensions = context.as_extensions() if hasattr(context, "as_extensions") else {}
        return reply.with_result(result)

    async def _context(self, request: Request) -> Any:
        """The caller's context; a refusal or failure here comes before any operation and has a status of its own."""
        try:
            async with asyncio.timeout(self.limits.request_seconds):
                with only_errors():
                    return await self.make_context(request)
        except Exception as error:
            raise Failed(error) from error

    async def _documents(self, context: Any) -> Documents:
        """The documents of the schema that this caller has."""
        try:
            with only_errors():
                return self.documents if self.choose is None else await self.choose(context.scope)
        except Exception as error:
            raise Failed(error) from error

    async def _paid(self, context: Any, prepared: Prepared, reply: Reply) -> None:
        """Take the price of the operation from the caller's budget, where there is one."""
        try:
            with only_errors():
                reply.charge = None if self.charge is None else await self.charge(context.scope, prepared)
        except Exception as error:
            raise Failed(error) from error
        if reply.charge is not None and reply.charge.refusal is not None:
            raise Failed(reply.charge.refusal)

    def _prepared(self, request: Request, parameters: GraphQLParameters, documents: Documents) -> Prepared:
        prepared = documents.prepare(parameters.query, parameters.operation_name, parameters.variables)
        if prepared.is_subscription:
            raise RequestRefused(400, bad_input("http_subscription"))
        if request.method == "GET" and prepared.kind is not OperationType.QUERY:
            raise RequestRefused(405, bad_input("http_query_only"), {"allow": "POST"})
        return prepared

    async def _result(self, prepared: Prepared, context: Any) -> ExecutionResult:
        try:
            async with within(self.limits.request_seconds):
                with only_errors():
                    result = self._executed(prepared, context)
                    return await result if inspect.isawaitable(result) else result
        except Exception as error:
            raise Failed(error) from error

    def _executed(self, prepared: Prepared, context: Any) -> ExecutionResult | Awaitable[ExecutionResult]:
        operation = prepared.executable
        if self.executor_class is PlanExecutionContext:
            return operation.answered(context)
        return operation.executed(context, self.executor_class)


class Failed(Exception):
    """Something failed outside every field of an operation."""

    def __init__(self, error: Exception) -> None:
        super().__init__(repr(error))
        self.error = error


class Reply:
    """Builds the response to one request in the media type and language that its client reads."""

    def __init__(self, language: str, log: ErrorLog) -> None:
        self.language = language
        self.log = log
        self.media = JSON
        self.charge: Charge | None = None
        self.extensions: dict[str, Any] = {}
        self.caller: Any = None
        self.codes: frozenset[str] = frozenset()

    def to_request(self, refused: RequestRefused) -> Response:
        error = formatted_refusal(refused.refusal, self.language)
        return self._response({"errors": [error]}, refused.status, refused.headers)

    def to_document(self, errors: list[GraphQLError], *, malformed: bool = False) -> Response:
        """A request for an operation that can not run: well formed, it is a 200 for clients that know only JSON."""
        body = {"errors": formatted(errors, self.language, log=self.log)}
        return self._response(body, 200 if self.media == JSON and not malformed else 400)

    def to_caller(self, error: Exception) -> Response:
        """A caller who could not be identified, or is refused: no operation ran, and the status says so."""
        body = formatted_exception(error, self.language, log=self.log)
        status = STATUSES.get(body["extensions"]["code"], 400)
        return self._response({"errors": [body]}, status, _headers(body["extensions"]))

    def to_failure(self, error: Exception) -> Response:
        """An operation that ran and broke as a whole."""
        body = formatted_exception(error, self.language, log=self.log)
        return self._response({"errors": [body], "data": None}, 200)

    def with_result(self, result: ExecutionResult) -> Response:
        errors = result.errors or []
        if result.data is None and errors and all(error.path is None for error in errors):
            return self.to_document(errors)
        body = {"errors": formatted(errors, self.language, log=self.log)} if errors else {}
        try:
            return self._response({**body, "data": result.data}, 200)
        except TypeError as error:  # a value that is no JSON, such as half a surrogate pair
            return self.to_failure(error)

    def _response(self, body: dict[str, Any], status: int, headers: Mapping[str, str] | None = None) -> Response:
        self.codes = frozenset(error["extensions"]["code"] for error in body.get("errors", ()))
        extensions = (
            self.extensions if self.charge is None else {**self.extensions, "cost": self.charge.as_extensions()}
        )
        if extensions:
            body["extensions"] = extensions
        kept = {"cache-control": "no-store", "content-type": f"{self.media}; charset=utf-8", **(headers or {})}
        return Response(orjson.dumps(body), status, kept)


def _headers(extensions: Mapping[str, Any]) -> dict[str, str]:
    headers = {"www-authenticate": "Bearer"} if extensions["code"] == "UNAUTHENTICATED" else {}
    if "retryAfterSeconds" in extensions:
        headers["retry-after"] = str(extensions["retryAfterSeconds"])
    return headers
