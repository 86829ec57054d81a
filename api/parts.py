"""Everything of a running server, put together: the only place where all layers meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from graphql import ExecutionResult, GraphQLSchema, execute
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.types import Scope as AsgiScope

from api.addresses import Addresses, KeyedAddress
from api.audit_counts import AuditCounts
from api.budgets import Budgets
from api.contracts import Contracts
from api.cookies import DOOR, Cookies, WithCookies
from api.documents import MOST_ERRORS, Documents, Prepared
from api.graphql_http import GraphQLEndpoint, HttpLimits
from api.heartbeats import Heartbeats
from api.identity import Identity, bearer
from api.metrics import DeprecatedUses, Metrics
from api.oauth import DeviceGrant
from api.origins import Origins
from api.partner_use import PartnerUse, require_network
from api.places import find_places, open_desk
from api.proofs import PROOF, proofs_of
from api.settings import Environment, Settings
from api.throttles import Rates, Throttles
from api.wallboard import build_of
from api.websocket import SocketEndpoint, SocketLimits
from models.database import connection
from realtime.endings import ended
from realtime.hub import Hub
from realtime.limits import HubLimits
from schema import build_schema
from schema.context import Context, Door, context_for
from schema.live import LiveSchema
from schema.plans import PlanExecutionContext
from services import credentials
from services.desk import Desk
from services.grants import coordinates_of
from services.messages import preferred_language
from services.proofs import Proofs
from services.scopes import Scope

LAST_FLUSH_SECONDS = 1.0
OPEN_SOCKETS = 10_000
OFFICE_SOCKETS, ADDRESS_SOCKETS = 20, 500  # an office sits behind one address


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes are made of."""

    http: WithCookies
    sockets: SocketEndpoint
    hub: Hub
    documents: Documents
    desk: Desk
    contracts: Contracts
    uses: PartnerUse
    counts: AuditCounts
    devices: DeviceGrant
    proofs: Proofs


class Callers:
    """Who calls, and the context that each operation of theirs gets."""

    def __init__(
        self,
        desk: Desk,
        addresses: Addresses,
        gate: Throttles,
        cookies: Cookies,
        origins: Origins,
        counts: AuditCounts,
        proofs: Proofs,
    ) -> None:
        self.desk = desk
        self.proofs = proofs
        self.counts = counts
        self.addresses = addresses
        self.gate = gate
        self.origins = origins
        self.identity = Identity(desk, addresses, cookies)

    async def of_request(self, request: Request) -> Context:
        """The context of one HTTP request, with the door through which its answer may hand out a cookie."""
        agent = request.headers.get("user-agent", "")
        ours = self.origins.allows_origin(request.headers)
        door = request.scope[DOOR] = Door(agent, request.headers.get(PROOF), keeps_cookies=ours)
        scope = self.counts.used(await self.identity.of_request(request, door))
        language = preferred_language(request.headers.get("accept-language"))
        address = self.addresses.key_of(request)
        return context_for(self.desk, scope, language, address, self.gate, door, self.proofs)

    async def of_socket(self, authorization: str | None, address: str) -> Scope:
        """The scope of a WebSocket whose client gave this Authorization value, or none."""
        if authorization is None:
            return credentials.anonymous(address)
        scope = await credentials.identify(self.desk, bearer(authorization))
        require_network(scope, address.plain if isinstance(address, KeyedAddress) else address)
        return self.counts.used(scope)

    def context(self, scope: Scope, language: str, address: str) -> Context:
        """A fresh context for one operation."""
        return context_for(self.desk, scope, language, address, self.gate, proofs=self.proofs)

    def address(self, scope: AsgiScope) -> KeyedAddress:
        """The keyed hash of a socket's address."""
        return self.addresses.keyed(HTTPConnection(scope))


@asynccontextmanager
async def opened(settings: Settings, given: Desk | None) -> AsyncIterator[Parts]:
    """Open everything that a server needs, until the block ends; a desk that is given is left open."""
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(open_desk(settings)) if given is None else given
        gate = Throttles(find_places(settings).redis_url, rates(settings))
        stack.push_async_callback(gate.close)
        budgets = Budgets(find_places(settings).redis_url, desk.keys.digest("budgets").hex()[:16])
        stack.push_async_callback(budgets.close)
        parts = put_together(settings, desk, gate, PartnerUse(desk, budgets))
        counting = (parts.uses, parts.counts)
        stack.push_async_callback(flushed, counting)
        stack.push_async_callback(ended, [asyncio.create_task(each.keep_flushing()) for each in counting])
        beats = Heartbeats(desk, lambda: [session.scope for session in parts.sockets.sessions])
        stack.push_async_callback(ended, [asyncio.create_task(beats.keep_noting())])
        await parts.hub.start()
        stack.push_async_callback(parts.hub.stop)
        yield parts


async def flushed(counting: Sequence[PartnerUse | AuditCounts]) -> None:
    """Tell what was counted last; a database that is away does not hold up the end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_FLUSH_SECONDS):
            await asyncio.gather(*(each.flush() for each in counting))


def put_together(settings: Settings, desk: Desk, gate: Throttles, uses: PartnerUse) -> Parts:
    """Build the two doors of GraphQL around one schema and one hub."""
    desk.boards.build = build_of()
    log = structlog.get_logger("surga.graphql")
    schema = build_schema()
    core: GraphQLSchema = schema._schema
    documents = Documents(core)
    live = LiveSchema(desk, schema, log, uses.budgets)
    hub = Hub(
        connection=connection, bell=desk.bell, handed=live.handed(), clock=desk.clock, limits=hub_limits(settings)
    )
    cookies = Cookies(https=settings.https)
    addresses = Addresses(settings.trusted_proxies, desk.keys)
    counts = AuditCounts(desk, addresses)
    proofs = proofs_of(settings, desk, gate)
    callers = Callers(desk, addresses, gate, cookies, origins_of(settings), counts, proofs)
    contracts = Contracts(core, documents, coordinates_of)
    http = GraphQLEndpoint(
        documents,
        callers.of_request,
        log=log,
        executor_class=PlanExecutionContext,
        limits=HttpLimits(body_bytes=settings.body_limit),
        choose=contracts.of,
        charge=uses.charge,
        refused=counts.refused_request,
    )
    sockets = SocketEndpoint(
        hub=hub,
        documents=documents,
        identify=callers.of_socket,
        context=callers.context,
        execute=executor(uses),
        plan=live.plan,
        address=callers.address,
        origin_allowed=origin_rule(origins_of(settings)),
        credential=cookies.authorization,
        log=log,
        limits=socket_limits(settings),
        choose=contracts.of,
        refused=counts.refused,
    )
    devices = DeviceGrant(desk, addresses, origins_of(settings), https=settings.https)
    return Parts(
        WithCookies(http, cookies, desk), sockets, hub, documents, desk, contracts, uses, counts, devices, proofs
    )


def executor(uses: PartnerUse) -> Callable[[Prepared, Context], Awaitable[ExecutionResult]]:
    """What answers the queries and mutations of sockets."""

    async def answer(prepared: Prepared, context: Context) -> ExecutionResult:
        await uses.require(context.scope, prepared)
        result = execute(
            prepared.schema,
            prepared.document,
            context_value=context,
            variable_values=prepared.variables,
            operation_name=prepared.operation_name,
            executor_class=PlanExecutionContext,
            hide_suggestions=True,
            max_coercion_errors=MOST_ERRORS,
        )
        return result if isinstance(result, ExecutionResult) else await result

    return answer


def origins_of(settings: Settings) -> Origins:
    """The names that we answer under; a developer's machine is let in outside production."""
    loopback = settings.environment is not Environment.PRODUCTION
    return Origins(hosts=settings.hosts, origins=settings.origins, loopback=loopback)


def origin_rule(origins: Origins) -> Callable[[AsgiScope], bool]:
    """Whether the page that opens a socket may."""
    return lambda scope: origins.allows_origin(Headers(scope=scope))


def rates(settings: Settings) -> Rates:
    """How often somebody may knock, with what an installation may set."""
    return Rates(
        submissions_per_address=settings.submissions_per_address,
        submissions=settings.submissions_per_city,
        guesses_per_address=settings.guesses_per_address,
        reveals_per_caller=settings.reveals_per_caller,
        lookups_per_caller=settings.lookups_per_caller,
        sign_ins=settings.sign_ins,
        sign_ins_of_an_account=settings.sign_ins_per_account,
        failures_of_an_address=settings.sign_in_failures_per_address,
        user_codes_of_an_approver=settings.screen_codes_per_approver,
        invitations_per_address=settings.invitations_per_address,
    )


def hub_limits(settings: Settings) -> HubLimits:
    """The hub's limits, with what an installation may set."""
    return HubLimits(
        tick=settings.log_look_seconds,
        horizon=timedelta(days=settings.horizon_days),
        horizon_matches=settings.horizon_events,
    )


def socket_limits(settings: Settings) -> SocketLimits:
    """Caps on sockets: narrow in production, wide on a developer's machine."""
    narrow = settings.environment is Environment.PRODUCTION
    return SocketLimits(
        sockets_per_principal=settings.sockets_per_principal or (OFFICE_SOCKETS if narrow else OPEN_SOCKETS),
        sockets_per_address=settings.sockets_per_address or (ADDRESS_SOCKETS if narrow else OPEN_SOCKETS),
    )


def watch_parts(metrics: Metrics, parts: Parts) -> None:
    """Show the numbers of the parts at /metrics."""
    hub, bell = parts.hub, parts.desk.bell
    metrics.gauge("log_position", "Events of the log that the hub has shown.", lambda: hub.state.position)
    metrics.gauge("log_lag_milliseconds", "Age of the newest event when the hub showed it.", lambda: hub.state.lag_ms)
    metrics.gauge("log_look_failed", "1 while the last look at the log failed.", lambda: hub.state.error is not None)
    metrics.gauge("bell_live", "1 while the bell is heard, 0 while only the log is looked at.", lambda: bell.live)
    metrics.gauge("bell_failed_rings", "Rings that Redis did not take.", lambda: bell.failed_rings)
    metrics.gauge("tasks", "Tasks of the event loop.", lambda: len(asyncio.all_tasks()))
    metrics.gauge("sockets", "Open WebSockets.", lambda: len(parts.sockets.sessions))
    metrics.gauge("subscriptions", "Running subscriptions.", lambda: hub.state.members)
    metrics.gauge("groups", "Groups of equal subscriptions.", lambda: hub.state.groups)
    metrics.gauge("executions", "Times that a group ran GraphQL.", lambda: hub.state.executions)
    metrics.gauge("documents_hits", "Requests whose document was known.", lambda: parts.documents.hits)
    metrics.gauge("documents_misses", "Requests whose document was new.", lambda: parts.documents.misses)
    metrics.gauge("contracts", "Schemas of partners that are held.", lambda: len(parts.contracts))
    metrics.registry.register(DeprecatedUses(parts.uses))
    metrics.gauge("pool_connections", "Open connections to PostgreSQL.", lambda: pool_numbers()[0])
    metrics.gauge("pool_idle", "Connections to PostgreSQL that nobody uses.", lambda: pool_numbers()[1])


def pool_numbers() -> tuple[int, int]:
    """Open and idle connections of this process."""
    pool = getattr(connection(), "_pool", None)
    return (pool.get_size(), pool.get_idle_size()) if pool is not None else (0, 0)
