"""Read one GraphQL request out of HTTP: method, media types, body and parameters, each refused with its own status."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from api.documents.persisted import is_persisted_only, persisted_refusal
from api.security.callers import REQUEST_HASH
from api.settings import BODY_BYTES, REQUEST_SECONDS
from services.core.refusals import EdgeRefusal, bad_input

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
UTF8 = frozenset({"utf-8", "utf8", '"utf-8"', "us-ascii"})
ALLOWED = {"allow": "GET, POST"}
CLOSE = {"connection": "close"}
USUAL_ACCEPT = 200  # our choice: characters; what is longer is read anew each time


class RequestRefused(Exception):
    """A request that is answered before any document is looked at."""

    def __init__(self, status: int, refusal: EdgeRefusal, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(refusal.reason)
        self.status = status
        self.refusal = refusal
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one request may take: bytes of its body, seconds until the body is there, seconds until the answer is."""

    body_bytes: int = BODY_BYTES
    body_seconds: float = 12.0
    request_seconds: float = REQUEST_SECONDS


@dataclass(frozen=True, slots=True)
class GraphQLParameters:
    """The parameters of the GraphQL-over-HTTP specification."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None


def acceptable(accept: str | None) -> str:
    """The media type of the answer: the client's first choice of the two, JSON where it does not say."""
    wanted = accept or "*/*"
    return _usual(wanted) if len(wanted) <= USUAL_ACCEPT else _chosen(wanted)


def _chosen(accept: str) -> str:
    ranked = sorted(_choices(accept), key=lambda choice: -choice[0])
    for quality, media in ranked:
        if quality > 0 and media in (GRAPHQL_RESPONSE, JSON):
            return media
        if quality > 0 and media in ("*/*", "application/*"):
            return JSON
    raise RequestRefused(406, bad_input("http_not_acceptable"))


_usual = lru_cache(maxsize=1_000)(_chosen)  # clients send a few dozen


def _choices(accept: str) -> list[tuple[float, str]]:
    choices = []
    for part in accept.split(",")[:30]:
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        choices.append((_quality(parameters), media))
    return choices


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


async def parameters_of(request: Request, limits: HttpLimits) -> GraphQLParameters:
    """The operation that a GET or a POST asks for; raises RequestRefused."""
    if request.method == "GET":
        return _from_url(request)
    if request.method == "POST":
        _check_content(request)
        body = await _body(request, limits)
        request.scope[REQUEST_HASH] = hash(body)
        return _from_object(_json(body))
    raise RequestRefused(405, bad_input("http_method"), ALLOWED)


def _from_url(request: Request) -> GraphQLParameters:
    given: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = _json(given[name].encode("utf-8", "surrogatepass"))
        else:
            given.pop(name, None)
    return _from_object(given)


def _from_object(given: object) -> GraphQLParameters:
    if not isinstance(given, dict):
        raise RequestRefused(400, bad_input("http_not_an_object"))
    query = given.get("query")
    if is_persisted_only(query, given.get("extensions")):
        raise RequestRefused(200, persisted_refusal())
    if not isinstance(query, str) or not query:
        raise RequestRefused(400, bad_input("http_query_missing"))
    _check_kind(given, "operationName", str, "a string")
    _check_kind(given, "variables", dict, "an object")
    _check_kind(given, "extensions", dict, "an object")
    return GraphQLParameters(query, given.get("operationName"), given.get("variables"))


def _check_kind(given: Mapping[str, Any], name: str, kind: type, wanted: str) -> None:
    if given.get(name) is not None and not isinstance(given[name], kind):
        raise RequestRefused(400, bad_input("http_parameter", name=name, wanted=wanted))


def _check_content(request: Request) -> None:
    media, *parameters = (piece.strip().lower() for piece in request.headers.get("content-type", "").split(";"))
    charsets = [parameter[8:].strip() for parameter in parameters if parameter.startswith("charset=")]
    if media != JSON or not UTF8.issuperset(charsets):
        raise RequestRefused(415, bad_input("http_content_type"), CLOSE)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RequestRefused(415, bad_input("http_content_encoding"), CLOSE)


async def _body(request: Request, limits: HttpLimits) -> bytes:
    """The body, as far as its size and time allow; what is beyond is never read, and the connection closes."""
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced[:20]) > limits.body_bytes:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _read(request, limits)
    except TimeoutError:
        refusal = EdgeRefusal("TIMEOUT", "http_too_slow", seconds=round(limits.body_seconds))
        raise RequestRefused(408, refusal, CLOSE) from None
    except ClientDisconnect:
        raise RequestRefused(400, bad_input("http_not_json"), CLOSE) from None


async def _read(request: Request, limits: HttpLimits) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.body_bytes:
            raise _too_large(limits)
    return bytes(body)


def _too_large(limits: HttpLimits) -> RequestRefused:
    return RequestRefused(413, bad_input("http_too_large", limit=limits.body_bytes), CLOSE)


def _json(raw: bytes) -> object:
    try:
        value: object = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise RequestRefused(400, bad_input("http_not_json")) from None
    return value
