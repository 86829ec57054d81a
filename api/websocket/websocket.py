"""GraphQL over websockets: the whole of graphql-transport-ws, for queries, mutations and subscriptions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Any

from graphql import ExecutionResult
from starlette.datastructures import Headers, QueryParams
from starlette.types import Receive, Scope, Send

from api.documents.documents import Documents, Prepared
from api.websocket.messages import SUBPROTOCOL, SUBPROTOCOL_REFUSED, TRY_AGAIN_LATER
from api.websocket.session import Session
from api.websocket.session_parts import SocketLimits, SocketParts
from realtime.callbacks import SubscribeRequest
from realtime.hub import Hub
from realtime.strays import only_errors
from schema.core.errors import ErrorLog
from services.core.messages import preferred_language

__all__ = ["SocketEndpoint", "SocketLimits"]


class SocketEndpoint:
    """An ASGI application for websockets on one path; address and origin_allowed look at the ASGI scope.

    credential: the Authorization value that the handshake's headers stand for, None where they hold none.
    known: whether sockets of a scope count for its account alone, not for the address.
    """

    def __init__(
        self, *, hub: Hub, documents: Documents,
        identify: Callable[[str | None, str], Awaitable[Any]],
        context: Callable[[Any, str, str], Any],
        execute: Callable[[Prepared, Any], Awaitable[ExecutionResult]],
        plan: Callable[[Prepared, Any], SubscribeRequest | Awaitable[SubscribeRequest]],
        address: Callable[[Scope], str],
        origin_allowed: Callable[[Scope], bool],
        credential: Callable[[Headers], str | None] = lambda headers: headers.get("authorization"),
        log: ErrorLog,
        limits: SocketLimits | None = None,
        choose: Callable[[Any], Awaitable[Documents]] | None = None,
        known: Callable[[Any], bool] = lambda scope: False,
        refused: Callable[[Any, str, Sequence[str]], None] = lambda scope, address, codes: None,
        turn: Callable[[Any], AbstractAsyncContextManager[float]] = lambda scope: nullcontext(0.0),
    ) -> None:  # fmt: skip
        self.limits = limits or SocketLimits()
        self.sessions: set[Session] = set()
        self._parts = SocketParts(
            hub, documents, choose, identify, context, execute, plan, log, self.limits, refused, turn
        )
        self._address = address
        self._origin_allowed = origin_allowed
        self._credential = credential
        self._known = known
        self._addresses: Counter[str] = Counter()
        self._principals: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not self._origin_allowed(scope):
            self._parts.refused(None, self._address(scope), ["FORBIDDEN"])
            await send({"type": "websocket.close", "code": 4403})  # before it is accepted, this is HTTP 403
            return
        address = self._address(scope)
        with SlotOfAddress(self._addresses, address, self.limits.sockets_per_address) as slot:
            refusal = await self._refusal(scope, address, slot)
            if refusal is not None:
                await send({"type": "websocket.accept"})
                await send({"type": "websocket.close", "code": refusal[0], "reason": refusal[1]})
                return
            await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
            await self._serve(scope, receive, send, address, slot)

    async def _refusal(self, scope: Scope, address: str, slot: SlotOfAddress) -> tuple[int, str] | None:
        if SUBPROTOCOL not in scope.get("subprotocols", ()):
            return SUBPROTOCOL_REFUSED, f"Subprotocol {SUBPROTOCOL} is needed"
        if not (slot.taken or await self._is_known(scope, address)):
            self._parts.refused(None, address, ["RATE_LIMITED"])
            return TRY_AGAIN_LATER, "Too many connections from this address"
        return None

    async def _is_known(self, scope: Scope, address: str) -> bool:
        """Whether the handshake itself brings a good credential of somebody whose sockets count for their account."""
        credential = self._credential(Headers(scope=scope))
        if credential is None:
            return False
        try:
            with only_errors():
                async with asyncio.timeout(self.limits.request_seconds):
                    return self._known(await self._parts.identify(credential, address))
        except Exception:  # whatever it is: nobody is known, and the address is full
            return False

    async def _serve(self, scope: Scope, receive: Receive, send: Send, address: str, slot: SlotOfAddress) -> None:
        headers = Headers(scope=scope)
        language, admit = language_rule(scope, headers), partial(self._admit, slot)
        session = Session(self._parts, scope, send, language, address, self._credential(headers), admit)
        self.sessions.add(session)
        try:
            await session.run(receive)
        finally:
            self.sessions.discard(session)
            if session.principal is not None:
                _decrease(self._principals, session.principal)

    def _admit(self, slot: SlotOfAddress, scope: Any) -> bool:
        """Count one more socket of this caller; False where there are too many already.

        The slot of a known caller is given back to the address; one who has none must be known.
        """
        known = self._known(scope)
        if self._principals[scope.principal] >= self.limits.sockets_per_principal or not (known or slot.taken):
            return False
        self._principals[scope.principal] += 1
        if known:
            slot.give_back()
        return True


class SlotOfAddress:
    """A slot among the sockets of an address, taken at once where one is left, and given back once."""

    def __init__(self, counts: Counter[str], address: str, most: int) -> None:
        self.taken = counts[address] < most
        self._counts = counts
        self._address = address
        if self.taken:  # before anything is awaited: those who come meanwhile count too
            counts[address] += 1

    def __enter__(self) -> SlotOfAddress:
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()

    def give_back(self) -> None:
        if self.taken:
            self.taken = False
            _decrease(self._counts, self._address)


def language_rule(scope: Scope, headers: Headers) -> Callable[[str | None], str]:
    """The language for what the init of a socket asks for; a page can set no header, so its address goes first."""
    address, header = QueryParams(scope.get("query_string", b"")).get("lang"), headers.get("accept-language")
    return lambda init: preferred_language(address, init, header)


def _decrease(counter: Counter[str], name: str) -> None:
    counter[name] -= 1
    if counter[name] <= 0:
        del counter[name]
