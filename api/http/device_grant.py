"""The device authorization grant over HTTP (RFC 8628): screens ask for codes, fetch their tokens and renew them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.security.addresses import Addresses
from api.security.audit_counts import turn_away
from api.security.origins import Origins
from models.pool_turns import share
from schema.core.failures import RETRY_AFTER_SECONDS, refusal_of
from services.core.desk import Desk
from services.credentials.identify import anonymous
from services.displays import device_grant
from services.displays.device_grant import DeviceGrantRefused, Tokens

CLIENT = "surga-wallboard"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
FORM = "application/x-www-form-urlencoded"
LARGEST, MOST_FIELDS, PATIENCE_SECONDS = 4_096, 10, 10.0  # our choice: a form has three fields and 300 bytes
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
NOT_KEPT = {"cache-control": "no-store", "pragma": "no-cache"}
COUNTED = ("invalid_grant", "access_denied", "invalid_client")  # waiting is no refusal
Fields = Mapping[str, str]


class Malformed(Exception):
    """A request that is no form of ours, and the status that says so."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class DeviceGrant:
    """The two endpoints of the grant; a page of another origin is refused, as only our own screens are clients."""

    def __init__(self, desk: Desk, addresses: Addresses, origins: Origins, *, https: bool) -> None:
        self._desk = desk
        self._addresses = addresses
        self._origins = origins
        self._scheme = "https" if https else "http"

    def routes(self) -> list[Route]:
        return [
            Route("/oauth/device_authorization", self._endpoint(self._authorize), methods=METHODS),
            Route("/oauth/token", self._endpoint(self._token), methods=METHODS),
        ]

    def _endpoint(
        self, answer: Callable[[Request, Fields], Awaitable[dict[str, Any]]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            share.set(anonymous(self._addresses.key_of(request)).principal)
            try:
                fields = await self._fields(request)
                return JSONResponse(await answer(request, fields), headers=NOT_KEPT)
            except Malformed as malformed:
                return refused("invalid_request", malformed.status)
            except DeviceGrantRefused as refusal:
                if refusal.error in COUNTED:
                    turn_away(request)
                status = 400 if refusal.retry_after is None else 429  # RFC 6585: too many requests
                return refused(refusal.error, status, refusal.retry_after, refusal.boards)
            except Exception as error:
                if refusal_of(error) is None:
                    raise
                return refused("temporarily_unavailable", 503, RETRY_AFTER_SECONDS)

        return endpoint

    async def _fields(self, request: Request) -> Fields:
        if request.method != "POST":
            raise Malformed(405)
        if not self._origins.allows_origin(request.headers):
            raise Malformed(403)
        fields = await form_of(request)
        if fields.get("client_id") != CLIENT:
            raise DeviceGrantRefused("invalid_client")
        return fields

    async def _authorize(self, request: Request, fields: Fields) -> dict[str, Any]:
        name, _, board = fields.get("scope", "").partition(":")
        if name != "board":
            raise DeviceGrantRefused("invalid_scope")
        codes = await device_grant.begin(self._desk, board, self._addresses.of(request))
        return {
            "device_code": codes.device_code,
            "user_code": codes.user_code,
            "verification_uri": (page := f"{self._scheme}://{request.headers['host']}/activate"),
            # Behind the #, so that a code stands in no log; the page fills it in and asks all the same.
            "verification_uri_complete": f"{page}#code={codes.user_code}",
            "agency": None if codes.agency is None else {"code": codes.agency.code, "name": codes.agency.name},
            "city": codes.city,
            "expires_in": codes.expires_in,
            "interval": codes.interval,
        }

    async def _token(self, request: Request, fields: Fields) -> dict[str, Any]:
        match fields.get("grant_type"):
            case None:
                raise DeviceGrantRefused("invalid_request")
            case kind if kind == DEVICE_CODE:
                return token_response(await device_grant.exchange(self._desk, needed(fields, "device_code")))
            case "refresh_token":
                return token_response(await device_grant.renew(self._desk, needed(fields, "refresh_token")))
            case _:
                raise DeviceGrantRefused("unsupported_grant_type")


def token_response(tokens: Tokens) -> dict[str, Any]:
    """Tokens as RFC 6749 section 5.1 writes them."""
    return {
        "access_token": tokens.access_token,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "refresh_token": tokens.refresh_token,
        "scope": f"board:{tokens.board}",
    }


def refused(error: str, status: int, retry_after: int | None = None, boards: tuple[str, ...] = ()) -> Response:
    """A refusal as RFC 6749 section 5.2 writes it, when to come again, and boards that may have been meant."""
    headers = NOT_KEPT if retry_after is None else {**NOT_KEPT, "retry-after": str(retry_after)}
    headers = headers if status != 405 else {**headers, "allow": "POST"}
    return JSONResponse({"error": error, **({"boards": boards} if boards else {})}, status, headers)


def needed(fields: Fields, name: str) -> str:
    if not fields.get(name):
        raise DeviceGrantRefused("invalid_request")
    return fields[name]


async def form_of(request: Request) -> Fields:
    """The fields of a small form; raises Malformed for anything else."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != FORM or request.headers.get("content-encoding", "identity") != "identity":
        raise Malformed(415)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            raw = await _read(request)
        fields = parse_qs(raw.decode("ascii"), max_num_fields=MOST_FIELDS, errors="strict")
    except TimeoutError:
        raise Malformed(408) from None
    except (ValueError, ClientDisconnect):  # no ASCII, no UTF-8 behind the percents, too many fields
        raise Malformed(400) from None
    if any(len(values) > 1 or "\x00" in values[0] for values in fields.values()):
        raise Malformed(400)
    return {name: values[0] for name, values in fields.items()}


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise Malformed(413)
    return bytes(body)
