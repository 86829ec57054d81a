"""One connection: its handshake, its operations, and what the hub may do to it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from graphql import OperationType
from starlette.types import Receive, Scope, Send

from api.documents.documents import Prepared
from api.documents.persisted import persisted_refusal
from api.documents.refusals import DocumentRefused
from api.documents.time_limits import within
from api.websocket import messages
from api.websocket.messages import Asked, Message, SocketClosing
from api.websocket.session_output import SessionOutput
from api.websocket.session_parts import Operation, SocketParts
from realtime.callbacks import SubscribeRequest
from realtime.strays import only_errors
from schema.core.errors import formatted, formatted_exception
from schema.feeds.arguments import ValuesRefused
from schema.feeds.failures import failed
from services.core.refusals import EdgeRefusal

NOBODY_GOOD = frozenset({"UNAUTHENTICATED", "FORBIDDEN"})


class Session(SessionOutput):
    """Reads one client's messages in turn. For the hub it is a Connection.

    language: gives the language of errors for what the init asks for, None where it asks for none.
    """

    def __init__(
        self, parts: SocketParts, asgi: Scope, send: Send, language: Callable[[str | None], str], address: str,
        authorization: str | None, admit: Callable[[Any], bool],
    ) -> None:  # fmt: skip
        super().__init__(parts, asgi, send)
        self.scope: Any = None
        self.principal: str | None = None
        self.replaying = asyncio.Lock()
        self._language_for = language
        self._language = language(None)
        self._address = address
        self._authorization = authorization
        self._admit = admit
        self._identifying = asyncio.Lock()
        self._executing = asyncio.Semaphore(parts.limits.executing_per_socket)
        self._caller: Any = None  # the scope that was known last, though it may have ended
        self._initialised = False
        self._acknowledged = False

    async def run(self, receive: Receive) -> None:
        """Serve the client until its connection ends, whoever ends it."""
        seconds = self._parts.limits.init_seconds
        late = asyncio.get_running_loop().call_later(seconds, self._init_is_late)
        self._running = asyncio.current_task()
        self._output.answer_first(self._last_asked)
        try:
            await self._listen(receive)
        except asyncio.CancelledError:
            if not self._abandoned:
                raise
        finally:
            self._running = None
            self._closing = True
            late.cancel()
            self._end()
            self._output.stop()

    async def _listen(self, receive: Receive) -> None:
        while (event := await receive())["type"] != "websocket.disconnect":
            if not self._closing:
                await self._take(event)

    # ---------------------------------------------------------------- what the hub may do

    def refuse(self, operation: str, reason: Exception) -> None:
        """End one operation with an error."""
        if self._operations.pop(operation, None) is not None:
            self._fail(operation, [formatted_exception(reason, self._language, log=self._parts.log)])

    def rights_ended(self) -> None:
        """Ask for the scope again before the next operation."""
        self.scope = None

    def give_up(self) -> None:
        """Close: the rights of this connection can not be judged now."""
        self.scope = None
        self._close(messages.TRY_AGAIN_LATER, "Try again later")

    def revoke(self) -> None:
        """Close: the credential is no longer good."""
        self.scope = None
        self._close(messages.FORBIDDEN, "Forbidden: the credential was revoked or has expired")

    # ---------------------------------------------------------------- messages

    async def _take(self, event: Any) -> None:
        try:
            with only_errors():
                await self._obey(messages.message_of(event, self._parts.limits.message_bytes))
        except SocketClosing as closing:
            self._close(closing.code, closing.reason)
        except Exception as problem:
            formatted_exception(problem, self._language, log=self._parts.log)
            self._close(messages.TRY_AGAIN_LATER, "Try again later")

    async def _obey(self, message: Message) -> None:
        match message.kind:
            case "connection_init":
                await self._initialise(message.payload or {})
            case "ping":
                self._write(messages.PONG)
            case "subscribe" if message.asked is not None:
                self._start(message.id, message.asked)
            case "complete":
                self._cancel(self._operations.pop(message.id, None))

    async def _initialise(self, payload: dict[str, Any]) -> None:
        if self._initialised:
            raise SocketClosing(messages.TOO_MANY_INITS, "Too many initialisation requests")
        self._initialised = True
        self._authorization = messages.authorization(payload, self._authorization)
        wanted = payload.get("language")
        self._language = self._language_for(wanted if isinstance(wanted, str) else None)
        async with asyncio.timeout(self._parts.limits.request_seconds):
            await self._identify()
        self._acknowledged = True
        self._write(messages.ACK)

    async def _scope_now(self) -> Any:
        """The scope; where it has ended, one operation asks for it again, and all others wait for that.

        While the hub can not confirm that rights are as they were, each operation asks.
        """
        await self._parts.hub.end_scopes()
        async with self._identifying:
            if not self._is_confirmed():
                await self._identify()
            while self.scope is None:
                await self._identify()
        return self.scope

    def _is_confirmed(self) -> bool:
        """Whether a recent look at the whole log confirmed the rights of those who are connected."""
        return bool(getattr(self._parts.hub, "confirmed", True))

    async def _identify(self) -> None:
        """Identify the caller; raises SocketClosing where the credential is refused."""
        seen = self._parts.hub.rights_seen
        try:
            scope = await self._parts.identify(self._authorization, self._address)
        except EdgeRefusal as refusal:
            if refusal.code not in NOBODY_GOOD:
                raise
            self._tell_refused([refusal.code])
            raise SocketClosing(messages.FORBIDDEN, f"Forbidden: {refusal.code}") from None
        if self.principal is None and not self._admit(scope):
            self._parts.refused(scope, self._address, ["RATE_LIMITED"])
            raise SocketClosing(messages.TRY_AGAIN_LATER, "Too many connections of this account")
        self.principal = scope.principal if self.principal is None else self.principal
        await self._take_scope(scope, seen)

    async def _take_scope(self, scope: Any, rights_seen: int) -> None:
        """Go on with this scope: the one that is held, where it is equal, as subscriptions compare by identity."""
        if self.scope is not None and scope != self.scope:
            self._end_subscriptions()
        self.scope = self.scope if scope == self.scope else scope
        self._caller = self.scope
        await self._parts.hub.attach(self, rights_seen)

    def _end_subscriptions(self) -> None:
        """End what was subscribed to under other rights, what is still catching up too."""
        for id_, operation in tuple(self._operations.items()):
            if operation.live and operation.task is not asyncio.current_task():
                self._cancel(operation)
                self.refuse(id_, failed("FORBIDDEN"))

    def _start(self, id_: str, asked: Asked) -> None:
        if not self._acknowledged:
            raise SocketClosing(messages.UNAUTHORIZED, "Unauthorized")
        if self._leaving:
            return None  # the end of this connection tells the client to ask elsewhere
        if id_ in self._operations:
            raise SocketClosing(messages.DUPLICATE, f"Subscriber for {id_} already exists")
        if len(self._operations) + self._orphans >= self._parts.limits.operations_per_socket:
            refusal = EdgeRefusal("BUSY", "socket_operations", extensions={"retryAfterSeconds": 1})
            return self._fail(id_, [formatted_exception(refusal, self._language, log=self._parts.log)])
        operation = self._operations[id_] = Operation()
        operation.task = self._task(self._operate(id_, operation, asked))
        operation.task.add_done_callback(operation.let_go)
        return None

    # ---------------------------------------------------------------- operations

    async def _operate(self, id_: str, operation: Operation, asked: Asked) -> None:
        """Carry one operation out; whatever is raised in it ends only this one, once."""
        try:
            with only_errors():
                await self._carry_out(id_, operation, asked)
        except SocketClosing as closing:
            self._close(closing.code, closing.reason)
        except (DocumentRefused, ValuesRefused) as refused:
            self._finish(id_, operation, formatted(refused.errors, self._language, log=self._parts.log))
        except Exception as problem:
            error = formatted_exception(problem, self._language, log=self._parts.log)
            self._finish(id_, operation, [error])
        except asyncio.CancelledError:
            # Nobody waits for it: a task that ends as cancelled would keep the frames that it was in.
            if self._operations.get(id_) is operation:
                del self._operations[id_]

    async def _carry_out(self, id_: str, operation: Operation, asked: Asked) -> None:
        if asked.query is None:
            raise persisted_refusal()
        async with self._executing, self._parts.turn(self._caller):
            async with asyncio.timeout(self._parts.limits.request_seconds):
                scope = await self._scope_now()
                documents = self._parts.documents if self._parts.choose is None else await self._parts.choose(scope)
            prepared = documents.prepare(asked.query, asked.operation_name, asked.variables)
            context = self._parts.context(scope, self._language, self._address)
            if not prepared.is_subscription:
                operation.lasting = prepared.kind is OperationType.MUTATION
                return await self._answer(id_, operation, prepared, context)
            operation.live = True
            rights_seen = self._parts.hub.rights_seen
            request = await self._planned(prepared, context)
        operation.member = await self._parts.hub.join(request, self, id_, scope, rights_seen)
        return None

    async def _planned(self, prepared: Prepared, context: Any) -> SubscribeRequest:
        async with asyncio.timeout(self._parts.limits.request_seconds):
            planned = self._parts.plan(prepared, context)
            return await planned if inspect.isawaitable(planned) else planned

    async def _answer(self, id_: str, operation: Operation, prepared: Prepared, context: Any) -> None:
        async with within(self._parts.limits.request_seconds):
            result = await self._parts.execute(prepared, context)
            if context is not None and context.browser.switched:
                await self._switched()
        errors = formatted(result.errors or (), self._language, log=self._parts.log)
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            return self._finish(id_, operation, errors)
        if self._operations.get(id_) is operation:
            told = {"errors": errors, "extensions": result.extensions}
            body = {"data": result.data, **{name: each for name, each in told.items() if each}}
            self._write(messages.next_message(id_, body))
            self._write(messages.complete_message(id_))
            del self._operations[id_]
            self._tell_refused([error["extensions"]["code"] for error in errors])
        return None

    async def _switched(self) -> None:
        """Go on under the rights that this connection gave itself: nothing after the answer uses older ones."""
        async with self._identifying:  # one that is under way may have read what was before
            self._end_subscriptions()
            self.scope = None

    def _finish(self, id_: str, operation: Operation, errors: list[dict[str, Any]]) -> None:
        """End an operation with errors, unless it was ended before, or its id is another one's by now."""
        if self._operations.get(id_) is operation:
            del self._operations[id_]
            self._fail(id_, errors)

    def _tell_refused(self, codes: Sequence[str]) -> None:
        self._parts.refused(self.scope, self._address, codes)

    def _fail(self, id_: str, errors: list[dict[str, Any]]) -> None:
        self._write(messages.error_message(id_, errors))
        self._tell_refused([error["extensions"]["code"] for error in errors])

    def _end(self) -> None:
        """Remove this connection from the hub, and cancel its operations."""
        self._parts.hub.detach(self)
        super()._end()

    def _init_is_late(self) -> None:
        if not self._initialised:
            self._close(messages.INIT_TIMEOUT, "Connection initialisation timeout")
