"""What a socket session is made of: its limits, what it works with, and one operation of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult

from api.documents.documents import Documents, Prepared
from api.server.serving import MESSAGE_BYTES
from api.settings import ADDRESS_SOCKETS, OFFICE_SOCKETS, REQUEST_SECONDS
from api.websocket.frames import MOST_BUFFERED_BYTES
from realtime.callbacks import SubscribeRequest
from realtime.hub import Hub
from realtime.members import Member
from schema.core.errors import ErrorLog


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Caps of one worker, as in production; times are seconds.

    buffered_bytes bounds the queue of plain ASGI only: where frames go into the transport, the protocol in
    api.websocket.frames has its own bound, of the same size. docs/security.md, table "Limits", has the reasons.
    """

    message_bytes: int = MESSAGE_BYTES
    operations_per_socket: int = 100
    executing_per_socket: int = 4
    sockets_per_principal: int = OFFICE_SOCKETS
    sockets_per_address: int = ADDRESS_SOCKETS
    buffered_bytes: int = MOST_BUFFERED_BYTES
    init_seconds: float = 10.0
    request_seconds: float = REQUEST_SECONDS
    stall_seconds: float = 20.0
    close_seconds: float = 2.0
    last_words_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class SocketParts:
    """What a session works with.

    identify: the scope for the value of an Authorization header, None for a caller without one; raises a refusal.
    context: a fresh context for one operation of a scope, in a language, from an address.
    choose: the documents of a scope that has a schema of its own.
    refused: called with the scope if it is known, the address, and the codes of errors.
    execute: answers a query or a mutation. plan: turns a subscription into the group that it belongs to.
    turn: holds the turn of one operation of a scope, or raises an EdgeRefusal.
    """

    hub: Hub
    documents: Documents
    choose: Callable[[Any], Awaitable[Documents]] | None
    identify: Callable[[str | None, str], Awaitable[Any]]
    context: Callable[[Any, str, str], Any]
    execute: Callable[[Prepared, Any], Awaitable[ExecutionResult]]
    plan: Callable[[Prepared, Any], SubscribeRequest | Awaitable[SubscribeRequest]]
    log: ErrorLog
    limits: SocketLimits
    refused: Callable[[Any, str, Sequence[str]], None]
    turn: Callable[[Any], AbstractAsyncContextManager[float]]


class Operation:
    """One running operation: a task until it is answered or live, then a member of a group.

    live: a subscription, which is never answered. lasting: a mutation, which goes on without anybody who waits for it.
    """

    __slots__ = ("lasting", "live", "member", "task")

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.member: Member | None = None
        self.lasting = False
        self.live = False

    def let_go(self, _ended: asyncio.Task[None]) -> None:
        """Forget the task: it refers to this operation, and the two would keep each other in memory."""
        self.task = None
