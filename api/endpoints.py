"""The two endpoints of GraphQL, HTTP and WebSocket, on one schema."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from graphql import ExecutionResult
from starlette.datastructures import Headers
from starlette.types import Scope as AsgiScope
from structlog.typing import FilteringBoundLogger

from api.documents.contracts import Contracts
from api.documents.documents import Documents, Prepared
from api.http.graphql import GraphQLEndpoint, HttpLimits
from api.security.audit_counts import AuditCounts
from api.security.callers import Callers
from api.security.executions import Executions, is_reserved
from api.security.origins import Origins
from api.security.partner_use import PartnerUse
from api.settings import ADDRESS_SOCKETS, OFFICE_SOCKETS, OPEN_SOCKETS, Environment, Settings
from api.websocket.websocket import SocketEndpoint, SocketLimits
from realtime.hub import Hub
from schema.core.context import Context
from schema.execution.plans import PlanExecutionContext
from schema.feeds.live import LiveSchema
from services.access.scopes import Scope


@dataclass(frozen=True, slots=True)
class SharedParts:
    """What both endpoints share."""

    settings: Settings
    documents: Documents
    contracts: Contracts
    callers: Callers
    uses: PartnerUse
    counts: AuditCounts
    log: FilteringBoundLogger
    executions: Executions

    def turn(self, scope: Scope) -> AbstractAsyncContextManager[float]:
        """A turn for one operation of this caller; callers without a token are one caller per address."""
        return self.executions.turn(scope.principal, reserved=is_reserved(scope))

    async def pause(self, scope: Scope) -> None:
        """Wait until there is time to encode an answer for this caller: a long one takes a slice as well."""
        await self.executions.pace.pause(scope.principal)


def http_endpoint(shared: SharedParts) -> GraphQLEndpoint:
    """GraphQL over HTTP."""
    return GraphQLEndpoint(
        shared.documents,
        shared.callers.of_request,
        log=shared.log,
        executor_class=PlanExecutionContext,
        limits=HttpLimits(body_bytes=shared.settings.body_limit),
        choose=shared.contracts.of,
        charge=shared.uses.charge,
        refused=shared.counts.refused_request,
        turn=shared.turn,
        pause=shared.pause,
    )


def socket_endpoint(shared: SharedParts, hub: Hub, live: LiveSchema) -> SocketEndpoint:
    """GraphQL over WebSockets."""
    callers = shared.callers
    return SocketEndpoint(
        hub=hub,
        documents=shared.documents,
        identify=callers.of_socket,
        context=callers.context,
        execute=executor(shared.uses, shared.pause),
        plan=live.plan,
        address=callers.address,
        origin_allowed=origin_rule(callers.origins),
        credential=callers.cookies.authorization,
        log=shared.log,
        limits=socket_limits(shared.settings),
        choose=shared.contracts.of,
        known=is_reserved,
        refused=shared.counts.refused,
        turn=shared.turn,
    )


def executor(
    uses: PartnerUse, pause: Callable[[Scope], Awaitable[None]]
) -> Callable[[Prepared, Context], Awaitable[ExecutionResult]]:
    """What answers the queries and mutations of sockets."""

    async def answer(prepared: Prepared, context: Context) -> ExecutionResult:
        charge = await uses.require(context.scope, prepared)
        result = prepared.executable.answered(context)
        answered = result if isinstance(result, ExecutionResult) else await result
        await pause(context.scope)  # to write a long answer takes a slice as well
        if charge is not None:
            answered.extensions = {**(answered.extensions or {}), "cost": charge.as_extensions()}
        return answered

    return answer


def origin_rule(origins: Origins) -> Callable[[AsgiScope], bool]:
    """Whether the page that opens a socket may."""
    return lambda scope: origins.allows_origin(Headers(scope=scope))


def socket_limits(settings: Settings) -> SocketLimits:
    """Caps on sockets: narrow in production, wide on a developer's machine."""
    narrow = settings.environment is Environment.PRODUCTION
    return SocketLimits(
        sockets_per_principal=settings.sockets_per_principal or (OFFICE_SOCKETS if narrow else OPEN_SOCKETS),
        sockets_per_address=settings.sockets_per_address or (ADDRESS_SOCKETS if narrow else OPEN_SOCKETS),
    )
